"""Nothing here reads a file that could run code: no pickles, nor what reads them in passing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("accordingto", "articles", "annotations", "project", "benchmarks", "docs", "tests")
SOURCES = sorted(
    each
    for folder in FOLDERS
    for each in (ROOT / folder).rglob("*.py")
    if each != Path(__file__).resolve()
)
PICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
# Functions that unpickle unless told otherwise, and what they must be told.
TOLD = {"torch.load": ("weights_only", True)}


def unsafe(source: str) -> Iterator[str]:
    """What in a module may unpickle."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found = [each.name.partition(".")[0] for each in names]
            case ast.ImportFrom(module=str(module)):
                found = [module.partition(".")[0]]
            case ast.Call():
                yield from _calls(node)
                continue
            case _:
                continue
        yield from (f"import {name}" for name in found if name in PICKLERS)


def _calls(call: ast.Call) -> Iterator[str]:
    given = {each.arg: ast.unparse(each.value) for each in call.keywords}
    name = ast.unparse(call.func)
    if "allow_pickle" in given and given["allow_pickle"] != "False":
        yield "allow_pickle"
    for function, (argument, value) in TOLD.items():
        if name == function and given.get(argument) != str(value):
            yield f"{name} without {argument}={value}"
    if name.endswith("read_pickle"):
        yield name


def test_no_module_unpickles_anything() -> None:
    found = {
        str(path.relative_to(ROOT)): list(unsafe(path.read_text(encoding="utf-8")))
        for path in SOURCES
    }
    assert len(found) > 200
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import load",
        "import joblib.externals",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pd.read_pickle(path)",
    ],
)
def test_what_unpickles_is_noticed(line: str) -> None:
    assert list(unsafe(line))


@pytest.mark.parametrize("line", ["np.load(path)", "torch.load(path, weights_only=True)"])
def test_what_does_not_is_let_through(line: str) -> None:
    assert not list(unsafe(line))
