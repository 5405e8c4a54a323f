"""Annotations and their spans: attributions as a machine proposed them and people judged them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from annotations.models.run import PrelabelRun
from annotations.models.second_review import WAITING, SecondReview
from annotations.models.source import Source
from articles.models import Article, new_key


class OwnLabels(models.Manager["Annotation"]):
    """Leave out the labels of second reviews: nothing counts or exports those by accident."""

    def get_queryset(self) -> models.QuerySet["Annotation"]:
        return super().get_queryset().filter(second_review__isnull=True)


class Annotation(models.Model):
    """One attribution in one article.

    ``version`` counts its changes; a write against an older version changes nothing.
    ``run`` is the pre-labelling run whose proposal this is, unchanged in its spans; an attribution
    that a person added or corrected has none. ``reviewer`` keeps the name as it was signed.
    ``flag`` is the note of somebody who wants a colleague to look at it.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    class QuoteType(models.TextChoices):
        DIRECT = "direct", _("Direct")
        INDIRECT = "indirect", _("Indirect")
        MIXED = "mixed", _("Mixed")

    article = models.ForeignKey(Article, models.PROTECT, related_name="annotations")
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
    every = models.Manager["Annotation"]()

    class Meta:
        ordering = ["article", "start", "id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "key"], name="annotation_key_once"),
            models.CheckConstraint(
                name="annotation_quote_type_known",
                condition=Q(quote_type__in=["direct", "indirect", "mixed"]),
            ),
            models.CheckConstraint(
                name="annotation_confidence_is_a_probability",
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
            ),
            # A machine proposes and only a person approves or rejects.
            models.CheckConstraint(
                name="annotation_signed_when_reviewed",
                condition=Q(
                    status="proposed",
                    run__isnull=False,
                    reviewer="",
                    reviewed_by__isnull=True,
                    reviewed_at__isnull=True,
                )
                | (
                    Q(status__in=["approved", "rejected"], reviewed_at__isnull=False)
                    & ~Q(reviewer="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["article", "start", "id"],
                name="annotation_approved",
                condition=Q(status="approved"),
            ),
            models.Index(
                fields=["article", "start", "id"],
                name="annotation_flagged",
                condition=~Q(flag=""),
            ),
            models.Index(
                fields=["resolved_source"],
                name="annotation_said_by",
                condition=Q(status="approved", second_review__isnull=True),
            ),
            models.Index(
                fields=["id"],
                name="annotation_source_open",
                condition=Q(
                    status="approved", second_review__isnull=True, resolved_source__isnull=True
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


class Span(models.Model):
    """One piece of a role, as offsets into the article's text (code points, end exclusive).

    A trigger refuses a span outside its article's text.
    """

    class Role(models.TextChoices):
        SOURCE = "source", _("Source")
        CUE = "cue", _("Cue")
        CONTENT = "content", _("Content")

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="spans")
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
            models.CheckConstraint(
                name="span_role_known", condition=Q(role__in=["source", "cue", "content"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.start}-{self.end}"


def settled(annotations: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """Without those of articles that still need a second person: what one person approved there is
    not approved yet.
    """
    return annotations.filter(
        Q(article__status=Article.Status.FINISHED)
        | Q(article__needs_second_review=False) & ~Q(article__status__in=WAITING)
    )
