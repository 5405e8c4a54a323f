"""Which articles are labelled blind, and which by a second person too.

Shares of the new articles, drawn by chance when they come in, and single articles by an admin's
choice. An article is only ever chosen before anybody judged anything in it: what a person has
already decided with the proposals in sight is no blind label, and choosing by what was decided
would bend the figures.
"""

import secrets
from collections.abc import Collection

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotations import permissions
from annotations.models import Annotation
from annotations.queue.listing import CHOOSABLE, decided_here
from annotations.signals import setting_changed
from articles.models import Article, Sampling


def shares() -> Sampling:
    """The shares of new articles in per cent; both are 0 until an admin sets them."""
    return Sampling.objects.first() or Sampling(pk=1)


def draw(percent: Sampling) -> tuple[bool, bool]:
    """Draw for one new article: whether it is labelled blind, whether it needs a second review."""
    return (
        secrets.randbelow(100) < percent.blind_percent,
        secrets.randbelow(100) < percent.second_review_percent,
    )


def draw_for(statuses: Collection[str], percent: Sampling) -> tuple[bool, bool]:
    """Draw for one new article that brings attributions of these statuses along.

    An article that brings any is not blind: they were made to be seen. One that brings judged ones
    needs no second review: there is no first person here whose labels a second one could be
    compared to.
    """
    blind, second_review = draw(percent)
    return blind and not statuses, second_review and set(statuses) <= {Annotation.Status.PROPOSED}


def set_shares(by: User, blind_percent: int, second_review_percent: int) -> Sampling:
    """Set what share of the articles that come in from now on is sampled.

    Raise PermissionDenied, and ValidationError for a share that is not 0 to 100.
    """
    _check_permission(by)
    for percent in (blind_percent, second_review_percent):
        if not 0 <= percent <= 100:
            raise ValidationError(_("A share must be between 0 and 100 per cent."))
    with transaction.atomic():
        sampling, _created = Sampling.objects.update_or_create(
            pk=1,
            defaults={
                "blind_percent": blind_percent,
                "second_review_percent": second_review_percent,
            },
        )
        setting_changed.send(__name__, by=by, setting="sampling", value=str(sampling))
    return sampling


def require_second_review(article_id: int, by: User, *, required: bool = True) -> bool:
    """Have a second person label the article too once the first is done, or do so no more.

    Returns False, and does nothing, where somebody has judged something in it already. Raises
    PermissionDenied, and Article.DoesNotExist.
    """
    _check_permission(by)
    with transaction.atomic():
        article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
        judged = article.annotations.exclude(status=Annotation.Status.PROPOSED)
        free = (
            article.status in CHOOSABLE
            and not judged.exists()
            and not decided_here([article_id]).exists()
        )
        if free and article.needs_second_review != required:
            article.needs_second_review = required
            article.save(update_fields=["needs_second_review"])
            setting_changed.send(
                __name__,
                by=by,
                setting="second_review",
                value="required" if required else "not_required",
                article=article_id,
            )
    return free


def _check_permission(by: User) -> None:
    if not by.has_perm(permissions.SAMPLE):
        raise PermissionDenied(_("You are not allowed to choose which articles are sampled."))
