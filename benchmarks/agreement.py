"""How far people agree who labelled the same articles: the ceiling for a pre-labeller.

    python benchmarks/agreement.py ANNOTATORS.jsonl[.gz]

The file has an article's record once for each annotator, under one id. Every pair of annotators of
an article counts, by the definitions of `manage.py evaluate`.
"""

import argparse
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from accordingto.attribution import ROLES
from accordingto.evaluation import Evaluation
from accordingto.records.article import ArticleRecord, RecordError, read_records


def agreement(path: Path) -> Evaluation:
    """Pairwise agreement over all articles of the file. Raises `ValueError` for a bad line."""
    by_article: dict[str, list[ArticleRecord]] = defaultdict(list)
    for number, record in read_records(path, allow_unknown=True):
        if isinstance(record, RecordError):
            raise ValueError(f"line {number}: {record}")
        by_article[record.id].append(record)
    evaluation = Evaluation()
    for records in by_article.values():
        for one, other in combinations(records, 2):
            evaluation.add(one.text, one.attributions, other.attributions)
    return evaluation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("annotators", type=Path)
    evaluation = agreement(parser.parse_args().annotators)
    for role in ROLES:
        exact, overlap = evaluation.exact[role].f1, evaluation.overlap[role].f1
        print(f"{role:<8} exact {exact:.1%}  token overlap {overlap:.1%}")
    exact, relaxed = evaluation.linked_exact.f1, evaluation.linked_relaxed.f1
    print(f"linked   exact {exact:.1%}  relaxed {relaxed:.1%}")


if __name__ == "__main__":
    main()
