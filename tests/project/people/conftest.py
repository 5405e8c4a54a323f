"""Ana, an admin with her browser, and Ben, whom she invited long ago."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from project.models import SecurityEvent
from tests.conftest import Person

OLD, NEW = "tide-table-lamp", "mustard-tugboat-lamp"

type Post = Callable[..., str]


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def has_come_in(person: User) -> User:
    """The person, with a password of their own."""
    person.set_password(OLD)
    person.save()
    return person


@pytest.fixture
def ana(person: Person) -> User:
    return has_come_in(person("admins", "ana"))


@pytest.fixture
def other_admin(person: Person) -> User:
    return has_come_in(person("admins", "olga"))


@pytest.fixture
def ben(person: Person) -> User:
    return has_come_in(person("editors", "ben"))


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def desk(client: Client, ana: User) -> Client:
    """Ana's browser."""
    client.force_login(ana)
    return client


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def signed_in(person: User, password: str) -> Client:
    """A browser in which the person has signed in, or has tried to."""
    client = Client()
    client.post(reverse("login"), {"username": person.username, "password": password})
    return client


def is_in(client: Client) -> bool:
    """Whether somebody is signed in there."""
    return client.get(reverse("queue:list")).status_code == 200


def post(client: Client, name: str, person: User, **data: object) -> str:
    """Send a form about a person; return the page that it led to."""
    answer = client.post(reverse(f"people:{name}", args=[person.pk]), data, follow=True)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def acts_on(person: User) -> list[tuple[str, str]]:
    """Who did what to the person, in order, as the log has it."""
    events = SecurityEvent.objects.filter(about=person).order_by("pk")
    return [(event.by_name, event.kind) for event in events]
