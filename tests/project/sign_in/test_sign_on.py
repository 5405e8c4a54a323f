"""The newsroom's own sign-on (OpenID Connect): whom it lets in, and whom not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from articles.models import Article
from project.checks import refuse_unsafe_sign_in
from project.models import SecurityEvent
from project.settings import _origin
from tests.project.sign_in import urls_with_sign_on

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db


class Issuer(HTTPServer):
    """A sign-on that vouches for whatever ``claims`` says."""

    claims: dict[str, Any]
    broken = ""  # the address that answers with an error

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer()

    def answer(self) -> None:
        issuer = self.server
        configuration = {
            "issuer": issuer.address,
            "authorization_endpoint": f"{issuer.address}/authorize",
            "token_endpoint": f"{issuer.address}/token",
            "userinfo_endpoint": f"{issuer.address}/userinfo",
            "jwks_uri": f"{issuer.address}/keys",
        }
        answers = {
            "/.well-known/openid-configuration": configuration,
            "/token": {"access_token": "granted", "token_type": "bearer"},
            "/userinfo": issuer.claims,
        }
        body = json.dumps(answers[self.path]).encode()
        self.send_response(500 if self.path == issuer.broken else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def issuer(settings: Settings) -> Iterator[Issuer]:
    server = Issuer(("127.0.0.1", 0), Answers)
    server.claims = {"sub": "42", "email": "ada@gazette.example", "email_verified": True}
    settings.OIDC_ISSUER = server.address
    settings.OIDC_NAME = "Gazette account"
    settings.ROOT_URLCONF = urls_with_sign_on.__name__
    app = {
        "provider_id": "newsroom",
        "name": "Gazette account",
        "client_id": "desk",
        "secret": "secret",
        "settings": {"server_url": server.address},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def come_back(client: Client, **asked: str) -> "Answer":
    """Press the button, and come back from the sign-on."""
    address = reverse("openid_connect_login", args=["newsroom"])
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    away = client.post(f"{address}?{query}")
    assert away.status_code == 302
    sent = parse_qs(urlsplit(away["Location"]).query)
    assert sent["code_challenge_method"] == ["S256"]
    callback = reverse("openid_connect_callback", args=["newsroom"])
    assert sent["redirect_uri"] == [f"http://testserver{callback}"]
    return client.get(callback, {"code": "x", "state": sent["state"][0]})


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_the_sign_in_page_has_its_button_only_where_there_is_one(
    client: Client, issuer: Issuer, settings: Settings
) -> None:
    assert "Gazette account" in client.get(reverse("login")).content.decode()
    settings.OIDC_ISSUER = ""
    assert "Gazette account" not in client.get(reverse("login")).content.decode()


def test_it_lets_in_whom_the_site_knows_by_a_verified_address(
    client: Client, issuer: Issuer, editor: User
) -> None:
    editor.email = "Ada@gazette.example"
    editor.set_password("kept as it is")
    editor.save()
    answer = come_back(client, next="/sources/")
    assert (answer.status_code, answer["Location"]) == (302, "/sources/")
    assert signed_in_as(client) == str(editor.pk)
    editor.refresh_from_db()
    assert editor.check_password("kept as it is")
    assert SecurityEvent.objects.get(kind="signed_in").by == editor

    # From now on it is the account there that counts, whatever its address becomes.
    client.logout()
    issuer.claims["email"] = "ada@elsewhere.example"
    come_back(client)
    assert signed_in_as(client) == str(editor.pk)


def test_a_form_that_is_kept_can_be_sent_after_signing_in_by_it(
    client: Client, issuer: Issuer, admin: User
) -> None:
    admin.email = "ada@gazette.example"
    admin.save()
    own = {"origin": "http://testserver"}
    sent = {"text": "The ferry sails.", "title": "Ferry", "person": f"{admin.pk}-admins"}
    page = client.post(reverse("queue:ingest"), sent, headers=own).content.decode()
    assert "in a new tab" in page
    form = page.rsplit(f'action="{reverse("queue:ingest")}"')[1]
    assert f'name="person" value="{admin.pk}-admins"' in form
    assert 'name="text" value="The ferry sails."' in form
    come_back(client)
    assert client.post(reverse("queue:ingest"), sent, headers=own).status_code == 302
    assert Article.objects.get().title == "Ferry"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@gazette.example"},
        {"email_verified": False},
        {"email_verified": None},
        {"email": ""},
        {"email": "twice@gazette.example"},
    ],
)
def test_it_lets_in_nobody_else_and_makes_no_account(
    client: Client, issuer: Issuer, editor: User, claims: dict[str, Any]
) -> None:
    editor.email = "ada@gazette.example"
    editor.save()
    for name in ("one", "two"):
        User.objects.create_user(name, "twice@gazette.example")
    people = User.objects.count()
    issuer.claims |= claims
    answer = come_back(client)
    assert answer.status_code == 403
    assert "You are not let in" in answer.content.decode()
    assert signed_in_as(client) is None
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()
    assert SecurityEvent.objects.get().kind == "sign_in_failed"


def test_who_was_deactivated_stays_out(client: Client, issuer: Issuer, editor: User) -> None:
    editor.email = "ada@gazette.example"
    editor.save()
    come_back(client)
    client.logout()
    editor.is_active = False
    editor.save()
    assert come_back(client).status_code == 403
    assert signed_in_as(client) is None


def test_a_second_factor_that_somebody_has_here_is_asked_for(
    client: Client, issuer: Issuer, editor: User
) -> None:
    editor.email = "ada@gazette.example"
    editor.save()
    TOTP.activate(editor, generate_totp_secret())
    assert come_back(client)["Location"] == reverse("mfa_authenticate")
    assert signed_in_as(client) is None


def test_a_role_that_needs_one_gives_it_there(
    client: Client, issuer: Issuer, admin: User, settings: Settings
) -> None:
    settings.REQUIRE_MFA_FOR = ["admins"]
    admin.email = "ada@gazette.example"
    admin.save()
    come_back(client)
    assert client.get(reverse("queue:list")).status_code == 200


def test_its_address_is_encrypted(settings: Settings) -> None:
    settings.LOCAL = False
    settings.OIDC_ISSUER = "https://login.gazette.example"
    refuse_unsafe_sign_in()
    settings.OIDC_ISSUER = "http://login.gazette.example"
    with pytest.raises(ImproperlyConfigured):
        refuse_unsafe_sign_in()


def test_its_button_is_let_through_by_the_strict_policy() -> None:
    assert _origin("https://login.gazette.example/realms/news") == ["https://login.gazette.example"]
    assert _origin("") == []


def test_nobody_connects_a_foreign_account_to_their_own(
    client: Client, issuer: Issuer, editor: User
) -> None:
    editor.email = "ada@gazette.example"
    editor.save()
    client.force_login(editor)
    assert come_back(client, process="connect").status_code == 403
    assert not SocialAccount.objects.exists()


def test_a_storm_of_forged_answers_does_not_fill_the_log(
    client: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.sign_in.events.FAILURES_AN_HOUR", 3)
    callback = reverse("openid_connect_callback", args=["newsroom"])
    for _ in range(5):
        assert client.get(callback, {"code": "x", "state": "forged"}).status_code == 403
    assert SecurityEvent.objects.count() == 3


def test_a_sign_on_that_fails_is_said_so(client: Client, issuer: Issuer) -> None:
    for address in ("/token", "/userinfo"):
        issuer.broken = address
        assert come_back(client).status_code == 403, address
    issuer.broken = "/.well-known/openid-configuration"
    answer = client.post(reverse("openid_connect_login", args=["newsroom"]))
    assert answer.status_code == 403
    callback = reverse("openid_connect_callback", args=["newsroom"])
    assert client.get(callback, {"code": "x", "state": "forged"}).status_code == 403
    assert client.get(callback, {"error": "access_denied"}).status_code in (302, 403)
