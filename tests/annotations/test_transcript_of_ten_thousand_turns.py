"""A hearing of 10,000 turns goes all the way: pre-labelled, shown, exported, imported again."""

import io
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accordingto.records.article import ArticleRecord, read_records, serialise
from annotations.export.approved import Filters, approved_records
from annotations.export.formats import csv_lines, jsonl_lines
from annotations.prelabelling.job import prelabel_article
from annotations.queue.intake import Stored, ingest_record, store
from articles.clock import database_now
from articles.models import Article

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TURNS = 10_000
LARGEST_PAGE = 3_000_000
"""Bytes of a page, whatever the article has."""


def hearing() -> str:
    names = ("SMITH", "JONES", "O’HARA")
    return "".join(
        f"{names[number % 3]}: The bridge is number {number}, and it is closed.\n"
        for number in range(TURNS)
    )


def test_a_hearing_goes_all_the_way(client: Client, editor: User, admin: User) -> None:
    article = ingest_record(ArticleRecord(text=hearing(), id="hearing"), admin).article
    prelabel_article(article.pk)
    article.refresh_from_db()
    assert article.status == Article.Status.READY
    assert article.annotations.count() == TURNS

    client.force_login(editor)
    page = client.get(article.get_absolute_url())
    assert page.status_code == 200
    assert len(page.content) < LARGEST_PAGE
    assert f"0 of {TURNS}" in page.content.decode().replace(",", "")

    article.annotations.update(
        status="approved", reviewer="editor", reviewed_by=editor, reviewed_at=database_now()
    )
    lines = list(jsonl_lines(approved_records(Filters())))
    assert sum(1 for _line in csv_lines(approved_records(Filters()))) == TURNS + 1
    rows = list(read_records(io.BytesIO("".join(lines).encode())))
    ((_number, record),) = rows
    assert isinstance(record, ArticleRecord), record
    assert len(record.attributions) == TURNS

    # Another text, so that it is another article.
    again = replace(record, id="again", text=f"{record.text}The end.")
    again_rows = list(read_records(io.BytesIO(serialise(again).encode())))
    [(_line, stored)] = store(again_rows, admin, "again.jsonl")
    assert isinstance(stored, Stored), stored
    imported = Article.objects.get(pk=stored.article.pk)
    assert imported.annotations.count() == TURNS
    assert client.get(imported.get_absolute_url()).status_code == 200
