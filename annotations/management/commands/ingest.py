"""Bring articles in from files."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import IO, Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accordingto.records.article import RecordError
from annotations.queue.checking import refusals
from annotations.queue.importing import REMEMBERED, file_name
from annotations.queue.intake import Outcome, batches, store
from articles.readers.formats import READERS, read_articles
from articles.refusals import worded


class Command(BaseCommand):
    help = (
        "Bring articles in, for a worker to pre-label. A text that is known already is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        formats = ", ".join(READERS)
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=formats)
        parser.add_argument(
            "--partial",
            action="store_true",
            help="take a file's good articles even if others of it are refused",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = False
        for path in options["files"]:
            failed |= self._ingest(path, partial=options["partial"])
        if failed:
            raise CommandError("Some articles were refused.")

    def _ingest(self, path: Path, *, partial: bool) -> bool:
        """Bring one file in and tell what became of it; returns whether anything was refused."""
        try:
            file = path.open("rb")
        except OSError as error:
            self.stdout.write(f"{path}: refused: {error.strerror}")
            return True
        with closing(file):
            refused = 0 if partial else self._check(path, file)
            if refused:
                self.stdout.write(f"{path}: nothing was added, because not every article is good")
                counts = Counter(refused=refused)
            else:
                counts = self._write(path, file)
        self.stdout.write(
            f"{path}: {counts['added']} added, {counts['known']} known, {counts['refused']} refused"
        )
        return bool(counts["refused"])

    def _check(self, path: Path, file: IO[bytes]) -> int:
        """How many lines of the file would be refused; the first of them are told."""
        counts: Counter[str] = Counter()
        with _bar(path, "Checking") as bar:
            for found in refusals(read_articles(file, path.name), None):
                self._tell(path, found, counts)
                bar.update(file.tell() - bar.n)
        file.seek(0)
        return counts["refused"]

    def _write(self, path: Path, file: IO[bytes]) -> Counter[str]:
        counts: Counter[str] = Counter()
        with _bar(path, "Adding") as bar, batches(read_articles(file, path.name)) as read:
            for lines in read:
                self._tell(path, store(lines, None, file_name(path.name)), counts)
                bar.update(file.tell() - bar.n)
        return counts

    def _tell(self, path: Path, outcomes: Iterable[Outcome], counts: Counter[str]) -> None:
        """Tell what became of these lines, and count; of thousands of refusals only the first."""
        for line, outcome in outcomes:
            place = f"{path}, line {line}" if line else str(path)
            if isinstance(outcome, RecordError):
                counts["refused"] += 1
                if counts["refused"] <= REMEMBERED:
                    self.stdout.write(f"{place}: refused: {worded(outcome)}")
                continue
            counts["added" if outcome.added else "known"] += 1
            article = outcome.article
            if outcome.added:
                self.stdout.write(f"{path}: added {article.key}: {article.title}")
            else:
                left = outcome.left_out
                note = f" ({left} attributions were not taken in)" if left else ""
                self.stdout.write(f"{place}: known already as {article.key}: {article.title}{note}")


def _bar(path: Path, what: str) -> "tqdm[NoReturn]":
    size = path.stat().st_size
    return tqdm(desc=what, total=size, unit="B", unit_scale=True, disable=None)
