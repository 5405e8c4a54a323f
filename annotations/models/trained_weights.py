"""Weights of the network that were trained for this site."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from articles.triggers import never


class TrainedWeights(models.Model):
    """Weights that may pre-label here besides those that ship. Never changed.

    Their folder may lie anywhere; its files are used only if they have these sums.
    """

    version = models.CharField(max_length=1000, unique=True)
    sums = models.JSONField(help_text="The SHA-256 of each file, by name.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by_name = models.CharField(
        max_length=1000, help_text="Whose account of the operating system registered them."
    )

    class Meta:
        verbose_name_plural = "trained weights"
        default_permissions = ()
        triggers = (
            never(
                "trained_weights_stay_the_same",
                pgtrigger.Update,
                "what was registered of weights is never changed",
            ),
        )

    def __str__(self) -> str:
        return self.version
