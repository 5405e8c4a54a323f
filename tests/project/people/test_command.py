"""`manage.py invite`: how the first admin comes in."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from project.people import acts, links
from tests.project.people.conftest import NEW, acts_on

pytestmark = pytest.mark.django_db


def link_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The address that the command prints, alone on its line."""
    call_command("invite", *arguments)
    return capsys.readouterr().out.removesuffix("\n")


def test_the_first_admin_comes_in(
    db: None, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    link = link_of(capsys, "ana", "--role", "admins", "--site", "https://desk.example.org/")
    assert re.fullmatch(r"https://desk\.example\.org/link/[\w-]{43}/", link)
    path = link.removeprefix("https://desk.example.org")
    assert "<bdi>command line</bdi> invited you" in client.get(path).content.decode()
    client.post(path, {"new_password1": NEW, "new_password2": NEW})
    ana = User.objects.get(username="ana")
    assert ana.check_password(NEW)
    assert not ana.is_superuser
    assert acts_on(ana) == [("command line", "invited"), ("ana", "link_used")]
    client.force_login(ana)
    assert client.get("/people/").status_code == 200


def test_who_is_there_gets_a_new_link_and_the_roles_besides(
    ben: User, capsys: pytest.CaptureFixture[str]
) -> None:
    TOTP.activate(ben, generate_totp_secret())
    secret = link_of(capsys, "ben", "--role", "admins").split("/")[-2]
    assert links.find(secret).person == ben
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"admins", "editors"}
    assert Authenticator.objects.filter(user=ben).exists()
    link_of(capsys, "ben", "--remove-second-factors")
    assert not Authenticator.objects.filter(user=ben).exists()


def test_what_does_not_work_is_said_and_nothing_done(ana: User, ben: User) -> None:
    acts.deactivate(ben.pk, ana)
    with pytest.raises(CommandError, match="deactivated"):
        call_command("invite", "ben", "--role", "admins")
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"editors"}
    for name in ("two words", "ANA"):
        with pytest.raises(CommandError, match="user"):
            call_command("invite", name)
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("invite", "carla", "--role", "kings")
    assert User.objects.count() == 2
