"""The history of an attribution: who decided what and when, and what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accordingto.attribution import ROLES
from annotations.desk.cards import role_texts
from annotations.models import Annotation, Decision, Span
from annotations.models.signatures import batch_sizes
from annotations.models.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a decision changed."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, what it changed, and how many others were approved with it at once."""

    decision: Decision
    changes: list[Change]
    others: int


def history_of(annotation: Annotation) -> list[Entry]:
    """All decisions on the annotation, the earliest first."""
    text = annotation.article.text
    decisions = list(annotation.decisions.order_by("id"))
    at_once = any(each.batch for each in decisions)
    sizes = batch_sizes([annotation.article_id]) if at_once else {}
    return [
        Entry(each, _changes(text, each.before, each.after), _others(each, sizes))
        for each in decisions
    ]


def _others(decision: Decision, sizes: Mapping[str, int]) -> int:
    size: int = 1
    if decision.action == Decision.Action.IMPORT:
        size = (decision.after or {}).get("approved_in_batch", 1)
    elif decision.action == Decision.Action.APPROVE:
        size = sizes.get(str(decision.batch), 1)
    return size - 1


def _changes(text: str, before: State | None, after: State | None) -> list[Change]:
    if before is None or after is None:
        return []
    labels: dict[str, str] = {
        "status": _("Status"),
        "quote_type": _("Quote type"),
        "source_name": _("Who it is"),
        "flag": _("Note"),
    }
    changes = [
        Change(label, _named(name, before.get(name)), _named(name, after.get(name)))
        for name, label in labels.items()
        if (before.get(name) or "") != (after.get(name) or "")
    ]
    old, new = role_texts(text, before), role_texts(text, after)
    for role, was, now in zip(ROLES, old, new, strict=True):
        if before[role] != after[role]:
            label = str(Span.Role(role).label)
            changes.append(Change(label, " […] ".join(was.pieces), " […] ".join(now.pieces)))
    return changes


def _named(name: str, value: Any) -> str:
    choices = {"status": Annotation.Status, "quote_type": Annotation.QuoteType}
    if name in choices and value:
        return str(choices[name](value).label)
    return value or ""
