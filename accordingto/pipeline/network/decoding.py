"""The network's scores for one window to spans.

A span's chance is estimated from several views of it: does a span begin here, does one end there,
which end does this start point to, which start does this end point to, are the pieces between
inside one. A logistic model per role joins the views (fitted on held-out articles, see
training/calibrate.py). Spans are then chosen so that the expected number of right ones, less a
price for each, is greatest: weighted interval scheduling, because spans do not overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROLE_COUNT = 3
LEAST = 0.02  # starts and ends less likely than this make no candidates
LEAST_SPARE = 0.05  # nor is a candidate less likely than this kept for the linker
LEAST_PAIR = 0.03  # nor do pairs of which neither view thinks this much
FEATURES = 10
_FLOOR = -9.0
_LOG_LEAST, _LOG_LEAST_PAIR = np.log(LEAST), np.log(LEAST_PAIR)


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says of one window, without [CLS] and [SEP].

    tags [T, 7] and last [T, 3] logits; edges [T, 2, 3, E] vectors; widths [3, W] biases.
    """

    tags: Floats
    last: Floats
    edges: Floats
    widths: Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """Possible spans of a window: role, first and last piece [N], and their features [N,
    FEATURES].
    """

    role: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    features: Floats


def width_bucket(width: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Bucket of the width last - first: exact below 8, then half-octaves."""
    far = (8 + 2 * np.log2(np.maximum(width, 8) / 8)).astype(np.intp)
    return np.minimum(np.where(width < 8, np.maximum(width, 0), far), count - 1)


def _log_softmax(x: Floats) -> Floats:
    top = x.max(axis=-1, keepdims=True)
    result: Floats = x - top - np.log(np.exp(x - top).sum(axis=-1, keepdims=True))
    return result


def candidates(scores: Scores) -> Candidates:
    """All spans that some view of the network holds possible."""
    tags = np.maximum(_log_softmax(scores.tags), _FLOOR)
    ends = np.maximum(-np.logaddexp(0, -scores.last), _FLOOR)
    begins, inside = tags[:, 1::2], tags[:, 2::2]
    # does the span go on after its end, or had it begun before its start
    mine = np.logaddexp(begins, inside)
    nothing = np.zeros((1, ROLE_COUNT), np.float32)
    not_inside = np.log1p(-np.minimum(np.exp(inside), 1 - 1e-4))
    not_mine = np.log1p(-np.minimum(np.exp(mine), 1 - 1e-4))
    views = _Views(
        begins,
        ends,
        np.concatenate((nothing, np.cumsum(inside, axis=0, dtype=np.float64))),
        np.concatenate((not_inside, nothing)),
        np.concatenate((nothing, not_mine)),
    )
    buckets = width_bucket(np.arange(len(tags)), scores.widths.shape[1])
    parts = [
        _candidates_of(role, views, scores.edges[:, :, role], scores.widths[role][buckets])
        for role in range(ROLE_COUNT)
    ]
    return Candidates(
        np.repeat(np.arange(ROLE_COUNT), [len(first) for first, _, _ in parts]),
        np.concatenate([first for first, _, _ in parts]),
        np.concatenate([last for _, last, _ in parts]),
        np.concatenate([features for _, _, features in parts]),
    )


@dataclass(frozen=True, slots=True)
class _Views:
    """Log-probabilities of each piece and role: a span begins [T, 3], ends [T, 3]; the sum of
    "inside" up to a piece, that no span goes on in it, that none was there before it [T + 1, 3].
    """

    begins: Floats
    ends: Floats
    inside: NDArray[np.float64]
    stops: Floats
    starts: Floats


def _candidates_of(
    role: int, views: _Views, edges: Floats, bias: Floats
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """First and last pieces [N] and features [N, FEATURES]; edges [T, 2, E], bias [T] by width."""
    begins, ends, inside = views.begins[:, role], views.ends[:, role], views.inside[:, role]
    length = len(begins)
    forward, back = _Pointers(edges, bias, 0), _Pointers(edges, bias, 1)
    start, far = forward.likely(np.flatnonzero(begins > _LOG_LEAST))
    stop, near = back.likely(np.flatnonzero(ends > _LOG_LEAST))
    keys = np.unique(np.concatenate((start * length + far, near * length + stop)))
    first, final = keys // length, keys % length
    within = inside[final + 1] - inside[first + 1]
    width = final - first
    features = np.empty((len(keys), FEATURES), np.float32)
    features[:, 0] = begins[first]
    features[:, 1] = ends[final]
    features[:, 2] = np.maximum(forward.of(first, final), _FLOOR)
    features[:, 3] = np.maximum(back.of(final, first), _FLOOR)
    features[:, 4] = np.maximum(within, 2 * _FLOOR)
    features[:, 5] = within / np.maximum(width, 1)
    features[:, 6] = views.stops[final + 1, role]
    features[:, 7] = views.starts[first, role]
    features[:, 8] = np.log1p(width)
    features[:, 9] = 1
    return first, final, features


class _Pointers:
    """The chance of every piece to be the other edge of a span with one edge at a given piece.

    side 0: first pieces point to last ones; 1: last ones to first ones. Each row costs a softmax
    over the window, so it is computed once, and only for pieces that are asked for.
    """

    def __init__(self, edges: Floats, bias: Floats, side: int) -> None:
        length, size = len(edges), edges.shape[-1]
        self._mine: Floats = edges[:, side]
        self._scale: Floats = np.full(1, size**-0.5, np.float32)
        self._others = edges[:, 1 - side].T
        # Row i of the view is the bias of every piece when the edge is at piece i: never before a
        # first piece, never after a last one.
        never = np.full(length, -1e4, np.float32)
        both: Floats = np.concatenate((never, bias) if side == 0 else (bias[::-1], never))
        self._bias: Floats = sliding_window_view(both, length)[length - side :: -1]
        self._row_of = np.full(length, -1)
        self._logits: list[Floats] = []
        self._totals: list[Floats] = []
        self._rows = 0

    def _look_at(self, places: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Logits [N, T] and the logarithm of their sum [N] of places not looked at before."""
        agreement = (self._mine[places] * self._scale) @ self._others
        logits: Floats = np.add(agreement, self._bias[places], dtype=np.float32)
        top = logits.max(axis=-1, keepdims=True, initial=-1e4)
        totals: Floats = top[:, 0] + np.log(np.exp(logits - top).sum(axis=-1))
        self._row_of[places] = np.arange(self._rows, self._rows + len(places))
        self._rows += len(places)
        self._logits.append(logits)
        self._totals.append(totals)
        return logits, totals

    def likely(self, places: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of a place and the other edge that are not too unlikely."""
        logits, totals = self._look_at(places)
        rows, others = np.nonzero(logits > (totals + _LOG_LEAST_PAIR)[:, None])
        return places[rows], others

    def of(self, places: NDArray[np.intp], others: NDArray[np.intp]) -> Floats:
        """[N] log-probability of each pair."""
        unknown = places[self._row_of[places] < 0]
        if len(unknown):
            self._look_at(np.unique(unknown))
        rows = self._row_of[places]
        result: Floats = (
            np.concatenate(self._logits)[rows, others] - np.concatenate(self._totals)[rows]
        )
        return result


def probabilities(found: Candidates, weights: Floats) -> Floats:
    """[N] chance of each candidate, from weights [3, FEATURES]."""
    logits = (found.features * weights[found.role]).sum(axis=1)
    result: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return result


def choose(found: Candidates, chance: Floats, prices: Sequence[float]) -> list[int]:
    """Indices of the best set of candidates that do not overlap, in text order."""
    gain = chance - np.asarray(prices, np.float32)[found.role]
    worth = np.flatnonzero(gain > 0)
    worth = worth[np.argsort(found.last[worth], kind="stable")]
    ends = found.last[worth].tolist()
    best = [0.0]
    for at, index in enumerate(worth.tolist()):
        before = bisect_right(ends, int(found.first[index]) - 1, 0, at)
        best.append(max(best[at], best[before] + float(gain[index])))
    chosen: list[int] = []
    at = len(ends)
    while at > 0:
        index = int(worth[at - 1])
        before = bisect_right(ends, int(found.first[index]) - 1, 0, at - 1)
        if best[at] > best[at - 1]:
            chosen.append(index)
            at = before
        else:
            at -= 1
    return chosen[::-1]


def spare(found: Candidates, chance: Floats, chosen: Sequence[int]) -> list[int]:
    """Indices of the likelier candidates that overlap none of the chosen ones."""
    free = chance >= LEAST_SPARE
    for index in chosen:
        free &= (found.first > found.last[index]) | (found.last < found.first[index])
    return [int(i) for i in np.flatnonzero(free)]
