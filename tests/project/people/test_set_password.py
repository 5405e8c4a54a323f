"""Where a one-time link leads."""

import io
import logging
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from project.people import acts, links
from tests.project.people.conftest import NEW, OLD, browser_of, is_in, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger() -> Client:
    """A browser as strict as real ones, in which nobody is signed in."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def secret(ana: User, ben: User) -> str:
    return links.make_link(ben.pk, ana)


def address(secret: str) -> str:
    return reverse("people:link", args=[secret])


def sent(password: str = NEW, again: str = "") -> dict[str, str]:
    return {"new_password1": password, "new_password2": again or password}


def opens(person: User, password: str) -> bool:
    return User.objects.get(pk=person.pk).check_password(password)


def test_opening_it_says_who_made_it_and_changes_nothing(
    stranger: Client, ben: User, secret: str
) -> None:
    for _scanner in range(3):
        answer = stranger.get(address(secret))
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "<bdi>ana</bdi> made this link for the account <bdi>ben</bdi>" in page
        assert stranger.head(address(secret)).status_code == 200
        assert not stranger.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert opens(ben, OLD)
    assert links.find(secret)


def test_an_invitation_says_who_invited(stranger: Client, ana: User) -> None:
    _carla, secret = acts.invite(ana, "carla")
    page = stranger.get(address(secret)).content.decode()
    assert "<bdi>ana</bdi> invited you. You sign in as <bdi>carla</bdi>." in page


def test_the_password_is_set_once_and_old_sign_ins_end(
    stranger: Client, ben: User, secret: str
) -> None:
    phone = signed_in(ben, OLD)
    # Browsers send this from a page without a referrer.
    assert is_in(phone)
    answer = stranger.post(address(secret), sent(), headers={"origin": "null"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('login')}?switch"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "The password of ben is set" in stranger.get(answer["Location"]).content.decode()
    assert opens(ben, NEW)
    assert not is_in(phone)
    assert is_in(signed_in(ben, NEW))
    assert stranger.post(address(secret), sent("another-tugboat-fence")).status_code == 410
    assert opens(ben, NEW)


def test_it_signs_nobody_in_and_leaves_whoever_is_signed_in_alone(
    desk: Client, ben: User, secret: str
) -> None:
    page = desk.get(address(secret)).content.decode()
    assert "Sign out" not in page, "the page is of the link, not of who is signed in"
    assert desk.post(address(secret), sent()).status_code == 302
    assert desk.get(reverse("queue:list")).context["user"].username == "ana"


def test_whoever_is_signed_in_as_that_person_signs_in_anew(ben: User, secret: str) -> None:
    client = browser_of(ben)
    assert client.post(address(secret), sent()).status_code == 302
    assert client.get(reverse("queue:list")).status_code == 302


@pytest.mark.parametrize(
    ("passwords", "said"),
    [
        (("short",), "too short"),
        (("winter2026newsroom",), "too easy to guess"),
        ((NEW, "mustard-tugboat-lamb"), "didn’t match"),
    ],
)
def test_a_password_is_checked_as_everywhere(
    stranger: Client, ben: User, secret: str, passwords: tuple[str, ...], said: str
) -> None:
    answer = stranger.post(address(secret), sent(*passwords))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert opens(ben, OLD)
    assert stranger.post(address(secret), sent()).status_code == 302


def used(secret: str, _ben: User, _ana: User) -> None:
    links.use_link(secret, NEW)


def voided(_secret: str, ben: User, ana: User) -> None:
    links.make_link(ben.pk, ana)


def revoked(_secret: str, ben: User, ana: User) -> None:
    links.revoke_link(ben.pk, ana)


def expired(_secret: str, ben: User, _ana: User) -> None:
    ben.one_time_links.update(expires_at="2026-01-01T00:00Z")


def deactivated(_secret: str, ben: User, ana: User) -> None:
    acts.deactivate(ben.pk, ana)
    acts.reactivate(ben.pk, ana)


def inactive(_secret: str, ben: User, _ana: User) -> None:
    User.objects.filter(pk=ben.pk).update(is_active=False)


@pytest.mark.parametrize("end", [used, voided, revoked, expired, deactivated, inactive])
def test_a_link_that_does_not_work_tells_no_more_than_one_that_never_was(
    stranger: Client, ana: User, ben: User, secret: str, end: Callable[[str, User, User], None]
) -> None:
    never = stranger.get(address("x" * 43))
    end(secret, ben, ana)
    before = User.objects.get(pk=ben.pk).password
    for answer in (stranger.get(address(secret)), stranger.post(address(secret), sent("a" * 30))):
        assert answer.status_code == never.status_code == 410
        assert answer.content == never.content
        assert answer["Referrer-Policy"] == "no-referrer"
    assert "ask an admin for a new link" in never.content.decode()
    assert User.objects.get(pk=ben.pk).password == before


@pytest.mark.parametrize("odd", ["%00", "%F0%9F%98%80", "..", "a" * 3000, "%27%3B--"])
def test_odd_secrets_are_no_secrets(stranger: Client, odd: str) -> None:
    assert stranger.get(f"/link/{odd}/").status_code in (404, 410)


def test_it_takes_kilobytes(stranger: Client, secret: str) -> None:
    assert stranger.post(address(secret), {"new_password1": "x" * 17_000}).status_code == 413


def test_the_secret_is_in_no_line_of_the_servers_log(
    stranger: Client, ben: User, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (console,) = (
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    )
    written = io.StringIO()
    monkeypatch.setattr(console, "stream", written)
    ben.one_time_links.update(expires_at="2026-01-01T00:00Z")
    stranger.get(address(secret))
    stranger.put(address(secret))
    try:
        raise RuntimeError(f"at {address(secret)}")
    except RuntimeError:
        logging.getLogger("django.request").exception("Failed: %s", address(secret))
    assert "Gone: /link/…/" in written.getvalue()
    assert "RuntimeError: at /link/…/" in written.getvalue()
    assert secret not in written.getvalue()
