"""Finishing an article, and opening it again."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.deciding import Refused, check_permission, lock_article
from annotations.models import Annotation, Decision
from articles.models import Article


def finish(article_id: int, by: User) -> Article:
    """Sign the article off. Raises ``Refused`` while a proposal awaits its decision."""
    check_permission(by)
    with transaction.atomic():
        article = lock_article(article_id, None, by)
        left = article.annotations.filter(status=Annotation.Status.PROPOSED).count()
        if left:
            raise Refused(
                ngettext(
                    "%(left)d proposal still awaits a decision.",
                    "%(left)d proposals still await a decision.",
                    left,
                )
                % {"left": left}
            )
        article.status = Article.Status.FINISHED
        article.finished_by = by
        article.finished_at = timezone.now()
        article.save(update_fields=["status", "finished_by", "finished_at"])
        Decision.objects.create(
            article=article, action=Decision.Action.FINISH, by=by, by_name=by.get_username()
        )
    return article


def reopen(article_id: int, by: User) -> Article:
    """Open a finished article for further decisions."""
    check_permission(by)
    with transaction.atomic():
        changed = Article.objects.filter(pk=article_id, status=Article.Status.FINISHED).update(
            status=Article.Status.READY, finished_by=None, finished_at=None
        )
        article = Article.objects.get(pk=article_id)
        if not changed:
            raise Refused(_("This article is not finished."))
        Decision.objects.create(
            article=article, action=Decision.Action.REOPEN, by=by, by_name=by.get_username()
        )
    return article
