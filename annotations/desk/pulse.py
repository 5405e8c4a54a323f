"""What others decided in an article while a person's page of it is open."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from accordingto.attribution import Offsets
from annotations.desk.desk import Desk
from annotations.models import Decision
from annotations.models.state import pieces_of

AT_ONCE = 10
"""Cards that one pulse brings at most; the next brings more."""
LOOKED_AT = 200
"""Decisions that one pulse looks through at most."""


def news(desk: Desk, since: int, known: Sequence[str]) -> dict[str, Any]:
    """Template values for what was decided after the decision ``since``: cards, text, by whom.

    The page has the cards of what it decided itself: ``known`` names those, as "id:version".
    """
    decisions: list[Decision] = []
    ids: list[int] = []
    for each in _after(desk, since):
        if each.by_id != desk.person.pk or not _is_known(known, each):
            if each.annotation_id and each.annotation_id not in ids:
                if len(ids) == AT_ONCE:
                    break
                ids.append(each.annotation_id)
            decisions.append(each)
        since = each.pk
    return (
        desk.context()
        | desk.text.changed(_pieces(decisions))
        | {
            "news": desk.cards_of(ids),
            "news_by": sorted({each.by_name for each in decisions} - {desk.person.get_username()}),
            "since": since,
            "closed": not desk.may_judge,
            "swap": True,
        }
    )


def _after(desk: Desk, since: int) -> QuerySet[Decision]:
    on_labels = Q(annotation__in=desk.labels.order_by())
    on_sentences = Q(annotation=None, after__second_review=desk.review is not None)
    later = Decision.objects.filter(on_labels | on_sentences, article=desk.article, pk__gt=since)
    shown = later.only("annotation_id", "before", "after", "by_name", "by")
    return shown.order_by("pk")[:LOOKED_AT]


def _is_known(known: Sequence[str], decision: Decision) -> bool:
    """Whether the page that asks made the decision itself, if the person did."""
    return f"{decision.annotation_id}:{(decision.after or {}).get('version')}" in known


def _pieces(decisions: Sequence[Decision]) -> list[Offsets]:
    """Where the text may look different now: spans, and sentences somebody looked at or no longer
    did.
    """
    states = [state for each in decisions for state in (each.before, each.after) if state]
    pieces = pieces_of(*(state for state in states if "cleared" not in state))
    return pieces + [(state["start"], state["end"]) for state in states if "cleared" in state]
