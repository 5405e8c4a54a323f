"""Approving, rejecting and undoing on one card."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import HTMX
from tests.builders import TEXT, spans

pytestmark = pytest.mark.django_db


def test_a_decision_is_answered_by_the_changed_fragments(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    response = desk.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}, headers=HTMX)

    fragment = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in fragment
    assert f'id="card-{mayor.pk}" class="card approved"' in fragment
    assert "1 of 3 decided" in fragment
    assert "Saved <time" in fragment
    assert "<mark" not in fragment, "the text looks the same as before"
    assert len(response.content) < 10_000

    rejected = desk.post(reverse("review:reject", args=[mayor.pk]), {"version": 2}, headers=HTMX)
    fragment = rejected.content.decode()
    mark = article.text.index("“We cannot")
    assert f'id="t-{mark}"' in fragment
    assert fragment.count('class="chunk"') == 1, "only the paragraph that showed the annotation"
    assert "<mark" not in fragment


def test_without_javascript_a_decision_leads_to_the_next_proposal(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    response = desk.post(reverse("review:reject", args=[mayor.pk]), {"version": 1})
    following = article.annotations.all()[1]
    assert response.headers["Location"] == f"{article.get_absolute_url()}#card-{following.pk}"


def test_a_stale_decision_shows_both_versions(
    desk: Client, admin: User, article: Article, mayor: Annotation
) -> None:
    changed = spans(TEXT, source=["Ada Lindqvist"], cue=["told"], content=["Monday"])
    actions.correct(mayor.pk, 1, admin, changed, "direct")
    for extra in (HTMX, {}):
        response = desk.post(
            reverse("review:reject", args=[mayor.pk]), {"version": 1}, headers=extra
        )
        page = response.content.decode()
        assert response.status_code == 409
        assert f"{admin.username} corrected and approved this attribution" in page
        assert "<span>Mayor Ada Lindqvist</span>" in page, "what the editor saw"
        assert "<span>Ada Lindqvist</span>" in page, "what stands now"
        assert "Saved <time" not in page
    mayor.refresh_from_db()
    assert mayor.status == "approved"


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "99999999999999999999"])
def test_a_decision_without_a_version_is_refused(
    desk: Client, mayor: Annotation, version: str
) -> None:
    response = desk.post(
        reverse("review:approve", args=[mayor.pk]), {"version": version}, headers=HTMX
    )
    assert response.status_code == 400
    assert "no valid version" in response.content.decode()
    mayor.refresh_from_db()
    assert mayor.status == "proposed"


def test_undoing_over_http(desk: Client, mayor: Annotation) -> None:
    desk.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}, headers=HTMX)
    response = desk.post(reverse("review:undo", args=[mayor.pk]), {"version": 2}, headers=HTMX)
    assert "card proposed" in response.content.decode()
    again = desk.post(reverse("review:undo", args=[mayor.pk]), {"version": 3}, headers=HTMX)
    assert again.status_code == 409
    assert "nothing to undo" in again.content.decode()


def test_cancelling_brings_the_card_back(desk: Client, article: Article, mayor: Annotation) -> None:
    address = reverse("review:card", args=[mayor.pk])
    assert f'id="card-{mayor.pk}" class="card proposed"' in (
        desk.get(address, headers=HTMX).content.decode()
    )
    plain = desk.get(address)
    assert plain.headers["Location"] == f"{article.get_absolute_url()}#card-{mayor.pk}"
