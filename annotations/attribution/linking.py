"""Spans to attributions: every cue chooses its source and every content piece its cue. NumPy only.

The choices are the network's: scaled dot products of learned vectors plus a learned bias for the
relative place. Training and the runtime share `bucket`, which names that place.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.attribution.decoding import Candidates, choose, spare

Floats = NDArray[np.float32]
SOURCE, CUE, CONTENT = range(3)

_STEPS = (0, 1, 2, 4, 8, 16, 32, 64)  # gaps in wordpieces at which a farther bucket begins
_BETWEEN = 4  # cues between the two: 0, 1, 2, or more
BUCKETS = 2 * 2 * len(_STEPS) * _BETWEEN
# Wordpieces between beginnings beyond which nothing is linked. Training saw pairs of one window
# only: on dev, gold spans link to 70.6 % right triples at 400, 94.0 at 80 and 100, 92.7 at 50.
REACH = 100
# Of a piece's six vectors: a cue's two (towards sources, towards contents) hold for both of its
# edges; a source and a content piece have one for the first edge and one for the last.
_AT_FIRST = [0, 1, 2, 4]
_AT_LAST = [0, 1, 3, 5]


def bucket(
    role: int, cue: tuple[int, int], other: tuple[int, int], cue_starts: Sequence[int]
) -> int:
    """Which relative place another span has to a cue: role, side, distance, cues between.

    role is 0 for a source and 1 for content; cue and other are (first, last) piece; cue_starts are
    the first pieces of all cues in view, sorted. The network learns one bias for each of the
    BUCKETS places.
    """
    before = other[0] < cue[0]
    left, right = (other, cue) if before else (cue, other)
    gap = max(0, right[0] - left[1] - 1)
    distance = bisect_right(_STEPS, gap) - 1
    between = bisect_left(cue_starts, right[0]) - bisect_right(cue_starts, left[1])
    between = max(0, min(_BETWEEN - 1, between))
    return ((role * 2 + int(before)) * len(_STEPS) + distance) * _BETWEEN + between


@dataclass(frozen=True, slots=True)
class LinkWeights:
    """The linker's own numbers: places [BUCKETS], no_source [L], no_source_bias."""

    places: Floats
    no_source: Floats
    no_source_bias: float


@dataclass(frozen=True, slots=True)
class Span:
    """A span chosen by the decoder: pieces, its chance, and its link vectors [4, L] as `joined`
    gives them.
    """

    role: int
    first: int
    last: int
    chance: float
    vectors: Floats


def joined(first: NDArray[np.floating], last: NDArray[np.floating]) -> Floats:
    """A span's four link vectors [4, L] from those of its first and last piece [6, L]: as a cue
    for sources, as a cue for contents, as a source, as a content piece.
    """
    # Indexing copies: a view would keep the whole batch alive.
    result: Floats = first[_AT_FIRST].astype(np.float32) + last[_AT_LAST].astype(np.float32)
    return result


def window_spans(
    found: Candidates,
    chances: Floats,
    prices: Sequence[float],
    start: int,
    vectors: NDArray[np.floating],
) -> tuple[list[Span], list[Span]]:
    """The spans chosen in a window, and the spare ones; start is its first piece, vectors [T, 6, L]
    its links.
    """

    def span(index: int) -> Span:
        first, last = int(found.first[index]), int(found.last[index])
        return Span(
            int(found.role[index]),
            start + first,
            start + last,
            float(chances[index]),
            joined(vectors[first], vectors[last]),
        )

    chosen = choose(found, chances, prices)
    return [span(i) for i in chosen], [span(i) for i in spare(found, chances, chosen)]


def in_order(spans: Sequence[Span]) -> list[Span]:
    """By place in the text."""
    return sorted(spans, key=lambda s: (s.first, s.last, s.role))


@dataclass(frozen=True, slots=True)
class Linked:
    """One attribution as indices into the spans, and the chance of each choice.

    source is -1 for none. source_chance is the share that the chosen source (or none) has among all
    for this cue; content_chances are those of this cue among all for each piece.
    """

    cue: int
    source: int
    contents: tuple[int, ...]
    source_chance: float
    content_chances: tuple[float, ...]


def _softmax(scores: list[float]) -> Floats:
    x = np.array(scores, np.float32)
    x = np.exp(x - x.max())
    result: Floats = x / x.sum()
    return result


def _score(role: int, cue: Span, other: Span, places: Sequence[int], weights: LinkWeights) -> float:
    """How well a cue and a source (role 0) or content piece (role 1) go together."""
    mine = cue.vectors[role]
    place = bucket(role, (cue.first, cue.last), (other.first, other.last), places)
    agreement = float(mine @ other.vectors[2 + role]) / math.sqrt(len(mine))
    return agreement + float(weights.places[place])


class _View:
    """Spans of one role in text order, to look up those near a place."""

    def __init__(self, spans: Sequence[Span], role: int) -> None:
        self.indices = [i for i, s in enumerate(spans) if s.role == role]
        self.places = [spans[i].first for i in self.indices]

    def near(self, place: int) -> list[int]:
        """Indices of those that begin within REACH of a place."""
        return self.indices[
            bisect_left(self.places, place - REACH) : bisect_right(self.places, place + REACH)
        ]


def link(spans: Sequence[Span], weights: LinkWeights) -> list[Linked]:
    """Attributions of an article, one for each cue that has content; spans in text order."""
    sources, cues, pieces = (_View(spans, role) for role in (SOURCE, CUE, CONTENT))
    contents: dict[int, list[tuple[int, float]]] = {i: [] for i in cues.indices}
    for piece in pieces.indices:
        options = cues.near(spans[piece].first)
        if options:
            chances = _softmax(
                [_score(1, spans[c], spans[piece], cues.places, weights) for c in options]
            )
            best = int(chances.argmax())
            contents[options[best]].append((piece, float(chances[best])))
    result = []
    for index in cues.indices:
        if not contents[index]:
            continue
        cue = spans[index]
        options = sources.near(cue.first)
        nobody = float(cue.vectors[0] @ weights.no_source) + weights.no_source_bias
        chances = _softmax(
            [nobody, *(_score(0, cue, spans[o], cues.places, weights) for o in options)]
        )
        best = int(chances.argmax())
        chosen = contents[index]
        result.append(
            Linked(
                index,
                options[best - 1] if best else -1,
                tuple(p for p, _ in chosen),
                float(chances[best]),
                tuple(c for _, c in chosen),
            )
        )
    return result


def complete(
    spans: Sequence[Span], spare: Sequence[Span], weights: LinkWeights, margin: float
) -> list[Span]:
    """The spans, with those added that give an unlinked one its partner; both in text order.

    A source or content that no cue takes, then a cue without content, looks among the spans that
    were not chosen. The best fitting one is taken if the two chances add up to `margin`: the sure
    one would be lost without the doubtful.
    """
    spans = list(spans)
    for lonely, wanted in (((SOURCE, CONTENT), CUE), ((CUE,), CONTENT)):
        taken = {i for a in link(spans, weights) for i in (a.cue, a.source, *a.contents)}
        options = _View(spare, wanted)
        places = _View(spans, CUE).places
        added: list[Span] = []
        for index, span in enumerate(spans):
            if index in taken or span.role not in lonely:
                continue
            best, highest = None, -np.inf
            for other in (spare[i] for i in options.near(span.first)):
                cue, partner = (span, other) if span.role == CUE else (other, span)
                role = int(partner.role == CONTENT)
                score = float(np.log(other.chance)) + _score(role, cue, partner, places, weights)
                if score > highest and not any(
                    o.first <= other.last and o.last >= other.first for o in added
                ):
                    best, highest = other, score
            if best is not None and best.chance + span.chance > margin:
                added.append(best)
        spare = [
            s for s in spare if not any(o.first <= s.last and o.last >= s.first for o in added)
        ]
        spans = sorted([*spans, *added], key=lambda s: s.first)
    return spans
