"""How much the proposals bias people: what is compared, and what is left out."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.models import Decision
from annotations.second_review import automation_bias
from annotations.second_review.automation_bias import BiasFigures, measure
from articles.models import Article
from tests.builders import MAYOR, PORT, RESIDENTS, TEXT, ready_article, spans

pytestmark = pytest.mark.django_db


def finished(article: Article, by: User, *, blind: bool = False) -> Article:
    """The article as finished; what is left open in a blind one are its hidden proposals."""
    Article.objects.filter(pk=article.pk).update(
        status="finished", blind=blind, finished_by=by, finished_at=timezone.now()
    )
    return article


def judged(by: User, number: int = 0) -> Article:
    """One proposal approved, one corrected in its source, one rejected, one added."""
    text = f"{TEXT}\n{number}\n"
    article = ready_article(text, [MAYOR, PORT, RESIDENTS])
    mayor, port, residents = article.annotations.all()
    actions.approve(mayor.pk, 1, by)
    corrected = spans(text, source=["port authority"], cue=PORT["cue"], content=PORT["content"])
    actions.correct(port.pk, 1, by, corrected, "indirect")
    actions.reject(residents.pk, 1, by)
    actions.add(article.pk, by, spans(text, cue=["closes"]), "indirect")
    return article


def figures() -> dict[str, tuple[float | None, float | None]]:
    return {
        line.label: (
            line.blind if line.blind is None else round(line.blind, 1),
            line.shown if line.shown is None else round(line.shown, 1),
        )
        for line in measure().lines
    }


def f1(right: int, predicted: int, gold: int) -> float:
    return round(200 * right / (predicted + gold), 1)


def test_nothing_finished_has_no_figures() -> None:
    assert measure().lines[0].bias is None
    assert set(figures().values()) == {(None, None)}


def test_original_proposals_against_what_was_approved(editor: User) -> None:
    finished(judged(editor), editor)

    assert measure().shown_articles == 1
    assert figures() == {
        "Source": (None, f1(1, 3, 2)),  # the mayor; the port's was corrected
        "Cue": (None, f1(2, 3, 3)),  # one was added
        "Content": (None, f1(3, 4, 3)),  # the mayor's in two pieces
        "All three, linked": (None, f1(1, 3, 3)),
    }


def test_the_first_state_counts_however_often_it_was_corrected(editor: User) -> None:
    article = judged(editor)
    port = article.annotations.filter(run=None, decisions__action="edit").get()
    again = spans(article.text, source=["authority"], cue=PORT["cue"], content=["six weeks"])
    actions.correct(port.pk, port.version, editor, again, "indirect")
    finished(article, editor)
    assert figures()["Source"] == (None, f1(1, 3, 2))
    assert figures()["Content"] == (None, f1(2, 4, 3))


def test_a_correction_taken_back_is_the_machines_again(editor: User) -> None:
    article = judged(editor)
    port = article.annotations.filter(run=None, decisions__action="edit").get()
    actions.undo(port.pk, port.version, editor)
    actions.approve(port.pk, port.version + 1, editor)
    finished(article, editor)
    assert figures()["Source"] == (None, f1(2, 3, 2))


def test_blind_samples_are_told_apart(editor: User) -> None:
    finished(judged(editor), editor)
    blind = ready_article()
    actions.add(blind.pk, editor, spans(TEXT, **PORT | {"source": ["port authority"]}), "indirect")
    finished(blind, editor, blind=True)

    found = measure()

    assert (found.blind_articles, found.shown_articles) == (1, 1)
    assert figures()["Cue"] == (f1(1, 3, 1), f1(2, 3, 3))
    cue = found.lines[1]
    assert cue.bias == pytest.approx(f1(2, 3, 3) - f1(1, 3, 1), abs=0.1)


def test_what_says_nothing_of_people_here_is_left_out(editor: User) -> None:
    judged(editor)  # not finished
    never_labelled = ready_article("Nobody said so.", [])
    finished(never_labelled, editor)
    imported = ready_article()
    annotation = imported.annotations.all()[0]
    Decision.objects.create(
        article=imported,
        annotation=annotation,
        action="import",
        by_name="command line",
        after={"status": "approved"},
    )
    finished(imported, editor)
    assert measure().shown_articles == 0


def test_only_the_newest_are_read(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automation_bias, "NEWEST", 2)
    for number in range(3):
        finished(judged(editor, number), editor)
    assert measure().shown_articles == 2


def test_queries_grow_with_the_chunks_only(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            measure()
        return len(context)

    finished(judged(editor, 0), editor)
    one = queries()
    for number in range(1, 5):
        finished(judged(editor, number), editor)
    assert queries() == one
    monkeypatch.setattr(automation_bias, "CHUNK", 2)
    assert queries() > one


def test_the_page_shows_them(client: Client, admin: User) -> None:
    finished(judged(admin), admin)
    client.force_login(admin)
    page = client.get(reverse("second_review:sampling"), {"figures": ""}).content.decode()
    assert "No blind sample is finished yet" in page
    assert "33.3" in page
    finished(judged(admin, 1), admin, blind=True)
    page = client.get(reverse("second_review:sampling"), {"figures": ""}).content.decode()
    assert "the difference may be chance" in page
    assert isinstance(measure(), BiasFigures)
