"""What people see while the database is away or its disk is full."""

import io
import logging
from collections.abc import Callable

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from annotations.queue import views
from project.serving.outages import OutageFilter


def raising(error: Exception) -> Callable[..., object]:
    """Something of the database's that fails."""

    def fail(*_args: object, **_kwargs: object) -> object:
        try:
            raise error
        except psycopg.Error as cause:
            raise OperationalError(str(cause)) from cause

    return fail


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "disk is full"),
        (psycopg.OperationalError("the connection is closed"), "cannot be reached"),
        (psycopg.errors.TooManyConnections("sorry"), "overloaded"),
    ],
)
def test_an_outage_says_what_is_wrong(
    client: Client, editor: User, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    client.force_login(editor)
    client.raise_request_exception = False
    monkeypatch.setattr(views, "listing", raising(error))
    response = client.get(reverse("queue:list"))
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    page = response.content.decode()
    assert told in page
    assert "not saved" in page


def test_its_page_asks_the_database_nothing(
    client: Client, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even who is signed in: that fails as well."""
    client.force_login(editor)
    client.raise_request_exception = False
    away = raising(psycopg.OperationalError("the connection is closed"))
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    response = client.get(reverse("queue:list"))
    assert response.status_code == 503
    assert "cannot be reached" in response.content.decode()


def test_a_defect_is_no_outage(
    client: Client, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(editor)
    client.raise_request_exception = False
    monkeypatch.setattr(views, "listing", lambda *_args: 1 / 0)
    response = client.get(reverse("queue:list"))
    assert response.status_code == 500
    assert "Something broke" in response.content.decode()


def test_an_outage_is_a_line_in_the_log_now_and_then(
    client: Client,
    editor: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A traceback for each page that asks again would fill the disk."""
    client.force_login(editor)
    client.raise_request_exception = False
    monkeypatch.setattr(views, "listing", raising(psycopg.OperationalError("nobody there")))
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.addFilter(OutageFilter())
    monkeypatch.setattr(logging.getLogger("django.request"), "handlers", [handler])
    for _ in range(20):
        assert client.get(reverse("queue:list")).status_code == 503
    assert told.getvalue() == "Not answered for want of the database: nobody there\n"
    monkeypatch.setattr(views, "listing", lambda *_args: 1 / 0)
    assert client.get(reverse("queue:list")).status_code == 500
    assert "ZeroDivisionError" in told.getvalue()
