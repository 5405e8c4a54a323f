"""Headers of every answer: pages, static files, downloads, refusals."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.builders import ready_article

pytestmark = pytest.mark.django_db

ADDRESSES = ("/", "/login/", "/static/css/app.css", "/nowhere/", "/export/jsonl/", "/articles/1/")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_answer_is_closed_to_other_sites(
    client: Client, admin: User, address: str, signed_in: bool
) -> None:
    if signed_in:
        client.force_login(admin)
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Server"] == "", "the server's own name otherwise"


def test_nobody_keeps_an_answer_with_text(client: Client, admin: User) -> None:
    article = ready_article()
    client.force_login(admin)
    for address in (article.get_absolute_url(), "/export/csv/", "/", reverse("sources:list")):
        assert client.get(address)["Cache-Control"] == "private, no-store", address


def test_nobody_keeps_what_strangers_are_answered(client: Client) -> None:
    own = {"Origin": "http://testserver"}
    given_back = client.post(reverse("queue:ingest"), {"text": "Typed."}, headers=own)
    assert b"Typed." in given_back.content
    for answer in (given_back, client.get("/nowhere/"), client.get("/")):
        assert set(answer["Cache-Control"].split(", ")) >= {"private", "no-store"}


def test_a_static_file_may_be_kept(client: Client) -> None:
    assert "no-store" not in client.get("/static/css/app.css").headers["Cache-Control"]
