"""Finishing an article, and opening it again.

Where an article needs a second look, finishing it takes two people: the first one's ``finish`` has
it wait, the second one's compares. Only labels that nobody disputes are finished.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import second_look
from annotations.deciding import (
    Refused,
    check_permission,
    lock_article,
    locked_article,
    log_article,
)
from annotations.models import Annotation, Decision, SecondLook
from articles.models import Article


def finish(article_id: int, by: User) -> Article:
    """Sign the article off, or have it wait for the next step of its second look.

    From the status and the person follows what is meant: its only or first labels are done, the
    second person's are, or all differences are settled. Raises ``Refused`` while a proposal awaits
    its decision, or a difference its settlement.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        if article.status == Article.Status.SECOND_LOOK:
            look = second_look.complete(article, by)
            if not close_if_settled(article, look, by):
                article.status = Article.Status.DISPUTED
                article.save(update_fields=["status"])
                log_article(article, Decision.Action.FINISH, by)
            return article
        disputed = article.status == Article.Status.DISPUTED
        article = lock_article(article_id, None, by)
        # Of a blind sample nobody saw the proposals.
        if not article.blind:
            second_look.refuse_while_proposed(article.annotations.all())
        if disputed:
            look = article.second_looks.current().get(settled_at__isnull=True)
            if not close_if_settled(article, look, by):
                left = len(second_look.disputes(look))
                raise Refused(
                    ngettext(
                        "%(left)d difference is not settled yet.",
                        "%(left)d differences are not settled yet.",
                        left,
                    )
                    % {"left": left}
                )
        elif article.needs_second_look:
            second_look.ask(article, by)
            log_article(article, Decision.Action.FINISH, by)
        else:
            _sign_off(article, by)
    return article


def reopen(article_id: int, by: User) -> Article:
    """Open a finished article for further decisions.

    Where it needs a second look, finishing it again asks for a new one.
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


def close_if_settled(article: Article, look: SecondLook, by: User) -> bool:
    """Finish the article of a second look that is done if nothing is left to settle or to judge.

    The caller holds the article's lock.
    """
    waiting = article.annotations.filter(status=Annotation.Status.PROPOSED)
    if second_look.disputes(look) or (not article.blind and waiting.exists()):
        return False
    look.settled_at = timezone.now()
    look.save(update_fields=["settled_at"])
    _sign_off(article, by)
    return True


def open_again(article: Article, look: SecondLook, by: User) -> None:
    """Take back that a second look is settled; the caller holds the article's lock."""
    look.settled_at = None
    look.save(update_fields=["settled_at"])
    article.status = Article.Status.DISPUTED
    article.finished_by = article.finished_at = None
    article.save(update_fields=["status", "finished_by", "finished_at"])
    log_article(article, Decision.Action.REOPEN, by)


def _sign_off(article: Article, by: User) -> None:
    article.status = Article.Status.FINISHED
    article.finished_by = by
    article.finished_at = timezone.now()
    article.save(update_fields=["status", "finished_by", "finished_at"])
    log_article(article, Decision.Action.FINISH, by)
