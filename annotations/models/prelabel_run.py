"""Pre-labelling runs."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from articles.models import Article


class RunStatus(models.TextChoices):
    """How a run goes or went."""

    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class PrelabelRun(models.Model):
    """One pass of a pre-labeller over one article."""

    Status = RunStatus

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
                condition=Q(status=RunStatus.RUNNING, finished_at__isnull=True, failure="")
                | Q(status=RunStatus.SUCCEEDED, finished_at__isnull=False, failure="")
                | (Q(status=RunStatus.FAILED, finished_at__isnull=False) & ~Q(failure="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} ({self.status})"
