"""The page on which people choose the keys of the review desk."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.desk import shortcuts
from annotations.htmx import HtmxRequest
from annotations.permissions import may_view

PAGE = "annotations/review/shortcuts.html"
WIDGET = {
    "size": 2,
    "autocapitalize": "none",
    "autocomplete": "off",
    "autocorrect": "off",
    "spellcheck": "false",
}


class KeysForm(forms.Form):
    """A field for the key of every action; ``annotations.desk.shortcuts`` says what is wrong."""

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        for action, (usual, text) in shortcuts.ACTIONS.items():
            self.fields[action] = forms.CharField(
                label=capfirst(str(text)),
                required=False,
                max_length=20,
                widget=forms.TextInput(attrs=WIDGET | {"placeholder": usual}),
            )

    @property
    def groups(self) -> list[tuple[shortcuts.Text, list[forms.BoundField]]]:
        return [
            (title, [self[action] for action in actions]) for title, actions in shortcuts.GROUPS
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@may_view
def keys_page(request: HtmxRequest) -> HttpResponse:
    """One's own keys: choose them, or go back to the usual ones."""
    if request.method != "POST":
        return render(request, PAGE, {"form": KeysForm(initial=shortcuts.keys_of(request.user))})
    if "reset" in request.POST:
        shortcuts.reset(request.user)
        messages.success(request, _("The default keys are restored."))
        return redirect("review:shortcuts")
    form = KeysForm(request.POST)
    if form.is_valid():
        try:
            shortcuts.save(request.user, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Your keys are saved."))
            return redirect("review:shortcuts")
    return render(request, PAGE, {"form": form}, status=422)
