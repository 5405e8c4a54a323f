"""Decisions on one attribution. Each view parses, calls one function of ``annotations.review`` (or
``undoing``) and renders.
"""

from collections.abc import Callable

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotations import actions
from annotations.actions.base import AlreadyThere, Conflict, Refused
from annotations.desk import responses
from annotations.desk.forms import FlagForm, SpansForm, keep_typed
from annotations.desk.history import history_of
from annotations.desk.responses import desk_of
from annotations.htmx import HtmxRequest
from annotations.models import Annotation
from annotations.models.state import spans_of
from annotations.permissions import may_review, may_view


class VersionForm(forms.Form):
    """The version of the annotation that the person decided on."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class RevertForm(VersionForm):
    """And the decision to go back to: how it left the annotation, or found it."""

    decision = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    before = forms.BooleanField(required=False)


@require_POST
@may_review
def approve(request: HtmxRequest, pk: int) -> HttpResponse:
    """Approve; where ``named`` is sent, say in one go that the source is ``name``, a ``kind``.

    A name alone is not enough: it stands in the card's form whichever of its buttons is pressed.
    """

    def action(annotation_id: int, version: int, by: User) -> Annotation:
        if "named" not in request.POST:
            return actions.approve(annotation_id, version, by)
        name, kind = request.POST.get("name", ""), request.POST.get("kind", "")
        return actions.approve_named(annotation_id, version, by, name, kind)

    # What is approved looks no different in the text.
    return _decision(request, pk, action, text_changes=False)


@require_POST
@may_review
def reject(request: HtmxRequest, pk: int) -> HttpResponse:
    return _decision(request, pk, actions.reject)


@require_POST
@may_review
def undo(request: HtmxRequest, pk: int) -> HttpResponse:
    return _decision(request, pk, actions.undo)


@require_POST
@may_review
def revert(request: HtmxRequest, pk: int) -> HttpResponse:
    """Back to an earlier state of the history."""
    form = RevertForm(request.POST)
    if not form.is_valid():
        desk, _annotation = desk_of(request, pk)
        return responses.refused(
            request, desk, pk, _("The page sent no valid version."), status=400
        )
    decision, before = form.cleaned_data["decision"], form.cleaned_data["before"]

    def action(annotation_id: int, version: int, by: User) -> Annotation:
        return actions.revert(annotation_id, version, by, decision, before=before)

    return _decision(request, pk, action)


@may_review
def edit(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form that corrects an attribution, and its answer."""
    desk, annotation = desk_of(request, pk)
    if request.method != "POST":
        return responses.spans_form(request, desk, SpansForm.of(annotation), pk)
    form = SpansForm(request.POST, text=desk.article.text)
    if not form.is_valid():
        return responses.spans_form(request, desk, form, pk, status=422)
    before = spans_of(annotation)
    try:
        changed = actions.correct(
            pk,
            form.cleaned_data["version"],
            request.user,
            form.spans,
            form.cleaned_data["quote_type"],
            merge=form.cleaned_data["merge"],
        )
    except Conflict as conflict:
        keep_typed(form, version=conflict.current.version)
        return responses.spans_form(request, desk, form, pk, status=409, conflict=conflict)
    except Refused as refused:
        form.add_error(None, told(refused))
        other = twin_in(refused)
        return responses.spans_form(request, desk, form, pk, status=422, twin=other)
    if changed.pk != pk:  # the two were made one
        return (
            HttpResponseClientRefresh() if request.htmx else redirect(desk.address_of(changed.pk))
        )
    return responses.decided(request, desk, changed, before)


def twin_in(refused: Refused) -> Annotation | None:
    """The attribution that is there already, where that is why it was refused."""
    return refused.other if isinstance(refused, AlreadyThere) else None


def told(refused: Refused) -> str:
    """Why it was refused, with a link to the attribution that is there already."""
    if not isinstance(refused, AlreadyThere):
        return str(refused)
    link = '{} <a href="#card-{}">{}</a>'
    return format_html(link, refused, refused.other.pk, _("Show that one."))


@may_review
def flag(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form for a note at an attribution, and its answer."""
    desk, annotation = desk_of(request, pk)
    if request.method != "POST":
        form = FlagForm(initial={"note": annotation.flag, "version": annotation.version})
        return responses.inside_card(request, desk, pk, "flagging", form=form)
    form = FlagForm(request.POST)
    if form.is_valid():
        try:
            changed = actions.flag(
                pk, form.cleaned_data["version"], request.user, form.cleaned_data["note"]
            )
            return responses.decided(request, desk, changed)
        except Conflict as conflict:
            keep_typed(form, version=conflict.current.version)
            return responses.inside_card(
                request, desk, pk, "flagging", form=form, status=409, conflict=conflict
            )
        except Refused as refused:
            form.add_error(None, str(refused))
    return responses.inside_card(request, desk, pk, "flagging", form=form, status=422)


@require_GET
@may_view
def history(request: HtmxRequest, pk: int) -> HttpResponse:
    """All that was decided on an attribution: who, when, from what to what."""
    desk, annotation = desk_of(request, pk)
    return responses.inside_card(request, desk, pk, "history", history=history_of(annotation))


@require_GET
@may_view
def card(request: HtmxRequest, pk: int) -> HttpResponse:
    """One card, as it stands: what cancelling brings back."""
    desk, _annotation = desk_of(request, pk)
    if not request.htmx:
        return redirect(desk.address_of(pk))
    return responses.inside_card(request, desk, pk, "card")


def _decision(
    request: HtmxRequest,
    pk: int,
    action: Callable[[int, int, User], Annotation],
    *,
    text_changes: bool = True,
) -> HttpResponse:
    """Do one of the actions that need a version only, and answer with what it changed."""
    desk, annotation = desk_of(request, pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return responses.refused(
            request, desk, pk, _("The page sent no valid version."), status=400
        )
    text_changes |= annotation.status == Annotation.Status.REJECTED
    before = spans_of(annotation) if text_changes else None
    try:
        changed = action(pk, form.cleaned_data["version"], request.user)
    except Conflict as conflict:
        return responses.conflicted(request, desk, conflict)
    except Refused as refused:
        return responses.refused(request, desk, pk, str(refused))
    return responses.decided(request, desk, changed, before)
