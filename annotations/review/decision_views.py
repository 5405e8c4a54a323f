"""Decisions on one attribution: each view parses, calls an action and answers."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotations import actions
from annotations.actions.base import Conflict, Refused
from annotations.desk import responses
from annotations.desk.forms import FlagForm, SpansForm, keep_typed
from annotations.desk.history import history_of
from annotations.desk.lookup import desk_of
from annotations.htmx import HtmxRequest
from annotations.models import Annotation
from annotations.models.state import spans_of
from annotations.permissions import may_review, may_view
from annotations.review.forms import RevertForm, VersionForm


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
        return responses.correction(request, desk, pk, SpansForm.of(annotation))
    form = SpansForm(request.POST, text=desk.article.text)
    if not form.is_valid():
        return responses.correction(request, desk, pk, form, status=422)
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
        return responses.correction(request, desk, pk, form, status=409, refused=conflict)
    except Refused as refused:
        return responses.correction(request, desk, pk, form, status=422, refused=refused)
    if changed.pk != pk:  # the two were made one
        return (
            HttpResponseClientRefresh() if request.htmx else redirect(desk.address_of(changed.pk))
        )
    return responses.decided(request, desk, changed, before)


@may_review
def flag(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form for a note at an attribution, and its answer."""
    desk, annotation = desk_of(request, pk)
    if request.method != "POST":
        form = FlagForm(initial={"note": annotation.flag, "version": annotation.version})
        return responses.in_place_of_card(request, desk, pk, "flag", form=form)
    form = FlagForm(request.POST)
    if form.is_valid():
        try:
            changed = actions.flag(
                pk, form.cleaned_data["version"], request.user, form.cleaned_data["note"]
            )
            return responses.decided(request, desk, changed)
        except Conflict as conflict:
            keep_typed(form, version=conflict.current.version)
            return responses.in_place_of_card(
                request, desk, pk, "flag", form=form, status=409, conflict=conflict
            )
        except Refused as refused:
            form.add_error(None, str(refused))
    return responses.in_place_of_card(request, desk, pk, "flag", form=form, status=422)


@require_GET
@may_view
def history(request: HtmxRequest, pk: int) -> HttpResponse:
    """All that was decided on an attribution: who, when, from what to what."""
    desk, annotation = desk_of(request, pk)
    return responses.in_place_of_card(request, desk, pk, "history", history=history_of(annotation))


@require_GET
@may_view
def card(request: HtmxRequest, pk: int) -> HttpResponse:
    """One card, as it stands: what cancelling brings back."""
    desk, _annotation = desk_of(request, pk)
    return responses.one_card(request, desk, pk)


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
