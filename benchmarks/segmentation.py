"""Boundary F1 of the sentence rules against gold sentences.

    python benchmarks/segmentation.py GOLD.jsonl[.gz]

A boundary is where a sentence of an article other than its first begins. Measured twice: at the
first letter or digit of the sentence, and at its very first character. The second also asks to
which of two sentences a quotation mark between them belongs, where automatic gold sentences (those
of PolNeAR) are often wrong: they give an opening '' to the sentence before.
"""

import argparse
import re
from pathlib import Path

from accordingto.evaluation import Counts
from accordingto.pipeline.sentences import build_segmenter, sentence_offsets
from accordingto.records.article import RecordError, read_records

_LETTER = re.compile(r"[^\W_]")


def sentence_boundaries_f1(gold: Path) -> tuple[Counts, Counts]:
    """Our boundaries against the file's: at the first letter or digit, and at the first character.

    Raises `ValueError` for a line that is no record with sentences.
    """
    nlp = build_segmenter()
    by_letter, by_character = Counts(), Counts()
    for number, record in read_records(gold, allow_unknown=True):
        if isinstance(record, RecordError):
            raise ValueError(f"line {number}: {record}")
        if not record.sentences:
            raise ValueError(f"line {number} has no sentences")
        ours = {start for start, _end in sentence_offsets(nlp(record.text))[1:]}
        theirs = {start for start, _end in record.sentences[1:]}
        _add(by_character, ours, theirs)
        _add(by_letter, _first_letters(record.text, ours), _first_letters(record.text, theirs))
    return by_letter, by_character


def _add(counts: Counts, ours: set[int], theirs: set[int]) -> None:
    same = len(ours & theirs)
    counts.add(len(ours), same, len(theirs), same)


def _first_letters(text: str, starts: set[int]) -> set[int]:
    matches = (_LETTER.search(text, start) for start in starts)
    return {match.start() for match in matches if match}


def main() -> None:
    """Print precision, recall and F1 in per cent."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path, help="article JSONL with sentences, .gz too")
    by_letter, by_character = sentence_boundaries_f1(parser.parse_args().gold)
    for name, counts in (("first letter", by_letter), ("first character", by_character)):
        print(
            f"{name:<16} precision {counts.precision:.1%}  recall {counts.recall:.1%}"
            f"  F1 {counts.f1:.1%}  ({counts.gold} boundaries)"
        )


if __name__ == "__main__":
    main()
