"""Files, modules and links in the documents and in the code's comments lead somewhere."""

import io
import pkgutil
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.reading import DOCUMENTS, PACKAGES, PRESENT, ROOT, blocks, inline, name_of

TOP = {each.name for each in ROOT.iterdir() if each.name[0] != "."} | {".ci"}
SOURCES = sorted(each for name in (*PACKAGES, "tests") for each in (ROOT / name).rglob("*.py"))
MODULE = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def paths(text: str) -> Iterator[str]:
    """What stands in backticks and looks like a file or folder of the project."""
    for each in inline(text):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", each) and (
            each.partition("/")[0] in TOP or re.search(r"\.(py|html|js|css|md)$", each)
        ):
            yield each
    for block in blocks(text):
        yield from re.findall(r"(?<![\w/.-])benchmarks/[\w./-]+", block.code)


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as they are made for reading it on the web."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def resolves(name: str) -> bool:
    """Whether there is a module, class or function of that dotted name."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        # Torch is not always there; the module is.
        return (ROOT / (name.replace(".", "/") + ".py")).is_file()
    return True


def comments(source: str) -> Iterator[str]:
    """The comments and docstrings of a module."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or token.string.startswith('"""'):
            yield token.string


@pytest.mark.parametrize("path", PRESENT, ids=name_of)
def test_files_in_a_document_exist(path: Path) -> None:
    named = paths(path.read_text(encoding="utf-8"))
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_of_a_document_lead_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        target, _hash, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


def test_every_document_is_linked_from_another() -> None:
    linked = {
        (path.parent / link.partition("#")[0]).resolve()
        for path in DOCUMENTS
        for link in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in link and not link.startswith("#")
    }
    assert {name_of(path) for path in DOCUMENTS if path not in linked} == {"README.md"}


@pytest.mark.parametrize("path", PRESENT, ids=name_of)
def test_modules_in_a_document_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = [each.replace(":", ".") for each in inline(text)]
    for block in blocks(text):
        for module, imported in re.findall(r"^from (\S+) import (.+)$", block.code, re.MULTILINE):
            names += [f"{module}.{each.strip()}" for each in imported.split(",")]
    # A permission looks like a module and is none.
    ours = {each for each in names if MODULE.fullmatch(each)} - {"annotations.curate_source"}
    assert {each for each in ours if not resolves(each)} == set()


def test_comments_name_modules_that_exist() -> None:
    wrong = []
    for path in SOURCES:
        for text in comments(path.read_text(encoding="utf-8")):
            wrong += [
                f"{name_of(path)}: {name}"
                for name in re.findall(rf"`({MODULE.pattern})`", text)
                if not resolves(name)
            ]
    assert wrong == []


def test_what_is_not_there_is_noticed() -> None:
    assert not resolves("annotations.review.deciding")
    assert list(paths("`test_locks.py` `docs/no.md` `meta.x`")) == ["test_locks.py", "docs/no.md"]
    assert list(comments('x = "`no`"  # `yes`\n')) == ["# `yes`"]
