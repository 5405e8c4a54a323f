"""Real workers, killed in the middle of an article."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from accordingto.records.article import ArticleRecord
from annotations.queue.intake import ingest_record
from articles.models import Article
from tests.annotations.workers import DEADLINE_SECONDS, silence_the_dead, wait_until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Long enough for a worker to be killed while it is at it.
LONG_TEXT = "\n\n".join(f"Witness {n} said the lamp was red." for n in range(12_000))


def status_of(article: Article) -> str:
    return Article.objects.values_list("status", flat=True).get(pk=article.pk)


def kill_a_worker_at(article: Article) -> None:
    with worker() as process:
        running = article.runs.filter(status="running")
        wait_until(running.exists)
        process.kill()
        process.wait()
    silence_the_dead()


def test_another_worker_takes_the_article_up() -> None:
    article = ingest_record(ArticleRecord(text=LONG_TEXT), by=None).article
    kill_a_worker_at(article)
    assert status_of(article) == "prelabelling"
    assert not article.annotations.exists()

    with worker("--until-empty") as process:
        assert process.wait(DEADLINE_SECONDS) == 0

    assert status_of(article) == "ready"
    assert list(article.runs.order_by("id").values_list("status", flat=True)) == [
        "failed",
        "succeeded",
    ]
    assert article.annotations.count() >= 10_000
    assert article.annotations.exclude(run__status="succeeded").count() == 0


def test_an_article_that_keeps_killing_workers_is_given_up_with_the_reason() -> None:
    article = ingest_record(ArticleRecord(text=LONG_TEXT), by=None).article
    kill_a_worker_at(article)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 2")
    with worker("--until-empty") as process:
        assert process.wait(DEADLINE_SECONDS) == 0

    article.refresh_from_db()
    assert (article.status, article.failure) == (
        "failed",
        "The worker died 3 times on this article.",
    )
    assert not ProcrastinateJob.objects.filter(status="todo").exists()
