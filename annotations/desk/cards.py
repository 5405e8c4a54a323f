"""The cards of the review page: one attribution each, with all that the page shows of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.text import Truncator

from accordingto.attribution import ROLES
from accordingto.text.quotation_marks import quote_type
from annotations.actions.base import Conflict
from annotations.desk.suggestions import Suggestion, suggestions
from annotations.models import Annotation, Decision, Span
from annotations.models.access import Access
from annotations.models.decision import UNDOABLE
from annotations.models.state import State, spans_of

SHOWN = 600
"""Code points of a piece that a card shows; the whole piece is marked in the text."""
ADDRESSES = {
    name: f"review:{name}"
    for name in ("card", "approve", "reject", "undo", "edit", "flag", "history", "revert")
} | {"resolve": "sources:resolve"}


@dataclass(frozen=True, slots=True)
class RoleText:
    """A role of a card: its label and the text of its pieces, long ones shortened."""

    role: str
    label: str
    pieces: list[str]


class Addresses:
    """Where the card of an annotation is, and what can be done to it: each reversed when asked."""

    def __init__(self, annotation_id: int) -> None:
        self._annotation_id = annotation_id

    def __getitem__(self, name: str) -> str:
        return reverse(ADDRESSES[name], args=[self._annotation_id])


@dataclass(slots=True)
class Card:
    """One attribution as the page shows it.

    It is withdrawn where a person added it and took it back; ``flagged`` is the decision that its
    flag stands from. ``conflict`` or ``error`` says why nothing was done to it; with a conflict
    ``seen`` and ``seen_status`` are what the person had seen.
    """

    annotation: Annotation
    number: int
    text: str
    suggestion: Suggestion | None = None
    can_undo: bool = False
    withdrawn: bool = False
    flagged: Decision | None = None
    error: str = ""
    conflict: str = ""
    seen: list[RoleText] = field(default_factory=list)
    seen_status: str = ""

    @property
    def urls(self) -> Addresses:
        return Addresses(self.annotation.pk)

    @property
    def roles(self) -> list[RoleText]:
        return role_texts(self.text, spans_of(self.annotation))

    @property
    def in_short(self) -> str:
        """The words of all roles in one line."""
        pieces = (piece for role in self.roles for piece in role.pieces)
        return " ".join(Truncator(piece).chars(60) for piece in pieces)

    @property
    def offsets(self) -> list[tuple[str, str]]:
        """The pieces of each role, as the form that corrects them has them."""
        return [(role, written(pieces)) for role, pieces in spans_of(self.annotation).items()]

    @property
    def chosen_type(self) -> str:
        return chosen_quote_type(self.annotation, self.text, spans_of(self.annotation)["content"])

    @property
    def has_source_span(self) -> bool:
        return any(span.role == Span.Role.SOURCE for span in self.annotation.spans.all())

    @property
    def confidence_percent(self) -> int | None:
        confidence = self.annotation.confidence
        return None if confidence is None else round(confidence * 100)

    @property
    def is_taken_back(self) -> bool:
        """Whether the page says no more of it than that: no decision on it was just refused."""
        return self.withdrawn and not self.conflict and not self.error

    def show_conflict(self, conflict: Conflict) -> None:
        """Show what the person had seen beside what stands now."""
        self.conflict = str(conflict)
        if conflict.seen is not None:
            self.seen = role_texts(self.text, conflict.seen)
            self.seen_status = str(Annotation.Status(conflict.seen["status"]).label)


def complete(cards: Sequence[Card], access: Access) -> None:
    """Add to the cards what stands beside their annotations: whose flags they bear, who their
    sources may be, and which can be undone. A few queries, whatever the number of cards.
    """
    annotations = [card.annotation for card in cards]
    flags = _flag_decisions(annotations)
    found = suggestions(access.article, annotations) if access.may_name else {}
    undoable = _undoable(annotations) if access.may_judge else set()
    for card in cards:
        pk = card.annotation.pk
        card.flagged = flags.get(pk)
        card.suggestion = found.get(pk)
        card.can_undo = pk in undoable


def _undoable(annotations: Sequence[Annotation]) -> set[int | None]:
    decisions = Decision.objects.filter(
        annotation__in=annotations, action__in=UNDOABLE, undone_by=None
    )
    return set(decisions.values_list("annotation_id", flat=True))


def _flag_decisions(annotations: Iterable[Annotation]) -> dict[int, Decision]:
    """Who put the flags there that stand now, by the id of the annotation; one query at most."""
    flags = {each.pk: each.flag for each in annotations if each.flag}
    if not flags:
        return {}
    decisions = Decision.objects.filter(annotation__in=flags, action=Decision.Action.FLAG)
    found = {}
    for each in decisions.order_by("pk"):
        if each.annotation_id and (each.after or {}).get("flag") == flags[each.annotation_id]:
            found[each.annotation_id] = each
    return found


def chosen_quote_type(annotation: Annotation, text: str, content: Iterable[Sequence[int]]) -> str:
    """The quote type that a person vouched for against the words; "" where it follows from them."""
    chosen = annotation.quote_type if annotation.reviewer else ""
    by_words = quote_type(text, [(start, end) for start, end in content])
    return "" if chosen == by_words else chosen


def written(pieces: Iterable[Sequence[int]]) -> str:
    """Pieces as forms have them: ``12-20, 34-41``."""
    return ", ".join(f"{start}-{end}" for start, end in pieces)


def role_texts(text: str, spans: dict[str, list[list[int]]] | State) -> list[RoleText]:
    """The pieces of each role as text, in text order; a role without pieces is there, empty."""
    return [
        RoleText(role, str(Span.Role(role).label), [_shown(text, s, e) for s, e in spans[role]])
        for role in ROLES
    ]


def _shown(text: str, start: int, end: int) -> str:
    if end - start <= SHOWN:
        return text[start:end]
    return f"{text[start : start + SHOWN // 2]} […] {text[end - SHOWN // 4 : end]}"
