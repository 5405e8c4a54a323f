"""Nobody does anything to anybody above themselves, nor to their own account."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from annotations.actions.base import Refused
from project.people import acts, links
from tests.conftest import Person
from tests.project.people.conftest import OLD, acts_on, browser_of, post

pytestmark = pytest.mark.django_db

ACTS: dict[str, Callable[[User, User], object]] = {
    "set_roles": lambda person, by: acts.set_roles(person.pk, by, [], seen=["editors"]),
    "deactivate": lambda person, by: acts.deactivate(person.pk, by),
    "reactivate": lambda person, by: acts.reactivate(person.pk, by),
    "make_link": lambda person, by: links.make_link(person.pk, by),
    "revoke_link": lambda person, by: links.revoke_link(person.pk, by),
}


@pytest.fixture(params=["superuser", "by hand"])
def above(request: pytest.FixtureRequest, ben: User) -> User:
    """Ben, who may do something that admins may not."""
    if request.param == "superuser":
        User.objects.filter(pk=ben.pk).update(is_superuser=True)
    else:
        ben.user_permissions.add(Permission.objects.get(codename="delete_article"))
    return ben


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("active", [True, False])
def test_nobody_acts_on_somebody_above(
    desk: Client, ana: User, above: User, act: str, active: bool
) -> None:
    User.objects.filter(pk=above.pk).update(is_active=active)
    with pytest.raises(PermissionDenied):
        ACTS[act](above, ana)
    answer = desk.post(reverse(f"people:{act}", args=[above.pk]), {"seen": "editors"})
    assert answer.status_code == 403
    assert acts_on(above) == []


@pytest.mark.parametrize("act", ACTS)
def test_superusers_act_on_one_another(root: User, ben: User, act: str) -> None:
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    ACTS[act](ben, root)


@pytest.mark.parametrize("act", ["set_roles", "deactivate", "make_link"])
def test_nobody_acts_on_their_own_account(
    desk: Client, ana: User, other_admin: User, act: str
) -> None:
    held = list(ana.groups.all())
    assert "ask another admin" in post(desk, act, ana, roles=["admins", "editors"], seen="admins")
    ana.refresh_from_db()
    assert ana.is_active
    assert list(ana.groups.all()) == held
    assert not ana.one_time_links.exists()


@pytest.mark.parametrize("act", ["set_roles", "deactivate"])
def test_the_last_admin_stays(root: User, ana: User, other_admin: User, act: str) -> None:
    client = browser_of(root)
    post(client, act, other_admin, seen="admins")
    assert "This is the last active admin" in post(client, act, ana, seen="admins")
    ana.refresh_from_db()
    assert ana.is_active
    assert acts.roles_held(ana) == {"admins"}
    with pytest.raises(Refused):
        acts.set_roles(ana.pk, None, [], seen=["admins"])


def test_an_admin_who_was_only_invited_is_none_yet(ana: User, person: Person) -> None:
    invited = person("admins", "ina")
    with pytest.raises(Refused, match="last active admin"):
        acts.set_roles(ana.pk, None, [], seen=["admins"])
    invited.set_password(OLD)
    invited.save()
    acts.set_roles(ana.pk, None, [], seen=["admins"])


def test_whoever_is_no_admin_any_more_does_nothing(
    ana: User, other_admin: User, person: Person
) -> None:
    carla = person("editors", "carla")
    assert other_admin.has_perm("project.manage_people")
    acts.set_roles(other_admin.pk, ana, ["editors"], seen=["admins"])
    for act in ACTS.values():
        with pytest.raises(PermissionDenied):
            act(carla, other_admin)  # as their open page still thinks
    assert acts_on(carla) == []
