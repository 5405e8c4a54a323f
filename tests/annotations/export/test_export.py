"""Export: approved annotations only, the same bytes after a round trip, nothing for strangers."""

import csv
import io
import json
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accordingto.records.article import ArticleRecord, AttributionRecord
from annotations import actions
from annotations.export.approved import Filters, approved_records
from annotations.export.formats import csv_lines, jsonl_lines
from annotations.models import Annotation, Decision, Source
from annotations.queue.intake import Stored, store
from articles.models import Article
from articles.readers.formats import read_articles
from articles.readers.rows import Rows
from tests.builders import MAYOR, PORT, TEXT, proposal, ready_article, spans

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(editor: User) -> Article:
    """An article with one approved, one corrected, one rejected and one open annotation."""
    article = ready_article(proposals=(MAYOR, PORT, {"cue": ["said"]}, {"cue": ["closes"]}))
    Article.objects.filter(pk=article.pk).update(
        outlet="Coast Gazette", published_at="2026-03-02", url="https://gazette.example/1"
    )
    by_cue = {a.spans.get(role="cue").start: a.pk for a in article.annotations.all()}
    told, according, said = (TEXT.index(w) for w in ("told reporters", "According to", "said"))
    actions.approve(by_cue[told], 1, editor)
    fixed = spans(TEXT, source=["port authority"], cue=["According to"], content=["six weeks"])
    actions.correct(by_cue[according], 1, editor, fixed, "indirect")
    actions.reject(by_cue[said], 1, editor)
    Annotation.objects.filter(pk=by_cue[told]).update(
        resolved_source=Source.objects.create(name="Ada Lindqvist", kind="person")
    )
    return article


def exported(filters: Filters = Filters()) -> str:  # noqa: B008 - frozen
    return "".join(jsonl_lines(approved_records(filters)))


def test_exactly_what_was_approved_is_exported(reviewed: Article, editor: User) -> None:
    record = json.loads(exported())

    assert record["schema"] == "accordingto/1"
    assert record["text"] == TEXT
    mayor, port = record["attributions"]
    text = record["text"]
    assert [text[s:e] for s, e in mayor["content"]] == MAYOR["content"]
    assert [text[s:e] for s, e in port["source"]] == ["port authority"]
    assert (mayor["origin"], mayor["confidence"]) == ("model:test-1", 0.8)
    assert (port["origin"], "confidence" in port) == ("person", False)
    assert mayor["resolved_source"] == {"name": "Ada Lindqvist", "kind": "person"}
    assert {mayor["status"], port["status"]} == {"approved"}
    assert {mayor["reviewed_by"], port["reviewed_by"]} == {editor.username}
    assert mayor["reviewed_at"].endswith("+00:00")


def test_importing_the_export_and_exporting_again_gives_the_same_bytes(
    reviewed: Article, editor: User
) -> None:
    other = ready_article("Café 👩‍👩‍👧: قال أحمد “yes”.\n\nThe end.", [{"cue": ["قال"]}])
    actions.approve(other.annotations.get().pk, 1, editor)
    first = exported()
    assert first.count("\n") == 2
    second = exported_elsewhere(first)
    assert without_signed(second) == without_signed(first), "all but where it was signed"
    assert exported_elsewhere(second) == second


def exported_elsewhere(content: str) -> str:
    """What a fresh installation exports that was given an export."""
    empty_the_database()
    rows = read_articles(io.BytesIO(content.encode()), "export.jsonl")
    assert brought_in(rows, None, "export.jsonl") == content.count("\n")
    return exported()


def brought_in(rows: Rows, by: User | None, file: str) -> int:
    """Bring a file in; return how many articles it added."""
    outcomes = [outcome for _line, outcome in store(list(rows), by, file)]
    return sum(isinstance(each, Stored) and each.added for each in outcomes)


def without_signed(content: str) -> str:
    return re.sub(r', "signed": \{"\w+": \{.*?\}\}', "", content)


def attributions(filters: Filters = Filters()) -> list[dict[str, Any]]:  # noqa: B008 - frozen
    """The exported attributions in JSONL, each with its row of the CSV as ``csv``."""
    records = list(approved_records(filters))
    rows = csv.DictReader(io.StringIO("".join(csv_lines(records)).removeprefix("\ufeff")))
    found = [each for line in jsonl_lines(records) for each in json.loads(line)["attributions"]]
    return [each | {"csv": row} for each, row in zip(found, rows, strict=True)]


def proof(attribution: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """Where the attribution was signed, as the CSV has it; JSONL says the same."""
    row = attribution["csv"]
    [(where, told)] = attribution["signed"].items()
    assert where == row["signed"]
    if where == "here":
        assert told == {"account": int(row["account_id"]), "decision": int(row["decision_id"])}
        assert (row["imported_by"], row["imported_from"]) == ("", "")
    else:
        assert told == {"by": row["imported_by"], "from": row["imported_from"]}
        assert (row["account_id"], row["decision_id"]) == ("", "")
    return where, row["account_id"], row["decision_id"], row["imported_by"], row["imported_from"]


def given_here(person: User, decision: Decision | None) -> tuple[str, str, str, str, str]:
    assert decision
    return "here", str(person.pk), str(decision.pk), "", ""


def test_a_signature_from_a_file_never_looks_like_one_given_here(editor: User, admin: User) -> None:
    article = ready_article(proposals=[MAYOR])
    actions.approve(article.annotations.get().pk, 1, editor)
    [original] = attributions()
    assert proof(original)[0] == "here"
    content = exported()
    empty_the_database()

    rows = read_articles(io.BytesIO(content.encode()), "a.jsonl")
    brought_in(rows, admin, "a.jsonl")
    [imported] = attributions()
    assert imported["reviewed_by"] == editor.username
    assert proof(imported) == ("imported", "", "", admin.username, "a.jsonl")

    annotation = Annotation.objects.get()
    annotation = actions.flag(annotation.pk, annotation.version, editor, "Sure?")
    annotation = actions.set_source(annotation.pk, annotation.version, editor, None)
    [imported] = attributions()
    assert proof(imported)[0] == "imported", "who flags or names signs nothing"

    annotation = actions.approve(annotation.pk, annotation.version, editor)
    [approved_here] = attributions()
    assert proof(approved_here) == given_here(editor, annotation.decisions.last())
    actions.undo(annotation.pk, annotation.version, editor)
    [imported] = attributions()
    assert proof(imported) == ("imported", "", "", admin.username, "a.jsonl")


def test_the_proof_is_the_decision_that_gave_the_signature(editor: User, admin: User) -> None:
    article = ready_article(proposals=[MAYOR])
    annotation = actions.approve(article.annotations.get().pk, 1, editor)
    given = annotation.decisions.last()
    pk = annotation.pk

    def proven() -> tuple[str, str, str, str, str]:
        [only] = attributions()
        return proof(only)

    assert proven() == given_here(editor, given)
    annotation = actions.flag(pk, annotation.version, admin, "Sure?")
    assert proven() == given_here(editor, given), "the flag kept the signature"
    annotation = actions.approve(pk, annotation.version, admin)
    assert proven() == given_here(admin, annotation.decisions.last())
    annotation = actions.undo(pk, annotation.version, admin)
    assert proven() == given_here(editor, given), "the undo brought it back"
    actions.redo_latest(article.pk, admin)
    annotation = Annotation.objects.get()
    assert proven()[1] == str(admin.pk)
    assert given
    annotation = actions.revert(pk, annotation.version, admin, given.pk)
    assert proven() == given_here(editor, given), "it was put back"
    annotation = actions.approve(pk, annotation.version, editor)
    assert proven() == given_here(editor, annotation.decisions.last()), "read once more"
    added = actions.add(article.pk, admin, spans(TEXT, cue=["told reporters"]), "indirect")
    assert proof(attributions()[1]) == given_here(admin, added.decisions.last())


def test_what_was_approved_at_once_says_so(editor: User) -> None:
    article = ready_article(proposals=(MAYOR, PORT, {"cue": ["said"]}))
    mayor, port, said = article.annotations.all()
    actions.approve(said.pk, 1, editor, batch=uuid.uuid4())  # named and approved, in one go
    actions.approve_all(article.pk, {mayor.pk: 1, port.pk: 1}, editor)

    def sizes() -> list[int | None]:
        found = attributions()
        for each in found:
            assert each["csv"]["approved_in_batch"] == str(each.get("approved_in_batch", ""))
        return [each.get("approved_in_batch") for each in found]

    by_start = sorted((mayor, port, said), key=lambda each: each.start)
    expected = [None if each == said else 2 for each in by_start]
    assert sizes() == expected
    actions.undo_latest(article.pk, editor)
    assert sizes() == [None]
    actions.redo_latest(article.pk, editor)
    assert sizes() == expected

    exported_elsewhere(exported())
    assert sizes() == expected, "an import does not make a reading of it"
    first = Annotation.objects.order_by("start").exclude(key=said.key)[0]
    actions.approve(first.pk, first.version, editor)
    assert sizes().count(2) == 1, "approved by itself since"


def empty_the_database() -> None:
    """As a fresh installation would be; the log cannot be deleted row by row."""
    connection.check_constraints()  # else they would be pending, and stop the TRUNCATE
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE articles_article, annotations_source CASCADE")
    assert not Decision.objects.exists()


def test_csv_has_a_line_an_attribution_with_its_sentence(reviewed: Article) -> None:
    text = "".join(csv_lines(approved_records(Filters())))
    assert text.startswith("\ufeff")
    mayor, port = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert mayor["content"] == "“We cannot wait any longer,” […] “The bolts are older than I am.”"
    assert mayor["sentence"].startswith("“We cannot wait")
    assert mayor["sentence"].endswith("than I am.”")
    assert port["source"] == "port authority"
    start, end = map(int, port["cue_offsets"].split("-"))
    assert TEXT[start:end] == "According to"
    assert (port["origin"], port["confidence"]) == ("person", "")
    assert port["outlet"] == "Coast Gazette"


def test_csv_cells_are_no_formulas() -> None:
    text = "=HYPERLINK(1) said so"
    attribution = proposal(text, source=["=HYPERLINK(1)"], cue=["said"])
    record = ArticleRecord(text=text, title="@SUM(A1)", attributions=(attribution,))
    row = next(csv.DictReader(io.StringIO("".join(csv_lines([record])).removeprefix("\ufeff"))))
    assert (row["source"], row["title"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")


STARTS = st.sampled_from([*"=+-@＝＋－＠﹢;|% \t\r\n'", "\u00a0", "\u200b", "a", ""])


@given(st.lists(STARTS, max_size=4).map("".join), st.text(max_size=5))
@example("-", "5")
@example("", "")
def test_no_cell_begins_as_a_formula_and_all_can_be_read_back(start: str, rest: str) -> None:
    words = start + rest.encode(errors="ignore").decode().replace("\0", "")
    record = ArticleRecord(
        text="Ada said so", title=words, attributions=(proposal("Ada said so", cue=["said"]),)
    )
    lines = "".join(csv_lines([record])).removeprefix("\ufeff")
    row = next(csv.DictReader(io.StringIO(lines, newline="")))
    shown = unicodedata.normalize("NFKC", row["title"])  # full width is narrow then
    assert not shown.startswith(("\t", "\r", "\n"))
    assert not shown.lstrip(" \t\r\n\u200b").startswith(tuple("=+-@;|%"))
    assert row["title"].removeprefix("'") == words
    assert row["confidence"] == "0.8"


def test_a_number_of_ours_stays_one() -> None:
    text = "Ada said so"
    attribution = replace(proposal(text, cue=["said"]), confidence=-5.0)  # whatever its sign
    lines = "".join(csv_lines([ArticleRecord(text=text, attributions=(attribution,))]))
    assert next(csv.DictReader(io.StringIO(lines)))["confidence"] == "-5.0"


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (Filters(outlet="Coast Gazette"), 2),
        (Filters(outlet="Another"), 0),
        (Filters(reviewer="editors-person"), 2),
        (Filters(reviewer="nobody"), 0),
    ],
)
def test_filters(reviewed: Article, filters: Filters, count: int) -> None:
    assert sum(len(record.attributions) for record in approved_records(filters)) == count


def test_the_command_writes_a_whole_file_or_none(
    reviewed: Article, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.jsonl"
    call_command("export", "--format", "jsonl", "--output", target)
    assert target.read_text(encoding="utf-8") == exported()
    assert "2 approved annotations of 1 articles" in capsys.readouterr().err
    with pytest.raises(CommandError, match="was not written"):
        call_command("export", "--output", tmp_path / "no" / "folder.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("role", ["fact-checkers", "admins"])
def test_the_button_streams_the_same_file(
    client: Client, person: Callable[[str], User], reviewed: Article, role: str
) -> None:
    client.force_login(person(role))
    page = client.get(reverse("export:page"), {"outlet": "Coast Gazette"}).content.decode()
    assert "2 approved annotations" in page
    assert f"{reverse('export:download', args=['csv'])}?outlet=Coast+Gazette" in page
    response = client.get(reverse("export:download", args=["jsonl"]))
    assert b"".join(response).decode() == exported()
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert client.get(reverse("export:download", args=["docx"])).status_code == 404
    bad = client.get(reverse("export:page"), {"reviewed_from": "yesterday"})
    assert bad.status_code == 422
    assert "Enter a valid date" in bad.content.decode()


def test_editors_and_strangers_cannot_export(client: Client, editor: User) -> None:
    for url in (reverse("export:page"), reverse("export:download", args=["jsonl"])):
        assert client.get(url).status_code == 302
    client.force_login(editor)
    for url in (reverse("export:page"), reverse("export:download", args=["jsonl"])):
        assert client.get(url).status_code == 403


@pytest.mark.parametrize("count", [1, 40])
def test_queries_do_not_grow_with_the_rows(
    editor: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        article = ready_article(f"Article {number}: she said so.", [{"cue": ["said"]}])
        actions.approve(article.annotations.get().pk, 1, editor)
    with django_assert_num_queries(4):
        assert len(list(approved_records(Filters()))) == count


class Looked(tuple[tuple[int, int], ...]):
    """Sentences of which one can be looked up, but not all be gone through."""

    def __iter__(self) -> NoReturn:
        raise AssertionError("went through all sentences for one attribution")


def test_csv_finds_the_sentences_of_an_attribution_without_reading_all() -> None:
    text = "He said no. " * 1_000
    places = [(at, at + 11) for at in range(0, len(text), 12)]
    attribution = AttributionRecord(cue=((12 * 500 + 3, 12 * 500 + 7),), content=((6020, 6022),))
    record = ArticleRecord(text, sentences=Looked(places), attributions=(attribution,))
    _header, line = csv_lines([record])
    assert next(csv.reader([line]))[11] == "He said no. He said no."


def test_a_csv_line_does_not_repeat_a_text_that_has_no_sentences() -> None:
    text = "so " * 100_000
    attribution = AttributionRecord(cue=((3, 5),))
    record = ArticleRecord(text, sentences=((0, len(text)),), attributions=(attribution,))
    _header, line = csv_lines([record])
    assert len(line) < 11_000
    assert "… " in line
