"""How time grows with the length of a text, in everything that sees texts of strangers.

    python -m benchmarks.growth [--only WORD] [--seconds 0.05] [--no-pages] [--json]

Each function is given hostile texts, twice as long each time, until a run takes long enough to
measure; the growth is the time of the last run over that of the one half as long. Twice the length
may take twice the time and a little: where it takes more, the table says so, and the exit status is
1. A text that is refused at ingest is marked as such and given to nothing behind that.

Times are this process's own on the CPU, so that other work on the machine does not count; neither
does the database's. The pages are asked for through Django's test client, on a database of its own
in a temporary folder, which is removed at the end.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain
from typing import Any

from accordingto.attribution import Attribution
from accordingto.evaluation import Evaluation
from accordingto.pipeline.component import build_pipeline
from accordingto.pipeline.missed import missed_sentences
from accordingto.pipeline.sentences import build_segmenter, sentence_offsets
from accordingto.pipeline.transcripts import turns
from accordingto.records.article import (
    ArticleRecord,
    AttributionRecord,
    RecordError,
    parse_record,
    serialise,
)
from accordingto.sources import names, pronouns
from accordingto.sources.folding import folded
from accordingto.text.normalise import (
    GraphemeBoundaries,
    TextError,
    folded_text,
    map_offsets,
    normalise_text,
)
from accordingto.text.quotation_marks import quote_type, with_quotes

WORST = 2.5
"""Growth at twice the length that is still taken for linear: caches and the garbage collector add
a little to two."""
MEASURABLE = 0.05
"""Seconds that a run has to take before its growth says anything."""
PAGE_MEASURABLE = 0.3
"""The same for pages, where more than the article takes its time."""
SMALLEST = 2_000
LARGEST = 256_000
"""Code points of the shortest and of the longest text."""
DEPTH = 98
"""Contents that are nested."""
ROUNDS = 3

TEXTS: dict[str, Callable[[int], str]] = {
    "news": lambda n: "“It rains,” said Mayor Ada Lindqvist. She told Jon Ek, who left.\n" * n,
    "marks": lambda n: ("a" + "\u0301\u0323" * 15) * n,
    "a run of marks": lambda n: "a" + "\u0301\u0323" * n,
    "flags": lambda n: "\U0001f1eb\U0001f1f7" * n,
    "initials": lambda n: "U." * n,
    "initials, broken": lambda n: "U." * n + "x.",
    "quotation marks": lambda n: '"' * n,
    "opening marks": lambda n: "“" * n,
    "quoted letters": lambda n: "“a” " * n,
    "colons": lambda n: ":" * n,
    "names and colons": lambda n: "Al: Bo: " * n,
    "turns": lambda n: "AL: yes.\nBO: no.\n" * n,
    "quoted turns": lambda n: "AL: “yes.\n“(x)\n" * n,
    "said": lambda n: "said " * n,
    "he said": lambda n: "he said " * n,
    "said Smith": lambda n: "said Smith, " * n,
    "names": lambda n: "Ada Smith " * n,
    "capitals": lambda n: "A" * n,
    "brackets": lambda n: "(" * n,
    "pairs of brackets": lambda n: "()" * n,
    "one word": lambda n: "a" * n,
    "one long name": lambda n: "A-" * n + "a",
    "newlines": lambda n: "\n" * n + "a",
    "short lines": lambda n: "a\n" * n,
    "spaces": lambda n: " " * n + "a",
    "full stops": lambda n: "." * n,
    "full stops and spaces": lambda n: ". " * n,
    "short sentences": lambda n: "A. b? " * n,
    "commas": lambda n: "a, " * n,
    "joiners": lambda n: "\U0001f469\u200d" * n,
    "families": lambda n: "\U0001f469\u200d\U0001f467" * n,
    "joiners between letters": lambda n: "\u0628\u200d\u200c" * n,
    "jamo": lambda n: "\u1100\u1161\u11a8" * n,
    "leading jamo": lambda n: "\u1100" * n,
    "syllables": lambda n: "\ud55c" * n,
    "conjuncts": lambda n: "\u0915\u094d" * n,
    "overrides": lambda n: "\u202eab\u202c" * n,
    "apostrophes": lambda n: "'s" * n,
    "put at": lambda n: "put a " * n,
    "documents": lambda n: "report a " * n,
}
"""Texts, by what they are full of; each repeats its pattern, cut to the length asked for."""

type Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One function on one kind of text. ``growth`` is None where nothing was long enough."""

    what: str
    text: str
    length: int
    seconds: float
    growth: float | None
    refused: bool = False

    @property
    def is_bad(self) -> bool:
        return self.growth is not None and self.growth > WORST


def forget() -> None:
    """Take back what earlier rounds left in the caches of `names`."""
    for each in (names.cleaned, names.is_person_name, names.guess_kind):
        each.cache_clear()


def text_of(kind: str, length: int) -> str:
    """So much of the text; the end of the pattern is at its end where that matters."""
    make = TEXTS[kind]
    unit = len(make(2)) - len(make(1))
    return make(max(1, length // unit))


@cache
def _pipeline(extractor: str) -> Any:
    return build_pipeline(extractor)


@cache
def _segmenter() -> Any:
    return build_segmenter()


def _words_as_pieces(text: str) -> list[Attribution]:
    """An attribution for each stretch of 12 code points, and a few that are as long as the text."""
    beside = [
        Attribution(((i, i + 2),), ((i + 3, i + 5),), ((i + 6, i + 11),), "mixed", 0.5)
        for i in range(0, len(text) - 12, 12)
    ]
    return beside + _nested(text)


def _nested(text: str) -> list[Attribution]:
    depth = min(DEPTH, len(text) // 3)
    pieces = [(i, len(text) - i) for i in range(depth)]
    return [Attribution((), (), (piece,), "mixed", 0.5) for piece in pieces]


def _record(text: str) -> ArticleRecord:
    """A record whose pieces cut no character."""
    inside = GraphemeBoundaries(text)
    labels = [
        AttributionRecord(
            *(
                tuple(piece for piece in own if piece[0] in inside and piece[1] in inside)
                for own in (each.source, each.cue, each.content)
            )
        )
        for each in _words_as_pieces(text)
    ]
    sentences = [(i, i + 1) for i in range(0, len(text) - 1, 20) if i in inside and i + 1 in inside]
    labels = [each for each in labels if each.cue or each.content]
    return ArticleRecord(text, sentences=tuple(sentences), attributions=tuple(labels))


def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(sentence_offsets(_segmenter()(text)))


def _evaluated(text: str) -> Act:
    labels = _words_as_pieces(text)
    others = [Attribution(a.source, a.cue, a.content, "mixed", 0.5) for a in reversed(labels)]
    return lambda: Evaluation().add(text, labels, others)


def _written(text: str) -> Act:
    record = _record(text)
    return lambda: serialise(record)


def _missed(text: str) -> Act:
    sentences = _sentences(text)
    return lambda: missed_sentences(text, sentences, [(0, 1, "cue")])


def _parsed(text: str) -> Act:
    record = json.loads(serialise(_record(text)))
    return lambda: parse_record(record)


def _parsed_anew(text: str) -> Act:
    """With line ends that normalising shortens, so that all offsets move."""
    raw = "\r\n" + text
    attributions = [
        {"cue": [[i, i + 2]]}
        for i in range(2, len(text) - 2, 12)
        if raw[i : i + 2].isascii() and raw[i : i + 2].isalpha()
    ]
    return lambda: parse_record({"text": raw, "attributions": attributions})


def _persons(text: str) -> Act:
    def act() -> None:
        persons = names.Persons(text)
        for at in range(0, len(text), 100):
            persons.full_name("Smith", at)
            persons.named(at, at + 100)

    return act


def _pronouns(text: str) -> Act:
    places = range(len(text) // 60, len(text), max(1, len(text) // 60))
    persons = names.Persons(text)
    return lambda: [pronouns.person("he", text, at, persons, ()) for at in places]


def _boundaries(text: str) -> Act:
    def act() -> None:
        boundaries = GraphemeBoundaries(text)
        for at in range(0, len(text) - 1, 7):
            boundaries.around(at, at + 1)

    return act


FUNCTIONS: dict[str, Callable[[str], Act]] = {
    "normalise": lambda text: lambda: normalise_text(text),
    "folded text": lambda text: lambda: folded_text(text),
    "folded name": lambda text: lambda: folded(text),
    "offsets moved": lambda text: (
        lambda: map_offsets("\r\n" + text, normalise_text("\r\n" + text), [0, 2])
    ),
    "grapheme boundaries": _boundaries,
    "record parsed": _parsed,
    "record parsed, moved": _parsed_anew,
    "record written": _written,
    "tokens": lambda text: lambda: _segmenter().make_doc(text),
    "sentences": lambda text: lambda: sentence_offsets(_segmenter()(text)),
    "turns": lambda text: lambda: turns(text),
    "missed": _missed,
    "rules": lambda text: lambda: _pipeline("rules")(text),
    "network": lambda text: lambda: _pipeline("network")(text),
    "quote type": lambda text: lambda: quote_type(text, [(0, len(text))]),
    "with quotes": lambda text: lambda: with_quotes(text, 1, len(text) - 1),
    "evaluation": _evaluated,
    "source cleaned": lambda text: lambda: names.cleaned.__wrapped__(text),
    "source's kind": lambda text: lambda: names.guess_kind.__wrapped__(text),
    "source described": lambda text: lambda: names.is_description(text),
    "phrase before": lambda text: lambda: names.phrase_before(text, len(text)),
    "persons": _persons,
    "pronouns": _pronouns,
}


def timed(act: Act) -> float:
    """The shortest of a few runs; one where that takes long."""
    best = float("inf")
    for _round in range(ROUNDS):
        forget()
        began = time.process_time()
        act()
        took = time.process_time() - began
        best = min(best, took)
        if took > 1:
            break
    return best


def grown(what: str, kind: str, prepare: Callable[[str], Act], seconds: float) -> Row:
    """Double the text until it takes long enough, or is as long as texts get."""
    length, before, last = SMALLEST, 0.0, 0.0
    while length <= LARGEST:
        text = text_of(kind, length)
        try:
            text = normalise_text(text)
            before, last = last, timed(prepare(text))
        except (TextError, RecordError):
            return Row(what, kind, length, last, None, refused=True)
        if before and last > seconds:
            return Row(what, kind, length, last, last / before)
        length *= 2
    return Row(what, kind, length // 2, last, None)


def library(only: str, seconds: float) -> Iterator[Row]:
    for what, prepare in FUNCTIONS.items():
        for kind in TEXTS:
            if only in f"{what} {kind}":
                yield grown(what, kind, prepare, seconds)


def pages(only: str) -> Iterator[Row]:
    """The pages at both sizes; ``length`` is the bytes of the larger answer."""
    from benchmarks import growth_pages  # noqa: PLC0415 (with a database only)

    for what, kind, seconds, sizes in growth_pages.measured(only):
        factors = [seconds[1] / seconds[0]] if seconds[1] > PAGE_MEASURABLE else []
        if sizes[1] > growth_pages.LARGE:
            factors.append(sizes[1] / sizes[0])
        yield Row(what, kind, sizes[1], seconds[1], max(factors, default=None))


def report(row: Row) -> None:
    growth = (
        "refused" if row.refused else "too fast" if row.growth is None else f"{row.growth:.1f}x"
    )
    sign = "  TOO MUCH" if row.is_bad else ""
    print(
        f"{row.what:<22}{row.text:<26}{row.length:>9}{row.seconds * 1000:>9.0f} ms  {growth}{sign}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="functions or texts whose name has this word")
    parser.add_argument("--seconds", type=float, default=MEASURABLE, help="that a run has to take")
    parser.add_argument("--no-pages", action="store_true", help="without database and pages")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    found: Iterator[Row] = library(arguments.only, arguments.seconds)
    if not arguments.no_pages:
        found = chain(found, pages(arguments.only))
    for row in found:
        rows.append(row)
        if not arguments.json:
            report(row)
    bad = [row for row in rows if row.is_bad]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
    else:
        print(f"{len(rows)} measured, {len(bad)} grow too fast")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
