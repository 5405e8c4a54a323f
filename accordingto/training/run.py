"""One training run from files to a folder of weights."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from accordingto.training.data import load, read
from accordingto.training.package import input_settings, write
from accordingto.training.train import Options, network, train

LOG = "losses.jsonl"
REFINING_RATE = 1.5e-4
REFINING_HEAD_RATE = 5e-4


def train_and_package(
    data: Path,
    held_out: Path,
    out: Path,
    *,
    start: Path,
    parses: Path | None,
    epochs: float,
    refine: float,
    seed: int,
    threads: int,
    name: str,
    progress: Callable[[float], object],
) -> dict[str, Any]:
    """Train on ``data``, fit the decoder on ``held_out`` and write ``out/weights``.

    With ``refine``, a second run of so many epochs goes on from the first one's averaged weights,
    more gently and with the next seed, and what is packaged is the mean of both. Without a ``name``
    the weights are called after what is in them, so that the same ones have the same version.
    Return the metrics, per precision. ``progress`` is called with the share that is done (0 to 1);
    the losses go to a file beside the checkpoint. A run that was stopped goes on from its last
    checkpoint in ``out``. Raises OSError for files that are not there.
    """
    options = Options(data, start, out, parses=parses, epochs=epochs, seed=seed, threads=threads)
    tokenizer = start / "tokenizer.json"
    examples, labels = load(data, tokenizer, options.width, parses)
    sizes = labels.sizes if parses else []

    runs = [options]
    if refine:
        second = out / "refined"
        runs.append(
            replace(
                options,
                init=out / "last.pt",
                out=second,
                epochs=refine,
                seed=seed + 1,
                rate=REFINING_RATE,
                head_rate=REFINING_HEAD_RATE,
            )
        )
    done = 0.0
    for each in runs:
        share = each.epochs / (epochs + refine)
        each.out.mkdir(parents=True, exist_ok=True)
        with (each.out / LOG).open("a", encoding="utf-8") as log:

            def report(
                row: dict[str, Any], log: TextIO = log, done: float = done, share: float = share
            ) -> None:
                print(json.dumps(row), file=log, flush=True)
                progress(done + share * row["progress"])

            train(examples, sizes, each, report)
        done += share
    progress(1.0)
    # Every window alone: predictions must not depend on what else is in a batch.
    settings = input_settings(tokenizer, options.width, batch_tokens=1)
    net = network(*(each.out / "last.pt" for each in runs))
    digest = hashlib.sha256()
    for tensor in net.state_dict().values():
        digest.update(tensor.numpy().tobytes())
    weights = out / "weights"
    shutil.rmtree(weights, ignore_errors=True)
    facts = {"version": name or f"network-{digest.hexdigest()[:8]}", "held_out": held_out.name}
    meta = write(
        net,
        tokenizer,
        read(held_out),
        trained_on=examples,
        settings=settings,
        out=weights,
        facts=facts,
    )
    metrics: dict[str, Any] = meta["metrics"]
    return metrics
