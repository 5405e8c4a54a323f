"""Who has which article open, and "next": never the same article for two people."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.models import SecondReview
from annotations.queue import leases
from annotations.queue.leases import take_next
from articles.models import Article, ArticleStatus, Lease
from tests.builders import ready_article

type Person = Callable[..., User]


def article(number: int, status: ArticleStatus = Article.Status.READY) -> Article:
    made = ready_article(f"Person {number} said so.", [])
    Article.objects.filter(pk=made.pk).update(status=status)
    return made


def expire(*leases: Lease) -> None:
    Lease.objects.filter(pk__in=[each.pk for each in leases]).update(
        until=timezone.now() - timedelta(seconds=1)
    )


@pytest.fixture
def other(person: Person) -> User:
    return person("editors", "other")


def test_a_lease_lasts_until_the_time_it_says(editor: User, other: User) -> None:
    one = article(1)

    until = leases.renew(one.pk, editor)

    assert abs(until - timezone.now() - leases.LEASE) < timedelta(minutes=1)
    assert leases.others(one.pk, other) == [editor.username]
    assert leases.others(one.pk, editor) == []
    assert leases.renew(one.pk, editor) > until
    assert Lease.objects.get().until > until
    expire(Lease.objects.get())
    assert leases.others(one.pk, other) == []


def test_several_have_it_open_and_one_leaves(editor: User, other: User, admin: User) -> None:
    one, two = article(1), article(2)
    for person in (other, editor, admin):
        leases.renew(one.pk, person)
    leases.renew(two.pk, other)

    assert leases.open_elsewhere([one.pk, two.pk], editor) == {
        one.pk: [admin.username, other.username],
        two.pk: [other.username],
    }
    leases.release(one.pk, other)
    assert leases.others(one.pk, editor) == [admin.username]
    assert leases.others(two.pk, editor) == [other.username]
    leases.release(one.pk, other)  # once more changes nothing


def test_next_is_the_oldest_that_nobody_else_has_open(editor: User, other: User) -> None:
    article(0, Article.Status.QUEUED)
    first, second, _third = article(1), article(2), article(3)
    leases.renew(first.pk, other)

    assert take_next(editor) == second

    assert leases.others(second.pk, other) == [editor.username]


def test_who_lost_the_tab_gets_the_same_article_again(editor: User, other: User) -> None:
    _first, second, _third = article(1), article(2), article(3)
    leases.renew(second.pk, editor)

    assert take_next(editor) == second
    assert take_next(editor) == second
    # Opened by another through its address meanwhile: then there are others to work on.
    leases.renew(second.pk, other)
    assert take_next(editor) != second


def test_what_is_no_longer_to_be_reviewed_is_not_given_again(editor: User) -> None:
    first, second = article(1), article(2)
    assert take_next(editor) == first
    Article.objects.filter(pk=first.pk).update(
        status="finished", finished_by=editor, finished_at=timezone.now()
    )

    assert take_next(editor) == second


def test_skipping_ends_the_lease_and_goes_round(editor: User) -> None:
    first, second = article(1), article(2)
    assert take_next(editor) == first

    assert take_next(editor, after=first.pk) == second
    assert list(Lease.objects.values_list("article", flat=True)) == [second.pk]
    assert take_next(editor, after=second.pk) == first

    second.delete()
    assert take_next(editor, after=first.pk) == first  # it is all there is


def test_nothing_to_review(editor: User, other: User) -> None:
    assert take_next(editor) is None
    only = article(1)
    leases.renew(only.pk, other)
    assert take_next(editor) is None
    expire(Lease.objects.get())
    assert take_next(editor) == only
    assert Lease.objects.get().person == editor, "the expired lease is deleted"


def test_more_articles_open_elsewhere_than_are_looked_at_in_one_go(
    editor: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "CANDIDATES", 2)
    articles = [article(number) for number in range(7)]
    for each in articles[:-1]:
        leases.renew(each.pk, other)
    assert take_next(editor) == articles[-1]


def test_a_second_review_is_for_another_person(
    editor: User, other: User, person: Person, admin: User
) -> None:
    looked_at = article(1, Article.Status.SECOND_REVIEW)
    second_review = SecondReview.objects.create(article=looked_at, first=editor)
    ready = article(2)

    assert take_next(editor) == ready, "not for the person who labelled it first"
    assert take_next(other) == looked_at
    assert take_next(admin) is None, "the other one has it open"
    Lease.objects.all().delete()

    second_review.second = other
    second_review.save()
    assert take_next(admin) == ready, "not for a third person once the second has begun"
    assert take_next(other) == looked_at
    Lease.objects.all().delete()

    Article.objects.filter(pk=looked_at.pk).update(status="disputed")
    assert take_next(other) == ready


def test_who_may_not_judge_has_no_lease(fact_checker: User) -> None:
    one = article(1)
    for attempt in (
        lambda: leases.renew(one.pk, fact_checker),
        lambda: take_next(fact_checker),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert not Lease.objects.exists()


@pytest.mark.django_db
def test_next_in_the_browser(client: Client, editor: User, other: User) -> None:
    client.force_login(editor)
    assert client.get(reverse("queue:next")).headers["Location"] == reverse("queue:list")
    empty = client.post(reverse("queue:next"), follow=True).content.decode()
    assert "No article is waiting for review" in empty
    first, second = article(1), article(2)
    assert not Lease.objects.exists(), "looking takes nothing"

    assert client.post(reverse("queue:next")).headers["Location"] == first.get_absolute_url()
    assert leases.others(first.pk, other) == [editor.username]
    after = client.post(reverse("queue:next"), {"after": first.pk}).headers["Location"]
    assert after == second.get_absolute_url()
    assert leases.others(first.pk, other) == []

    assert client.post(reverse("queue:leave", args=[second.pk])).status_code == 204
    assert leases.others(second.pk, other) == []
    assert client.get(reverse("queue:leave", args=[second.pk])).status_code == 405


def test_a_page_that_is_closed_gives_up_only_ones_own_lease(
    client: Client, editor: User, other: User
) -> None:
    one = article(1)
    leases.renew(one.pk, other)
    client.force_login(editor)
    assert client.post(reverse("queue:leave", args=[one.pk])).status_code == 204
    assert leases.others(one.pk, editor) == [other.username]


@pytest.mark.parametrize("junk", ["x", "-1", "1; DROP TABLE", "9" * 40])
def test_a_forged_after_takes_nothing(client: Client, editor: User, junk: str) -> None:
    article(1)
    client.force_login(editor)
    response = client.post(reverse("queue:next"), {"after": junk})
    assert response.status_code == 400
    assert "is not the number of an article" in response.content.decode()
    assert not Lease.objects.exists()


def test_fact_checkers_and_strangers_take_no_articles(client: Client, fact_checker: User) -> None:
    one = article(1)
    for path in (reverse("queue:next"), reverse("queue:leave", args=[one.pk])):
        assert client.post(path).headers["Location"].startswith(reverse("login"))
    client.force_login(fact_checker)
    for path in (reverse("queue:next"), reverse("queue:leave", args=[one.pk])):
        assert client.post(path).status_code == 403
    assert client.get(reverse("queue:next")).status_code == 403


def test_the_number_of_queries_does_not_grow(
    editor: User, other: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        leases.renew(article(number).pk, other)
    for number in range(30, 60):
        article(number)
    take_next(editor)  # its permissions are known from here on
    with django_assert_num_queries(8):
        take_next(editor)
    with django_assert_num_queries(11):
        take_next(editor, after=Lease.objects.get(person=editor).article_id)


# ---- people who ask at the same moment, each on a connection of their own ----

PEOPLE, ROUNDS = 8, 25


def at_once(*asks: Callable[[], Article | None]) -> list[int | None]:
    """Call all at the same moment, each in a thread of its own."""
    barrier = Barrier(len(asks))

    def ask(which: Callable[[], Article | None]) -> int | None:
        try:
            with connection.cursor() as cursor:  # connected before they start
                cursor.execute("SELECT 1")
            barrier.wait(30)
            taken = which()
            return taken.pk if taken else None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(ask, asks))


@pytest.mark.django_db(transaction=True)
def test_people_who_ask_at_once_never_get_the_same_article(person: Person) -> None:
    people = [person("editors", f"editor {number}") for number in range(PEOPLE)]
    articles = [article(number).pk for number in range(PEOPLE)]
    for _round in range(ROUNDS):
        Lease.objects.all().delete()
        taken = at_once(*(lambda who=who: take_next(who) for who in people))
        assert sorted(pk for pk in taken if pk) == articles


@pytest.mark.django_db(transaction=True)
def test_people_who_skip_at_once_never_meet(person: Person) -> None:
    people = [person("editors", f"editor {number}") for number in range(PEOPLE)]
    for number in range(2 * PEOPLE):
        article(number)
    held = at_once(*(lambda who=who: take_next(who) for who in people))
    for _round in range(ROUNDS):
        asks = zip(people, held, strict=True)
        held = at_once(*(lambda who=who, pk=pk: take_next(who, after=pk) for who, pk in asks))
        assert None not in held
        assert len(set(held)) == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_too_few_articles_go_to_one_person_each(person: Person) -> None:
    people = [person("editors", f"editor {number}") for number in range(PEOPLE)]
    only = article(1)
    for _round in range(ROUNDS):
        Lease.objects.all().delete()
        taken = at_once(*(lambda who=who: take_next(who) for who in people))
        assert taken.count(only.pk) == 1
        assert taken.count(None) == PEOPLE - 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_takes_one_article(editor: User) -> None:
    for number in range(4):
        article(number)
    for _round in range(ROUNDS):
        Lease.objects.all().delete()
        assert len(set(at_once(*[lambda: take_next(editor)] * 4))) == 1


@pytest.mark.django_db(transaction=True)
def test_an_article_taken_between_the_look_and_the_lock_is_passed_over(
    editor: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = article(1), article(2)
    lock_first = leases._lock_first

    def late(*args: object, **kwargs: object) -> Article | None:
        monkeypatch.setattr(leases, "_lock_first", lock_first)
        at_once(lambda: take_next(other))  # in and out before this one locks
        return lock_first(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(leases, "_lock_first", late)
    assert take_next(editor) == second
    assert leases.others(first.pk, editor) == [other.username]


@pytest.mark.django_db(transaction=True)
def test_an_article_somebody_decides_on_is_passed_over_without_waiting(
    editor: User, other: User
) -> None:
    first, second = article(1), article(2)
    with transaction.atomic():
        Article.objects.select_for_update(no_key=True).get(pk=first.pk)
        assert at_once(lambda: take_next(editor)) == [second.pk]
