"""The security log: what touches who may do what, and who took what out."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from articles.triggers import never


class SecurityEventKind(models.TextChoices):
    """What happened."""

    SIGNED_IN = "signed_in", _("signed in")
    SIGNED_OUT = "signed_out", _("signed out")
    SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
    SIGN_IN_REFUSED = "sign_in_refused", _("was refused after too many attempts")
    SIGN_INS_ENDED = "sign_ins_ended", _("ended sign-ins")
    PASSWORD_CHANGED = "password_changed", _("changed the password")
    MFA_CHANGED = "mfa_changed", _("changed the second factors")
    INVITED = "invited", _("invited")
    LINK_MADE = "link_made", _("made a one-time link for")
    LINK_USED = "link_used", _("set a password by a one-time link")
    ROLES_CHANGED = "roles_changed", _("changed the roles of")
    DEACTIVATED = "deactivated", _("deactivated")
    REACTIVATED = "reactivated", _("reactivated")
    TAKEN_DOWN = "taken_down", _("took down")
    EXPORTED = "exported", _("exported")


class SecurityEvent(models.Model):
    """Something that a person responsible for the site must be able to look up. Never changed.

    ``by`` did it and ``about`` is whom it concerns; either may be nobody with an account, and then
    the name is what was typed, or empty.
    """

    Kind = SecurityEventKind

    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(db_default=Now(), editable=False, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(
        max_length=1000,
        help_text="The name at the time, or as typed; 'command line' for a command.",
    )
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="security_events"
    )
    about_name = models.CharField(max_length=1000, blank=True)
    address = models.GenericIPAddressField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="security_event_known_kind",
                condition=models.Q(kind__in=SecurityEventKind.values),
            ),
        )
        indexes = (models.Index(fields=["about", "-at"], name="security_event_about"),)
        triggers = (
            never(
                "security_event_is_immutable",
                pgtrigger.Update | pgtrigger.Delete,
                "the security log is never changed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_kind_display()} {self.about_name}".strip()
