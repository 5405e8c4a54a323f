"""Pre-label articles: a file of records, or articles of the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accordingto.command_line import CommandLineError, add_partial, prelabel
from accordingto.pipeline.network.weights import WeightsError
from annotations.prelabelling import job
from annotations.prelabelling.tasks import REQUEUEABLE
from articles.models import Article


class Command(BaseCommand):
    requires_system_checks = ()  # they would ask the database, which a file has no need of
    help = "Propose attributions, for a file (the database is left alone) or for articles stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--input", type=Path, help="Article JSONL, also .gz")
        parser.add_argument("--output", type=Path, help="the file to write, .gz if named so")
        add_partial(parser)
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
            prelabel(source, target, job.pipeline(), partial=partial, tell=self.stderr.write)
        except (CommandLineError, WeightsError) as error:
            raise CommandError(str(error)) from error

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
                job.prelabel_article(pk)
            except Exception as error:  # kept with the article; the others go on
                failed += 1
                key = Article.objects.get(pk=pk).key
                self.stderr.write(f"{key}: {type(error).__name__}: {error}")
        if failed:
            raise CommandError(f"{failed} articles failed.")
