"""The spaCy component that puts linked attributions on a document, and the pipeline around it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import tee
from pathlib import Path
from typing import Any, Self

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from accordingto.attribution import ROLES, Attribution, Extractor, Offsets, Saveable
from accordingto.pipeline.scorer import SCORE_WEIGHTS, SCORER, Scorer, score_attributions
from accordingto.pipeline.tokenizer import blank_pipeline
from accordingto.pipeline.transcripts import with_turns

NETWORK = "accordingto.network.v1"
EXTRACTORS = {"network": NETWORK, "rules": "accordingto.rules.v1"}
"""The extractors that come along, by what commands and settings call them."""

_KEY = "attributions"


class AttributionComponent:
    """Writes what an extractor finds to ``doc._.attributions`` and ``doc.spans``.

    ``doc._.attributions`` is a list of `Attribution`. ``doc.spans["source"]``, ``["cue"]`` and
    ``["content"]`` hold each role's distinct pieces in text order, widened to whole tokens, and in
    ``attrs["scores"]`` for each the highest confidence of an attribution that has it.
    """

    def __init__(
        self, name: str, extractor: Extractor, scorer: Scorer = score_attributions
    ) -> None:
        self.name = name
        self.extractor = extractor
        self.scorer = scorer

    @property
    def version(self) -> str:
        """What the proposals are signed with."""
        return self.extractor.version

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations([doc], self.predict([doc]))
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int) -> Iterator[Doc]:
        """Annotate a stream of documents, in order.

        The extractor takes of it what it needs to be busy, whatever the batch size: so documents
        are tokenised beside its work, and no core waits for the last one of a batch.
        """
        taken, waiting = tee(stream)
        for doc, found in zip(waiting, self.predict(taken), strict=True):
            self.set_annotations([doc], [found])
            yield doc

    def predict(self, docs: Iterable[Doc]) -> Iterator[list[Attribution]]:
        """The attributions of each document, turns of transcripts among them. The documents stay as
        they are.
        """
        taken, waiting = tee(docs)
        for doc, found in zip(waiting, self.extractor.predict(taken), strict=True):
            yield with_turns(doc.text, found)

    def set_annotations(
        self, docs: Iterable[Doc], predictions: Iterable[list[Attribution]]
    ) -> None:
        """Put predictions on their documents, in place of any that were there."""
        for doc, attributions in zip(docs, predictions, strict=True):
            doc._.attributions = attributions
            for role in ROLES:
                scores: dict[Offsets, float] = {}
                for attribution in attributions:
                    for piece in attribution.pieces(role):
                        scores[piece] = max(attribution.confidence, scores.get(piece, 0.0))
                pieces = sorted(scores)
                doc.spans[role] = [_span(doc, piece, role) for piece in pieces]
                doc.spans[role].attrs["scores"] = np.array(
                    [scores[piece] for piece in pieces], dtype="float32"
                )

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        """Score ``doc._.attributions`` against those of the references."""
        return self.scorer(examples, **settings)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write what the extractor needs, its weights say, into a folder."""
        if isinstance(self.extractor, Saveable):
            self.extractor.to_disk(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_disk` wrote, or a folder of weights."""
        if isinstance(self.extractor, Saveable):
            self.extractor.from_disk(Path(path))
        return self


def _span(doc: Doc, piece: Offsets, role: str) -> Span:
    span = doc.char_span(*piece, label=role, alignment_mode="expand")
    if span is None:
        raise ValueError(f"{role} {piece[0]}-{piece[1]} does not lie on the document")
    return span


def _get_attributions(doc: Doc) -> list[Attribution]:
    return [
        Attribution(_pairs(source), _pairs(cue), _pairs(content), quote_type, confidence)
        for source, cue, content, quote_type, confidence in doc.user_data.get(_KEY, [])
    ]


def _pairs(pieces: Iterable[Sequence[int]]) -> tuple[Offsets, ...]:
    return tuple((start, end) for start, end in pieces)


def _set_attributions(doc: Doc, attributions: Iterable[Attribution]) -> None:
    # Kept as plain values: documents travel between processes and to disk as msgpack.
    doc.user_data[_KEY] = [
        (each.source, each.cue, each.content, each.quote_type, each.confidence)
        for each in attributions
    ]


Doc.set_extension(_KEY, getter=_get_attributions, setter=_set_attributions, force=True)


@Language.factory(
    "attribution",
    assigns=["doc.spans", "doc._.attributions"],
    default_config={"extractor": {"@misc": NETWORK}, "scorer": {"@scorers": SCORER}},
    default_score_weights=SCORE_WEIGHTS,
)
def make_attribution(
    nlp: Language, name: str, extractor: Extractor, scorer: Scorer
) -> AttributionComponent:
    """Make the component around an extractor from the registry ``misc``."""
    return AttributionComponent(name, extractor, scorer)


def build_pipeline(extractor: str = "network") -> Language:
    """Tokens, sentences and attributions, those by one of `EXTRACTORS`.

    Raise ValueError for another name, and WeightsError where the network's weights are missing
    or corrupt.
    """
    if extractor not in EXTRACTORS:
        raise ValueError(f"{extractor!r} is not one of the extractors: {', '.join(EXTRACTORS)}")
    nlp = blank_pipeline()
    nlp.add_pipe("news_sentences")
    nlp.add_pipe("attribution", config={"extractor": {"@misc": EXTRACTORS[extractor]}})
    return nlp
