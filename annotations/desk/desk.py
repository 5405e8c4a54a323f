"""What the review page shows of an article to a person: text with highlights, cards, progress.

``Desk`` fetches lazily: a page asks for everything, the answer to a decision for one card and the
stretches of text that changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from accordingto.attribution import ROLES, Offsets
from accordingto.pipeline.missed import missed_sentences
from accordingto.text.quotation_marks import quote_type
from annotations.desk.suggestions import Suggestion, suggestions
from annotations.desk.text_markup import (
    Chunk,
    Paragraph,
    SpanRow,
    chunks,
    chunks_touching,
    paragraphs,
)
from annotations.models import Annotation, Decision, Span
from annotations.models.access import Access
from annotations.models.decision import UNDOABLE, uncleared, withdrawn
from annotations.models.state import State, spans_of
from articles.clock import database_now

INLINE_COST = 5000
"""Estimated bytes of text that an answer carries itself; for more it has the page ask again."""
SEGMENT_COST = 150
CARDS = 60
"""A page begins with so many cards and fetches the others while it is being read."""
SHOWN = 600
"""Code points of a piece that a card shows; the whole piece is marked in the text."""


@dataclass(frozen=True, slots=True)
class RoleText:
    """A role of a card: its label and the text of its pieces, long ones shortened."""

    role: str
    label: str
    pieces: list[str]


@dataclass(slots=True)
class Card:
    """One attribution as the page shows it.

    It is withdrawn where a person added it and took it back; ``flagged`` is the decision that its
    flag stands from.
    """

    annotation: Annotation
    number: int
    text: str
    suggestion: Suggestion | None = None
    can_undo: bool = False
    withdrawn: bool = False
    flagged: Decision | None = None
    conflict: str = ""
    seen: list[RoleText] = field(default_factory=list)
    seen_status: str = ""

    @property
    def address(self) -> str:
        """Where the card is; what is done to it has addresses below."""
        return card_address().replace("/0/", f"/{self.annotation.pk}/")

    @property
    def roles(self) -> list[RoleText]:
        return role_texts(self.text, spans_of(self.annotation))

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


@cache
def card_address() -> str:
    """The address of card 0: to reverse one for every control of every card takes its time."""
    return reverse("review:card", args=[0])


class Desk(Access):
    """What the review page shows of an article to a person."""

    @property
    def _full(self) -> QuerySet[Annotation]:
        return self.labels.select_related("run", "resolved_source").prefetch_related("spans")

    @cached_property
    def _overview(self) -> list[tuple[int, str, str, bool, datetime]]:
        """Id, status, flag and whether it is withdrawn, of all labels, as they came in, and the
        database's time.
        """
        labels = self.labels.order_by("id").annotate(is_withdrawn=withdrawn(), now=Now())
        return list(labels.values_list("pk", "status", "flag", "is_withdrawn", "now"))

    @property
    def _now(self) -> datetime:
        """The database's time when what is shown was read."""
        return self._overview[0][-1] if self._overview else database_now()

    @cached_property
    def numbers(self) -> dict[int, int]:
        """What the page calls each annotation: as they came in, so that one that is added in
        between renames no other.
        """
        return {pk: number for number, (pk, *_rest) in enumerate(self._overview, start=1)}

    @cached_property
    def cards(self) -> list[Card]:
        """All cards in reading order."""
        return self._cards(self._full)

    def cards_after(self, annotation: Annotation | None) -> tuple[list[Card], int | None]:
        """The next cards in reading order, and the id of the last of them if there are more."""
        rows = self._full
        if annotation is not None:
            rows = rows.filter(_after(annotation))
        found = self._cards(rows[: CARDS + 1])
        more = found[CARDS - 1].annotation.pk if len(found) > CARDS else None
        return found[:CARDS], more

    def sure(self, percent: int) -> list[Card]:
        """Cards of the proposals that the machine is at least so sure of, to approve them all."""
        rows = self.labels.filter(
            status=Annotation.Status.PROPOSED, confidence__gte=(percent - 0.5) / 100
        ).prefetch_related("spans")
        cards = [self._card(annotation) for annotation in rows]
        # What counts is the number that the card shows.
        return [card for card in cards if (card.confidence_percent or 0) >= percent]

    def _cards(self, rows: Iterable[Annotation]) -> list[Card]:
        annotations = list(rows)
        cards = [self._card(annotation) for annotation in annotations]
        flags = flag_decisions(annotations)
        found = suggestions(self.article, annotations) if self.may_name else {}
        for card in cards:
            card.flagged = flags.get(card.annotation.pk)
            card.suggestion = found.get(card.annotation.pk)
        if self.may_judge:
            undoable = Decision.objects.filter(
                annotation__in=annotations, action__in=UNDOABLE, undone_by=None
            )
            can_undo = set(undoable.values_list("annotation_id", flat=True))
            for card in cards:
                card.can_undo = card.annotation.pk in can_undo
        return cards

    def card(self, annotation_id: int) -> Card:
        """The card of one of the labels, fetched alone."""
        return self.cards_of([annotation_id])[0]

    def cards_of(self, ids: Sequence[int]) -> list[Card]:
        """The cards of some of the labels, in reading order."""
        return self._cards(self._full.filter(pk__in=ids))

    def card_of(self, annotation: Annotation) -> Card:
        """The card of one of the labels, just as a decision left it."""
        return self._cards([annotation])[0]

    def _card(self, annotation: Annotation) -> Card:
        pk = annotation.pk
        return Card(
            annotation, self.numbers[pk], self.article.text, withdrawn=pk in self._withdrawn
        )

    @cached_property
    def _withdrawn(self) -> set[int]:
        return {pk for pk, _status, _flag, is_withdrawn, _now in self._overview if is_withdrawn}

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """The whole text."""
        spans, missed = self._all_marks
        return paragraphs(self.article.text, spans, self.numbers, missed)

    @property
    def title_repeats(self) -> bool:
        """Whether the text begins with its title, which then stands there alone."""
        first = self.article.text.lstrip().split("\n", 1)[0]
        return self.article.title.split() in ([], first.split())

    def widened(self, pieces: Sequence[Offsets]) -> list[Offsets]:
        """The pieces grown to whole sentences: whether one may hide an attribution is told by any
        part of it.
        """
        if not (pieces and self.may_judge):
            return list(pieces)
        reach = min(s for s, _e in pieces), max(e for _s, e in pieces)
        touched = self.article.sentences.filter(start__lt=reach[1], end__gt=reach[0])
        sentences = list(touched.values_list("start", "end"))
        return [
            (
                min([start, *(s for s, e in sentences if s < end and start < e)]),
                max([end, *(e for s, e in sentences if s < end and start < e)]),
            )
            for start, end in pieces
        ]

    def chunks(self, pieces: Sequence[Offsets]) -> list[Chunk]:
        """The stretches of text that the pieces reach into."""
        offsets = chunks_touching(self.article.text, pieces)
        if not offsets:
            return []
        spans, missed = self._marks((offsets[0][0], offsets[-1][1]))
        return chunks(self.article.text, offsets, spans, self.numbers, missed)

    def address_of(self, annotation_id: int) -> str:
        """Where a card is on the page, in a long article on the page of all cards."""
        everything = "?all" if len(self.numbers) > CARDS else ""
        return f"{self.article.get_absolute_url()}{everything}#card-{annotation_id}"

    def next_proposed(self, after: Annotation) -> int | None:
        """The id of the next one that awaits a decision, in reading order, from the start if need
        be.
        """
        waiting = self.labels.filter(status=Annotation.Status.PROPOSED)
        later = waiting.filter(_after(after)).values_list("pk", flat=True)
        return later.first() or waiting.values_list("pk", flat=True).first()

    @property
    def all_missed(self) -> list[Offsets]:
        """The sentences that may hide an attribution."""
        return self._all_marks[1]

    @cached_property
    def _all_marks(self) -> tuple[list[SpanRow], list[Offsets]]:
        return self._marks()

    def _marks(self, reach: Offsets | None = None) -> tuple[list[SpanRow], list[Offsets]]:
        """What is marked in a stretch of text, or in all of it: spans, and sentences that may hide
        an attribution (none where nobody judges).
        """
        sentences = uncleared(self.article, self.look, reach) if self.may_judge else []
        spans = Span.objects.filter(annotation__in=self.labels.order_by()).order_by()
        if reach is not None:
            first = min([reach[0], *(start for start, _end in sentences)])
            last = max([reach[1], *(end for _start, end in sentences)])
            spans = spans.filter(start__lt=last, end__gt=first)
        rows = list(
            spans.values_list("start", "end", "role", "annotation_id", "annotation__status")
        )
        covered = ((start, end, role) for start, end, role, *_rest in rows)
        missed = missed_sentences(self.article.text, sentences, covered)
        visible = [
            SpanRow(start, end, role, pk, status == Annotation.Status.APPROVED)
            for start, end, role, pk, status in rows
            # One that came in since the numbers were given is not on this page yet.
            if status != Annotation.Status.REJECTED and pk in self.numbers
        ]
        return visible, missed

    def context(self) -> dict[str, Any]:
        """Template values that every answer carries: progress and the database's time."""
        counted = [(status, flag) for _pk, status, flag, gone, _now in self._overview if not gone]
        left = sum(status == Annotation.Status.PROPOSED for status, _flag in counted)
        return {
            "article": self.article,
            "desk": self,
            "total": len(counted),
            "left": left,
            "decided": len(counted) - left,
            "flagged": sum(flag != "" for _status, flag in counted),
            "now": self._now,
        }


def flag_decisions(annotations: Iterable[Annotation]) -> dict[int, Decision]:
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


def _after(annotation: Annotation) -> Q:
    """What comes later in reading order."""
    return Q(start__gt=annotation.start) | Q(start=annotation.start, pk__gt=annotation.pk)


def cost(found: Iterable[Chunk]) -> int:
    """About how many bytes the chunks take in an answer."""
    return sum(len(segment.text) + SEGMENT_COST for chunk in found for segment in chunk.segments)


def show_conflict(card: Card, message: str, seen: State | None) -> None:
    """Have the card show what the person had seen beside what stands now."""
    card.conflict = message
    if seen is not None:
        card.seen = role_texts(card.text, seen)
        card.seen_status = str(Annotation.Status(seen["status"]).label)


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
