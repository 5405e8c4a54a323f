"""Every environment variable that the code reads is in the documents, and the other way round."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from project import settings
from tests.docs.reading import PACKAGES, PRESENT, ROOT, inline

INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
CODE = [ROOT / "manage.py", *(each for name in PACKAGES for each in (ROOT / name).rglob("*.py"))]


READERS = {"_flag", "_list", "_seconds", "os.getenv"}


def variables(source: str) -> Iterator[str]:
    """The variables that a module reads from ``os.environ``, or gives a default there."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if (
                ast.unparse(function).rpartition(".")[0] == "os.environ"
                or ast.unparse(function) in READERS
            ):
                yield name
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if (
                ast.unparse(value) == "os.environ"
            ):
                yield name


def read_by(*paths: Path) -> set[str]:
    return {each for path in paths for each in variables(path.read_text(encoding="utf-8"))}


def in_tables(text: str) -> set[str]:
    """The variables that have a row of a table."""
    return set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", text, re.MULTILINE))


def test_the_variables_are_found() -> None:
    source = 'os.environ.get("A"), os.environ["B"], os.getenv("C"), _flag("D")\n'
    source += 'os.environ.setdefault("E", "1"), other.get("F"), os.environ.get(name)'
    assert set(variables(source)) == {"A", "B", "C", "D", "E"}


def test_what_is_read_is_documented_and_the_other_way_round() -> None:
    assert read_by(*CODE) == in_tables(INSTALL)


def test_the_settings_say_which_variables_they_read() -> None:
    named = set(re.findall(r"^([A-Z_]+) ", settings.__doc__ or "", re.MULTILINE))
    assert named == read_by(ROOT / "project" / "settings.py")


def test_variables_elsewhere_in_the_documents_exist() -> None:
    set_to = {
        (path.name, each.partition("=")[0])
        for path in PRESENT
        for each in inline(path.read_text(encoding="utf-8"))
        if re.fullmatch(r"[A-Z][A-Z_]+=\S*", each)
    }
    assert set_to
    known = read_by(*CODE)
    assert {each for each in set_to if each[1] not in known} == set()
