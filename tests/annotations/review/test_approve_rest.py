"""Approving at once what the machine is sure of."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.models import Annotation, Decision
from articles.models import Article
from tests.annotations.review.pages import BOTH, HTMX, body, listed, statuses
from tests.builders import PORT, TEXT, ready_article

pytestmark = pytest.mark.django_db


def sure(article: Article, *confidences: float) -> list[Annotation]:
    """Give the proposals these confidences."""
    annotations = list(article.annotations.all())
    for annotation, confidence in zip(annotations, confidences, strict=True):
        Annotation.objects.filter(pk=annotation.pk).update(confidence=confidence)
    return annotations


@BOTH
def test_the_rest_is_listed_before_anything_is_approved(
    desk: Client, article: Article, extra: dict[str, str]
) -> None:
    first, second, third = sure(article, 0.95, 0.5, 0.9)
    address = reverse("review:approve_rest", args=[article.pk])

    page = body(desk.get(address, headers=extra))
    assert listed(page) == f"{first.pk}:1,{third.pk}:1"
    assert "Approve 2" in page

    page = body(desk.get(address, {"above": 40}, headers=extra))
    assert f"{second.pk}:1" in listed(page)
    assert "Approve 3" in page
    page = body(desk.get(address, {"above": 100}, headers=extra))
    assert "No open proposal reaches that confidence" in page
    assert statuses(article) == ["proposed"] * 3


@BOTH
def test_the_rest_is_approved_at_once_and_undone_at_once(
    desk: Client, article: Article, extra: dict[str, str], editor: User
) -> None:
    first, _second, third = sure(article, 0.95, 0.5, 0.9)
    address = reverse("review:approve_rest", args=[article.pk])
    data = {"above": 90, "annotations": f"{first.pk}:1,{third.pk}:1"}

    response = desk.post(address, data, headers=extra)

    if extra:
        assert response.headers["HX-Refresh"] == "true"
    else:
        assert response.headers["Location"] == article.get_absolute_url()
    assert "2 attributions approved" in body(desk.get(article.get_absolute_url()))
    assert statuses(article) == ["approved", "proposed", "approved"]
    assert article.annotations.filter(reviewed_by=editor).count() == 2

    again = desk.post(address, data, headers=extra)
    assert again.status_code == 409
    assert Decision.objects.filter(action="approve").count() == 2

    undone = desk.post(reverse("review:undo_latest", args=[article.pk]), headers=extra)
    assert undone.headers.get("HX-Refresh") == "true" or undone.status_code == 302
    assert statuses(article) == ["proposed"] * 3


@BOTH
def test_a_stale_rest_approves_nothing_and_shows_the_list_anew(
    desk: Client, article: Article, extra: dict[str, str], admin: User
) -> None:
    first, second, _third = sure(article, 0.95, 0.95, 0.5)
    actions.reject(second.pk, 1, admin)
    data = {"above": 90, "annotations": f"{first.pk}:1,{second.pk}:1"}
    response = desk.post(reverse("review:approve_rest", args=[article.pk]), data, headers=extra)
    assert response.status_code == 409
    assert "1 of these have changed meanwhile" in body(response)
    assert listed(body(response)) == f"{first.pk}:1"
    assert statuses(article) == ["proposed", "rejected", "proposed"]


@pytest.mark.parametrize(
    "forged",
    [
        "1",
        "x:1",
        "1:x",
        "-1:1",
        "1:1:1",
        "²:1",
        "9" * 30 + ":1",
        "987654:1",
        "1:" + "9" * 12,
        "\0:1",
        "{}:1",
        "{}:2",
        None,
    ],
)
def test_a_forged_rest_approves_nothing(desk: Client, article: Article, forged: str | None) -> None:
    address = reverse("review:approve_rest", args=[article.pk])
    pk = article.annotations.all()[0].pk
    sent = {"above": "0", "annotations": f"{forged.format(pk)},{pk}:1" if forged else ""}
    response = desk.post(address, sent, headers=HTMX)
    assert response.status_code == 409
    assert statuses(article) == ["proposed"] * 3


@pytest.mark.parametrize("above", ["", "x", "-1", "101", "9" * 30, "1.5", "\0"])
def test_a_rest_above_no_percentage_approves_nothing(
    desk: Client, article: Article, mayor: Annotation, above: str
) -> None:
    address = reverse("review:approve_rest", args=[article.pk])
    assert desk.get(address, {"above": above}, headers=HTMX).status_code == 422
    sent = {"above": above, "annotations": f"{mayor.pk}:1"}
    assert desk.post(address, sent, headers=HTMX).status_code == 422
    assert statuses(article) == ["proposed"] * 3


def test_the_rest_of_another_article_is_not_approved(desk: Client, article: Article) -> None:
    other = ready_article(TEXT + "\nMore.", [PORT])
    sent = {"above": 0, "annotations": f"{other.annotations.get().pk}:1"}
    response = desk.post(reverse("review:approve_rest", args=[article.pk]), sent, headers=HTMX)
    assert response.status_code == 409
    assert statuses(other) == ["proposed"]
