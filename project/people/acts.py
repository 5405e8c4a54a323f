"""What is done to people: invite, change roles, deactivate, reactivate."""

from collections.abc import Collection

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from annotations.actions.base import Refused
from annotations.queue import leases
from project.models import OneTimeLink, SecurityEvent
from project.people.links import new_link, void_links
from project.people.sign_ins import end_sign_ins
from project.people.standing import (
    check_roles,
    locked,
    managing,
    refuse_last_admin,
    refuse_oneself,
)
from project.roles import ROLES
from project.security_log import log

Kind = SecurityEvent.Kind


def invite(
    by: User | None,
    username: str,
    *,
    name: str = "",
    email: str = "",
    roles: Collection[str] = (),
    request: HttpRequest | None = None,
) -> tuple[User, str]:
    """Make an account without a password; return it and the secret of the link that sets one.

    Raise PermissionDenied, and ValidationError by field.
    """
    with managing(by) as admin:
        check_roles(roles, admin)
        # As it is kept, and as signing in takes it: wide letters are ordinary ones.
        username = User.normalize_username(username)
        person = User(username=username, first_name=name, email=email)
        person.set_unusable_password()
        _refuse_doubles(person)
        person.full_clean()
        person.save()
        person.groups.set(Group.objects.filter(name__in=roles))
        log(Kind.INVITED, by=admin, about=person, request=request, roles=", ".join(sorted(roles)))
        secret = new_link(person, admin, OneTimeLink.Purpose.INVITATION)
    return person, secret


def set_roles(
    pk: int,
    by: User | None,
    roles: Collection[str],
    *,
    seen: Collection[str],
    request: HttpRequest | None = None,
) -> None:
    """Give the person these roles and no others; groups that are no roles stay.

    ``seen`` are the roles they had on the page: where they have others by now, nothing is done.
    Raise PermissionDenied, Refused and User.DoesNotExist.
    """
    with managing(by) as admin:
        person = locked(pk, admin)
        refuse_oneself(person, admin)
        held = roles_held(person)
        if held != set(seen):
            raise Refused(_("The roles were changed since you saw them. Nothing was done."))
        added, removed = set(roles) - held, held - set(roles)
        check_roles(added, admin)
        if "admins" in removed:
            refuse_last_admin(person)
        person.groups.add(*Group.objects.filter(name__in=added))
        person.groups.remove(*Group.objects.filter(name__in=removed))
        if added or removed:
            changes = {"added": ", ".join(sorted(added)), "removed": ", ".join(sorted(removed))}
            told = {name: value for name, value in changes.items() if value}
            log(Kind.ROLES_CHANGED, by=admin, about=person, request=request, **told)


def deactivate(pk: int, by: User, request: HttpRequest | None = None) -> None:
    """Let the person in no more: sign-ins end, open articles are free, their link is void.

    Raise PermissionDenied, Refused for oneself and for the last admin, and User.DoesNotExist.
    """
    with managing(by) as admin:
        person = locked(pk, admin)
        refuse_oneself(person, admin)
        if not person.is_active:
            return
        refuse_last_admin(person)
        person.is_active = False
        person.save(update_fields=["is_active"])
        end_sign_ins(person)
        leases.release_all(person)
        void_links(person)
        log(Kind.DEACTIVATED, by=admin, about=person, request=request)


def reactivate(pk: int, by: User, request: HttpRequest | None = None) -> None:
    """Let the person in again, with the roles they had. Raise PermissionDenied and
    User.DoesNotExist.
    """
    with managing(by) as admin:
        person = locked(pk, admin)
        if person.is_active:
            return
        person.is_active = True
        person.save(update_fields=["is_active"])
        # One may have been made at the moment at which they were deactivated.
        end_sign_ins(person)
        log(Kind.REACTIVATED, by=admin, about=person, request=request)


def roles_held(person: User) -> set[str]:
    """The roles of the person, as they were given: an admin who is nothing else has one."""
    return {group.name for group in person.groups.all()} & ROLES.keys()


def _refuse_doubles(person: User) -> None:
    """Names that differ in case alone look like one person, and the newsroom's sign-on finds people
    by their address. Raise ValidationError.
    """
    errors = {}
    if User.objects.filter(username__iexact=person.username).exists():
        errors["username"] = _("Somebody has this user name already.")
    if person.email and User.objects.filter(email__iexact=person.email).exists():
        errors["email"] = _("Somebody has this e-mail address already.")
    if errors:
        raise ValidationError(errors)
