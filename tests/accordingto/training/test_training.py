"""Training: the same data and seed give the same network, stopped on the way or not.

Needs the extra 'train'.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from accordingto.attribution import ROLES
from accordingto.pipeline.network.extractor import NetworkExtractor
from accordingto.pipeline.network.weights import WEIGHTS
from accordingto.pipeline.network.windows import load_tokenizer

pytest.importorskip("torch", reason="the extra 'train' is not installed")

import torch
from safetensors.torch import save_file

from accordingto.training import export
from accordingto.training.data import prepare
from accordingto.training.encoder import Config, Network, PooledDropout
from accordingto.training.run import train_and_package
from accordingto.training.train import Options, train

WORDS = 30_522
STOP = 20


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of random starting weights."""
    torch.manual_seed(7)
    net = Network(Config())
    embeddings = {
        "word_embeddings.weight": torch.randn(WORDS, 384) * 0.02,
        "position_embeddings.weight": torch.randn(512, 384) * 0.02,
        "token_type_embeddings.weight": torch.zeros(2, 384),
        "LayerNorm.weight": torch.ones(384),
        "LayerNorm.bias": torch.zeros(384),
    }
    tensors = {f"embeddings.{name}": value for name, value in embeddings.items()}
    names = {
        "out": "attention.output.dense",
        "norm_attention": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm": "output.LayerNorm",
    }
    for number, layer in enumerate(net.layers):
        prefix = f"encoder.layer.{number}."
        for part in ("weight", "bias"):
            parts = getattr(layer.qkv, part).detach().chunk(3)
            for name, value in zip(("query", "key", "value"), parts, strict=True):
                tensors[f"{prefix}attention.self.{name}.{part}"] = value.clone()
            for mine, theirs in names.items():
                value = getattr(getattr(layer, mine), part)
                tensors[f"{prefix}{theirs}.{part}"] = value.detach().clone()
    folder = tmp_path_factory.mktemp("start")
    save_file(tensors, folder / "model.safetensors")
    return folder


def records(count: int) -> list[dict[str, Any]]:
    result = []
    for number in range(count):
        text = f"Ana Lund said that pier {number} leaks.\n\nNobody saw number {number} there."
        said = text.index("said")
        triple = {
            "source": [[0, said - 1]],
            "cue": [[said, said + 4]],
            "content": [[said + 5, text.index(".")]],
        }
        result.append({"id": str(number), "text": text, "attributions": [triple]})
    return result


def articles() -> list[Any]:
    tokenizer = load_tokenizer(WEIGHTS / "tokenizer.json")
    return [prepare(record, tokenizer, 40) for record in records(24)]


def trained(start: Path, out: Path, *, seed: int = 1, stop: bool = False) -> dict[str, Any]:
    """The averaged weights, after a stop at step STOP if asked for."""
    PooledDropout.pool = None  # as in a process of its own
    options = Options(Path("unused"), start, out, epochs=12, tokens=256, seed=seed)
    options.width, options.threads, options.save_seconds = 40, 2, 0

    def report(row: dict[str, Any]) -> None:
        if stop and row["step"] == STOP:
            raise KeyboardInterrupt

    trainer = train(articles(), [], options, report)
    assert trainer.step > STOP
    # so little text does not show in which order two threads add up
    assert torch.are_deterministic_algorithms_enabled()
    return {name: value.clone() for name, value in trainer.average.items()}


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return all(torch.equal(one[name], two[name]) for name in one)


def test_the_seed_decides_and_a_stop_changes_nothing(start: Path, tmp_path: Path) -> None:
    once = trained(start, tmp_path / "once")
    with pytest.raises(KeyboardInterrupt):
        trained(start, tmp_path / "stopped", stop=True)
    assert same(trained(start, tmp_path / "stopped"), once)
    assert not same(trained(start, tmp_path / "other", seed=2), once)


def test_both_runs_end_in_a_network_that_can_be_used(start: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(record) + "\n" for record in records(24)), encoding="utf-8")
    shutil.copy(WEIGHTS / "tokenizer.json", start)
    shares: list[float] = []

    def whole_run(out: Path, stop: float = 2) -> dict[str, Any]:
        PooledDropout.pool = None  # as in a process of its own

        def progress(share: float) -> None:
            shares.append(share)
            if share >= stop:
                raise KeyboardInterrupt

        train_and_package(
            data,
            data,
            out,
            start=start,
            parses=None,
            epochs=20,
            refine=20,
            seed=1,
            threads=2,
            name="",
            progress=progress,
        )
        meta: dict[str, Any] = json.loads((out / "weights" / "meta.json").read_text())
        return meta

    meta = whole_run(tmp_path / "once")
    assert shares == sorted(shares)
    assert shares[-1] == 1
    extractor = NetworkExtractor(tmp_path / "once" / "weights")
    text = records(6)[5]["text"]
    (found,) = next(extractor.predict_texts([text]))
    pieces = [text[start:end] for role in ROLES for start, end in found.pieces(role)]
    assert pieces == ["Ana Lund", "said", "that pier 5 leaks"]
    assert extractor.version == meta["version"]
    with pytest.raises(KeyboardInterrupt):
        whole_run(tmp_path / "stopped", stop=0.7)
    assert whole_run(tmp_path / "stopped")["version"] == meta["version"]


def test_weights_rounded_together_change_the_products_less_than_one_by_one() -> None:
    torch.manual_seed(3)
    inputs = torch.randn(500, 40) @ torch.randn(40, 40)
    weights = torch.randn(40, 25)
    scale = weights.abs().amax(dim=0) / export.LARGEST_WEIGHT
    apart = (weights / scale).round()

    def error(whole: Any) -> float:
        return float((inputs @ (whole * scale - weights)).square().sum())

    together = export.rounded(weights, scale, inputs.T @ inputs)
    assert together.abs().max() <= export.LARGEST_WEIGHT
    assert error(together) < error(apart) / 2
    assert torch.equal(export.rounded(weights, scale, torch.zeros(40, 40)), apart.to(torch.int8))


def test_an_outlying_hidden_unit_does_not_blur_the_others_in_int8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(5)
    net = Network(Config()).eval()
    with torch.no_grad():
        for layer in net.layers:
            layer.up.bias[11] = 300
    ids = torch.randint(1000, WORDS, (1, 60), dtype=torch.int32)
    given = {"ids": ids, "features": torch.zeros(1, 60, 3, dtype=torch.int32)}
    window = given | {"mask": torch.ones(1, 60, dtype=torch.bool)}

    def tags(calibration: Any = None) -> Any:
        path = tmp_path / "model.onnx"
        export.export(net, path, calibration)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return session.run(["tags"], {name: value.numpy() for name, value in given.items()})[0]

    exact = tags()
    beside = abs(tags(export.calibrate(net, [window])) - exact).mean()
    monkeypatch.setattr(export, "OUTLIERS", 0)
    among = abs(tags(export.calibrate(net, [window])) - exact).mean()
    assert beside < among / 2
