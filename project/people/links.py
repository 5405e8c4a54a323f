"""One-time links: the only way by which anybody gets a password that they did not have.

Whoever makes a link sees it once and hands it over; nobody else than who uses it learns the
password. Scanners of mail may open it: only sending the password uses it up.
"""

import secrets
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from annotations.actions.base import Refused
from annotations.actions.source_registry import COMMAND_LINE
from project.models import OneTimeLink, OneTimeLinkPurpose, SecurityEvent
from project.people.sign_ins import end_sign_ins
from project.people.standing import locked, managing, refuse_oneself
from project.security_log import log

BYTES = 32


class Gone(Exception):  # noqa: N818 - said as in "the link is gone"
    """No link has this secret, or it works no more. Which of it, nobody is told."""


def make_link(pk: int, by: User | None, request: HttpRequest | None = None) -> str:
    """Make the person a link to set a password, and return its secret; their old link is void.

    Raise PermissionDenied, Refused for a deactivated person and for oneself, and User.DoesNotExist.
    """
    with managing(by) as admin:
        person = locked(pk, admin)
        refuse_oneself(person, admin)
        if not person.is_active:
            raise Refused(_("This account is deactivated. Reactivate it first."))
        known = person.last_login is not None or person.has_usable_password()
        purpose = OneTimeLink.Purpose.RESET if known else OneTimeLink.Purpose.INVITATION
        secret = new_link(person, admin, purpose)
        kind = SecurityEvent.Kind.LINK_MADE
        log(kind, by=admin, about=person, request=request, purpose=purpose)
    return secret


def new_link(person: User, by: User | None, purpose: OneTimeLinkPurpose) -> str:
    """Make a link in the place of the person's old one. Called with the person locked."""
    void_links(person)
    secret = secrets.token_urlsafe(BYTES)
    OneTimeLink.objects.create(
        person=person,
        purpose=purpose,
        digest=_digest(secret),
        made_by=by,
        made_by_name=by.get_username() if by else COMMAND_LINE,
        expires_at=Now() + settings.LINK_LASTS,
    )
    return secret


def revoke_link(pk: int, by: User, request: HttpRequest | None = None) -> None:
    """Make the person's link work no more. Raise PermissionDenied and User.DoesNotExist."""
    with managing(by) as admin:
        person = locked(pk, admin)
        if void_links(person):
            log(SecurityEvent.Kind.LINK_REVOKED, by=admin, about=person, request=request)


def void_links(person: User) -> int:
    """Void what links the person has; returns how many. Called with the person locked."""
    links = OneTimeLink.objects.filter(person=person, used_at=None, voided_at=None)
    return links.update(voided_at=Now())


def find(secret: str) -> OneTimeLink:
    """The link that has this secret and works. Raise Gone."""
    links = OneTimeLink.objects.open().filter(person__is_active=True)
    link = links.select_related("person").filter(digest=_digest(secret)).first()
    if link is None:
        raise Gone
    return link


def use_link(secret: str, password: str, request: HttpRequest | None = None) -> User:
    """Set the password of the link's person, and end all their sign-ins. Raise Gone.

    The log does not say by whom: all that is known is that they had the link.
    """
    with transaction.atomic():
        # Asked anew with the person locked: it may have been used or revoked a moment ago.
        person = User.objects.select_for_update(no_key=True).get(pk=find(secret).person_id)
        link = find(secret)
        person.set_password(password)
        person.save(update_fields=["password"])
        OneTimeLink.objects.filter(pk=link.pk).update(used_at=Now())
        end_sign_ins(person)
        log(
            SecurityEvent.Kind.LINK_USED,
            by_name=person.get_username(),
            about=person,
            request=request,
            purpose=link.purpose,
        )
    return person


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
