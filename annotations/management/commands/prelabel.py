"""Pre-label articles: a file of records, or articles of the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accordingto.batch import prelabel_file
from annotations.prelabelling.job import pipeline, prelabel_article
from annotations.prelabelling.tasks import REQUEUEABLE
from articles.models import Article


class Command(BaseCommand):
    requires_system_checks = ()  # they would ask the database, which a file has no need of
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
        try:
            with tqdm(unit=" articles", disable=None) as bar:
                summary = prelabel_file(
                    source, target, pipeline(), partial=partial, progress=bar.update
                )
        except OSError as error:
            raise CommandError(f"{target} was not written: {error}") from error
        for line, reason in summary.refused:
            self.stderr.write(f"{source}, line {line}: refused: {reason}")
        if not summary.written:
            raise CommandError(f"{target} was not written, because not every article is good.")
        self.stderr.write(
            f"{summary.attributions} attributions in {summary.articles} articles,"
            f" {summary.kept} of them decided by a person; {summary.replaced} earlier proposals"
            f" replaced; {len(summary.refused)} lines refused"
        )
        if summary.refused:
            raise CommandError("Some lines were refused.")

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
            except Exception as error:  # kept with the article; the others go on
                failed += 1
                key = Article.objects.get(pk=pk).key
                self.stderr.write(f"{key}: {type(error).__name__}: {error}")
        if failed:
            raise CommandError(f"{failed} articles failed.")
