"""Who may do what to an article, and by which method."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from annotations.models import Clearing, Decision
from articles.models import Article
from tests.annotations.review.pages import BOTH, body

pytestmark = pytest.mark.django_db


ALL = [
    ("article", "get", "view"),
    ("text", "get", "view"),
    ("add", "get", "review"),
    ("add", "post", "review"),
    ("undo_latest", "post", "review"),
    ("redo_latest", "post", "review"),
    ("approve_rest", "get", "review"),
    ("approve_rest", "post", "review"),
    ("clear_sentence", "post", "review"),
    ("pulse", "post", "review"),
    ("finish", "post", "review"),
    ("reopen", "post", "review"),
]


def address_of(name: str, pk: int) -> str:
    return reverse(f"review:{name}", args=[pk])


@BOTH
@pytest.mark.parametrize(("name", "method", "right"), ALL)
@pytest.mark.parametrize("role", ["editors", "admins", "fact-checkers", "", "anonymous"])
def test_who_may_do_what(
    *,
    client: Client,
    article: Article,
    person: Callable[[str], User],
    role: str,
    name: str,
    method: str,
    right: str,
    extra: dict[str, str],
) -> None:
    if role == "":
        client.force_login(User.objects.create_user("without-role"))
    elif role != "anonymous":
        client.force_login(person(role))
    decisions = Decision.objects.count()
    response: HttpResponse = getattr(client, method)(address_of(name, article.pk), headers=extra)
    may = role in ("editors", "admins") or (right == "view" and role == "fact-checkers")
    if may:
        assert response.status_code in (200, 302, 400, 409, 422)
        assert not response.headers.get("Location", "").startswith(reverse("login"))
        return
    if role == "anonymous":
        assert response.status_code == (401 if extra else 302)
        assert extra or response.headers["Location"].startswith(reverse("login"))
    else:
        assert response.status_code == 403
    assert Decision.objects.count() == decisions
    assert not article.leases.exists()
    assert not Clearing.objects.exists()


@pytest.mark.parametrize(("name", "method", "right"), ALL)
def test_an_article_that_is_not_there_is_not_found(
    desk: Client, name: str, method: str, right: str
) -> None:
    data = {"since": 0} if name == "pulse" else {}
    for pk in (987_654, 10**30):
        assert getattr(desk, method)(address_of(name, pk), data).status_code == 404


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("undo_latest", "get"),
        ("redo_latest", "get"),
        ("clear_sentence", "get"),
        ("pulse", "get"),
        ("finish", "get"),
        ("reopen", "get"),
        ("article", "post"),
        ("text", "post"),
    ],
)
def test_other_methods_do_nothing(desk: Client, article: Article, name: str, method: str) -> None:
    assert getattr(desk, method)(address_of(name, article.pk)).status_code == 405


def test_a_fact_checkers_page_takes_no_lease(
    client: Client, fact_checker: User, article: Article
) -> None:
    client.force_login(fact_checker)
    page = body(client.get(article.get_absolute_url()))
    assert 'id="pulse"' not in page
    assert not article.leases.exists()
