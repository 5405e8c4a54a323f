"""Who may do something to whom: nobody to anybody above themselves."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from annotations.actions.base import Refused
from project.roles import ROLES

MANAGE = "project.manage_people"

may_manage = permission_required(MANAGE, raise_exception=True)


@contextmanager
def managing(by: User | None) -> Iterator[User | None]:
    """A transaction in which ``by`` acts on people, and ``by`` as they are when their turn comes;
    None is the command line.

    One such act happens after the other, on the whole site: two admins who take each other's role
    at the same moment would both be gone. Raise PermissionDenied for who may not.
    """
    with transaction.atomic():
        Group.objects.select_for_update(no_key=True).get(name="admins")
        now = None if by is None else User.objects.get(pk=by.pk)
        if now is not None and not now.has_perm(MANAGE):
            raise PermissionDenied(_("You are not allowed to manage people."))
        yield now


def locked(pk: int, by: User | None) -> User:
    """The person, locked: their own use of a one-time link waits.

    Raise PermissionDenied for somebody above ``by``, and User.DoesNotExist.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=pk)
    if by is not None and is_above(person, by):
        raise PermissionDenied(_("This person may do things that you may not."))
    return person


def is_above(person: User, by: User) -> bool:
    """Whether the person, once active, may do anything that ``by`` may not."""
    if by.is_superuser or person.is_superuser:
        return not by.is_superuser
    held = Permission.objects.filter(Q(group__user=person) | Q(user=person))
    names = held.values_list("content_type__app_label", "codename")
    return not by.has_perms([f"{label}.{codename}" for label, codename in names])


def refuse_oneself(person: User, by: User | None) -> None:
    """Raise Refused where somebody would do it to themselves."""
    if person == by:
        raise Refused(_("Nobody does this to their own account: ask another admin."))


def refuse_last_admin(person: User) -> None:
    """Raise Refused where the site would be left without an admin who can come in.

    Somebody who was invited and has not come yet is none.
    """
    admins = User.objects.filter(is_active=True, groups__name="admins")
    invited = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, last_login=None)
    if (
        admins.filter(pk=person.pk).exists()
        and not admins.exclude(pk=person.pk).exclude(invited).exists()
    ):
        raise Refused(_("This is the last active admin. Give somebody else the role first."))


def check_roles(roles: Iterable[str], by: User | None) -> None:
    """Raise PermissionDenied for a role that may do more than ``by``, or that there is not."""
    for role in roles:
        if role not in ROLES or (by is not None and not by.has_perms(ROLES[role])):
            raise PermissionDenied(_("You cannot give a role that you do not have."))
