"""Who needs a second factor, and who has one."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User

from project.roles import roles_of


def is_required(person: User) -> bool:
    """Whether one of the person's roles may do nothing without a second factor."""
    return not set(settings.REQUIRE_MFA_FOR).isdisjoint(roles_of(person))


def has_one(person: User) -> bool:
    """Whether the person has set up an app or a passkey; recovery codes alone are none."""
    factors = Authenticator.objects.filter(user=person)
    return bool(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())
