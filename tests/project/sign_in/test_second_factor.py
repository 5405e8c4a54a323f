"""The second factor: setting it up, being asked for it, and a form that is kept meanwhile."""

import re
import time
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse

from project.models import SecurityEvent
from project.sign_in.throttle import PAIR
from tests.project.sign_in.conftest import PASSWORD, Try

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
SECRET = generate_totp_secret()
KEPT = '{"address": "/keys/", "person": "", "fields": [["text", "typed"]], "files": []}'


def code_of(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


@pytest.fixture
def factor(ada: User) -> User:
    """Somebody who has set up an app."""
    TOTP.activate(ada, SECRET)
    RecoveryCodes.activate(ada)
    return ada


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def send_code(client: Client, code: str) -> "Answer":
    return client.post(reverse("mfa_authenticate"), {"code": code}, REMOTE_ADDR="192.0.2.1")


def test_the_password_alone_opens_nothing(factor: User, sign_in: Try, client: Client) -> None:
    answer = sign_in()
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_authenticate"))
    assert signed_in_as(client) is None
    assert client.get(reverse("queue:list")).status_code == 302

    assert send_code(client, "000000").status_code == 200
    assert signed_in_as(client) is None
    answer = send_code(client, code_of())
    assert (answer.status_code, answer["Location"]) == (302, reverse("queue:list"))
    assert signed_in_as(client) == str(factor.pk)


def test_a_code_works_once(factor: User, sign_in: Try, client: Client) -> None:
    code = code_of()
    sign_in()
    send_code(client, code)
    client.logout()
    sign_in()
    assert send_code(client, code).status_code == 200
    assert signed_in_as(client) is None


def test_a_recovery_code_works_once(factor: User, sign_in: Try, client: Client) -> None:
    codes = Authenticator.objects.get(user=factor, type="recovery_codes").wrap()
    code = codes.get_unused_codes()[0]
    sign_in()
    assert send_code(client, code).status_code == 302
    client.logout()
    sign_in()
    assert send_code(client, code).status_code == 200


def test_wrong_codes_count_as_wrong_passwords(factor: User, sign_in: Try, client: Client) -> None:
    sign_in()
    codes = [send_code(client, "000000").status_code for _ in range(PAIR.failures)]
    assert codes == [200] * (PAIR.failures - 1) + [429]
    assert send_code(client, code_of()).status_code == 429
    assert signed_in_as(client) is None
    assert sign_in().status_code == 429, "the count is not begun anew by the password"
    steps = SecurityEvent.objects.filter(kind="sign_in_failed").values_list("details__step")
    assert set(steps) == {("code",)}


def test_a_kept_form_is_given_back_after_the_code(
    factor: User, client: Client, sign_in: Try
) -> None:
    address = reverse("login_kept")
    answer = client.post(address, {"username": "ada", "password": PASSWORD, "kept": KEPT})
    assert answer["Location"] == reverse("mfa_authenticate")
    answer = send_code(client, code_of())
    assert answer["Location"] == address
    page = client.get(address).content.decode()
    assert 'name="text" value="typed"' in page
    assert client.get(address).status_code == 302, "it is given back once"


def test_a_kept_form_waits_where_the_second_step_took_too_long(
    factor: User, client: Client, sign_in: Try
) -> None:
    client.post(reverse("login_kept"), {"username": "ada", "password": PASSWORD, "kept": KEPT})
    sign_in()
    answer = send_code(client, code_of())
    assert 'value="typed"' in client.get(answer["Location"]).content.decode()


def test_signing_in_as_somebody_else_asks_for_their_code(
    factor: User, admin: User, client: Client, sign_in: Try
) -> None:
    client.force_login(admin)
    assert sign_in()["Location"] == reverse("mfa_authenticate")
    assert signed_in_as(client) is None
    send_code(client, code_of())
    assert signed_in_as(client) == str(factor.pk)


def test_setting_up_an_app_asks_for_the_password_and_shows_recovery_codes(
    ada: User, client: Client
) -> None:
    client.force_login(ada)
    setting_up = reverse("mfa_activate_totp")
    asked = client.get(setting_up)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    answer = client.post(asked["Location"], {"password": PASSWORD})
    assert answer["Location"] == setting_up
    page = client.get(setting_up).content.decode()
    assert "<svg" in page
    secret = re.search(r"<code>(\w+)</code>", page)
    assert secret
    answer = client.post(setting_up, {"code": code_of(secret[1])})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(answer["Location"]).content.decode()
    assert codes.count("<li><code>") == 10
    logged = SecurityEvent.objects.filter(kind="mfa_changed", by=ada, about=None)
    assert set(logged.values_list("details__factor", "details__change")) == {
        ("totp", "added"),
        ("recovery_codes", "added"),
    }


def test_what_another_does_to_a_second_factor_is_in_the_log_of_both(factor: User) -> None:
    call_command("invite", factor.username, "--remove-second-factors")
    assert not Authenticator.objects.filter(user=factor).exists()
    event = SecurityEvent.objects.filter(kind="mfa_changed")[0]
    assert (event.by_name, event.about) == ("command line", factor)
    assert event.details["change"] == "removed"


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_email",
        "account_reset_password",
        "socialaccount_signup",
        "socialaccount_connections",
        "mfa_login_webauthn",
        "mfa_signup_webauthn",
        "openid_connect_login",
    ],
)
def test_what_is_not_wanted_is_not_there(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_anonymous_people_come_to_the_sign_in_page(client: Client) -> None:
    for name in (
        "account",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "usersessions_list",
        "mfa_authenticate",
    ):
        answer = client.get(reverse(name))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("login")), name
