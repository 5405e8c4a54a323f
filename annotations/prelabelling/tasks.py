"""Jobs that workers do (Procrastinate; the broker is the same PostgreSQL), and their queueing."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext as _
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from annotations import permissions
from annotations.models import PrelabelRun
from annotations.prelabelling.runs import ABANDONED, TAKEN_UP, fail
from articles.models import Article, ArticleStatus
from articles.outages import TRANSIENT

logger = logging.getLogger(__name__)

MAX_DEATHS = 3
"""An article that cost so many workers their lives is not given to another."""

WAITS = (1, 2, 4, 8, 15, 30, 30, 30)
"""Seconds before each further attempt at an article while the database is away: two minutes."""

HEARTBEAT_LIMIT = timedelta(seconds=60)
"""Workers send a heartbeat every 10 s; one that was silent for this long counts as down."""

REQUEUEABLE = (Article.Status.FAILED, Article.Status.READY)
AT_ONCE = 1000
"""So many articles are taken up again by one call."""


@app.task(name="prelabel", queue="prelabel", pass_context=True)
def prelabel(context: JobContext, article_id: int) -> None:
    """Segment and pre-label one article; wait for a database that is away for a moment."""
    from annotations.prelabelling.job import prelabel_article  # noqa: PLC0415 - no spaCy in the web

    # A job is not retried by itself, so every attempt before this one ended in a worker that died:
    # for want of memory, say.
    if context.job.attempts >= MAX_DEATHS:
        fail(article_id, _deaths(context.job.attempts))
        return
    patiently(lambda: prelabel_article(article_id), f"Article {article_id}")


def patiently(attempt: Callable[[], None], what: str) -> None:
    """Attempt it, and again while the database is away for a moment."""
    for wait in WAITS:
        try:
            attempt()
            return
        except TRANSIENT as error:
            logger.warning("%s is tried again in %d s: %s", what, wait, error)
            connection.close()
            time.sleep(wait)
    attempt()


def enqueue(*article_ids: int) -> None:
    """Have a worker pre-label the articles.

    The jobs are written in the caller's transaction: all is kept, or nothing.
    """
    jobs = [
        prelabel.configure(lock=f"article-{pk}").make_new_job(article_id=pk) for pk in article_ids
    ]
    if jobs:
        app.job_manager.batch_defer_jobs(jobs)


def requeue(article_id: int, by: User) -> bool:
    """Have a failed or ready article pre-labelled again; what a person decided stays.

    Return False, and do nothing, where the article is in another state (it is queued already, a
    worker has it, or it is finished). Raise PermissionDenied.
    """
    _check_permission(by)
    return _requeue(article_id, REQUEUEABLE)


def requeue_failed(by: User) -> int:
    """Have all failed articles pre-labelled again; return how many. Raise PermissionDenied."""
    _check_permission(by)
    failed = Article.objects.filter(status=Article.Status.FAILED).order_by("pk")
    ids = list(failed.values_list("pk", flat=True))
    return sum(_requeue(pk, (Article.Status.FAILED,)) for pk in ids)


def has_job(task: str, argument: str) -> Exists:
    """Whether a job of the task waits, or is being done, for the row whose id is its argument."""
    live = ProcrastinateJob.objects.filter(task_name=task, status__in=("todo", "doing"))
    of = Cast(KT(f"args__{argument}"), BigIntegerField())
    return Exists(live.alias(row=of).filter(row=OuterRef("pk")))


def resume_stranded() -> int:
    """Enqueue again what waits for the pre-labeller without a job; return how many articles.

    So an article gets on whose worker could not even write down that it gave up. One that was left
    half-way MAX_DEATHS times in a row fails.
    """
    stranded = Article.objects.filter(~has_job(prelabel.name, "article_id"), status__in=TAKEN_UP)
    resumed = 0
    for pk in list(stranded.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            # Whoever else looks just now has the lock, and enqueues it.
            locked = stranded.select_for_update(no_key=True, skip_locked=True).filter(pk=pk)
            article = locked.first()
            if article is None:
                continue
            if (deaths := _abandoned(article)) >= MAX_DEATHS:
                fail(pk, _deaths(deaths))
                continue
            enqueue(pk)
        logger.warning("Article %s waited without a job and is enqueued again", pk)
        resumed += 1
    return resumed


def worker_is_alive() -> bool:
    """Whether any worker has sent a heartbeat lately."""
    since = Now() - HEARTBEAT_LIMIT  # heartbeats have the database's time, too
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists()


def _requeue(article_id: int, statuses: tuple[ArticleStatus, ...]) -> bool:
    with transaction.atomic():
        changed = Article.objects.filter(pk=article_id, status__in=statuses).update(
            status=Article.Status.QUEUED, failure=""
        )
        if changed:
            enqueue(article_id)
    return bool(changed)


def _check_permission(by: User) -> None:
    if not by.has_perm(permissions.RETRY):
        raise PermissionDenied(_("You are not allowed to have articles pre-labelled again."))


def _abandoned(article: Article) -> int:
    """How many runs were left half-way since the last one that ended by itself."""
    running = Q(status=PrelabelRun.Status.RUNNING)
    left = running | Q(status=PrelabelRun.Status.FAILED, failure=ABANDONED)
    last = article.runs.exclude(left).order_by("-pk").values_list("pk", flat=True).first() or 0
    return article.runs.filter(left, pk__gt=last).count()


def _deaths(times: int) -> str:
    return f"The worker died {times} times on this article."
