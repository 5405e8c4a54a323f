"""Answers stay short, however long the article is."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from articles.models import Article
from tests.annotations.review.pages import HTMX, body, offsets_of
from tests.builders import MAYOR, PORT, RESIDENTS, TEXT, ready_article

pytestmark = pytest.mark.django_db


SHORT = 10_000


def times(count: int, *, paragraph: bool) -> Article:
    """The article with its words repeated behind it, in lines or in one paragraph."""
    more = "And so it went on for days, they said. " * 8
    joined = (" " if paragraph else "\n\n").join(
        [TEXT.strip().replace("\n\n", " "), *[more] * count]
    )
    return ready_article(joined, [MAYOR, PORT, RESIDENTS])


def sizes(client: Client, article: Article) -> dict[str, int]:
    """The bytes that each decision's answer takes."""
    first, second, third = article.annotations.all()
    corrected = offsets_of(article.text, cue=["told"], content=["“We cannot"])
    new = offsets_of(article.text, cue=["feared"], content=["the noise"])
    form = {"quote_type": "direct"}
    posts: list[tuple[str, int, dict[str, Any]]] = [
        ("approve", first.pk, {"version": 1}),
        ("reject", second.pk, {"version": 1}),
        ("undo", second.pk, {"version": 2}),
        ("edit", first.pk, corrected | form | {"version": 2}),
        ("flag", third.pk, {"version": 1, "note": "Sure?"}),
        ("add", article.pk, new | form | {"version": 0, "key": f"key-{article.pk}"}),
        ("undo_latest", article.pk, {}),
        ("redo_latest", article.pk, {}),
        ("approve", first.pk, {"version": 1}),
    ]
    found = {}
    for index, (name, pk, data) in enumerate(posts):
        response = client.post(reverse(f"review:{name}", args=[pk]), data, headers=HTMX)
        assert response.status_code == (409 if index == len(posts) - 1 else 200), name
        found[f"{index} {name}"] = len(response.content)
    return found


@pytest.mark.parametrize("paragraph", [False, True], ids=["lines", "one paragraph"])
def test_an_answer_is_as_short_for_a_long_article_as_for_a_short_one(
    desk: Client, paragraph: bool
) -> None:
    short = sizes(desk, times(4, paragraph=paragraph))
    long = sizes(desk, times(200, paragraph=paragraph))
    assert max(long.values()) < SHORT
    for name, size in long.items():
        assert abs(size - short[name]) < 200, name


def test_an_answer_stays_short_for_a_very_long_content(desk: Client) -> None:
    words = "it rains and rains " * 1500
    text = f"The office said {words.strip()}. Then it stopped."
    proposal = {"source": ["The office"], "cue": ["said"], "content": [words.strip()]}
    article = ready_article(text, [proposal])
    annotation = article.annotations.get()
    for version, name in enumerate(["approve", "reject", "undo"], start=1):
        response = desk.post(
            reverse(f"review:{name}", args=[annotation.pk]), {"version": version}, headers=HTMX
        )
        assert response.status_code == 200
        assert len(response.content) < SHORT
    address = re.search(r'hx-get="([^"]*pieces=[^"]*)"', body(response))
    assert address, "the page asks for the text itself"
    fetched = body(desk.get(address[1].replace("&amp;", "&"), headers=HTMX))
    assert fetched.count('class="chunk"') > 20


def test_the_answer_does_not_grow_with_the_article(desk: Client) -> None:
    article = ready_article(TEXT + "\n\nAnd so it went on for days, they said." * 400)
    annotation = article.annotations.first()
    assert annotation is not None
    response = desk.post(
        reverse("review:approve", args=[annotation.pk]), {"version": 1}, headers=HTMX
    )
    assert len(response.content) < 10_000
