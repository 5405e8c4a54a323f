"""Spans to attributions: every cue chooses its source and every content piece its cue. NumPy only.

The choices are the network's: scaled dot products of learned vectors plus a learned bias for the
relative place. Training and the runtime share `buckets`, which names that place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from accordingto.pipeline.network.decoding import Candidates, choose, spare

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
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


def buckets(role: Indices | int, cues: Indices, others: Indices, cue_starts: Indices) -> Indices:
    """[N] which relative place each other span has to its cue: role, side, distance, cues between.

    role is 0 for a source and 1 for content, one for all pairs or [N]; cues and others [N, 2] are
    first and last pieces; cue_starts are the first pieces of all cues in view, sorted. The network
    learns one bias for each of the BUCKETS places.
    """
    before = others[:, 0] < cues[:, 0]
    left = np.where(before, others[:, 1], cues[:, 1])
    right = np.where(before, cues[:, 0], others[:, 0])
    distance = np.searchsorted(_STEPS, np.maximum(0, right - left - 1), "right") - 1
    between = np.searchsorted(cue_starts, right) - np.searchsorted(cue_starts, left, "right")
    place = (role * 2 + before) * len(_STEPS) + distance
    result: Indices = place * _BETWEEN + np.clip(between, 0, _BETWEEN - 1)
    return result


@dataclass(frozen=True, slots=True)
class LinkWeights:
    """The linker's own numbers: places [BUCKETS], no_source [L], no_source_bias."""

    places: Floats
    no_source: Floats
    no_source_bias: float


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """A span chosen by the decoder: pieces, its chance, and its link vectors [4, L] as `joined`
    gives them.
    """

    role: int
    first: int
    last: int
    chance: float
    vectors: Floats


def joined(first: NDArray[np.floating], last: NDArray[np.floating]) -> Floats:
    """Spans' four link vectors [N, 4, L] from those of their first and last pieces [N, 6, L]: as a
    cue for sources, as a cue for contents, as a source, as a content piece.
    """
    result: Floats = first[:, _AT_FIRST].astype(np.float32) + last[:, _AT_LAST].astype(np.float32)
    return result


def window_spans(
    found: Candidates,
    chances: Floats,
    prices: Sequence[float],
    start: int,
    vectors: NDArray[np.floating],
) -> tuple[list[ScoredSpan], list[ScoredSpan]]:
    """The spans chosen in a window, and the spare ones; start is its first piece, vectors [T, 6, L]
    its links.
    """

    def spans(indices: Sequence[int]) -> list[ScoredSpan]:
        first, last = found.first[indices], found.last[indices]
        columns = found.role[indices], start + first, start + last, chances[indices]
        own = joined(vectors[first], vectors[last])
        return list(map(ScoredSpan, *(column.tolist() for column in columns), own))

    chosen = choose(found, chances, prices)
    return spans(chosen), spans(spare(found, chances, chosen))


def in_order(spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """By place in the text."""
    return sorted(spans, key=lambda s: (s.first, s.last, s.role))


@dataclass(frozen=True, slots=True)
class LinkedSpans:
    """One attribution as indices into the spans, and the chance of each choice.

    source is -1 for none. source_chance is the share that the chosen source (or none) has among all
    for this cue; content_chances are those of this cue among all for each piece.
    """

    cue: int
    source: int
    contents: tuple[int, ...]
    source_chance: float
    content_chances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Some spans in text order, as arrays: their indices among all, roles and chances [N], first
    and last pieces [N, 2], link vectors [N, 4, L].
    """

    index: Indices
    role: Indices
    chance: Floats
    edges: Indices
    vectors: Floats

    @classmethod
    def of(cls, spans: Sequence[ScoredSpan], chosen: Sequence[int], size: int) -> _Columns:
        """The spans at the given indices; size is L."""
        own = [spans[i] for i in chosen]
        return cls(
            np.array(chosen, np.intp),
            np.array([s.role for s in own], np.intp),
            np.array([s.chance for s in own], np.float32),
            np.array([(s.first, s.last) for s in own], np.intp).reshape(-1, 2),
            np.array([s.vectors for s in own], np.float32).reshape(-1, 4, size),
        )


def _with_role(spans: Sequence[ScoredSpan], *roles: int) -> list[int]:
    return [i for i, s in enumerate(spans) if s.role in roles]


def _pairs(choosers: _Columns, options: _Columns) -> tuple[Indices, Indices]:
    """Every chooser with every option that begins within REACH of it: rows [P] of the two, in order
    of the choosers.
    """
    places, starts = choosers.edges[:, 0], options.edges[:, 0]
    low = np.searchsorted(starts, places - REACH)
    count = np.searchsorted(starts, places + REACH, "right") - low
    chooser = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(chooser)) - np.repeat(np.cumsum(count) - count, count)
    return chooser, np.repeat(low, count) + within


def _scores(
    cues: _Columns,
    others: _Columns,
    pairs: tuple[Indices, Indices],
    cue_starts: Indices,
    weights: LinkWeights,
) -> Floats:
    """[P] how well cues and sources or content pieces go together; pairs are their rows."""
    cue, other = pairs
    role = (others.role[other] == CONTENT).astype(np.intp)
    mine, theirs = cues.vectors[cue, role], others.vectors[other, 2 + role]
    agreement = np.einsum("pl,pl->p", mine, theirs) / np.float32(mine.shape[1] ** 0.5)
    place = buckets(role, cues.edges[cue], others.edges[other], cue_starts)
    result: Floats = agreement + weights.places[place]
    return result


def _best(scores: Floats, chooser: Indices) -> tuple[Indices, Floats]:
    """For each chooser in order that has options: where its best one is among all [P], and the
    share that it has among the chooser's own in a softmax.
    """
    begins = np.flatnonzero(np.diff(chooser, prepend=-1))
    if not len(begins):
        return begins, np.zeros(0, np.float32)
    highest = np.maximum.reduceat(scores, begins)
    below = scores - np.repeat(highest, np.diff(begins, append=len(scores)))
    top = np.flatnonzero(below == 0)
    shares: Floats = np.reciprocal(np.add.reduceat(np.exp(below), begins))
    return top[np.searchsorted(top, begins)], shares


def link(spans: Sequence[ScoredSpan], weights: LinkWeights) -> list[LinkedSpans]:
    """Attributions of an article, one for each cue that has content; spans in text order."""
    size = len(weights.no_source)
    sources, cues, pieces = (
        _Columns.of(spans, _with_role(spans, role), size) for role in (SOURCE, CUE, CONTENT)
    )
    starts = cues.edges[:, 0]

    chooser, option = _pairs(pieces, cues)
    best, shares = _best(_scores(cues, pieces, (option, chooser), starts, weights), chooser)
    contents: list[list[tuple[int, float]]] = [[] for _ in cues.index]
    for cue, piece, share in zip(
        option[best].tolist(), pieces.index[chooser[best]].tolist(), shares.tolist(), strict=True
    ):
        contents[cue].append((piece, share))

    chooser, option = _pairs(cues, sources)
    nobody = cues.vectors[:, 0] @ weights.no_source + np.float32(weights.no_source_bias)
    scores = _scores(cues, sources, (chooser, option), starts, weights)
    everyone = np.concatenate((np.arange(len(starts)), chooser))
    order = np.argsort(everyone, kind="stable")
    best, shares = _best(np.concatenate((nobody, scores))[order], everyone[order])
    chosen = np.concatenate((np.full(len(starts), -1), sources.index[option]))[order][best]
    return [
        LinkedSpans(cue, source, tuple(p for p, _ in own), share, tuple(c for _, c in own))
        for cue, source, share, own in zip(
            cues.index.tolist(), chosen.tolist(), shares.tolist(), contents, strict=True
        )
        if own
    ]


def complete(
    spans: Sequence[ScoredSpan], spare: Sequence[ScoredSpan], weights: LinkWeights, margin: float
) -> list[ScoredSpan]:
    """The spans, with those added that give an unlinked one its partner; both in text order.

    A source or content that no cue takes, then a cue without content, looks among the spans that
    were not chosen. The best fitting one is taken if the two chances add up to `margin`: the sure
    one would be lost without the doubtful.
    """
    spans, size = list(spans), len(weights.no_source)
    covered: set[int] = set()

    def is_free(span: ScoredSpan) -> bool:
        return covered.isdisjoint(range(span.first, span.last + 1))

    for lonely, wanted in (((SOURCE, CONTENT), CUE), ((CUE,), CONTENT)):
        taken = {i for a in link(spans, weights) for i in (a.cue, a.source, *a.contents)}
        alone = [i for i in _with_role(spans, *lonely) if i not in taken]
        mine = _Columns.of(spans, alone, size)
        theirs = _Columns.of(spare, _with_role(spare, wanted), size)
        starts = np.array([spans[i].first for i in _with_role(spans, CUE)], np.intp)
        chooser, option = pairs = _pairs(mine, theirs)
        scores = (
            _scores(theirs, mine, (option, chooser), starts, weights)
            if wanted == CUE
            else _scores(mine, theirs, pairs, starts, weights)
        )
        fit = scores + np.log(theirs.chance[option])
        order = np.lexsort((-fit, chooser))
        added: list[ScoredSpan] = []
        for row, group in groupby(order.tolist(), key=chooser.__getitem__):
            fitting = (spare[theirs.index[option[pair]]] for pair in group)
            best = next(filter(is_free, fitting), None)
            if best and best.chance + spans[alone[row]].chance > margin:
                added.append(best)
                covered.update(range(best.first, best.last + 1))
        spare = list(filter(is_free, spare))
        spans = sorted([*spans, *added], key=lambda s: s.first)
    return spans
