"""The network: a BERT encoder of MiniLM's size, surface features, and heads for tags, edges, links
and parses.

Heads (T tokens, D wide):
- tags [B, T, 7]: outside, and begins/inside for source, cue, content.
- last [B, T, 3]: whether a span of that role ends at the token.
- edges: per role, a vector of each token as a first and as a last one. Their scaled dot product
  plus a bias for the width scores "the span from i ends at j" over all j, and "the span to j begins
  at i" over all i. Content is whole clauses: choosing its end given its start is the boundary-aware
  part (pointers: Vinyals et al. 2015; biaffine spans: Yu et al. 2020).
- links: a vector of each token as an edge of a cue and of another span; scores as for edges, with a
  bias for the relative place (see `linking.buckets`).
- parses, from a lower layer: part of speech, entity, relation and place of the head, in training
  only.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from accordingto.pipeline.network.linking import BUCKETS
from accordingto.pipeline.network.windows import FEATURE_SIZES

TAGS = 7
ROLE_COUNT = 3
WIDTHS = 24


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes. The encoder's are all-MiniLM-L6-v2's."""

    vocabulary: int = 30522
    positions: int = 512
    width: int = 384
    layers: int = 6
    attention_heads: int = 12
    hidden: int = 1536
    edge: int = 64
    link: int = 64
    parse_layer: int = 5
    parse_sizes: tuple[int, ...] = ()
    dropout: float = 0.1

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class PooledDropout(nn.Module):
    """Dropout whose masks are random slices of one pool, drawn anew every `fresh` steps.

    Drawing 0.8M Bernoulli numbers twelve times a step cost a tenth of the training time on a CPU.
    """

    pool: Tensor | None = None
    size = 1 << 23

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """x with a share of its entries at zero, in training."""
        if not self.training or self.rate == 0:
            return x
        pool = PooledDropout.pool
        if pool is None:
            pool = PooledDropout.refresh(self.rate)
        count = x.numel()
        if count > self.size // 2:
            return functional.dropout(x, self.rate, True)
        at = int(torch.randint(self.size - count, ()))
        return x * pool[at : at + count].view(x.shape)

    @classmethod
    def refresh(cls, rate: float) -> Tensor:
        """Draws the pool anew."""
        cls.pool = torch.empty(cls.size).bernoulli_(1 - rate).div_(1 - rate)
        return cls.pool


class Layer(nn.Module):
    """One post-norm transformer layer, as in BERT."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.heads = config.attention_heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.norm_attention = nn.LayerNorm(config.width, eps=1e-12)
        self.up = nn.Linear(config.width, config.hidden)
        self.down = nn.Linear(config.hidden, config.width)
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.dropout = PooledDropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x [B, T, D]; bias [B, 1, 1, T] is 0 or very negative."""
        batch, length, width = x.shape
        q, k, v = (
            self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        x = self.norm_attention(x + self.dropout(self.out(mixed)))
        return self.norm(x + self.dropout(self.down(functional.gelu(self.up(x)))))


class Network(nn.Module):
    """Encoder and heads."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.words = nn.Embedding(config.vocabulary, width)
        self.places = nn.Embedding(config.positions, width)
        self.surface = nn.ModuleList(nn.Embedding(n, width) for n in FEATURE_SIZES)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = PooledDropout(config.dropout)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.tags = nn.Linear(width, TAGS)
        self.last = nn.Linear(width, ROLE_COUNT)
        self.edges = nn.Linear(width, 2 * ROLE_COUNT * config.edge)
        self.widths = nn.Parameter(torch.zeros(ROLE_COUNT, WIDTHS))
        self.links = nn.Linear(width, 6 * config.link)
        self.places_of_links = nn.Parameter(torch.zeros(BUCKETS))
        self.no_source = nn.Linear(config.link, 1)
        self.parses = nn.Linear(width, sum(config.parse_sizes)) if config.parse_sizes else None
        for table in self.surface:
            nn.init.zeros_(table.weight)
        for head in (self.tags, self.last, self.edges, self.links, self.no_source, self.parses):
            if head is not None:
                nn.init.normal_(head.weight, std=0.02)
                nn.init.zeros_(head.bias)

    def forward(
        self, ids: Tensor, features: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Tags [B, T, 7], last [B, T, 3], edges [B, T, 2 * 3 * edge], links [B, T, 6 * link], the
        parse layer's x.
        """
        length = ids.shape[1]
        x = self.words(ids) + self.places.weight[:length]
        for index, table in enumerate(self.surface):
            x = x + table(features[..., index])
        x = self.dropout(self.norm(x))
        bias = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, -1e4)[:, None, None, :]
        lower = x
        for number, layer in enumerate(self.layers, 1):
            x = layer(x, bias)
            if number == self.config.parse_layer:
                lower = x
        top = self.dropout(x)
        return self.tags(top), self.last(top), self.edges(top), self.links(top), lower

    def load_starting_weights(self, path: Path) -> None:
        """Takes the encoder's weights from a BERT checkpoint in safetensors."""
        given = load_file(str(path))
        given = {k.removeprefix("bert."): v for k, v in given.items()}
        e = "embeddings."
        with torch.no_grad():
            self.words.weight.copy_(given[e + "word_embeddings.weight"])
            # all tokens are of segment 0: its embedding goes into the places
            self.places.weight.copy_(given[e + "position_embeddings.weight"])
            self.places.weight += given[e + "token_type_embeddings.weight"][0]
            for part in ("weight", "bias"):
                getattr(self.norm, part).copy_(given[f"{e}LayerNorm.{part}"])
                for number, layer in enumerate(self.layers):
                    p = f"encoder.layer.{number}."
                    qkv = [
                        given[f"{p}attention.self.{n}.{part}"] for n in ("query", "key", "value")
                    ]
                    getattr(layer.qkv, part).copy_(torch.cat(qkv))
                    for mine, theirs in (
                        (layer.out, "attention.output.dense"),
                        (layer.norm_attention, "attention.output.LayerNorm"),
                        (layer.up, "intermediate.dense"),
                        (layer.down, "output.dense"),
                        (layer.norm, "output.LayerNorm"),
                    ):
                        getattr(mine, part).copy_(given[f"{p}{theirs}.{part}"])


def width_buckets(length: int) -> Tensor:
    """[T, T] bucket of the width j - i: exact below 8, then half-octaves."""
    places = torch.arange(length)
    width = (places[None] - places[:, None]).clamp(min=0).float()
    far = (8 + 2 * torch.log2(width.clamp(min=8) / 8)).long()
    return torch.where(width < 8, width.long(), far).clamp(max=WIDTHS - 1)
