"""The three roles, and which of them somebody has."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from pytest_django import Settings

from project.roles import ROLES, role_of, roles_of
from project.sign_in.second_factor import is_required
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def anew(user: User) -> User:
    """The person as the next request finds them."""
    return User.objects.get(pk=user.pk)


def test_whoever_may_do_what_a_role_may_has_it(person: Person) -> None:
    assert roles_of(person("editors")) == ["editors"]
    assert roles_of(person("fact-checkers")) == ["fact-checkers"]
    assert roles_of(person("admins")) == ["admins", "editors", "fact-checkers"]
    assert roles_of(User.objects.create_superuser("root")) == [*roles_of(person("admins", "ana"))]
    assert roles_of(User.objects.create_user("nobody")) == []


def test_several_roles_are_all_counted(person: Person) -> None:
    both = person("editors")
    both.groups.add(Group.objects.get(name="fact-checkers"))
    assert roles_of(anew(both)) == ["editors", "fact-checkers"]
    assert role_of(anew(both)) == "editors"
    assert anew(both).has_perms(["annotations.review_annotation", "annotations.export_annotation"])
    assert not anew(both).has_perm("project.manage_people")


def test_the_role_of_somebody_with_two(person: Person, settings: Settings) -> None:
    """A second factor that one of the roles needs is not lost by having another one."""
    settings.REQUIRE_MFA_FOR = ["fact-checkers"]
    both = person("editors")
    assert not is_required(both)
    both.groups.add(Group.objects.get(name="fact-checkers"))
    assert is_required(anew(both))
    assert is_required(person("admins"))


@pytest.mark.parametrize("role", ROLES)
def test_whoever_is_deactivated_has_none(person: Person, role: str) -> None:
    user = person(role)
    user.is_active = False
    user.save()
    assert roles_of(anew(user)) == []
    assert role_of(anew(user)) == ""


def test_admins_of_an_earlier_version_are_mended(person: Person) -> None:
    admins = Group.objects.get(name="admins")
    earlier = ["view_user", "add_user", "change_user", "view_group"]
    admins.permissions.add(*Permission.objects.filter(codename__in=earlier))
    admins.permissions.add(Permission.objects.get(codename="delete_article"))
    admins.permissions.remove(Permission.objects.get(codename="manage_people"))
    call_command("migrate", verbosity=0)
    held = person("admins").get_all_permissions()
    assert not [each for each in held if each.startswith("auth.")]
    assert held == {*ROLES["admins"], "articles.delete_article"}, "what was added by hand stays"


def test_no_role_may_touch_djangos_own_accounts(person: Person) -> None:
    for role in ROLES:
        assert not [each for each in person(role).get_all_permissions() if each.startswith("auth.")]
