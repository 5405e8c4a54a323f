"""Articles whose job is gone are taken up again, and failed ones all at once."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accordingto.records.article import ArticleRecord
from annotations.models import PrelabelRun
from annotations.prelabelling import job, tasks
from annotations.prelabelling.runs import ABANDONED
from annotations.prelabelling.tasks import MAX_DEATHS, requeue_failed, resume_stranded
from annotations.queue.intake import ingest_record
from articles.models import Article

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Article:
    return ingest_record(ArticleRecord(text="The lamp is red, she said."), by=None).article


def jobs_of(article: Article) -> list[str]:
    """The statuses of the article's jobs."""
    found = ProcrastinateJob.objects.filter(args__article_id=article.pk).order_by("id")
    return list(found.values_list("status", flat=True))


def left_half_way(article: Article, times: int = 1) -> None:
    """As a worker leaves it that could not even write down that it gave up."""
    for number in range(times):
        ended = number < times - 1
        PrelabelRun.objects.create(
            article=article,
            model_version="x",
            status="failed" if ended else "running",
            failure=ABANDONED if ended else "",
            finished_at=article.ingested_at if ended else None,
        )
    Article.objects.filter(pk=article.pk).update(status="prelabelling")


def without_its_job(article: Article) -> None:
    ProcrastinateJob.objects.filter(args__article_id=article.pk).update(status="failed")


def test_what_has_its_job_is_left_alone(article: Article) -> None:
    assert resume_stranded() == 0
    assert jobs_of(article) == ["todo"]


@pytest.mark.parametrize("half_way", [False, True])
def test_what_lost_its_job_gets_another(article: Article, half_way: bool) -> None:
    without_its_job(article)
    if half_way:
        left_half_way(article)
    assert resume_stranded() == 1
    assert jobs_of(article) == ["failed", "todo"]
    assert resume_stranded() == 0, "one is enough"


def test_what_ends_every_worker_fails_at_last(article: Article) -> None:
    without_its_job(article)
    left_half_way(article, MAX_DEATHS)
    assert resume_stranded() == 0
    article.refresh_from_db()
    assert article.status == "failed"
    assert "died 3 times" in article.failure
    assert not article.runs.filter(status="running").exists()
    assert jobs_of(article) == ["failed"]


@pytest.mark.parametrize("status", ["ready", "failed", "finished"])
def test_what_waits_for_nobody_is_left_alone(article: Article, admin: User, status: str) -> None:
    without_its_job(article)
    changed: dict[str, Any] = {"status": status}
    if status == "finished":
        changed |= {"finished_by": admin, "finished_at": article.ingested_at}
    if status == "failed":
        changed["failure"] = "Broken."
    Article.objects.filter(pk=article.pk).update(**changed)
    assert resume_stranded() == 0


def test_a_database_that_is_away_for_a_moment_is_waited_for(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    tried: list[int] = []

    def attempt(article_id: int) -> None:
        tried.append(article_id)
        if len(tried) < 4:
            raise OperationalError("the connection is lost")

    monkeypatch.setattr(job, "prelabel_article", attempt)
    monkeypatch.setattr("annotations.prelabelling.tasks.time.sleep", waited.append)
    monkeypatch.setattr("annotations.prelabelling.tasks.connection", Mock())
    tasks.prelabel.func(Mock(job=Mock(attempts=0)), article.pk)
    assert tried == [article.pk] * 4
    assert waited == [1, 2, 4]


def failed(person: str, number: int) -> list[Article]:
    articles = [
        ingest_record(ArticleRecord(text=f"{person} {each} says so."), by=None).article
        for each in range(number)
    ]
    for each in articles:
        without_its_job(each)
        Article.objects.filter(pk=each.pk).update(status="failed", failure="Broken.")
    return articles


def test_all_that_failed_is_tried_again_by_one_button(client: Client, admin: User) -> None:
    articles = failed("Ada", 3)
    client.force_login(admin)
    page = client.get(reverse("queue:list"), {"status": "failed"}).content.decode()
    address = reverse("queue:retry_failed")
    assert f'action="{address}"' in page
    response = client.post(address, follow=True)
    assert "3 articles are queued again." in response.content.decode()
    assert [jobs_of(each) for each in articles] == [["failed", "todo"]] * 3
    assert set(Article.objects.values_list("status", "failure")) == {("queued", "")}
    assert "retry-failed" not in client.get(reverse("queue:list")).content.decode()


def test_who_may_not_retry_cannot(client: Client, person: Callable[[str], User]) -> None:
    failed("Ada", 1)
    for role in ("editors", "fact-checkers"):
        who = person(role)
        with pytest.raises(PermissionDenied):
            requeue_failed(who)
        client.force_login(who)
        assert client.post(reverse("queue:retry_failed")).status_code == 403
        page = client.get(reverse("queue:list"), {"status": "failed"}).content.decode()
        assert reverse("queue:retry_failed") not in page
    client.logout()
    assert client.post(reverse("queue:retry_failed")).status_code == 302
    assert Article.objects.get().status == "failed"
