"""Take an article down, for good: the one thing that the log and the texts are changed for."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _

from annotations import permissions
from annotations.actions.base import Refused
from annotations.actions.source_registry import COMMAND_LINE
from annotations.actions.strike import (
    Salt,
    sources_of,
    strike_article,
    strike_elsewhere,
    strike_imports,
    strike_labels,
    strike_sources,
)
from annotations.models import Decision, Source
from articles.models import Article

taken_down = Signal()
"""Sent in the transaction of a takedown, with ``article_id``, ``by`` and ``reason``."""

REASON_LENGTH = 1000


def take_down(article_id: int, by: User | None, key: str, reason: str) -> None:
    """Strike all words of the article out of the database, which cannot be undone.

    Of its annotations and decisions stays who decided what, when and at which offsets. ``key`` is
    the article's id, for the person to show that they mean this one; ``by`` is None for a command.
    The reason stays in the log. Whoever decides in the article at this moment is done first, and
    struck with the rest; whoever waits finds it taken down.

    Raise PermissionDenied, and ``Refused`` for another key, no reason, or an article that is taken
    down already.
    """
    if by is not None and not (by.is_active and by.has_perm(permissions.TAKE_DOWN)):
        raise PermissionDenied(_("You are not allowed to take articles down."))
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise Refused(_("Say why, in at most %(limit)d characters.") % {"limit": REASON_LENGTH})
    with transaction.atomic():
        article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
        if article.status == Article.Status.TAKEN_DOWN:
            raise Refused(_("This article was taken down already."))
        if key.strip() != article.key:
            raise Refused(_("This is not the id of the article. Nothing was changed."))
        # The article first, then the sources, in order: as everywhere.
        sources = list(
            Source.objects.filter(pk__in=sources_of(article))
            .order_by("pk")
            .select_for_update(no_key=True)
        )
        salt = Salt()
        _let(str(article.pk))
        strike_labels(article, salt)
        strike_sources(article, sources, salt)
        strike_imports(article, salt)
        strike_article(article, salt)
        strike_elsewhere()
        _let("")
        Decision.objects.create(
            article=article,
            action=Decision.Action.TAKE_DOWN,
            by=by,
            by_name=by.get_username() if by else COMMAND_LINE,
            after={"reason": reason},
        )
        taken_down.send(sender=Article, article_id=article.pk, by=by, reason=reason)


def _let(article_id: str) -> None:
    """Have the triggers let this transaction strike words of the article (`articles.triggers`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('accordingto.taking_down', %s, true)", [article_id])
