"""One-time links: made, revoked, used."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from articles.clock import database_now
from project.models import OneTimeLink, SecurityEvent
from project.people import acts, links
from tests.project.people.conftest import NEW, acts_on, post

pytestmark = pytest.mark.django_db


def works(secret: str) -> bool:
    try:
        links.find(secret)
    except links.Gone:
        return False
    return True


def test_a_link_lasts_three_days_by_the_databases_clock(ana: User, ben: User) -> None:
    secret = links.make_link(ben.pk, ana)
    link = links.find(secret)
    assert timedelta(hours=71) < link.expires_at - database_now() <= timedelta(hours=72)
    OneTimeLink.objects.update(expires_at=F("expires_at") - timedelta(hours=72))
    assert not works(secret)
    with pytest.raises(links.Gone):
        links.use_link(secret, NEW)


def test_the_setting_says_how_long(settings: Settings, ana: User, ben: User) -> None:
    settings.LINK_LASTS = timedelta(hours=1)
    link = links.find(links.make_link(ben.pk, ana))
    assert link.expires_at - database_now() <= timedelta(hours=1)


def test_a_new_link_voids_the_old_one_and_nobody_elses(
    ana: User, ben: User, other_admin: User
) -> None:
    first, anothers = links.make_link(ben.pk, ana), links.make_link(other_admin.pk, ana)
    second = links.make_link(ben.pk, ana)
    assert [works(each) for each in (first, second, anothers)] == [False, True, True]


def test_a_link_is_an_invitation_until_the_person_has_come_in(ana: User, ben: User) -> None:
    carla, _secret = acts.invite(ana, "carla")
    links.make_link(carla.pk, ana)
    links.make_link(ben.pk, ana)
    purposes = OneTimeLink.objects.open().values_list("person__username", "purpose")
    assert set(purposes) == {("carla", "invitation"), ("ben", "reset")}


def test_the_page_shows_the_link_and_the_log_does_not(desk: Client, ben: User) -> None:
    page = post(desk, "make_link", ben)
    secret = page.split("/link/")[1].split("/")[0]
    assert works(secret)
    event = SecurityEvent.objects.get(kind="link_made")
    assert (event.by_name, event.about) == ("ana", ben)
    assert secret not in str(event.__dict__)


def test_a_link_is_revoked(desk: Client, ana: User, ben: User) -> None:
    secret = links.make_link(ben.pk, ana)
    assert "The link works no more." in post(desk, "revoke_link", ben)
    assert not works(secret)
    post(desk, "revoke_link", ben)
    assert [kind for _by, kind in acts_on(ben)] == ["link_made", "link_revoked"]


def test_using_a_link_is_in_the_log_and_by_nobody(ana: User, ben: User) -> None:
    links.use_link(links.make_link(ben.pk, ana), NEW)
    event = SecurityEvent.objects.get(kind="link_used")
    assert (event.by, event.about) == (None, ben)
    assert NEW not in str(event.__dict__)


def test_looking_at_a_person_never_shows_the_secret_again(
    desk: Client, ana: User, ben: User
) -> None:
    secret = links.make_link(ben.pk, ana)
    for address in ("/people/", reverse("people:person", args=[ben.pk]), "/security-log/"):
        assert secret not in desk.get(address).content.decode()
