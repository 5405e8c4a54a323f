"""Wrong passwords: how many are taken, from where, and that no more are even hashed."""

from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from unittest.mock import patch

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.models import SecurityEvent
from project.sign_in.few_at_once import AT_ONCE, slots
from project.sign_in.throttle import ACCOUNT, ADDRESS, PAIR
from tests.project.sign_in.conftest import Try

pytestmark = pytest.mark.django_db
Kind = SecurityEvent.Kind


def guess(sign_in: Try, times: int, name: str = "ada", address: str = "192.0.2.1") -> list[int]:
    return [sign_in(name, f"wrong {n}", address).status_code for n in range(times)]


def later(time: timedelta) -> AbstractContextManager[object]:
    """A time to come, as axes sees it."""
    return patch("axes.handlers.proxy.now", return_value=timezone.now() + time)


def test_after_too_many_wrong_passwords_the_right_one_is_not_taken(
    ada: User, sign_in: Try, client: Client
) -> None:
    assert guess(sign_in, PAIR.failures) == [200] * (PAIR.failures - 1) + [429]
    answer = sign_in()
    assert answer.status_code == 429
    assert answer["Retry-After"]
    page = answer.content.decode()
    assert "For 15 minutes no other is tried" in page
    assert not client.session.get("_auth_user_id")


def test_an_attempt_that_is_refused_calls_no_hasher(
    ada: User, sign_in: Try, hashed: list[str]
) -> None:
    guess(sign_in, PAIR.failures)
    assert len(hashed) >= PAIR.failures
    hashed.clear()
    sign_in()
    sign_in(password="something else")
    assert hashed == []


def test_the_wait_ends_and_attempts_meanwhile_do_not_lengthen_it(ada: User, sign_in: Try) -> None:
    guess(sign_in, PAIR.failures)
    with later(PAIR.wait - timedelta(seconds=30)):
        answer = sign_in()
        assert answer.status_code == 429
        assert "For a minute no other is tried" in answer.content.decode()
    with later(PAIR.wait + timedelta(seconds=1)):
        assert sign_in().status_code == 302


def test_nobody_is_locked_out_from_elsewhere(ada: User, sign_in: Try) -> None:
    guess(sign_in, PAIR.failures, address="203.0.113.9")
    assert sign_in(address="203.0.113.9").status_code == 429
    assert sign_in(address="192.0.2.1").status_code == 302


def test_an_address_has_a_limit_over_all_accounts(
    ada: User, sign_in: Try, hashed: list[str]
) -> None:
    codes = [guess(sign_in, 1, name=f"somebody {n}")[0] for n in range(ADDRESS.failures)]
    assert codes == [200] * (ADDRESS.failures - 1) + [429]
    hashed.clear()
    assert sign_in().status_code == 429
    assert hashed == []
    assert sign_in(address="192.0.2.2").status_code == 302


def test_a_network_of_ipv6_is_one_address(ada: User, sign_in: Try) -> None:
    for n in range(ADDRESS.failures):
        guess(sign_in, 1, name=f"somebody {n}", address=f"2001:db8:1:1::{n:x}")
    assert sign_in(address="2001:db8:1:1:ffff::1").status_code == 429
    assert sign_in(address="2001:db8:1:2::1").status_code == 302


def test_an_account_has_a_limit_over_all_addresses_which_spares_its_owners_own(
    ada: User, sign_in: Try, client: Client
) -> None:
    assert sign_in(address="198.51.100.7").status_code == 302
    client.logout()
    for n in range(ACCOUNT.failures):
        guess(sign_in, 1, address=f"203.0.113.{n}")
    assert sign_in(address="192.0.2.200").status_code == 429
    assert sign_in(address="198.51.100.7").status_code == 302


def test_signing_in_forgets_ones_own_failures_and_not_those_of_the_address(
    ada: User, sign_in: Try, client: Client
) -> None:
    guess(sign_in, 2)
    guess(sign_in, 2, name="bob")
    assert sign_in().status_code == 302
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {"bob"}


def test_there_is_no_other_door(ada: User, client: Client) -> None:
    for answer in (client.get("/admin/"), client.get("/admin/login/")):
        assert answer.status_code == 404


def test_a_kept_form_survives_the_lock(ada: User, sign_in: Try) -> None:
    kept = '{"address": "/keys/", "person": "", "fields": [["text", "typed"]], "files": []}'
    guess(sign_in, PAIR.failures)
    page = sign_in(kept=kept).content.decode()
    assert "typed" in page
    assert f'action="{reverse("login_kept")}"' in page


def test_a_storm_is_logged_once_for_each_lock(ada: User, sign_in: Try) -> None:
    guess(sign_in, PAIR.failures + 20)
    kinds = list(SecurityEvent.objects.values_list("kind", flat=True))
    assert kinds.count(Kind.SIGN_IN_FAILED) == PAIR.failures
    assert kinds.count(Kind.SIGN_IN_REFUSED) == 1
    failed = SecurityEvent.objects.filter(kind=Kind.SIGN_IN_FAILED)[0]
    assert (failed.by, failed.by_name, failed.about, failed.address) == (
        None,
        "ada",
        ada,
        "192.0.2.1",
    )


def test_the_log_of_failures_has_an_end(
    ada: User, sign_in: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.sign_in.events.FAILURES_AN_HOUR", 3)
    for n in range(5):
        guess(sign_in, 1, name=f"somebody {n}")
    assert SecurityEvent.objects.filter(kind=Kind.SIGN_IN_FAILED).count() == 3


def test_a_wrong_old_password_counts_too(ada: User, client: Client, hashed: list[str]) -> None:
    client.force_login(ada)
    sent = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}
    codes = [client.post(reverse("password_change"), sent).status_code for _ in range(7)]
    assert codes == [200] * (PAIR.failures - 1) + [429, 429]
    hashed.clear()
    client.post(reverse("password_change"), sent)
    assert hashed == []


def test_only_a_few_passwords_are_hashed_at_once(
    ada: User, sign_in: Try, hashed: list[str], client: Client
) -> None:
    with ExitStack() as others:
        for _ in range(AT_ONCE):
            slots.acquire()
            others.callback(slots.release)
        answer = sign_in(kept='{"address": "/", "person": "", "fields": [], "files": []}')
        assert (answer.status_code, answer["Retry-After"]) == (429, "1")
        assert "Try again in a few seconds" in answer.content.decode()
        assert 'name="kept"' in answer.content.decode()
        assert hashed == []
    assert not AccessAttempt.objects.exists(), "it counts for nothing"
    assert not SecurityEvent.objects.exists()
    for _ in range(AT_ONCE + 1):
        assert sign_in(password="wrong").status_code == 200
    assert sign_in().status_code == 302


def test_no_table_keeps_what_was_typed_as_a_password(
    ada: User, sign_in: Try, client: Client
) -> None:
    sign_in(password="very secret guess", kept='{"text": "very secret guess"}')
    client.force_login(ada)
    new = {"new_password1": "very secret guess", "new_password2": "very secret guess"}
    client.post(reverse("password_change"), {"old_password": "very secret guess", **new})
    assert AccessAttempt.objects.count() == 2
    for attempt in AccessAttempt.objects.values():
        assert "very secret guess" not in str(attempt)
    for event in SecurityEvent.objects.values():
        assert "very secret guess" not in str(event)
