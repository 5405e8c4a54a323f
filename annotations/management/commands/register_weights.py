"""Have weights that were trained elsewhere known here."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accordingto.pipeline.network.weights import WeightsError
from annotations.prelabelling.weights import register


class Command(BaseCommand):
    help = (
        "Keeps the SHA-256 sums of weights that were trained elsewhere, so that they may pre-label"
        " here. What manage.py train makes is known already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="with meta.json, as training makes it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            weights = register(options["folder"])
        except WeightsError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Known here as {weights.version}:")
        for name, found in sorted(weights.sums.items()):
            self.stdout.write(f"{found}  {name}")
