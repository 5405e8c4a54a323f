"""Bring articles in from files."""

from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotations.queue.intake import ingest_rows
from articles.readers.formats import READERS, read_articles


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
            rows = tqdm(read_articles(file, path.name), unit=" articles", disable=None)
            summary = ingest_rows(str(path), rows, None, partial=partial)
        for article in summary.added:
            self.stdout.write(f"{path}: added {article.key}: {article.title}")
        for place, article, left_out in summary.known:
            note = f" ({left_out} attributions were not taken in)" if left_out else ""
            self.stdout.write(f"{place}: known already as {article.key}: {article.title}{note}")
        for place, reason in summary.refused:
            self.stdout.write(f"{place}: refused: {reason}")
        if summary.rolled_back:
            self.stdout.write(f"{path}: nothing was added, because not every article is good")
        self.stdout.write(
            f"{path}: {len(summary.added)} added, {len(summary.known)} known,"
            f" {len(summary.refused)} refused"
        )
        return bool(summary.refused)
