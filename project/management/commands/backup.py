"""Back the database up."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.maintenance.backup import back_up
from project.maintenance.programs import MaintenanceError


class Command(BaseCommand):
    """`manage.py backup`."""

    help = (
        "Writes all that is in the database to one file, but for who is signed in, and reads it"
        " again to see that it is whole. People may work meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="is replaced if it is there")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = back_up(options["file"])
        except MaintenanceError as error:
            raise CommandError(str(error)) from error
        rows = sum(each["rows"] for each in manifest.tables.values())
        self.stdout.write(
            f"{rows} rows of {len(manifest.tables)} tables, as they were at {manifest.made_at}, are"
            f" in {options['file']}. The file was read again and is whole."
        )
