"""What the review page shows of an article to a person: text with highlights, cards, progress.

``Desk`` is asked once for each answer: for the whole page, or for what a decision changed. It
fetches lazily, so that a small answer costs little.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accordingto.attribution import Offsets
from annotations.actions.remaining import left_in
from annotations.desk.cards import Card, complete
from annotations.desk.marked_text import MarkedText
from annotations.models import Annotation, Decision
from annotations.models.access import Access
from annotations.models.decision import withdrawn
from annotations.models.state import State, pieces_of, spans_of
from articles.clock import database_now

CARDS = 60
"""A page begins with so many cards and fetches the others while it is being read."""


class Desk(Access):
    """What the review page shows of an article to a person."""

    def page(self, *, whole: bool) -> dict[str, Any]:
        """Template values of the page: its first cards, or with ``whole`` all of them."""
        # Before anything else is read: what others do meanwhile has to come with the next pulse.
        since = self._latest_decision
        cards, more = (self.cards, None) if whole else self.cards_after(None)
        sentences = self.article.sentences.values_list("start", flat=True)
        return self.progress() | {
            "since": since,
            "cards": cards,
            "more": more,
            "paragraphs": self.text.paragraphs(),
            "missed": len(self.text.missed),
            "sentence_starts": " ".join(str(start) for start in sentences),
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

    def card(self, annotation_id: int) -> Card:
        """The card of one of the labels, fetched alone."""
        return self.cards_of([annotation_id])[0]

    def cards_of(self, ids: Sequence[int]) -> list[Card]:
        """The cards of some of the labels, in reading order."""
        return self._cards(self._full.filter(pk__in=ids))

    def bare_cards(self, rows: Iterable[Annotation]) -> list[Card]:
        """Cards with their annotations alone, for a list of them."""
        return [
            Card(row, self.numbers[row.pk], self.article.text, withdrawn=row.pk in self._withdrawn)
            for row in rows
        ]

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

    @cached_property
    def numbers(self) -> dict[int, int]:
        """What the page calls each annotation: as they came in, so that one that is added in
        between renames no other.
        """
        return {pk: number for number, (pk, *_rest) in enumerate(self._overview, start=1)}

    def _cards(self, rows: Iterable[Annotation]) -> list[Card]:
        cards = self.bare_cards(rows)
        complete(cards, self)
        return cards

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

    @cached_property
    def _withdrawn(self) -> set[int]:
        return {pk for pk, _status, _flag, is_withdrawn, _now in self._overview if is_withdrawn}

    @property
    def _now(self) -> datetime:
        """The database's time when what is shown was read."""
        return self._overview[0][-1] if self._overview else database_now()

    @property
    def _latest_decision(self) -> int:
        latest = Decision.objects.filter(article=self.article).order_by("-id")
        return latest.values_list("pk", flat=True).first() or 0


def _after(annotation: Annotation) -> Q:
    """What comes later in reading order."""
    return Q(start__gt=annotation.start) | Q(start=annotation.start, pk__gt=annotation.pk)
