"""Which passwords are taken, wherever one is set."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from project.demo.people import PEOPLE, new_password
from project.models import SecurityEvent
from tests.project.sign_in.conftest import PASSWORD

ANN = User(username="ann.harbour", first_name="Ann", email="ann@gazette.example")


@pytest.mark.parametrize(
    "password",
    [
        "newsroom",
        "winter2026",
        "newsroom2026",
        "newsroomeditor",
        "accordingto2026!",
        "Winter2026Winter2026",
        "correct-hors",
        "ann.harbour2026",
        "ann@gazette.example",
        "123456789012",
        "qwertyuiop123",
        "aaaaaaaaaaaaaaaa",
        "password12345",
    ],
)
def test_easy_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, ANN)


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "tugboat lamp mustard",
        "x8F-kq2!mmPz",
        "ü" * 3 + "bermut fähre lampe",
        "mustard ferry lamp " * 200,
    ],
)
def test_good_ones_are_taken(password: str) -> None:
    validate_password(password, ANN)


def test_those_of_the_demo_are_taken() -> None:
    for name in PEOPLE:
        validate_password(new_password(), User(username=name))


@pytest.mark.django_db
def test_ones_own_new_password_is_checked_and_its_change_is_logged(
    client: Client, ada: User
) -> None:
    client.force_login(ada)

    def change(new: str) -> int:
        sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        return client.post(reverse("password_change"), sent).status_code

    assert change("winter2026newsroom") == 200
    assert not SecurityEvent.objects.filter(kind="password_changed").exists()
    assert change("mustard-tugboat-lamp") == 302
    assert SecurityEvent.objects.get(kind="password_changed").by == ada
    assert client.get(reverse("queue:list")).status_code == 200, "this sign-in goes on"
