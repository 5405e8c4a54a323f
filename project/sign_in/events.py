"""What the security log has of signing in: it listens to Django and allauth."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from allauth.account.signals import user_logged_in as came_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.functions import Now
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from project.models import SecurityEvent
from project.security_log import log

FAILURES_AN_HOUR = 1000
"""So many are logged: attackers with ever new addresses and names must not fill the disk."""
LONGEST_NAME = 150
BY_SIGN_ON = "by_sign_on"
"""In the session of somebody whom the newsroom's sign-on vouched for."""


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    log(SecurityEvent.Kind.SIGNED_IN, by=user, request=request)


@receiver(came_in)
def note_sign_on(request: HttpRequest, sociallogin: object = None, **_kwargs: Any) -> None:
    """Remember how somebody came in, once Django has given them a session of their own."""
    if sociallogin is not None:
        request.session[BY_SIGN_ON] = True


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        log(SecurityEvent.Kind.SIGNED_OUT, by=user, request=request)


def failed(request: HttpRequest, credentials: Mapping[str, Any], *, locked: bool) -> None:
    """Log a wrong password or code, and that it was the last one that is taken for now."""
    if _are_enough_logged():
        return
    name = str(credentials.get("username") or "")
    whose: dict[str, Any] = {
        "by_name": name[:LONGEST_NAME],
        "about": User.objects.filter(username=name).first(),
        "request": request,
    }
    log(SecurityEvent.Kind.SIGN_IN_FAILED, **whose, step=credentials.get("step", "password"))
    if locked:
        log(SecurityEvent.Kind.SIGN_IN_REFUSED, **whose)


def refused_after_sign_on(request: HttpRequest, person: User | None, addresses: str) -> None:
    """Log that somebody came by the newsroom's sign-on and was not let in."""
    if _are_enough_logged():
        return
    name = addresses or (person.get_username() if person else "") or _("unknown")
    kind = SecurityEvent.Kind.SIGN_IN_FAILED
    log(kind, by_name=name[:LONGEST_NAME], about=person, request=request, by_sign_on=True)


def _are_enough_logged() -> bool:
    kind = SecurityEvent.Kind.SIGN_IN_FAILED
    lately = SecurityEvent.objects.filter(kind=kind, at__gt=Now() - timedelta(hours=1))
    return lately[:FAILURES_AN_HOUR].count() == FAILURES_AN_HOUR


@receiver(authentication_failed)
def wrong_code(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Count a wrong code as a wrong password is counted."""
    credentials = {"username": user.get_username(), "step": "code"}
    user_login_failed.send(__name__, credentials=credentials, request=request)


@receiver(post_save, sender=Authenticator)
def second_factor_added(instance: Authenticator, created: bool, **_kwargs: Any) -> None:
    if created:
        _second_factor_changed(instance, "added")


@receiver(post_delete, sender=Authenticator)
def second_factor_removed(instance: Authenticator, **_kwargs: Any) -> None:
    _second_factor_changed(instance, "removed")


def _second_factor_changed(factor: Authenticator, change: str) -> None:
    """Log it in the transaction of the change, whoever made it: on the command line it is another
    person than it belongs to.
    """
    request: HttpRequest | None = context.request
    by = request.user if request and request.user.is_authenticated else None
    about = factor.user if by != factor.user else None
    kind = SecurityEvent.Kind.MFA_CHANGED
    log(kind, by=by, about=about, request=request, change=change, factor=factor.type)
