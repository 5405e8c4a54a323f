"""Blind samples: the machine's proposals stay hidden."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import HTMX, NEW, PLAIN, body, finish_all, listed, statuses

pytestmark = pytest.mark.django_db


def test_a_blind_sample_hides_what_the_machine_proposed(
    desk: Client, blind: Article, mayor: Annotation
) -> None:
    page = body(desk.get(blind.get_absolute_url()))
    assert "Blind sample" in page
    assert 'class="card proposed"' not in page
    assert "<mark" not in page
    rest = body(
        desk.get(reverse("review:approve_rest", args=[blind.pk]), {"above": 0}, headers=HTMX)
    )
    assert listed(rest) == ""
    text = desk.get(reverse("review:text", args=[blind.pk]), {"pieces": "0-300"})
    assert "<mark" not in body(text)
    for name in ("card", "edit", "flag", "history"):
        assert desk.get(reverse(f"review:{name}", args=[mayor.pk])).status_code == 404
    for name in ("approve", "reject", "edit", "undo", "revert", "flag"):
        assert (
            desk.post(reverse(f"review:{name}", args=[mayor.pk]), {"version": 1}).status_code == 404
        )


def test_a_blind_sample_is_labelled_and_finished(
    desk: Client, blind: Article, editor: User
) -> None:
    added = desk.post(reverse("review:add", args=[blind.pk]), NEW, headers=HTMX)
    assert "All 1 decided" in body(added)
    assert "<mark" in body(added)
    assert finish_all(desk, blind, PLAIN).status_code == 302
    blind.refresh_from_db()
    assert (blind.status, blind.finished_by) == ("finished", editor)


def test_hidden_proposals_of_a_blind_sample_cannot_be_approved_by_their_ids(
    desk: Client, blind: Article, mayor: Annotation
) -> None:
    sent = {"above": 0, "annotations": f"{mayor.pk}:1"}
    response = desk.post(reverse("review:approve_rest", args=[blind.pk]), sent, headers=HTMX)
    assert response.status_code == 409
    assert statuses(blind) == ["proposed"] * 3
