"""Which articles are labelled blind or twice: shares of new ones, and single ones by choice."""

import secrets
from collections.abc import Callable, Iterable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accordingto.records.article import ArticleRecord, AttributionRecord
from annotations import actions
from annotations.queue import sampling
from annotations.queue.intake import ingest_record
from articles.models import Article, Sampling
from project.models import SecurityEvent
from tests.builders import MAYOR, PORT, TEXT, proposal, ready_article

pytestmark = pytest.mark.django_db


def ingested(text: str, attributions: Iterable[AttributionRecord] = ()) -> Article:
    record = ArticleRecord(text=text, attributions=tuple(attributions))
    return ingest_record(record, by=None).article


def drawn(article: Article) -> tuple[bool, bool]:
    article.refresh_from_db()
    return article.blind, article.needs_second_review


def test_nothing_is_sampled_unless_an_admin_says_so() -> None:
    assert sampling.draw(sampling.shares()) == (False, False)
    assert drawn(ingested("One said so.")) == (False, False)


def test_shares_are_of_new_articles(admin: User) -> None:
    before = ingested("One said so.")
    sampling.set_shares(admin, 100, 0)
    assert drawn(ingested("Two said so.")) == (True, False)
    sampling.set_shares(admin, 0, 100)
    assert drawn(ingested("Three said so.")) == (False, True)
    assert drawn(ingested("Two said so.")) == (True, False), "one that is known stays as it is"
    assert drawn(before) == (False, False)
    assert Sampling.objects.count() == 1


def test_a_share_is_drawn_by_chance(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sampling.set_shares(admin, 30, 10)
    for chance, expected in ((9, (True, True)), (10, (True, False)), (30, (False, False))):
        monkeypatch.setattr(secrets, "randbelow", lambda _below, chance=chance: chance)
        assert sampling.draw(sampling.shares()) == expected


def test_what_brings_attributions_is_not_blind_and_judged_ones_are_not_compared(
    admin: User,
) -> None:
    sampling.set_shares(admin, 100, 100)
    proposed = proposal(TEXT, **MAYOR)
    assert drawn(ingested(TEXT, [proposed])) == (False, True)
    judged = AttributionRecord(
        source=(),
        cue=((0, 3),),
        content=((4, 8),),
        quote_type="indirect",
        status="approved",
        origin="person",
        reviewed_by="someone",
        reviewed_at=timezone.now(),
    )
    assert drawn(ingested("One said so.", [judged])) == (False, False)


def test_the_page_sets_the_shares(client: Client, admin: User) -> None:
    client.force_login(admin)
    page = client.get(reverse("second_review:sampling")).content.decode()
    assert 'name="blind_percent" value="0"' in page

    sent = client.post(
        reverse("second_review:sampling"),
        {"blind_percent": 5, "second_review_percent": "10"},
        follow=True,
    )

    assert "Saved" in sent.content.decode()
    assert 'name="second_review_percent" value="10"' in sent.content.decode()
    assert str(Sampling.objects.get()) == "5 % blind, 10 % second review"
    entry = SecurityEvent.objects.get(kind="setting_changed")
    said = {"setting": "sampling", "value": "5 % blind, 10 % second review"}
    assert (entry.kind, entry.by, entry.details) == ("setting_changed", admin, said)


@pytest.mark.parametrize("junk", ["-1", "101", "1.5", "", "ten", "9" * 30])
def test_a_share_that_is_none_is_refused_at_its_field(
    client: Client, admin: User, junk: str
) -> None:
    client.force_login(admin)
    response = client.post(
        reverse("second_review:sampling"), {"blind_percent": junk, "second_review_percent": "10"}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert 'id="id_blind_percent_error"' in page
    assert 'id="id_second_review_percent_error"' not in page
    assert not Sampling.objects.exists()


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_only_admins_sample(client: Client, person: Callable[[str], User], role: str) -> None:
    article = ready_article()
    require = reverse("second_review:require", args=[article.pk])
    form = {"blind_percent": 5, "second_review_percent": 10}
    for path in (reverse("second_review:sampling"), require):
        assert client.post(path, form).headers["Location"].startswith(reverse("login"))
    who = person(role)
    client.force_login(who)
    assert client.get(reverse("second_review:sampling")).status_code == 403
    assert client.post(reverse("second_review:sampling"), form).status_code == 403
    assert client.post(require, {"required": "yes"}).status_code == 403
    for path in (reverse("second_review:sampling"), require):
        assert path not in client.get(reverse("queue:list")).content.decode()
    with pytest.raises(PermissionDenied):
        sampling.set_shares(who, 5, 10)
    with pytest.raises(PermissionDenied):
        sampling.require_second_review(article.pk, who)
    assert not Sampling.objects.exists()
    assert drawn(article) == (False, False)


def test_functions_and_database_refuse_shares_that_are_none(admin: User) -> None:
    with pytest.raises(ValidationError):
        sampling.set_shares(admin, 5, 101)
    with pytest.raises(IntegrityError):
        Sampling.objects.create(pk=1, blind_percent=101)


def test_an_admin_requires_a_second_review_of_an_article(client: Client, admin: User) -> None:
    client.force_login(admin)
    article = ready_article()
    require = reverse("second_review:require", args=[article.pk])
    assert "Require a second review" in client.get(reverse("queue:list")).content.decode()

    form = {"required": "yes", "back": "status=ready"}
    response = client.post(require, form)

    assert response.headers["Location"] == f"/?status=ready#article-{article.pk}"
    assert drawn(article) == (False, True)
    page = client.get(reverse("queue:list")).content.decode()
    assert "will get a second review" in page
    assert "No second review" in page
    client.post(require, {"required": "yes"})  # again changes nothing
    client.post(require, {"required": "no"})
    assert drawn(article) == (False, False)
    logged = SecurityEvent.objects.filter(kind="setting_changed").order_by("pk")
    changed = {"setting": "second_review", "article": article.pk}
    assert list(logged.values_list("by", "details")) == [
        (admin.pk, changed | {"value": value}) for value in ("required", "not_required")
    ]


def test_not_of_one_that_somebody_has_begun_to_judge(client: Client, admin: User) -> None:
    client.force_login(admin)
    article = ready_article(proposals=[MAYOR, PORT])
    require = reverse("second_review:require", args=[article.pk])
    first = article.annotations.all()[0]
    actions.approve(first.pk, 1, admin)

    assert require not in client.get(reverse("queue:list")).content.decode()
    page = client.post(require, {"required": "yes"}, follow=True).content.decode()

    assert "somebody has begun to judge it" in page
    assert drawn(article) == (False, False)


@pytest.mark.parametrize("status", ["second-review", "disputed"])
def test_not_of_one_that_is_past_its_review(admin: User, status: str) -> None:
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(status=status)
    assert not sampling.require_second_review(article.pk, admin)


@pytest.mark.parametrize("form", [{}, {"required": "maybe"}])
def test_a_forged_choice_changes_nothing(client: Client, admin: User, form: dict[str, str]) -> None:
    client.force_login(admin)
    article = ready_article()
    response = client.post(reverse("second_review:require", args=[article.pk]), form)
    assert response.status_code == 400
    assert "Nothing was changed" in response.content.decode()
    assert drawn(article) == (False, False)
    assert client.post(reverse("second_review:require", args=[10**9])).status_code == 404


def test_the_page_without_figures_asks_little(
    client: Client, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(admin)
    with django_assert_num_queries(7):
        page = client.get(reverse("second_review:sampling")).content.decode()
    assert "Work out the figures" in page
    assert "No blind sample is finished yet" in (
        client.get(reverse("second_review:sampling"), {"figures": ""}).content.decode()
    )
