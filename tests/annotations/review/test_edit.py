"""Correcting an attribution: the form, and its answer."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from annotations import actions
from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import HTMX, offsets_of
from tests.builders import MAYOR, TEXT, spans, words_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_stale_correction_keeps_what_was_typed(
    desk: Client, admin: User, mayor: Annotation, extra: dict[str, str]
) -> None:
    actions.reject(mayor.pk, 1, admin)
    typed = offsets_of(source=["Lindqvist"], cue=["told reporters"], content=["Monday"])
    data = typed | {"quote_type": "mixed", "version": 1}

    response = desk.post(reverse("review:edit", args=[mayor.pk]), data, headers=extra)

    page = response.content.decode()
    assert response.status_code == 409
    assert all(f'value="{escape(value)}"' in page for value in typed.values())
    assert "rejected this attribution since you saw it" in page
    assert "<span>Mayor Ada Lindqvist</span>" in page
    assert words_of(mayor) == MAYOR
    # The form now carries the version that stands, so that sending it again decides on that.
    assert 'name="version" value="2"' in page
    again = desk.post(reverse("review:edit", args=[mayor.pk]), data | {"version": 2}, headers=extra)
    assert again.status_code in (200, 302)
    assert words_of(mayor)["source"] == ["Lindqvist"]


def test_correcting_and_adding(desk: Client, article: Article, mayor: Annotation) -> None:
    data = offsets_of(source=["Ada Lindqvist"], cue=["told"], content=["Monday"])
    data |= {"quote_type": "direct"}
    edited = desk.post(
        reverse("review:edit", args=[mayor.pk]), data | {"version": "1"}, headers=HTMX
    )
    assert "<span>Ada Lindqvist</span>" in edited.content.decode()

    new = offsets_of(cue=["reporters"], content=["six weeks"])
    new |= {"quote_type": "indirect", "version": "0"}
    added = desk.post(reverse("review:add", args=[article.pk]), new, headers=HTMX)
    fragment = added.content.decode()
    card = article.annotations.latest("id")
    assert 'hx-swap-oob="beforeend:#cards"' in fragment
    assert f'id="card-{card.pk}" class="card approved"' in fragment
    assert f'data-start="{card.start}"' in fragment, "where the page puts it"
    assert "2 of 4 decided" in fragment


def test_corrections_of_different_roles_by_two_people_are_both_kept(
    desk: Client, admin: User, mayor: Annotation
) -> None:
    actions.correct(mayor.pk, 1, admin, spans(TEXT, **(MAYOR | {"cue": ["told"]})), "indirect")
    typed = offsets_of(**(MAYOR | {"source": ["Ada Lindqvist"]}))
    data = typed | {"quote_type": "indirect", "version": "1"}
    response = desk.post(reverse("review:edit", args=[mayor.pk]), data, headers=HTMX)
    assert response.status_code == 200
    assert "<span>told</span>" in response.content.decode()
    assert "<span>Ada Lindqvist</span>" in response.content.decode()
    assert words_of(mayor) == MAYOR | {"source": ["Ada Lindqvist"], "cue": ["told"]}


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"cue": "5"}, "is not a start and an end"),
        ({"cue": "<script>"}, "&lt;script&gt;"),
        ({"cue": "0-99999"}, "is outside the article"),
        ({"cue": "9-3"}, "is outside the article"),
        ({"cue": "99999999999-3"}, "is not a start and an end"),
        ({}, "needs a cue or a content"),
        ({"cue": "0-3", "quote_type": "shouted"}, "Select a valid choice"),
        ({"cue": "0-3", "version": "-1"}, "greater than or equal to 0"),
        ({"cue": "0-3," * 2000}, "at most 4000 characters"),
    ],
)
def test_a_bad_correction_is_refused_with_the_reason(
    desk: Client, mayor: Annotation, typed: dict[str, str], reason: str
) -> None:
    data = {"quote_type": "direct", "version": "1"} | typed
    response = desk.post(reverse("review:edit", args=[mayor.pk]), data, headers=HTMX)
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert words_of(mayor) == MAYOR


def test_making_two_one_is_offered_in_the_form_that_was_refused_alone(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    port = article.annotations.all()[1]
    sent = offsets_of(**MAYOR) | {"quote_type": "direct", "version": "1"}
    page = desk.post(reverse("review:edit", args=[port.pk]), sent).content.decode()
    assert page.count("Make the two one") == 1
    assert f'name="merge" value="{mayor.version}"' in page
    # The empty forms that open without the server belong to no card yet.
    blanks = page[page.index('<template id="new-spans">') :]
    assert "Make the two one" not in blanks
    assert "hx-get" not in blanks
