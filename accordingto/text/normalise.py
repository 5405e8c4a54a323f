"""One form of every text: what is stored, and what all offsets stand on."""

import unicodedata
from collections.abc import Iterable

import regex

from accordingto.errors import CodedError

_LINE_ENDS = ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")
# What no text has, and the byte order mark, which is also a space of no width.
_LEFT_OUT = ("\0", "\ufeff")
# Soft hyphens, marks of direction, joiners, variation selectors; and every kind of space.
_UNSEEN = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
_SPACE = regex.compile(r"\s+")
_SEEN = regex.compile(r"[^\s\p{Default_Ignorable_Code_Point}]")
_SURROGATE = regex.compile(r"\p{Cs}")
# Only these code points can join a grapheme cluster of several code points (Unicode UAX 29).
_JOINING = regex.compile(r"[^\p{GCB=Other}\p{GCB=Control}\p{GCB=LF}]")
# A run of regional indicators, with what is attached to the last of them: \\X alone would count the
# run from its beginning again for each of its flags.
_CLUSTER = regex.compile(r"(?P<flags>\p{RI}+)[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*|\X")
MAX_MARKS = 30
"""Combining marks in a row: as many as a Stream-Safe text has (Unicode Standard Annex 15)."""
_TOO_MANY_MARKS = regex.compile(rf"[^\p{{ccc=0}}]{{{MAX_MARKS + 1}}}")

MAX_CLUSTER = 64
"""Code points of one character as people see it. The longest emoji has 10, the longest syllable of
any writing some 30, with its marks; a cursor that steps over one, and a page that cuts between two,
look no further."""
# Where a long cluster may be: of two neighbours in one, at least one joins.
_MAYBE_LONG = regex.compile(
    r"(?:[\p{GCB=Other}\p{GCB=Control}\p{GCB=LF}]?+[^\p{GCB=Other}\p{GCB=Control}\p{GCB=LF}]){32}"
)


class TextError(CodedError):
    """A text, or a place in it, that cannot be stored. The message says why."""

    messages = {
        "surrogate": "half of a surrogate pair at character %(position)d",
        "marks": "more than %(limit)d combining marks in a row at character %(position)d",
        "cluster": "more than %(limit)d code points in one character at character %(position)d",
        "offset_outside": "offset %(offset)d is outside the text of %(length)d characters",
        "offset_inside": "offset %(offset)d is inside a group of characters that belong together",
    }


def normalise_text(raw: str) -> str:
    """The text as it is stored: line feeds for line ends of every kind, NFC, and neither byte order
    marks nor NULs.

    Other white space is kept as it is, non-breaking spaces too. Doing it twice changes nothing
    more.
    Raise `TextError` on a lone surrogate, which no UTF-8 can hold, and on more combining marks in a
    row, or code points in a character, than any writing has: to put marks in order takes time that
    grows with their square.
    """
    if raw.isascii() and raw.isprintable():  # nothing of all this: most names, and all ids
        return raw
    if not raw.isascii() and (surrogate := _SURROGATE.search(raw)):
        raise TextError("surrogate", position=surrogate.start())
    if not raw.isascii() and (marks := _TOO_MANY_MARKS.search(raw)):
        raise TextError("marks", limit=MAX_MARKS, position=marks.start())
    if not raw.isascii() and (long := _long_cluster(raw)) is not None:
        raise TextError("cluster", limit=MAX_CLUSTER, position=long)
    return in_one_form(raw)


def in_one_form(raw: str) -> str:
    """The text, or a run of it, in the form of `normalise_text`, which has refused what it must."""
    # One by one: where there is none of them, as in nearly all texts, each is found out at once.
    for each in _LEFT_OUT:
        raw = raw.replace(each, "")
    for end in _LINE_ENDS:
        raw = raw.replace(end, "\n")
    return unicodedata.normalize("NFC", raw)


def _long_cluster(text: str) -> int | None:
    """Where a character of too many code points begins, if there is one."""
    maybe = _MAYBE_LONG.search(text)
    if maybe is None:
        return None
    # Not from where it matched: that may be inside of a character.
    for cluster in _CLUSTER.finditer(text):
        start, end = cluster.span()
        if (last := cluster.end("flags")) >= 0:
            start = last - 2 + (last - start) % 2  # two are a flag, what is attached is the last's
        if end - start > MAX_CLUSTER:
            return start
    return None


def folded_text(text: str) -> str:
    """The text as two are compared: without what cannot be seen, white space at its edges or of
    another kind or length. What folds alike is one article.
    """
    text = _UNSEEN.sub("", text)
    # But for these four, Python's strings know white space too, and faster.
    if not any(each in text for each in "\x1c\x1d\x1e\x1f"):
        return " ".join(text.split())
    return _SPACE.sub(" ", text).strip()


def can_be_seen(text: str) -> bool:
    """Whether there is anything in the text that its folded form keeps."""
    return _SEEN.search(text) is not None


def map_offsets(raw: str, normalised: str, offsets: Iterable[int]) -> dict[int, int]:
    """Where offsets of the raw text lie in ``normalised``, which is ``normalise_text(raw)``.

    Both sides are code points. Takes linear time however many offsets there are. Raises `TextError`
    for an offset outside the text, or inside something that became one (a letter and its accent,
    a carriage return and its line feed).
    """
    wanted = sorted(set(offsets))
    if wanted and not 0 <= wanted[0] <= wanted[-1] <= len(raw):
        outside = wanted[0] if wanted[0] < 0 else wanted[-1]
        raise TextError("offset_outside", offset=outside, length=len(raw))
    if raw == normalised:
        return {offset: offset for offset in wanted}
    # Normalise the runs between the offsets one by one. Their lengths add up to the offsets sought
    # exactly when joining them gives the whole again, so that is checked run by run.
    mapped: dict[int, int] = {}
    position = 0
    previous = 0
    for offset in [*wanted, len(raw)]:
        run = in_one_form(raw[previous:offset])
        if not normalised.startswith(run, position):
            rest = in_one_form(raw[previous:])
            inside = offset if normalised[position:] == rest else previous
            raise TextError("offset_inside", offset=inside)
        position += len(run)
        mapped[offset] = position
        previous = offset
    if position != len(normalised):
        raise TextError("offset_inside", offset=previous)
    return {offset: mapped[offset] for offset in wanted}


class GraphemeBoundaries:
    """The places in a text where one user-perceived character ends and the next begins.

    ``offset in GraphemeBoundaries(text)`` is false inside an emoji or a flag of several code
    points, between a letter and its combining mark, and outside the text. The text is looked
    through at most once, and only if it has anything that joins.
    """

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.text = text
        self._inside: frozenset[int] | None = None

    def __contains__(self, offset: int) -> bool:
        if self._inside is None:
            self._inside = frozenset(_inside_clusters(self.text))
        return 0 <= offset <= self.length and offset not in self._inside

    def around(self, start: int, end: int) -> tuple[int, int]:
        """The span, widened where an edge falls inside a character. It must lie in the text."""
        while start not in self:
            start -= 1
        while end not in self:
            end += 1
        return start, end


def _inside_clusters(text: str) -> Iterable[int]:
    """Offsets that are no grapheme boundary."""
    if text.isascii() and "\r" not in text:
        return
    if not _JOINING.search(text):
        return
    for cluster in _CLUSTER.finditer(text):
        start, end = cluster.span()
        if (last := cluster.end("flags")) < 0:
            yield from range(start + 1, end)
        else:  # two are a flag
            yield from range(start + 1, last, 2)
            yield from range(last, end)
