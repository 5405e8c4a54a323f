"""Notes for a colleague."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_flag_is_shown_on_the_card_as_text_and_taken_away(
    desk: Client, article: Article, mayor: Annotation, extra: dict[str, str]
) -> None:
    address = reverse("review:flag", args=[mayor.pk])
    form = desk.get(address, headers=extra).content.decode()
    assert "What should a colleague look at?" in form
    assert 'name="version" value="1"' in form

    note = "<script>alert(1)</script> Is it her?"
    response = desk.post(address, {"version": 1, "note": note}, headers=extra)
    assert response.status_code == (200 if extra else 302)
    page = desk.get(article.get_absolute_url()).content.decode()
    for shown in [page] + [response.content.decode()] * bool(extra):
        assert "&lt;script&gt;alert(1)&lt;/script&gt; Is it her?" in shown
        assert "<script>alert" not in shown
        assert "1 flagged" in shown
        assert f'id="card-{mayor.pk}" class="card proposed"' in shown
    assert "&lt;script&gt;" in desk.get(address, headers=extra).content.decode()

    desk.post(address, {"version": 2, "note": ""}, headers=extra)
    assert "flagged" not in desk.get(article.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"note": "x" * 2001}, "at most 2000 characters"),
        ({"note": "x" * 10_000}, "at most 2000 characters"),
        ({"note": "a\0b"}, "Null characters are not allowed"),
        ({"note": "Sure?", "version": ""}, "This field is required"),
        ({"note": "Sure?", "version": "0"}, "greater than or equal to 1"),
        ({"note": "Sure?", "version": "9" * 30}, "less than or equal to"),
    ],
)
@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_bad_flag_is_refused_with_the_reason_and_stays(
    desk: Client, mayor: Annotation, typed: dict[str, str], reason: str, extra: dict[str, str]
) -> None:
    data = {"version": "1"} | typed
    response = desk.post(reverse("review:flag", args=[mayor.pk]), data, headers=extra)
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert typed["note"] in response.content.decode()
    mayor.refresh_from_db()
    assert (mayor.flag, mayor.version) == ("", 1)


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_stale_flag_keeps_what_was_typed(
    desk: Client, admin: User, mayor: Annotation, extra: dict[str, str]
) -> None:
    actions.flag(mayor.pk, 1, admin, "Their note")
    data = {"version": 1, "note": "My note"}
    response = desk.post(reverse("review:flag", args=[mayor.pk]), data, headers=extra)
    page = response.content.decode()
    assert response.status_code == 409
    assert "My note" in page
    assert f"{admin.username} flagged this attribution since you saw it" in page
    assert 'name="version" value="2"' in page
    mayor.refresh_from_db()
    assert mayor.flag == "Their note"
