"""Which sources a person may see: none that tells the first labels of a second review."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotations.models.annotation import Annotation
from annotations.models.source import Source
from articles.models import Article


def in_sight(sources: QuerySet[Source], person: User) -> QuerySet[Source]:
    """Without the sources that are known only from labels hidden from the person."""
    named = Annotation.every.filter(resolved_source=OuterRef("pk")).order_by()
    return sources.filter(~Exists(named) | Exists(named.visible_to(person)))


def named_elsewhere(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Without the sources that only the first labels of articles waiting for a second review name:
    whoever is in that second review must not have them suggested.
    """
    named = Annotation.every.filter(resolved_source=OuterRef("pk")).order_by()
    first = Q(article__status=Article.Status.SECOND_REVIEW, second_review=None)
    return sources.filter(~Exists(named.filter(first)) | Exists(named.exclude(first)))
