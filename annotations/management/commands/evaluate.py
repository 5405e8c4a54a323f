"""Measure predicted attributions against gold ones."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accordingto.attribution import ROLES
from accordingto.evaluation import Counts, Evaluation, Linked
from accordingto.pipeline.component import EXTRACTORS, build_pipeline
from accordingto.records.article import ArticleRecord, RecordError, parse_record
from accordingto.records.jsonl import read_lines

type Pairs = Iterator[tuple[ArticleRecord, list[Linked]]]
"""Gold articles, each with the attributions predicted for it."""


class Command(BaseCommand):
    requires_system_checks = ()  # they would ask the database, which a file has no need of
    help = (
        "Precision, recall and F1 of attributions against those of a gold file (article JSONL, also"
        " .gz). Without --predicted the installed pipeline labels the gold file's texts."
        " Rejected attributions count on neither side."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("gold", type=Path, help="Article JSONL with the right attributions")
        parser.add_argument(
            "--predicted", type=Path, help="Article JSONL with the same articles in the same order"
        )
        parser.add_argument("--extractor", choices=EXTRACTORS, default=settings.EXTRACTOR)
        parser.add_argument("--json", action="store_true", help="all counts as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        predicted: Path | None = options["predicted"]
        evaluation = Evaluation()
        try:
            pairs = (
                _pairs(options["gold"], predicted)
                if predicted
                else _labelled(options["gold"], options["extractor"])
            )
            for gold, attributions in tqdm(pairs, unit=" articles", disable=None):
                evaluation.add(gold.text, attributions, gold.attributions)
        except OSError as error:
            raise CommandError(str(error)) from error
        if not evaluation.articles:
            raise CommandError(f"{options['gold']} has no articles.")
        if options["json"]:
            self.stdout.write(json.dumps(evaluation.as_dict()))
        else:
            self.stdout.write(_table(evaluation))


def _read(path: Path) -> Iterator[tuple[int, ArticleRecord]]:
    """Texts and the attributions on them; whatever else the lines hold is left aside."""
    for number, line in read_lines(path):
        try:
            if isinstance(line, RecordError):
                raise line
            record = parse_record(_bare(line))
        except RecordError as error:
            raise CommandError(f"{path}, line {number}: {error}") from error
        yield number, record


def _bare(line: Any) -> Any:
    if not isinstance(line, dict) or not isinstance(line.get("attributions", []), list):
        return line
    attributions = [
        {role: each.get(role) for role in ROLES} if isinstance(each, dict) else each
        for each in line.get("attributions", [])
        if not (isinstance(each, dict) and each.get("status") == "rejected")
    ]
    return {"text": line.get("text"), "attributions": attributions}


def _labelled(gold: Path, extractor: str) -> Pairs:
    nlp = build_pipeline(extractor)
    texts = ((record.text, record) for _number, record in _read(gold))
    for doc, record in nlp.pipe(texts, as_tuples=True):
        yield record, doc._.attributions


def _pairs(gold: Path, predicted: Path) -> Pairs:
    for expected, found in zip_longest(_read(gold), _read(predicted)):
        if expected is None or found is None:
            raise CommandError(f"{gold} and {predicted} have different numbers of articles.")
        (line, record), (other, prediction) = expected, found
        if record.text != prediction.text:
            raise CommandError(
                f"The texts differ: {gold}, line {line}, and {predicted}, line {other}."
            )
        yield record, list(prediction.attributions)


def _table(evaluation: Evaluation) -> str:
    columns = ("precision", "recall", "F1", "predicted", "gold")
    rows = [f"{evaluation.articles} articles", ("{:<22}" + "{:>11}" * 5).format("", *columns)]
    for role in ROLES:
        rows.append(_row(f"{role}, exact", evaluation.exact[role]))
        rows.append(_row(f"{role}, token overlap", evaluation.overlap[role]))
    rows.append(_row("linked, exact", evaluation.linked_exact))
    rows.append(_row("linked, relaxed", evaluation.linked_relaxed))
    return "\n".join(rows)


def _row(name: str, counts: Counts) -> str:
    shares = "".join(f"{share:>11.1%}" for share in (counts.precision, counts.recall, counts.f1))
    return f"{name:<22}{shares}{counts.predicted:>11}{counts.gold:>11}"
