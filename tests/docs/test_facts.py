"""What the documents say of keys, values, formats and records is what the code says."""

import ast
import json
import re
from typing import Any

import pytest
from django.db import models

from accordingto.records.article import parse_record
from annotations.desk.shortcuts import ACTIONS
from annotations.export.formats import FORMATS
from annotations.models import Annotation, Source, Span
from articles.models import Article
from articles.readers.formats import READERS
from tests.docs.reading import PRESENT, ROOT, blocks


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_table_of_keys_has_every_key_of_the_desk() -> None:
    rows = [line for line in document("docs/review.md").splitlines() if line.startswith("| <kbd>")]
    shown = {key.lower() for row in rows for key in re.findall(r"<kbd>(.+?)</kbd>", row)}
    shown -= {"shift", "enter", "esc"}
    assert shown == {usual for usual, _text in ACTIONS.values()} - {"?"}


def test_the_glossary_defines_each_term_once_in_order() -> None:
    terms = re.findall(r"^\*\*(.+?)\.\*\*", document("docs/glossary.md"), re.MULTILINE)
    assert len(terms) > 30
    assert terms == sorted(set(terms), key=lambda term: re.sub(r"\W", " ", term.casefold()))


@pytest.mark.parametrize(
    "values", [Annotation.Status, Annotation.QuoteType, Source.Kind, Span.Role]
)
def test_values_are_in_the_glossary(
    values: type[models.TextChoices],
) -> None:
    words = document("docs/glossary.md").lower()
    assert [value for value in values.values if not re.search(rf"\b{value}\b", words)] == []


def test_the_states_of_an_article_are_in_the_documents() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PRESENT).lower()
    states = [str(label).lower() for label in Article.Status.labels]
    assert [state for state in states if f"*{state}*" not in text] == []


def test_the_record_in_the_documents_is_one() -> None:
    [example] = [b.code for b in blocks(document("docs/formats.md")) if b.language == "json"]
    record = parse_record(json.loads(example))
    assert record.attributions


def test_formats_are_in_the_documents() -> None:
    text = document("docs/formats.md")
    assert [suffix for suffix in READERS if f"`{suffix}`" not in text] == []
    assert [name for name in FORMATS if name.upper() not in text] == []


def test_python_in_the_documents_compiles_and_finds_what_it_imports() -> None:
    code = [b.code for path in PRESENT for b in blocks(path.read_text()) if b.language == "python"]
    for each in code:
        imports = [
            node for node in ast.parse(each).body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        exec("\n".join(map(ast.unparse, imports)), {})  # noqa: S102 - it is ours


def test_the_library_runs_as_the_documents_say() -> None:
    [code, *_more] = [b.code for b in blocks(document("docs/library.md")) if b.language == "python"]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - it is ours
    assert names["doc"]._.attributions
