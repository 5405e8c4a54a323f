"""A long list of cards comes in parts."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotations.desk.desk import CARDS
from articles.models import Article
from tests.annotations.review.pages import HTMX, many

pytestmark = pytest.mark.django_db


def test_a_long_list_of_cards_comes_in_parts(desk: Client) -> None:
    article = many(CARDS * 2 + 10)
    ids = list(article.annotations.values_list("pk", flat=True))
    page = desk.get(article.get_absolute_url()).content.decode()
    address = reverse("review:more_cards", args=[article.pk])
    shown = [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', page)]
    for _part in range(2):
        assert f'hx-get="{address}?after={shown[-1]}"' in page
        page = desk.get(address, {"after": shown[-1]}, headers=HTMX).content.decode()
        shown += [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', page)]
    assert shown == ids
    assert 'hx-trigger="load"' not in page
    everything = desk.get(article.get_absolute_url(), {"all": ""}).content.decode()
    assert [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', everything)] == ids


def test_without_javascript_a_decision_leads_to_a_card_that_is_on_the_page(desk: Client) -> None:
    article = many(CARDS + 2)
    *_others, before, last = article.annotations.all()
    response = desk.post(reverse("review:approve", args=[before.pk]), {"version": 1})
    assert response.headers["Location"] == f"{article.get_absolute_url()}?all#card-{last.pk}"


@pytest.mark.parametrize("after", ["", "x", "-1", "987654", "9" * 40])
def test_no_part_comes_after_a_card_that_is_not_there(
    desk: Client, article: Article, after: str
) -> None:
    address = reverse("review:more_cards", args=[article.pk])
    assert desk.get(address, {"after": after}, headers=HTMX).status_code == 404


def test_parts_hide_what_the_page_hides(desk: Client, article: Article) -> None:
    first = article.annotations.all()[0]
    Article.objects.filter(pk=article.pk).update(blind=True)
    address = reverse("review:more_cards", args=[article.pk])
    assert desk.get(address, {"after": first.pk}, headers=HTMX).status_code == 404
