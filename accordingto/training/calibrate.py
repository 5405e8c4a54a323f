"""Logistic models on top of the network, fitted on held-out articles. NumPy only.

The span model joins the views of a span (see `decoding`), the attribution model says how likely a
whole attribution is right. Both have a dozen numbers. `folds` gives cross-fitted figures: each
article judged by a model that never saw it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def fit(features: NDArray[np.float32], right: NDArray[np.bool_], ridge: float = 1.0) -> Doubles:
    """Weights [F] of a logistic regression by Newton's method; the last feature is the constant,
    not penalised.
    """
    x, y = features.astype(np.float64), right.astype(np.float64)
    spread = np.maximum(x.std(axis=0), 1e-6)
    spread[-1] = 1.0
    x = x / spread
    weights = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 0.0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (chance - y) + penalty * weights
        curvature = (x * (chance * (1 - chance) + 1e-9)[:, None]).T @ x + np.diag(penalty + 1e-9)
        move = np.linalg.solve(curvature, gradient)
        weights -= move
        if np.abs(move).max() < 1e-7:
            break
    result: Doubles = weights / spread
    return result


def folds(
    count: int, parts: int, seed: int = 0
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Masks (fitting, judged) over articles."""
    part = np.random.default_rng(seed).permutation(count) % parts
    for number in range(parts):
        yield part != number, part == number


def calibration_error(chance: Doubles, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error with bins of equal width (Naeini et al., AAAI 2015): 0 is
    perfect.
    """
    place = np.minimum((chance * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = place == number
        if inside.any():
            error += inside.mean() * abs(chance[inside].mean() - right[inside].mean())
    return float(error)
