"""The list of people."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from project.models import SecurityEvent
from project.people import acts, links
from project.people.listing import PAGE

pytestmark = pytest.mark.django_db


def shown(client: Client, **asked: str) -> list[str]:
    page = client.get(reverse("people:list"), asked).context["page"]
    return [person.username for person in page]


def test_everybody_is_listed_with_role_and_state(desk: Client, ana: User, ben: User) -> None:
    carla, _secret = acts.invite(ana, "carla", name="Carla Díaz", roles=["fact-checkers"])
    acts.deactivate(ben.pk, ana)
    page = desk.get(reverse("people:list")).content.decode()
    for words in ("Carla Díaz", "Fact-checkers", "a link is open", "deactivated", "Last sign-in"):
        assert words in page
    assert reverse("people:person", args=[carla.pk]) in page


def test_people_are_found(desk: Client, ana: User, ben: User, root: User) -> None:
    acts.invite(ana, "carla", name="Carla Díaz", email="cd@example.org")
    ben.groups.add(Group.objects.get(name="fact-checkers"))
    assert shown(desk) == ["ana", "ben", "carla", "root"]
    assert shown(desk, q="DÍAZ") == ["carla"]
    assert shown(desk, q="cd@EX") == ["carla"]
    assert shown(desk, role="admins") == ["ana"]
    assert shown(desk, role="fact-checkers") == shown(desk, role="editors") == ["ben"]
    assert shown(desk, role="none") == ["carla", "root"]
    assert shown(desk, state="link") == ["carla"]
    links.make_link(ben.pk, ana)
    acts.deactivate(ben.pk, ana)
    assert shown(desk, state="link") == ["carla"]
    assert shown(desk, state="deactivated") == ["ben"]
    assert shown(desk, state="active", q="a") == ["ana", "carla"]
    assert desk.get(reverse("people:list"), {"role": "kings"}).status_code == 422
    assert "Nobody matches" in desk.get(reverse("people:list"), {"q": "zz"}).content.decode()


@pytest.mark.parametrize("number", [1, PAGE])
def test_its_queries_do_not_grow(
    desk: Client, ana: User, number: int, django_assert_num_queries: object
) -> None:
    for each in range(number):
        acts.invite(ana, f"person{each:03}", roles=["editors"])
    with django_assert_num_queries(8):  # type: ignore[operator]
        assert "person000" in shown(desk)


def test_its_pages_follow_one_another(desk: Client) -> None:
    User.objects.bulk_create(User(username=f"person{each:03}") for each in range(PAGE))
    first = desk.get(reverse("people:list"), {"q": "person", "page": "1"})
    assert 'href="?page=2"' in desk.get(reverse("people:list")).content.decode()
    assert not first.context["page"].has_next()
    assert shown(desk, page="2") == [f"person{PAGE - 1:03}"]
    assert shown(desk, page="nonsense")[0] == "ana"


def test_looking_changes_nothing(desk: Client, ana: User, ben: User) -> None:
    before = SecurityEvent.objects.count()
    desk.get(reverse("people:list"))
    desk.get(reverse("people:person", args=[ben.pk]))
    desk.get(reverse("people:invite"))
    assert SecurityEvent.objects.count() == before
