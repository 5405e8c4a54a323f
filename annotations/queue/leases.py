"""Who has an article open, and the handing out of the next one.

A lease says that a person has an article open; their page renews it and gives it up on leaving.
``take_next`` hands nobody an article that somebody else has open. All times are the database's,
so web servers whose clocks differ agree.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from annotations.actions.base import check_permission
from annotations.models import SecondReview
from articles.models import Article, ArticleStatus, Lease

LEASE = timedelta(minutes=2)
"""How long an article stays with somebody whose page has gone silent."""

CANDIDATES = 20
"""So many articles are looked at in one go: more than people who ask at the same moment."""

OFFERED = (Article.Status.READY, Article.Status.SECOND_REVIEW)

SWEEP = 100
"""So many expired leases are deleted with each article that is handed out."""

_RENEW = """
    INSERT INTO articles_lease (article_id, person_id, until)
    VALUES (%s, %s, statement_timestamp() + make_interval(secs => %s))
    ON CONFLICT (article_id, person_id) DO UPDATE SET until = EXCLUDED.until
    RETURNING until
"""


def renew(article_id: int, person: User) -> datetime:
    """The person has the article open, until the time that is returned unless they renew it.

    Raise PermissionDenied for who may not judge, and IntegrityError at the end of the transaction
    where there is no such article.
    """
    check_permission(person)
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [article_id, person.pk, LEASE.total_seconds()])
        until: datetime = cursor.fetchone()[0]
    return until


def release(article_id: int, person: User) -> None:
    """The person has the article open no more."""
    Lease.objects.filter(article=article_id, person=person).delete()


def release_all(person: User) -> None:
    """The person has no article open any more."""
    Lease.objects.filter(person=person).delete()


def others(article_id: int, person: User) -> list[str]:
    """The names of those besides the person who have the article open."""
    return open_elsewhere([article_id], person).get(article_id, [])


def open_elsewhere(article_ids: Collection[int], person: User) -> dict[int, list[str]]:
    """By article, the names of those besides the person who have it open; one query."""
    names: dict[int, list[str]] = {}
    leases = _of_others(person).filter(article__in=article_ids).order_by("person__username")
    for article_id, name in leases.values_list("article_id", "person__username"):
        names.setdefault(article_id, []).append(name)
    return names


def take_next(person: User, after: int = 0) -> Article | None:
    """Lease the person the oldest article they can work on and nobody else has open.

    That is the one they have open already, if any. With ``after`` they are done with that article
    (their lease on it ends) and want the one behind it; behind the last comes the first. Two people
    never get the same one, however closely together they ask. Its text is not fetched. Returns None
    where there is none. Raise PermissionDenied.
    """
    check_permission(person)
    with transaction.atomic():
        # One after the other for the same person: a double click takes one article, not two.
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if after:
            release(after, person)
            article = _take(person, Q(pk__gt=after)) or _take(person, Q(pk__lte=after))
        else:
            article = _take_again(person) or _take(person, Q())
        if article:
            renew(article.pk, person)
        _sweep()
    return article


def _of_others(person: User) -> QuerySet[Lease]:
    return Lease.objects.filter(until__gt=Now()).exclude(person=person)


def _offered(person: User, status: ArticleStatus) -> QuerySet[Article]:
    """Articles of the status that the person can work on and nobody else has open."""
    articles = Article.objects.filter(
        ~Exists(_of_others(person).filter(article=OuterRef("pk"))), status=status
    )
    if status == Article.Status.SECOND_REVIEW:
        handed_back = SecondReview.objects.filter(
            article=OuterRef("article"),
            asked_at=OuterRef("asked_at"),
            second=person,
            handed_back_at__isnull=False,
        )
        reviews = (
            SecondReview.objects.current()
            .filter(
                Q(second=person) | Q(second__isnull=True) & ~Exists(handed_back),
                article=OuterRef("pk"),
                done_at__isnull=True,
                settled_at__isnull=True,
            )
            .exclude(first=person)
        )
        articles = articles.filter(Exists(reviews))
    return articles


def _take(person: User, where: Q) -> Article | None:
    """Lock the first of the articles that stands where ``where`` says."""
    behind = 0
    while True:
        # A query for each status: an index has each in order, but not two together.
        pages = [
            _offered(person, status)
            .filter(where, pk__gt=behind)
            .order_by("pk")
            .values_list("pk", flat=True)[:CANDIDATES]
            for status in OFFERED
        ]
        candidates = sorted(pk for page in pages for pk in page)[:CANDIDATES]
        if not candidates:
            return None
        article = _lock_first(candidates, person, skip_locked=True)
        if article is not None:
            return article
        behind = candidates[-1]


def _take_again(person: User) -> Article | None:
    """Lock the article that the person has open, the latest renewed of several."""
    mine = Lease.objects.filter(person=person, until__gt=Now()).order_by("-until")
    for article_id in mine.values_list("article", flat=True):
        # Waits for the lock: it may be this person's own last decision that holds it.
        if article := _lock_first([article_id], person, skip_locked=False):
            return article
    return None


def _lock_first(candidates: Sequence[int], person: User, *, skip_locked: bool) -> Article | None:
    """Lock the first of the candidates that still is on offer to the person."""
    left = list(candidates)
    while left:
        article = (
            Article.objects.select_for_update(skip_locked=skip_locked, of=("self",), no_key=True)
            .defer("text")
            .filter(pk__in=left)
            .order_by("pk")
            .first()
        )
        if article is None:
            return None
        # Asked anew under the lock: another may have taken the article, and let its lock go, after
        # the candidates were read and before this one was locked.
        if article.status in OFFERED and _is_offered(article, person):
            return article
        left = [pk for pk in left if pk > article.pk]
    return None


def _is_offered(article: Article, person: User) -> bool:
    return _offered(person, Article.Status(article.status)).filter(pk=article.pk).exists()


def _sweep() -> None:
    """Delete some expired leases; those that somebody renews at this moment are left alone."""
    expired = Lease.objects.filter(until__lt=Now()).select_for_update(skip_locked=True)
    pks = list(expired.values_list("pk", flat=True)[:SWEEP])
    Lease.objects.filter(pk__in=pks).delete()
