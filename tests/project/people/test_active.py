"""Deactivating and reactivating."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from annotations.queue import leases
from articles.models import Lease
from project.models import OneTimeLink
from project.people import acts, links
from tests.builders import ready_article
from tests.project.people.conftest import OLD, acts_on, is_in, post, signed_in

pytestmark = pytest.mark.django_db


def test_deactivating_ends_everything_at_once(desk: Client, ana: User, ben: User) -> None:
    phone, laptop = signed_in(ben, OLD), signed_in(ben, OLD)
    article = ready_article()
    leases.renew(article.pk, ben)
    leases.renew(article.pk, ana)
    links.make_link(ben.pk, ana)
    assert "signed out everywhere" in post(desk, "deactivate", ben)
    assert acts_on(ben)[-1] == ("ana", "deactivated")
    assert not is_in(phone)
    assert not is_in(laptop)
    assert not is_in(signed_in(ben, OLD))
    assert not UserSession.objects.filter(user=ben).exists()
    assert [lease.person for lease in Lease.objects.all()] == [ana]
    assert not OneTimeLink.objects.open().exists()
    assert is_in(desk)


def test_reactivating_brings_the_roles_back_and_no_old_sign_in(
    desk: Client, ana: User, ben: User
) -> None:
    phone = signed_in(ben, OLD)
    assert is_in(phone)
    key = phone.session.session_key
    acts.deactivate(ben.pk, ana)
    assert not Session.objects.filter(session_key=key).exists()
    assert "Reactivated." in post(desk, "reactivate", ben)
    assert not is_in(phone)
    assert acts.roles_held(User.objects.get(pk=ben.pk)) == {"editors"}
    assert acts_on(ben)[-1] == ("ana", "reactivated")
    assert is_in(signed_in(ben, OLD))


def test_no_sign_in_comes_back_that_the_list_does_not_have(ana: User, ben: User) -> None:
    """One of before the list was kept."""
    phone = signed_in(ben, OLD)
    UserSession.objects.filter(user=ben).delete()
    acts.deactivate(ben.pk, ana)
    acts.reactivate(ben.pk, ana)
    assert not is_in(phone)


def test_no_sign_in_comes_back_that_was_just_being_made(ana: User, ben: User) -> None:
    """Its password was right before, and its session is written after everything was ended."""
    acts.deactivate(ben.pk, ana)
    User.objects.filter(pk=ben.pk).update(is_active=True)
    phone = signed_in(ben, OLD)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    acts.reactivate(ben.pk, ana)
    assert not is_in(phone)
    assert is_in(signed_in(ben, OLD))


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
