"""How much one article may hold, so that its pages open and no work on it runs away.

Each limit lies far above what news has, and above what the pre-labeller makes of a transcript of
10,000 turns: whatever is exported can be imported again. The pre-labeller holds to the same
limits. Lengths of texts and fields are in `accordingto.records.values`, runs of marks and
characters of many parts in `accordingto.text.normalise`.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from accordingto.records.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from accordingto.attribution import RolePieces

MAX_ATTRIBUTIONS = 50_000
"""Attributions of an article: five times a transcript of 10,000 turns. The desk reads the status of
all of them for each answer."""
MAX_PIECES = 1_000
"""Pieces of a role: a card lists them all. The longest turn of a transcript has a few dozen."""
MAX_PIECES_IN_ALL = 300_000
"""Pieces of all attributions of an article, six for each of as many as there may be: every piece is
a row."""
MAX_OVERLAP = 500
"""Pieces over one place of the text: each stretch of text on the page names all that lie over it.
Quotations nest three or four deep, but the rules take a sentence of up to 500 tokens, every second
of which may say something of all that follow."""
MAX_SENTENCES = 100_000
"""Sentences of an article: the longest text, in sentences of 20 characters. Each is a row."""


def check_attributions(attributions: Sequence[RolePieces]) -> None:
    """Raise RecordError where an article's attributions are too many, or lie too thick."""
    check_number(len(attributions))
    pieces: list[tuple[int, int, str]] = []
    for index, each in enumerate(attributions):
        for role, own in (("source", each.source), ("cue", each.cue), ("content", each.content)):
            path = f"attributions[{index}].{role}"
            if len(own) > MAX_PIECES:
                raise RecordError("too_many_pieces", path, count=len(own), limit=MAX_PIECES)
            pieces += ((start, end, path) for start, end in own)
        if len(pieces) > MAX_PIECES_IN_ALL:
            raise RecordError("too_many_pieces_in_all", "attributions", limit=MAX_PIECES_IN_ALL)
    _check_overlap(pieces)


def check_number(attributions: int) -> None:
    """Raise RecordError where an article would have too many attributions."""
    if attributions > MAX_ATTRIBUTIONS:
        raise RecordError(
            "too_many_attributions", "attributions", count=attributions, limit=MAX_ATTRIBUTIONS
        )


def check_sentences(count: int) -> None:
    """Raise RecordError where an article would have too many sentences."""
    if count > MAX_SENTENCES:
        raise RecordError("too_many_sentences", "sentences", count=count, limit=MAX_SENTENCES)


def _check_overlap(pieces: Iterable[tuple[int, int, str]]) -> None:
    """Go through the text once, with the ends of the pieces that lie over the place."""
    ends: list[int] = []
    for start, end, path in sorted(pieces):
        while ends and ends[0] <= start:
            heappop(ends)
        heappush(ends, end)
        if len(ends) > MAX_OVERLAP:
            raise RecordError("too_many_over_a_place", path, offset=start, limit=MAX_OVERLAP)
