"""Train the learned pre-labeller on what people approved."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accordingto.command_line import CommandLineError, add_train_arguments, train
from accordingto.pipeline.network.weights import WeightsError
from annotations.export.training_data import finished_records
from annotations.prelabelling.weights import register


class Command(BaseCommand):
    help = (
        "Train the network on the finished articles of the database, on gold files, or on both."
        " Started again with the same --out it goes on where it was stopped. Needs the extra"
        " 'train' and the starting weights (docs/accuracy.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--approved", action="store_true", help="the finished articles here")
        add_train_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["approved"] and not options["data"]:
            raise CommandError("Give --approved, --data, or both.")
        approved = finished_records() if options["approved"] else ()
        try:
            self.stdout.write(train(options, approved, self.stderr.write))
            weights = register(options["out"] / "weights")
        except (CommandLineError, WeightsError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"They are known here as {weights.version}: WEIGHTS={options['out'] / 'weights'} has"
            " workers pre-label with them."
        )
