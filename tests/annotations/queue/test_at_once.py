"""Queue, pre-labelling and ingest at the same moment, each with what holds one of two up."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from spacy.language import Language
from spacy.tokens import Doc

from accordingto.pipeline.component import build_pipeline
from accordingto.records.article import ArticleRecord, RecordError
from annotations import actions
from annotations.actions.base import Refused
from annotations.models import Annotation, PrelabelRun
from annotations.prelabelling import job, tasks
from annotations.prelabelling.runs import fail
from annotations.queue import leases
from annotations.queue.intake import IngestResult, ingest_record
from articles.models import Article, Lease
from tests.annotations.at_once import PATIENCE, another_connection, start, while_uncommitted
from tests.builders import TEXT, ready_article

pytestmark = pytest.mark.django_db(transaction=True)

type Person = Callable[..., User]


@pytest.fixture
def nlp(monkeypatch: pytest.MonkeyPatch) -> Language:
    pipeline = build_pipeline("rules")
    monkeypatch.setattr(job, "pipeline", lambda: pipeline)
    return pipeline


def queued() -> Article:
    return ingest_record(ArticleRecord(text=TEXT), by=None).article


def jobs(article: Article) -> int:
    return ProcrastinateJob.objects.filter(args__article_id=article.pk).count()


# ---- the queue ----


def test_an_article_is_queued_again_once(person: Person) -> None:
    one, other = person("admins", "one"), person("admins", "other")
    article = ready_article()
    outcome = while_uncommitted(
        lambda: tasks.requeue(article.pk, one), lambda: tasks.requeue(article.pk, other)
    )
    assert outcome is False
    assert jobs(article) == 1


def test_an_article_that_is_being_finished_is_not_queued_again(editor: User, admin: User) -> None:
    article = ready_article(proposals=[])
    before = jobs(article)
    outcome = while_uncommitted(
        lambda: actions.finish(article.pk, editor), lambda: tasks.requeue(article.pk, admin)
    )
    assert outcome is False
    assert jobs(article) == before


def test_nothing_is_decided_in_an_article_that_is_being_queued_again(
    editor: User, admin: User
) -> None:
    article = ready_article()
    mayor = article.annotations.first()
    assert mayor is not None
    outcome = while_uncommitted(
        lambda: tasks.requeue(article.pk, admin), lambda: actions.approve(mayor.pk, 1, editor)
    )
    assert "not ready" in str(outcome)
    assert not Annotation.objects.exclude(status="proposed").exists()


# ---- pre-labelling ----


def test_an_article_that_is_being_given_up_is_not_taken_up() -> None:
    article = queued()
    outcome = while_uncommitted(
        lambda: fail(article.pk, "Too often."), lambda: job._start(article.pk, "x")
    )
    assert outcome is None
    article.refresh_from_db()
    assert article.status == "failed"


def test_an_article_whose_proposals_are_being_stored_is_neither_taken_up_nor_given_up(
    nlp: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = queued()
    replace = job._replace_proposals
    with another_connection() as second, another_connection() as third:
        outcomes = []

        def slow(*args: object) -> None:
            outcomes.append(start(second, lambda: job._start(article.pk, "second")))
            outcomes.append(start(third, lambda: fail(article.pk, "Too often.")))
            replace(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(job, "_replace_proposals", slow)
        job.prelabel_article(article.pk)
        assert [each.result(PATIENCE) for each in outcomes] == [None, None]
    article.refresh_from_db()
    assert article.status == "ready"
    assert [run.status for run in PrelabelRun.objects.all()] == ["succeeded"]


def test_a_proposal_that_is_being_replaced_is_not_judged(
    nlp: Language, editor: User, admin: User
) -> None:
    article = queued()
    job.prelabel_article(article.pk)
    first = article.annotations.first()
    assert first is not None
    tasks.requeue(article.pk, admin)
    outcome = while_uncommitted(
        lambda: job.prelabel_article(article.pk), lambda: actions.approve(first.pk, 1, editor)
    )
    assert isinstance(outcome, Refused), outcome
    assert "is gone" in str(outcome)


@pytest.mark.parametrize("end", ["finished", "second-review"])
def test_a_worker_that_was_taken_for_dead_changes_nothing_when_it_comes_back(
    nlp: Language, editor: User, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    article = queued()
    Article.objects.filter(pk=article.pk).update(needs_second_review=end == "second-review")

    def slow(text: str) -> Doc:
        monkeypatch.setattr(job, "pipeline", lambda: nlp)
        job.prelabel_article(article.pk)  # by another worker
        for each in article.annotations.all():
            actions.approve(each.pk, each.version, editor)
        actions.finish(article.pk, editor)
        return nlp(text)

    slow.get_pipe = nlp.get_pipe  # type: ignore[attr-defined]
    monkeypatch.setattr(job, "pipeline", lambda: slow)
    job.prelabel_article(article.pk)

    article.refresh_from_db()
    assert article.status == end
    assert article.annotations.exists()
    assert not article.annotations.exclude(status="approved").exists()
    assert [run.status for run in PrelabelRun.objects.order_by("pk")] == ["failed", "succeeded"]


def test_a_worker_that_was_taken_for_dead_leaves_the_article_to_the_other_one(
    nlp: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = queued()

    def slow(text: str) -> Doc:
        job._start(article.pk, "the other one")
        return nlp(text)

    slow.get_pipe = nlp.get_pipe  # type: ignore[attr-defined]
    monkeypatch.setattr(job, "pipeline", lambda: slow)
    job.prelabel_article(article.pk)

    article.refresh_from_db()
    assert article.status == "prelabelling"
    assert not article.annotations.exists()
    assert [run.status for run in PrelabelRun.objects.order_by("pk")] == ["failed", "running"]


# ---- ingest ----


def test_a_text_that_comes_in_twice_at_once_is_one_article() -> None:
    outcome = while_uncommitted(queued, lambda: ingest_record(ArticleRecord(text=TEXT), by=None))
    assert isinstance(outcome, IngestResult), outcome
    assert not outcome.added
    article = Article.objects.get()
    assert outcome.article == article
    assert jobs(article) == 1


def test_an_id_that_comes_in_twice_at_once_is_one_articles() -> None:
    outcome = while_uncommitted(
        lambda: ingest_record(ArticleRecord(id="7", text=TEXT), by=None),
        lambda: ingest_record(ArticleRecord(id="7", text="Another text."), by=None),
    )
    assert isinstance(outcome, RecordError), outcome
    assert "id of another article" in str(outcome)
    assert Article.objects.get().text == TEXT


# ---- leases ----


def test_a_double_click_waits_for_the_first_click(editor: User) -> None:
    articles = [ready_article(f"Person {number} said so.", []) for number in range(2)]
    outcome = while_uncommitted(lambda: leases.take_next(editor), lambda: leases.take_next(editor))
    assert outcome == articles[0]


def test_skipping_twice_at_once_skips_one_after_the_other(editor: User) -> None:
    first, second, third = (ready_article(f"Person {n} said so.", []) for n in range(3))
    assert leases.take_next(editor) == first
    outcome = while_uncommitted(
        lambda: leases.take_next(editor, after=first.pk),
        lambda: leases.take_next(editor, after=second.pk),
    )
    assert outcome == third
    assert list(Lease.objects.values_list("article", flat=True)) == [third.pk]


def test_one_waits_for_ones_own_last_decision_to_get_the_same_article_again(
    editor: User,
) -> None:
    article, another = ready_article(), ready_article("Somebody said so.", [])
    mayor = article.annotations.first()
    assert mayor is not None
    assert leases.take_next(editor) == article
    outcome = while_uncommitted(
        lambda: actions.approve(mayor.pk, 1, editor), lambda: leases.take_next(editor)
    )
    assert outcome == article != another


def test_what_is_being_finished_is_not_handed_out_again(editor: User) -> None:
    article = ready_article(proposals=[])
    another = ready_article("Somebody said so.", [])
    assert leases.take_next(editor) == article
    outcome = while_uncommitted(
        lambda: actions.finish(article.pk, editor), lambda: leases.take_next(editor)
    )
    assert outcome == another


def test_an_expired_lease_that_is_being_renewed_is_not_swept_away(
    editor: User, person: Person
) -> None:
    other = person("editors", "other")
    article, another = ready_article(), ready_article("Somebody said so.", [])
    leases.renew(article.pk, other)
    Lease.objects.update(until=timezone.now() - leases.LEASE)
    outcome = while_uncommitted(
        lambda: leases.renew(article.pk, other),
        lambda: leases.take_next(editor, after=article.pk),
    )
    assert outcome == another
    assert leases.others(article.pk, editor) == [other.username]
