"""Retraining: what people approved, and any gold files, made into one file to train on."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef

from accordingto.attribution import ROLES
from accordingto.records.article import ArticleRecord, RecordError, parse_record
from accordingto.records.jsonl import read_lines
from annotations.export.approved import Filters, approved_records
from annotations.models import Annotation
from articles.models import Article

HELD_OUT_ONE_IN = 10


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The two files that were written, and how many articles each has."""

    train: Path
    held_out: Path
    train_articles: int
    held_out_articles: int


def finished_records() -> Iterator[ArticleRecord]:
    """Finished articles with what was approved in them; without any, they teach what is none."""
    yield from approved_records(Filters(finished=True))
    # Not through the join: that would count what only a second person approved, and lost with.
    own = Annotation.objects.approved().filter(article=OuterRef("pk"))
    empty = Article.objects.filter(~Exists(own), status=Article.Status.FINISHED)
    for article in empty.order_by("id").iterator(chunk_size=100):
        yield ArticleRecord(text=article.text, id=article.key)


def write_training_data(
    folder: Path, files: Iterable[Path], approved: Iterable[ArticleRecord], held_out: Path | None
) -> TrainingData:
    """Write ``train.jsonl`` and ``held-out.jsonl`` into ``folder``.

    Attributions that nobody vouched for (proposed, rejected) are left out. Without a file of its
    own, one article in ten is held out, always the same ones: they are told by their text. Raises
    `RecordError` naming file and line, `ValueError` where either part would be empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    train, held = folder / "train.jsonl", folder / "held-out.jsonl"
    files = list(files)
    for path in (*files, *([held_out] if held_out else [])):
        if path.resolve() in (train.resolve(), held.resolve()):
            raise ValueError(f"{path} would be overwritten: it is where the data are written to")
    counts = {train: 0, held: 0}
    with train.open("w", encoding="utf-8") as to_train, held.open("w", encoding="utf-8") as to_held:
        targets = {train: to_train, held: to_held}

        def write(path: Path, row: dict[str, Any]) -> None:
            counts[path] += 1
            targets[path].write(json.dumps(row, ensure_ascii=False) + "\n")

        for row in chain((_row(record, {}) for record in approved), *map(_read, files)):
            write(held if held_out is None and _is_held_out(row) else train, row)
        for row in _read(held_out) if held_out else ():
            write(held, row)
    for path, count in counts.items():
        if not count:
            raise ValueError(f"{path.name} would have no article: give more of them")
    return TrainingData(train, held, counts[train], counts[held])


def _is_held_out(row: dict[str, Any]) -> bool:
    return hashlib.sha256(row["text"].encode()).digest()[0] % HELD_OUT_ONE_IN == 0


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in read_lines(path):
        try:
            if isinstance(line, RecordError):
                raise line
            record = parse_record(line, allow_unknown=True)
        except RecordError as error:
            raise RecordError(f"{path}, line {number}: {error}") from error
        yield _row(record, line)


def _row(record: ArticleRecord, line: dict[str, Any]) -> dict[str, Any]:
    """A line to train on. ``discard``, what annotators were unsure of, is masked in training; its
    offsets hold only where the text was in our form already."""
    keep = [
        attribution
        for attribution, raw in zip(
            record.attributions, line.get("attributions", record.attributions), strict=True
        )
        # Gold files of others have no status: all in them counts.
        if attribution.status == "approved" or (isinstance(raw, dict) and "status" not in raw)
    ]
    return {
        "id": record.id,
        "text": record.text,
        "attributions": [{role: getattr(each, role) for role in ROLES} for each in keep],
        "discard": line.get("discard", []) if line.get("text") == record.text else [],
    }
