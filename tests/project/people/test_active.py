"""Deactivating and reactivating."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from annotations.queue import leases
from articles.models import Lease
from project.models import OneTimeLink
from project.people import acts, links
from tests.builders import ready_article
from tests.project.people.conftest import OLD, acts_on, browser_of, post

pytestmark = pytest.mark.django_db
QUEUE = reverse("queue:list")


def signed_in(client: Client) -> bool:
    return client.get(QUEUE).status_code == 200


def test_deactivating_ends_everything_at_once(desk: Client, ana: User, ben: User) -> None:
    phone, laptop = browser_of(ben), browser_of(ben)
    article = ready_article()
    leases.renew(article.pk, ben)
    leases.renew(article.pk, ana)
    links.make_link(ben.pk, ana)
    assert "signed out everywhere" in post(desk, "deactivate", ben)
    assert not signed_in(phone)
    assert not signed_in(laptop)
    assert not Client().login(username="ben", password=OLD)
    assert not UserSession.objects.filter(user=ben).exists()
    assert [lease.person for lease in Lease.objects.all()] == [ana]
    assert not OneTimeLink.objects.open().exists()
    assert acts_on(ben)[-1] == ("ana", "deactivated")
    assert signed_in(desk)


def test_reactivating_brings_the_roles_back_and_no_old_sign_in(
    desk: Client, ana: User, ben: User
) -> None:
    phone = browser_of(ben)
    key = phone.session.session_key
    acts.deactivate(ben.pk, ana)
    assert not Session.objects.filter(session_key=key).exists()
    assert "Reactivated." in post(desk, "reactivate", ben)
    assert not signed_in(phone)
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"editors"}
    assert acts_on(ben)[-1] == ("ana", "reactivated")
    assert signed_in(browser_of(User.objects.get(pk=ben.pk)))


def test_twice_is_once(ana: User, ben: User) -> None:
    for _each in range(2):
        acts.deactivate(ben.pk, ana)
    for _each in range(2):
        acts.reactivate(ben.pk, ana)
    assert [kind for _by, kind in acts_on(ben)] == ["deactivated", "reactivated"]


def test_a_deactivated_person_gets_no_link(desk: Client, ana: User, ben: User) -> None:
    acts.deactivate(ben.pk, ana)
    assert "Reactivate it first" in post(desk, "make_link", ben)
    assert not OneTimeLink.objects.exists()
