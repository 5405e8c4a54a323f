"""Articles through the ONNX network: windows of several articles, of like length, in one batch.

Each window's scores are handed on at once, so that memory does not grow with the length of a text
beyond its wordpieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from annotations.attribution.decoding import ROLE_COUNT, Scores
from annotations.attribution.windows import Encoded, pack

Floats = NDArray[np.float32]
OUTPUTS = ("tags", "last", "edges", "links")
LINK_VECTORS = 6
_SORTED_TOGETHER = 256  # windows: bounds memory whatever the texts are


@dataclass(frozen=True, slots=True)
class Settings:
    """How text is fed: window in pieces without [CLS] and [SEP], padded tokens in a batch, and
    those two's indices.
    """

    window: int
    batch_tokens: int
    cls: int
    sep: int


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces [start, end) of one of the articles given."""

    article: int
    start: int
    end: int


class Runner:
    """The network's session. threads: cores one call may use; 0 leaves it to ONNX Runtime."""

    def __init__(self, model: Path, widths: Floats, settings: Settings, threads: int = 0) -> None:
        self.settings = settings
        self._widths = widths
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # a waiting thread that spins takes a core from whoever else works on this machine
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )

    def run(self, articles: Sequence[Encoded]) -> Iterator[tuple[Window, Scores, Floats]]:
        """Every window once, in no special order: its scores, and link vectors [T, 6, L] of its
        pieces.
        """
        windows = [
            Window(number, start, end)
            for number, article in enumerate(articles)
            for start, end in pack(article.units, self.settings.window)
        ]
        for at in range(0, len(windows), _SORTED_TOGETHER):
            part = sorted(windows[at : at + _SORTED_TOGETHER], key=lambda w: w.end - w.start)
            for batch in self._batches(part):
                yield from self._run(articles, batch)

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        batch: list[Window] = []
        for window in windows:  # ascending: the last one decides the padding
            if (
                batch
                and (window.end - window.start + 2) * (len(batch) + 1) > self.settings.batch_tokens
            ):
                yield batch
                batch = []
            batch.append(window)
        if batch:
            yield batch

    def _run(
        self, articles: Sequence[Encoded], batch: Sequence[Window]
    ) -> Iterator[tuple[Window, Scores, Floats]]:
        length = max(w.end - w.start for w in batch) + 2
        ids = np.zeros((len(batch), length), np.int32)
        features = np.zeros((len(batch), length, 3), np.int32)
        lengths = np.array([w.end - w.start + 2 for w in batch], np.int32)
        for row, window in enumerate(batch):
            article, count = articles[window.article], window.end - window.start
            ids[row, 0], ids[row, count + 1] = self.settings.cls, self.settings.sep
            ids[row, 1 : count + 1] = article.ids[window.start : window.end]
            features[row, 1 : count + 1] = article.features[window.start : window.end]
        feed = {"ids": ids, "features": features, "lengths": lengths}
        tags, last, edges, links = self._session.run(OUTPUTS, feed)
        for row, window in enumerate(batch):
            count = window.end - window.start
            inside = slice(1, count + 1)
            vectors = edges[row, inside].reshape(count, 2, ROLE_COUNT, -1)
            scores = Scores(tags[row, inside], last[row, inside], vectors, self._widths)
            yield window, scores, links[row, inside].reshape(count, LINK_VECTORS, -1)
