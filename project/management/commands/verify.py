"""Look whether the database is sound."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.maintenance.verify import faults


class Command(BaseCommand):
    """`manage.py verify`."""

    help = (
        "Looks whether the database is sound: whether its triggers are at work, every text has its"
        " digest, spans lie on their texts, and annotations are as the log says. Changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(faults())
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"The database is not sound: {len(found)} faults, named above.")
        self.stdout.write("The database is sound.")
