"""The training loop: deterministic by seed, resumable."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from accordingto.files import draft_of
from accordingto.training.data import Example, batches
from accordingto.training.encoder import Config, Network, PooledDropout
from accordingto.training.losses import losses

POOL_STEPS = 16  # how long a pool of dropout masks serves


@dataclass(slots=True)
class Options:
    """Everything a run depends on besides its data."""

    train: Path
    start: Path  # folder with model.safetensors and tokenizer.json
    out: Path
    init: Path | None = None  # checkpoint of another run whose averaged weights to go on from
    parses: Path | None = None
    epochs: float = 5.0
    width: int = 254
    tokens: int = 2048
    rate: float = 2e-4
    head_rate: float = 1e-3
    decay_by_layer: float = 0.9
    weight_decay: float = 0.01
    warmup: float = 0.05
    average: float = 0.998
    seed: int = 1
    threads: int = 2
    save_seconds: float = 300.0


def parameter_groups(net: Network, options: Options) -> list[dict[str, Any]]:
    """Rates fall from the heads down. The words stay as they are: 11.7M numbers for which the data
    is too small.
    """
    groups: dict[tuple[float, float], list[Tensor]] = {}
    depth = net.config.layers
    net.words.weight.requires_grad_(False)
    for name, parameter in net.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("layers."):
            rate = options.rate * options.decay_by_layer ** (depth - 1 - int(name.split(".")[1]))
        elif name.startswith(("places.", "norm.")):
            rate = options.rate * options.decay_by_layer**depth
        else:
            rate = options.head_rate
        decay = options.weight_decay if parameter.dim() > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": p, "lr": rate, "peak": rate, "weight_decay": decay}
        for (rate, decay), p in groups.items()
    ]


def rate_factor(progress: float, warmup: float) -> float:
    """Linear warm-up, then linear to zero."""
    return progress / warmup if progress < warmup else max(0.0, (1 - progress) / (1 - warmup))


class Trainer:
    """State of one run: network, optimiser, averaged weights, place in the data."""

    def __init__(self, net: Network, options: Options) -> None:
        self.net, self.options = net, options
        self.optimiser = torch.optim.AdamW(
            parameter_groups(net, options), betas=(0.9, 0.98), eps=1e-6, fused=True
        )
        self.trained = {n: p for n, p in net.named_parameters() if p.requires_grad}
        self.average = {n: p.detach().clone() for n, p in self.trained.items()}
        self.step = self.epoch = self.done = 0
        self.elapsed = 0.0

    def update(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]:
        """One step."""
        factor = rate_factor(progress, self.options.warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        if self.step % POOL_STEPS == 0:
            PooledDropout.refresh(self.net.config.dropout)
        total, parts = losses(self.net, batch)
        total.backward()
        torch.nn.utils.clip_grad_norm_(list(self.trained.values()), 1.0, foreach=True)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        if self.step % 4 == 0:
            rate = min(self.options.average**4, self.step / (self.step + 40))
            torch._foreach_lerp_(
                list(self.average.values()), [p.data for p in self.trained.values()], 1 - rate
            )
        return parts

    def save(self, path: Path) -> None:
        """Writes the whole state, so that a killed run goes on from here."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "place": (self.step, self.epoch, self.done, self.elapsed),
            "random": torch.get_rng_state(),
            "config": self.net.config.as_dict(),
        }
        with draft_of(path) as draft:
            torch.save(state, draft)

    def restore(self, path: Path) -> None:
        """Reads what `save` wrote: tensors and plain values, and nothing that could run."""
        state = torch.load(path, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average = {n: state["average"][n] for n in self.trained}
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.epoch, self.done, self.elapsed = state["place"]
        torch.set_rng_state(state["random"])


def train(
    examples: list[Example],
    parse_sizes: list[int],
    options: Options,
    report: Callable[[dict[str, Any]], None],
) -> Trainer:
    """Trains to the end of the schedule; goes on from the last checkpoint in `options.out` if there
    is one.
    """
    torch.set_num_threads(options.threads)
    # or two threads add up the gradients of one token in the order in which they come
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    np.random.seed(options.seed)
    if options.init:
        net = network(options.init)
    else:
        net = Network(Config(parse_sizes=tuple(parse_sizes)))
        net.load_starting_weights(options.start / "model.safetensors")
    trainer = Trainer(net, options)
    options.out.mkdir(parents=True, exist_ok=True)
    checkpoint = options.out / "last.pt"
    if checkpoint.exists():
        trainer.restore(checkpoint)
    began = saved = time.monotonic()
    before = trainer.elapsed
    net.train()
    per_epoch = sum(
        1 for _ in batches(examples, options.width, options.tokens, options.seed * 1000)
    )
    while True:
        seed = options.seed * 1000 + trainer.epoch
        for number, arrays in enumerate(batches(examples, options.width, options.tokens, seed)):
            if number < trainer.done:
                continue
            trainer.elapsed = before + time.monotonic() - began
            progress = trainer.step / (per_epoch * options.epochs)
            if progress >= 1:
                trainer.save(checkpoint)
                return trainer
            parts = trainer.update({k: torch.from_numpy(v) for k, v in arrays.items()}, progress)
            trainer.done = number + 1
            if trainer.step % 20 == 0:
                place = {
                    "step": trainer.step,
                    "epoch": trainer.step / per_epoch,
                    "progress": progress,
                }
                report({**place, "seconds": trainer.elapsed, **parts})
            # The pool is not saved: where it is drawn anew, a run goes on as if never stopped.
            late = time.monotonic() - saved > options.save_seconds
            if late and trainer.step % POOL_STEPS == 0:
                trainer.save(checkpoint)
                saved = time.monotonic()
        trainer.epoch, trainer.done = trainer.epoch + 1, 0


def network(*checkpoints: Path) -> Network:
    """The network of a checkpoint with its averaged weights, or the mean of several checkpoints'
    (Wortsman et al., Model soups, ICML 2022). Loads only tensors and plain values.
    """
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in checkpoints]
    config = dict(states[0]["config"], parse_sizes=tuple(states[0]["config"]["parse_sizes"]))
    net = Network(Config(**config))
    # not all weights are trained, and only those have averages
    tensors = [state["net"] | state["average"] for state in states]
    net.load_state_dict({n: torch.stack([t[n] for t in tensors]).mean(dim=0) for n in tensors[0]})
    net.eval()
    return net
