"""The security log as admins read it, and what exports write into it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from project.models import SecurityEvent
from project.security_log import log
from project.security_log_page import SHOWN
from tests.conftest import Person

pytestmark = pytest.mark.django_db
Kind = SecurityEvent.Kind
PAGE = "/security-log/"


@pytest.fixture
def as_admin(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


@pytest.mark.parametrize(
    ("role", "status"), [("admins", 200), ("editors", 403), ("fact-checkers", 403)]
)
def test_admins_read_it_and_nobody_else(
    client: Client, person: Person, role: str, status: int
) -> None:
    client.force_login(person(role))
    assert client.get(PAGE).status_code == status
    linked = f'href="{PAGE}"' in client.get(reverse("queue:list")).content.decode()
    assert linked == (status == 200)


def test_anonymous_people_come_to_the_sign_in_page(client: Client) -> None:
    assert client.get(PAGE).status_code == 302


def test_every_kind_is_shown(as_admin: Client, editor: User) -> None:
    for kind in Kind:
        log(kind, by_name="somebody", about=editor, some_detail=f"of {kind}")
    page = as_admin.get(PAGE).content.decode()
    for kind in Kind:
        assert str(kind.label) in page
        assert f"some detail: <bdi>of {kind}</bdi>" in page


def test_it_is_filtered(as_admin: Client, editor: User, fact_checker: User) -> None:
    log(Kind.INVITED, by_name="root", about=editor)
    log(Kind.DEACTIVATED, by_name="root", about=fact_checker)

    def shown(**asked: str) -> set[str]:
        return {event.kind for event in as_admin.get(PAGE, asked).context["events"]}

    assert shown(kind="invited") == {"invited"}
    assert shown(person=editor.username) == {"invited"}
    assert shown(person="root") == {"invited", "deactivated"}
    assert shown(until="2000-01-01") == set()
    assert shown(since="2000-01-01") == {"invited", "deactivated", "signed_in"}
    assert shown(kind="invited", person=fact_checker.username) == set()
    assert as_admin.get(PAGE, {"since": "nonsense"}).status_code == 422
    assert as_admin.get(PAGE, {"kind": "nonsense"}).status_code == 422


def test_its_pages_follow_one_another_while_more_is_written(as_admin: Client) -> None:
    for n in range(2 * SHOWN):
        log(Kind.SIGNED_OUT, by_name=f"person {n}")
    seen: list[str] = []
    query = "kind=signed_out"
    while query:
        answer = as_admin.get(f"{PAGE}?{query}")
        seen += [event.by_name for event in answer.context["events"]]
        query = answer.context["older"]
        log(Kind.SIGNED_OUT, by_name="late")
    assert seen == [f"person {n}" for n in reversed(range(2 * SHOWN))]


@pytest.mark.parametrize("events", [1, SHOWN + 1])
def test_its_queries_do_not_grow(
    as_admin: Client, editor: User, events: int, django_assert_num_queries: object
) -> None:
    for _ in range(events):
        log(Kind.INVITED, by=editor, about=editor)
    with django_assert_num_queries(6):  # type: ignore[operator]
        as_admin.get(PAGE)


def test_a_download_is_logged_with_its_filters(client: Client, fact_checker: User) -> None:
    client.force_login(fact_checker)
    address = reverse("export:download", args=["csv"])
    answer = client.get(address, {"outlet": "Gazette", "reviewed_from": "2026-01-02"})
    assert answer.status_code == 200
    event = SecurityEvent.objects.get(kind=Kind.EXPORTED)
    assert event.by == fact_checker
    assert event.details == {
        "format": "csv",
        "outlet": "Gazette",
        "reviewed_from": "2026-01-02",
    }


def test_what_was_not_allowed_or_not_there_is_no_export(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert client.get(reverse("export:download", args=["csv"])).status_code == 403
    assert not SecurityEvent.objects.filter(kind=Kind.EXPORTED).exists()


def test_an_export_by_command_is_logged(tmp_path: Path) -> None:
    call_command("export", output=tmp_path / "out.jsonl", finished=True)
    event = SecurityEvent.objects.get(kind=Kind.EXPORTED)
    assert (event.by, event.by_name) == (None, "command line")
    assert event.details == {"format": "jsonl", "finished": "True"}
