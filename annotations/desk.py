"""What the review page shows of an article: its text with highlights, its cards, its progress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotations.attribution.types import ROLES
from annotations.deciding import State
from annotations.highlight import Paragraph, paragraphs
from annotations.models import Annotation, Decision, Span
from annotations.undoing import UNDOABLE
from articles.models import Article


@dataclass(frozen=True, slots=True)
class RoleText:
    """A role of a card: its label and the text of its pieces."""

    role: str
    label: str
    pieces: list[str]


@dataclass(slots=True)
class Card:
    """One attribution as the page shows it."""

    annotation: Annotation
    number: int
    text: str
    conflict: str = ""
    seen: list[RoleText] = field(default_factory=list)
    seen_status: str = ""

    @property
    def roles(self) -> list[RoleText]:
        spans = [(s.role, s.start, s.end) for s in self.annotation.spans.all()]
        return role_texts(self.text, spans)

    @property
    def confidence_percent(self) -> int | None:
        confidence = self.annotation.confidence
        return None if confidence is None else round(confidence * 100)


class Desk:
    """An article with its annotations, fetched in a constant number of queries."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.annotations: Sequence[Annotation] = list(
            article.annotations.select_related("run")
            .prefetch_related("spans")
            .annotate(
                can_undo=Exists(
                    Decision.objects.filter(
                        annotation=OuterRef("pk"), action__in=UNDOABLE, undone_by=None
                    )
                )
            )
            .order_by("start", "id")
        )
        # Numbered as they came in, so that an attribution added in between renames no other.
        ids = sorted(annotation.pk for annotation in self.annotations)
        self.numbers = {pk: number for number, pk in enumerate(ids, start=1)}
        self.cards = [
            Card(annotation, self.numbers[annotation.pk], article.text)
            for annotation in self.annotations
        ]

    def paragraphs(self, touching: Iterable[tuple[int, int]] | None = None) -> list[Paragraph]:
        """All paragraphs, or those that the (start, end) pairs reach into."""
        return paragraphs(self.article.text, self.annotations, self.numbers, touching)

    def card(self, annotation_id: int) -> Card:
        return next(card for card in self.cards if card.annotation.pk == annotation_id)

    def card_before(self, annotation_id: int) -> Card | None:
        """The card that stands before the annotation's in reading order."""
        index = self.cards.index(self.card(annotation_id))
        return self.cards[index - 1] if index else None

    def next_proposed(self, after: Annotation) -> Card | None:
        """The next card that awaits a decision, in reading order, from the start if need be."""
        waiting = [c for c in self.cards if c.annotation.status == Annotation.Status.PROPOSED]
        later = [
            c for c in waiting if (c.annotation.start, c.annotation.pk) > (after.start, after.pk)
        ]
        return next(iter(later or waiting), None)

    def context(self) -> dict[str, Any]:
        """Template values that every answer carries: progress and the server's time."""
        decided = sum(a.status != Annotation.Status.PROPOSED for a in self.annotations)
        return {
            "article": self.article,
            "total": len(self.annotations),
            "decided": decided,
            "left": len(self.annotations) - decided,
            "now": timezone.now(),
        }


def show_conflict(card: Card, message: str, seen: State | None) -> None:
    """Have the card show what the person had seen beside what stands now."""
    card.conflict = message
    if seen is not None:
        card.seen = role_texts(card.text, [(r, s, e) for r in ROLES for s, e in seen[r]])
        card.seen_status = str(Annotation.Status(seen["status"]).label)


def role_texts(text: str, spans: Iterable[tuple[str, int, int]]) -> list[RoleText]:
    """The pieces of each role as text, in text order; a role without pieces is there, empty."""
    rows = sorted(spans, key=lambda row: row[1])
    return [
        RoleText(role, str(Span.Role(role).label), [text[s:e] for r, s, e in rows if r == role])
        for role in ROLES
    ]
