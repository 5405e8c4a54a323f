"""How far two people agree who labelled the same article, counted so that counts add up.

``counts_of`` counts one article; counts of several articles are added key by key, and
``AgreementFigures`` are read from a sum. So the figures of a pair of people or of an outlet are
pooled over articles, never averages of averages.

- F1 of a role and of linked attributions: as in ``accordingto.evaluation``, with the
  second person's labels against the first's. Turned around, it is the same number.
- Alpha: Krippendorff's alpha for two observers and nominal data over the words of the text
  (Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011). The value of a word is the set
  of roles that cover it. 1 is full agreement, 0 what chance gives.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accordingto.attribution import ROLES, RolePieces
from accordingto.evaluation import Evaluation
from annotations.models import SecondReview

WORD = re.compile(r"\w+")
NOTHING = "none"
WORDS = "words "

type Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AgreementFigures:
    """Agreement over so many articles; F1 from 0 to 1. None where there was nothing to compare."""

    articles: int
    source: float | None
    cue: float | None
    content: float | None
    linked: float | None
    linked_relaxed: float | None
    alpha: float | None

    @classmethod
    def of(cls, counts: Counts) -> "AgreementFigures":
        """The figures of a sum of counts."""
        return cls(
            articles=counts.get("articles", 0),
            source=_f1(counts, "source"),
            cue=_f1(counts, "cue"),
            content=_f1(counts, "content"),
            linked=_f1(counts, "linked"),
            linked_relaxed=_f1(counts, "relaxed"),
            alpha=alpha(_coincidences(counts)),
        )


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """The figures of two people (by name), or of an outlet, which may be empty."""

    names: tuple[str, ...]
    figures: AgreementFigures


@dataclass(frozen=True, slots=True)
class Agreement:
    """All second reviews that are done, summed up; most articles first."""

    by_people: list[AgreementRow]
    by_outlet: list[AgreementRow]
    all: AgreementFigures


def counts_of(
    text: str, first: Sequence[RolePieces], second: Sequence[RolePieces]
) -> dict[str, int]:
    """Count one article with the approved labels of both people.

    The keys: ``articles``; for each role, ``linked`` and ``relaxed`` how many items the first and
    the second have and how many both (``cue first``, ``cue second``, ``cue both``); and how many
    words have one value for the first and one for the second (``words cue/none``).
    """
    evaluation = Evaluation()
    evaluation.add(text, second, first)
    counts = {"articles": 1}
    compared = {
        **{str(role): evaluation.exact[role] for role in ROLES},
        "linked": evaluation.linked_exact,
        "relaxed": evaluation.linked_relaxed,
    }
    for name, found in compared.items():
        counts[f"{name} first"] = found.gold
        counts[f"{name} second"] = found.predicted
        counts[f"{name} both"] = found.predicted_found
    pairs = Counter(zip(word_values(text, first), word_values(text, second), strict=True))
    return counts | {f"{WORDS}{one}/{other}": n for (one, other), n in sorted(pairs.items())}


def word_values(text: str, labels: Sequence[RolePieces]) -> list[str]:
    """For each word of the text the roles that touch it: ``none``, ``cue``, ``source+content``."""
    words = [match.span() for match in WORD.finditer(text)]
    roles: list[tuple[str, ...]] = [()] * len(words)
    for role in ROLES:
        touched = {
            index
            for label in labels
            for start, end in getattr(label, role)
            for index in range(
                bisect_right(words, start, key=lambda word: word[1]),
                bisect_left(words, end, key=lambda word: word[0]),
            )
        }
        for index in touched:
            roles[index] = (*roles[index], role)
    return ["+".join(each) or NOTHING for each in roles]


def alpha(coincidences: Mapping[tuple[str, str], float]) -> float | None:
    """Krippendorff's alpha for nominal values, from the coincidence matrix (step C of the paper).

    That has for each pair of values how often the one met the other within a unit, both ways
    round. None where all values are the same: then nothing could have differed.
    """
    totals: Counter[str] = Counter()
    for (one, _other), count in coincidences.items():
        totals[one] += count  # type: ignore[assignment]
    n = sum(totals.values())
    disagreeing = sum(count for (one, other), count in coincidences.items() if one != other)
    by_chance = n * n - sum(total * total for total in totals.values())
    return 1 - (n - 1) * disagreeing / by_chance if by_chance else None


def agreement() -> Agreement:
    """The figures of all second reviews that are done, as they stood when each was done."""
    rows = SecondReview.objects.filter(done_at__isnull=False).values_list(
        "first__username", "second__username", "article__outlet", "agreement"
    )
    people: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    outlets: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    everything: Counter[str] = Counter()
    for first, second, outlet, counts in rows.iterator():
        people[tuple(sorted((first, second)))].update(counts)
        outlets[(outlet,)].update(counts)
        everything.update(counts)
    return Agreement(_rows(people), _rows(outlets), AgreementFigures.of(everything))


def _rows(sums: Mapping[tuple[str, ...], Counts]) -> list[AgreementRow]:
    rows = [AgreementRow(names, AgreementFigures.of(counts)) for names, counts in sums.items()]
    return sorted(rows, key=lambda row: (-row.figures.articles, row.names))


def _f1(counts: Counts, name: str) -> float | None:
    total = counts.get(f"{name} first", 0) + counts.get(f"{name} second", 0)
    return 2 * counts.get(f"{name} both", 0) / total if total else None


def _coincidences(counts: Counts) -> dict[tuple[str, str], float]:
    """Each word is a unit with two values, and so two pairs: one each way round."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for key, count in counts.items():
        if key.startswith(WORDS):
            one, _slash, other = key.removeprefix(WORDS).partition("/")
            found[one, other] += count
            found[other, one] += count
    return found
