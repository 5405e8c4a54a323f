"""The proposals that can be approved at once: those the machine is sure of, as policy allows."""

from typing import Any

from django.db.models import Max

from annotations.actions import review_policy
from annotations.desk.cards import Card
from annotations.desk.desk import Desk
from annotations.models import Annotation

ABOVE = 90
"""Per cent of confidence that approving the rest begins with, if any proposal is so sure."""
STEP = 5
NONE = 101
"""A percentage that no proposal reaches."""


def rest(desk: Desk, percent: int) -> dict[str, Any]:
    """Template values: the open proposals that are at least so sure, as far as policy allows."""
    allowed = review_policy.current()
    if not allowed.bulk_allowed:
        return {"rest_forbidden": True}
    cards = _sure(desk, percent)
    drawn = [
        c for c in cards if review_policy.is_drawn(c.annotation.key, allowed.bulk_sample_percent)
    ]
    if drawn:
        return {"rest_drawn": drawn}
    listed = cards[: allowed.bulk_at_most]
    return {
        "rest": listed,
        "rest_more": len(cards) - len(listed),
        "rest_sent": ",".join(f"{c.annotation.pk}:{c.annotation.version}" for c in listed),
    }


def start(desk: Desk) -> int:
    """The per cent of confidence to begin with: ABOVE, or what the surest open proposal reaches,
    in steps of five, so that at least one is listed.
    """
    waiting = desk.labels.filter(status=Annotation.Status.PROPOSED)
    surest: float = waiting.aggregate(surest=Max("confidence", default=0.0))["surest"]
    return min(ABOVE, round(surest * 100) // STEP * STEP)


def _sure(desk: Desk, percent: int) -> list[Card]:
    rows = desk.labels.filter(
        status=Annotation.Status.PROPOSED, confidence__gte=(percent - 0.5) / 100
    )
    # What counts is the number that the card shows.
    return [
        card
        for card in desk.bare_cards(rows.prefetch_related("spans"))
        if (card.confidence_percent or 0) >= percent
    ]
