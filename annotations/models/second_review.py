"""Second reviews: who labels an article again, and whom people followed where the two differ."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotations import permissions
from articles.models import Article
from articles.triggers import never


class SecondReviewQuerySet(models.QuerySet["SecondReview"]):
    """Second reviews, of which some were handed back."""

    def current(self) -> Self:
        """Those that were not handed back."""
        return self.filter(handed_back_at__isnull=True)


class SecondReview(models.Model):
    """A second person labels an article that a first one has finished, without seeing their labels.

    ``agreement`` keeps the figures of the two (``annotations.agreement.measures``) as they stood
    when the second person was done: adopting labels afterwards does not improve them. One that was
    handed back before it was done is followed by another, with the same ``asked_at``.
    """

    article = models.ForeignKey(Article, models.PROTECT, related_name="second_reviews")
    first = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    handed_back_at = models.DateTimeField(null=True)
    handed_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    agreement = models.JSONField(null=True)

    objects = SecondReviewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(settled_at__isnull=True, handed_back_at__isnull=True),
                name="second_review_one_open",
            ),
            models.CheckConstraint(
                name="second_review_handed_back_undone",
                condition=Q(handed_back_at__isnull=True, handed_back_by__isnull=True)
                | Q(
                    handed_back_at__isnull=False,
                    handed_back_by__isnull=False,
                    second__isnull=False,
                    done_at__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="second_review_by_another",
                condition=Q(second__isnull=True) | ~Q(second=F("first")),
            ),
            models.CheckConstraint(
                name="second_review_done_by_a_person",
                condition=Q(done_at__isnull=True)
                | Q(second__isnull=False, agreement__isnull=False),
            ),
            models.CheckConstraint(
                name="second_review_settled_when_done",
                condition=Q(settled_at__isnull=True) | Q(done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"second review of {self.article_id}"


class AdjudicationVerdict(models.TextChoices):
    """Whose label was followed."""

    FIRST = "first", _("the first label")
    SECOND = "second", _("the second label")
    THIRD = "third", _("a third label")
    NOBODY = "nobody", _("taken back")


# Those that follow somebody, and of them those that change the article's own labels.
FOLLOWED = (AdjudicationVerdict.FIRST, AdjudicationVerdict.SECOND, AdjudicationVerdict.THIRD)
DECIDING = (AdjudicationVerdict.SECOND, AdjudicationVerdict.THIRD)


class Adjudication(models.Model):
    """Whom somebody followed where the two labels of a second review differ; the latest of a pair
    counts. Never changed, never deleted (a trigger refuses both).

    ``first`` is the article's own label, ``second`` the second person's; one may be missing.
    ``decision`` is what following the second person, or a third label, did to the article's own.
    """

    Verdict = AdjudicationVerdict

    second_review = models.ForeignKey(SecondReview, models.PROTECT, related_name="adjudications")
    first = models.ForeignKey("Annotation", models.PROTECT, null=True, related_name="+")
    second = models.ForeignKey("Annotation", models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=1000)
    at = models.DateTimeField(db_default=Now(), editable=False)
    decision = models.ForeignKey("Decision", models.PROTECT, null=True, related_name="+")
    takes_back = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="taken_back_by"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="adjudication_verdict_known",
                condition=Q(verdict__in=FOLLOWED, takes_back__isnull=True)
                | Q(
                    verdict=AdjudicationVerdict.NOBODY,
                    takes_back__isnull=False,
                    decision__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="adjudication_of_a_label",
                condition=Q(first__isnull=False) | Q(second__isnull=False),
            ),
            models.CheckConstraint(
                name="adjudication_second_decides",
                condition=~Q(verdict__in=DECIDING) | Q(decision__isnull=False),
            ),
            models.CheckConstraint(
                name="adjudication_first_changes_nothing",
                condition=~Q(verdict=AdjudicationVerdict.FIRST) | Q(decision__isnull=True),
            ),
            models.CheckConstraint(name="adjudication_signed", condition=~Q(by_name="")),
        ]
        triggers = [
            never(
                "adjudication_for_good",
                pgtrigger.Update | pgtrigger.Delete,
                "an adjudication is never changed or deleted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by_name}: {self.verdict}"


WAITING = (Article.Status.SECOND_REVIEW, Article.Status.DISPUTED)


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


def may_withdraw(review: SecondReview, person: User) -> bool:
    """Whether the person can take back the article of an open look: the first, before a second."""
    mine = review.first_id == person.pk and review.second_id is None
    return mine and person.has_perm(permissions.REVIEW)


def may_hand_back(review: SecondReview, person: User) -> bool:
    """Whether the person can leave an open look that has begun to others."""
    if review.second_id is None or not person.has_perm(permissions.REVIEW):
        return False
    return review.second_id == person.pk or person.has_perm(permissions.SAMPLE)


def was_handed_back(review: SecondReview, by: User) -> bool:
    """Whether the person had begun this second review and handed it back."""
    return _handed_back(review, by).exists()


def _handed_back(review: SecondReview, by: User) -> QuerySet[SecondReview]:
    return SecondReview.objects.filter(
        article=review.article_id, second=by, asked_at=review.asked_at, handed_back_at__isnull=False
    )
