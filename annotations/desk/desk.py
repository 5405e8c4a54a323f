"""What the review page shows of an article to a person: text with highlights, cards, progress.

``Desk`` is asked once for each answer: for the whole page, or for what a decision changed. It
fetches lazily, so that a small answer costs little.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from accordingto.attribution import Offsets
from accordingto.pipeline.missed import missed_sentences
from annotations.actions.remaining import left_in
from annotations.desk.cards import Card, complete
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
from annotations.models.decision import uncleared, withdrawn
from annotations.models.state import State, pieces_of, spans_of
from articles.clock import database_now

INLINE_COST = 5000
"""Estimated bytes of text that an answer carries itself; for more it has the page ask again."""
SEGMENT_COST = 150
CARDS = 60
"""A page begins with so many cards and fetches the others while it is being read."""


class Desk(Access):
    """What the review page shows of an article to a person."""

    def page(self, *, whole: bool) -> dict[str, Any]:
        """Template values of the page: its first cards, or with ``whole`` all of them."""
        # Before anything else is read: what others do meanwhile has to come with the next pulse.
        since = self.latest_decision
        cards, more = (self.cards, None) if whole else self.cards_after(None)
        sentences = self.article.sentences.values_list("start", flat=True)
        return self.progress() | {
            "since": since,
            "cards": cards,
            "more": more,
            "paragraphs": self.paragraphs,
            "missed": len(self.all_missed),
            "sentence_starts": " ".join(str(start) for start in sentences),
        }

    def changed(self, annotation: Annotation, before: State | None) -> dict[str, Any]:
        """Template values of the answer to a decision: the card as it left it, and the text that
        its spans reach into now or did before. Without ``before`` the text looks as it did.
        """
        context = {"card": self._cards([annotation])[0], "swap": True}
        pieces = [] if before is None else pieces_of(before, spans_of(annotation))
        return self.progress() | context | self.text_at(pieces)

    def text_at(self, pieces: Sequence[Offsets]) -> dict[str, Any]:
        """Template values for stretches of text, or for having the page ask for them: an answer
        stays as short for a long span as for a short one.
        """
        if not pieces:
            return {}
        pieces = self._widened(pieces)
        found = self.chunks(pieces)
        if _cost(found) <= INLINE_COST:
            return {"chunks": found}
        spans = ",".join(f"{start}-{end}" for start, end in sorted(set(pieces)))
        address = reverse("review:text", args=[self.article.pk])
        return {"text_address": f"{address}?pieces={spans}"}

    def progress(self) -> dict[str, Any]:
        """The values of every answer and, once every proposal is judged, what to know before
        finishing.
        """
        context = self.context()
        done = context["total"] and not context["left"]
        return context | {"what_is_left": left_in(self).warnings if done else ()}

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

    @property
    def latest_decision(self) -> int:
        """The id of the latest decision in the article; 0 for none."""
        latest = Decision.objects.filter(article=self.article).order_by("-id")
        return latest.values_list("pk", flat=True).first() or 0

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

    def _cards(self, rows: Iterable[Annotation]) -> list[Card]:
        cards = self.bare_cards(rows)
        complete(cards, self)
        return cards

    def bare_cards(self, rows: Iterable[Annotation]) -> list[Card]:
        """Cards with their annotations alone, for a list of them."""
        return [
            Card(row, self.numbers[row.pk], self.article.text, withdrawn=row.pk in self._withdrawn)
            for row in rows
        ]

    def card(self, annotation_id: int) -> Card:
        """The card of one of the labels, fetched alone."""
        return self.cards_of([annotation_id])[0]

    def cards_of(self, ids: Sequence[int]) -> list[Card]:
        """The cards of some of the labels, in reading order."""
        return self._cards(self._full.filter(pk__in=ids))

    @cached_property
    def _withdrawn(self) -> set[int]:
        return {pk for pk, _status, _flag, is_withdrawn, _now in self._overview if is_withdrawn}

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """The whole text."""
        spans, missed = self._all_marks
        found = paragraphs(self.article.text, spans, self.numbers, missed)
        if found and self.article.title and self.title_repeats:
            found[0] = replace(found[0], is_title=True)
        return found

    @property
    def title_repeats(self) -> bool:
        """Whether the text begins with its title, which then stands there alone."""
        first = self.article.text.lstrip().split("\n", 1)[0]
        return self.article.title.split() in ([], first.split())

    def _widened(self, pieces: Sequence[Offsets]) -> list[Offsets]:
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


def _after(annotation: Annotation) -> Q:
    """What comes later in reading order."""
    return Q(start__gt=annotation.start) | Q(start=annotation.start, pk__gt=annotation.pk)


def _cost(found: Iterable[Chunk]) -> int:
    """About how many bytes the chunks take in an answer."""
    return sum(len(segment.text) + SEGMENT_COST for chunk in found for segment in chunk.segments)
