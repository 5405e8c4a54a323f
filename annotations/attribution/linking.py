"""Spans to attributions: every cue chooses its source and every content piece its cue. NumPy only.

The choices are the network's: scaled dot products of learned vectors plus a learned bias for the relative place.
Training and the runtime share `bucket`, which names that place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SOURCE, CUE, CONTENT = range(3)

_STEPS = (0, 1, 2, 4, 8, 16, 32, 64)  # gaps in wordpieces at which a farther bucket begins
_BETWEEN = 4  # cues between the two: 0, 1, 2, or more
BUCKETS = 2 * 2 * len(_STEPS) * _BETWEEN
REACH = 400  # wordpieces beyond which nothing is linked: keeps long articles linear


def bucket(role: int, cue: tuple[int, int], other: tuple[int, int], cue_starts: Sequence[int]) -> int:
    """Which relative place another span has to a cue: role, side, distance, cues between.

    role is 0 for a source and 1 for content; cue and other are (first, last) piece; cue_starts are the first pieces of
    all cues in view, sorted. The network learns one bias for each of the BUCKETS places.
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
    """A span chosen by the decoder: pieces, its chance, the link vectors [6, L] of its first and last piece."""

    role: int
    first: int
    last: int
    chance: float
    at_first: Floats
    at_last: Floats


@dataclass(frozen=True, slots=True)
class Linked:
    """One attribution as indices into the spans, and the chance of each choice.

    source is -1 for none. source_chance is the share that the chosen source (or none) has among all for this cue;
    content_chances are those of this cue among all for each piece.
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


def link(spans: Sequence[Span], weights: LinkWeights) -> list[Linked]:
    """Attributions of an article, one for each cue that has content; spans in text order."""
    by_role = [[i for i, s in enumerate(spans) if s.role == role] for role in range(3)]
    cues = by_role[CUE]
    if not cues:
        return []
    places = [spans[i].first for i in cues]
    to_source = {i: spans[i].at_first[0] + spans[i].at_last[0] for i in cues}
    to_content = {i: spans[i].at_first[1] + spans[i].at_last[1] for i in cues}
    as_source = {i: spans[i].at_first[2] + spans[i].at_last[3] for i in by_role[SOURCE]}
    as_content = {i: spans[i].at_first[4] + spans[i].at_last[5] for i in by_role[CONTENT]}
    scale = float(len(weights.no_source)) ** -0.5

    def score(role: int, cue: int, other: int) -> float:
        mine, theirs = (to_content[cue], as_content[other]) if role else (to_source[cue], as_source[other])
        c, o = spans[cue], spans[other]
        place = bucket(role, (c.first, c.last), (o.first, o.last), places)
        return float(mine @ theirs) * scale + float(weights.places[place])

    def near(index: int, among: Sequence[int], starts: Sequence[int]) -> Sequence[int]:
        middle = spans[index].first
        return among[bisect_left(starts, middle - REACH) : bisect_right(starts, middle + REACH)]

    contents: dict[int, list[tuple[int, float]]] = {i: [] for i in cues}
    for piece in by_role[CONTENT]:
        options = near(piece, cues, places)
        if len(options):
            chances = _softmax([score(1, cue, piece) for cue in options])
            best = int(chances.argmax())
            contents[options[best]].append((piece, float(chances[best])))
    result = []
    source_places = [spans[i].first for i in by_role[SOURCE]]
    for cue in cues:
        if not contents[cue]:
            continue
        options = near(cue, by_role[SOURCE], source_places)
        nobody = float(to_source[cue] @ weights.no_source) + weights.no_source_bias
        chances = _softmax([nobody, *(score(0, cue, o) for o in options)])
        best = int(chances.argmax())
        pieces = contents[cue]
        result.append(
            Linked(
                cue,
                options[best - 1] if best else -1,
                tuple(p for p, _ in pieces),
                float(chances[best]),
                tuple(c for _, c in pieces),
            )
        )
    return result
