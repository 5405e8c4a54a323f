"""The keyboard shortcuts that people chose."""

from django.conf import settings
from django.db import models


class Keymap(models.Model):
    """The keys a person chose for the review desk, by the name of the action
    (``annotations.desk.shortcuts``); what is not in it has its usual key.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="keymap")
    keys = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"keys of {self.person}"
