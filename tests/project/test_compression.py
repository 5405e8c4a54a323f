"""Pages travel compressed, and caches are told."""

import gzip

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.builders import ready_article

pytestmark = pytest.mark.django_db


def test_a_page_is_compressed_for_who_asks(client: Client, editor: User) -> None:
    client.force_login(editor)
    address = ready_article().get_absolute_url()
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert {"Accept-Encoding", "HX-Request", "Cookie"} <= set(packed.headers["Vary"].split(", "))
    assert b"Bridge closes" in gzip.decompress(packed.content)
    assert "Content-Encoding" not in client.get(address).headers


def test_an_export_is_streamed_all_the_same(client: Client, fact_checker: User) -> None:
    client.force_login(fact_checker)
    response = client.get("/export/jsonl/", headers={"Accept-Encoding": "gzip"})
    assert response.streaming
    assert gzip.decompress(b"".join(response)) == b""


def test_a_static_file_is_compressed_and_not_sent_again(client: Client) -> None:
    packed = client.get("/static/css/app.css", headers={"Accept-Encoding": "gzip"})
    sent = b"".join(packed)
    assert b"--ground" in gzip.decompress(sent)
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = client.get(
        "/static/css/app.css",
        headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]},
    )
    assert (again.status_code, b"".join(again)) == (304, b"")
