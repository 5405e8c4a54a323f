"""Sentence boundaries of news text, by rule: no model, linear time.

A line break always ends a sentence. Within a line, a sentence ends after terminal punctuation and
the quotation marks and brackets that close behind it, where what follows looks like a beginning and
the word before the period is not an abbreviation that wants more.
"""

import re

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from accordingto.attribution import Offsets
from accordingto.pipeline.tokenizer import blank_pipeline
from accordingto.records.limits import check_sentences
from accordingto.text.words import words

# Abbreviations after which a sentence all but never ends: titles and the like, before a name.
_TITLES = words(
    """
    adm asst attys capt cmdr col comdr cpl dep det dir dr fr gen gens gov govs hon insp lt maj
    messrs mlle mme mr mrs ms msgr mt pres prof profs pvt rep reps rev sen sens sgt spc sr supt st
    vs v e.g i.e cf mt ft
    """
)
# Abbreviations that end nothing when a number follows.
_BEFORE_NUMBERS = words(
    """
    no nos jan feb mar apr jun jul aug sep sept oct nov dec p pp ch sec art fig vol rm ca
    """
)
# Abbreviations that may be a sentence's last word: what follows decides.
_MAYBE_LAST = words(
    """
    a.m p.m u.s u.k u.n u.s.a d.c l.a n.y e.u b.c a.d ph.d m.d j.d b.a m.a d.d.s
    inc corp co ltd llc bros dept univ assn jr sr esq etc al ave blvd rd ft
    ala ariz ark calif colo conn del fla ga ill ind kan kans ky la md mass mich minn miss mo mont
    neb nebr nev okla ore pa penn tenn tex va vt wash wis wisc wyo n.h n.j n.m n.c n.d s.c s.d
    w.va r.i jan feb mar apr jun jul aug sept sep oct nov dec mon tues wed thurs fri
    """
)
_STARTERS = words(
    """
    a according after all also although an and another any anyone are as asked at because before but
    by can despite did do does during each even every few finally following for from further had has
    have he her here his how however i i'm if in indeed instead is it it's its last later let many
    maybe meanwhile more moreover most my nearly neither never no nobody nor not nothing now of on
    once one only or other others our over perhaps please several she should similarly since so some
    still such than that that's the their then there there's therefore these they they're this those
    though thus to today two under unlike until us was we we're well were what what's when where
    whether which while who why will with within without would yes yet you you're your
    """
)

_CLOSERS = "\"'”’»)\\]"
_OPENERS = "\"'“‘«(\\["
# Takes all that it begins with and never fails half-way, so that a megabyte of dots or spaces is
# read once.
_CANDIDATE = re.compile(
    r"(?P<line>\n)\s*"
    r"|(?P<mark>(?:\.[ \xa0]){2,}\.|[.!?…。！？؟۔।]+)"
    rf"(?P<close>[{_CLOSERS}]*)(?P<space>[^\S\n]*)"
)
_WORD_BEFORE = re.compile(r"[^\s(\[\"“'‘—–/]*$")
_INITIALS = re.compile(r"(?:\w\.)*[^\W\d]")
_NEXT = re.compile(rf"[{_OPENERS}]*(?P<word>[^\W_]+(?:['’.][^\W_]+)*)?")
_LONGEST_ABBREVIATION = 12


class NewsSentences:
    """The spaCy component: sets every token's ``is_sent_start``."""

    def __call__(self, doc: Doc) -> Doc:
        if not len(doc):
            return doc
        offsets = [0, *boundaries(doc.text)]
        first = np.searchsorted(doc.to_array("IDX"), offsets)
        values = np.full(len(doc), -1, dtype="int64")
        values[first[first < len(doc)]] = 1
        # Written at once: the setter of each token looks through the whole document.
        return doc.from_array(["SENT_START"], values.astype("uint64").reshape(-1, 1))  # type: ignore[arg-type]


@Language.factory("news_sentences", assigns=["token.is_sent_start"])
def make_news_sentences(nlp: Language, name: str) -> NewsSentences:
    """The component, which has no settings."""
    return NewsSentences()


def build_segmenter() -> Language:
    """Tokens and sentences only, of texts of any length."""
    nlp = blank_pipeline()
    nlp.add_pipe("news_sentences")
    return nlp


def sentence_offsets(doc: Doc) -> list[Offsets]:
    """The document's sentences without the white space around them, in code points.

    Raise RecordError where an article would have too many.
    """
    offsets: list[Offsets] = []
    whole = doc.text  # spaCy joins the tokens anew each time it is asked
    for sentence in doc.sents:
        text = whole[sentence.start_char : sentence.end_char]
        start = sentence.start_char + len(text) - len(text.lstrip())
        end = start + len(text.strip())
        if start < end:
            offsets.append((start, end))
    check_sentences(len(offsets))
    return offsets


def boundaries(text: str) -> list[int]:
    """Where the sentences after the first begin, in code points."""
    return [
        match.end()
        for match in _CANDIDATE.finditer(text)
        if match.end() < len(text) and (match["line"] or _ends_sentence(text, match))
    ]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    if not match["space"] or text[match.end()] == "\n":
        return False
    following = _NEXT.match(text, match.end())
    word = (following and following["word"]) or ""
    if word[:1].islower():
        return False
    return match["mark"] != "." or bool(match["close"]) or _is_full_stop(text, match.start(), word)


def _is_full_stop(text: str, period: int, following: str) -> bool:
    """Whether a period ends a sentence, going by the words on both sides of it."""
    before = _WORD_BEFORE.search(text[max(0, period - _LONGEST_ABBREVIATION) : period])
    word = before[0].lower() if before else ""
    if word in _TITLES or (word in _BEFORE_NUMBERS and following[:1].isdigit()):
        return False
    if word in _MAYBE_LAST or _INITIALS.fullmatch(word):
        return following.lower().replace("’", "'") in _STARTERS
    return True
