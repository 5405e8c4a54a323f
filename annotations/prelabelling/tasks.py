"""Jobs that workers do (Procrastinate; the broker is the same PostgreSQL)."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateWorker

from articles.models import Article

MAX_DEATHS = 3
"""An article that cost so many workers their lives is not given to another."""


@app.task(name="prelabel", queue="prelabel", pass_context=True)
def prelabel(context: JobContext, article_id: int) -> None:
    """Segment and pre-label one article."""
    from annotations.prelabelling.job import fail, prelabel_article  # noqa: PLC0415 - no spaCy in the web

    # A job that fails is not retried by itself, so every attempt before this one ended in a
    # worker that died: for want of memory, say.
    if context.job.attempts >= MAX_DEATHS:
        fail(article_id, f"The worker died {context.job.attempts} times on this article.")
    else:
        prelabel_article(article_id)


WORKER_SILENCE = timedelta(seconds=60)
"""A worker gives a sign of life every ten seconds; after this long without, none is there."""


REQUEUEABLE = (Article.Status.FAILED, Article.Status.READY)


def enqueue(article: Article) -> None:
    """Have a worker pre-label the article.

    The job is written in the caller's transaction: both are kept, or neither.
    """
    from annotations.prelabelling.tasks import prelabel  # noqa: PLC0415 - tasks import this package's models

    prelabel.configure(lock=f"article-{article.pk}").defer(article_id=article.pk)


def requeue(article_id: int, by: User) -> bool:
    """Have a failed or ready article pre-labelled again; what a person decided stays.

    Returns False, and does nothing, where the article is in another state (it is queued already, a
    worker has it, or it is finished).
    """
    if not by.has_perm("articles.retry_article"):
        raise PermissionDenied(_("You may not have articles pre-labelled again."))
    with transaction.atomic():
        changed = Article.objects.filter(pk=article_id, status__in=REQUEUEABLE).update(
            status=Article.Status.QUEUED, failure=""
        )
        if changed:
            enqueue(Article.objects.get(pk=article_id))
    return bool(changed)


def worker_is_alive() -> bool:
    """Whether any worker gave a sign of life lately."""
    since = Now() - WORKER_SILENCE  # signs of life have the database's time, too
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).exists()
