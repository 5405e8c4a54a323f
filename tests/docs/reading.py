"""The documents, as the tests here read them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("accordingto", "articles", "annotations", "project")

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "accordingto").rglob("*.md")]
)
# What changed may name what is no longer there.
PRESENT = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?<![\w/])manage\.py ([a-z_]+)((?:[ \t]+[^\s`;#,]+)*)")


class Block(NamedTuple):
    """A fenced block of code and its language."""

    language: str
    code: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a document, lines that go on with a backslash joined."""
    return [Block(*each) for each in _FENCED.findall(text.replace("\\\n", " "))]


def inline(text: str) -> list[str]:
    """What stands between single backticks, outside of blocks."""
    return _INLINE.findall(_FENCED.sub("", text))


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each ``manage.py`` command that a document names, with the options that follow it."""
    for code in [*(block.code for block in blocks(text)), *inline(text)]:
        for name, rest in _COMMAND.findall(code):
            yield name, re.findall(r"--[a-z][a-z-]*", rest)


def name_of(path: Path) -> str:
    """The path of a document from the root, for messages and the ids of tests."""
    return path.relative_to(ROOT).as_posix()
