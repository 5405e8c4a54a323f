"""People with passwords, and the sign-in page as they use it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

PASSWORD = "tide-table-lamp"

type Try = Callable[..., "Answer"]


@pytest.fixture
def hashed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed, by a hasher that takes no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    done: list[str] = []
    encode = MD5PasswordHasher.encode

    def note(self: MD5PasswordHasher, password: str, salt: str) -> str:
        done.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", note)
    return done


@pytest.fixture
def ada(person: Callable[[str, str], User], hashed: list[str]) -> User:
    """An editor with a password."""
    user = person("editors", "ada")
    user.set_password(PASSWORD)
    user.save()
    hashed.clear()
    return user


@pytest.fixture
def sign_in(client: Client) -> Try:
    """Try to sign in: sign_in("ada", "a password", address="192.0.2.1")."""

    def send(
        name: str = "ada", password: str = PASSWORD, address: str = "192.0.2.1", **fields: str
    ) -> "Answer":
        sent = {"username": name, "password": password, **fields}
        return client.post(reverse("login"), sent, REMOTE_ADDR=address)

    return send
