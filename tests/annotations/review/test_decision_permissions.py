"""Who may decide on an attribution, and by which method."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import Annotation, Decision
from tests.annotations.review.pages import (
    HTMX,
)

pytestmark = pytest.mark.django_db
POSTS = ["approve", "reject", "undo", "edit", "flag", "revert", "add", "finish", "reopen"]


def url_of(name: str, mayor: Annotation) -> str:
    on_article = name in {"add", "finish", "reopen"}
    return reverse(f"review:{name}", args=[mayor.article_id if on_article else mayor.pk])


def test_annotations_that_are_gone_and_articles_that_are_not_there(desk: Client) -> None:
    assert desk.post(reverse("review:approve", args=[987654]), {"version": 1}).status_code == 404
    assert desk.get(reverse("review:article", args=[987654])).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_fact_checkers_and_strangers_cannot_decide(
    client: Client, fact_checker: User, mayor: Annotation, name: str
) -> None:
    decisions = Decision.objects.count()
    anonymous = client.post(url_of(name, mayor), {"version": 1})
    assert anonymous.status_code == 302
    assert anonymous.headers["Location"].startswith(reverse("login"))
    client.force_login(fact_checker)
    assert client.post(url_of(name, mayor), {"version": 1}).status_code == 403
    assert Decision.objects.count() == decisions


@pytest.mark.parametrize("role", ["editors", "admins"])
def test_editors_and_admins_decide(
    client: Client, person: Callable[[str], User], mayor: Annotation, role: str
) -> None:
    client.force_login(person(role))
    assert (
        client.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}).status_code == 302
    )


def test_a_fragment_is_never_the_sign_in_page(client: Client, mayor: Annotation) -> None:
    response = client.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}, headers=HTMX)
    assert (response.status_code, response.content) == (401, b"")
    assert "HX-Request" in response.headers["Vary"]


def test_get_requests_decide_nothing(desk: Client, mayor: Annotation) -> None:
    for name in ("approve", "reject", "undo", "revert", "finish", "reopen"):
        assert desk.get(url_of(name, mayor)).status_code == 405


def test_a_forged_request_from_another_site_is_refused(editor: User, mayor: Annotation) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert (
        client.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}).status_code == 403
    )
