"""Taking back what the person did last in an article, and doing it again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import BOTH, HTMX, PLAIN, body, statuses

pytestmark = pytest.mark.django_db


def test_undo_and_redo_answer_with_the_changed_card(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    desk.post(reverse("review:reject", args=[mayor.pk]), {"version": 1}, headers=HTMX)
    undone = desk.post(reverse("review:undo_latest", args=[article.pk]), headers=HTMX)
    assert f'id="card-{mayor.pk}" class="card proposed"' in body(undone)
    assert 'data-label="1C"' in body(undone), "the text is marked again"
    assert "0 of 3 decided" in body(undone)
    assert str(mayor.pk) in undone.headers["HX-Trigger-After-Settle"]

    redone = desk.post(reverse("review:redo_latest", args=[article.pk]), headers=HTMX)
    assert f'id="card-{mayor.pk}" class="card rejected"' in body(redone)
    assert 'class="chunk"' in body(redone)
    assert "<mark" not in body(redone)
    assert statuses(article) == ["rejected", "proposed", "proposed"]


def test_undo_and_redo_without_javascript_lead_to_the_card(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    desk.post(reverse("review:approve", args=[mayor.pk]), {"version": 1})
    for name, status in (("undo_latest", "proposed"), ("redo_latest", "approved")):
        response = desk.post(reverse(f"review:{name}", args=[article.pk]))
        assert response.headers["Location"] == f"{article.get_absolute_url()}#card-{mayor.pk}"
        assert statuses(article)[0] == status


@BOTH
@pytest.mark.parametrize("name", ["undo_latest", "redo_latest"])
def test_where_nothing_can_be_taken_back_the_page_says_so(
    desk: Client, article: Article, extra: dict[str, str], name: str
) -> None:
    response = desk.post(reverse(f"review:{name}", args=[article.pk]), headers=extra)
    assert response.status_code == 409
    assert "You have nothing to" in body(response)
    assert ("<html" in body(response)) is (extra == PLAIN)


def test_undoing_what_another_decided_on_names_them(
    desk: Client, article: Article, mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.reject(mayor.pk, 2, admin)
    response = desk.post(reverse("review:undo_latest", args=[article.pk]), headers=HTMX)
    assert response.status_code == 409
    assert f"{admin.username} rejected this attribution after you" in body(response)
    assert statuses(article)[0] == "rejected"
