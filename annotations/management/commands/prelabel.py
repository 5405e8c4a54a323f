"""Pre-label articles: a file of records, or articles of the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotations.offline import prelabel_file
from annotations.prelabel import prelabel_article
from articles.models import Article
from articles.queue import REQUEUEABLE


class Command(BaseCommand):
    help = "Propose attributions, for a file (the database is left alone) or for articles stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--input", type=Path, help="Article JSONL, also .gz")
        parser.add_argument("--output", type=Path, help="the file to write, .gz if named so")
        parser.add_argument(
            "--partial", action="store_true", help="write the good records even if some are refused"
        )
        parser.add_argument("--article", nargs="+", default=[], metavar="ID")
        parser.add_argument(
            "--all-unreviewed",
            action="store_true",
            help="every article nobody has decided anything in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        offline = bool(options["input"] or options["output"])
        stored = bool(options["article"] or options["all_unreviewed"])
        if offline == stored or bool(options["input"]) != bool(options["output"]):
            raise CommandError("Give --input and --output, or --article or --all-unreviewed.")
        if offline:
            self._offline(options["input"], options["output"], partial=options["partial"])
        else:
            self._stored(options["article"], all_unreviewed=options["all_unreviewed"])

    def _offline(self, source: Path, target: Path, *, partial: bool) -> None:
        raise NotImplementedError

    def _stored(self, keys: list[str], *, all_unreviewed: bool) -> None:
        articles = Article.objects.filter(status__in=[*REQUEUEABLE, Article.Status.QUEUED])
        if all_unreviewed:
            chosen = articles.filter(decisions__isnull=True)
        else:
            chosen = articles.filter(key__in=keys)
            missing = set(keys) - set(chosen.values_list("key", flat=True))
            if missing:
                names = ", ".join(sorted(missing))
                raise CommandError(f"No article to be pre-labelled has the id {names}.")
        failed = 0
        for pk in tqdm(list(chosen.values_list("pk", flat=True)), unit=" articles", disable=None):
            articles.filter(pk=pk).update(status=Article.Status.QUEUED, failure="")
            try:
                prelabel_article(pk)
            except Exception as error:  # noqa: BLE001 - the article keeps it; the others go on
                failed += 1
                self.stderr.write(f"{Article.objects.get(pk=pk).key}: {type(error).__name__}: {error}")
        if failed:
            raise CommandError(f"{failed} articles failed.")
