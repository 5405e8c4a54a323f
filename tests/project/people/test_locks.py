"""Two people at once: what the locks hold up.

In every test somebody has acted and is not committed yet while another acts. Where the lock is
taken out, the other one decides on what is about to change.
"""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from annotations.actions.base import Refused
from project.models import OneTimeLink
from project.people import acts, links
from tests.annotations.at_once import while_uncommitted
from tests.project.people.conftest import NEW

pytestmark = pytest.mark.django_db(transaction=True)


def password_of(person: User) -> str:
    return User.objects.get(pk=person.pk).password


def test_of_two_admins_who_deactivate_each_other_one_stays(ana: User, other_admin: User) -> None:
    outcome = while_uncommitted(
        lambda: acts.deactivate(other_admin.pk, ana), lambda: acts.deactivate(ana.pk, other_admin)
    )
    assert isinstance(outcome, PermissionDenied)
    assert User.objects.get(is_active=True) == ana


def test_of_two_admins_who_take_each_others_role_one_stays(ana: User, other_admin: User) -> None:
    outcome = while_uncommitted(
        lambda: acts.set_roles(other_admin.pk, ana, [], seen=["admins"]),
        lambda: acts.set_roles(ana.pk, other_admin, [], seen=["admins"]),
    )
    assert isinstance(outcome, PermissionDenied)
    assert User.objects.get(groups__name="admins") == ana


def test_of_the_last_two_admins_one_stays(ana: User, other_admin: User, root: User) -> None:
    outcome = while_uncommitted(
        lambda: acts.deactivate(other_admin.pk, root), lambda: acts.deactivate(ana.pk, root)
    )
    assert isinstance(outcome, Refused)
    assert User.objects.get(is_active=True, groups__name="admins") == ana


def test_of_two_changes_of_roles_one_is_made(ana: User, other_admin: User, ben: User) -> None:
    outcome = while_uncommitted(
        lambda: acts.set_roles(ben.pk, ana, ["fact-checkers"], seen=["editors"]),
        lambda: acts.set_roles(ben.pk, other_admin, ["editors", "admins"], seen=["editors"]),
    )
    assert isinstance(outcome, Refused)
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"fact-checkers"}


def test_a_name_is_invited_once(ana: User, other_admin: User) -> None:
    outcome = while_uncommitted(
        lambda: acts.invite(ana, "carla"), lambda: acts.invite(other_admin, "Carla")
    )
    assert isinstance(outcome, ValidationError)
    assert OneTimeLink.objects.count() == 1


def test_of_two_links_at_once_the_later_works(ana: User, other_admin: User, ben: User) -> None:
    made: list[str] = []
    outcome = while_uncommitted(
        lambda: made.append(links.make_link(ben.pk, ana)),
        lambda: links.make_link(ben.pk, other_admin),
    )
    with pytest.raises(links.Gone):
        links.find(made[0])
    assert links.find(str(outcome)).made_by == other_admin


def test_a_link_is_used_once(ana: User, ben: User) -> None:
    secret = links.make_link(ben.pk, ana)
    outcome = while_uncommitted(
        lambda: links.use_link(secret, NEW), lambda: links.use_link(secret, "another-tugboat-fence")
    )
    assert isinstance(outcome, links.Gone)
    assert User.objects.get(pk=ben.pk).check_password(NEW)


def test_a_link_is_revoked_before_it_is_used(ana: User, ben: User) -> None:
    secret, before = links.make_link(ben.pk, ana), password_of(ben)
    outcome = while_uncommitted(
        lambda: links.revoke_link(ben.pk, ana), lambda: links.use_link(secret, NEW)
    )
    assert isinstance(outcome, links.Gone)
    assert password_of(ben) == before


def test_a_link_is_used_before_it_is_revoked(ana: User, ben: User) -> None:
    secret = links.make_link(ben.pk, ana)
    outcome = while_uncommitted(
        lambda: links.use_link(secret, NEW), lambda: links.revoke_link(ben.pk, ana)
    )
    assert outcome is None
    assert User.objects.get(pk=ben.pk).check_password(NEW)
    assert OneTimeLink.objects.get().voided_at is None


def test_who_is_deactivated_sets_no_password(ana: User, ben: User) -> None:
    secret, before = links.make_link(ben.pk, ana), password_of(ben)
    outcome = while_uncommitted(
        lambda: acts.deactivate(ben.pk, ana), lambda: links.use_link(secret, NEW)
    )
    assert isinstance(outcome, links.Gone)
    assert password_of(ben) == before
