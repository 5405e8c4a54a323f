"""Text to the network's input: wordpieces, cheap surface features, and windows of whole paragraphs.

Training and the runtime share this module, so that what the network sees is the same in both. NumPy
and tokenizers only. All offsets are Unicode code points into the article's text, end exclusive.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

# Sizes of the three feature tables; the network adds one embedding of each to every wordpiece. The
# starting weights are uncased and blind to white space, yet names are upper-case and spans end
# where paragraphs do.
CASES = 6  # lower or no case, Title, UPPER, miXed, digits, punctuation
QUOTES = 4  # outside, inside, opening mark, closing mark
GAPS = 3  # glued to the piece before, after a space, first of its paragraph
FEATURE_SIZES = (CASES, QUOTES, GAPS)

_WORD = re.compile(r"\w+")
_OPEN_LINE = re.compile(r"\w(?=[^\S\n]*\n)")
_MARK = re.compile(r"[“”\"\n]")
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*\s+")
# The tokenizer is linear but holds every piece as an object: a long article goes through it in
# blocks.
_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Encoded:
    """One article as wordpieces.

    ids, starts, ends: [n] vocabulary index and code-point offsets of each piece; features: [n, 3]
    indices into the tables of FEATURE_SIZES; units: [start, end) piece ranges that a window must
    not cut (paragraphs, or sentences of a paragraph too long for one window).
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    features: NDArray[np.int8]
    units: list[tuple[int, int]]

    @property
    def empty(self) -> NDArray[np.bool_]:
        """[n] which pieces stand for no text: the full stops after lines that have none."""
        empty: NDArray[np.bool_] = self.starts == self.ends
        return empty


@lru_cache(maxsize=4096)
def is_edge(char: str) -> bool:
    """Whether a character is trimmed from a span's edges: white space, punctuation."""
    return char.isspace() or unicodedata.category(char).startswith("P")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space and punctuation at its edges; a span of nothing else stays as it
    is.
    """
    left, right = start, end
    while left < right and is_edge(text[left]):
        left += 1
    while right > left and is_edge(text[right - 1]):
        right -= 1
    return (left, right) if left < right else (start, end)


def _case(word: str) -> int:
    if word.isdigit():
        return 4
    if word.islower() or not any(c.isupper() for c in word):
        return 0
    if word.isupper():
        return 2 if len(word) > 1 else 1
    return 1 if word[0].isupper() and word[1:].islower() else 3


def _features(
    text: str, starts: NDArray[np.int32], ends: NDArray[np.int32]
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Features [n, 3] of the pieces, and whether each is the first of its paragraph [n]."""
    case = np.full(len(text) + 1, 5, np.int8)
    for match in _WORD.finditer(text):
        case[match.start() : match.end()] = _case(match.group())
    quote = np.zeros(len(text) + 1, np.int8)
    opened = -1
    newlines = np.zeros(len(text) + 1, np.int32)
    for match in _MARK.finditer(text):
        at, mark = match.start(), match.group()
        if mark == "\n":
            newlines[at + 1] += 1
            if opened >= 0:  # a quotation over several paragraphs opens anew in each
                quote[opened + 1 : at] = 1
                opened = -1
        elif mark == "“" or (mark == '"' and opened < 0):
            quote[at] = 2
            opened = at if opened < 0 else opened
        else:
            quote[at] = 3
            if opened >= 0:
                inside = quote[opened + 1 : at]
                inside[inside == 0] = 1
            opened = -1
    if opened >= 0:
        quote[opened + 1 :] = 1
    line = np.cumsum(newlines)[starts] if len(starts) else np.zeros(0, np.int32)
    before = np.concatenate(([-1], line[:-1])) if len(starts) else line
    paragraph = line != before
    glued = np.concatenate(([False], starts[1:] == ends[:-1])) if len(starts) else paragraph
    gap = np.where(paragraph, 2, np.where(glued, 0, 1)).astype(np.int8)
    return np.stack([case[starts], quote[starts], gap], axis=1), paragraph


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer without the padding and truncation that its file may ask for."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _pieces(text: str, tokenizer: Tokenizer) -> tuple[list[int], list[tuple[int, int]]]:
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        end = min(at + _BLOCK, len(text))
        if end < len(text):  # cut where no word is cut, if there is such a place
            cut = max(text.rfind("\n", at, end), text.rfind(" ", at, end))
            end = cut + 1 if cut > at else end
        encoding = tokenizer.encode(text[at:end], add_special_tokens=False)
        ids += encoding.ids
        offsets += [(s + at, e + at) for s, e in encoding.offsets]
        at = end
    return ids, offsets


def _with_full_stops(
    text: str, ids: list[int], offsets: list[tuple[int, int]], full_stop: int
) -> tuple[list[int], list[tuple[int, int]]]:
    """The pieces with an empty full stop after each line that ends in a word.

    The corpus closes its headlines with one. Without it the network takes a headline for the
    beginning of the paragraph below.
    """
    closed_ids: list[int] = []
    closed_offsets: list[tuple[int, int]] = []
    at = 0
    for match in _OPEN_LINE.finditer(text):
        stop = bisect_right(offsets, match.end(), at, key=itemgetter(1))
        closed_ids += [*ids[at:stop], full_stop]
        closed_offsets += [*offsets[at:stop], (match.end(), match.end())]
        at = stop
    return closed_ids + ids[at:], closed_offsets + offsets[at:]


def encode(text: str, tokenizer: Tokenizer, width: int) -> Encoded:
    """Wordpieces of an article; no unit is longer than width pieces."""
    ids, offsets = _pieces(text, tokenizer)
    full_stop = tokenizer.token_to_id(".")
    if ids and full_stop is not None:
        ids, offsets = _with_full_stops(text, ids, offsets, full_stop)
    bounds = np.array(offsets, np.int32).reshape(-1, 2)
    starts, ends = bounds[:, 0].copy(), bounds[:, 1].copy()
    features, paragraph = _features(text, starts, ends)
    first = np.flatnonzero(paragraph).tolist()
    units: list[tuple[int, int]] = []
    for begin, stop in zip(first, [*first, len(ids)][1:], strict=True):
        if stop - begin <= width:
            units.append((begin, stop))
        else:
            units.extend(_split(text, bounds, begin, stop, width))
    return Encoded(np.array(ids, np.int32), starts, ends, features, units)


def _split(
    text: str, bounds: NDArray[np.int32], begin: int, stop: int, width: int
) -> Iterator[tuple[int, int]]:
    """A long paragraph in parts of whole sentences; a sentence longer than a window is cut hard."""
    starts, ends = bounds[:, 0], bounds[:, 1]
    offset = int(starts[begin])
    marks = [offset + m.end() for m in _SENTENCE_END.finditer(text[offset : int(ends[stop - 1])])]
    cuts = np.unique(np.searchsorted(starts[begin:stop], marks)) + begin
    at = begin
    while stop - at > width:
        fitting = int(np.searchsorted(cuts, at + width, "right"))
        last = int(cuts[fitting - 1]) if fitting else at
        end = last if last > at else at + width
        yield at, end
        at = end
    yield at, stop


def pack(
    units: Sequence[tuple[int, int]], width: int, first: int | None = None
) -> list[tuple[int, int]]:
    """Windows [start, end) of consecutive whole units, each of at most width pieces.

    first bounds the first window only (training draws it at random so that every epoch packs anew).
    """
    windows: list[tuple[int, int]] = []
    limit = width if first is None else first
    begin = end = 0
    for start, stop in units:
        if end > begin and stop - begin > limit:
            windows.append((begin, end))
            begin, limit = start, width
        end = stop
    if end > begin:
        windows.append((begin, end))
    return windows
