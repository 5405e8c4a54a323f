"""The page of an article that waits to be pre-labelled, or could not be."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.desk import waiting
from annotations.models import Annotation
from articles.models import Article
from tests.builders import ready_article
from tests.conftest import Person

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def put(article: Article, status: str, failure: str = "") -> None:
    Article.objects.filter(pk=article.pk).update(status=status, failure=failure)


def page(client: Client, article: Article) -> str:
    return client.get(article.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("status", "words"),
    [("queued", "waits to be pre-labelled"), ("prelabelling", "is being pre-labelled")],
)
def test_the_page_says_what_is_happening_and_looks_again(
    client: Client, editor: User, article: Article, status: str, words: str
) -> None:
    client.force_login(editor)
    put(article, status)
    text = page(client, article)
    assert words in text
    assert "No worker is running" in text
    assert 'hx-trigger="every 2s"' in text
    # Without JavaScript.
    assert f'<a class="button" href="{article.get_absolute_url()}">Check again</a>' in text
    for nonsense in ("No attribution", "finish", "not ready", 'id="cards"', 'id="progress"'):
        assert nonsense not in text
    assert "told reporters" in text


def test_it_answers_only_when_something_changed(
    client: Client, editor: User, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(editor)
    address = article.get_absolute_url()
    put(article, "queued")
    idle = client.get(address, {"seen": "queued-idle"}, headers=HTMX)
    assert (idle.status_code, idle.content) == (204, b"")

    monkeypatch.setattr(waiting, "worker_is_alive", lambda: True)
    busy = client.get(address, {"seen": "queued-idle"}, headers=HTMX).content.decode()
    assert "No worker" not in busy
    assert "seen=queued" in busy
    assert "<html" not in busy

    put(article, "ready")
    ready = client.get(address, {"seen": "queued"}, headers=HTMX)
    assert ready.headers["HX-Refresh"] == "true"
    # Without htmx, and from any other element, the address is the page's.
    assert "<html" in client.get(address, {"seen": "queued"}).content.decode()


@pytest.mark.parametrize(
    ("role", "may_retry"), [("admins", True), ("editors", False), ("fact-checkers", False)]
)
def test_what_failed_says_why_and_who_may_has_it_tried_again(
    client: Client, person: Person, article: Article, role: str, may_retry: bool
) -> None:
    client.force_login(person(role))
    put(article, "failed", "MemoryError: <too big>")
    text = page(client, article)
    assert "MemoryError: &lt;too big&gt;" in text
    assert (reverse("queue:retry", args=[article.pk]) in text) == may_retry
    if may_retry:
        again = client.post(
            reverse("queue:retry", args=[article.pk]), {"to": "article"}, follow=True
        )
        assert "waits to be pre-labelled" in again.content.decode()
        assert "is queued again" in again.content.decode()


def test_what_was_judged_is_still_told(
    client: Client, editor: User, article: Article, mayor: Annotation
) -> None:
    client.force_login(editor)
    actions.approve(mayor.pk, 1, editor)
    put(article, "queued")
    text = page(client, article)
    assert "1 attribution that people judged stays as it is." in text


def test_what_is_done_to_it_meanwhile_is_refused_there(
    client: Client, editor: User, article: Article
) -> None:
    client.force_login(editor)
    put(article, "queued")
    answer = client.post(reverse("review:finish", args=[article.pk]), follow=True)
    assert 'class="error"' in answer.content.decode()
    assert "waits to be pre-labelled" in answer.content.decode()
    # What was typed stays in its form.
    typed = {"content": "0-6", "quote_type": "direct", "version": "0"}
    answer = client.post(reverse("review:add", args=[article.pk]), typed)
    assert 'value="0-6"' in answer.content.decode()


@pytest.mark.parametrize(
    ("title", "hidden", "headline"),
    [
        ("The harbour bridge closes for repairs.", True, True),
        ("  The harbour  bridge closes for repairs. ", True, True),
        ("", True, False),
        ("Bridge closes", False, False),
    ],
)
def test_a_title_that_begins_the_text_is_seen_once(
    client: Client, editor: User, title: str, hidden: bool, headline: bool
) -> None:
    client.force_login(editor)
    article = ready_article()
    for status in ("ready", "queued"):
        put(article, status)
        Article.objects.filter(pk=article.pk).update(title=title)
        text = page(client, article)
        assert text.count("<h1") == 1
        assert ('translate="no" class="hidden">' in text) == hidden
        assert ('<p id="p-0" class="title"' in text) == headline
