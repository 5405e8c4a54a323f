"""Changing what somebody may do."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from project.people import acts
from tests.project.people.conftest import acts_on, browser_of, post

pytestmark = pytest.mark.django_db


def test_roles_are_given_and_taken_at_once(desk: Client, ben: User) -> None:
    theirs = browser_of(ben)
    assert theirs.get(reverse("export:page")).status_code == 403
    page = post(desk, "set_roles", ben, roles=["fact-checkers"], seen="editors")
    assert "The roles are saved." in page
    assert theirs.get(reverse("export:page")).status_code == 200
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"fact-checkers"}
    assert acts_on(ben)[-1] == ("ana", "roles_changed")
    details = ben.security_events.first().details  # type: ignore[union-attr]
    assert details == {"added": "fact-checkers", "removed": "editors"}


def test_what_changes_nothing_is_not_logged(desk: Client, ben: User) -> None:
    post(desk, "set_roles", ben, roles=["editors"], seen="editors")
    assert "roles_changed" not in {kind for _by, kind in acts_on(ben)}


def test_groups_of_the_installation_stay(ana: User, ben: User) -> None:
    ben.groups.add(Group.objects.create(name="readers"))
    acts.set_roles(ben.pk, ana, [], seen=["editors"])
    assert [group.name for group in ben.groups.all()] == ["readers"]


def test_roles_that_were_changed_meanwhile_are_left_alone(
    desk: Client, other_admin: User, ben: User
) -> None:
    acts.set_roles(ben.pk, other_admin, ["fact-checkers"], seen=["editors"])
    page = post(desk, "set_roles", ben, roles=["editors", "admins"], seen="editors")
    assert "The roles were changed since you saw them" in page
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"fact-checkers"}


def test_a_role_that_there_is_not(desk: Client, ana: User, ben: User) -> None:
    assert "There is no such role" in post(desk, "set_roles", ben, roles=["kings"], seen="editors")
    with pytest.raises(PermissionDenied):
        acts.set_roles(ben.pk, ana, ["kings"], seen=["editors"])
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"editors"}
