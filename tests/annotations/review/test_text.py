"""Stretches of the text, fetched anew."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from articles.models import Article
from tests.annotations.review.pages import body

pytestmark = pytest.mark.django_db


def test_stretches_of_text_are_as_on_the_page(desk: Client, article: Article) -> None:
    page = body(desk.get(article.get_absolute_url()))
    fragment = body(desk.get(reverse("review:text", args=[article.pk]), {"pieces": "0-3,40-60"}))
    chunks = re.findall(
        r'<span id="t-\d+" class="chunk".*?</span></span>|'
        r'<span id="t-\d+" class="chunk".*?</mark></span>',
        fragment,
    )
    assert len(chunks) == 2
    for chunk in chunks:
        assert chunk.replace(' hx-swap-oob="true"', "") in page


@pytest.mark.parametrize(
    "pieces", ["", "x", "99999-999999", "9" * 40 + "-1", "<script>", "-", "\0"]
)
def test_pieces_that_are_nowhere_bring_no_text(desk: Client, article: Article, pieces: str) -> None:
    response = desk.get(reverse("review:text", args=[article.pk]), {"pieces": pieces})
    assert response.status_code == 200
    assert 'class="chunk"' not in body(response)
    assert "<script" not in body(response)
