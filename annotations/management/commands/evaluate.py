"""Measure predicted attributions against gold ones."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accordingto.command_line import (
    EVALUATE_HELP,
    CommandLineError,
    add_evaluate_arguments,
    evaluate,
)


class Command(BaseCommand):
    requires_system_checks = ()  # they would ask the database, which a file has no need of
    help = EVALUATE_HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_evaluate_arguments(parser, settings.EXTRACTOR)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(evaluate(options))
        except CommandLineError as error:
            raise CommandError(str(error)) from error
