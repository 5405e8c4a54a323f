"""Writes the folder of weights that ships: ONNX network, tokenizer, meta.json with figures and
checksums.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from accordingto.attribution import ROLES
from accordingto.pipeline.network.linking import LinkWeights
from accordingto.pipeline.network.session import Runner, Settings
from accordingto.pipeline.network.windows import load_tokenizer, pack
from accordingto.training.data import Example, collate, prepare
from accordingto.training.encoder import Network
from accordingto.training.export import calibrate, export
from accordingto.training.finish import Decoder, evaluate_and_fit, held_out

# F1 points that int8 may cost in the mean over the roles: of a single one 0.3 is within the noise.
MOST_LOSS = 0.3
CALIBRATING = 128  # windows of text that the 8-bit weights are rounded for


def link_weights(net: Network) -> LinkWeights:
    """The linker's own numbers."""
    return LinkWeights(
        net.places_of_links.detach().numpy(),
        net.no_source.weight.detach().numpy()[0],
        float(net.no_source.bias.detach()[0]),
    )


def write(
    net: Network,
    tokenizer: Path,
    held: list[dict[str, Any]],
    *,
    trained_on: Sequence[Example],
    settings: Settings,
    out: Path,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Exports, fits the decoder on the held-out records, and writes everything to out; returns
    meta.json's content. What int8 rounds is chosen by the texts that the network was trained on.
    """
    own = load_tokenizer(tokenizer)
    examples: list[Example] = [prepare(r, own, settings.window) for r in held]
    windows = [(e, a, b) for e in trained_on for a, b in pack(e.encoded.units, settings.window)]
    some = windows[:: max(len(windows) // CALIBRATING, 1)][:CALIBRATING]
    calibration = calibrate(
        net, ({k: torch.from_numpy(v) for k, v in collate([each]).items()} for each in some)
    )
    links, widths = link_weights(net), net.widths.detach().numpy()
    out.mkdir(parents=True, exist_ok=True)
    metrics: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        decoders: dict[str, Decoder] = {}
        for kind in ("fp32", "int8"):
            model = Path(scratch) / f"{kind}.onnx"
            export(net, model, calibration if kind == "int8" else None)
            articles = held_out(Runner(model, widths, settings), held, examples)
            metrics[kind], decoders[kind] = evaluate_and_fit(articles, links)
            print(kind, json.dumps(metrics[kind]), file=sys.stderr, flush=True)
        loss = mean(metrics["fp32"]["f1"][role] - metrics["int8"]["f1"][role] for role in ROLES)
        kind = "int8" if loss < MOST_LOSS else "fp32"
        shutil.move(Path(scratch) / f"{kind}.onnx", out / "model.onnx")
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    decoder = decoders[kind]
    meta = {
        **facts,
        "precision": kind,
        "sha256": {
            name: hashlib.sha256((out / name).read_bytes()).hexdigest()
            for name in ("model.onnx", "tokenizer.json")
        },
        "config": {
            "window": settings.window,
            "batch_tokens": settings.batch_tokens,
            "cls": settings.cls,
            "sep": settings.sep,
        },
        "decoder": {
            "span_weights": decoder.weights.astype(float).round(5).tolist(),
            "prices": list(decoder.setting[:3]),
            "margin": decoder.setting[3],
            "widths": widths.astype(float).round(5).tolist(),
            "confidence": decoder.confidence.round(5).tolist(),
        },
        "linker": {
            "places": links.places.astype(float).round(5).tolist(),
            "no_source": links.no_source.astype(float).round(5).tolist(),
            "no_source_bias": round(links.no_source_bias, 5),
        },
        "metrics": metrics,
    }
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    return meta


def input_settings(tokenizer: Path, window: int, batch_tokens: int) -> Settings:
    """How text is fed. Raise ValueError where the tokenizer lacks a special piece."""
    own = load_tokenizer(tokenizer)
    ends = []
    for name in ("[CLS]", "[SEP]"):
        index = own.token_to_id(name)
        if index is None:
            raise ValueError(f"the tokenizer has no {name}")
        ends.append(index)
    return Settings(window, batch_tokens, *ends)
