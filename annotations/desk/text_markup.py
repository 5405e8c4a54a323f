"""The article's text cut into paragraphs, chunks and segments, each knowing the spans over it.

A chunk is what the page swaps when spans change: a paragraph, or a stretch of a long one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import regex
from django.utils.html import escape
from django.utils.safestring import SafeString

from accordingto.attribution import Offsets
from accordingto.text.stretches import Stretches
from annotations.models import Span

CHUNK = 800
"""Code points of a chunk, about: an answer that swaps one stays small in the longest paragraph."""
CHARACTER = regex.compile(r"\X")


class SpanRow(NamedTuple):
    """A span to show."""

    start: int
    end: int
    role: str
    annotation_id: int
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One span over a segment, with what the page needs to show it."""

    annotation_id: int
    number: int
    role: str
    starts_here: bool
    approved: bool

    @property
    def label(self) -> str:
        """Number and role in short, as in ``3C``: colour is never the only sign."""
        return f"{self.number}{'q' if self.role == Span.Role.CUE else self.role[0]}".upper()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that the same spans cover; ``start`` in code points of the article.

    ``missed`` is the start of the sentence it belongs to, where that may hide an attribution.
    """

    start: int
    text: str
    marks: tuple[Mark, ...]
    missed: int | None = None

    @property
    def classes(self) -> str:
        """A class name for each role that covers the segment, and ``ok`` where nothing of it is
        left to judge.
        """
        roles = sorted({m.role for m in self.marks})
        judged = bool(self.marks) and all(m.approved for m in self.marks)
        return " ".join([*roles, "ok"] if judged else roles)

    @property
    def annotation_ids(self) -> str:
        return " ".join(dict.fromkeys(str(m.annotation_id) for m in self.marks))

    @property
    def label(self) -> str:
        """The labels of the spans that begin with this segment."""
        return " ".join(m.label for m in self.marks if m.starts_here)

    @property
    def markup(self) -> str:
        """The segment as HTML. All but the text is made of numbers and names of roles."""
        text = escape(self.text)
        if self.marks:
            label = f' data-label="{self.label}"' if self.label else ""
            return (
                f'<mark class="{self.classes}" data-s="{self.start}"'
                f' data-a="{self.annotation_ids}"{label}>{text}</mark>'
            )
        missed = "" if self.missed is None else f' class="missed" data-missed="{self.missed}"'
        return f'<span data-s="{self.start}"{missed}>{text}</span>'


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a paragraph; ``start`` and ``end`` in code points of the article."""

    start: int
    end: int
    segments: tuple[Segment, ...]

    @property
    def markup(self) -> SafeString:
        """Its segments as HTML: a template takes ten times as long for thousands of them."""
        return SafeString("".join(segment.markup for segment in self.segments))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of the text in chunks; ``start`` in code points of the article."""

    start: int
    chunks: tuple[Chunk, ...]
    is_title: bool = False


def paragraph_offsets(text: str) -> Iterator[Offsets]:
    """Start and end of every line of the text that is not blank."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def chunk_offsets(text: str, start: int, end: int) -> Iterator[Offsets]:
    """A paragraph cut behind white space, or else where no character is cut in two."""
    while end - start > CHUNK * 5 // 4:
        cut = max(text.rfind(" ", start, start + CHUNK), text.rfind("\t", start, start + CHUNK)) + 1
        if cut <= start or _character_ends(text, cut - 1, end, cut) > cut:
            cut = _character_ends(text, start, end, start + CHUNK)
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _character_ends(text: str, start: int, end: int, at_least: int) -> int:
    """The first place from ``at_least`` on where a character ends; one begins at ``start``."""
    characters = CHARACTER.finditer(text, start, end)
    return next(each.end() for each in characters if each.end() >= at_least)


def paragraphs(
    text: str,
    spans: Iterable[SpanRow],
    numbers: dict[int, int],
    missed: Sequence[Offsets] = (),
    part: Offsets | None = None,
) -> list[Paragraph]:
    """The text, or a part of it, with the spans over it; ``numbers`` is what the page calls
    annotations. A part begins and ends with a chunk.
    """
    first, last = part or (0, len(text))
    offsets = [
        (inside[0][0], inside)
        for start, end in paragraph_offsets(text)
        if start < last and first < end
        if (inside := [c for c in chunk_offsets(text, start, end) if first <= c[0] < last])
    ]
    found = chunks(text, [c for _start, inside in offsets for c in inside], spans, numbers, missed)
    ready = iter(found)
    return [Paragraph(start, tuple(next(ready) for _ in inside)) for start, inside in offsets]


def chunks_touching(text: str, pieces: Sequence[Offsets]) -> list[Offsets]:
    """The offsets of the chunks that one of the pieces reaches into."""
    touched = Stretches(pieces)
    return [
        (start, end)
        for line_start, line_end in paragraph_offsets(text)
        if touched.touch(line_start, line_end)
        for start, end in chunk_offsets(text, line_start, line_end)
        if touched.touch(start, end)
    ]


def chunks(
    text: str,
    offsets: Iterable[Offsets],
    spans: Iterable[SpanRow],
    numbers: dict[int, int],
    missed: Sequence[Offsets] = (),
) -> list[Chunk]:
    """Chunks of the text, given in text order, with the spans over them."""
    waiting = sorted(spans, reverse=True)
    suspects = sorted(missed, reverse=True)
    open_spans: list[SpanRow] = []
    open_suspects: list[Offsets] = []
    found = []
    for start, end in offsets:
        while waiting and waiting[-1].start < end:
            open_spans.append(waiting.pop())
        while suspects and suspects[-1][0] < end:
            open_suspects.append(suspects.pop())
        open_spans = [span for span in open_spans if span.end > start]
        open_suspects = [each for each in open_suspects if each[1] > start]
        found.append(
            Chunk(
                start, end, tuple(_segments(text, (start, end), open_spans, open_suspects, numbers))
            )
        )
    return found


def _segments(
    text: str,
    chunk: Offsets,
    spans: Sequence[SpanRow],
    missed: Sequence[Offsets],
    numbers: dict[int, int],
) -> Iterator[Segment]:
    """The chunk cut where a span or a missed sentence begins or ends. Both come as they begin; the
    spans over a segment are looked for among those that are open there.
    """
    start, end = chunk
    cuts = {start, end}
    for piece_start, piece_end in (*((s.start, s.end) for s in spans), *missed):
        cuts |= {max(piece_start, start), min(piece_end, end)}
    waiting, suspects = list(reversed(spans)), list(reversed(missed))
    open_spans: list[SpanRow] = []
    for left, right in pairwise(sorted(cuts)):
        open_spans = [span for span in open_spans if span.end > left]
        while waiting and waiting[-1].start <= left:
            open_spans.append(waiting.pop())
        while suspects and suspects[-1][1] <= left:
            suspects.pop()
        marks = tuple(
            Mark(
                span.annotation_id,
                numbers[span.annotation_id],
                span.role,
                span.start == left,
                span.approved,
            )
            for span in open_spans
        )
        suspect = suspects[-1][0] if suspects and suspects[-1][0] <= left else None
        yield Segment(left, text[left:right], marks, suspect)
