"""Approval in bulk: exactly the list that was shown, and only as far as an admin allows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import review_policy
from annotations.actions.base import Refused
from annotations.models import Annotation, ReviewPolicy
from articles.models import Article
from project.models import SecurityEvent
from tests.builders import ready_article

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def many(*confidences: float | None) -> Article:
    """An article with proposals of these confidences."""
    count = len(confidences)
    text = "\n".join(f"Witness number{n} said the lamp{n} was red." for n in range(count))
    article = ready_article(text, [{"source": [f"number{n} said"]} | CUE(n) for n in range(count)])
    for annotation, confidence in zip(article.annotations.all(), confidences, strict=True):
        Annotation.objects.filter(pk=annotation.pk).update(confidence=confidence)
    return article


def CUE(n: int) -> dict[str, list[str]]:  # noqa: N802 - reads as the other roles do
    return {"cue": [f"the lamp{n} "]}


def allow(by: User, **changed: Any) -> ReviewPolicy:
    rules: dict[str, Any] = {
        "bulk_allowed": True,
        "bulk_at_most": None,
        "bulk_sample_percent": 0,
        "settle_own": False,
    }
    return review_policy.set_policy(by, **(rules | changed))


def versions(article: Article) -> dict[int, int]:
    return dict(article.annotations.filter(status="proposed").values_list("pk", "version"))


def draw(monkeypatch: pytest.MonkeyPatch, *drawn: str) -> None:
    """Have the annotations of these keys drawn, if any share is set."""
    monkeypatch.setattr(
        review_policy, "is_drawn", lambda key, percent: percent > 0 and key in drawn
    )


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def rest(client: Client, article: Article, **asked: int) -> str:
    address = reverse("review:approve_rest", args=[article.pk])
    return client.get(address, asked, headers=HTMX).content.decode()


def listed(page: str) -> list[str]:
    found = re.search(r'name="annotations" value="([^"]*)"', page)
    return found[1].split(",") if found else []


# The list


@pytest.mark.parametrize(
    ("confidences", "start", "count"),
    [
        ((0.95, 0.91, 0.5), 90, 2),
        ((0.88, 0.5, 0.86), 85, 2),
        ((0.7, 0.2), 70, 1),
        ((0.049,), 5, 1),
        ((0.02,), 0, 1),
        ((1.0,), 90, 1),
        ((0.896,), 90, 1),
        ((None, 0.4), 40, 1),
        ((None,), 0, 0),
    ],
)
def test_the_list_begins_where_the_confidences_support_it(
    desk: Client, confidences: tuple[float | None, ...], start: int, count: int
) -> None:
    page = rest(desk, many(*confidences))
    assert f'name="above" value="{start}"' in page
    assert len(listed(page)) == count


def test_the_list_is_what_counts_whatever_the_number_says(desk: Client) -> None:
    article = many(0.9, 0.6, 0.5)
    shown = listed(rest(desk, article, above=50))
    assert len(shown) == 3
    address = reverse("review:approve_rest", args=[article.pk])
    response = desk.post(address, {"above": 80, "annotations": ",".join(shown)}, headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"
    assert not versions(article)


def test_more_proposals_than_a_form_may_have_fields(desk: Client) -> None:
    article = many(*[0.9] * 1100)
    shown = listed(rest(desk, article))
    assert len(shown) == 1100
    address = reverse("review:approve_rest", args=[article.pk])
    response = desk.post(address, {"annotations": ",".join(shown)}, headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"
    assert not versions(article)


# What an admin allows


def test_forbidden_it_is_refused_and_not_offered(desk: Client, editor: User, admin: User) -> None:
    article = many(0.9, 0.9)
    shown = listed(rest(desk, article))
    allow(admin, bulk_allowed=False)
    with pytest.raises(Refused, match="has turned off"):
        actions.approve_all(article.pk, versions(article), editor)
    page = rest(desk, article)
    assert "each is judged by itself" in page
    assert listed(page) == []
    address = reverse("review:approve_rest", args=[article.pk])
    refused = desk.post(address, {"annotations": ",".join(shown)}, headers=HTMX)
    assert refused.status_code == 409
    assert len(versions(article)) == 2


def test_capped_it_lists_and_approves_no_more_at_once(
    desk: Client, editor: User, admin: User
) -> None:
    article = many(*[0.9] * 5)
    allow(admin, bulk_at_most=2)
    with pytest.raises(Refused, match="At most 2 attributions"):
        actions.approve_all(article.pk, dict(list(versions(article).items())[:3]), editor)
    page = rest(desk, article)
    assert len(listed(page)) == 2
    assert "3 more are left" in page
    assert (
        len(actions.approve_all(article.pk, dict(list(versions(article).items())[:2]), editor)) == 2
    )


def test_the_sample_is_judged_one_by_one_first(
    desk: Client, editor: User, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = many(0.9, 0.8, 0.7, 0.6)
    first, second, third, fourth = article.annotations.all()
    draw(monkeypatch, second.key, fourth.key)
    assert len(listed(rest(desk, article, above=50))) == 4, "no share is set"
    allow(admin, bulk_sample_percent=50)

    page = rest(desk, article, above=65)
    assert listed(page) == []
    assert "1 of these proposals is drawn by chance" in page
    assert re.findall(r'href="#card-(\d+)"', page) == [str(second.pk)]
    with pytest.raises(Refused, match="1 of these was drawn"):
        actions.approve_all(article.pk, {first.pk: 1, third.pk: 1}, editor)
    with pytest.raises(Refused, match="1 of these was drawn"):
        actions.approve_all(article.pk, {second.pk: 1}, editor)

    # Above it, nothing is drawn; and the one below is as sure as none of these.
    assert listed(rest(desk, article, above=85)) == [f"{first.pk}:1"]
    actions.reject(second.pk, 1, editor)
    assert listed(rest(desk, article, above=65)) == [f"{first.pk}:1", f"{third.pk}:1"]
    assert len(actions.approve_all(article.pk, {first.pk: 1, third.pk: 1}, editor)) == 2
    assert list(versions(article)) == [fourth.pk]


def test_the_sample_is_the_same_at_every_look_and_about_its_share() -> None:
    keys = [f"key-{n}" for n in range(2000)]
    drawn = {key for key in keys if review_policy.is_drawn(key, 10)}
    assert drawn == {key for key in keys if review_policy.is_drawn(key, 10)}
    assert drawn < {key for key in keys if review_policy.is_drawn(key, 40)}
    assert 140 < len(drawn) < 260
    assert not any(review_policy.is_drawn(key, 0) for key in keys)
    assert all(review_policy.is_drawn(key, 100) for key in keys)


def test_nobody_without_the_servers_secret_can_tell_the_sample(settings: Any) -> None:
    keys = [f"key-{n}" for n in range(200)]
    drawn = [review_policy.is_drawn(key, 50) for key in keys]
    settings.SECRET_KEY = "another" * 10
    assert drawn != [review_policy.is_drawn(key, 50) for key in keys]


# Who sets it


FORM = {"bulk_allowed": "on", "bulk_at_most": "20", "bulk_sample_percent": "5"}


def test_the_page_sets_what_is_allowed_and_logs_it(client: Client, admin: User) -> None:
    client.force_login(admin)
    page = client.get(reverse("second_review:sampling")).content.decode()
    assert re.search(r'name="bulk_allowed"[^>]* checked', page)
    sent = client.post(reverse("second_review:set_policy"), FORM, follow=True).content.decode()
    assert "Saved" in sent
    assert 'name="bulk_at_most" value="20"' in sent
    rules = ReviewPolicy.objects.get()
    assert (rules.bulk_allowed, rules.bulk_at_most, rules.bulk_sample_percent) == (True, 20, 5)
    assert not rules.settle_own
    client.post(
        reverse("second_review:set_policy"), {"bulk_sample_percent": "0", "settle_own": "on"}
    )
    rules = ReviewPolicy.objects.get()
    assert (rules.bulk_allowed, rules.bulk_at_most, rules.settle_own) == (False, None, True)
    logged = [
        (e.kind, e.by, e.details["setting"])
        for e in SecurityEvent.objects.filter(kind="setting_changed")
    ]
    assert logged == [("setting_changed", admin, "review_policy")] * 2


@pytest.mark.parametrize(
    ("field", "junk"),
    [
        ("bulk_at_most", "0"),
        ("bulk_at_most", "-1"),
        ("bulk_at_most", "x"),
        ("bulk_at_most", "9" * 30),
        ("bulk_sample_percent", "101"),
        ("bulk_sample_percent", ""),
    ],
)
def test_a_number_that_is_none_is_refused_at_its_field(
    client: Client, admin: User, field: str, junk: str
) -> None:
    client.force_login(admin)
    response = client.post(reverse("second_review:set_policy"), FORM | {field: junk})
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not ReviewPolicy.objects.exists()


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_only_admins_set_it(client: Client, person: Callable[[str], User], role: str) -> None:
    assert (
        client.post(reverse("second_review:set_policy"), FORM)
        .headers["Location"]
        .startswith("/login/")
    )
    who = person(role)
    client.force_login(who)
    assert client.post(reverse("second_review:set_policy"), FORM).status_code == 403
    with pytest.raises(PermissionDenied):
        allow(who)
    assert not ReviewPolicy.objects.exists()


def test_functions_and_database_refuse_what_is_out_of_range(admin: User) -> None:
    for wrong in ({"bulk_at_most": 0}, {"bulk_at_most": 2**31}, {"bulk_sample_percent": 101}):
        with pytest.raises(ValidationError):
            allow(admin, **wrong)
    with pytest.raises(IntegrityError, match="review_policy_percentage"):
        ReviewPolicy.objects.create(pk=1, bulk_sample_percent=101)
