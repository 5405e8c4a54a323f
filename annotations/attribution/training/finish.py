"""From a trained network to the folder of weights that ships: decoder fitted on held-out articles, ONNX, meta.json.

Figures are cross-fitted: the decoder that judges an article (span weights, prices, confidence) was fitted on the
other four fifths of the held-out articles. What ships is then fitted on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotations.attribution.confidence import attribution_features
from annotations.attribution.decoding import ROLE_COUNT, Candidates, candidates, choose, probabilities
from annotations.attribution.linking import CONTENT, CUE, SOURCE, LinkWeights, Span, link
from annotations.attribution.runner import Runner
from annotations.attribution.training.calibrate import calibration_error, fit, folds
from annotations.attribution.training.data import Example

Floats = NDArray[np.float32]
Piece = tuple[int, int]
Triple = tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[Piece, ...]]
PRICES = tuple(round(0.2 + 0.05 * i, 2) for i in range(9))
FOLDS = 5


@dataclass(slots=True)
class Held:
    """One held-out article: gold spans and links, and per window the place, candidates and link vectors."""

    example: Example
    windows: list[tuple[int, Candidates, Floats]]


@dataclass(slots=True)
class Decoder:
    """What is fitted on top of the network: span weights [3, F], a price a role, confidence weights."""

    weights: Floats
    prices: list[float]
    confidence: NDArray[np.float64]


def held_out(runner: Runner, examples: Sequence[Example]) -> list[Held]:
    """Runs the network over held-out articles."""
    result = [Held(example, []) for example in examples]
    for window, scores, vectors in runner.run([e.encoded for e in examples]):
        result[window.article].windows.append((window.start, candidates(scores), vectors.astype(np.float16)))
    return result


def gold_triples(example: Example) -> list[Triple]:
    """Gold attributions in pieces."""
    by_cue: dict[int, list[int]] = {i: [] for i, s in enumerate(example.spans) if s[0] == CUE}
    for cue, other in example.links:
        by_cue[cue].append(other)
    return [_triple(example, cue, others) for cue, others in by_cue.items() if others]


def _triple(example: Example, cue: int, others: Sequence[int]) -> Triple:
    def of(role: int) -> tuple[Piece, ...]:
        return tuple(sorted(example.spans[o][1:] for o in others if example.spans[o][0] == role))

    return of(SOURCE), (example.spans[cue][1:],), of(CONTENT)


def _labels(held: Held) -> NDArray[np.bool_]:
    gold = set(held.example.spans)
    return np.array(
        [
            (int(r), int(a) + start, int(b) + start) in gold
            for start, found, _ in held.windows
            for r, a, b in zip(found.role, found.first, found.last, strict=True)
        ],
        bool,
    )


def fit_span_weights(articles: Sequence[Held]) -> Floats:
    """Logistic weights [3, F] over all candidates of the articles."""
    features = np.concatenate([found.features for h in articles for _, found, _ in h.windows])
    role = np.concatenate([found.role for h in articles for _, found, _ in h.windows])
    right = np.concatenate([_labels(h) for h in articles])
    return np.stack([fit(features[role == r], right[role == r]) for r in range(ROLE_COUNT)]).astype(np.float32)


def spans_of(held: Held, weights: Floats, prices: Sequence[float]) -> list[Span]:
    """The decoder's spans of one article."""
    spans = []
    for start, found, vectors in held.windows:
        chances = probabilities(found, weights)
        for index in choose(found, chances, prices):
            first, last = int(found.first[index]), int(found.last[index])
            spans.append(
                Span(
                    int(found.role[index]),
                    start + first,
                    start + last,
                    float(chances[index]),
                    vectors[first].astype(np.float32),
                    vectors[last].astype(np.float32),
                )
            )
    return sorted(spans, key=lambda s: s.first)


def f1(found: Sequence[set[object]], gold: Sequence[set[object]]) -> float:
    """Micro F1 in per cent of sets of things, article by article."""
    same = sum(len(a & b) for a, b in zip(found, gold, strict=True))
    total = sum(map(len, found)) + sum(map(len, gold))
    return 200 * same / total if total else 0.0


def role_scores(spans: Sequence[Sequence[Span]], articles: Sequence[Held]) -> list[float]:
    """Exact F1 of each role, before linking."""
    return [
        f1(
            [{(s.first, s.last) for s in found if s.role == role} for found in spans],
            [{s[1:] for s in h.example.spans if s[0] == role} for h in articles],
        )
        for role in range(ROLE_COUNT)
    ]


def fit_prices(articles: Sequence[Held], weights: Floats) -> list[float]:
    """The price of each role that gives the best F1; roles hardly compete, so one after the other."""
    best = [0.4] * ROLE_COUNT
    tried = {p: role_scores([spans_of(h, weights, [p] * ROLE_COUNT) for h in articles], articles) for p in PRICES}
    for role in range(ROLE_COUNT):
        # neighbours count too: the best of noisy figures alone would not hold on other articles
        smooth = [
            np.mean([tried[q][role] for q in PRICES[max(0, i - 1) : i + 2]]) for i in range(len(PRICES))
        ]
        best[role] = PRICES[int(np.argmax(smooth))]
    return best


def linked(spans: Sequence[Span], links: LinkWeights) -> tuple[list[Triple], NDArray[np.float64]]:
    """Attributions of an article in pieces, and their features for the confidence [N, F]."""
    found = link(spans, links)

    def place(index: int) -> Piece:
        return spans[index].first, spans[index].last

    triples = [
        (
            (place(a.source),) if a.source >= 0 else (),
            (place(a.cue),),
            tuple(sorted(place(i) for i in a.contents)),
        )
        for a in found
    ]
    return triples, np.array([attribution_features(spans, a) for a in found]).reshape(len(found), -1)


def gold_spans(held: Held) -> list[Span]:
    """Gold spans as if the decoder had found them, to measure linking alone."""
    spans = []
    for role, first, last in held.example.spans:
        for start, _, vectors in held.windows:
            if start <= first and last < start + len(vectors):
                at_first, at_last = vectors[first - start], vectors[last - start]
                spans.append(
                    Span(role, first, last, 1.0, at_first.astype(np.float32), at_last.astype(np.float32))
                )
    return sorted(spans, key=lambda s: s.first)


def triple_f1(found: Sequence[Sequence[Triple]], articles: Sequence[Held]) -> float:
    """Exact F1 of linked triples, in per cent."""
    return f1([set(t) for t in found], [set(gold_triples(h.example)) for h in articles])


def cross_fitted(articles: list[Held], links: LinkWeights) -> dict[str, object]:
    """Honest figures of a decoder fitted on held-out articles: see the module."""
    spans: list[list[Span]] = [[] for _ in articles]
    for fitting, judged in folds(len(articles), FOLDS):
        part = [h for h, use in zip(articles, fitting, strict=True) if use]
        weights = fit_span_weights(part)
        prices = fit_prices(part, weights)
        for index in np.flatnonzero(judged):
            spans[index] = spans_of(articles[index], weights, prices)
    found = [linked(s, links) for s in spans]
    right = [
        np.array([t in gold for t in triples], bool)
        for (triples, _), gold in zip(found, [set(gold_triples(h.example)) for h in articles], strict=True)
    ]
    chances = [np.zeros(0)] * len(articles)
    for fitting, judged in folds(len(articles), FOLDS, seed=1):
        chosen = np.flatnonzero(fitting)
        model = fit(
            np.concatenate([found[i][1] for i in chosen if len(right[i])]).astype(np.float32),
            np.concatenate([right[i] for i in chosen]),
        )
        for index in np.flatnonzero(judged):
            chances[index] = 1 / (1 + np.exp(-found[index][1] @ model)) if len(right[index]) else np.zeros(0)
    return {
        "spans_before_linking": [round(x, 2) for x in role_scores(spans, articles)],
        "roles": roles_of([t for t, _ in found], articles),
        "triples": round(triple_f1([t for t, _ in found], articles), 2),
        "triples_gold_spans": round(
            triple_f1([linked(gold_spans(h), links)[0] for h in articles], articles), 2
        ),
        "ece": round(calibration_error(np.concatenate(chances), np.concatenate(right)), 4),
    }


def roles_of(triples: Sequence[Sequence[Triple]], articles: Sequence[Held]) -> list[float]:
    """Exact F1 of each role among the linked attributions."""
    return [
        round(
            f1(
                [{p for t in found for p in t[role]} for found in triples],
                [{p for t in gold_triples(h.example) for p in t[role]} for h in articles],
            ),
            2,
        )
        for role in range(ROLE_COUNT)
    ]


def fit_decoder(articles: list[Held], links: LinkWeights) -> Decoder:
    """Fitted on all held-out articles: what ships."""
    weights = fit_span_weights(articles)
    prices = fit_prices(articles, weights)
    found = [linked(spans_of(h, weights, prices), links) for h in articles]
    right = [t in set(gold_triples(h.example)) for (ts, _), h in zip(found, articles, strict=True) for t in ts]
    features = np.concatenate([f for ts, f in found if ts]).astype(np.float32)
    return Decoder(weights, prices, fit(features, np.array(right, bool)))
