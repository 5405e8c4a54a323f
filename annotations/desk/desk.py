"""What the review page shows of an article to a person: text with highlights, cards, progress.

``Desk`` is asked once for each answer: for the whole page, or for what a decision changed. It
fetches lazily, so that a small answer costs little.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accordingto.attribution import Offsets
from annotations.actions.remaining import left_in
from annotations.desk import parts
from annotations.desk.cards import Card, complete
from annotations.desk.marked_text import MarkedText
from annotations.desk.parts import Part, part_at
from annotations.models import Annotation, Decision
from annotations.models.access import Access
from annotations.models.decision import withdrawn
from annotations.models.state import State, pieces_of, spans_of
from articles.clock import database_now

CARDS = 60
"""A page begins with so many cards and fetches the others while it is being read."""


class _Row(NamedTuple):
    """A label in short, and the database's time."""

    pk: int
    start: int
    status: str
    flag: str
    is_withdrawn: bool
    now: datetime

    @property
    def is_open(self) -> bool:
        return self.status == Annotation.Status.PROPOSED


class Desk(Access):
    """What the review page shows of an article to a person.

    ``at`` is a place in the text whose part the page shows, where the article has several; without
    one that is the first part with an open proposal.
    """

    at: int | None = None

    def page(self, *, whole: bool) -> dict[str, Any]:
        """Template values of the page: the first cards of its part, or with ``whole`` all."""
        # Before anything else is read: what others do meanwhile has to come with the next pulse.
        since = self._latest_decision
        part, text = self.part, self.text_page()
        cards, more = (self.cards, None) if whole else self.cards_after(None, text["end"])
        sentences = self.article.sentences.filter(start__lt=part.end, end__gt=part.start)
        starts = sentences.values_list("start", flat=True)
        return (
            self.progress()
            | text
            | {
                "since": since,
                "cards": cards,
                "more": more,
                "missed": self.text.missed_in(part),
                "sentence_starts": " ".join(str(start) for start in starts),
            }
        )

    def text_page(self) -> dict[str, Any]:
        """Template values of a part of the text and the ways to the others, without cards."""
        part = self.part
        return {
            "part": part,
            "end": part.end if part.count > 1 else None,
            "paragraphs": self.text.paragraphs(part),
            "ways": self._ways(part),
        }

    def changed(self, annotation: Annotation, before: State | None) -> dict[str, Any]:
        """Template values of the answer to a decision: the card as it left it, and the text that
        its spans reach into now or did before. Without ``before`` the text looks as it did.
        """
        card = self._cards([annotation])[0]
        pieces = [] if before is None else pieces_of(before, spans_of(annotation))
        return self.progress() | self.text.changed(pieces) | {"card": card, "swap": True}

    def progress(self) -> dict[str, Any]:
        """The values of every answer and, once every proposal is judged, what to know before
        finishing.
        """
        context = self.context()
        done = context["total"] and not context["left"]
        return context | {"what_is_left": left_in(self).warnings if done else ()}

    def context(self) -> dict[str, Any]:
        """Template values that every answer carries: how far the article is, and the database's
        time.
        """
        counted = [(row.status, row.flag) for row in self._overview if not row.is_withdrawn]
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

    @cached_property
    def text(self) -> MarkedText:
        """The text with the labels marked."""
        return MarkedText(self, self.numbers)

    @property
    def all_missed(self) -> list[Offsets]:
        """The sentences that may hide an attribution, as the text has them."""
        return self.text.missed

    @cached_property
    def cards(self) -> list[Card]:
        """All cards of the part in reading order."""
        return self._cards(self._full.filter(start__gte=self.part.start, start__lt=self.part.end))

    def cards_after(
        self, annotation: Annotation | None, end: int | None
    ) -> tuple[list[Card], int | None]:
        """The next cards in reading order, without one the first of the page's part, up to the
        ``end`` of a part if there are several; and the id of the last of them if there are more.
        """
        rows = self._full if end is None else self._full.filter(start__lt=end)
        if annotation is None and self.part.start:
            rows = rows.filter(start__gte=self.part.start)
        if annotation is not None:
            rows = rows.filter(_after(annotation))
        found = self._cards(rows[: CARDS + 1])
        more = found[CARDS - 1].annotation.pk if len(found) > CARDS else None
        return found[:CARDS], more

    def card(self, annotation_id: int) -> Card:
        """The card of one of the labels, fetched alone."""
        return self.cards_of([annotation_id])[0]

    def cards_of(self, ids: Sequence[int]) -> list[Card]:
        """The cards of some of the labels, in reading order."""
        return self._cards(self._full.filter(pk__in=ids))

    def bare_cards(self, rows: Iterable[Annotation]) -> list[Card]:
        """Cards with their annotations alone, for a list of them. One that came in since the desk
        looked comes with the next pulse.
        """
        return [
            Card(row, self.numbers[row.pk], self.article.text, withdrawn=row.pk in self._withdrawn)
            for row in list(rows)
            if row.pk in self.numbers
        ]

    def address_of(self, annotation_id: int) -> str:
        """Where a card is on the page, in a long article on the page of all cards of its part."""
        asked = []
        if len(self.numbers) > CARDS:
            asked.append("all")
        is_long = len(self.article.text) > parts.SHORT or len(self.numbers) > CARDS
        if is_long and len(self.parts) > 1:
            asked.append(f"at={self.start_of(annotation_id)}")
        query = f"?{'&'.join(asked)}" if asked else ""
        return f"{self.article.get_absolute_url()}{query}#card-{annotation_id}"

    def start_of(self, annotation_id: int) -> int:
        """Where one of the labels begins, which tells its part."""
        return next((row.start for row in self._overview if row.pk == annotation_id), 0)

    @cached_property
    def parts(self) -> list[Part]:
        """The parts that the article has for the person."""
        return self.text.parts(row.start for row in self._overview)

    @cached_property
    def part(self) -> Part:
        """The part that the page shows."""
        at = self.at
        if at is None:
            waiting = (row.start for row in self._overview if row.is_open)
            at = min(waiting, default=0)
        return part_at(self.parts, at)

    def _ways(self, part: Part) -> dict[str, str]:
        """Where the other parts are: the one before at its last card, the one after at its first,
        and the next open proposal that is in none of what this page shows.
        """
        if part.count == 1:
            return {}
        rows = sorted((row.start, row.pk, row.is_open) for row in self._overview)
        before = [row for row in rows if row[0] < part.start]
        after = [row for row in rows if row[0] >= part.end]
        waiting = [row for row in (*after, *before) if row[2]]
        last = part_at(self.parts, part.start - 1)
        before = [row for row in before if row[0] >= last.start]
        first = part_at(self.parts, part.end)
        after = [row for row in after if row[0] < first.end]
        return {
            "previous": _way(last.start, before[-1:]) if part.number > 1 else "",
            "next": _way(first.start, after[:1]) if part.number < part.count else "",
            "open": _way(waiting[0][0], waiting[:1]) if waiting else "",
        }

    def next_proposed(self, after: Annotation) -> int | None:
        """The id of the next one that awaits a decision, in reading order, from the start if need
        be.
        """
        waiting = self.labels.filter(status=Annotation.Status.PROPOSED)
        later = waiting.filter(_after(after)).values_list("pk", flat=True)
        return later.first() or waiting.values_list("pk", flat=True).first()

    @cached_property
    def numbers(self) -> dict[int, int]:
        """What the page calls each annotation: as they came in, so that one that is added in
        between renames no other.
        """
        return {row.pk: number for number, row in enumerate(self._overview, start=1)}

    def _cards(self, rows: Iterable[Annotation]) -> list[Card]:
        cards = self.bare_cards(rows)
        complete(cards, self)
        return cards

    @property
    def _full(self) -> QuerySet[Annotation]:
        return self.labels.select_related("run", "resolved_source").prefetch_related("spans")

    @cached_property
    def _overview(self) -> list[_Row]:
        """All labels in short, as they came in."""
        labels = self.labels.order_by("id").annotate(is_withdrawn=withdrawn(), now=Now())
        return [_Row(*row) for row in labels.values_list(*_Row._fields)]

    @cached_property
    def _withdrawn(self) -> set[int]:
        return {row.pk for row in self._overview if row.is_withdrawn}

    @property
    def _now(self) -> datetime:
        """The database's time when what is shown was read."""
        return self._overview[0].now if self._overview else database_now()

    @property
    def _latest_decision(self) -> int:
        latest = Decision.objects.filter(article=self.article).order_by("-id")
        return latest.values_list("pk", flat=True).first() or 0


def _way(at: int, labels: Sequence[tuple[int, int, bool]]) -> str:
    """The address of a part on the article's page, at one of its cards if there is one."""
    card = f"#card-{labels[0][1]}" if labels else ""
    return f"?at={at}{card}"


def _after(annotation: Annotation) -> Q:
    """What comes later in reading order."""
    return Q(start__gt=annotation.start) | Q(start=annotation.start, pk__gt=annotation.pk)
