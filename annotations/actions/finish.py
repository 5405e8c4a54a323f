"""Finishing an article, and opening it again.

Where an article needs a second review, finishing it takes two people: the first one's ``finish``
has it wait, the second one's compares. Only labels that nobody disputes are finished.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.actions import second_review
from annotations.actions.base import (
    Refused,
    check_permission,
    lock_article,
    locked_article,
    log_article,
    refuse_while_proposed,
)
from annotations.actions.remaining import Warned, left_in
from annotations.agreement.disputes import disputes
from annotations.models import Annotation, Decision, SecondReview
from annotations.models.access import Access
from annotations.models.second_review import WAITING
from articles.clock import database_now
from articles.models import Article


def finish(article_id: int, by: User, *, seen: str | None = None) -> Article:
    """Sign the article off, or have it wait for the next step of its second review.

    From the status and the person follows what is meant: its only or first labels are done, the
    second person's are, or all differences are settled. Finished again by the same person, nothing
    changes. ``seen`` is what the person was told is left (``Left.seen``, empty for nothing): if it
    is not what is left now, ``Warned`` is raised; None asks for no warning. Raise ``Refused``
    while a proposal awaits its decision, or a difference its adjudication.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        if _finished_by(article, by):
            return article
        _check_left(article, by, seen)
        if article.status == Article.Status.SECOND_REVIEW:
            review = second_review.complete(article, by)
            if not close_if_settled(article, review, by):
                article.status = Article.Status.DISPUTED
                article.save(update_fields=["status"])
                log_article(article, Decision.Action.FINISH, by)
            return article
        disputed = article.status == Article.Status.DISPUTED
        if not disputed:
            article = lock_article(article_id, None, by)
        # Of a blind sample nobody saw the proposals.
        if not article.blind:
            refuse_while_proposed(article.annotations.all())
        if disputed:
            review = article.second_reviews.current().get(settled_at__isnull=True)
            if not close_if_settled(article, review, by):
                left = len(disputes(review))
                raise Refused(
                    ngettext(
                        "%(left)d difference is not settled yet.",
                        "%(left)d differences are not settled yet.",
                        left,
                    )
                    % {"left": left}
                )
        elif article.needs_second_review:
            second_review.ask(article, by)
            log_article(article, Decision.Action.FINISH, by)
        else:
            _sign_off(article, by)
    return article


def _finished_by(article: Article, by: User) -> bool:
    """Whether the person has finished it, and nothing was decided since (the key came twice)."""
    if article.status == Article.Status.FINISHED:
        return article.finished_by_id == by.pk
    last = article.decisions.last()
    return (
        article.status in WAITING
        and last is not None
        and (last.action, last.by_id) == (Decision.Action.FINISH, by.pk)
    )


def _check_left(article: Article, by: User, seen: str | None) -> None:
    if seen is None:
        return
    access = Access(article, by)
    if not article.blind:
        # What cannot be finished anyway is told first.
        refuse_while_proposed(access.labels)
    left = left_in(access)
    if left.seen != seen and left.warnings:
        raise Warned(left)


def reopen(article_id: int, by: User) -> Article:
    """Open a finished article for further decisions.

    Where it needs a second review, finishing it again asks for a new one.
    """
    check_permission(by)
    with transaction.atomic():
        changed = Article.objects.filter(pk=article_id, status=Article.Status.FINISHED).update(
            status=Article.Status.READY, finished_by=None, finished_at=None
        )
        article = Article.objects.get(pk=article_id)
        if not changed:
            raise Refused(_("This article is not finished."))
        log_article(article, Decision.Action.REOPEN, by)
    return article


def close_if_settled(article: Article, review: SecondReview, by: User) -> bool:
    """Finish the article of a second review that is done if nothing is left to settle or to judge.

    The caller holds the article's lock.
    """
    waiting = article.annotations.filter(status=Annotation.Status.PROPOSED)
    if disputes(review) or (not article.blind and waiting.exists()):
        return False
    review.settled_at = database_now()
    review.save(update_fields=["settled_at"])
    _sign_off(article, by)
    return True


def open_again(article: Article, review: SecondReview, by: User) -> None:
    """Take back that a second review is settled; the caller holds the article's lock."""
    review.settled_at = None
    review.save(update_fields=["settled_at"])
    article.status = Article.Status.DISPUTED
    article.finished_by = article.finished_at = None
    article.save(update_fields=["status", "finished_by", "finished_at"])
    log_article(article, Decision.Action.REOPEN, by)


def _sign_off(article: Article, by: User) -> None:
    article.status = Article.Status.FINISHED
    article.finished_by = by
    article.finished_at = database_now()
    article.save(update_fields=["status", "finished_by", "finished_at"])
    log_article(article, Decision.Action.FINISH, by)
