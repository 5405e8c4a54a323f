"""One's own account: what leads where, one's sign-ins, and what was done to it."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from project.models import SecurityEvent
from project.security_log import log
from tests.conftest import Person
from tests.project.sign_in.conftest import PASSWORD, Try

pytestmark = pytest.mark.django_db
Kind = SecurityEvent.Kind
ROLES = ["admins", "editors", "fact-checkers"]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_has_an_account_page_which_the_header_leads_to(
    client: Client, person: Person, role: str
) -> None:
    somebody = person(role)
    somebody.set_password(PASSWORD)
    somebody.save()
    client.force_login(somebody)
    assert f'href="{reverse("account")}"' in client.get(reverse("queue:list")).content.decode()
    page = client.get(reverse("account")).content.decode()
    for name in ("password_change", "mfa_index", "usersessions_list"):
        assert f'href="{reverse(name)}"' in page


def test_who_has_no_password_is_offered_nothing_that_asks_for_it(
    client: Client, editor: User
) -> None:
    editor.set_unusable_password()
    editor.save()
    client.force_login(editor)
    page = client.get(reverse("account")).content.decode()
    assert "you come by the sign-on" in page
    assert reverse("password_change") not in page


def test_it_shows_what_the_person_did_and_what_was_done_to_them_and_no_more(
    client: Client, editor: User, admin: User, fact_checker: User
) -> None:
    log(Kind.ROLES_CHANGED, by=admin, about=editor, roles="editors")
    log(Kind.DEACTIVATED, by=admin, about=fact_checker)
    client.force_login(editor)
    page = client.get(reverse("account")).content.decode()
    assert "changed the roles of" in page
    assert "signed in" in page
    assert "deactivated" not in page


@pytest.mark.parametrize("events", [1, 60])
def test_its_queries_do_not_grow(
    client: Client, editor: User, events: int, django_assert_num_queries: object
) -> None:
    client.force_login(editor)
    for _ in range(events):
        log(Kind.SIGNED_IN, by=editor)
    with django_assert_num_queries(7):  # type: ignore[operator]
        client.get(reverse("account"))


def elsewhere(sign_in_as: User) -> Client:
    """Another browser in which the person is signed in."""
    other = Client()
    other.post(reverse("login"), {"username": sign_in_as.username, "password": PASSWORD})
    assert other.get(reverse("queue:list")).status_code == 200
    return other


def test_one_ends_ones_other_sign_ins(ada: User, client: Client, sign_in: Try) -> None:
    other = elsewhere(ada)
    sign_in()
    page = client.get(reverse("usersessions_list")).content.decode()
    assert page.count(">this one<") == 1
    assert "127.0.0.1" in page
    assert "192.0.2.1" in page
    answer = client.post(reverse("usersessions_list"))
    assert answer.status_code == 302
    assert other.get(reverse("queue:list")).status_code == 302
    assert client.get(reverse("queue:list")).status_code == 200
    event = SecurityEvent.objects.get(kind=Kind.SIGN_INS_ENDED)
    assert (event.by, event.details) == (ada, {"count": 1})


def test_those_of_others_are_neither_shown_nor_ended(
    ada: User, person: Person, client: Client, sign_in: Try
) -> None:
    bob = person("editors", "bob")
    bob.set_password(PASSWORD)
    bob.save()
    other = elsewhere(bob)
    sign_in()
    assert "127.0.0.1" not in client.get(reverse("usersessions_list")).content.decode()
    client.post(reverse("usersessions_list"))
    assert other.get(reverse("queue:list")).status_code == 200


def test_a_new_password_ends_sign_ins_elsewhere(ada: User, client: Client, sign_in: Try) -> None:
    other = elsewhere(ada)
    sign_in()
    new = "mustard-tugboat-lamp"
    sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse("password_change"), sent).status_code == 302
    assert other.get(reverse("queue:list")).status_code == 302
    page = client.get(reverse("usersessions_list")).content.decode()
    assert page.count(">this one<") == 1
    assert UserSession.objects.filter(user=ada).count() == 1


def test_signing_in_and_out_is_logged(ada: User, client: Client, sign_in: Try) -> None:
    sign_in()
    client.post(reverse("logout"), REMOTE_ADDR="192.0.2.1")
    events = SecurityEvent.objects.filter(by=ada).order_by("pk")
    assert list(events.values_list("kind", "address")) == [
        (Kind.SIGNED_IN, "192.0.2.1"),
        (Kind.SIGNED_OUT, "192.0.2.1"),
    ]
