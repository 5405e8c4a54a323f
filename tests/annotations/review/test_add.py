"""Adding an attribution: the form, and its answer."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from articles.models import Article
from tests.annotations.review.pages import BOTH, HTMX, NEW, PLAIN, body, offsets_of
from tests.builders import MAYOR, words_of

pytestmark = pytest.mark.django_db


@BOTH
def test_the_form_that_adds_names_what_it_will_add(
    desk: Client, article: Article, extra: dict[str, str]
) -> None:
    page = body(desk.get(reverse("review:add", args=[article.pk]), headers=extra))
    assert 'id="card-new"' in page
    assert re.search(r'name="key" value="[0-9a-f-]{36}"', page)
    assert ("<html" in page) is (extra == PLAIN)


@BOTH
def test_sent_twice_the_form_adds_one(
    desk: Client, article: Article, extra: dict[str, str]
) -> None:
    for _ in range(2):
        response = desk.post(
            reverse("review:add", args=[article.pk]), NEW | {"key": "abc"}, headers=extra
        )
        added = article.annotations.get(key="abc")
        if extra:
            assert f'id="card-{added.pk}"' in body(response)
            assert "1 of 4 decided" in body(response)
        else:
            assert response.headers["Location"].endswith(f"#card-{added.pk}")
    assert article.annotations.count() == 4
    assert words_of(added)["content"] == ["the noise"]


@BOTH
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (offsets_of(**MAYOR), "already in the list"),
        ({"cue": "0-99999"}, "is outside the article"),
        ({"cue": "<b>", "content": ""}, "&lt;b&gt;"),
    ],
)
def test_what_cannot_be_added_is_refused_and_stays_in_the_form(
    desk: Client, article: Article, extra: dict[str, str], typed: dict[str, str], reason: str
) -> None:
    response = desk.post(reverse("review:add", args=[article.pk]), NEW | typed, headers=extra)
    assert response.status_code == 422
    assert reason in body(response)
    assert 'id="card-new"' in body(response)
    assert article.annotations.count() == 3


@pytest.mark.parametrize("key", ["k" * 37, "a\0b"])
def test_a_forged_key_adds_nothing(desk: Client, article: Article, key: str) -> None:
    response = desk.post(reverse("review:add", args=[article.pk]), NEW | {"key": key}, headers=HTMX)
    assert response.status_code == 422
    assert article.annotations.count() == 3
