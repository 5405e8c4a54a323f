"""The history of an attribution, and going back in it."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.models import Annotation
from articles.models import Article
from tests.annotations.review.pages import HTMX
from tests.builders import MAYOR, TEXT, spans

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_the_history_tells_who_decided_what_from_what_to_what(
    desk: Client, editor: User, admin: User, mayor: Annotation, extra: dict[str, str]
) -> None:
    actions.approve(mayor.pk, 1, admin)
    fixed = spans(TEXT, **(MAYOR | {"source": ["Ada Lindqvist"]}))
    actions.correct(mayor.pk, 2, editor, fixed, "mixed")
    actions.flag(mayor.pk, 3, editor, "<b>Sure?</b>")
    page = desk.get(reverse("review:history", args=[mayor.pk]), headers=extra).content.decode()
    assert f"<bdi>{admin.username}</bdi> approved" in page
    assert "<del>Proposed</del> <ins>Approved</ins>" in page
    assert f"<bdi>{editor.username}</bdi> corrected and approved" in page
    assert "<del>Mayor Ada Lindqvist</del> <ins>Ada Lindqvist</ins>" in page
    assert "<del>Indirect</del> <ins>Mixed</ins>" in page
    assert "<ins>&lt;b&gt;Sure?&lt;/b&gt;</ins>" in page
    assert "<del>told reporters</del>" not in page, "the cue stayed"
    assert ("<html" in page) is (extra == {})


def test_the_history_tells_an_approval_at_once_from_a_reading(
    desk: Client, editor: User, article: Article, mayor: Annotation
) -> None:
    rest = article.annotations.exclude(pk=mayor.pk)
    actions.approve_all(article.pk, {mayor.pk: 1} | {each.pk: 1 for each in rest}, editor)
    actions.approve(mayor.pk, 2, editor, batch=uuid.uuid4())  # as with a name, in one go
    page = desk.get(reverse("review:history", args=[mayor.pk]), headers=HTMX).content.decode()
    assert page.count(f"with {rest.count()} others at once") == 1
    assert page.count("at once") == 1


def test_a_fact_checker_reads_the_history_and_cannot_put_back(
    client: Client, fact_checker: User, editor: User, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.reject(mayor.pk, 2, editor)
    client.force_login(fact_checker)
    page = client.get(reverse("review:history", args=[mayor.pk]), headers=HTMX).content.decode()
    assert f"<bdi>{editor.username}</bdi> rejected" in page
    assert reverse("review:revert", args=[mayor.pk]) not in page


def test_putting_back_an_earlier_state(
    desk: Client, admin: User, article: Article, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, admin)
    actions.reject(mayor.pk, 2, admin)
    approval = mayor.decisions.get(action="approve")
    address = reverse("review:revert", args=[mayor.pk])

    back = desk.post(address, {"version": 3, "decision": approval.pk}, headers=HTMX)

    fragment = back.content.decode()
    assert f'id="card-{mayor.pk}" class="card approved"' in fragment
    assert f"<bdi>{admin.username}</bdi>" in fragment, "who signed it then"
    assert 'data-label="1C"' in fragment, "the text is marked again"
    data = {"version": 4, "decision": approval.pk, "before": "1"}
    assert desk.post(address, data).status_code == 302
    mayor.refresh_from_db()
    assert (mayor.status, mayor.version) == ("proposed", 5)
    assert desk.post(address, data, headers=HTMX).status_code == 409
    mayor.refresh_from_db()
    assert mayor.version == 5


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_putting_back_what_never_stood_there_is_refused(
    desk: Client, editor: User, article: Article, mayor: Annotation, extra: dict[str, str]
) -> None:
    other = article.annotations.all()[1]
    actions.approve(other.pk, 1, editor)
    foreign = other.decisions.get(action="approve")
    address = reverse("review:revert", args=[mayor.pk])
    for decision in (foreign.pk, foreign.pk + 1000):
        response = desk.post(address, {"version": 1, "decision": decision}, headers=extra)
        assert response.status_code == 409
        assert "never in that state" in response.content.decode()
    for forged in ("", "x", "0", "-1", "9" * 30):
        response = desk.post(address, {"version": 1, "decision": forged}, headers=extra)
        assert response.status_code == 400
    mayor.refresh_from_db()
    assert (mayor.status, mayor.version) == ("proposed", 1)
