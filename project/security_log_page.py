"""The page on which admins read the security log."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from project.models import SecurityEvent, SecurityEventKind

READ = "project.view_securityevent"
SHOWN = 50


class FilterForm(forms.Form):
    """Which events to show."""

    kind = forms.ChoiceField(
        label=_("What happened"),
        required=False,
        choices=[("", _("anything")), *SecurityEventKind.choices],
    )
    person = forms.CharField(label=_("Who, or to whom"), required=False, max_length=1000)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    before = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def events(self) -> QuerySet[SecurityEvent]:
        """The events that match, the latest first; those after ``before`` are left out.

        In the order of writing, which an index has: a page deep in the log costs as much as the
        first.
        """
        asked: dict[str, Any] = self.cleaned_data
        conditions = {
            "kind": asked["kind"],
            "at__date__gte": asked["since"],
            "at__date__lte": asked["until"],
            "pk__lt": asked["before"],
        }
        events = SecurityEvent.objects.filter(**{k: v for k, v in conditions.items() if v})
        if person := asked["person"]:
            events = events.filter(Q(by_name=person) | Q(about_name=person))
        return events.order_by("-pk")


@require_GET
@permission_required(READ, raise_exception=True)
def security_log(request: HttpRequest) -> HttpResponse:
    """A page of events, filtered, with a link to those before."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return render(request, "security_log/page.html", {"form": form}, status=422)
    events = list(form.events()[: SHOWN + 1])
    older = request.GET.copy()
    if len(events) > SHOWN:
        older["before"] = str(events[SHOWN - 1].pk)
    context = {
        "form": form,
        "events": events[:SHOWN],
        "older": older.urlencode() if len(events) > SHOWN else "",
        "later": "before" in request.GET,
    }
    return render(request, "security_log/page.html", context)
