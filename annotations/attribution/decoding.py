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
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROLE_COUNT = 3
LEAST = 0.02  # starts and ends less likely than this make no candidates
LEAST_SPARE = 0.05  # nor is a candidate less likely than this kept for the linker
LEAST_PAIR = 0.03  # nor do pairs of which neither view thinks this much
FEATURES = 10
_FLOOR = -9.0


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
    last = np.maximum(-np.logaddexp(0, -scores.last), _FLOOR)
    parts = [_candidates_of(role, tags, last, scores) for role in range(ROLE_COUNT)]
    return Candidates(
        np.concatenate([np.full(len(p[0]), role) for role, p in enumerate(parts)]).astype(np.intp),
        np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        np.concatenate([p[2] for p in parts]),
    )


def _candidates_of(
    role: int, tags: Floats, last: Floats, scores: Scores
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    begins, inside, ends = tags[:, 1 + 2 * role], tags[:, 2 + 2 * role], last[:, role]
    length = len(tags)
    starts = np.flatnonzero(begins > np.log(LEAST))
    stops = np.flatnonzero(ends > np.log(LEAST))
    forward = _pointers(scores, role, starts, 0)
    back = _pointers(scores, role, stops, 1)
    i, j = np.nonzero(forward > np.log(LEAST_PAIR))
    k, m = np.nonzero(back > np.log(LEAST_PAIR))
    keys = np.unique(np.concatenate((starts[i] * length + j, m * length + stops[k])))
    first, final = keys // length, keys % length
    all_starts, at_start = np.unique(first, return_inverse=True)
    all_stops, at_stop = np.unique(final, return_inverse=True)
    ahead = np.maximum(_pointers(scores, role, all_starts, 0)[at_start, final], _FLOOR)
    behind = np.maximum(_pointers(scores, role, all_stops, 1)[at_stop, first], _FLOOR)
    summed = np.concatenate(([0.0], np.cumsum(inside, dtype=np.float64)))
    within = summed[final + 1] - summed[first + 1]
    width = final - first
    # does the span go on after its end, or had it begun before its start
    mine = np.logaddexp(begins, inside)
    not_inside = np.log1p(-np.minimum(np.exp(inside), 1 - 1e-4))
    not_mine = np.log1p(-np.minimum(np.exp(mine), 1 - 1e-4))
    stops_there = np.append(not_inside, 0.0)[final + 1]
    starts_there = np.insert(not_mine, 0, 0.0)[first]
    features = np.stack(
        (
            begins[first],
            ends[final],
            ahead,
            behind,
            np.maximum(within, 2 * _FLOOR),
            within / np.maximum(width, 1),
            stops_there,
            starts_there,
            np.log1p(width),
            np.ones(len(first)),
        ),
        axis=1,
    )
    return first, final, features.astype(np.float32)


def _pointers(scores: Scores, role: int, places: NDArray[np.intp], side: int) -> Floats:
    """[N, T] log-probability of the other edge; side 0: places are first pieces, 1: last ones."""
    size = scores.edges.shape[-1]
    logits = (
        scores.edges[places, side, role] @ scores.edges[:, 1 - side, role].T / np.float32(size**0.5)
    )
    pieces = np.arange(len(scores.tags))
    width = pieces[None, :] - places[:, None]
    width = width if side == 0 else -width
    # a bias for each width, looked up: buckets for all pairs took a tenth of the decoding
    bias = scores.widths[role][width_bucket(pieces, scores.widths.shape[1])]
    logits = logits + bias[np.abs(width)]
    logits[width < 0] = -1e4
    return _log_softmax(logits) if len(places) else logits


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
