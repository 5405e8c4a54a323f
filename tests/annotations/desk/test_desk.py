"""What the desk shows: additions taken back, who flagged, what is judged."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.desk.desk import Desk
from annotations.models import Annotation, Decision
from annotations.models.state import Spans
from annotations.queue.listing import listing
from articles.models import Article
from tests.builders import TEXT, spans

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NEW: Spans = spans(TEXT, cue=["feared"], content=["the noise"])


def counts(article: Article, person: User) -> tuple[int, int, int]:
    """How many there are and are decided, on the desk; and how many in the queue."""
    context = Desk(article, person).context()
    (row,) = listing(person).rows
    assert (row.total, row.decided) == (context["total"], context["decided"])
    return context["total"], context["decided"], row.flagged


def shown(client: Client, article: Article) -> list[str]:
    """The cards on the page."""
    page = client.get(article.get_absolute_url()).content.decode()
    return re.findall(r'<li id="card-(\d+)" class="card', page)


def test_an_addition_that_was_taken_back_counts_no_more(
    client: Client, editor: User, article: Article
) -> None:
    client.force_login(editor)
    number = {pk: n for n, pk in enumerate(article.annotations.values_list("pk", flat=True), 1)}
    added = actions.add(article.pk, editor, NEW, "indirect")
    later = actions.add(article.pk, editor, spans(TEXT, cue=["closes"]), "indirect")
    assert counts(article, editor) == (5, 2, 0)

    answer = client.post(reverse("review:undo", args=[added.pk]), {"version": 1}, headers=HTMX)

    fragment = answer.content.decode()
    assert f'id="card-{added.pk}" class="card withdrawn"' in fragment
    assert "Taken back" in fragment
    assert "Rejected" not in fragment
    assert "1 of 4 decided" in fragment
    assert counts(article, editor) == (4, 1, 0)
    assert str(added.pk) not in shown(client, article)
    page = client.get(article.get_absolute_url()).content.decode()
    # Its place is there, so that doing it again has one to come to.
    assert f'<li id="card-{added.pk}" hidden>' in page
    # It stays, with its number, which is no other's.
    assert Annotation.objects.get(pk=added.pk).status == "rejected"
    assert Desk(article, editor).numbers == number | {added.pk: 4, later.pk: 5}

    client.post(reverse("review:redo_latest", args=[article.pk]))
    assert counts(article, editor) == (5, 2, 0)
    assert str(added.pk) in shown(client, article)


def test_one_that_was_taken_back_and_then_judged_is_a_card_again(
    client: Client, editor: User, admin: User, article: Article
) -> None:
    client.force_login(editor)
    added = actions.add(article.pk, editor, NEW, "indirect")
    actions.undo(added.pk, 1, editor)
    actions.approve(added.pk, 2, admin)
    actions.reject(added.pk, 3, admin)
    assert counts(article, editor) == (4, 1, 0)
    assert str(added.pk) in shown(client, article)


def test_what_is_rejected_otherwise_stays_in_the_list(
    client: Client, editor: User, article: Article, mayor: Annotation
) -> None:
    client.force_login(editor)
    actions.reject(mayor.pk, 1, editor)
    actions.approve(mayor.pk, 2, editor)
    actions.undo(mayor.pk, 3, editor)
    # Rejected where it came from: no decision here, or one that undid nothing.
    imported = article.annotations.all()[1]
    Annotation.objects.filter(pk=imported.pk).update(
        status="rejected", reviewer="x", reviewed_at=article.ingested_at
    )
    assert counts(article, editor) == (3, 2, 0)
    assert len(shown(client, article)) == 3


def test_a_flag_says_whose_it_is(
    client: Client, editor: User, admin: User, article: Article, mayor: Annotation
) -> None:
    client.force_login(editor)
    _mayor, port, _residents = article.annotations.all()
    actions.flag(mayor.pk, 1, admin, "An older note")
    actions.flag(mayor.pk, 2, editor, "Who is we?")
    actions.flag(port.pk, 1, admin, "Which port?")
    actions.approve(port.pk, 2, editor)

    page = client.get(article.get_absolute_url()).content.decode()

    notes = re.findall(r'<span dir="auto">([^<]*)</span> <small><bdi>([^<]*)</bdi>, <time', page)
    assert notes == [("Who is we?", editor.username), ("Which port?", admin.username)]
    # Taken back, the note before it stands again, with its own person.
    actions.undo(mayor.pk, 3, editor)
    card = client.get(reverse("review:card", args=[mayor.pk]), headers=HTMX).content.decode()
    assert f"An older note</span> <small><bdi>{admin.username}</bdi>" in card
    assert Decision.objects.filter(annotation=mayor, action="flag").count() == 2


def test_the_text_tells_what_is_judged_from_what_is_open(
    client: Client, editor: User, article: Article, mayor: Annotation
) -> None:
    client.force_login(editor)
    actions.approve(mayor.pk, 1, editor)
    page = client.get(article.get_absolute_url()).content.decode()
    marks = re.findall(r'<mark class="([^"]*)"[^>]* data-a="(\d+)"', page)
    assert len(marks) == 10
    for names, pk in marks:
        assert ("ok" in names.split()) == (pk == str(mayor.pk))
