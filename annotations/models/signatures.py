"""Where the signature that an attribution stands on comes from, as the log has it.

The decision that gave it is the earliest one that left just this person and time. Those since have
kept it (a flag, a name for the source), or brought it back (undo, redo, putting back).
"""

from collections.abc import Iterable, Mapping
from typing import TypedDict

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    OuterRef,
    Subquery,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, JSONObject

from annotations.models.decision import Decision


class Given(TypedDict):
    """The decision that gave a signature: its id, who decided, and of an import the file.

    ``batch`` is shared by what was decided in one go; ``imported_size`` is the number of those
    approved at once that an imported file tells.
    """

    decision: int
    by: str
    file: str
    action: str
    batch: str | None
    imported_size: int | None


def given() -> Subquery:
    """For a query of annotations: the `Given` of each; None where the log knows of no such one."""
    decisions = (
        Decision.objects.alias(
            signed_at=Cast(KT("after__reviewed_at"), DateTimeField()),
            signed_by=Coalesce(Cast(KT("after__reviewed_by"), BigIntegerField()), Value(0)),
        )
        .filter(
            annotation=OuterRef("pk"),
            signed_at=OuterRef("reviewed_at"),
            signed_by=Coalesce(OuterRef("reviewed_by"), Value(0)),
        )
        .order_by("id")
    )
    found = JSONObject(
        decision="id",
        by="by_name",
        file="imported_from",
        action="action",
        batch="batch",
        imported_size="after__approved_in_batch",
    )
    return Subquery(decisions.values(given=found)[:1])


def batch_sizes(article_ids: Iterable[int]) -> dict[str, int]:
    """Of the articles' attributions that were approved several at once, how many, by batch."""
    approvals = Decision.objects.filter(
        article__in=article_ids, action=Decision.Action.APPROVE, batch__isnull=False
    )
    counted = approvals.order_by().values("batch").annotate(size=Count("annotation", distinct=True))
    return {str(each["batch"]): each["size"] for each in counted.filter(size__gt=1)}


def approved_at_once(given: Given | None, sizes: Mapping[str, int]) -> int | None:
    """How many were approved at once with what was signed like that; None for one by itself."""
    if given is None:
        return None
    if given["action"] == Decision.Action.APPROVE and given["batch"]:
        return sizes.get(given["batch"])
    return given["imported_size"]
