"""The page that takes an article down, and what is answered about one that is."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import BOTH

pytestmark = pytest.mark.django_db

REASON = "A court of this country."


def address(article: Article) -> str:
    return reverse("review:take_down", args=[article.pk])


@pytest.fixture
def typed(article: Article) -> dict[str, str]:
    return {"key": article.key, "reason": REASON}


def test_an_admin_takes_it_down(
    client: Client, admin: User, article: Article, typed: dict[str, str]
) -> None:
    client.force_login(admin)
    page = client.get(article.get_absolute_url()).content.decode()
    assert address(article) in page
    asked = client.get(address(article)).content.decode()
    assert article.key in asked
    assert "Nobody can undo that" in asked
    answer = client.post(address(article), typed, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "The article was taken down." in answer.content.decode()
    assert Article.objects.get(pk=article.pk).status == Article.Status.TAKEN_DOWN


@pytest.mark.parametrize("wrong", [{"key": "another"}, {"key": ""}, {"reason": ""}])
def test_what_is_typed_wrong_changes_nothing(
    client: Client, admin: User, article: Article, typed: dict[str, str], wrong: dict[str, str]
) -> None:
    client.force_login(admin)
    answer = client.post(address(article), typed | wrong)
    assert answer.status_code == 422
    assert b'class="errorlist' in answer.content
    assert Article.objects.get(pk=article.pk).text == article.text


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["editors", "fact-checkers", "", "anonymous"])
def test_nobody_else_may(
    *,
    client: Client,
    person: Callable[[str], User],
    article: Article,
    typed: dict[str, str],
    role: str,
    method: str,
) -> None:
    if role == "":
        client.force_login(User.objects.create_user("without-role"))
    elif role != "anonymous":
        client.force_login(person(role))
        assert address(article) not in client.get(article.get_absolute_url()).content.decode()
    answer = getattr(client, method)(address(article), typed)
    assert answer.status_code == (302 if role == "anonymous" else 403)
    assert Article.objects.get(pk=article.pk).text == article.text


@pytest.fixture
def gone(client: Client, admin: User, mayor: Annotation, typed: dict[str, str]) -> Annotation:
    """The first attribution of an article that is taken down; an admin is signed in."""
    client.force_login(admin)
    client.post(address(mayor.article), typed)
    return mayor


ARTICLES = (
    *("review:article", "review:text", "review:more_cards", "review:approve_rest", "review:add"),
    *("review:take_down", "second_review:disagreement", "sources:names"),
)
ANNOTATIONS = ("card", "history", "edit", "flag")


def test_its_pages_say_so_and_nothing_of_it(client: Client, gone: Annotation) -> None:
    pages = [reverse(name, args=[gone.article_id]) for name in ARTICLES]
    pages += [reverse(f"review:{name}", args=[gone.pk]) for name in ANNOTATIONS]
    struck = Article.objects.get(pk=gone.article_id)
    for page in pages:
        answer = client.get(page, follow=True)
        assert answer.status_code == 410, page
        text = answer.content.decode()
        assert "This article was taken down on" in text
        assert "Lindqvist" not in text
        assert struck.text[:20] not in text


def test_strangers_are_told_nothing(client: Client, gone: Annotation) -> None:
    client.logout()
    answer = client.get(reverse("review:article", args=[gone.article_id]))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


@BOTH
@pytest.mark.parametrize("name", ["approve", "reject", "undo", "edit", "flag"])
def test_no_decision_is_taken_on_it(
    client: Client, gone: Annotation, name: str, extra: dict[str, str]
) -> None:
    decisions = gone.decisions.count()
    page = reverse(f"review:{name}", args=[gone.pk])
    answer = client.post(page, {"version": gone.version}, headers=extra)
    if extra:  # the page that is open loads itself anew, and is gone
        assert answer.headers["HX-Refresh"] == "true"
        assert answer.content == b""
    else:
        assert answer.status_code == 410
    assert gone.decisions.count() == decisions


def test_a_page_that_is_open_loses_the_text_with_its_next_pulse(
    client: Client, gone: Annotation
) -> None:
    page = reverse("review:pulse", args=[gone.article_id])
    answer = client.post(page, {"since": 0, "known": ""}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
