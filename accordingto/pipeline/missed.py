"""Sentences that may hide an attribution nobody proposed: a quotation mark or a reporting word that
no attribution accounts for.
"""

import re
from collections.abc import Iterable, Sequence

from accordingto.attribution import Offsets
from accordingto.pipeline.rules.cues import FIRST_AND_SECOND, NOUN_LIKE, OPINION, SPEECH, inflect
from accordingto.text.stretches import Stretches

QUOTED = re.compile('["“”„‟«»‹›「」『』]')


WORDS = re.compile(r"\w+")


CONTINUE = frozenset(inflect("continue"))


REPORTING = (
    SPEECH.union(
        OPINION,
        ["allegedly", "purportedly", "reportedly", "supposedly"],
        *map(inflect, ("advise", "cite", "demand", "disclose", "dispute", "expect")),
        *map(inflect, ("opine", "quote", "recount", "testify", "urge")),
    )
    - CONTINUE
)
"""Words that report what somebody said, thought or wrote, in lower case."""


PHRASES = re.compile(
    r"\baccording to\b|\bin the words of\b|\bin the (?:view|opinion|eyes) of\b"
    # Documents and figures speak in verbs of their own.
    r"|\b(?:puts?|putting|pegged|pegs) (?:[^\s.;:!?]+ ){1,6}?at\b"
    r"|\b(?:documents?|filings?|records?|papers|reports?|surveys?|polls?|stud(?:y|ies)|data|figures"
    r"|memos?|e-?mails?|letters?|transcripts?|affidavits?|indictments?|lawsuits?|complaints?)"
    r" (?:[^\s.;:!?]+ ){0,5}?(?:puts?|lists?|listed|gives?|gave|states?|names?|named|details?"
    r"|detailed|outlines?|outlined|describes?|described)\b",
    re.IGNORECASE,
)


THIRD_PERSONS = frozenset(("he", "she", "they", "who", "it"))


NOT_OTHERS = FIRST_AND_SECOND | {"let"}


PAST = frozenset(("said", "says", "told", "tells", "wrote", "thought", "found", "swore"))


type Piece = tuple[int, int, str]


type Word = tuple[int, int, str]


def missed_sentences(
    text: str, sentences: Iterable[Offsets], covered: Iterable[Piece]
) -> list[Offsets]:
    """The sentences with a quotation mark or a reporting word that no attribution accounts for.

    A reporting word is accounted for by a cue over it, a quotation mark by a piece of any role over
    the word beside it. That another attribution touches the sentence is not enough: one may be
    inside its content. ``sentences`` and ``covered`` (start, end, role) are in code points; the
    time is linear in both.
    """
    pieces = list(covered)
    all_pieces = Stretches((start, end) for start, end, _role in pieces)
    cues = Stretches((start, end) for start, end, role in pieces if role == "cue")
    quotations = Stretches(
        (start, end)
        for start, end, role in pieces
        if role == "content" and QUOTED.search(text, max(0, start - 1), end)
    )
    return [
        (start, end)
        for start, end in sentences
        if _reports(text, start, end, cues, quotations, touched=all_pieces.touch(start, end))
        or _quotes(text, start, end, all_pieces)
    ]


def _reports(
    text: str, start: int, end: int, cues: Stretches, quotations: Stretches, *, touched: bool
) -> bool:
    """Whether a reporting word or phrase is there without a cue. In other languages than English
    only the quotation marks tell.
    """
    words = [(m.start(), m.end(), m[0].lower()) for m in WORDS.finditer(text, start, end)]
    for index, (first, last, word) in enumerate(words):
        if word not in REPORTING and (touched or word not in CONTINUE):
            continue
        if cues.touch(first, last):
            continue
        if touched and word in NOUN_LIKE and not _is_verb(words, index):
            continue
        # A quotation is full of what its speaker thinks and asks; only others' words are nested.
        if not quotations.touch(first, last) or _is_anothers(words, index):
            return True
    return any(not cues.touch(m.start(), m.end()) for m in PHRASES.finditer(text, start, end))


def _is_verb(words: Sequence[Word], index: int) -> bool:
    """Whether a form that may be a noun is a verb here, going by the words on both sides."""
    following = words[index + 1][2] if index + 1 < len(words) else ""
    return following == "that" or (index > 0 and words[index - 1][2] in THIRD_PERSONS)


def _is_anothers(words: Sequence[Word], index: int) -> bool:
    word = words[index][2]
    before = {each for _start, _end, each in words[max(0, index - 3) : index]}
    return (word.endswith("ed") or word in PAST) and before.isdisjoint(NOT_OTHERS)


def _quotes(text: str, start: int, end: int, pieces: Stretches) -> bool:
    """Whether a quotation mark stands there with no piece over the words beside it."""
    before = (start, start)
    open_mark = False  # one after `before` that nothing before it accounts for
    for match in re.finditer(rf"{QUOTED.pattern}|\w+", text[start:end]):
        first, last = start + match.start(), start + match.end()
        if QUOTED.match(match[0]):
            open_mark = open_mark or not pieces.touch(*before)
            continue
        if open_mark and not pieces.touch(first, last):
            return True
        before, open_mark = (first, last), False
    return open_mark
