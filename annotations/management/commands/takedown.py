"""Take an article down for good."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.actions.base import Refused
from annotations.actions.take_down import take_down
from articles.models import Article


class Command(BaseCommand):
    help = (
        "Takes an article down for good: strikes all its words out of the database. This cannot be"
        " undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", metavar="ID", help="the article's id")
        parser.add_argument("--reason", required=True, help="stays in the log")

    def handle(self, *args: Any, **options: Any) -> None:
        article = Article.objects.filter(key=options["key"]).first()
        if article is None:
            raise CommandError(f"There is no article with the id {options['key']}.")
        try:
            take_down(article.pk, None, options["key"], options["reason"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            "The article was taken down. Exports, backups and models made earlier still have it."
        )
