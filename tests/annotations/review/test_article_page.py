"""The review page of an article."""

import re
from unittest.mock import create_autospec

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.desk.marked_text import MarkedText
from articles.models import Article
from tests.annotations.review.pages import HTMX
from tests.builders import ready_article

pytestmark = pytest.mark.django_db


def test_the_page_shows_the_text_and_every_proposal(desk: Client, article: Article) -> None:
    page = desk.get(article.get_absolute_url()).content.decode()
    assert page.count('class="card proposed"') == 3
    assert "0 of 3 decided" in page
    assert 'data-label="1C"' in page
    assert "“The bolts are older than I am.”" in page


def test_the_text_is_marked_once_for_a_page(
    desk: Client, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is most of the work of a long one."""
    marked = create_autospec(MarkedText.paragraphs, side_effect=MarkedText.paragraphs)
    monkeypatch.setattr(MarkedText, "paragraphs", marked)
    desk.get(article.get_absolute_url())
    assert marked.call_count == 1


def test_a_finished_article_has_no_controls_until_it_is_reopened(
    desk: Client, article: Article, editor: User
) -> None:
    for annotation in article.annotations.all():
        desk.post(reverse("review:approve", args=[annotation.pk]), {"version": 1})
    actions.finish(article.pk, editor)
    page = desk.get(article.get_absolute_url()).content.decode()
    # Who the source is may still be said: that changes nothing that was signed.
    assert set(re.findall(r'formaction="/annotations/[0-9]+/([a-z]+)/"', page)) == {"resolve"}
    assert (
        desk.post(reverse("review:reject", args=[annotation.pk]), {"version": 2}).status_code == 409
    )
    desk.post(reverse("review:reopen", args=[article.pk]))
    assert "formaction" in desk.get(article.get_absolute_url()).content.decode()


def test_html_in_text_and_title_is_shown_as_text(desk: Client) -> None:
    article = ready_article("<script>alert(1)</script> said <b>no</b>.", [])
    Article.objects.filter(pk=article.pk).update(title="<img src=x onerror=alert(1)>")
    page = desk.get(article.get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page


def test_a_fact_checker_reads_without_controls(
    client: Client, fact_checker: User, article: Article
) -> None:
    client.force_login(fact_checker)
    page = client.get(article.get_absolute_url()).content.decode()
    assert "Mayor Ada Lindqvist" in page
    assert "formaction" not in page


def test_every_response_is_safe_to_cache_and_to_embed_nothing(
    desk: Client, article: Article
) -> None:
    for extra in ({}, HTMX):
        response = desk.get(article.get_absolute_url(), headers=extra)
        assert "HX-Request" in response.headers["Vary"]
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
