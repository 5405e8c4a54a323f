"""What answers cost the database."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations import actions
from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import (
    HTMX,
    latest,
    many,
)

pytestmark = pytest.mark.django_db


QUERIES = {
    "page": 19,
    "post approve": 15,
    "post edit": 22,
    "post flag": 13,
    "post reject": 18,
    "post undo_latest": 21,
    "post redo_latest": 21,
    "post undo": 19,
    "get history": 11,
    "get edit": 11,
    "get card": 10,
    "get text": 8,
    "get approve_rest": 9,
    "post add": 18,
    "pulse": 16,
}


def queries(client: Client, method: str, address: str, data: dict[str, Any]) -> int:
    """How many queries an answer takes, savepoints and the session left out."""
    with CaptureQueriesContext(connection) as context:
        response = getattr(client, method)(address, data, headers=HTMX)
    assert response.status_code == 200, response.content
    return len([q for q in context.captured_queries if "SAVEPOINT" not in q["sql"]])


def all_queries(client: Client, article: Article, admin: User) -> dict[str, int]:
    annotation = article.annotations.all()[0]
    pk = annotation.pk
    found = {"page": queries(client, "get", article.get_absolute_url(), {})}
    words = json.dumps({"cue": ["Witness"], "content": ["number"]})
    edit = {"cue": "0-7", "content": "8-14", "words": words, "quote_type": "direct", "version": 2}
    new = {"cue": "2-5", "words": '{"cue": ["tne"]}', "quote_type": "direct", "version": 0}
    steps: list[tuple[str, str, int, dict[str, Any]]] = [
        ("post", "approve", pk, {"version": 1}),
        ("post", "edit", pk, edit),
        ("post", "flag", pk, {"version": 3, "note": "Sure?"}),
        ("post", "reject", pk, {"version": 4}),
        ("post", "undo_latest", article.pk, {}),
        ("post", "redo_latest", article.pk, {}),
        ("post", "undo", pk, {"version": 7}),
        ("get", "history", pk, {}),
        ("get", "edit", pk, {}),
        ("get", "card", pk, {}),
        ("get", "text", article.pk, {"pieces": "0-50"}),
        ("get", "approve_rest", article.pk, {"above": 0}),
        ("post", "add", article.pk, new),
    ]
    for method, name, target, data in steps:
        found[f"{method} {name}"] = queries(
            client, method, reverse(f"review:{name}", args=[target]), data
        )
    since = latest()
    actions.approve(pk, Annotation.objects.get(pk=pk).version, admin)
    found["pulse"] = queries(
        client, "post", reverse("review:pulse", args=[article.pk]), {"since": since}
    )
    return found


def test_the_queries_do_not_grow_with_the_annotations(desk: Client, admin: User) -> None:
    assert all_queries(desk, many(2), admin) == QUERIES
    assert all_queries(desk, many(60), admin) == QUERIES
