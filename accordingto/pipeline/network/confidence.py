"""How sure the extractor is of a whole attribution: a logistic model over the chances of its parts.
NumPy only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from accordingto.pipeline.network.linking import LinkedSpans, ScoredSpan

FEATURES = 9
_LEAST = 1e-4


def _logit(p: float) -> float:
    p = min(max(p, _LEAST), 1 - _LEAST)
    return float(np.log(p / (1 - p)))


def attribution_features(spans: Sequence[ScoredSpan], linked: LinkedSpans) -> NDArray[np.float64]:
    """[FEATURES] of one attribution: log-odds of its spans and links, the constant last."""
    contents = [spans[i].chance for i in linked.contents]
    source = spans[linked.source].chance if linked.source >= 0 else 1.0
    together = spans[linked.cue].chance * source * float(np.prod(contents))
    together *= linked.source_chance * float(np.prod(linked.content_chances))
    return np.array(
        [
            _logit(together),
            _logit(spans[linked.cue].chance),
            _logit(source) if linked.source >= 0 else 0.0,
            _logit(min(contents)),
            _logit(linked.source_chance),
            _logit(min(linked.content_chances)),
            float(linked.source < 0),
            float(len(contents) > 1),
            1.0,
        ]
    )


def chance(features: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The confidence, 0 to 1."""
    return float(1 / (1 + np.exp(-np.clip(features @ weights, -30, 30))))
