"""The command line: `accordingto prelabel`, `evaluate` and `train`.

What the commands do is in functions that the site's commands of the same names call too.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from tqdm import tqdm

from accordingto.attribution import ROLES
from accordingto.batch import BadFileError, compare_files, evaluate_file, prelabel_file
from accordingto.evaluation import Counts, Evaluation
from accordingto.pipeline.component import EXTRACTORS, build_pipeline
from accordingto.pipeline.network.weights import WeightsError
from accordingto.records.article import ArticleRecord
from accordingto.training.corpus import write_training_data

type Tell = Callable[[str], object]
"""Takes a line for the person at the terminal, who may have the output go elsewhere."""

EVALUATE_HELP = (
    "Precision, recall and F1 of attributions against those of a gold file (article JSONL, also"
    " .gz). Without --predicted the pipeline labels the gold file's texts. Rejected attributions"
    " count on neither side."
)
PRELABEL_HELP = "Propose attributions for the articles of a file (article JSONL, also .gz)."
TRAIN_HELP = (
    "Train the network on gold files. Started again with the same --out it goes on where it was"
    " stopped. Needs the extra 'train' and the starting weights (docs/accuracy.md)."
)


class CommandLineError(Exception):
    """A command failed; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code, which is 0 only on success."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except CommandLineError as error:
        print(f"accordingto {options.command}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="accordingto", description="Find who said what in news text."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, description: str, run: Callable[[argparse.Namespace], None]
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=description, description=description)
        added.set_defaults(run=run)
        return added

    prelabel_parser = command("prelabel", PRELABEL_HELP, _prelabel)
    prelabel_parser.add_argument("input", type=Path, metavar="IN", help="article JSONL, also .gz")
    prelabel_parser.add_argument(
        "output", type=Path, metavar="OUT", help="the file to write, .gz if named so"
    )
    add_extractor(prelabel_parser)
    add_partial(prelabel_parser)
    add_evaluate_arguments(command("evaluate", EVALUATE_HELP, _evaluate))
    add_train_arguments(command("train", TRAIN_HELP, _train))
    return parser


def _prelabel(options: argparse.Namespace) -> None:
    prelabel(
        options.input,
        options.output,
        _pipeline(options.extractor),
        partial=options.partial,
        tell=_tell,
    )


def _evaluate(options: argparse.Namespace) -> None:
    print(evaluate(vars(options)))


def _train(options: argparse.Namespace) -> None:
    print(train(vars(options), (), _tell))


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _pipeline(extractor: str) -> Language:
    try:
        return build_pipeline(extractor)
    except WeightsError as error:
        raise CommandLineError(str(error)) from error


def add_extractor(parser: argparse.ArgumentParser, default: str = "network") -> None:
    """Add the option that chooses what proposes attributions."""
    parser.add_argument(
        "--extractor",
        choices=EXTRACTORS,
        default=default,
        help="what proposes attributions (default: %(default)s)",
    )


def add_partial(parser: argparse.ArgumentParser) -> None:
    """Add the option that has good records written beside refused ones."""
    parser.add_argument(
        "--partial", action="store_true", help="write the good records even if some are refused"
    )


def prelabel(source: Path, target: Path, nlp: Language, *, partial: bool, tell: Tell) -> None:
    """Pre-label a file. Raises `CommandLineError` unless every line of it was good."""
    try:
        with tqdm(unit=" articles", disable=None) as bar:
            summary = prelabel_file(source, target, nlp, partial=partial, progress=bar.update)
    except OSError as error:
        raise CommandLineError(f"{target} was not written: {error}") from error
    for line, reason in summary.refused:
        tell(f"{source}, line {line}: refused: {reason}")
    if not summary.written:
        raise CommandLineError(f"{target} was not written, because not every article is good.")
    tell(
        f"{summary.attributions} attributions in {summary.articles} articles,"
        f" {summary.kept} of them decided by a person; {summary.replaced} earlier proposals"
        f" replaced; {len(summary.refused)} lines refused"
    )
    if summary.refused:
        raise CommandLineError("Some lines were refused.")


def add_evaluate_arguments(parser: argparse.ArgumentParser, extractor: str = "network") -> None:
    """Add what `evaluate` takes."""
    parser.add_argument("gold", type=Path, help="Article JSONL with the right attributions")
    parser.add_argument(
        "--predicted", type=Path, help="Article JSONL with the same articles in the same order"
    )
    add_extractor(parser, extractor)
    parser.add_argument("--json", action="store_true", help="all counts as one JSON object")


def evaluate(options: dict[str, Any]) -> str:
    """Measure predictions; return the table, or the counts as JSON. Raises `CommandLineError`."""
    gold, predicted = options["gold"], options["predicted"]
    try:
        with tqdm(unit=" articles", disable=None) as bar:
            if predicted:
                evaluation = compare_files(gold, predicted, bar.update)
            else:
                evaluation = evaluate_file(gold, _pipeline(options["extractor"]), bar.update)
    except (OSError, BadFileError) as error:
        raise CommandLineError(str(error)) from error
    return json.dumps(evaluation.as_dict()) if options["json"] else _table(evaluation)


def _table(evaluation: Evaluation) -> str:
    columns = ("precision", "recall", "F1", "predicted", "gold")
    rows = [f"{evaluation.articles} articles", ("{:<22}" + "{:>11}" * 5).format("", *columns)]
    for role in ROLES:
        rows.append(_row(f"{role}, exact", evaluation.exact[role]))
        rows.append(_row(f"{role}, token overlap", evaluation.overlap[role]))
    rows.append(_row("linked, exact", evaluation.linked_exact))
    rows.append(_row("linked, relaxed", evaluation.linked_relaxed))
    return "\n".join(rows)


def _row(name: str, counts: Counts) -> str:
    shares = "".join(f"{share:>11.1%}" for share in (counts.precision, counts.recall, counts.f1))
    return f"{name:<22}{shares}{counts.predicted:>11}{counts.gold:>11}"


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `train` takes."""
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


def train(options: dict[str, Any], approved: Iterable[ArticleRecord], tell: Tell) -> str:
    """Train on gold files and on ``approved`` articles; return the figures.

    Raises `CommandLineError`.
    """
    # Threads that spin while they wait take the cores from the rest of the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from accordingto.training.run import train_and_package  # noqa: PLC0415 - needs torch
    except ModuleNotFoundError as error:
        raise CommandLineError(
            f"{error.name} is not installed: training needs the extra 'train'."
        ) from error
    out: Path = options["out"]
    try:
        data = write_training_data(out, options["data"], approved, options["held_out"])
        tell(f"{data.train_articles} articles to train on, {data.held_out_articles} held out")
        with tqdm(total=1.0, disable=None, bar_format="{l_bar}{bar}| {elapsed}") as bar:
            metrics = train_and_package(
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
    except (OSError, ValueError) as error:
        raise CommandLineError(str(error)) from error
    figures = [f"{kind}: {values}" for kind, values in metrics.items()]
    return "\n".join([*figures, f"Weights in {out / 'weights'}; the figures are in its meta.json"])
