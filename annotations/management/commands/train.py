"""Train the learned pre-labeller on what people approved."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accordingto.records.article import RecordError
from annotations.export.training_data import finished_records, write_training_data


class Command(BaseCommand):
    requires_system_checks = ()  # they would ask the database, which files alone have no need of
    help = (
        "Train the network on the finished articles of the database, on gold files, or on both."
        " Started again with the same --out it goes on where it was stopped. Needs the extra"
        " 'train' and the starting weights (docs/accuracy.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--approved", action="store_true", help="the finished articles here")
        parser.add_argument("--data", type=Path, nargs="+", default=[], metavar="GOLD.jsonl")
        parser.add_argument(
            "--held-out", type=Path, help="gold file to measure on; without it, an article in ten"
        )
        parser.add_argument("--parses", type=Path, help="analyses of the same articles, by id")
        parser.add_argument(
            "--start", type=Path, required=True, help="folder of model.safetensors, tokenizer.json"
        )
        parser.add_argument("--out", type=Path, required=True, help="folder for all that it writes")
        parser.add_argument(
            "--name", default="", help="version that proposals are signed with; else made up"
        )
        parser.add_argument("--epochs", type=float, default=5.0)
        parser.add_argument(
            "--refine",
            type=float,
            default=0.0,
            metavar="EPOCHS",
            help="of a second run that goes on from the first; the mean of both is packaged",
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--threads", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        # Threads that spin while they wait take the cores from the rest of the machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            from accordingto.training import run  # noqa: PLC0415 - needs torch
        except ModuleNotFoundError as error:
            raise CommandError(
                f"{error.name} is not installed: training needs the extra 'train'."
            ) from error
        if not options["approved"] and not options["data"]:
            raise CommandError("Give --approved, --data, or both.")
        out: Path = options["out"]
        try:
            data = write_training_data(
                out,
                options["data"],
                finished_records() if options["approved"] else (),
                options["held_out"],
            )
            self.stderr.write(
                f"{data.train_articles} articles to train on, {data.held_out_articles} held out"
            )
            with tqdm(total=1.0, disable=None, bar_format="{l_bar}{bar}| {elapsed}") as bar:
                metrics = run.train_and_package(
                    data.train,
                    data.held_out,
                    out,
                    start=options["start"],
                    parses=options["parses"],
                    epochs=options["epochs"],
                    refine=options["refine"],
                    seed=options["seed"],
                    threads=options["threads"],
                    name=options["name"],
                    progress=lambda share: bar.update(share - bar.n),
                )
        except (OSError, RecordError, ValueError) as error:
            raise CommandError(str(error)) from error
        for kind, figures in metrics.items():
            self.stdout.write(f"{kind}: {figures}")
        self.stdout.write(f"Weights in {out / 'weights'}; the figures are in its meta.json")
