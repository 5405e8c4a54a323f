"""How many of the turns read from transcripts a gold file has too.

python benchmarks/turns.py GOLD.jsonl[.gz]
"""

import argparse
from pathlib import Path

from accordingto.evaluation import Evaluation
from accordingto.pipeline.transcripts import turns
from accordingto.records.article import RecordError, read_records


def turns_in_gold(gold: Path) -> Evaluation:
    """The turns against the file's attributions. Raises `ValueError` for a line that is none."""
    evaluation = Evaluation()
    for number, record in read_records(gold, allow_unknown=True):
        if isinstance(record, RecordError):
            raise ValueError(f"line {number}: {record}")
        evaluation.add(record.text, turns(record.text), record.attributions)
    return evaluation


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path, help="article JSONL with attributions, .gz too")
    evaluation = turns_in_gold(parser.parse_args().gold)
    exact, relaxed = evaluation.linked_exact, evaluation.linked_relaxed
    print(
        f"{exact.predicted} turns, {exact.predicted_found} exactly as in the file,"
        f" {relaxed.predicted_found} in the relaxed sense"
    )


if __name__ == "__main__":
    main()
