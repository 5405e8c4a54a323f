"""Articles through the ONNX network, each window alone: in a batch, the scales of int8 would depend
on what else is in it.

Several windows run at once, each on one core: the small products of this network do not split well
over cores, and what is done with one window's scores goes on beside the next. Each window's scores
are handed on at once, so that memory does not grow with the length of a text beyond its wordpieces.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from accordingto.pipeline.network.decoding import ROLE_COUNT, Scores
from accordingto.pipeline.network.windows import Encoded, pack

Floats = NDArray[np.float32]
OUTPUTS = ("tags", "last", "edges", "links")
LINK_VECTORS = 6
_AHEAD = 4  # windows for each core that wait to be run or read: bounds memory, keeps cores busy


@dataclass(frozen=True, slots=True)
class Settings:
    """How text is fed: window in pieces without [CLS] and [SEP], and those two's indices.

    batch_tokens is 1, which says that windows run alone. Raise ValueError if it is not.
    """

    window: int
    batch_tokens: int
    cls: int
    sep: int

    def __post_init__(self) -> None:
        if self.batch_tokens != 1:
            raise ValueError("this network runs every window alone: batch_tokens must be 1")


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
    """The network's session. threads: windows run at once; 0 means one for each core."""

    def __init__(self, model: Path, widths: Floats, settings: Settings, threads: int = 0) -> None:
        self.settings = settings
        self._widths = widths
        self._threads = threads or _cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(model),
            options,
            providers=["CPUExecutionProvider"],
            # It is slower than its parts, see `unfused` in training/export.py.
            disabled_optimizers=["SkipLayerNormFusion"],
        )

    def run(self, articles: Iterable[Encoded]) -> Iterator[tuple[Window, Scores, Floats]]:
        """Every window once, in text order: its scores, and link vectors [T, 6, L] of its pieces.

        The articles are taken one after another, beside the network's work on those before.
        """
        running: deque[Future[tuple[Window, Scores, Floats]]] = deque()
        # Decoding multiplies small matrices while the pool runs the network: threads of NumPy's own
        # would only take the cores from it.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self._threads) as pool:
            for number, article in enumerate(articles):
                for start, end in pack(article.units, self.settings.window):
                    window = Window(number, start, end)
                    running.append(pool.submit(self._run, article, window))
                    if len(running) > _AHEAD * self._threads:
                        yield running.popleft().result()
            while running:
                yield running.popleft().result()

    def _run(self, article: Encoded, window: Window) -> tuple[Window, Scores, Floats]:
        count = window.end - window.start
        ids = np.empty((1, count + 2), np.int32)
        features = np.zeros((1, count + 2, 3), np.int32)
        ids[0, 0], ids[0, -1] = self.settings.cls, self.settings.sep
        ids[0, 1:-1] = article.ids[window.start : window.end]
        features[0, 1:-1] = article.features[window.start : window.end]
        outputs = self._session.run(OUTPUTS, {"ids": ids, "features": features})
        tags, last, edges, links = (output[0, 1:-1] for output in outputs)
        # No span begins or ends with a full stop that only closes a line for the network.
        empty = article.empty[window.start : window.end]
        tags[empty, 1:] = last[empty] = _NEVER
        scores = Scores(tags, last, edges.reshape(count, 2, ROLE_COUNT, -1), self._widths)
        return window, scores, links.reshape(count, LINK_VECTORS, -1)
