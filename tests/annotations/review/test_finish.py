"""Signing an article off."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import Annotation, Decision
from annotations.queue import leases
from articles.models import Article
from tests.annotations.review.pages import BOTH, HTMX, NEW, PLAIN, body, clear, finish_all
from tests.builders import PORT, TEXT, ready_article

pytestmark = pytest.mark.django_db


def leads_to(response: Any) -> str:
    address: str = response.headers.get("HX-Redirect") or response.headers["Location"]
    return address


@BOTH
def test_finishing_leads_to_the_next_article(
    desk: Client, article: Article, editor: User, admin: User, extra: dict[str, str]
) -> None:
    taken = ready_article(TEXT + "\nTaken.", [PORT])
    leases.renew(taken.pk, admin)
    following = ready_article(TEXT + "\nNext.", [PORT])
    response = finish_all(desk, article, extra)
    assert leads_to(response) == following.get_absolute_url()
    assert ("HX-Redirect" in response.headers) is (extra == HTMX)
    article.refresh_from_db()
    assert (article.status, article.finished_by) == ("finished", editor)
    assert "is finished" in body(desk.get(following.get_absolute_url()))
    assert leases.others(article.pk, admin) == []


def test_after_the_last_article_comes_the_queue(desk: Client, article: Article) -> None:
    assert finish_all(desk, article, PLAIN).headers["Location"] == reverse("queue:list")
    assert "No article is waiting" in body(desk.get(reverse("queue:list")))


def test_in_a_finished_article_nothing_is_done(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    finish_all(desk, article, PLAIN)
    count = Decision.objects.count()
    for name in ("undo_latest", "redo_latest"):
        assert (
            desk.post(reverse(f"review:{name}", args=[article.pk]), headers=HTMX).status_code == 409
        )
    assert desk.post(reverse("review:finish", args=[article.pk]), headers=HTMX).status_code == 200
    assert desk.post(reverse("review:add", args=[article.pk]), NEW, headers=HTMX).status_code == 422
    start = article.sentences.all()[0].start
    cleared = clear(desk, article, start, HTMX)
    assert cleared.status_code == 409
    sent = {"above": 0, "annotations": f"{mayor.pk}:2"}
    rest = desk.post(reverse("review:approve_rest", args=[article.pk]), sent, headers=HTMX)
    assert rest.status_code == 409
    assert Decision.objects.count() == count


def test_finishing_too_early_says_what_is_left(desk: Client, article: Article) -> None:
    refused = desk.post(reverse("review:finish", args=[article.pk]), headers=HTMX)
    assert refused.status_code == 409
    assert "<html" not in refused.content.decode()
    assert "3 proposals still await a decision" in refused.content.decode()
    plain = desk.post(reverse("review:finish", args=[article.pk]))
    assert plain.headers["Location"] == article.get_absolute_url(), "a page that can be reloaded"
    page = desk.get(article.get_absolute_url()).content.decode()
    assert "3 proposals still await a decision" in page
