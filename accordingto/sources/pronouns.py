"""Whom a pronoun means, where that is nearly sure; nobody where it is not.

A wrong suggestion puts words into a mouth that never said them; a missing one costs a few keys.
So "they" and "it" never mean anybody here, and "he" and "she" only the one person that fits.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import regex

from accordingto.attribution import Offsets
from accordingto.sources import names
from accordingto.sources.lexicon import (
    FEMALE_NAMES,
    FEMALE_NOUNS,
    MALE_NAMES,
    MALE_NOUNS,
    PARTICLES,
    WHERE,
)
from accordingto.text.words import words

LONGEST_PARAGRAPH = 10_000
"""Code points before a pronoun that are looked through for the beginning of a paragraph."""

_WHO = frozenset({"who", "whom", "whose"})
# A full stop after a title or an initial ends no sentence.
_SENTENCE_END = regex.compile(
    r"(?<!\b(?:\p{Lu}|Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Prof|Rev|Hon|St|Jr|Sr))"
    r"[.!?][”’\"')\]]*\s|\n"
)
# "Ann Lee and Bo Chen, who" are both, "Democrats on Capitol Hill, who" are the Democrats.
_NOT_ALONE = regex.compile(rf"(?:\b(?:and|or|{'|'.join(sorted(WHERE))})|&)\s+(?:\S+\s+)?$")
_PARTICLE = regex.compile(PARTICLES)
_WORD = regex.compile(r"[\p{L}\p{M}’'\-]+")
# "Ada Lindqvist, 45, the mayor of Springfield,": what stands beside a name is the same person.
_BESIDE = regex.compile(r",[^.!?\n,]*(?:,[^.!?\n,]{0,40}(?=,))?")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A source span before the pronoun: who is quoted there, as far as the words say."""

    start: int
    end: int
    name: str
    kind: str
    source_id: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a pronoun means, and where the mention stands that says so (code points)."""

    name: str
    kind: str
    mention: Offsets
    source_id: int | None = None


@dataclass(slots=True)
class _Candidate:
    """A person named in the two paragraphs: the latest mention, and what is known of them."""

    name: str
    mention: Offsets
    source_id: int | None = None
    evidence: set[str] = field(default_factory=set)  # "male", "female", "person"


def relative(word: str, text: str, position: int) -> Meant | None:
    """Who "who" is: the full name that stands right before it."""
    if word not in _WHO:
        return None
    name = names.cleaned(names.phrase_before(text, position))
    verbs = [part for part in name.split() if part.islower() and not _is_particle(part)]
    if verbs or not names.is_person_name(name):
        return None
    start = text.rfind(name, max(0, position - 300), position)
    if start < 0 or _NOT_ALONE.search(text, max(0, start - 40), start):
        return None
    return Meant(name, "person", (start, start + len(name)))


def _is_particle(word: str) -> bool:
    return _PARTICLE.fullmatch(f"{word} ") is not None


def person(
    word: str, text: str, position: int, persons: names.Persons, speakers: Sequence[Speaker]
) -> Meant | None:
    """Who "he" or "she" is: the only person named in this paragraph and the one before that fits,
    else the one quoted in this sentence or the last if nobody else was named since. The speakers
    are in text order.

    Whoever speaks inside of quotation marks means somebody by it whom the words cannot tell.
    """
    if word not in ("he", "she") or _in_quotation(text, position):
        return None
    fit, unfit = ("male", "female") if word == "he" else ("female", "male")
    start = _previous_paragraph(text, position)
    first = bisect_left(speakers, start, key=lambda each: each.start)
    last = bisect_left(speakers, position, key=lambda each: each.start)
    said = [each for each in speakers[first:last] if each.end <= position]
    candidates = _candidates(persons, said, start, position)
    fitting = [each for each in candidates.values() if unfit not in each.evidence]
    recent = _sentence_before(text, position, 1)
    chosen = fitting[0] if len(fitting) == 1 else _speaking(fitting, said, recent)
    if chosen is None or not chosen.evidence:
        return None
    if fit in chosen.evidence:
        recent = _sentence_before(text, position, 2)
    unclear = (
        chosen.mention[0] < recent
        or _somebody_else(text, chosen.mention, recent, position, fit)
        or _another_name(persons, candidates, recent, position)
    )
    if unclear:
        return None
    return Meant(chosen.name, "person", chosen.mention, chosen.source_id)


def _candidates(
    persons: names.Persons, said: Sequence[Speaker], start: int, position: int
) -> dict[str, _Candidate]:
    """The persons that are named, by surname, with their latest mention."""
    found: dict[str, _Candidate] = {}

    def note(name: str, mention: Offsets, source_id: int | None, title: str) -> None:
        surname = name.rsplit(maxsplit=1)[-1].lower()
        each = found.setdefault(surname, _Candidate(name, mention, source_id))
        if mention[0] >= each.mention[0]:
            each.mention = mention
        if len(name.split()) > len(each.name.split()):
            each.name = name
        each.source_id = source_id or each.source_id
        each.evidence |= {title, persons.titles.get(surname, "")} - {""}
        each.evidence |= _of_given_name(each.name)
        if surname in persons.alone:
            each.evidence.add("person")

    for mention in persons.named(start, position):
        full = persons.full_name(mention.name.split()[-1], mention.start, mention.title)
        if names.is_person_name(mention.name):
            note(mention.name, (mention.start, mention.end), None, mention.title)
        elif full or mention.title:
            name = full.name if full else mention.name
            note(name, (mention.start, mention.end), None, mention.title)
    for each in said:
        if each.kind == "person" and not names.is_description(each.name, persons.common):
            note(each.name, (each.start, each.end), each.source_id, each.title)
    return found


def _of_given_name(name: str) -> set[str]:
    first = name.split(maxsplit=1)[0].lower()
    if first in FEMALE_NAMES:
        return {"female"}
    return {"male"} if first in MALE_NAMES else set()


def _speaking(
    fitting: Sequence[_Candidate], said: Sequence[Speaker], recent: int
) -> _Candidate | None:
    """Who was quoted in this sentence or the one before, with no other fitting person after it."""
    last = said[-1] if said else None
    if last is None or last.start < recent:
        return None
    speaking = [each for each in fitting if each.mention == (last.start, last.end)]
    later = [each for each in fitting if each.mention[0] > last.start]
    # Somebody who is spoken to in the same sentence may answer.
    beside = [each for each in fitting if each.mention[0] >= recent]
    return speaking[0] if speaking and not later and len(beside) == 1 else None


def _somebody_else(text: str, mention: Offsets, start: int, end: int, fit: str) -> bool:
    """Whether somebody without a name, as "his wife" or "an executive", may be meant as well."""
    nouns, others = (FEMALE_NOUNS, MALE_NOUNS) if fit == "female" else (MALE_NOUNS, FEMALE_NOUNS)
    beside = _BESIDE.match(text, mention[1])
    after = beside.end() if beside else mention[1]
    for match in _WORD.finditer(text, start, end):
        word = match[0].lower()
        if mention[0] <= match.start() < after or word in others:
            continue
        if word not in nouns and not _is_one_person(word):
            continue
        # "company spokeswoman Ada Lindqvist", "the mayor, Ada Lindqvist"
        if not regex.match(r",? \p{Lu}", text[match.end() : match.end() + 3]):
            return True
    return False


def _another_name(
    persons: names.Persons, candidates: Collection[str], start: int, end: int
) -> bool:
    """Whether a single name may be a person's too, of whom the article says no more."""
    return any(
        " " not in mention.name
        and not mention.name.isupper()
        and mention.name.lower() not in candidates
        and not persons.begins_with_common(mention)
        and not persons.is_where(mention)
        for mention in persons.named(start, end)
    )


def _is_one_person(word: str) -> bool:
    return not word.endswith("s") and names.is_person_word(word) and word not in _NOBODY


# Words for persons that mostly stand for many, for nobody in particular, or for other things.
_NOBODY = words(
    """
    people men women children folk personnel general head chief person member official host source
    secretary minister
    """
)


def _in_quotation(text: str, position: int) -> bool:
    """Whether the place is inside of quotation marks, or so far into its paragraph that nobody
    looks.
    """
    first = max(0, position - LONGEST_PARAGRAPH)
    line_end = text.rfind("\n", first, position)
    if line_end < 0 < first:
        return True
    paragraph = text[line_end + 1 if line_end >= 0 else 0 : position]
    return (
        paragraph.count("“") > paragraph.count("”")
        or paragraph.count("«") > paragraph.count("»")
        or paragraph.count('"') % 2 == 1
    )


def _previous_paragraph(text: str, position: int) -> int:
    """Where the paragraph before the one of the position begins."""
    own = text.rfind("\n", 0, position) + 1
    if not own:
        return 0
    before = len(text[max(0, own - 2_000) : own].rstrip())
    end = max(0, own - 2_000) + before
    first = max(0, end - LONGEST_PARAGRAPH)
    line_end = text.rfind("\n", first, end)
    return line_end + 1 if line_end >= 0 else first


def _sentence_before(text: str, position: int, count: int) -> int:
    """Where the sentence begins that comes so many before the one of the position."""
    start = max(0, position - 2_000)
    ends = [match.end() for match in _SENTENCE_END.finditer(text, start, position)]
    # Blank lines end one sentence only.
    ends = [end for end in ends if text[end : end + 1].strip()]
    return ends[-count - 1] if len(ends) > count else start
