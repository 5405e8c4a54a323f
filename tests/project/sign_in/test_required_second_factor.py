"""Roles that need a second factor (REQUIRE_MFA_FOR)."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from annotations.models import Decision
from project.checks import refuse_unsafe_sign_in
from project.sign_in.events import BY_SIGN_ON
from tests.builders import ready_article
from tests.conftest import Person
from tests.project.sign_in.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.REQUIRE_MFA_FOR = ["admins"]


def test_nothing_else_is_open_until_it_is_set_up(client: Client, admin: User) -> None:
    article = ready_article()
    client.force_login(admin)
    pages = (reverse("queue:list"), article.get_absolute_url(), "/people/", "/security-log/")
    for address in pages:
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index")), address
    assert "nothing else is open to you" in client.get(reverse("mfa_index")).content.decode()
    approve = reverse("review:approve", args=[article.annotations.all()[0].pk])
    assert client.post(approve, {"version": 1}).status_code == 403
    script = {"hx-request": "true"}
    assert client.post(approve, {"version": 1}, headers=script).status_code == 401
    assert client.get(reverse("queue:list"), headers=script).status_code == 401
    assert not Decision.objects.filter(by=admin).exists()
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 302


def test_what_sets_it_up_is_open(client: Client, admin: User) -> None:
    admin.set_password(PASSWORD)
    admin.save()
    client.force_login(admin)
    for name in ("account", "mfa_index", "password_change"):
        assert client.get(reverse(name)).status_code == 200, name
    again = client.get(reverse("mfa_activate_totp"))["Location"]
    assert again.startswith(reverse("account_reauthenticate"))
    assert client.get(again).status_code == 200
    assert client.post(again, {"password": PASSWORD}).status_code == 302
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        assert client.get(reverse(name)).status_code == 200, name


def test_who_has_one_goes_on_and_recovery_codes_alone_are_none(client: Client, admin: User) -> None:
    client.force_login(admin)
    RecoveryCodes.activate(admin)
    assert client.get(reverse("queue:list")).status_code == 302
    TOTP.activate(admin, generate_totp_secret())
    assert client.get(reverse("queue:list")).status_code == 200


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_other_roles_need_none(client: Client, person: Person, role: str) -> None:
    client.force_login(person(role))
    assert client.get(reverse("queue:list")).status_code == 200


def test_superusers_count_as_admins(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("root"))
    assert client.get("/people/").status_code == 302


def test_a_role_that_does_not_exist_is_refused_at_the_start(settings: Settings) -> None:
    refuse_unsafe_sign_in()
    settings.REQUIRE_MFA_FOR = ["admins", "admin"]
    with pytest.raises(ImproperlyConfigured, match="REQUIRE_MFA_FOR: admin: no such role"):
        refuse_unsafe_sign_in()


def test_by_default_nobody_needs_one(client: Client, admin: User, settings: Settings) -> None:
    settings.REQUIRE_MFA_FOR = []
    client.force_login(admin)
    assert client.get(reverse("queue:list")).status_code == 200


def test_whom_the_sign_on_vouches_for_needs_none_here(client: Client, admin: User) -> None:
    client.force_login(admin)
    session = client.session
    session[BY_SIGN_ON] = True
    session.save()
    assert client.get(reverse("queue:list")).status_code == 200


def test_the_last_one_cannot_be_removed_where_it_is_required(
    client: Client, admin: User, settings: Settings
) -> None:
    admin.set_password(PASSWORD)
    admin.save()
    TOTP.activate(admin, generate_totp_secret())
    client.force_login(admin)
    remove = reverse("mfa_deactivate_totp")
    client.post(f"{reverse('account_reauthenticate')}?next={remove}", {"password": PASSWORD})
    assert client.post(remove).status_code == 200
    assert Authenticator.objects.filter(user=admin).exists()
    settings.REQUIRE_MFA_FOR = []
    assert client.post(remove).status_code == 302
    assert not Authenticator.objects.filter(user=admin).exists()
