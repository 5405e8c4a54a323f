"""Labelled articles to training batches.

An example is one window of whole paragraphs with its spans and links as piece positions. All
positions in a batch count from the window's first token, which is [CLS] at 0. No torch here: arrays
only.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from accordingto.attribution import ROLES
from accordingto.pipeline.network.linking import CONTENT, CUE, SOURCE, buckets
from accordingto.pipeline.network.windows import Encoded, encode, load_tokenizer, pack, trim

IGNORE = -100
# Where a token's head is: HEAD_CLIP tokens before to HEAD_CLIP after, or nowhere (the root).
HEAD_CLIP = 10
HEAD_CLASSES = 2 * HEAD_CLIP + 2

Record = dict[str, Any]


@dataclass(slots=True)
class Example:
    """An article: pieces, spans (role, first piece, last piece), links (cue span, other span) by
    index into spans.
    """

    encoded: Encoded
    spans: list[tuple[int, int, int]]
    links: list[tuple[int, int]]
    masked: NDArray[np.bool_]  # [n] pieces whose labels are not to be trusted
    parses: NDArray[np.int16]  # [n, 4] part of speech, entity, relation, head; IGNORE where unknown
    weight: float = 1.0


@dataclass(slots=True)
class Labels:
    """The auxiliary tasks' label names, by frequency."""

    names: list[list[str]] = field(default_factory=lambda: [[], [], []])

    @property
    def sizes(self) -> list[int]:
        """Classes of the four auxiliary tasks."""
        return [len(n) for n in self.names] + [HEAD_CLASSES]


def read(path: Path) -> list[Record]:
    """Records of a JSONL file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def count_labels(parses: Iterable[Record], least: int = 20) -> Labels:
    """Label names of the parses that occur at least that often."""
    counts: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for record in parses:
        for sentence in record["sentences"]:
            for _, _, pos, entity, _, relation in sentence:
                for counter, name in zip(counts, (pos, entity, relation), strict=True):
                    counter[name] += 1
    return Labels([[n for n, c in counter.most_common() if c >= least] for counter in counts])


def _parse_labels(
    encoded: Encoded, sentences: list[list[Any]], labels: Labels
) -> NDArray[np.int16]:
    out = np.full((len(encoded.ids), 4), IGNORE, np.int16)
    known = [{name: i for i, name in enumerate(names)} for names in labels.names]
    for sentence in sentences:
        first = np.searchsorted(encoded.starts, [t[0] for t in sentence])
        for at, (token, piece) in enumerate(zip(sentence, first, strict=True)):
            if piece >= len(encoded.ids) or encoded.starts[piece] != token[0]:
                continue
            for task, name in enumerate((token[2], token[3], token[5])):
                out[piece, task] = known[task].get(name, IGNORE)
            jump = max(-HEAD_CLIP, min(HEAD_CLIP, token[4] - at)) + HEAD_CLIP
            out[piece, 3] = HEAD_CLASSES - 1 if token[4] < 0 else jump
    return out


def prepare(
    record: Record,
    tokenizer: Tokenizer,
    width: int,
    *,
    parse: list[list[Any]] | None = None,
    labels: Labels | None = None,
    weight: float = 1.0,
) -> Example:
    """One article's pieces with labels. Edge punctuation is cut: the runtime puts quotation marks
    back by rule.
    """
    text: str = record["text"]
    encoded = encode(text, tokenizer, width)
    spans: dict[tuple[int, int, int], int] = {}
    taken = np.zeros(len(encoded.ids), bool)
    links: list[tuple[int, int]] = []

    def add(role: int, piece: Sequence[int]) -> int | None:
        start, end = trim(text, *piece)
        first = int(np.searchsorted(encoded.ends, start, side="right"))
        last = int(np.searchsorted(encoded.starts, end, side="left")) - 1
        if last < first:
            return None
        key = (role, first, last)
        if key not in spans:
            if taken[first : last + 1].any():  # a handful of spans overlap; the tags cannot say so
                return None
            taken[first : last + 1] = True
            spans[key] = len(spans)
        return spans[key]

    for attribution in record["attributions"]:
        cues = [add(CUE, p) for p in attribution["cue"]]
        for role in (SOURCE, CONTENT):
            for piece in attribution[ROLES[role]]:
                other = add(role, piece)
                links += [(cue, other) for cue in cues if cue is not None and other is not None]
    masked = np.zeros(len(encoded.ids), bool)
    for _, pieces in record.get("discard", ()):
        for start, end in pieces:
            masked |= (encoded.starts < end) & (encoded.ends > start)
    masked &= ~taken
    blank = np.full((len(encoded.ids), 4), IGNORE, np.int16)
    parses = _parse_labels(encoded, parse, labels) if parse and labels else blank
    return Example(encoded, list(spans), links, masked, parses, weight)


def load(
    path: Path, tokenizer_path: Path, width: int, parses: Path | None
) -> tuple[list[Example], Labels]:
    """All articles of a file as examples."""
    tokenizer = load_tokenizer(tokenizer_path)
    analysed = read(parses) if parses else []
    labels = count_labels(analysed)
    by_id = {r["id"]: r["sentences"] for r in analysed}
    examples = [
        prepare(r, tokenizer, width, parse=by_id.get(r["id"]), labels=labels) for r in read(path)
    ]
    return examples, labels


Window = tuple[Example, int, int]


def windows(examples: Sequence[Example], width: int, rng: random.Random) -> list[Window]:
    """Every article cut into windows at most width pieces long, at random places: anew in each
    epoch.
    """
    cut: list[Window] = []
    for example in examples:
        first = rng.randint(width // 3, width)
        cut += [(example, a, b) for a, b in pack(example.encoded.units, width, first)]
    return cut


def batches(
    examples: Sequence[Example], width: int, tokens: int, seed: int
) -> Iterator[dict[str, Any]]:
    """One epoch of batches of at most that many padded tokens, windows of like length together."""
    rng = random.Random(seed)  # noqa: S311 (no secret)
    cut = windows(examples, width, rng)
    rng.shuffle(cut)
    cut.sort(
        key=lambda w: (w[2] - w[1]) // 16
    )  # stable: windows of like length stay in random order
    groups: list[list[Window]] = []
    longest = 0
    for window in cut:
        longest = max(longest, window[2] - window[1] + 2)
        if not groups or longest * (len(groups[-1]) + 1) > tokens:
            groups.append([])
            longest = window[2] - window[1] + 2
        groups[-1].append(window)
    rng.shuffle(groups)
    for group in groups:
        yield collate(group)


def collate(group: Sequence[Window], cls: int = 101, sep: int = 102) -> dict[str, Any]:
    """Padded arrays of some windows.

    ids, mask [B, T]; features [B, T, 3]; tags [B, T] (0 outside, 1 + 2 * role begins, 2 + 2 * role
    inside); last [B, T, 3] (1 where a span of that role ends); parses [B, T, 4]; spans [S, 4]
    (window, role, first, last token); sources and contents: rows and columns of the linking tasks,
    see `_links`.
    """
    size, length = len(group), max(b - a for _, a, b in group) + 2
    ids = np.zeros((size, length), np.int64)
    mask = np.zeros((size, length), bool)
    features = np.zeros((size, length, 3), np.int64)
    tags = np.full((size, length), IGNORE, np.int64)
    last = np.zeros((size, length, 3), np.float32)
    parses = np.full((size, length, 4), IGNORE, np.int64)
    weights = np.array([e.weight for e, _, _ in group], np.float32)
    spans: list[tuple[int, int, int, int]] = []
    source_links: list[tuple[int, int, int, int, int]] = []
    content_links: list[tuple[int, int, int, int, int]] = []
    for row, (example, begin, end) in enumerate(group):
        count = end - begin
        inside = slice(1, count + 1)
        ids[row, 0], ids[row, inside], ids[row, count + 1] = (
            cls,
            example.encoded.ids[begin:end],
            sep,
        )
        mask[row, : count + 2] = True
        features[row, inside] = example.encoded.features[begin:end]
        tags[row, inside] = np.where(example.masked[begin:end], IGNORE, 0)
        parses[row, inside] = example.parses[begin:end]
        local: dict[int, int] = {}
        for index, (role, first, final) in enumerate(example.spans):
            if first < begin or final >= end:
                continue
            local[index] = len(spans)
            spans.append((row, role, first - begin + 1, final - begin + 1))
            tags[row, first - begin + 1] = 1 + 2 * role
            tags[row, first - begin + 2 : final - begin + 2] = 2 + 2 * role
            last[row, final - begin + 1, role] = 1
        _links(example, local, spans, source_links, content_links)
    return {
        "ids": ids,
        "mask": mask,
        "features": features,
        "tags": tags,
        "last": last,
        "parses": parses,
        "weights": weights,
        "spans": np.array(spans, np.int64).reshape(-1, 4),
        "sources": np.array(source_links, np.int64).reshape(-1, 5),
        "contents": np.array(content_links, np.int64).reshape(-1, 5),
    }


def _links(
    example: Example,
    local: dict[int, int],
    spans: list[tuple[int, int, int, int]],
    source_links: list[tuple[int, int, int, int, int]],
    content_links: list[tuple[int, int, int, int, int]],
) -> None:
    """Rows (choice, cue, other, bucket, right) of the two choices the linker learns, spans by index
    in the batch.

    Every cue chooses its source, and every content piece its cue, among those of its window.
    `choice` is the one who chooses. A row whose other is -1 stands for "no source". Choices whose
    answer is in another window are left out.
    """
    cues = [i for i in local if example.spans[i][0] == CUE]
    pieces = {r: [i for i in local if example.spans[i][0] == r] for r in (SOURCE, CONTENT)}
    linked = set(example.links)
    edges = np.array([span[1:] for span in example.spans], np.intp).reshape(-1, 2)
    starts = np.sort(edges[cues, 0])

    def rows(pairs: Sequence[tuple[int, int]], role: int) -> list[tuple[int, int, int, int, int]]:
        """Of pairs (cue, other)."""
        cue, other = np.array(pairs, np.intp).reshape(-1, 2).T
        places = buckets(role, edges[cue], edges[other], starts).tolist()
        return [
            (local[c if role == 0 else o], local[c], local[o], place, int((c, o) in linked))
            for (c, o), place in zip(pairs, places, strict=True)
        ]

    for cue in cues:
        answers = [o for c, o in example.links if c == cue and example.spans[o][0] == SOURCE]
        if any(o not in local for o in answers):
            continue
        source_links += rows([(cue, o) for o in pieces[SOURCE]], 0)
        source_links.append((local[cue], local[cue], -1, 0, int(not answers)))
    for piece in pieces[CONTENT]:
        if any(c not in local for c, o in example.links if o == piece):
            continue
        content_links += rows([(c, piece) for c in cues], 1)
