"""The article's text as a person sees it: spans are marked, and sentences that may hide more."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.urls import reverse

from accordingto.attribution import Offsets
from accordingto.pipeline.missed import missed_sentences
from annotations.desk.parts import Part, cut
from annotations.desk.text_markup import (
    Chunk,
    Paragraph,
    SpanRow,
    chunk_offsets,
    chunks,
    chunks_touching,
    paragraph_offsets,
    paragraphs,
)
from annotations.models import Annotation, Span
from annotations.models.access import Access
from annotations.models.decision import uncleared

INLINE_COST = 5000
"""Estimated bytes of text that an answer carries itself; for more it has the page ask again."""
SEGMENT_COST = 150


type _Row = tuple[int, int, str, int, str]
"""A span: start, end, role, annotation and its status."""


class MarkedText:
    """The text with the labels that a person may see.

    ``numbers`` is what the page calls each annotation. One that came in since those were given is
    not on the page yet, and not marked.
    """

    def __init__(self, access: Access, numbers: dict[int, int]) -> None:
        self._access = access
        self._article = access.article
        self._numbers = numbers
        self._of_parts: dict[Part, list[Offsets]] = {}

    def paragraphs(self, part: Part) -> list[Paragraph]:
        """A part of the text."""
        reach = part.start, part.end
        spans = [span for span in self._spans if span.start < part.end and part.start < span.end]
        missed = self._missed_by_part(part)
        found = paragraphs(self._article.text, spans, self._numbers, missed, reach)
        if part.number == 1 and found and self._article.title and self.title_repeats:
            found[0] = replace(found[0], is_title=True)
        return found

    @property
    def title_repeats(self) -> bool:
        """Whether the text begins with its title, which then stands there alone."""
        first = self._article.text.lstrip().split("\n", 1)[0]
        return self._article.title.split() in ([], first.split())

    def missed_in(self, part: Part) -> int:
        """How many sentences of a part may hide an attribution."""
        return len(self._missed_by_part(part))

    def parts(self, starts: Iterable[int]) -> list[Part]:
        """The parts of the article, where its labels begin at ``starts``."""
        text = self._article.text
        chunks = (
            chunk
            for start, end in paragraph_offsets(text)
            for chunk in chunk_offsets(text, start, end)
        )
        spans = ((span.start, span.end, span.annotation_id) for span in self._spans)
        return cut(len(text), chunks, spans, starts)

    @cached_property
    def missed(self) -> list[Offsets]:
        """The sentences that may hide an attribution."""
        return self._missed(None)

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
            widened.append(
                (min([start, *starts[first:last][:1]]), max([end, *ends[first:last][-1:]]))
            )
        return widened

    @cached_property
    def _rows(self) -> list[_Row]:
        """The spans of the whole article."""
        return self._spans_in(None)

    @cached_property
    def _spans(self) -> list[SpanRow]:
        return self._visible(self._rows)

    def _missed_by_part(self, part: Part) -> list[Offsets]:
        if part.count == 1:
            return self.missed
        if part not in self._of_parts:
            self._of_parts[part] = self._missed((part.start, part.end))
        return self._of_parts[part]

    def _missed(self, reach: Offsets | None) -> list[Offsets]:
        """The sentences of a stretch, or of all, that may hide an attribution; none where nobody
        judges.
        """
        access = self._access
        sentences = uncleared(access.article, access.review, reach) if access.may_judge else []
        return missed_sentences(access.article.text, sentences, _covered(self._rows))

    def _marks(self, reach: Offsets) -> tuple[list[SpanRow], list[Offsets]]:
        """What is marked in a stretch of text: spans, and sentences that may hide an attribution
        (none where nobody judges).
        """
        access = self._access
        sentences = uncleared(access.article, access.review, reach) if access.may_judge else []
        first = min([reach[0], *(start for start, _end in sentences)])
        last = max([reach[1], *(end for _start, end in sentences)])
        rows = self._spans_in((first, last))
        missed = missed_sentences(access.article.text, sentences, _covered(rows))
        return self._visible(rows), missed

    def _spans_in(self, reach: Offsets | None) -> list[_Row]:
        spans = Span.objects.filter(annotation__in=self._access.labels.order_by()).order_by()
        if reach is not None:
            spans = spans.filter(start__lt=reach[1], end__gt=reach[0])
        return list(
            spans.values_list("start", "end", "role", "annotation_id", "annotation__status")
        )

    def _visible(self, rows: Iterable[_Row]) -> list[SpanRow]:
        return [
            SpanRow(start, end, role, pk, status == Annotation.Status.APPROVED)
            for start, end, role, pk, status in rows
            if status != Annotation.Status.REJECTED and pk in self._numbers
        ]


def _covered(rows: Iterable[_Row]) -> Iterator[tuple[int, int, str]]:
    return ((start, end, role) for start, end, role, *_rest in rows)


def _cost(found: Iterable[Chunk]) -> int:
    """About how many bytes the chunks take in an answer."""
    return sum(len(segment.text) + SEGMENT_COST for chunk in found for segment in chunk.segments)
