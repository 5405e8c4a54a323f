"""How much may be sent to the site, and that no answer has a body where none belongs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from project.serving.bodies import limited
from project.wsgi import application

KIB = 1024


def through_wsgi(request: WSGIRequest) -> tuple[str, dict[str, str], bytes]:
    """The answer as a server gets it; Django's test client would take a body away itself."""
    told: list[tuple[str, dict[str, str]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], error: Any = None, /
    ) -> Callable[[bytes], object]:
        told.append((status, dict(headers)))
        return lambda _data: pytest.fail("nobody writes like that any more")

    body = b"".join(application(request.environ, start_response))
    return *told[0], body


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/nowhere/", "/static/css/app.css", "/"])
def test_head_is_answered_as_get_without_the_body(path: str) -> None:
    factory = RequestFactory(SERVER_NAME="localhost")
    got = through_wsgi(factory.get(path))
    head = through_wsgi(factory.head(path))
    assert head[0] == got[0]
    assert head[2] == b""
    assert head[1]["Content-Length"] == got[1]["Content-Length"]
    assert head[1]["Content-Type"] == got[1]["Content-Type"]


@pytest.mark.django_db
def test_what_has_not_changed_is_told_without_a_body() -> None:
    factory = RequestFactory(SERVER_NAME="localhost")
    tag = through_wsgi(factory.get("/static/css/app.css"))[1]["ETag"]
    status, _headers, body = through_wsgi(
        factory.get("/static/css/app.css", HTTP_IF_NONE_MATCH=tag)
    )
    assert (status.split()[0], body) == ("304", b"")


def sent(client: Client, path: str, length: object, **extra: Any) -> int:
    """The status of an answer to a request that says it is that long; nothing of it is read."""
    return client.post(
        path, b"", content_type="text/plain", CONTENT_LENGTH=str(length), **extra
    ).status_code


@pytest.mark.django_db
def test_strangers_send_little(client: Client) -> None:
    assert sent(client, reverse("login"), 17 * KIB) == 413
    assert sent(client, reverse("queue:ingest"), 26 * KIB * KIB) == 413
    assert sent(client, reverse("login"), "x") == 400
    assert sent(client, reverse("login"), "-1") == 400
    assert sent(client, reverse("login"), 10, HTTP_TRANSFER_ENCODING="chunked") == 411


def test_signed_in_people_send_files(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert sent(client, reverse("queue:ingest"), 251 * KIB * KIB) == 413
    assert sent(client, reverse("queue:ingest"), 0) == 422


def test_what_is_too_long_is_not_read(admin: User, rf: RequestFactory) -> None:
    request = rf.post("/articles/new/", b"x" * KIB, content_type="text/plain")
    request.user = admin
    request.META["CONTENT_LENGTH"] = str(10**12)
    response = limited(lambda _request: pytest.fail("it was let through"))(request)
    assert response.status_code == 413
    assert request.environ["wsgi.input"].read(5) == b"xxxxx"
