"""Training: the same data and seed give the same network, stopped on the way or not.

Needs the extra 'train'.
"""

from pathlib import Path
from typing import Any

import pytest

from annotations.attribution.network import WEIGHTS
from annotations.attribution.windows import load_tokenizer

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

WORDS = 30_522
STOP = 20


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of random starting weights."""
    from safetensors.torch import save_file  # noqa: PLC0415 - comes with the extra

    from annotations.attribution.training.encoder import Config, Network  # noqa: PLC0415

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


def articles() -> list[Any]:
    from annotations.attribution.training.data import prepare  # noqa: PLC0415

    tokenizer = load_tokenizer(WEIGHTS / "tokenizer.json")
    records = []
    for number in range(24):
        text = f"Ana Lund said that pier {number} leaks.\n\nNobody saw number {number} there."
        said = text.index("said")
        triple = {
            "source": [[0, said - 1]],
            "cue": [[said, said + 4]],
            "content": [[said + 5, text.index(".")]],
        }
        records.append({"text": text, "attributions": [triple]})
    return [prepare(record, tokenizer, 40) for record in records]


def trained(start: Path, out: Path, *, seed: int = 1, stop: bool = False) -> dict[str, Any]:
    """The averaged weights, after a stop at step STOP if asked for."""
    from annotations.attribution.training.encoder import PooledDropout  # noqa: PLC0415
    from annotations.attribution.training.losses import Weights  # noqa: PLC0415
    from annotations.attribution.training.train import Options, train  # noqa: PLC0415

    PooledDropout.pool = None  # as in a process of its own
    options = Options(Path("unused"), start, out, epochs=2, tokens=40, seed=seed)
    options.width, options.threads, options.save_seconds = 40, 1, 0

    def report(row: dict[str, Any]) -> None:
        if stop and row["step"] == STOP:
            raise KeyboardInterrupt

    trainer = train(articles(), [], options, Weights(), report)
    assert trainer.step > STOP
    return {name: value.clone() for name, value in trainer.average.items()}


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return all(torch.equal(one[name], two[name]) for name in one)


def test_the_seed_decides_and_a_stop_changes_nothing(start: Path, tmp_path: Path) -> None:
    once = trained(start, tmp_path / "once")
    with pytest.raises(KeyboardInterrupt):
        trained(start, tmp_path / "stopped", stop=True)
    assert same(trained(start, tmp_path / "stopped"), once)
    assert not same(trained(start, tmp_path / "other", seed=2), once)
