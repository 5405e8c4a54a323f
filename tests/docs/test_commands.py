"""Commands, their options, targets of make: those the documents name, and those there are."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from tests.docs.reading import PACKAGES, PRESENT, ROOT, blocks, commands, inline, name_of

OURS = {name: app for name, app in get_commands().items() if app in PACKAGES}
TABLE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+)` \|.*\| (.*) \|$", re.MULTILINE)


def parser_of(name: str) -> ArgumentParser:
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    return command.create_parser("manage.py", name)


def options_of(name: str) -> set[str]:
    """All options of a command, those that all commands have among them."""
    return options(parser_of(name))


def options(parser: ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


SHARED = options(BaseCommand().create_parser("manage.py", "any")) | {"--skip-checks"}


def own_options(name: str) -> set[str]:
    """The options that the command has besides those that all commands have."""
    return options_of(name) - SHARED


def targets() -> set[str]:
    return set(re.findall(r"^([\w./-]+):(?!=)", MAKEFILE, re.MULTILINE)) - {".PHONY"}


def phony() -> set[str]:
    found = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert found
    return set(found[1].split())


@pytest.mark.parametrize("path", PRESENT, ids=name_of)
def test_commands_in_a_document_exist_with_their_options(path: Path) -> None:
    for name, given in commands(path.read_text(encoding="utf-8")):
        assert name in get_commands(), name
        assert set(given) <= options_of(name), name


def test_every_command_of_ours_is_in_the_table_with_all_options() -> None:
    documented = {
        name: set(re.findall(r"`(--[a-z-]+)`", named)) for name, named in ROW.findall(TABLE)
    }
    assert documented == {name: own_options(name) for name in OURS}


@pytest.mark.parametrize("path", PRESENT, ids=name_of)
def test_options_by_themselves_are_options_of_some_command(path: Path) -> None:
    known = {option for name in OURS for option in options_of(name)} | {"--help"}
    named = {
        each.split()[0]
        for each in inline(path.read_text(encoding="utf-8"))
        if each.startswith("--")
    }
    benchmarks = "".join(each.read_text("utf-8") for each in (ROOT / "benchmarks").glob("*.py"))
    assert {each for each in named - known if f'"{each}"' not in benchmarks} == set()


@pytest.mark.parametrize("path", PRESENT, ids=name_of)
def test_targets_of_make_in_a_document_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    code = [*(block.code for block in blocks(text)), *inline(text)]
    named = {each for part in code for each in re.findall(r"(?:^|\s)make ([\w./-]+)", part)}
    assert named <= targets()


def test_every_target_of_make_is_explained_where_it_is_called_and_in_the_documents() -> None:
    explained = set(re.findall(r"^\t@echo 'make ([\w-]+)", MAKEFILE, re.MULTILINE))
    assert explained == phony() - {"help"}
    text = "".join(path.read_text(encoding="utf-8") for path in PRESENT)
    assert {each for each in explained if f"make {each}" not in text} == set()
