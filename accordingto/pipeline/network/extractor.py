"""The learned extractor at run time: ONNX Runtime, tokenizers and NumPy; no torch."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from accordingto.attribution import Attribution, Offsets
from accordingto.pipeline.network.confidence import attribution_features, chance
from accordingto.pipeline.network.decoding import candidates, probabilities
from accordingto.pipeline.network.linking import (
    CONTENT,
    CUE,
    LinkedSpans,
    LinkWeights,
    ScoredSpan,
    complete,
    in_order,
    link,
    window_spans,
)
from accordingto.pipeline.network.session import Runner, Settings
from accordingto.pipeline.network.weights import FILES, META, WEIGHTS, WeightsError, read_meta
from accordingto.pipeline.network.windows import Encoded, encode, load_tokenizer, trim
from accordingto.text.normalise import GraphemeBoundaries
from accordingto.text.quotation_marks import quote_type, restored, with_quotes

if TYPE_CHECKING:
    from spacy.tokens import Doc


class NetworkExtractor:
    """Finds attributions with the network in a folder of weights, by default those that ship.

    threads: how many cores one call may use; 0 means all. sums: SHA-256 that the files must have
    (`weights.read_meta`). Raises `WeightsError`.
    """

    version: str

    def __init__(
        self,
        folder: Path | str = WEIGHTS,
        threads: int = 0,
        sums: Mapping[str, str] | None = None,
    ) -> None:
        self._threads = threads
        self._load(Path(folder).resolve(), sums)

    def _load(self, folder: Path, sums: Mapping[str, str] | None = None) -> None:
        self._folder, self._meta = folder, read_meta(folder, sums)
        try:
            self._read(self._meta)
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"{folder / META} is not a description of weights") from error
        self._tokenizer = load_tokenizer(folder / "tokenizer.json")
        self._runner = Runner(folder / "model.onnx", self._widths, self._settings, self._threads)

    def to_disk(self, folder: Path) -> None:
        """Copy the weights to a folder. Raises `WeightsError` if the files they were loaded from
        have changed or gone.
        """
        if read_meta(self._folder) != self._meta:
            raise WeightsError(f"{self._folder} has other weights by now than those loaded from it")
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.samefile(self._folder):
            for name in (*FILES, META):
                shutil.copyfile(self._folder / name, folder / name)

    def from_disk(self, folder: Path) -> None:
        """Load the weights of a folder in place of the present ones. Raises `WeightsError`."""
        if read_meta(folder) != self._meta:  # the same ones need no second session
            self._load(folder.resolve())

    def _read(self, meta: dict[str, Any]) -> None:
        self.version = str(meta["version"])
        config, decoder, linker = meta["config"], meta["decoder"], meta["linker"]
        self._span_weights = np.array(decoder["span_weights"], np.float32)
        self._prices = [float(price) for price in decoder["prices"]]
        self._margin = float(decoder["margin"])
        self._confidence = np.array(decoder["confidence"], np.float64)
        self._links = LinkWeights(
            np.array(linker["places"], np.float32),
            np.array(linker["no_source"], np.float32),
            float(linker["no_source_bias"]),
        )
        self._widths = np.array(decoder["widths"], np.float32)
        self._settings = Settings(**config)

    def predict(self, docs: Iterable[Doc]) -> Iterator[list[Attribution]]:
        """One list of attributions a document, in reading order. Leaves the docs unchanged."""
        return self.predict_texts(doc.text for doc in docs)

    def predict_texts(self, texts: Iterable[str]) -> Iterator[list[Attribution]]:
        """As `predict`, for bare texts: the network needs neither tokens nor sentences.

        The texts are taken as the network gets to them, a few windows ahead.
        """
        ahead: deque[tuple[str, Encoded]] = deque()  # taken by the runner, not yet finished

        def encoded() -> Iterator[Encoded]:
            for text in texts:
                ahead.append((text, encode(text, self._tokenizer, self._runner.settings.window)))
                yield ahead[-1][1]

        def finished() -> list[Attribution]:
            spans = complete(in_order(chosen), in_order(spare), self._links, self._margin)
            chosen.clear()
            spare.clear()
            return self._attributions(*ahead.popleft(), spans)

        chosen: list[ScoredSpan] = []
        spare: list[ScoredSpan] = []
        done = 0
        for window, scores, vectors in self._runner.run(encoded()):
            while done < window.article:
                yield finished()
                done += 1
            found = candidates(scores)
            chances = probabilities(found, self._span_weights)
            taken, left = window_spans(found, chances, self._prices, window.start, vectors)
            chosen += taken
            spare += left
        while ahead:
            yield finished()

    def _attributions(
        self, text: str, article: Encoded, spans: Sequence[ScoredSpan]
    ) -> list[Attribution]:
        boundaries = GraphemeBoundaries(text)

        def offsets(index: int) -> tuple[int, int]:
            span = spans[index]
            start, end = int(article.starts[span.first]), int(article.ends[span.last])
            if span.role != CUE:
                start, end = trim(text, start, end)
                restore = with_quotes if span.role == CONTENT else restored
                start, end = restore(text, start, end)
            # wordpieces leave out marks that combine with the letter before
            return boundaries.around(start, end)

        def attribution(linked: LinkedSpans) -> Attribution:
            content = _apart(offsets(index) for index in linked.contents)
            source = (offsets(linked.source),) if linked.source >= 0 else ()
            confidence = chance(attribution_features(spans, linked), self._confidence)
            return Attribution(
                source, (offsets(linked.cue),), content, quote_type(text, content), confidence
            )

        found = [attribution(linked) for linked in link(spans, self._links)]
        return sorted(found, key=lambda each: each.start)


def _apart(pieces: Iterable[Offsets]) -> tuple[Offsets, ...]:
    """The pieces in text order, those joined that share characters: several wordpieces may be of
    one character.
    """
    result: list[Offsets] = []
    for start, end in sorted(pieces):
        if result and start < result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return tuple(result)


def make_network(threads: int = 0) -> NetworkExtractor:
    """Make the extractor as spaCy's registry ``misc`` has it, with the weights that ship.

    There is no setting for other weights: a saved pipeline's configuration would name a folder of
    the machine that saved it. They come in by the component's ``from_disk``.
    """
    return NetworkExtractor(threads=threads)
