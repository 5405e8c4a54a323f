"""Codes: each that is raised has words, each that has words is raised, and the values are given."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import accordingto
import articles
from accordingto.errors import CodedError
from accordingto.records.article import RecordError
from accordingto.text.normalise import TextError
from articles.refusals import ArticleError

LIBRARY = Path(accordingto.__file__).parent
SITE = (Path(articles.__file__).parent, Path(articles.__file__).parents[1] / "annotations")


def raised(name: str, *folders: Path) -> Iterator[tuple[str, set[str]]]:
    """The code and the params of each ``name(...)`` in the source."""
    for folder in folders:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
                    code = node.args[0]
                    assert isinstance(code, ast.Constant), f"{path}, line {node.lineno}"
                    yield str(code.value), {keyword.arg or "" for keyword in node.keywords}


@pytest.mark.parametrize(
    ("error", "folders"),
    [(TextError, [LIBRARY]), (RecordError, [LIBRARY, *SITE]), (ArticleError, SITE)],
)
def test_codes_have_words_and_words_their_values(
    error: type[CodedError], folders: list[Path]
) -> None:
    inherited = TextError.messages if error is RecordError else {}
    own = {code: str(words) for code, words in error.messages.items() if code not in inherited}
    found = list(raised(error.__name__, *folders))
    assert {code for code, _params in found} == set(own)
    for code, params in found:
        assert set(re.findall(r"%\((\w+)\)", own[code])) == params, code


def test_what_is_said_in_english_can_be_said_by_others() -> None:
    error = RecordError("id_too_long", "attributions[2].id", size=2001, limit=2000)
    assert str(error) == "attributions[2].id: has 2001 bytes as UTF-8, the longest id has 2000"
    assert (error.code, error.params) == ("id_too_long", {"size": 2001, "limit": 2000})
    assert error.field == "attributions[2].id"
