"""What the network is trained on: tags, edges, links and, as an aid, the parses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from accordingto.training.encoder import ROLE_COUNT, Network, width_buckets

WEIGHTS = {"last": 1.0, "edges": 0.3, "links": 0.15, "parses": 0.3}
"""How much each loss counts beside that of the tags."""


def losses(net: Network, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum, and each part for the log."""
    tags, last, edges, links, lower = net(batch["ids"], batch["features"], batch["mask"])
    known = batch["tags"] >= 0
    scale = batch["weights"][:, None].expand(known.shape)[known]
    parts = {
        "tags": (
            functional.cross_entropy(tags[known], batch["tags"][known], reduction="none") * scale
        ).mean()
    }
    missed = functional.binary_cross_entropy_with_logits(
        last[known], batch["last"][known], reduction="none"
    )
    parts["last"] = (missed.sum(-1) * scale).mean()
    if len(batch["spans"]):
        parts["edges"] = edge_loss(net, edges, batch)
        parts["links"] = link_loss(net, links, batch)
    if net.parses is not None:
        logits = net.parses(net.dropout(lower)).split(list(net.config.parse_sizes), dim=-1)
        some = [(logit, batch["parses"][..., task]) for task, logit in enumerate(logits)]
        tasks = [
            functional.cross_entropy(x[y >= 0], y[y >= 0]) for x, y in some if bool((y >= 0).any())
        ]
        if tasks:
            parts["parses"] = torch.stack(tasks).mean()
    total = parts["tags"]
    for name, weight in WEIGHTS.items():
        if name in parts:
            total = total + weight * parts[name]
    return total, {name: float(value.detach()) for name, value in parts.items()}


def edge_loss(net: Network, edges: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Mean cross-entropy of a span's last token given its first, and the other way round."""
    row, role, first, final = batch["spans"].unbind(1)
    size = net.config.edge
    length = edges.shape[1]
    vectors = edges.view(*edges.shape[:2], 2, ROLE_COUNT, size)
    begins, ends = vectors[:, :, 0], vectors[:, :, 1]  # [B, T, 3, edge]
    buckets = width_buckets(length)
    places = torch.arange(length)
    real = batch["mask"][row]
    forward = torch.einsum("sd,std->st", begins[row, first, role], ends[row, :, role]) / size**0.5
    forward = forward + net.widths[role[:, None], buckets[first]]
    forward = forward.masked_fill(~real | (places < first[:, None]), -1e4)
    back = torch.einsum("sd,std->st", ends[row, final, role], begins[row, :, role]) / size**0.5
    back = back + net.widths[role[:, None], buckets[:, final].T]
    back = back.masked_fill(~real | (places > final[:, None]), -1e4)
    return functional.cross_entropy(forward, final) + functional.cross_entropy(back, first)


def link_loss(net: Network, links: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Mean cross-entropy of every cue's source (or none) and of every content piece's cue."""
    row, _, first, final = batch["spans"].unbind(1)
    size = net.config.link
    vectors = links.view(*links.shape[:2], 6, size)
    ends = vectors[row, first], vectors[row, final]  # twice [S, 6, link]
    cue_of_source = ends[0][:, 0] + ends[1][:, 0]
    cue_of_content = ends[0][:, 1] + ends[1][:, 1]
    source = ends[0][:, 2] + ends[1][:, 3]
    content = ends[0][:, 4] + ends[1][:, 5]
    loss = links.new_zeros(())
    for name, cue_vectors, other_vectors in (
        ("sources", cue_of_source, source),
        ("contents", cue_of_content, content),
    ):
        choice, cue, other, place, right = batch[name].unbind(1)
        if not len(choice):
            continue
        scores = (cue_vectors[cue] * other_vectors[other.clamp(min=0)]).sum(-1) / size**0.5
        scores = scores + net.places_of_links[place]
        if name == "sources":
            scores = torch.where(other < 0, net.no_source(cue_vectors[cue])[:, 0], scores)
        total = segment_logsumexp(scores, choice, len(row))
        chosen = segment_logsumexp(scores.masked_fill(right == 0, -1e4), choice, len(row))
        deciding = torch.unique(choice)
        loss = loss + (total - chosen)[deciding].mean()
    return loss


def segment_logsumexp(scores: Tensor, groups: Tensor, count: int) -> Tensor:
    """[count] log-sum-exp of the scores of each group; of no use where a group is empty."""
    top = torch.full((count,), -1e4).scatter_reduce(0, groups, scores.detach(), "amax")
    summed = torch.zeros(count).index_add(0, groups, (scores - top[groups]).exp())
    return summed.clamp(min=1e-30).log() + top
