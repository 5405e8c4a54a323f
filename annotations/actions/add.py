"""Add an attribution that the machine missed."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from accordingto.text.quotation_marks import quote_type as quote_type_of
from annotations.actions.base import (
    AlreadyThere,
    Refused,
    check_permission,
    check_spans,
    lock_article,
    log,
    sign,
    twin,
    write_spans,
)
from annotations.models import Annotation, Decision, SecondReview
from annotations.models.state import Spans, first_offset
from articles.clock import database_now
from articles.models import new_key


def add(
    article_id: int,
    by: User,
    spans: Spans,
    quote_type: str,
    *,
    key: str = "",
    review: SecondReview | None = None,
) -> Annotation:
    """Add an attribution that the machine missed; the person who adds it vouches for it.

    An empty quote type follows from the words of the content. ``key`` names the new annotation, so
    that sending it twice adds one. Raise ``AlreadyThere`` where the article has one with just
    these spans, be it a rejected one.
    """
    check_permission(by)
    with transaction.atomic():
        article = lock_article(article_id, review, by)
        quote_type = quote_type or quote_type_of(article.text, spans.get("content", ()))
        check_spans(article, spans, quote_type)
        other = twin(article, review.pk if review else None, spans)
        if other is not None:
            if key and other.key == key and other.reviewed_by_id == by.pk:
                return other
            raise AlreadyThere(other)
        annotation = Annotation(
            article=article,
            key=key or new_key(),
            status=Annotation.Status.APPROVED,
            quote_type=quote_type,
            start=first_offset(spans),
            second_review=review,
        )
        sign(annotation, by, database_now())
        if key and Annotation.every.filter(article=article, key=key).exists():
            raise Refused(_("Another attribution has this id."))
        annotation.save()
        write_spans(annotation, spans)
        log(annotation, Decision.Action.ADD, by, before=None)
    return annotation
