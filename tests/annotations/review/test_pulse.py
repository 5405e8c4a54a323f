"""What an open page hears of the others."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from accordingto.attribution import Offsets
from annotations import actions
from annotations.desk.pulse import AT_ONCE
from annotations.models import Annotation
from annotations.models.decision import uncleared
from annotations.queue import leases
from articles.models import Article
from tests.annotations.review.pages import HTMX, body, latest, many
from tests.builders import PORT, TEXT, ready_article

pytestmark = pytest.mark.django_db


def pulse(client: Client, article: Article, since: int | str, known: str = "") -> Any:
    sent = {"since": since, "known": known}
    return client.post(reverse("review:pulse", args=[article.pk]), sent, headers=HTMX)


def since_of(response: Any) -> int:
    found = re.search(r'name="since" value="(\d+)"', body(response))
    assert found
    return int(found[1])


def test_the_pulse_tells_who_else_is_here(
    desk: Client, article: Article, editor: User, admin: User
) -> None:
    assert "Also here" not in body(pulse(desk, article, latest()))
    assert leases.others(article.pk, admin) == [editor.username]
    leases.renew(article.pk, admin)
    fragment = body(pulse(desk, article, latest()))
    assert f"<bdi>{admin.username}</bdi>" in fragment
    leases.release(article.pk, admin)
    assert admin.username not in body(pulse(desk, article, latest()))


def test_the_pulse_brings_what_others_decided_once(
    desk: Client, article: Article, mayor: Annotation, admin: User
) -> None:
    page = desk.get(article.get_absolute_url())
    actions.reject(mayor.pk, 1, admin)

    first = pulse(desk, article, since_of(page))

    fragment = body(first)
    assert f'id="card-{mayor.pk}" class="card rejected"' in fragment
    assert 'hx-swap-oob="true"' in fragment
    assert f"Just changed by {admin.username}" in fragment
    assert 'class="chunk"' in fragment
    assert "1 of 3 decided" in fragment
    assert since_of(first) == latest()

    second = body(pulse(desk, article, since_of(first)))
    assert "Just changed" not in second
    assert 'class="card' not in second


def test_what_others_do_while_the_page_is_made_comes_with_the_pulse(
    desk: Client,
    article: Article,
    mayor: Annotation,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added: list[Annotation] = []

    def sentences(*asked: Any) -> list[Offsets]:
        """Asked for when the cards have been read and the spans of the text have not."""
        if not added:
            actions.reject(mayor.pk, 1, admin)
            added.append(actions.add(article.pk, admin, {"cue": [(0, 3)]}, "indirect"))
        return uncleared(*asked)

    monkeypatch.setattr("annotations.desk.marked_text.uncleared", sentences)
    page = desk.get(article.get_absolute_url())

    assert page.status_code == 200
    fragment = body(pulse(desk, article, since_of(page)))
    assert f'id="card-{mayor.pk}" class="card rejected"' in fragment
    assert f'id="card-{added[0].pk}"' in fragment


def test_the_pulse_does_not_repeat_ones_own_decisions(
    desk: Client, article: Article, mayor: Annotation, editor: User
) -> None:
    since = latest()
    actions.reject(mayor.pk, 1, editor)
    fragment = body(pulse(desk, article, since, known=f"{mayor.pk}:2"))
    assert 'class="card' not in fragment
    assert "Just changed" not in fragment
    # Another tab of the same person learns of it, without being told who it was.
    elsewhere = body(pulse(desk, article, since, known=f"{mayor.pk}:1"))
    assert f'id="card-{mayor.pk}"' in elsewhere
    assert "Just changed" not in elsewhere


def test_a_pulse_brings_a_few_changes_and_the_next_ones_the_others(
    desk: Client, admin: User
) -> None:
    count = 2 * AT_ONCE + 1
    article = many(count)
    since = latest()
    for annotation in article.annotations.all():
        actions.approve(annotation.pk, 1, admin)

    seen: list[int] = []
    for expected in (AT_ONCE, AT_ONCE, 1, 0):
        response = pulse(desk, article, since)
        assert len(response.content) < 20_000
        cards = [int(pk) for pk in re.findall(r'id="card-(\d+)"', body(response))]
        assert len(cards) == expected
        seen += cards
        since = since_of(response)
    assert sorted(seen) == sorted(article.annotations.values_list("pk", flat=True))


def test_news_of_another_article_stay_there(desk: Client, article: Article, admin: User) -> None:
    other = ready_article(TEXT + "\nMore.", [PORT])
    since = latest()
    actions.approve(other.annotations.get().pk, 1, admin)
    assert 'class="card' not in body(pulse(desk, article, since))


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30, "\0"])
def test_a_pulse_that_knows_no_decision_is_refused(
    desk: Client, article: Article, since: str
) -> None:
    assert pulse(desk, article, since).status_code == 400
