"""Finishing an article: once, and with what is left in sight."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import second_review
from annotations.actions.base import Refused
from annotations.actions.remaining import Left, Warned, left_in
from annotations.desk.desk import Desk
from annotations.models import Annotation, Decision, Source
from annotations.queue import leases
from articles.models import Article, Lease
from tests.annotations.second_reviews import disputed_article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TEXT = "Ada Lindqvist said it rains.\n\nThe pilot said no. It rained."
RAIN = {"source": ["Ada Lindqvist"], "cue": ["said"], "content": ["it rains"]}
PILOT = TEXT.index("The pilot")


@pytest.fixture
def judged(editor: User) -> Article:
    """An article with an approved attribution, unnamed and flagged, and a marked sentence."""
    article = ready_article(TEXT, [RAIN])
    rain = article.annotations.get()
    actions.approve(rain.pk, 1, editor)
    actions.flag(rain.pk, 2, editor, "Sure?")
    return article


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def left(article: Article, who: User) -> Left:
    return left_in(Desk(Article.objects.get(pk=article.pk), who))


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    return found[1] if found else ""


def test_what_is_left_is_told_one_thing_after_the_other(judged: Article, editor: User) -> None:
    rain = judged.annotations.get()
    unnamed = "The source of 1 approved attribution has no name in the registry."
    marked = "1 sentence is still marked: it may hide an attribution."
    assert left(judged, editor).warnings == [unnamed, marked, "1 flag is still open."]
    actions.flag(rain.pk, 3, editor, "")
    assert left(judged, editor).warnings == [unnamed, marked]
    actions.clear_sentence(judged.pk, PILOT, editor)
    assert left(judged, editor).warnings == [unnamed]
    actions.name_source(rain.pk, 4, editor, "Ada Lindqvist", "person")
    assert left(judged, editor) == Left()
    assert actions.finish(judged.pk, editor, seen="").status == "finished"


def test_it_is_finished_by_who_saw_just_what_is_left(
    judged: Article, editor: User, admin: User
) -> None:
    seen = left(judged, editor).seen
    for stale in ("", "0" * 16):
        with pytest.raises(Warned) as warned:
            actions.finish(judged.pk, editor, seen=stale)
        assert warned.value.left.seen == seen
        assert str(warned.value) == " ".join(warned.value.left.warnings)
    rain = judged.annotations.get()
    actions.set_source(rain.pk, 3, admin, None)
    actions.reject(rain.pk, 4, admin)
    with pytest.raises(Warned):
        actions.finish(judged.pk, editor, seen=seen)
    assert not Decision.objects.filter(action="finish").exists()
    assert actions.finish(judged.pk, editor, seen=left(judged, editor).seen).finished_by == editor


def test_open_proposals_are_told_before_anything_else(editor: User) -> None:
    article = ready_article(TEXT, [RAIN])
    with pytest.raises(Refused, match="1 proposal still awaits") as refused:
        actions.finish(article.pk, editor, seen="")
    assert not isinstance(refused.value, Warned)


def test_who_cannot_finish_it_is_not_warned_first(
    judged: Article, editor: User, admin: User
) -> None:
    actions.finish(judged.pk, editor)
    with pytest.raises(Refused, match="finished") as refused:
        actions.finish(judged.pk, admin, seen="")
    assert not isinstance(refused.value, Warned)


def test_what_is_left_stays_the_same_when_it_changes_places(editor: User) -> None:
    article = ready_article(TEXT, [RAIN, {"source": ["The pilot"], "cue": ["said no"]}])
    first, second = article.annotations.all()
    for each in (first, second):
        actions.approve(each.pk, 1, editor)
        actions.flag(each.pk, 2, editor, "Sure?")
        actions.set_source(each.pk, 3, editor, Source.objects.create(name=f"Source {each.pk}"))
    seen = left(article, editor).seen
    rest = TEXT.index("It rained")
    actions.correct(first.pk, 4, editor, {"cue": [(rest, rest + 9)]}, "indirect")
    actions.add(article.pk, editor, {"cue": [(14, 18)]}, "indirect")
    assert left(article, editor).seen == seen


def test_in_a_second_review_nobody_is_asked_for_names(
    judged: Article, editor: User, person: Callable[..., User]
) -> None:
    second = person("editors", "second")
    Article.objects.filter(pk=judged.pk).update(needs_second_review=True)
    actions.finish(judged.pk, editor)
    review = second_review.begin(judged.pk, second)
    actions.approve(Annotation.every.get(second_review=review).pk, 1, second)
    assert left(judged, second).warnings == [
        "1 sentence is still marked: it may hide an attribution."
    ]
    actions.clear_sentence(judged.pk, PILOT, second, review)
    assert actions.finish(judged.pk, second, seen="").status == "finished"


def test_finished_twice_by_the_same_person_it_is_finished_once(
    judged: Article, editor: User, admin: User
) -> None:
    actions.finish(judged.pk, editor)
    again = actions.finish(judged.pk, editor, seen="")
    assert (again.status, again.finished_by) == ("finished", editor)
    with pytest.raises(Refused, match="finished"):
        actions.finish(judged.pk, admin)
    assert Decision.objects.filter(action="finish").count() == 1
    actions.reopen(judged.pk, editor)
    actions.finish(judged.pk, editor)
    assert Decision.objects.filter(action="finish").count() == 2


def test_each_step_of_a_second_review_is_finished_once(
    editor: User, person: Callable[..., User]
) -> None:
    second = person("editors", "second")
    article, review = disputed_article(editor, second)
    agreement = review.agreement
    assert actions.finish(article.pk, second).status == "disputed"
    with pytest.raises(Refused, match="3 differences"):
        actions.finish(article.pk, editor)
    review.refresh_from_db()
    assert review.agreement == agreement
    assert Decision.objects.filter(article=article, action="finish").count() == 2


@pytest.mark.parametrize("extra", [HTMX, {}], ids=["htmx", "plain"])
def test_the_first_time_warns_and_the_second_finishes(
    desk: Client, judged: Article, editor: User, extra: dict[str, str]
) -> None:
    following = ready_article("It said so.", [])
    address = reverse("review:finish", args=[judged.pk])

    first = desk.post(address, headers=extra)

    if extra:
        assert first.status_code == 200
        assert "<html" not in body(first)
        warned = body(first)
    else:
        assert first.headers["Location"] == f"{judged.get_absolute_url()}?finishing#finish"
        response = desk.get(first.headers["Location"])
        assert response.status_code == 200, "it can be reloaded"
        warned = body(response)
    assert "1 flag is still open." in warned
    assert Article.objects.get(pk=judged.pk).status == "ready"
    assert not Lease.objects.filter(article=following).exists()

    for _each in range(3):  # however often it is sent
        done = desk.post(address, {"seen": seen_on(warned)}, headers=extra)
        leads_to = done.headers.get("HX-Redirect") or done.headers["Location"]
        assert leads_to == following.get_absolute_url()
    assert Decision.objects.filter(action="finish", by=editor).count() == 1
    assert [each.article for each in Lease.objects.filter(person=editor)] == [following]


def test_a_page_that_nobody_finishes_warns_of_nothing(desk: Client, judged: Article) -> None:
    page = body(desk.get(judged.get_absolute_url()))
    assert "Not finished yet" not in page
    assert seen_on(page) == ""
    assert "1 flag is still open." in page, "what is left is told once all is judged"


@pytest.mark.parametrize("seen", ["x", "\0", "9" * 5000, "<b>"])
def test_a_made_up_mark_has_seen_nothing(desk: Client, judged: Article, seen: str) -> None:
    response = desk.post(reverse("review:finish", args=[judged.pk]), {"seen": seen}, headers=HTMX)
    assert response.status_code == 200
    assert Article.objects.get(pk=judged.pk).status == "ready"


def test_reopening_what_is_not_finished_leads_to_the_page_and_says_so(
    desk: Client, judged: Article
) -> None:
    address = reverse("review:reopen", args=[judged.pk])
    refused = desk.post(address, headers=HTMX)
    assert (refused.status_code, "<html" in body(refused)) == (409, False)
    page = body(desk.post(address, follow=True))
    assert "This article is not finished." in page
    assert Annotation.objects.get(article=judged).version == 3


def test_finishing_gives_the_lease_up(desk: Client, judged: Article, editor: User) -> None:
    leases.renew(judged.pk, editor)
    page = body(desk.get(judged.get_absolute_url(), {"finishing": ""}))
    desk.post(reverse("review:finish", args=[judged.pk]), {"seen": seen_on(page)})
    assert not Lease.objects.exists()
