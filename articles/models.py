"""Articles and their sentences. The text of an article never changes once it is in."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accordingto.records.values import MAX_ID_BYTES
from articles.triggers import TAKING_DOWN, unless, unless_among


def new_key() -> str:
    """A key for a record that came without an id."""
    return str(uuid.uuid4())


class ArticleStatus(models.TextChoices):
    """Where an article is on its way."""

    QUEUED = "queued", _("Queued")
    PRELABELLING = "prelabelling", _("Pre-labelling")
    FAILED = "failed", _("Failed")
    READY = "ready", _("Ready")
    SECOND_REVIEW = "second-review", _("Second review")
    DISPUTED = "disputed", _("Disputed")
    FINISHED = "finished", _("Finished")
    TAKEN_DOWN = "taken-down", _("Taken down")


STRUCK = f"""
    {TAKING_DOWN} = OLD.id::text
    AND OLD.status <> 'taken-down' AND NEW.status = 'taken-down'
    AND NEW.text ~ '^[0-9a-f]+$' AND length(NEW.text) = length(OLD.text)
    AND NEW.text_sha256 = encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex')
    AND NEW.key ~ '^taken-down-[0-9a-f]{{32}}$'
"""
"""SQL: the update takes the article down, and leaves hexadecimal digits where its words were."""


def fits_index(field: str) -> Q:
    """Whether an id is short enough for an index: that counts bytes, ``max_length`` characters."""
    size = Func(F(field), function="octet_length", output_field=IntegerField())
    return Q(LessThanOrEqual(size, MAX_ID_BYTES))


class Article(models.Model):
    """A news article on its way from ingest to finished review.

    Triggers refuse any change of ``text``, its digest and ``key``, but for taking the article down
    (``annotations.actions.take_down``), after which nothing of it changes any more.
    """

    Status = ArticleStatus

    key = models.CharField(_("id"), max_length=1000, unique=True, default=new_key)
    title = models.CharField(_("title"), max_length=1000, blank=True)
    outlet = models.CharField(_("outlet"), max_length=1000, blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    author = models.CharField(_("author"), max_length=1000, blank=True)
    published_at = models.DateField(_("published"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=35, blank=True)
    text = models.TextField(_("text"))
    text_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    folded_sha256 = models.CharField(
        max_length=64,
        unique=True,
        editable=False,
        help_text="Of the text as texts are compared: those that look the same are one article.",
    )
    length = models.GeneratedField(
        expression=Length("text"), output_field=models.IntegerField(), db_persist=True
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status, default=Status.QUEUED, db_default=Status.QUEUED
    )
    failure = models.TextField(_("reason of failure"), blank=True)
    needs_second_review = models.BooleanField(_("needs a second review"), default=False)
    blind = models.BooleanField(
        _("blind sample"),
        default=False,
        help_text=_("Shown without the machine's proposals, to measure automation bias."),
    )
    ingested_at = models.DateTimeField(_("ingested"), db_default=Now(), editable=False)
    ingested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="article_status_known",
                condition=Q(status__in=ArticleStatus.values),
            ),
            models.CheckConstraint(name="article_key_fits_index", condition=fits_index("key")),
            models.CheckConstraint(
                name="article_folded_sha256_is_one",
                condition=Q(folded_sha256__regex="^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(name="article_text_not_blank", condition=Q(text__regex=r"\S")),
            models.CheckConstraint(
                name="article_failed_with_reason",
                condition=(Q(status=ArticleStatus.FAILED) & ~Q(failure=""))
                | (~Q(status=ArticleStatus.FAILED) & Q(failure="")),
            ),
            models.CheckConstraint(
                name="article_taken_down_without_words",
                condition=~Q(status=ArticleStatus.TAKEN_DOWN)
                | Q(title="", outlet="", url="", author=""),
            ),
            models.CheckConstraint(
                name="article_finished_by_a_person",
                condition=Q(
                    status=ArticleStatus.FINISHED,
                    finished_at__isnull=False,
                    finished_by__isnull=False,
                )
                | (
                    ~Q(status=ArticleStatus.FINISHED)
                    & Q(finished_at__isnull=True, finished_by__isnull=True)
                ),
            ),
        ]
        triggers = [
            unless(
                "text_matches_its_hash",
                pgtrigger.Insert,
                "NEW.text_sha256 = encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex')",
                "text_sha256 is not the SHA-256 of the text",
            ),
            unless(
                "text_never_changes",
                pgtrigger.Update,
                STRUCK,
                "the text of an article never changes",
                condition=pgtrigger.AnyChange("text", "text_sha256", "key"),
            ),
            unless(
                "taken_down_for_good",
                pgtrigger.Update,
                STRUCK,
                "an article is taken down with all its words, and stays so",
                condition=pgtrigger.Q(old__status=ArticleStatus.TAKEN_DOWN)
                | pgtrigger.Q(new__status=ArticleStatus.TAKEN_DOWN),
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="article_queue")]
        permissions = [
            ("retry_article", "Can have an article pre-labelled again"),
            ("take_down_article", "Can take an article down for good"),
        ]

    def __str__(self) -> str:
        if self.status == ArticleStatus.TAKEN_DOWN:
            return str(ArticleStatus.TAKEN_DOWN.label)
        return self.title or self.text[:80]

    def get_absolute_url(self) -> str:
        return reverse("review:article", args=[self.pk])


class Sentence(models.Model):
    """A sentence of an article as offsets into its text (code points, end exclusive)."""

    # What is unique begins with the article, and finds its sentences too.
    article = models.ForeignKey(Article, models.CASCADE, related_name="sentences", db_index=False)
    index = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ["article", "index"]
        constraints = [
            models.UniqueConstraint(fields=["article", "index"], name="sentence_index_once"),
            models.CheckConstraint(name="sentence_not_empty", condition=Q(start__lt=F("end"))),
        ]
        triggers = [
            unless_among(
                "sentences_on_text",
                """
                SELECT FROM added JOIN articles_article article ON article.id = added.article_id
                WHERE added."end" > article.length
                """,
                "the sentence ends after its article's text",
            ),
            unless(
                "sentence_on_text",
                pgtrigger.Update,
                'NEW."end" <= (SELECT length FROM articles_article WHERE id = NEW.article_id)',
                "the sentence ends after its article's text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"


class Lease(models.Model):
    """A person has an article open until a time; their page renews it, and leaving ends it.

    "Next" hands out no article that somebody else has open.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="leases")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "person"], name="lease_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} has {self.article_id} until {self.until:%H:%M:%S}"


class Sampling(models.Model):
    """The one row that says what share of new articles is sampled, in per cent."""

    blind_percent = models.PositiveSmallIntegerField(_("blind samples, in per cent"), default=0)
    second_review_percent = models.PositiveSmallIntegerField(
        _("articles with a second review, in per cent"), default=0
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="sampling_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="sampling_percentages",
                condition=Q(blind_percent__lte=100, second_review_percent__lte=100),
            ),
        ]
        default_permissions = ("change",)

    def __str__(self) -> str:
        return f"{self.blind_percent} % blind, {self.second_review_percent} % second review"


class ImportState(models.TextChoices):
    """How far an import is."""

    WAITING = "waiting", _("Waiting")
    CHECKING = "checking", _("Checking")
    WRITING = "writing", _("Adding")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


UNDER_WAY = (ImportState.WAITING, ImportState.CHECKING, ImportState.WRITING)


class Import(models.Model):
    """A file of articles that a person brings in, and what becomes of it.

    A worker checks all of it first, unless ``partial``, and writes nothing where anything is
    refused. ``line`` is the last one whose article is written: what a worker that is stopped has
    done stays, and the next one goes on from there.
    """

    State = ImportState

    name = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    partial = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.WAITING)
    failure = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(help_text="Bytes of the file.")
    read = models.PositiveBigIntegerField(default=0, help_text="Of these, so many are read so far.")
    line = models.PositiveBigIntegerField(default=0)
    added = models.PositiveBigIntegerField(default=0)
    known = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Workers that took it up since it last got on."
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="import_ended_with_time",
                condition=Q(state__in=UNDER_WAY, ended_at__isnull=True, failure="")
                | Q(
                    state__in=(ImportState.DONE, ImportState.REFUSED),
                    ended_at__isnull=False,
                    failure="",
                )
                | (Q(state=ImportState.FAILED, ended_at__isnull=False) & ~Q(failure="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("queue:import", args=[self.pk])

    @property
    def under_way(self) -> bool:
        """Whether anything is still to come."""
        return self.state in UNDER_WAY


class ImportChunk(models.Model):
    """A piece of an import's file, until the import ends: the worker may be on another host."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="chunks", db_index=False)
    index = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["of", "index"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["of", "index"], name="import_chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id}:{self.index}"


class ImportOutcome(models.TextChoices):
    """What becomes of an article of a file."""

    ADDED = "added", _("Added")
    KNOWN = "known", _("Known already")
    REFUSED = "refused", _("Refused")


class ImportedLine(models.Model):
    """What became of one line of an import's file: of the first ones of each outcome.

    ``left_out`` counts attributions of an article that was known; ``reason`` is why it was refused
    (``articles.refusals.as_json``).
    """

    Outcome = ImportOutcome

    of = models.ForeignKey(Import, models.CASCADE, related_name="lines", db_index=False)
    line = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=10, choices=ImportOutcome)
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="+")
    left_out = models.PositiveIntegerField(default=0)
    reason = models.JSONField(null=True)

    class Meta:
        ordering = ["of", "line"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["of", "line"], name="imported_line_once"),
            models.CheckConstraint(
                name="imported_line_has_article_or_reason",
                condition=Q(
                    outcome=ImportOutcome.REFUSED, article__isnull=True, reason__isnull=False
                )
                | Q(
                    outcome__in=(ImportOutcome.ADDED, ImportOutcome.KNOWN),
                    article__isnull=False,
                    reason__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.outcome}"
