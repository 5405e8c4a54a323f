"""How the desk answers: as a page, or to htmx with the fragments that changed.

Each answer asks the desk once for all that its template shows.
"""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from accordingto.attribution import Offsets
from annotations.actions.base import AlreadyThere, Conflict, Refused
from annotations.actions.remaining import Left
from annotations.desk import bulk, waiting
from annotations.desk.cards import Card
from annotations.desk.desk import Desk
from annotations.desk.forms import FlagForm, ResolveForm, SpansForm
from annotations.desk.shortcuts import ACTIONS, READING, keys_of
from annotations.htmx import HtmxRequest
from annotations.models import Annotation
from annotations.models.state import State

TEMPLATES = "annotations/review/"
OPENED = {
    "correct": "card_forms.html#correct",
    "flag": "card_forms.html#flag",
    "history": "history.html#card",
}
"""What can be opened in the place of a card."""


def page(request: HtmxRequest, desk: Desk, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The whole page. Where something is opened in a card, all cards are there at once."""
    if desk.article.status in waiting.STATUSES and "form" not in extra:
        return waiting.page(request, desk, status=status, error=extra.get("error", ""))
    # All cards are there from the beginning where the page has to work without JavaScript.
    whole = "opened" in extra or "error" in extra or "all" in request.GET
    keys = keys_of(request.user)
    context = {
        "keys_json": json.dumps(keys),
        "blank_spans": SpansForm.new(),
        "blank_flag": FlagForm(),
        "blank_name": ResolveForm(),
        "key_help": [
            (keys[name], text)
            for name, (_key, text) in ACTIONS.items()
            if desk.may_judge or name in READING
        ],
    }
    return _fragment(request, "article.html", desk.page(whole=whole) | context | extra, status)


def decided(
    request: HtmxRequest, desk: Desk, annotation: Annotation, before: State | None = None
) -> HttpResponse:
    """What a decision changed, or the page again at the next attribution to judge.

    ``before`` has the spans as they were, if the text may look different now.
    """
    if not request.htmx:
        following = desk.next_proposed(annotation) or annotation.pk
        return redirect(desk.address_of(following))
    return _fragment(request, "answers.html#decision", desk.changed(annotation, before))


def added(request: HtmxRequest, desk: Desk, annotation: Annotation) -> HttpResponse:
    """The card that came in, and the text it marks; or the page again at that card."""
    if not request.htmx:
        return redirect(desk.address_of(annotation.pk))
    return _fragment(request, "answers.html#added", desk.changed(annotation, before={}))


def several(
    request: HtmxRequest, desk: Desk, annotations: list[Annotation], before: State | None
) -> HttpResponse:
    """The changed card, or for more than one the page anew."""
    first = min(annotations, key=lambda each: (each.start, each.pk))
    if not request.htmx:
        return redirect(desk.address_of(first.pk))
    if len(annotations) > 1:
        return HttpResponseClientRefresh()
    context = desk.changed(first, before) | {"oob": True}
    answer = _fragment(request, "answers.html#decision", context)
    return trigger_client_event(answer, "shown", {"id": first.pk}, after="settle")


def text_changed(request: HtmxRequest, desk: Desk, pieces: list[Offsets]) -> HttpResponse:
    """Stretches of the text that look different now, where no card changed."""
    if not request.htmx:
        return redirect(desk.article)
    context = desk.context() | desk.text.changed(pieces) | {"swap": True}
    return _fragment(request, "answers.html#cleared", context)


def refused(
    request: HtmxRequest, desk: Desk, annotation_id: int, message: str, status: int = 409
) -> HttpResponse:
    """The card as it stands, with the reason why nothing was done."""
    if not request.htmx:
        return page(request, desk, error=message, status=status)
    card = desk.card(annotation_id)
    card.error = message
    return _fragment(
        request, "answers.html#decision", desk.context() | {"card": card, "swap": True}, status
    )


def not_saved(request: HtmxRequest, desk: Desk, message: str) -> HttpResponse:
    """Why nothing was done, where it was no one card's matter."""
    if not request.htmx:
        return page(request, desk, error=message, status=409)
    return _fragment(request, "state.html#just_saved", {"error": message}, 409)


def conflicted(request: HtmxRequest, desk: Desk, conflict: Conflict) -> HttpResponse:
    """The card with both versions: what the person saw, and what stands now."""
    if not request.htmx:
        _on_page(desk, conflict.current.pk).show_conflict(conflict)
        return page(request, desk, error=str(conflict), status=409)
    context = desk.changed(conflict.current, conflict.seen)
    context["card"].show_conflict(conflict)
    return _fragment(request, "answers.html#decision", context, 409)


def one_card(request: HtmxRequest, desk: Desk, annotation_id: int) -> HttpResponse:
    """A card as it stands."""
    if not request.htmx:
        return redirect(desk.address_of(annotation_id))
    context = desk.context() | {"card": desk.card(annotation_id)}
    return _fragment(request, "card.html#card", context)


def in_place_of_card(
    request: HtmxRequest,
    desk: Desk,
    annotation_id: int,
    what: str,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    **extra: Any,
) -> HttpResponse:
    """What is opened in the place of a card (see OPENED), alone or in its page."""
    card = desk.card(annotation_id) if request.htmx else _on_page(desk, annotation_id)
    if conflict:
        card.show_conflict(conflict)
    extra |= {"opened": card, "opened_in": TEMPLATES + OPENED[what]}
    if not request.htmx:
        return page(request, desk, status=status, **extra)
    return _fragment(request, OPENED[what], desk.context() | extra, status)


def correction(
    request: HtmxRequest,
    desk: Desk,
    annotation_id: int,
    form: SpansForm,
    *,
    status: int = 200,
    refused: Refused | None = None,
) -> HttpResponse:
    """The form that corrects an attribution, with the reason where that was refused."""
    return in_place_of_card(
        request,
        desk,
        annotation_id,
        "correct",
        status=status,
        conflict=refused if isinstance(refused, Conflict) else None,
        form_action=reverse("review:edit", args=[annotation_id]),
        **_with_reason(form, refused),
    )


def addition(
    request: HtmxRequest,
    desk: Desk,
    form: SpansForm,
    *,
    status: int = 200,
    refused: Refused | None = None,
) -> HttpResponse:
    """The form that adds an attribution, before all cards."""
    address = reverse("review:add", args=[desk.article.pk])
    extra = {"form_action": address, **_with_reason(form, refused)}
    if not request.htmx:
        return page(request, desk, status=status, adding=True, **extra)
    return _fragment(request, "card_forms.html#add", desk.context() | extra, status)


def _with_reason(form: SpansForm, refused: Refused | None) -> dict[str, Any]:
    """Template values of a form: why it was refused, and the ``twin`` that has its spans already,
    with the way there.
    """
    if isinstance(refused, AlreadyThere):
        link = '{} <a href="#card-{}">{}</a>'
        form.add_error(None, format_html(link, refused, refused.other.pk, _("Show that one.")))
        return {"form": form, "twin": refused.other}
    if refused and not isinstance(refused, Conflict):
        form.add_error(None, str(refused))
    return {"form": form, "twin": None}


def rest(
    request: HtmxRequest, desk: Desk, form: forms.Form, *, error: str = "", status: int = 200
) -> HttpResponse:
    """What can be approved at once by what ``form`` asks for, in a page or alone."""
    context = {"rest_form": form, "rest_error": error}
    context |= bulk.rest(desk, form.cleaned_data.get("above", bulk.NONE))
    if not request.htmx:
        return page(request, desk, status=status, **context)
    return _fragment(request, "bulk.html#rest", desk.context() | context, status)


def more_cards(
    request: HtmxRequest, desk: Desk, after: Annotation, end: int | None
) -> HttpResponse:
    """The cards that come after one, up to the ``end`` of a part if there are several."""
    cards, more = desk.cards_after(after, end)
    context = {"cards": cards, "more": more, "end": end}
    return _fragment(request, "cards.html#list", desk.context() | context)


def text(request: HtmxRequest, desk: Desk, pieces: Sequence[Offsets]) -> HttpResponse:
    """Stretches of the text as they look now."""
    context = desk.context() | {"chunks": desk.text.chunks(pieces), "swap": True}
    return _fragment(request, "text.html#changed", context)


def pulse(request: HtmxRequest, news: dict[str, Any], others: Sequence[str]) -> HttpResponse:
    """What others did meanwhile, and who they are."""
    return _fragment(request, "pulse.html#answer", news | {"others": others})


def warned(request: HtmxRequest, desk: Desk, left: Left) -> HttpResponse:
    """What is left in the article that the person should know before they finish it."""
    if not request.htmx:
        return redirect(f"{desk.article.get_absolute_url()}?finishing#finish")
    context = desk.context() | {"leaving": left, "swap": True}
    return _fragment(request, "finish.html#finish", context)


def _on_page(desk: Desk, annotation_id: int) -> Card:
    """The card on the page, which shows its part."""
    desk.at = desk.start_of(annotation_id)
    return next(card for card in desk.cards if card.annotation.pk == annotation_id)


def _fragment(
    request: HtmxRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return render(request, TEMPLATES + template, context, status=status)
