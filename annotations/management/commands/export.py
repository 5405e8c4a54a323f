"""Export approved annotations into a file."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accordingto.files import draft_of
from accordingto.records.article import ArticleRecord
from annotations.export.approved import Filters, approved_records
from annotations.export.formats import FORMATS
from annotations.export.signals import exported

BROKEN_PIPE = 141
"""The exit status of a program whose reader went away, as shells have it (128 + SIGPIPE)."""


class Command(BaseCommand):
    help = (
        "Export approved annotations, each with its place in the text, its reviewer and the time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="jsonl")
        parser.add_argument(
            "--output", required=True, type=Path, help="the file to write; - prints"
        )
        parser.add_argument("--article", default="", help="only the article with this id")
        parser.add_argument("--outlet", default="", help="only articles of this outlet")
        parser.add_argument("--reviewer", default="", help="only what this person approved")
        parser.add_argument("--finished", action="store_true", help="only of finished articles")
        parser.add_argument("--from", dest="reviewed_from", type=date.fromisoformat, metavar="DAY")
        parser.add_argument("--to", dest="reviewed_to", type=date.fromisoformat, metavar="DAY")

    def handle(self, *args: Any, **options: Any) -> None:
        filters = Filters(**{name: options[name] for name in Filters.__dataclass_fields__})
        write, _media_type = FORMATS[options["format"]]
        exported.send(__name__, request=None, format=options["format"], filters=filters)
        self.articles = self.attributions = 0
        lines = write(
            tqdm(self._counted(approved_records(filters)), unit=" articles", disable=None)
        )
        output: Path = options["output"]
        if str(output) == "-":
            self._print(lines)
            return
        # A broken export must not be taken for a whole one: the file appears when it is complete.
        try:
            with draft_of(output) as draft, draft.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{output} was not written: {error}") from error
        sys.stderr.write(
            f"{self.attributions} approved annotations of {self.articles} articles in {output}\n"
        )

    def _print(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self.stdout.write(line, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # Whoever read it has enough (head, say). What is still buffered must not fail at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(BROKEN_PIPE)

    def _counted(self, records: Iterable[ArticleRecord]) -> Iterator[ArticleRecord]:
        for record in records:
            self.articles += 1
            self.attributions += len(record.attributions)
            yield record
