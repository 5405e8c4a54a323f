"""Articles through the ONNX network: windows of several articles, of like length, in one batch.

Several batches run at once, each on one core: the small products of this network do not split well
over cores, and what is done with one batch's scores goes on beside the next. Each window's scores
are handed on at once, so that memory does not grow with the length of a text beyond its wordpieces.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

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


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_NEVER = -30.0  # a logit


class Runner:
    """The network's session. threads: batches run at once; 0 means one for each core."""

    def __init__(self, model: Path, widths: Floats, settings: Settings, threads: int = 0) -> None:
        self.settings = settings
        self._widths = widths
        self._threads = threads or _cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
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
        batches = (
            batch
            for at in range(0, len(windows), _SORTED_TOGETHER)
            for batch in self._batches(
                sorted(windows[at : at + _SORTED_TOGETHER], key=lambda w: w.end - w.start)
            )
        )
        running: deque[Future[list[tuple[Window, Scores, Floats]]]] = deque()
        # Decoding multiplies small matrices while the pool runs the network: threads of NumPy's own
        # would only take the cores from it.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self._threads) as pool:
            for batch in batches:
                running.append(pool.submit(self._run, articles, batch))
                if len(running) > 2 * self._threads:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()

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
    ) -> list[tuple[Window, Scores, Floats]]:
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
        result = []
        for row, window in enumerate(batch):
            count = window.end - window.start
            inside = slice(1, count + 1)
            vectors = edges[row, inside].reshape(count, 2, ROLE_COUNT, -1)
            scores = Scores(tags[row, inside], last[row, inside], vectors, self._widths)
            article = articles[window.article]
            # No span begins or ends with a full stop that only closes a line for the network.
            empty = article.empty[window.start : window.end]
            scores.tags[empty, 1:] = scores.last[empty] = _NEVER
            vectors = links[row, inside].reshape(count, LINK_VECTORS, -1)
            result.append((window, scores, vectors))
        return result
