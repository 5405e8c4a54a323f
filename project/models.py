"""The security log, the one-time links by which people come in, and what they were told."""

from typing import Self

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
    LINK_REVOKED = "link_revoked", _("revoked the one-time link of")
    LINK_USED = "link_used", _("set a password by a one-time link")
    ROLES_CHANGED = "roles_changed", _("changed the roles of")
    DEACTIVATED = "deactivated", _("deactivated")
    REACTIVATED = "reactivated", _("reactivated")
    TAKEN_DOWN = "taken_down", _("took down")
    EXPORTED = "exported", _("exported")
    SETTING_CHANGED = "setting_changed", _("changed a setting")


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


class DismissedNotice(models.Model):
    """An event that the person it is about was shown, and has put away."""

    event = models.OneToOneField(
        SecurityEvent, models.PROTECT, primary_key=True, related_name="dismissal"
    )
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.event)


class OneTimeLinkPurpose(models.TextChoices):
    """What a one-time link is for."""

    INVITATION = "invitation", _("invitation")
    RESET = "reset", _("new password")


class OneTimeLinks(models.QuerySet["OneTimeLink"]):
    """Queries for one-time links."""

    def open(self) -> Self:
        """Those that still work, by the database's clock."""
        return self.filter(used_at=None, voided_at=None, expires_at__gt=Now())


class OneTimeLink(models.Model):
    """A link by which a person sets a password, once.

    Its secret is shown to whoever makes it and kept nowhere: ``digest`` is the secret's SHA-256.
    """

    Purpose = OneTimeLinkPurpose

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="one_time_links"
    )
    purpose = models.CharField(max_length=10, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_by_name = models.CharField(
        max_length=1000, help_text="The name at the time; 'command line' for a command."
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    objects = OneTimeLinks.as_manager()

    class Meta:
        default_permissions = ()
        permissions = (("manage_people", "Can invite people and change what they may do"),)
        constraints = (
            models.CheckConstraint(
                name="one_time_link_known_purpose",
                condition=models.Q(purpose__in=OneTimeLinkPurpose.values),
            ),
            models.CheckConstraint(
                name="one_time_link_digest", condition=models.Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="one_time_link_used_or_voided",
                condition=models.Q(used_at=None) | models.Q(voided_at=None),
            ),
            models.UniqueConstraint(
                name="one_time_link_one_a_person",
                fields=["person"],
                condition=models.Q(used_at=None, voided_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} of {self.person}"
