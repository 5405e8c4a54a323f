"""One training run from files to a folder of weights."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotations.attribution.training.data import load, read
from annotations.attribution.training.losses import Weights
from annotations.attribution.training.package import input_settings, write
from annotations.attribution.training.train import Options, network, train


def train_and_package(
    data: Path,
    held_out: Path,
    out: Path,
    *,
    start: Path,
    parses: Path | None,
    epochs: float,
    seed: int,
    threads: int,
    progress: Callable[[float], object],
) -> dict[str, Any]:
    """Train on ``data``, fit the decoder on ``held_out`` and write ``out/weights``.

    Returns the metrics, per precision. ``progress`` is called with the share that is done (0 to 1).
    A run that was stopped goes on from
    its last checkpoint in ``out``. Raises OSError for files that are not there.
    """
    options = Options(data, start, out, parses=parses, epochs=epochs, seed=seed, threads=threads)
    tokenizer = start / "tokenizer.json"
    examples, labels = load(data, tokenizer, options.width, parses, out)
    sizes = labels.sizes if parses else []

    def report(row: dict[str, Any]) -> None:
        progress(row["progress"])

    train(examples, sizes, options, Weights(), report)
    progress(1.0)
    # Every window alone: predictions must not depend on what else is in a batch.
    settings = input_settings(tokenizer, options.width, batch_tokens=1)
    checkpoint = out / "last.pt"
    version = f"network-{hashlib.sha256(checkpoint.read_bytes()).hexdigest()[:8]}"
    weights = out / "weights"
    shutil.rmtree(weights, ignore_errors=True)
    facts = {"version": version, "held_out": held_out.name}
    meta = write(
        network(checkpoint), tokenizer, read(held_out), settings=settings, out=weights, facts=facts
    )
    metrics: dict[str, Any] = meta["metrics"]
    return metrics
