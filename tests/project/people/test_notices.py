"""What one is told of what was done to one's account."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from project.models import DismissedNotice, SecurityEvent
from project.people import acts, links
from project.people.notices import AT_ONCE, SENTENCES
from project.security_log import log
from tests.project.people.conftest import NEW, browser_of

pytestmark = pytest.mark.django_db
QUEUE = reverse("queue:list")
DISMISS = "/notices/dismiss/"
Kind = SecurityEvent.Kind


def page(client: Client, address: str = QUEUE) -> str:
    return client.get(address).content.decode()


def notices(text: str) -> list[str]:
    """The hidden fields by which notices are dismissed."""
    return re.findall(r'name="notice" value="(\d+)"', text)


def test_it_stands_on_every_page_until_it_is_dismissed(ana: User, ben: User) -> None:
    links.make_link(ben.pk, ana)
    client = browser_of(ben)
    for address in (f"{QUEUE}?status=ready", "/account/", QUEUE):
        text = page(client, address)
        assert "<bdi>ana</bdi> made a one-time link to set the password of your account" in text
        assert 'name="back" value="' + address.replace("&", "&amp;") + '"' in text
    answer = client.post(DISMISS, {"notice": notices(text), "back": f"{QUEUE}?status=ready"})
    assert answer["Location"] == f"{QUEUE}?status=ready"
    assert notices(page(client)) == []
    assert "made a one-time link" in page(client, "/account/"), "the log keeps it"


@pytest.mark.parametrize("kind", SENTENCES)
def test_each_act_is_told(ana: User, ben: User, kind: str) -> None:
    event = log(Kind(kind), by=ana, about=ben)
    assert notices(page(browser_of(ben))) == [str(event.pk)]
    assert notices(page(browser_of(ana))) == []


def test_every_act_is_told(ana: User, ben: User) -> None:
    acts.set_roles(ben.pk, ana, ["fact-checkers"], seen=["editors"])
    secret = links.make_link(ben.pk, ana)
    links.use_link(secret, NEW)
    acts.deactivate(ben.pk, ana)
    acts.reactivate(ben.pk, ana)
    text = page(browser_of(User.objects.get(pk=ben.pk)))
    for said in (
        "changed your roles.",
        "made a one-time link",
        "If that was not you, tell an admin at once.",
        "deactivated your account",
        "reactivated your account",
    ):
        assert said in text


def test_what_one_did_oneself_is_no_news(ben: User) -> None:
    log(Kind.PASSWORD_CHANGED, by=ben, about=ben)
    log(Kind.MFA_CHANGED, by=ben, about=ben)
    log(Kind.SIGN_IN_FAILED, by_name="ben", about=ben)
    assert notices(page(browser_of(ben))) == []


def test_only_what_was_shown_is_dismissed_and_only_ones_own(ana: User, ben: User) -> None:
    links.make_link(ben.pk, ana)
    client = browser_of(ben)
    shown = notices(page(client))
    late = log(Kind.ROLES_CHANGED, by=ana, about=ben)
    anothers = log(Kind.ROLES_CHANGED, by=ben, about=ana)
    client.post(DISMISS, {"notice": [*shown, str(anothers.pk), "nonsense", "9" * 30]})
    client.post(DISMISS, {"notice": shown})  # a second press
    assert [str(each.event_id) for each in DismissedNotice.objects.all()] == shown
    assert notices(page(client)) == [str(late.pk)]
    assert notices(page(browser_of(ana))) == [str(anothers.pk)]


@pytest.mark.parametrize("back", ["https://example.org/", "//example.org/", ""])
def test_it_leads_nowhere_else(ben: User, back: str) -> None:
    answer = browser_of(ben).post(DISMISS, {"back": back})
    assert answer["Location"] == QUEUE


def test_many_are_told_in_turn(ana: User, ben: User) -> None:
    events = [log(Kind.ROLES_CHANGED, by=ana, about=ben).pk for _each in range(AT_ONCE + 1)]
    client = browser_of(ben)
    first = notices(page(client))
    assert first == [str(each) for each in events[:AT_ONCE]]
    client.post(DISMISS, {"notice": first})
    assert notices(page(client)) == [str(events[-1])]


def test_a_name_is_text(ana: User, ben: User) -> None:
    log(Kind.ROLES_CHANGED, by_name="<b>{when}", about=ben)
    assert "<bdi>&lt;b&gt;{when}</bdi> changed your roles" in page(browser_of(ben))


def test_strangers_are_told_nothing(client: Client, ana: User, ben: User) -> None:
    links.make_link(ben.pk, ana)
    assert notices(page(client, reverse("login"))) == []
    assert client.post(DISMISS, {}).status_code == 302


@pytest.mark.parametrize("junk", ["9" * 5000, "9" * 30, "-1", "x", ""])
def test_what_is_no_number_of_an_event_dismisses_nothing(ana: User, ben: User, junk: str) -> None:
    links.make_link(ben.pk, ana)
    answer = browser_of(ben).post(reverse("people:dismiss"), {"notice": junk})
    assert answer.status_code == 302
    assert not DismissedNotice.objects.exists()
