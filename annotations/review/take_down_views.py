"""Taking an article down: a page that says what that means, and asks."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from annotations.actions.base import Refused
from annotations.actions.take_down import REASON_LENGTH, take_down
from annotations.desk.lookup import desk_at
from annotations.htmx import HtmxRequest
from annotations.permissions import may_take_down


class TakeDownForm(forms.Form):
    """The id of the article, typed, and why it has to go."""

    key = forms.CharField(
        label=gettext_lazy("The article's id, typed by hand"),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it is taken down"),
        help_text=gettext_lazy(
            "This stays in the log. Say who demands it and on what ground, in none of the"
            " article's own words."
        ),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may_take_down
def take_down_page(request: HtmxRequest, pk: int) -> HttpResponse:
    """Ask whether the article shall go for good, and do it."""
    article = desk_at(request, pk).article
    form = TakeDownForm(request.POST or None)
    if form.is_valid():
        try:
            take_down(pk, request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The article was taken down."))
            return redirect("queue:list")
    context = {"form": form, "article": article}
    status = 422 if form.is_bound else 200
    return render(request, "annotations/review/take_down.html", context, status=status)
