"""The article's text as a person sees it: spans are marked, and sentences that may hide more."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.urls import reverse

from accordingto.attribution import Offsets
from accordingto.pipeline.missed import missed_sentences
from annotations.desk.text_markup import (
    Chunk,
    Paragraph,
    SpanRow,
    chunks,
    chunks_touching,
    paragraphs,
)
from annotations.models import Annotation, Span
from annotations.models.access import Access
from annotations.models.decision import uncleared

INLINE_COST = 5000
"""Estimated bytes of text that an answer carries itself; for more it has the page ask again."""
SEGMENT_COST = 150


class MarkedText:
    """The text with the labels that a person may see.

    ``numbers`` is what the page calls each annotation. One that came in since those were given is
    not on the page yet, and not marked.
    """

    def __init__(self, access: Access, numbers: dict[int, int]) -> None:
        self._access = access
        self._article = access.article
        self._numbers = numbers

    def paragraphs(self) -> list[Paragraph]:
        """The whole text."""
        spans, missed = self._all_marks
        found = paragraphs(self._article.text, spans, self._numbers, missed)
        if found and self._article.title and self.title_repeats:
            found[0] = replace(found[0], is_title=True)
        return found

    @property
    def title_repeats(self) -> bool:
        """Whether the text begins with its title, which then stands there alone."""
        first = self._article.text.lstrip().split("\n", 1)[0]
        return self._article.title.split() in ([], first.split())

    @property
    def missed(self) -> list[Offsets]:
        """The sentences that may hide an attribution."""
        return self._all_marks[1]

    def changed(self, pieces: Sequence[Offsets]) -> dict[str, Any]:
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
        address = reverse("review:text", args=[self._article.pk])
        return {"text_address": f"{address}?pieces={spans}"}

    def chunks(self, pieces: Sequence[Offsets]) -> list[Chunk]:
        """The stretches of text that the pieces reach into."""
        offsets = chunks_touching(self._article.text, pieces)
        if not offsets:
            return []
        spans, missed = self._marks((offsets[0][0], offsets[-1][1]))
        return chunks(self._article.text, offsets, spans, self._numbers, missed)

    def _widened(self, pieces: Sequence[Offsets]) -> list[Offsets]:
        """The pieces grown to whole sentences: whether one may hide an attribution is told by any
        part of it.
        """
        if not self._access.may_judge:
            return list(pieces)
        reach = min(s for s, _e in pieces), max(e for _s, e in pieces)
        touched = self._article.sentences.filter(start__lt=reach[1], end__gt=reach[0])
        sentences = list(touched.order_by("start").values_list("start", "end"))
        starts, ends = [s for s, _e in sentences], [e for _s, e in sentences]
        widened = []
        for start, end in pieces:
            first, last = bisect_right(ends, start), bisect_left(starts, end)
            if first < last:
                start, end = min(start, starts[first]), max(end, ends[last - 1])
            widened.append((start, end))
        return widened

    @cached_property
    def _all_marks(self) -> tuple[list[SpanRow], list[Offsets]]:
        return self._marks()

    def _marks(self, reach: Offsets | None = None) -> tuple[list[SpanRow], list[Offsets]]:
        """What is marked in a stretch of text, or in all of it: spans, and sentences that may hide
        an attribution (none where nobody judges).
        """
        access = self._access
        sentences = uncleared(access.article, access.review, reach) if access.may_judge else []
        spans = Span.objects.filter(annotation__in=access.labels.order_by()).order_by()
        if reach is not None:
            first = min([reach[0], *(start for start, _end in sentences)])
            last = max([reach[1], *(end for _start, end in sentences)])
            spans = spans.filter(start__lt=last, end__gt=first)
        rows = list(
            spans.values_list("start", "end", "role", "annotation_id", "annotation__status")
        )
        covered = ((start, end, role) for start, end, role, *_rest in rows)
        missed = missed_sentences(access.article.text, sentences, covered)
        visible = [
            SpanRow(start, end, role, pk, status == Annotation.Status.APPROVED)
            for start, end, role, pk, status in rows
            if status != Annotation.Status.REJECTED and pk in self._numbers
        ]
        return visible, missed


def _cost(found: Iterable[Chunk]) -> int:
    """About how many bytes the chunks take in an answer."""
    return sum(len(segment.text) + SEGMENT_COST for chunk in found for segment in chunk.segments)
