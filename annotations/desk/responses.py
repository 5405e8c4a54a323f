"""How the desk answers: as a page, or to htmx with the fragments that changed."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from accordingto.attribution import Offsets
from annotations.actions.base import Conflict
from annotations.actions.remaining import left_in
from annotations.desk import waiting
from annotations.desk.desk import INLINE_COST, Desk, cost, show_conflict
from annotations.desk.forms import FlagForm, ResolveForm, SpansForm
from annotations.desk.shortcuts import ACTIONS, READING, keys_of
from annotations.htmx import HtmxRequest
from annotations.models import Annotation, Decision
from annotations.models.state import State, pieces_of, spans_of
from articles.models import Article

PAGE = "annotations/review/article.html"


def desk_of(request: HtmxRequest, annotation_id: int) -> tuple[Desk, Annotation]:
    """The desk with an annotation on it. Raises Http404 where the person may not see it."""
    found = Annotation.every.select_related("article").filter(pk=annotation_id).first()
    if found is not None:
        desk = Desk(found.article, request.user)
        if desk.shows(found):
            return desk, found
    raise Http404(_("This proposal is gone: the article was pre-labelled again."))


def page(request: HtmxRequest, desk: Desk, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The whole page. Where something is opened in a card, all cards are there at once."""
    if desk.article.status in waiting.STATUSES and "form" not in extra:
        return waiting.page(request, desk, status=status, error=extra.get("error", ""))
    # Before anything else is read: what others do meanwhile has to come with the next pulse.
    latest = Decision.objects.filter(article=desk.article).order_by("-id")
    since = latest.values_list("pk", flat=True).first() or 0
    cards, more = (desk.cards, None) if everything(request, extra) else desk.cards_after(None)
    keys = keys_of(request.user)
    context = {
        "cards": cards,
        "more": more,
        "paragraphs": desk.paragraphs,
        "missed": len(desk.all_missed),
        "sentence_starts": " ".join(
            str(start) for start in desk.article.sentences.values_list("start", flat=True)
        ),
        "since": since,
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
    return render(request, PAGE, with_what_is_left(desk) | context | extra, status=status)


def everything(request: HttpRequest, extra: dict[str, Any]) -> bool:
    """Whether a page has all cards from the beginning: it works without JavaScript then."""
    return "opened" in extra or "error" in extra or "all" in request.GET


def decided(
    request: HtmxRequest, desk: Desk, annotation: Annotation, before: State | None = None
) -> HttpResponse:
    """What a decision changed, or the page again at the next attribution to judge.

    ``before`` has the spans as they were, if the text may look different now.
    """
    if not request.htmx:
        following = desk.next_proposed(annotation) or annotation.pk
        return redirect(desk.address_of(following))
    context = changed(desk, annotation, before)
    return render(request, f"{PAGE}#decision", context)


def with_what_is_left(desk: Desk) -> dict[str, Any]:
    """The desk's values and, once every proposal is judged, what to know before finishing."""
    context = desk.context()
    done = context["total"] and not context["left"]
    return context | {"what_is_left": left_in(desk).warnings if done else ()}


def changed(desk: Desk, annotation: Annotation, before: State | None) -> dict[str, Any]:
    """Template values for the card, and for the text its spans reach into now or did before."""
    card = desk.card_of(annotation)
    context = with_what_is_left(desk) | {"card": card, "swap": True}
    if before is None:
        return context
    return context | text_of(desk, pieces_of(before, spans_of(card.annotation)))


def text_of(desk: Desk, pieces: list[Offsets]) -> dict[str, Any]:
    """Template values for stretches of text, or for having the page ask for them: an answer stays
    as short for a long span as for a short one.
    """
    pieces = desk.widened(pieces)
    chunks = desk.chunks(pieces)
    if cost(chunks) <= INLINE_COST:
        return {"chunks": chunks}
    spans = ",".join(f"{start}-{end}" for start, end in sorted(set(pieces)))
    address = reverse("review:text", args=[desk.article.pk])
    return {"text_address": f"{address}?pieces={spans}"}


def refused(
    request: HtmxRequest, desk: Desk, annotation_id: int, message: str, status: int = 409
) -> HttpResponse:
    """The card as it stands, with the reason why nothing was done."""
    if not request.htmx:
        return page(request, desk, error=message, status=status)
    context = desk.context() | {"card": desk.card(annotation_id), "error": message, "swap": True}
    return render(request, f"{PAGE}#decision", context, status=status)


def not_saved(request: HtmxRequest, desk: Desk, message: str) -> HttpResponse:
    """Why nothing was done, where it was no one card's matter."""
    if not request.htmx:
        return page(request, desk, error=message, status=409)
    context = {"error": message, "swap": True}
    return render(request, f"{PAGE}#saved", context, status=409)


def conflicted(request: HtmxRequest, desk: Desk, conflict: Conflict) -> HttpResponse:
    """The card with both versions: what the person saw, and what stands now."""
    if not request.htmx:
        show_conflict(_on_page(desk, conflict.current.pk), str(conflict), conflict.seen)
        return page(request, desk, error=str(conflict), status=409)
    context = changed(desk, conflict.current, conflict.seen)
    show_conflict(context["card"], str(conflict), conflict.seen)
    return render(request, f"{PAGE}#decision", context, status=409)


def _on_page(desk: Desk, annotation_id: int) -> Any:
    return next(card for card in desk.cards if card.annotation.pk == annotation_id)


def inside_card(
    request: HtmxRequest,
    desk: Desk,
    annotation_id: int,
    partial: str,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    **extra: Any,
) -> HttpResponse:
    """A card with something opened in it (``form``, ``flagging``, ``history``), alone
    or in its page.
    """
    card = desk.card(annotation_id) if request.htmx else _on_page(desk, annotation_id)
    if conflict:
        show_conflict(card, str(conflict), conflict.seen)
    extra |= {"opened": card, "opened_as": partial}
    if not request.htmx:
        return page(request, desk, status=status, **extra)
    context = desk.context() | extra | {"card": card}
    return render(request, f"{PAGE}#{partial}", context, status=status)


def spans_form(
    request: HtmxRequest,
    desk: Desk,
    form: SpansForm,
    annotation_id: int | None = None,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    twin: Annotation | None = None,
) -> HttpResponse:
    """The form in place of the card it corrects, or before all cards.

    ``twin`` is the attribution that has these spans already.
    """
    if annotation_id is not None:
        address = reverse("review:edit", args=[annotation_id])
        extra = {"form": form, "form_action": address, "twin": twin}
        return inside_card(
            request, desk, annotation_id, "form", status=status, conflict=conflict, **extra
        )
    context = {
        "form": form,
        "form_action": reverse("review:add", args=[desk.article.pk]),
        "twin": twin,
    }
    if request.htmx:
        return render(request, f"{PAGE}#adding", desk.context() | context, status=status)
    return page(request, desk, status=status, adding=True, **context)


def several(
    request: HtmxRequest, article: Article, annotations: list[Annotation], before: State | None
) -> HttpResponse:
    """The changed card, or for more than one the page anew."""
    first = min(annotations, key=lambda each: (each.start, each.pk))
    desk = Desk(article, request.user)
    if request.htmx and len(annotations) == 1:
        context = changed(desk, first, before) | {"oob": True}
        answer = render(request, f"{PAGE}#decision", context)
        return trigger_client_event(answer, "shown", {"id": first.pk}, after="settle")
    if request.htmx:
        return HttpResponseClientRefresh()
    return redirect(desk.address_of(first.pk))
