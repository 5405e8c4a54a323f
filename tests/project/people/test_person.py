"""The page of one person."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from project.people import acts, links

pytestmark = pytest.mark.django_db
ACTS = ("set_roles", "deactivate", "make_link", "revoke_link", "reactivate")


def page_of(client: Client, person: User) -> str:
    answer = client.get(reverse("people:person", args=[person.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def offered(page: str, person: User) -> set[str]:
    return {each for each in ACTS if reverse(f"people:{each}", args=[person.pk]) in page}


def test_it_offers_what_can_be_done(desk: Client, ana: User, ben: User) -> None:
    assert offered(page_of(desk, ben), ben) == {"set_roles", "deactivate", "make_link"}
    links.make_link(ben.pk, ana)
    assert offered(page_of(desk, ben), ben) == set(ACTS) - {"reactivate"}
    acts.deactivate(ben.pk, ana)
    assert offered(page_of(desk, ben), ben) == {"set_roles", "reactivate"}


def test_it_offers_nothing_for_oneself_or_somebody_above(
    desk: Client, ana: User, ben: User, root: User
) -> None:
    ben.user_permissions.add(Permission.objects.get(codename="delete_article"))
    assert "This is you" in page_of(desk, ana)
    assert offered(page_of(desk, ana), ana) == set()
    for above in (root, ben):
        assert "things that you may not" in page_of(desk, above)
        assert offered(page_of(desk, above), above) == set()


def test_it_says_what_was_done_to_the_person(desk: Client, ana: User, ben: User) -> None:
    acts.set_roles(ben.pk, ana, ["fact-checkers"], seen=["editors"])
    page = page_of(desk, ben)
    assert "changed the roles of" in page
    assert "<bdi>editors</bdi>" in page


def test_who_is_not_there(desk: Client) -> None:
    assert desk.get(reverse("people:person", args=[10**9])).status_code == 404
    for act in ACTS:
        assert desk.post(reverse(f"people:{act}", args=[10**9])).status_code == 404


@pytest.mark.parametrize("events", [0, 30])
def test_its_queries_do_not_grow(
    desk: Client, ana: User, ben: User, events: int, django_assert_num_queries: object
) -> None:
    for _each in range(events):
        links.make_link(ben.pk, ana)
    with django_assert_num_queries(10):  # type: ignore[operator]
        page_of(desk, ben)
