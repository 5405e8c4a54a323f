"""The decoder on top of a trained network, fitted and measured on held-out articles.

Figures are cross-fitted: what judges an article (span weights, prices, confidence) was fitted on
the other four fifths of the held-out articles. What ships is then fitted on all of them. Figures
are those of `accordingto.evaluation`; what is fitted is compared in wordpieces, which is quicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accordingto.attribution import ROLES, Offsets
from accordingto.evaluation import Evaluation, Triple
from accordingto.pipeline.network.confidence import FEATURES, attribution_features
from accordingto.pipeline.network.decoding import ROLE_COUNT, Candidates, candidates, probabilities
from accordingto.pipeline.network.linking import (
    CONTENT,
    CUE,
    SOURCE,
    LinkWeights,
    ScoredSpan,
    complete,
    in_order,
    joined,
    link,
    window_spans,
)
from accordingto.pipeline.network.session import Runner
from accordingto.pipeline.network.windows import Encoded
from accordingto.training.calibrate import calibration_error, fit, folds
from accordingto.training.data import Example, Record

Floats = NDArray[np.float32]
Piece = tuple[int, int]
"""First and last wordpiece."""
Pieces = tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[Piece, ...]]
"""The sources, cues and contents of an attribution."""
FOLDS = 5
# (price of a source, a cue, a content piece, margin of `complete`)
Setting = tuple[float, float, float, float]
SETTINGS: list[Setting] = list(
    product((0.3, 0.4, 0.5), (0.3, 0.38, 0.46), (0.3, 0.36, 0.42), (0.9, 1.05))
)


@dataclass(slots=True)
class Held:
    """One held-out article: its record, gold spans and links, and per window the place, candidates
    and link vectors.
    """

    record: Record
    example: Example
    windows: list[tuple[int, Candidates, NDArray[np.float16]]]


@dataclass(slots=True)
class Decoder:
    """What is fitted on top of the network: span weights [3, F], prices and margin, confidence
    weights.
    """

    weights: Floats
    setting: Setting
    confidence: NDArray[np.float64]


@dataclass(slots=True)
class Found:
    """Attributions of one article in pieces, and their features for the confidence [N, F]."""

    triples: list[Pieces]
    features: NDArray[np.float64]


def held_out(runner: Runner, records: Sequence[Record], examples: Sequence[Example]) -> list[Held]:
    """Run the network over held-out articles: their records, and the same prepared."""
    result = [Held(*both, []) for both in zip(records, examples, strict=True)]
    for window, scores, vectors in runner.run([e.encoded for e in examples]):
        result[window.article].windows.append(
            (window.start, candidates(scores), vectors.astype(np.float16))
        )
    return result


def gold_triples(example: Example) -> list[Pieces]:
    """Gold attributions in pieces."""
    by_cue: dict[int, list[int]] = {i: [] for i, s in enumerate(example.spans) if s[0] == CUE}
    for cue, other in example.links:
        by_cue[cue].append(other)

    def of(role: int, others: Sequence[int]) -> tuple[Piece, ...]:
        return tuple(sorted(example.spans[o][1:] for o in others if example.spans[o][0] == role))

    return [
        (of(SOURCE, others), (example.spans[cue][1:],), of(CONTENT, others))
        for cue, others in by_cue.items()
        if others
    ]


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
    return np.stack([fit(features[role == r], right[role == r]) for r in range(ROLE_COUNT)]).astype(
        np.float32
    )


def predicted(held: Held, weights: Floats, setting: Setting, links: LinkWeights) -> Found:
    """What the runtime would find in one article."""
    chosen: list[ScoredSpan] = []
    spare: list[ScoredSpan] = []
    for start, found, vectors in held.windows:
        mine, others = window_spans(
            found, probabilities(found, weights), setting[:3], start, vectors
        )
        chosen += mine
        spare += others
    return linked(complete(in_order(chosen), in_order(spare), links, setting[3]), links)


def linked(spans: Sequence[ScoredSpan], links: LinkWeights) -> Found:
    """Attributions from spans in text order."""

    def place(index: int) -> Piece:
        return spans[index].first, spans[index].last

    found = link(spans, links)
    triples: list[Pieces] = [
        (
            (place(a.source),) if a.source >= 0 else (),
            (place(a.cue),),
            tuple(sorted(place(i) for i in a.contents)),
        )
        for a in found
    ]
    return Found(
        triples,
        np.array([attribution_features(spans, a) for a in found]).reshape(len(found), FEATURES),
    )


def from_gold_spans(held: Held, links: LinkWeights) -> Found:
    """Gold spans linked, to measure linking alone."""
    spans = []
    for role, first, last in held.example.spans:
        for start, _, vectors in held.windows:
            if start <= first and last < start + len(vectors):
                edges = joined(vectors[[first - start]], vectors[[last - start]])
                spans.append(ScoredSpan(role, first, last, 1.0, edges[0]))
    return linked(in_order(spans), links)


def counts(found: Found, example: Example) -> NDArray[np.int64]:
    """What settings are compared by, [5, 2]: right, and found plus gold, for each role's pieces and
    for whole attributions, the same wordpieces, and for whole attributions that overlap.
    """
    gold = gold_triples(example)
    rows = []
    for role in range(ROLE_COUNT):
        mine = {p for t in found.triples for p in t[role]}
        theirs = {p for t in gold for p in t[role]}
        rows.append((len(mine & theirs), len(mine) + len(theirs)))
    total = len(found.triples) + len(gold)
    rows.append((len(set(found.triples) & set(gold)), total))
    rows.append((_relaxed(found.triples, gold), total))
    return np.array(rows)


def _relaxed(found: Sequence[Pieces], gold: Sequence[Pieces]) -> int:
    """Pairs of which the sources overlap and the contents' wordpieces have a Jaccard index of at
    least a half; the best pairs first, which in practice is the largest pairing.
    """

    def pieces(triple: Pieces) -> set[int]:
        return {i for a, b in triple[2] for i in range(a, b + 1)}

    def alike(a: tuple[Piece, ...], b: tuple[Piece, ...]) -> bool:
        return any(x[0] <= y[1] and y[0] <= x[1] for x in a for y in b) if a and b else a == b

    theirs = [pieces(t) for t in gold]
    pairs = []
    for number, triple in enumerate(found):
        mine = pieces(triple)
        for other, content in enumerate(theirs):
            common = len(mine & content)
            if common and 2 * common >= len(mine | content) and alike(triple[0], gold[other][0]):
                pairs.append((-common / len(mine | content), number, other))
    used: set[int] = set()
    taken: set[int] = set()
    for _, number, other in sorted(pairs):
        if number not in used and other not in taken:
            used.add(number)
            taken.add(other)
    return len(used)


def f1(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """[..., 5] F1 in per cent from counts [..., 5, 2]."""
    return 200 * table[..., 0] / np.maximum(table[..., 1], 1)


def _best(tables: NDArray[np.int64], articles: NDArray[np.bool_]) -> Setting:
    """The setting with the highest sum of the five F1 over some articles; tables [settings,
    articles, 5, 2].
    """
    return SETTINGS[int(f1(tables[:, articles].sum(axis=1)).sum(axis=-1).argmax())]


def _tables(
    articles: Sequence[Held], weights: Sequence[Floats], links: LinkWeights
) -> NDArray[np.int64]:
    return np.array(
        [
            [
                counts(predicted(h, w, setting, links), h.example)
                for h, w in zip(articles, weights, strict=True)
            ]
            for setting in SETTINGS
        ]
    )


def _right(found: Found, example: Example) -> NDArray[np.bool_]:
    gold = set(gold_triples(example))
    return np.array([t in gold for t in found.triples], bool)


def evaluate_and_fit(articles: list[Held], links: LinkWeights) -> tuple[dict[str, Any], Decoder]:
    """Cross-fitted figures, and the decoder fitted on all held-out articles."""
    weights: list[Floats] = [np.zeros(0, np.float32)] * len(articles)
    splits = list(folds(len(articles), FOLDS))
    for fitting, judged in splits:
        fitted = fit_span_weights([articles[i] for i in np.flatnonzero(fitting)])
        for index in np.flatnonzero(judged):
            weights[index] = fitted
    tables = _tables(articles, weights, links)
    found: list[Found] = [Found([], np.zeros((0, 0)))] * len(articles)
    for fitting, judged in splits:
        setting = _best(tables, fitting)
        for index in np.flatnonzero(judged):
            found[index] = predicted(articles[index], weights[index], setting, links)
    right = [_right(f, h.example) for f, h in zip(found, articles, strict=True)]
    chances = [np.zeros(0)] * len(articles)
    for fitting, judged in folds(len(articles), FOLDS, seed=1):
        model = _fit_confidence(
            [found[i] for i in np.flatnonzero(fitting)], [right[i] for i in np.flatnonzero(fitting)]
        )
        for index in np.flatnonzero(judged):
            if len(right[index]):
                chances[index] = 1 / (1 + np.exp(-found[index].features @ model))
    scores = _figures(articles, found)
    by_gold = _figures(articles, [from_gold_spans(held, links) for held in articles])
    metrics = {
        "f1": scores,
        "linked_from_gold_spans": by_gold["linked"],
        "linked_relaxed_from_gold_spans": by_gold["linked_relaxed"],
        "calibration_error": round(
            calibration_error(np.concatenate(chances), np.concatenate(right)), 4
        ),
    }
    everyone = np.ones(len(articles), bool)
    # the confidence is fitted on chances from span weights that never saw the article
    decoder = Decoder(
        fit_span_weights(articles), _best(tables, everyone), _fit_confidence(found, right)
    )
    return metrics, decoder


def _figures(articles: Sequence[Held], found: Sequence[Found]) -> dict[str, float]:
    """F1 in per cent of what was found against the records' attributions."""
    evaluation = Evaluation()
    for held, each in zip(articles, found, strict=True):
        evaluation.add(
            held.record["text"],
            [_on_text(triple, held.example.encoded) for triple in each.triples],
            [
                Triple(*(tuple((start, end) for start, end in gold[role]) for role in ROLES))
                for gold in held.record["attributions"]
            ],
        )
    counted = [
        *evaluation.exact.items(),
        ("linked", evaluation.linked_exact),
        ("linked_relaxed", evaluation.linked_relaxed),
    ]
    return {name: round(100 * each.f1, 2) for name, each in counted}


def _on_text(triple: Pieces, encoded: Encoded) -> Triple:
    def offsets(pieces: tuple[Piece, ...]) -> tuple[Offsets, ...]:
        return tuple((int(encoded.starts[a]), int(encoded.ends[b])) for a, b in pieces)

    return Triple(*map(offsets, triple))


def _fit_confidence(
    found: Sequence[Found], right: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    if not any(f.triples for f in found):
        raise ValueError(
            "the network finds nothing in the held-out articles: train it longer, or on more"
        )
    features = np.concatenate([f.features for f in found if f.triples])
    return fit(features.astype(np.float32), np.concatenate([r for r in right if len(r)]))
