"""The database's clock dates everything: a web host whose clock is wrong changes nothing."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accordingto.pipeline.component import build_pipeline
from accordingto.records.article import ArticleRecord
from annotations import actions
from annotations.actions import (
    adjudicate,
    second_review,
)
from annotations.agreement import disputes
from annotations.models import Annotation, Clearing, Decision, PrelabelRun, SecondReview
from annotations.prelabelling import job
from annotations.prelabelling.tasks import worker_is_alive
from annotations.queue.intake import ingest_record
from tests.annotations.second_reviews import copies, disputed_article, waiting_article
from tests.builders import MAYOR, TEXT, ready_article, spans

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(params=[3, -3], autouse=True)
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web host's clock is hours off."""
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(hours=request.param))


@pytest.fixture(autouse=True)
def began(db: None, wrong_clock: None) -> datetime:
    return right_time()


def right_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


@pytest.fixture
def in_time(began: datetime) -> Callable[..., None]:
    """Checks that times lie within the test."""

    def check(*times: datetime | None) -> None:
        now = right_time()
        assert times
        assert all(time and began <= time <= now for time in times), times

    return check


def test_signatures_have_the_databases_time(
    editor: User, in_time: Callable[..., None], began: datetime
) -> None:
    article = ready_article()
    mayor, port, residents = article.annotations.all()
    actions.approve(mayor.pk, 1, editor)
    actions.correct(mayor.pk, 2, editor, spans(TEXT, **(MAYOR | {"source": ["Ada"]})), "")
    actions.approve_all(article.pk, {port.pk: 1, residents.pk: 1}, editor)
    added = actions.add(article.pk, editor, spans(TEXT, cue=["closes"]), "indirect")
    actions.undo(added.pk, added.version, editor)

    in_time(*Annotation.objects.values_list("reviewed_at", flat=True))
    signed = Decision.objects.filter(by=editor)
    assert signed.count() == 6
    for decision in signed:
        assert decision.after
        at = datetime.fromisoformat(decision.after["reviewed_at"])
        assert began <= at <= decision.at, "signed before it is in the log"
    article = actions.finish(article.pk, editor)
    in_time(article.finished_at)


def test_second_reviews_have_the_databases_time(
    editor: User, admin: User, in_time: Callable[..., None]
) -> None:
    article, review = disputed_article(editor, admin)
    in_time(review.asked_at, review.done_at)
    for dispute in disputes.disputes(review):
        adjudicate.adopt(
            article.pk,
            admin,
            dispute.first_id,
            dispute.second_id,
            version=dispute.version,
            which="first",
        )
    review.refresh_from_db()
    article.refresh_from_db()
    in_time(review.settled_at, article.finished_at)


def test_handing_back_has_the_databases_time(
    editor: User, admin: User, in_time: Callable[..., None]
) -> None:
    article = waiting_article(editor)
    review = second_review.begin(article.pk, admin)
    assert copies(review)
    second_review.hand_back(article.pk, admin)
    review.refresh_from_db()
    in_time(review.handed_back_at)
    assert SecondReview.objects.current().get().asked_at == review.asked_at


def test_runs_and_clearings_have_the_databases_time(
    editor: User, in_time: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "pipeline", lambda: build_pipeline("rules"))
    article = ingest_record(ArticleRecord(text=TEXT), by=None).article
    job.prelabel_article(article.pk)
    failed = ingest_record(ArticleRecord(text=f"{TEXT} And more."), by=None).article
    monkeypatch.setattr(job, "_replace_proposals", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job.prelabel_article(failed.pk)
    runs = PrelabelRun.objects.all()
    assert {run.status for run in runs} == {"succeeded", "failed"}
    for run in runs:
        in_time(run.started_at, run.finished_at)
    actions.clear_sentence(article.pk, 0, editor)
    in_time(Clearing.objects.get().at)


def test_a_worker_is_not_missed_by_mistake() -> None:
    beat = (
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - %s * interval '1 second')"
    )
    with connection.cursor() as cursor:
        cursor.execute(beat, [3600])
        assert not worker_is_alive()
        cursor.execute(beat, [5])
    assert worker_is_alive()


@pytest.mark.parametrize("proposals", [[MAYOR], []])
def test_saved_shows_the_databases_time(
    client: Client,
    editor: User,
    in_time: Callable[..., None],
    proposals: list[dict[str, list[str]]],
) -> None:
    article = ready_article(proposals=proposals)
    client.force_login(editor)
    if proposals:
        address = reverse("review:approve", args=[article.annotations.get().pk])
        page = client.post(address, {"version": 1}, headers=HTMX).content.decode()
    else:
        address = reverse("review:clear_sentence", args=[article.pk])
        page = client.post(address, {"start": 0}, headers=HTMX).content.decode()
    shown = re.search(r'<time datetime="([^"]+)">\d\d:\d\d:\d\d</time>', page)
    assert shown, page
    in_time(datetime.fromisoformat(shown[1]))
