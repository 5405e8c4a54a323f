"""Turns of a transcript, "SMITH: It will rain.", read from the layout that says whose they are.

News prose has too few of them for a network to learn. PolNeAR's convention is kept: the speaker's
name is the source, the colon the cue, the turn the content, and nothing nests in a turn.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile, zip_longest

from accordingto.attribution import Attribution, Offsets
from accordingto.pipeline.network.windows import trim
from accordingto.text.normalise import GraphemeBoundaries
from accordingto.text.quotation_marks import with_quotes

CONFIDENCE = 0.67
"""Of the turns found in PolNeAR's training part, the share that was annotated just so."""
LEAST_TURNS = 3  # a line with a name and a colon may be anything; so many of them are a talk
MOST_PARAGRAPHS = 2  # that go on with a turn: where more follow, somebody else is writing

_MARKS = '“"«'
_WORD = r"[^\W\d_][\w.’'-]*"
_HEAD = re.compile(
    r"[^\S\n]*(?:\[?\d\d?(?::\d\d){1,2}\]?[^\S\n]+)?"  # 0:12, [00:01:12]
    rf"(?P<mark>[{_MARKS}]?)(?P<speaker>{_WORD}(?:[^\S\n]{_WORD}){{0,5}})"
    r"(?:[^\S\n]?[(\[][^()\[\]\n]{0,80}[)\]])?"  # (R-TX), [on screen]
    r"(?P<colon>:)(?!\S)"
)
_LINE = re.compile(r".*\S.*")
_LETTER = re.compile(r"[^\W\d_]")
_ASIDE = re.compile(r"\W*[(\[][^()\[\]\n]*[)\]]\W*")  # (CROSSTALK)


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the words of a turn, and in which of the lines."""

    line: int
    speaker: Offsets
    colon: Offsets
    name: str  # the speaker's last word: JANE SMITH goes on as SMITH
    capitals: bool
    quoted: bool  # the turn, and then each of its paragraphs, opens with a quotation mark
    alone: bool  # the words begin on the next line


def with_turns(text: str, found: Iterable[Attribution]) -> list[Attribution]:
    """The turns and those attributions that share no text with one, in reading order."""
    talk = turns(text)
    starts = [turn.start for turn in talk]
    ends = [turn.content[-1][1] for turn in talk]

    def in_a_turn(piece: Offsets) -> bool:
        before = bisect_left(starts, piece[1])
        return before > 0 and ends[before - 1] > piece[0]

    free = [
        each for each in found if not any(map(in_a_turn, (*each.source, *each.cue, *each.content)))
    ]
    return sorted([*free, *talk], key=lambda each: each.start)


def turns(text: str) -> list[Attribution]:
    """The turns of a text in reading order; none where no talk of several people is laid out."""
    lines = [match.span() for match in _LINE.finditer(text)]
    found = [head for at, line in enumerate(lines) if (head := _head(text, at, line))]
    talks = {
        capitals: _is_talk(head.name for head in found if head.capitals is capitals)
        for capitals in (True, False)
    }
    heads = [head for head in found if talks[head.capitals]]
    boundaries = GraphemeBoundaries(text)
    result = []
    for head, following in zip_longest(heads, heads[1:]):
        # Nothing says where the last turn ends: it is taken to have one paragraph.
        stop = following.line if following else head.line + 1 + head.alone
        content = tuple(
            boundaries.around(*with_quotes(text, *trim(text, *piece)))
            for piece in _pieces(text, head, lines[head.line : stop])
        )
        if content:
            speaker, colon = boundaries.around(*head.speaker), boundaries.around(*head.colon)
            result.append(Attribution((speaker,), (colon,), content, "direct", CONFIDENCE))
    return result


def _head(text: str, at: int, line: Offsets) -> _Head | None:
    match = _HEAD.match(text, *line)
    if match is None:
        return None
    words = match["speaker"].split()
    named = words[0][0].isupper() and words[-1][0].isupper() and len(words[-1]) > 1
    alone = not text[match.end() : line[1]].strip()
    # "Clinton: 1,769" is a line of a table.
    if not named or not (alone or _LETTER.search(text, match.end(), line[1])):
        return None
    return _Head(
        at,
        match.span("speaker"),
        match.span("colon"),
        words[-1].rstrip(".").casefold(),
        capitals=match["speaker"].isupper(),
        quoted=bool(match["mark"]),
        alone=alone,
    )


def _is_talk(names: Iterable[str]) -> bool:
    """Whether several people speak and one of them again."""
    turns_of = Counter(names)
    return turns_of.total() >= LEAST_TURNS and len(turns_of) > 1 and max(turns_of.values()) > 1


def _pieces(text: str, head: _Head, lines: Sequence[Offsets]) -> Iterator[Offsets]:
    """The turn's text in its own line and those up to the next turn; an aside parts it."""
    (_, end), *more = lines
    if head.quoted:
        more = list(takewhile(lambda line: text[line[0] : line[1]].lstrip()[0] in _MARKS, more))
    elif sum(not _is_aside(text, line) for line in more) > MOST_PARAGRAPHS:
        more = more[: head.alone]
    for aside, group in groupby([(head.colon[1], end), *more], lambda line: _is_aside(text, line)):
        spoken = list(group)
        if not aside and _LETTER.search(text, spoken[0][0], spoken[-1][1]):
            yield spoken[0][0], spoken[-1][1]


def _is_aside(text: str, line: Offsets) -> bool:
    return _ASIDE.fullmatch(text, *line) is not None
