"""The history of an attribution: who decided what and when, and what it changed."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotations.attribution.types import ROLES
from annotations.deciding import State
from annotations.desk import role_texts
from annotations.models import Annotation, Decision, Span


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a decision changed."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, and what it changed."""

    decision: Decision
    changes: list[Change]


def history_of(annotation: Annotation) -> list[Entry]:
    """All decisions on the annotation, the earliest first."""
    text = annotation.article.text
    return [
        Entry(each, _changes(text, each.before, each.after))
        for each in annotation.decisions.order_by("id")
    ]


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
