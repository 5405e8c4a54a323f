"""Annotations: attributions as proposed by a machine, judged by people, and all that was decided.

Every change goes through ``annotations.review`` (people) or ``annotations.prelabel`` (machines).
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotations.policy_models import ReviewPolicy
from annotations.second_look_models import SecondLook, Settlement
from annotations.source_models import Source, SourceAlias, SourceChange
from articles.models import Article, Sentence, new_key

__all__ = [
    "Annotation",
    "Clearing",
    "Decision",
    "Keymap",
    "PrelabelRun",
    "ReviewPolicy",
    "SecondLook",
    "Settlement",
    "Source",
    "SourceAlias",
    "SourceChange",
    "Span",
]


class Keymap(models.Model):
    """The keys a person chose for the review desk, by the name of the action
    (``annotations.keys``); what is not in it has its usual key.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="keymap")
    keys = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"keys of {self.person}"


class PrelabelRun(models.Model):
    """One pass of a pre-labeller over one article."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    article = models.ForeignKey(Article, models.PROTECT, related_name="runs")
    model_version = models.CharField(max_length=1000)
    status = models.CharField(max_length=20, choices=Status, default=Status.RUNNING)
    failure = models.TextField(blank=True)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="run_ended_with_time",
                condition=Q(status="running", finished_at__isnull=True, failure="")
                | Q(status="succeeded", finished_at__isnull=False, failure="")
                | (Q(status="failed", finished_at__isnull=False) & ~Q(failure="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} ({self.status})"


class OwnLabels(models.Manager["Annotation"]):
    """Leaves out the labels of second looks: nothing counts, shows or exports those by accident."""

    def get_queryset(self) -> models.QuerySet["Annotation"]:
        return super().get_queryset().filter(second_look__isnull=True)


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
    second_look = models.ForeignKey(
        SecondLook,
        models.PROTECT,
        null=True,
        related_name="labels",
        help_text="The second look whose label this is; none for the article's own.",
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
                condition=Q(status="approved", second_look__isnull=True),
            ),
            models.Index(
                fields=["id"],
                name="annotation_source_open",
                condition=Q(
                    status="approved", second_look__isnull=True, resolved_source__isnull=True
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

    A trigger (migration 0002) refuses a span outside its article's text.
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


class Decision(models.Model):
    """What a person did, when, and the annotation before and after. Never changed, never deleted
    (a trigger refuses both).

    ``before`` and ``after`` are states as ``annotations.review.state_of`` writes them; decisions
    on a whole article (finish, reopen) carry none, those on a sentence (``clear``, and its undo)
    what ``annotations.missed`` writes. The ``after`` of an import says also ``approved_in_batch``
    where its file does. ``undoes`` of a redo is the undo it takes back.
    """

    class Action(models.TextChoices):
        APPROVE = "approve", _("approved")
        REJECT = "reject", _("rejected")
        EDIT = "edit", _("corrected and approved")
        ADD = "add", _("added")
        FLAG = "flag", _("flagged")
        RESOLVE = "resolve", _("named the source of")
        MOVE = "move", _("gave another source to")
        REVERT = "revert", _("put back")
        UNDO = "undo", _("undid")
        REDO = "redo", _("did again")
        FINISH = "finish", _("finished the article")
        REOPEN = "reopen", _("reopened the article")
        IMPORT = "import", _("imported")
        CLEAR = "clear", _("found no attribution in the sentence")

    article = models.ForeignKey(Article, models.PROTECT, related_name="decisions")
    annotation = models.ForeignKey(Annotation, models.PROTECT, null=True, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(
        max_length=1000, help_text="The name at the time; 'command line' without an account."
    )
    at = models.DateTimeField(db_default=Now(), editable=False)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    batch = models.UUIDField(null=True, help_text="Shared by what was done in one go.")
    press = models.UUIDField(
        null=True, help_text="The press of a key or button: sent twice, it counts once."
    )

    imported_from = models.CharField(
        max_length=1000,
        blank=True,
        help_text="Of an import: the name of the file, if there is one.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="decision_imported_from_a_file",
                condition=Q(action="import") | Q(imported_from=""),
            ),
            models.CheckConstraint(
                name="decision_action_known",
                condition=Q(
                    action__in=[
                        "approve",
                        "reject",
                        "edit",
                        "add",
                        "flag",
                        "resolve",
                        "move",
                        "revert",
                        "undo",
                        "redo",
                        "finish",
                        "reopen",
                        "import",
                        "clear",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="decision_clear_of_a_sentence",
                condition=~Q(action="clear") | Q(annotation__isnull=True, after__isnull=False),
            ),
            models.CheckConstraint(name="decision_signed", condition=~Q(by_name="")),
            models.CheckConstraint(
                name="decision_undo_of_one",
                condition=Q(action__in=["undo", "redo"], undoes__isnull=False)
                | (~Q(action__in=["undo", "redo"]) & Q(undoes__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_action_display()}"


class Clearing(models.Model):
    """Somebody looked for a missed attribution in a sentence and found none: the mark is gone.

    In a second look the second person clears for themselves.
    """

    sentence = models.ForeignKey(Sentence, models.CASCADE, related_name="clearings")
    second_look = models.ForeignKey(SecondLook, models.PROTECT, null=True, related_name="clearings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sentence", "second_look"],
                nulls_distinct=False,
                name="clearing_once_a_look",
            ),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.sentence_id} by {self.by}"
