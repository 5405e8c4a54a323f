"""No article's text in a log: neither in ours nor in PostgreSQL's."""

import hashlib
import io
import logging
import logging.config
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from annotations.queue import import_views
from articles.ingest.copying import copy_rows
from articles.models import Article
from project import checks
from project.checks import QUIET

pytestmark = pytest.mark.django_db

SECRET = "Nobody may find these words in a log"


def refused(*_: Any) -> None:
    """Have the database refuse a row that holds the words, and name it."""
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    with transaction.atomic():
        article = Article.objects.create(text=SECRET, text_sha256=digest, folded_sha256=digest)
        Article.objects.filter(pk=article.pk).update(status="no such status")


def copied() -> None:
    """The same by COPY."""
    copy_rows(Article, ("key", "text", "text_sha256"), [("x", SECRET, "0" * 64)])


@pytest.fixture
def console() -> Iterator[io.StringIO]:
    """What the console gets, by the handler that the settings name."""
    logging.config.dictConfig(settings.LOGGING)
    handler = next(each for each in logging.getLogger().handlers if each.name == "console")
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    stream = handler.setStream(written)
    yield written
    if stream is not None:
        handler.setStream(stream)


def test_an_error_is_logged_without_the_row_it_is_about(console: io.StringIO) -> None:
    logger = logging.getLogger("articles.test")
    with pytest.raises(IntegrityError, match=SECRET) as caught:
        refused()
    logger.error("It went wrong", exc_info=caught.value)
    logger.warning("Once more: %s", caught.value)
    assert SECRET not in console.getvalue()
    assert console.getvalue().count("violates check constraint") >= 3


def test_a_page_that_fails_is_logged_without_the_row(
    client: Client, admin: User, console: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_views, "store", refused)
    client.force_login(admin)
    client.raise_request_exception = False
    assert client.post(reverse("queue:ingest"), {"text": "Any."}).status_code == 500
    assert "violates check constraint" in console.getvalue()
    assert SECRET not in console.getvalue()


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="that server's log is its operator's")
def test_the_embedded_server_logs_neither_statements_nor_rows() -> None:
    log = settings.DATA_DIR / "postgres.log"
    before = log.stat().st_size
    for attempt in (refused, copied):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    with connection.cursor() as cursor:
        cursor.execute("SHOW log_min_error_statement")
        assert cursor.fetchone() == ("panic",)
    with log.open("rb") as file:
        file.seek(before)
        written = file.read().decode()
    assert written.count("ERROR:") >= 2
    assert SECRET[:20] not in written


def test_a_server_that_logs_texts_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"log_min_error_statement": "error", "log_error_verbosity": "default"}
    monkeypatch.setattr(checks, "_setting", lambda _alias, name: said.get(name, QUIET[name][0]))
    (warning,) = checks.warn_of_texts_in_its_log(databases=["default"])
    assert "(log_min_error_statement, log_error_verbosity)" in warning.msg
    said.clear()
    assert not checks.warn_of_texts_in_its_log(databases=["default"])
    monkeypatch.undo()
    if "DATABASE_URL" not in os.environ:
        assert not checks.warn_of_texts_in_its_log(databases=["default"])
