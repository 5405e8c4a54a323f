"""Restore a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.maintenance.programs import MaintenanceError
from project.maintenance.restore import restore, waiting_migrations


class Command(BaseCommand):
    """`manage.py restore`."""

    help = (
        "Puts the database back to what it was when a backup was made, whole or not at all, and"
        " compares what came of it with what was backed up. Stop the web server and the workers"
        " before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what manage.py backup wrote")
        parser.add_argument(
            "--replace", action="store_true", help="delete all that is in the database now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"], replace=options["replace"])
        except MaintenanceError as error:
            raise CommandError(str(error)) from error
        rows = sum(each["rows"] for each in manifest.tables.values())
        self.stdout.write(
            f"{rows} rows of {len(manifest.tables)} tables are as they were at {manifest.made_at}:"
            " each table was compared with the backup. Everybody has to sign in again."
        )
        if waiting := waiting_migrations():
            self.stdout.write(
                f"The backup is of an earlier version: run manage.py migrate (for {len(waiting)})."
            )
