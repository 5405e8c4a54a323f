"""How long a sign-in lasts, what becomes of a form after that, and what is swept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from project.sign_in.tasks import sweep_sign_ins
from tests.project.sign_in.conftest import PASSWORD, Try

pytestmark = pytest.mark.django_db
IDLE = timedelta(seconds=django_settings.SESSION_COOKIE_AGE)
TOTAL = timedelta(seconds=django_settings.SESSION_TOTAL_AGE)
MINUTE = timedelta(minutes=1)
QUEUE = "/"


@contextmanager
def after(time: timedelta, since: datetime) -> Iterator[None]:
    """The web host's clock so long after a moment."""
    then = since + time
    with (
        patch("django.utils.timezone.now", return_value=then),
        patch("time.time", return_value=then.timestamp()),
    ):
        yield


@pytest.fixture
def since() -> datetime:
    return timezone.now()


def is_signed_in(client: Client, **headers: str) -> bool:
    return client.get(QUEUE, headers=headers).status_code == 200


def test_it_ends_after_it_was_idle(client: Client, editor: User, since: datetime) -> None:
    client.force_login(editor)
    with after(IDLE - MINUTE, since):
        assert is_signed_in(client)
    with after(2 * IDLE - 3 * MINUTE, since):
        assert is_signed_in(client), "what was used goes on"
    with after(3 * IDLE, since):
        assert not is_signed_in(client)


def test_it_ends_in_any_case(client: Client, editor: User, since: datetime) -> None:
    client.force_login(editor)
    used = timedelta()
    while used + IDLE / 2 < TOTAL:
        used += IDLE / 2
        with after(used, since):
            assert is_signed_in(client)
    with after(TOTAL + MINUTE, since):
        assert not is_signed_in(client)


def test_an_open_page_keeps_nobody_signed_in(client: Client, editor: User, since: datetime) -> None:
    client.force_login(editor)
    with after(IDLE - MINUTE, since):
        assert is_signed_in(client, hx_request="true", hx_trigger="articles")
    with after(IDLE + MINUTE, since):
        assert not is_signed_in(client)


@pytest.mark.parametrize("limit", ["idle", "total"])
def test_what_was_typed_is_given_back(
    ada: User, client: Client, since: datetime, limit: str
) -> None:
    client.force_login(ada)
    if limit == "idle":
        ended = IDLE + MINUTE
    else:
        ended = TOTAL + MINUTE
        for n in range(1, 2 * int(TOTAL / IDLE)):
            with after(n * IDLE / 2, since):
                assert is_signed_in(client)
    with after(ended, since):
        sent = {"text": "A long text. " * 4000, "person": f"{ada.pk}-editors"}
        page = client.post(reverse("queue:ingest"), sent, headers={"origin": "http://testserver"})
        assert page.status_code == 403
        assert "nothing is lost" in page.content.decode()
        kept = page.context["kept"].packed
        assert len(kept) > django_settings.MAX_SIGN_IN
        answer = client.post(
            reverse("login_kept"), {"username": "ada", "password": PASSWORD, "kept": kept}
        )
        assert answer.status_code == 200
        assert sent["text"].strip() in answer.content.decode()


def test_what_has_ended_is_swept(client: Client, ada: User, sign_in: Try, since: datetime) -> None:
    sign_in("bob", "wrong")
    sign_in()
    sweep_sign_ins(0)
    assert (Session.objects.count(), UserSession.objects.count()) == (1, 1)
    assert AccessAttempt.objects.count() == 1
    with after(IDLE + MINUTE, since):
        sweep_sign_ins(0)
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)
    assert AccessAttempt.objects.count() == 0


def test_workers_know_the_task() -> None:
    assert sweep_sign_ins.__module__ == "project.sign_in.tasks"
    assert "project.sign_in.tasks" in django_settings.PROCRASTINATE_IMPORT_PATHS
    assert ("sweep_sign_ins", "") in app.periodic_registry.periodic_tasks
