"""A long article in parts, each a page of its own, so that no page grows with its article.

What usual articles have fits into one part. Where a part ends follows from the text and the labels
over it; an address names a place in the text (``?at=OFFSET``), so it holds when the parts move.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from accordingto.attribution import Offsets

COST = 1_000_000
"""Bytes of marked text on a page, about: twice what 20,000 words with 500 attributions take."""
LABELS = 500
"""Attributions that begin in a part: its cards are all there once the page is read."""
CHUNK = 120
SEGMENT = 150
NAME = 8
"""Bytes of markup around a chunk, around a segment, and for each attribution that it names."""
SHORT = 4_000
"""Code points of a text that has one part whatever is in it, but for many labels: even letters that
each have a line take less."""
FULL = 0.7
"""From so much of a part on, it ends where no attribution is cut, if it can."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the article (code points), which of them it is, from 1, and of how many."""

    start: int
    end: int
    number: int = 1
    count: int = 1


def part_at(parts: Sequence[Part], offset: int) -> Part:
    """The part that has the offset; the last one for what lies behind the text."""
    return next((part for part in parts if offset < part.end), parts[-1])


def cut(
    length: int,
    chunks: Iterable[Offsets],
    spans: Iterable[tuple[int, int, int]],
    starts: Iterable[int],
) -> list[Part]:
    """The parts of a text of this length, which cut no chunk.

    ``spans`` are start, end and attribution; ``starts`` is where the attributions begin.
    """
    walk = _Walk(spans, starts)
    begins, best = [0], None
    cost = labels = since_cost = since_labels = 0
    for start, end in chunks:
        chunk_cost, chunk_labels, clean = walk.to(start, end)
        if cost and (cost + chunk_cost > COST or labels + chunk_labels > LABELS):
            at, cost, labels = best or (start, 0, 0)
            begins.append(at)
            if best:  # what comes behind the better place is in the next part already
                cost, labels = since_cost, since_labels
            best = None
        elif cost and clean and (cost > FULL * COST or labels > FULL * LABELS):
            best, since_cost, since_labels = (start, 0, 0), 0, 0
        cost, labels = cost + chunk_cost, labels + chunk_labels
        since_cost, since_labels = since_cost + chunk_cost, since_labels + chunk_labels
    ends = [*begins[1:], length]
    return [
        Part(start, end, number, len(begins))
        for number, (start, end) in enumerate(zip(begins, ends, strict=True), start=1)
    ]


class _Walk:
    """Goes through the text once, chunk by chunk, with the spans that are open there."""

    def __init__(self, spans: Iterable[tuple[int, int, int]], starts: Iterable[int]) -> None:
        rows = list(spans)
        self._waiting = sorted(((start, end) for start, end, _pk in rows), reverse=True)
        self._starts = sorted(starts, reverse=True)
        self._ends: list[int] = []
        reach: dict[int, Offsets] = {}
        for start, end, pk in rows:
            first, last = reach.get(pk, (start, end))
            reach[pk] = min(first, start), max(last, end)
        self._reaches = sorted(reach.values(), reverse=True)
        self._reached = 0

    def to(self, start: int, end: int) -> tuple[int, int, bool]:
        """What the next chunk costs, how many attributions begin in it, and whether none reaches
        over its beginning.
        """
        while self._reaches and self._reaches[-1][0] < start:
            self._reached = max(self._reached, self._reaches.pop()[1])
        clean = self._reached <= start
        self._close(start)
        begin, over = 0, len(self._ends)
        while self._waiting and self._waiting[-1][0] < end:
            place, last = self._waiting.pop()
            self._close(place)
            heappush(self._ends, last)
            begin, over = begin + 1, max(over, len(self._ends))
        labels = 0
        while self._starts and self._starts[-1] < end:
            self._starts.pop()
            labels += 1
        segments = min(1 + 2 * max(begin, 1 if over else 0), end - start)
        cost = end - start + CHUNK + segments * (SEGMENT + NAME * over)
        return cost, labels, clean

    def _close(self, place: int) -> None:
        while self._ends and self._ends[0] <= place:
            heappop(self._ends)
