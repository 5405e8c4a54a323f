"""How articles word their sources: names without their trimmings, pronouns, persons in a text.

Words and shapes only: this suggests, and a person decides. Knows English.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import dropwhile, islice, takewhile

import regex

from accordingto.sources.folding import folded, plain
from accordingto.sources.lexicon import (
    ACRONYM,
    ANONYMOUS,
    COMMON_NOUNS,
    DETERMINERS,
    DOCUMENT,
    EDGE,
    FAMILIAR,
    FEMALE_TITLES,
    GROUP,
    HEAD_END,
    INDEFINITE,
    LOWER_WORD,
    MALE_TITLES,
    MAYBE_TITLES,
    NAME,
    NEVER_FIRST,
    OF,
    OFFICE,
    ORGANISATION,
    OUTLET,
    PERSON_NOUN,
    PHRASE_STOPS,
    PLACE,
    POSSESSIVE,
    PRONOUNS,
    TIED,
    TITLES,
    UNIQUE_BODIES,
    WHERE,
    WORD,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: where, and how. ``title`` is "male" or "female" where a title says so."""

    start: int
    end: int
    name: str
    title: str = ""


def trimmed(words: str) -> str:
    """The words without quotation marks, punctuation and "'s" at their edges."""
    words = plain(words)
    closed = words.endswith(".") and regex.search(
        r"\b(?:\p{L}\.){2,}$|\b(?:Inc|Co|Corp|Jr|Ltd)\.$", words
    )
    words = words.strip(EDGE) + ("." if closed else "")
    words += ")" if words.count("(") > words.count(")") else ""
    return POSSESSIVE.sub("", words)


def is_pronoun(words: str) -> bool:
    """Whether the words only point at somebody: "she", "one of them"."""
    folds = folded(trimmed(words))
    return folds in PRONOUNS or folds.rpartition(" of ")[2] in PRONOUNS


def is_capitalised(words: str) -> bool:
    """Whether the words are a name by their looks."""
    return bool(words) and words[0].isupper() and folded(words) not in PRONOUNS


@lru_cache(maxsize=10_000)  # the same few names come again and again
def cleaned(words: str) -> str:
    """The name that the words of a source span give.

    "Mayor Ada Lindqvist, the host," is "Ada Lindqvist", "the port authority" is "port authority".
    """
    words = trimmed(words)
    head, _comma, rest = words.partition(",")
    aside = regex.match(r"\s*(?:(?:a|an|the|now|who|whose)\b|\d+$)", rest)
    if aside or is_person_name(without_titles(head)):
        words = head if is_capitalised(without_titles(head)) else words
    elif _without_determiner(head).islower():
        name = without_titles(rest.strip())
        # "the director, Luc Ferrand", "the brother, Jon"
        if is_person_name(name) or (name.isalpha() and name.istitle() and PERSON_NOUN.search(head)):
            return name
    words = words.partition(" (")[0] if is_capitalised(words) else words
    if " and " in words:
        return words
    head = HEAD_END.split(words)[0]
    if is_person_name(without_titles(head)):
        words = head  # "Beatriz Lam of the group Safe Wards"
    words = without_titles(_without_determiner(words))
    names = list(NAME.finditer(words))
    last = names[-1] if names else None
    # "company spokesman Josh Earnest"
    if last and last.start() and last.end() == len(words) and is_person_name(last[0]):
        before = words[: last.start()].split()
        if PERSON_NOUN.search(before[-1]) and before[-1].islower():
            return last[0]
    return words


def _without_determiner(words: str) -> str:
    parts = words.split()
    without = dropwhile(lambda part: part.lower() in DETERMINERS, parts)
    return " ".join(without) or "".join(parts[-1:])


def without_titles(name: str) -> str:
    """The name without the titles before it, if a name is left.

    "Massachusetts Sen. Elizabeth Warren" is "Elizabeth Warren".
    """
    parts = OFFICE.sub("", name).split()
    if not parts or not parts[-1][0].isupper() or ORGANISATION.search(name):
        return name
    if OF.intersection(parts):
        return name  # "a spokesman for Mayor R. J. Pell" is not the mayor
    for index, part in reversed(list(enumerate(parts))):
        left = len(parts) - index - 1
        word = part.rstrip(".").lower()
        ends = word in TITLES and (left > 1 or (left and index == 0))
        ends = ends or (left > 1 and (word in MAYBE_TITLES or bool(PERSON_NOUN.search(word))))
        if (ends or (left > 1 and POSSESSIVE.search(part))) and parts[index + 1][0].isupper():
            return " ".join(parts[index + 1 :])
    return " ".join(parts)


def title_of(words: str) -> str:
    """ "male" or "female", where the title before the name says so."""
    first = (words.split() or [""])[0].rstrip(".").lower()
    return "male" if first in MALE_TITLES else "female" if first in FEMALE_TITLES else ""


@lru_cache(maxsize=10_000)  # the same few names come again and again
def is_person_name(name: str) -> bool:
    """Whether the name looks like a person's full one: two to five words, no place, no body."""
    parts = name.split()
    return (
        2 <= len(parts) <= 6
        and parts[0][0].isupper()
        and parts[-1][0].isupper()
        and parts[0].lower() not in PLACE
        and parts[0].lower() not in NEVER_FIRST
        and parts[-1].lower() not in PRONOUNS  # "Could I"
        and not _is_noun(parts[-1])  # "Labour MPs"
        and not any(part.isupper() and len(part) > 2 for part in parts)
        and not OUTLET.search(name)
        and not ORGANISATION.search(name)
        and not DOCUMENT.search(name)
        and not any(p in OF or p in {"and", "the", "&"} for p in parts)
    )


def is_person_word(word: str) -> bool:
    """Whether the word says what somebody is, or some people are: "executive", "critics"."""
    singular = word[:-1] if word.endswith("s") else word
    return bool(
        PERSON_NOUN.search(singular) or GROUP.search(word) or ANONYMOUS.fullmatch(word.lower())
    )


def is_description(words: str, common: Container[str] = frozenset()) -> bool:
    """Whether the words only describe who it is, without a name of theirs, as "an executive",
    "European diplomat" and "Critics" do; such words mean somebody else in another article.

    ``common`` has words that are no names because the article has them in lower case: a capital at
    the start of a sentence says nothing.
    """
    name = cleaned(words)
    parts = HEAD_END.split(name)[0].split()
    if not parts or name.upper() == name.lower():  # or a script without capitals
        return False
    last = parts[-1]
    if _is_noun(last):
        indefinite = trimmed(words).split()[0].lower() in INDEFINITE
        rest = [part for part in parts[:-1] if not part.islower()]
        if len(rest) == 1 and rest[0] == parts[0]:
            rest = [] if _is_common(parts[0].lower(), common) else rest
        return indefinite or not rest or last not in UNIQUE_BODIES
    if len(parts) == 1:
        named_after = regex.match(r" (?:of|for) (?:the )?\p{Lu}", name[len(last) :])
        return _is_common(last.lower(), common) and not (
            named_after and not is_person_word(last.lower())
        )
    # "Prime Minister", "the Chief Executive"
    titles = TITLES | MAYBE_TITLES
    return all(part.lower() in titles or is_person_word(part.lower()) for part in parts)


def _is_noun(word: str) -> bool:
    """Whether the word is not one of a name by its letters: "official", and "MPs" too."""
    return word.islower() or (word.removesuffix("s").isupper() and is_person_word(word))


def _is_common(word: str, common: Container[str]) -> bool:
    return (
        word in COMMON_NOUNS
        or word in common
        or word in TITLES | MAYBE_TITLES
        or is_person_word(word)
        or bool(DOCUMENT.fullmatch(word))
    )


@lru_cache(maxsize=10_000)  # the same few names come again and again
def guess_kind(words: str, outlet: str = "") -> str:
    """What the source is by its words: a value of ``Source.Kind``; "" for no words."""
    name, bare = trimmed(words), cleaned(words)
    if not bare:
        return ""
    if outlet and folded(outlet) in (folded(name), folded(bare)):
        return "media outlet"
    if is_person_name(bare) or (without_titles(name) != name and is_capitalised(bare)):
        return "person"
    head = HEAD_END.split(bare)[0]
    last = head.split()[-1]
    is_organisation = bool(ORGANISATION.search(head) or ACRONYM.fullmatch(head))
    described = _is_noun(last) or len(head.split()) == 1
    someone = described and is_person_word(last.lower())
    kinds = {
        "anonymous": FAMILIAR.match(name)
        or ((ANONYMOUS.match(head) or ANONYMOUS.match(last)) and described and not is_organisation)
        or (someone and last.endswith("s"))
        # Nobody knows which executive; whose sister, and for whom a spokesman speaks, tell them.
        or (someone and not TIED.search(name)),
        "media outlet": OUTLET.search(head) and head[0].isupper(),
        "document": DOCUMENT.search(head),
        "organisation": is_organisation
        or (head.split()[0].lower() in PLACE and not last.islower()),
        "person": someone or not last.islower(),
    }
    return next((kind for kind, fits in kinds.items() if fits), "anonymous")


class Persons:
    """What looks like persons' full names in a text, or in the part of it from ``offset`` on."""

    def __init__(self, text: str, offset: int = 0) -> None:
        self._text = text
        self._offset = offset

    @cached_property
    def mentions(self) -> Sequence[Mention]:
        """Every occurrence, in text order."""
        return [
            Mention(start, start + len(words), name, title_of(words))
            for start, words in self._names
            if is_person_name(name := without_titles(plain(words)))
        ]

    @cached_property
    def common(self) -> frozenset[str]:
        """The words that the text has in lower case somewhere."""
        return frozenset(LOWER_WORD.findall(self._text))

    def named(self, start: int, end: int) -> Sequence[Mention]:
        """Every name in a stretch of the text, persons or not, in text order; without titles."""
        begin = bisect_left(self._names, (start,))
        inside = takewhile(lambda name: name[0] < end, islice(self._names, begin, None))
        return [
            Mention(at, at + len(words), without_titles(plain(words)), title_of(words))
            for at, words in inside
            if at + len(words) <= end
        ]

    def begins_with_common(self, mention: Mention) -> bool:
        """Whether the name is a word that the text has in lower case too, at its place."""
        return mention.name.lower() in self.common or mention.name.lower() in NEVER_FIRST

    def is_where(self, mention: Mention) -> bool:
        """Whether a preposition stands before the name, as before a place."""
        at = mention.start - self._offset
        before = self._text[max(0, at - 20) : at].split()
        return bool(before) and before[-1].lower() in WHERE

    @cached_property
    def alone(self) -> frozenset[str]:
        """The names of one word, in lower case: surnames that stand without a given name too."""
        names = (plain(words) for _start, words in self._names)
        return frozenset(name.lower() for name in names if " " not in name)

    @cached_property
    def titles(self) -> dict[str, str]:
        """ "male" or "female" by surname, where a title says so anywhere."""
        return {
            words.split()[-1].lower(): title
            for _start, words in self._names
            if (title := title_of(words))
        }

    def full_name(self, surname: str, position: int, title: str = "") -> Mention | None:
        """The full name that ends in the surname: the nearest before, else the first after it."""
        fitting = self._by_surname.get((surname.lower(), title), ())
        before = bisect_right(fitting, position, key=lambda mention: mention.end)
        return fitting[max(0, before - 1)] if fitting else None

    @cached_property
    def _by_surname(self) -> dict[tuple[str, str], list[Mention]]:
        """Full names in text order by surname and by the title that they may have: any for ""."""
        found: dict[tuple[str, str], list[Mention]] = {}
        for mention in self.mentions:
            surname = mention.name.split()[-1].lower()
            for title in ("", *([mention.title] if mention.title else ("male", "female"))):
                found.setdefault((surname, title), []).append(mention)
        return found

    @cached_property
    def _names(self) -> list[tuple[int, str]]:
        """Capitalised words in a row, without those that only begin a sentence, and where."""
        found = []
        for match in NAME.finditer(self._text):
            start, words = self._offset + match.start(), POSSESSIVE.sub("", match[0])
            first, _space, rest = words.partition(" ")
            while rest and first.lower() in NEVER_FIRST:
                start += len(first) + 1
                first, _space, rest = (words := rest).partition(" ")
            found.append((start, words))
        return found


def phrase_before(text: str, position: int) -> str:
    """The noun phrase right before ``position``, as "who" and "which" refer to; "" for none.

    "criticism from human rights organizations, who" gives "human rights organizations", "met Ada
    Lindqvist, the mayor, who" gives "Ada Lindqvist".
    """
    before = text[max(0, position - 300) : position].rstrip()
    before = before[:-1].rstrip() if before.endswith(",") else before
    phrase = _last_phrase(before)
    if not phrase:
        return ""
    rest = before[: len(before) - len(phrase)].rstrip()
    words = rest.split()
    if words and words[-1].lower() in DETERMINERS:
        rest = rest[: -len(words[-1])].rstrip()
        words = words[:-1]
    if not phrase[0].isupper() and rest.endswith(","):
        names = [mention for mention in Persons(rest).mentions if mention.end == len(rest) - 1]
        if names:
            return names[-1].name
    if (
        len(words) > 1
        and words[-1].lower() in {"of", "for", "at"}
        and PERSON_NOUN.search(words[-2])
    ):
        link = rest[: -len(words[-1])].rstrip()
        longer = _last_phrase(link)
        return before[len(link) - len(longer) :].strip(EDGE)
    return trimmed(phrase)


def _last_phrase(text: str) -> str:
    """The words at the end of the text up to a determiner, a preposition, a verb or a mark."""
    start = len(text)
    for count, match in enumerate(reversed(list(WORD.finditer(text)))):
        gap = text[match.end() : start]
        if (count and gap.strip()) or count == 6 or (not count and gap.strip()):
            break
        if match[0].lower() in PHRASE_STOPS | DETERMINERS:
            break
        if count and match[0].endswith(".") and match[0].rstrip(".").lower() not in TITLES:
            break
        start = match.start()
    return text[start:]
