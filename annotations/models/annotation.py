"""Annotations and their spans: attributions as a machine proposed them and people judged them."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotations.models.prelabel_run import PrelabelRun
from annotations.models.second_review import WAITING, SecondReview, hidden_from
from annotations.models.source import Source
from articles.models import Article, ArticleStatus, fits_index, new_key
from articles.triggers import never, unless, unless_among, update_of

NOT_YET_OR_NO_MORE = (*WAITING, ArticleStatus.TAKEN_DOWN)
"""Of articles in these states nothing counts."""


class AnnotationStatus(models.TextChoices):
    """Whether people have judged an attribution yet, and how."""

    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


JUDGED = (AnnotationStatus.APPROVED, AnnotationStatus.REJECTED)


class AnnotationQuoteType(models.TextChoices):
    """How content is quoted: the quote types of ``accordingto.attribution``."""

    DIRECT = "direct", _("Direct")
    INDIRECT = "indirect", _("Indirect")
    MIXED = "mixed", _("Mixed")


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    """Annotations by what they count for, and by who may know of them."""

    def approved(self) -> Self:
        """Those that a person approved."""
        return self.filter(status=AnnotationStatus.APPROVED)

    def final(self) -> Self:
        """Those that no second person has yet to agree with: without the articles that still need
        one, where what the first person approved is not approved yet. And none of what was taken
        down.
        """
        return self.filter(
            Q(article__status=ArticleStatus.FINISHED)
            | Q(article__needs_second_review=False) & ~Q(article__status__in=NOT_YET_OR_NO_MORE)
        )

    def visible_to(self, person: User) -> Self:
        """Those that tell the person nothing of a first person's labels which they may yet review
        a second time. The labels of their own second review are theirs to see.
        """
        hidden = Q(article__in=hidden_from(person)) & ~Q(second_review__second=person)
        return self.exclude(hidden)


_AnnotationManager = models.Manager.from_queryset(AnnotationQuerySet)


class OwnLabels(_AnnotationManager["Annotation"]):
    """Leave out the labels of second reviews: nothing counts or exports those by accident."""

    def get_queryset(self) -> AnnotationQuerySet:
        every = AnnotationQuerySet(self.model, using=self._db)
        return every.filter(second_review__isnull=True)


class Annotation(models.Model):
    """One attribution in one article.

    ``version`` counts its changes; a write against an older version changes nothing.
    ``run`` is the pre-labelling run whose proposal this is, unchanged in its spans; an attribution
    that a person added or corrected has none. ``reviewer`` keeps the name as it was signed.
    ``flag`` is the note of somebody who wants a colleague to look at it.
    """

    Status = AnnotationStatus
    QuoteType = AnnotationQuoteType

    # What is unique begins with the article, and finds its annotations too.
    article = models.ForeignKey(Article, models.PROTECT, related_name="annotations", db_index=False)
    key = models.CharField(_("id"), max_length=1000, default=new_key)
    status = models.CharField(max_length=20, choices=Status)
    quote_type = models.CharField(_("quote type"), max_length=20, choices=QuoteType)
    start = models.PositiveIntegerField(help_text="Offset of the first span: the reading order.")
    confidence = models.FloatField(null=True)
    run = models.ForeignKey(PrelabelRun, models.PROTECT, null=True, related_name="annotations")
    resolved_source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="annotations"
    )
    version = models.PositiveIntegerField(default=1)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The account that judged it here; none for a judgement imported from elsewhere.",
    )
    reviewer = models.CharField(max_length=1000, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    flag = models.TextField(max_length=2000, blank=True)
    second_review = models.ForeignKey(
        SecondReview,
        models.PROTECT,
        null=True,
        related_name="labels",
        help_text="The second review whose label this is; none for the article's own.",
    )

    objects = OwnLabels()
    every = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["article", "start", "id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "key"], name="annotation_key_once"),
            models.CheckConstraint(name="annotation_key_fits_index", condition=fits_index("key")),
            models.CheckConstraint(
                name="annotation_quote_type_known",
                condition=Q(quote_type__in=AnnotationQuoteType.values),
            ),
            models.CheckConstraint(
                name="annotation_confidence_is_a_probability",
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
            ),
            # A machine proposes and only a person approves or rejects.
            models.CheckConstraint(
                name="annotation_signed_when_reviewed",
                condition=Q(
                    status=AnnotationStatus.PROPOSED,
                    run__isnull=False,
                    reviewer="",
                    reviewed_by__isnull=True,
                    reviewed_at__isnull=True,
                )
                | (Q(status__in=JUDGED, reviewed_at__isnull=False) & ~Q(reviewer="")),
            ),
        ]
        triggers = [
            never(
                "article_stays",
                pgtrigger.Update,
                "an annotation never moves to another article",
                condition=pgtrigger.AnyChange("article"),
            ),
            unless(
                "second_review_of_its_article",
                pgtrigger.Insert | pgtrigger.Update,
                """
                NEW.article_id = (
                    SELECT article_id FROM annotations_secondreview WHERE id = NEW.second_review_id
                )
                """,
                "the second review is at another article",
                condition=pgtrigger.Q(new__second_review__isnull=False),
            ),
            # FOR SHARE waits for a merge that is under way, and holds one up until the commit.
            unless_among(
                "source_is_live_at_first",
                """
                SELECT FROM (
                    SELECT merged_into_id FROM annotations_source
                    WHERE id IN (SELECT resolved_source_id FROM added) ORDER BY id FOR SHARE
                ) AS locked
                WHERE merged_into_id IS NOT NULL
                """,
                "the source was merged into another",
            ),
            # Not for every decision: locking the source each time would make those on one wait.
            pgtrigger.Trigger(
                name="source_is_live_later",
                when=pgtrigger.Before,
                operation=update_of("resolved_source_id"),
                condition=pgtrigger.Q(new__resolved_source__isnull=False)
                & pgtrigger.Q(new__resolved_source__df=pgtrigger.F("old__resolved_source")),
                declare=[("merged", "bigint")],
                func="""
                    SELECT merged_into_id INTO merged FROM annotations_source
                    WHERE id = NEW.resolved_source_id FOR SHARE;
                    IF merged IS NOT NULL THEN
                        RAISE EXCEPTION 'the source was merged into another'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes = [
            models.Index(
                fields=["article", "start", "id"],
                name="annotation_approved",
                condition=Q(status=AnnotationStatus.APPROVED),
            ),
            models.Index(
                fields=["article", "start", "id"],
                name="annotation_flagged",
                condition=~Q(flag=""),
            ),
            models.Index(
                fields=["resolved_source"],
                name="annotation_said_by",
                condition=Q(status=AnnotationStatus.APPROVED, second_review__isnull=True),
            ),
            models.Index(
                fields=["id"],
                name="annotation_source_open",
                condition=Q(
                    status=AnnotationStatus.APPROVED,
                    second_review__isnull=True,
                    resolved_source__isnull=True,
                ),
            ),
        ]
        permissions = [
            ("review_annotation", "Can judge annotations and finish articles"),
            ("export_annotation", "Can export approved annotations"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}:{self.start} ({self.status})"

    @property
    def origin(self) -> str:
        """Who made the spans: ``model:<version>`` or ``person``."""
        return f"model:{self.run.model_version}" if self.run else "person"


class SpanRole(models.TextChoices):
    """The roles of ``accordingto.attribution``."""

    SOURCE = "source", _("Source")
    CUE = "cue", _("Cue")
    CONTENT = "content", _("Content")


class Span(models.Model):
    """One piece of a role, as offsets into the article's text (code points, end exclusive).

    A trigger refuses a span outside its article's text.
    """

    Role = SpanRole

    # As with the article of an annotation.
    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="spans", db_index=False)
    role = models.CharField(max_length=10, choices=Role)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["start", "end"]
        constraints = [
            models.UniqueConstraint(
                fields=["annotation", "role", "start"], name="span_start_once_a_role"
            ),
            models.CheckConstraint(name="span_not_empty", condition=Q(start__lt=F("end"))),
            models.CheckConstraint(name="span_role_known", condition=Q(role__in=SpanRole.values)),
        ]
        triggers = [
            unless_among(
                "spans_on_text",
                """
                SELECT FROM added
                JOIN annotations_annotation annotation ON annotation.id = added.annotation_id
                JOIN articles_article article ON article.id = annotation.article_id
                WHERE added."end" > article.length
                """,
                "the span ends after its article's text",
            ),
            unless(
                "span_on_text",
                pgtrigger.Update,
                """
                NEW."end" <= (
                    SELECT article.length FROM annotations_annotation annotation
                    JOIN articles_article article ON article.id = annotation.article_id
                    WHERE annotation.id = NEW.annotation_id
                )
                """,
                "the span ends after its article's text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.start}-{self.end}"
