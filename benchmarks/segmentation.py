"""Boundary F1 of the sentence rules against gold sentences.

    python benchmarks/segmentation.py GOLD.jsonl[.gz]

A boundary is the first character of every sentence of an article but its first.
"""

import argparse
from pathlib import Path

import spacy

from annotations.attribution.evaluation import Counts
from annotations.attribution.sentences import sentence_offsets
from articles.records import ArticleRecord, RecordError, read_records


def sentence_boundaries_f1(gold: Path) -> Counts:
    """Boundaries of our sentences against those in the file's records.

    Raises `RecordError` for a line that is no record with sentences.
    """
    nlp = spacy.blank("en")
    nlp.add_pipe("news_sentences")
    counts = Counts()
    for number, record in read_records(gold, allow_unknown=True):
        if isinstance(record, RecordError):
            raise RecordError(f"line {number}: {record}")
        if not record.sentences:
            raise RecordError(f"line {number} has no sentences")
        _add(counts, nlp, record)
    return counts


def _add(counts: Counts, nlp: spacy.Language, record: ArticleRecord) -> None:
    ours = {start for start, _end in sentence_offsets(nlp(record.text))[1:]}
    theirs = {start for start, _end in record.sentences[1:]}
    same = len(ours & theirs)
    counts.add(len(ours), same, len(theirs), same)


def main() -> None:
    """Print precision, recall and F1 in per cent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, help="article JSONL with sentences, .gz too")
    counts = sentence_boundaries_f1(parser.parse_args().gold)
    print(
        f"precision {counts.precision:.1%}  recall {counts.recall:.1%}  F1 {counts.f1:.1%}"
        f"  ({counts.gold} boundaries)"
    )


if __name__ == "__main__":
    main()
