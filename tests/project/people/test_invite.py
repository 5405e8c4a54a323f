"""Inviting somebody."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from project.models import OneTimeLink
from project.people import acts
from tests.project.people.conftest import acts_on

pytestmark = pytest.mark.django_db
PAGE = "/people/invite/"


def test_an_invitation_makes_an_account_without_a_password_and_shows_a_link_once(
    desk: Client, ana: User
) -> None:
    sent = {"username": "carla", "first_name": "Carla Díaz", "roles": ["editors", "fact-checkers"]}
    answer = desk.post(PAGE, sent)
    assert answer["Cache-Control"] == "no-store"
    (address,) = re.findall(r"http://testserver/link/[\w-]{43}/", answer.content.decode())
    carla = User.objects.get(username="carla")
    assert carla.first_name == "Carla Díaz"
    assert not carla.has_usable_password()
    assert not any((carla.is_staff, carla.is_superuser))
    assert acts.roles_held(carla) == {"editors", "fact-checkers"}
    assert acts_on(carla) == [("ana", "invited")]
    assert carla.security_events.get().details == {"roles": "editors, fact-checkers"}
    person = desk.get(reverse("people:person", args=[carla.pk])).content.decode()
    assert address.split("/")[-2] not in person
    assert "the link that <bdi>ana</bdi> made works" in person


def test_the_secret_is_kept_nowhere(ana: User) -> None:
    _carla, secret = acts.invite(ana, "carla")
    row = OneTimeLink.objects.values().get()
    assert secret not in str(row)
    assert len(row["digest"]) == 64


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"username": "BEN"}, "Somebody has this user name already."),
        ({"username": "two words"}, "Enter a valid username"),
        ({"username": ""}, "This field is required"),
        ({"username": "carla", "email": "BEN@example.org"}, "Somebody has this e-mail address"),
        ({"username": "carla", "email": "nonsense"}, "Enter a valid email address"),
        ({"username": "carla", "roles": ["kings"]}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_done(
    desk: Client, ben: User, sent: dict[str, object], said: str
) -> None:
    User.objects.filter(pk=ben.pk).update(email="ben@example.org")
    answer = desk.post(PAGE, sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not User.objects.filter(username="carla").exists()
    assert not OneTimeLink.objects.exists()


def test_without_an_address_anybody_can_be_invited(ana: User) -> None:
    for name in ("carla", "dora"):
        acts.invite(ana, name)


def test_nobody_gives_a_role_that_may_do_more_than_they(ana: User, ben: User) -> None:
    ben.user_permissions.add(Permission.objects.get(codename="manage_people"))
    acts.invite(ben, "carla", roles=["editors"])
    for roles in (["admins"], ["fact-checkers"], ["kings"]):
        with pytest.raises(PermissionDenied):
            acts.invite(ben, "dora", roles=roles)
    assert not User.objects.filter(username="dora").exists()


def test_who_may_not_manage_people_invites_nobody(ben: User, ana: User) -> None:
    with pytest.raises(PermissionDenied):
        acts.invite(ben, "carla")
    User.objects.filter(pk=ana.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        acts.invite(ana, "carla")  # deactivated while her page was open
    with pytest.raises(ValidationError):
        acts.invite(None, "BEN")


@pytest.mark.parametrize("looks_like", ["BEN", "Ｂen", "ＢＥＮ", "ben"])
def test_no_name_looks_like_anothers(ana: User, ben: User, looks_like: str) -> None:
    """Not with wide letters either, which the account would keep as ordinary ones."""
    with pytest.raises(ValidationError, match="has this user name already"):
        acts.invite(ana, looks_like)
    assert User.objects.filter(username__iexact="ben").count() == 1


def test_wide_letters_become_ordinary_ones(ana: User) -> None:
    carla, _secret = acts.invite(ana, "ｃarla")
    assert carla.username == "carla"
