"""How runs of the pre-labeller end without having succeeded."""

from django.db import transaction

from annotations.models import PrelabelRun
from articles.clock import database_now
from articles.models import Article

TAKEN_UP = (Article.Status.QUEUED, Article.Status.PRELABELLING)
ABANDONED = "The worker stopped before it was done."


def fail(article_id: int, reason: str) -> None:
    """Give the article up, with the reason for people to read; they can have it tried again."""
    with transaction.atomic():
        # The article first, as everywhere, so that nobody waits for one another in a circle.
        Article.objects.filter(pk=article_id, status__in=TAKEN_UP).update(
            status=Article.Status.FAILED, failure=reason
        )
        fail_running(article_id, reason)


def fail_running(article_id: int, reason: str) -> None:
    """End the run that still counts as running, if any."""
    PrelabelRun.objects.filter(article_id=article_id, status=PrelabelRun.Status.RUNNING).update(
        status=PrelabelRun.Status.FAILED, failure=reason, finished_at=database_now()
    )
