"""Quotation marks: putting back what was trimmed from a span's edges, and telling the type of a
quotation.

The network is trained on spans without punctuation at their edges, where annotators agree least and
which the score ignores. Readers want PolNeAR's convention: quotation marks inside content, the
sentence's final period outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accordingto.attribution import Offsets, QuoteType

_PAIRS = {"“": "”", '"': '"', "«": "»", "„": "“", "‘": "’"}
# Marks and emoji may stand before the closing mark.
_CLOSED = re.compile(r"(?:\s?[^\w\s]){0,8}?([”\"»“’])")
_INITIALS = re.compile(r"\b(?:\w\.)+\w$")
_QUOTED = re.compile(r"“[^”]*”?|\"[^\"]*\"?|«[^»]*»?")
_WORD = re.compile(r"\w+")


def restored(text: str, start: int, end: int) -> Offsets:
    """The span with what belongs to it though it is punctuation: a bracket it opens, the last point
    of initials.
    """
    after = text[end : end + 1]
    bracket = after == ")" and text.count("(", start, end) > text.count(")", start, end)
    point = after == "." and _INITIALS.search(text, max(start, end - 12), end) is not None
    return start, end + (bracket or point)


def with_quotes(text: str, start: int, end: int) -> Offsets:
    """The span with the quotation marks around it: an opening one before it, a closing one if it
    holds the opening.
    """
    start, end = restored(text, start, end)
    if start and text[start - 1] in _PAIRS:
        start -= 1
    closed = _CLOSED.match(text, end)
    if closed:
        mark = closed.group(1)
        opened = [o for o, c in _PAIRS.items() if c == mark]
        inside = text[start:end]
        if mark in opened:
            unmatched = inside.count(mark) % 2 == 1
        else:
            unmatched = any(inside.count(o) for o in opened) and inside.rfind(mark) < max(
                inside.rfind(o) for o in opened
            )
        if unmatched:
            end = closed.end()
    return start, end


def quote_type(text: str, content: Sequence[Offsets]) -> QuoteType:
    """direct: all words of the content are between quotation marks; indirect: none; mixed: some."""
    words = quoted = 0
    for start, end in content:
        piece = text[start:end]
        words += len(_WORD.findall(piece))
        quoted += sum(len(_WORD.findall(m.group())) for m in _QUOTED.finditer(piece))
    if not quoted:
        return "indirect"
    return "direct" if quoted >= words else "mixed"
