"""Passkeys and codes in a real browser; every page of one's account as it looks."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import Check, check
from tests.browser.test_layout import NARROW, too_wide
from tests.project.sign_in.test_second_factor import code_of

__all__ = ["check"]
pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "tide-table-lamp"


@pytest.fixture
def ada(admin: User) -> User:
    admin.set_password(PASSWORD)
    admin.save()
    return admin


def with_authenticator(page: Page) -> None:
    """Give the browser a passkey device that always says yes."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def button(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()


def confirm(page: Page) -> None:
    """Show once more that it is oneself."""
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Go on")


def sign_in_again(page: Page, person: User) -> None:
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Sign in")
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()


def real(problems: list[str]) -> list[str]:
    """Without what Chromium says where a test is quicker than its autofocus."""
    return [each for each in problems if not each.startswith("Autofocus")]


def test_a_passkey_is_made_and_used(open_browser: Open, ada: User) -> None:
    page, problems = open_browser(ada)
    with_authenticator(page)
    page.goto("/")
    page.get_by_role("link", name=ada.username).click()
    page.get_by_role("link", name="Second factors").click()
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("My laptop")
    button(page, "Make the passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.filter(user=ada, type="webauthn").count() == 1
    page.goto(reverse("mfa_list_webauthn"))
    expect(page.get_by_text("My laptop").first).to_be_visible()

    sign_in_again(page, ada)
    button(page, "Use a passkey")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    assert not real(problems)


def test_an_app_is_set_up_and_used(open_browser: Open, ada: User) -> None:
    page, problems = open_browser(ada)
    page.goto(reverse("mfa_activate_totp"))
    confirm(page)
    expect(page.get_by_role("img", name="The key as a picture")).to_be_visible()
    secret = page.locator("code").inner_text()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    button(page, "Turn it on")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.locator(".codes code").first.inner_text()
    sign_in_again(page, ada)
    page.get_by_label("Code").fill(recovery)
    button(page, "Sign in")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    assert not real(problems)


def test_pages_of_an_account(open_browser: Open, ada: User, check: Check) -> None:
    """Axe finds nothing in light and in dark, and none is too wide for a narrow screen."""
    page, _problems = open_browser(ada, viewport=NARROW)
    with_authenticator(page)
    page.goto(reverse("mfa_add_webauthn"))
    check(page, "is it you?")
    confirm(page)
    check(page, "a new passkey")
    assert not too_wide(page, [reverse("mfa_add_webauthn"), reverse("mfa_activate_totp")])
    check(page, "a new app")
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Name").fill("Donaudampfschifffahrtsgesellschaftskapitän" * 3)
    button(page, "Make the passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    where = list(pages(ada))
    assert not too_wide(page, where)
    for address in where:
        page.goto(address)
        check(page, re.sub(r"\d+", "1", address))
    sign_in_again(page, ada)
    check(page, "the second step")
    assert not too_wide(page, [page.url])


def pages(person: User) -> Iterator[str]:
    """Those that somebody with a passkey has."""
    key = Authenticator.objects.get(user=person, type="webauthn")
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        yield reverse(name, args=[key.pk])
    for name in (
        "account",
        "mfa_index",
        "mfa_list_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "usersessions_list",
        "security_log",
    ):
        yield reverse(name)
