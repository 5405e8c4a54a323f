"""What the second person of an article must not see: anything that tells the first one's labels."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotations import permissions
from annotations.models.annotation import Annotation
from annotations.models.second_review import SecondReview
from annotations.models.source import Source
from articles.models import Article


def hidden_from(person: User) -> QuerySet[Article]:
    """The articles whose own labels the person must not see anything of: they wait for a second
    look or have one open, and it may yet be this person's.
    """
    articles = Article.objects.order_by()
    if not person.has_perm(permissions.REVIEW):
        return articles.none()
    mine = SecondReview.objects.current().filter(
        article=OuterRef("pk"), first=person, settled_at__isnull=True
    )
    return articles.filter(~Exists(mine), status=Article.Status.SECOND_REVIEW)


def in_sight(sources: QuerySet[Source], person: User) -> QuerySet[Source]:
    """Without the sources that are known only from labels hidden from the person."""
    named = Annotation.every.filter(resolved_source=OuterRef("pk")).order_by()
    hidden = Q(article__in=hidden_from(person)) & ~Q(second_review__second=person)
    return sources.filter(~Exists(named.filter(hidden)) | Exists(named.exclude(hidden)))


def named_elsewhere(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Without the sources that only the first labels of articles waiting for a second review name:
    whoever is in that second review must not have them suggested.
    """
    named = Annotation.every.filter(resolved_source=OuterRef("pk")).order_by()
    first = Q(article__status=Article.Status.SECOND_REVIEW, second_review=None)
    return sources.filter(~Exists(named.filter(first)) | Exists(named.exclude(first)))
