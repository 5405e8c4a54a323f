"""Who may do what: docs/roles.md, tried at every address of the site."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from annotations.models import Source
from project.roles import ROLES
from project.urls import SIGN_ON
from tests.builders import ready_article
from tests.project.people.conftest import OLD

pytestmark = pytest.mark.django_db

TABLE = (Path(__file__).parents[3] / "docs" / "roles.md").read_text(encoding="utf-8")
COLUMNS = ("strangers", "no role", *ROLES)
WHO = (*COLUMNS, "deactivated", "superuser")
NOWHERE = {"put", "patch", "delete", "options"}

BY_SIGN_ON = "sign in by the newsroom's own sign-on"
"""Its addresses are there only if it is (tests/project/sign_in/test_sign_on.py)."""

ACTS: dict[str, str] = {
    "sign in": "both login, both account_login, both login_kept, both mfa_authenticate",
    "set a password by a one-time link": "both people:link",
    "their own account: password, second factors, sign-ins, what was done to it": (
        "get account, both password_change, get password_change_done, both usersessions_list,"
        " both account_reauthenticate, get mfa_index, both mfa_reauthenticate,"
        " both mfa_activate_totp, both mfa_deactivate_totp, get mfa_view_recovery_codes,"
        " both mfa_generate_recovery_codes, both mfa_download_recovery_codes,"
        " both mfa_add_webauthn, get mfa_list_webauthn, both mfa_edit_webauthn,"
        " both mfa_remove_webauthn, both mfa_reauthenticate_webauthn, post people:dismiss,"
        " post logout"
    ),
    "read articles, labels, sources and figures": (
        "get queue:list, get review:article, get review:text, get review:card,"
        " get review:more_cards, get review:history, both review:shortcuts, get sources:list,"
        " get sources:unresolved, get sources:source, get second_review:agreement,"
        " get second_review:disagreement"
    ),
    "have an article open as theirs": "both queue:next, post queue:leave, post review:pulse",
    "decide: approve, reject, correct, add, finish, undo": (
        "post review:approve, post review:reject, both review:edit, both review:add,"
        " both review:flag, post review:undo, post review:revert, post review:undo_latest,"
        " post review:redo_latest, both review:approve_rest, post review:clear_sentence,"
        " post review:finish, post review:reopen"
    ),
    "say who a source is": "both sources:resolve, get sources:names",
    "keep the registry of sources": (
        "post sources:rename, post sources:set_aliases, post sources:merge, post sources:split"
    ),
    "label a second time, settle differences": (
        "post second_review:begin, post second_review:withdraw, post second_review:hand_back,"
        " post second_review:adopt, post second_review:take_back"
    ),
    "export": "get export:page, get export:download",
    "add articles": "both queue:ingest",
    "pre-label again what failed": "post queue:retry, post queue:retry_failed",
    "choose what is sampled, and what the desk allows": (
        "both second_review:sampling, post second_review:set_policy, post second_review:require"
    ),
    "read the security log": "get security_log",
    "invite people, change their roles, let them in no more": (
        "get people:list, both people:invite, get people:person, post people:set_roles,"
        " post people:deactivate, post people:reactivate, post people:make_link,"
        " post people:revoke_link"
    ),
    BY_SIGN_ON: (
        "both openid_connect_login, get openid_connect_callback, get socialaccount_login_cancelled"
    ),
}


def steps(act: str) -> Iterator[tuple[str, str]]:
    """The methods and addresses of an act."""
    for step in ACTS[act].split(", "):
        methods, name = step.split()
        yield from ((each, name) for each in (("get", "post") if methods == "both" else [methods]))


TRIED = [act for act in ACTS if act != BY_SIGN_ON]
BOUND = [act for act in TRIED if f"| {act} | – | – |" in TABLE]
STEPS = {step for act in ACTS for step in steps(act)}


def routes(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """The name and the route of every address of the site."""
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield f"{space}{each.name}", route
        else:
            yield from routes(each, route, f"{each.namespace}:" if each.namespace else space)


def allowed() -> dict[str, dict[str, bool]]:
    """The table of the document."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.splitlines()
        if line.startswith("|")
    ]
    assert rows[0] == ["act", *COLUMNS]
    found = {act: dict(zip(COLUMNS, cells, strict=True)) for act, *cells in rows[2:]}
    assert {cell for row in found.values() for cell in row.values()} == {"yes", "–"}
    return {act: {who: cell == "yes" for who, cell in row.items()} for act, row in found.items()}


def may(who: str, act: str) -> bool:
    if who == "superuser":
        return True
    return allowed()[act]["strangers" if who == "deactivated" else who]


class Scene:
    """One of everything that an address may name."""

    def __init__(self) -> None:
        self.article = ready_article()
        self.places = {
            "articles": self.article.pk,
            "annotations": self.article.annotations.all()[0].pk,
            "sources": Source.objects.create(name="Ann", kind="person").pk,
            "people": User.objects.create_user("ben").pk,
            "account": 1,
        }

    def addresses(self) -> dict[str, str]:
        """Every address of the site, by its name."""
        return {name: self._address(name, route) for name, route in routes(get_resolver())}

    def _address(self, name: str, route: str) -> str:
        room, _slash, _rest = route.partition("/")
        given = {"format": "csv", "token": "x" * 43, "pk": self.places.get(room)}
        wanted = re.findall(r"<\w+:(\w+)>", route)
        return reverse(name, kwargs={each: given[each] for each in wanted})


def browser(who: str) -> Client:
    """A browser in which one of the people of the table is signed in."""
    client = Client()
    if who == "strangers":
        return client
    person = User.objects.create_user("somebody", password=OLD, is_superuser=who == "superuser")
    person.groups.set(Group.objects.filter(name="admins" if who == "deactivated" else who))
    client.force_login(person)
    if who == "deactivated":
        User.objects.filter(pk=person.pk).update(is_active=False)
    return client


def is_let_in(answer: HttpResponseBase) -> bool:
    """Whether the answer is neither a refusal nor the way to the sign-in page.

    It may still say that what was sent makes no sense, which is decided after that.
    """
    to_sign_in = f"{reverse('login')}?next"
    return answer.status_code not in (401, 403) and not answer.headers.get(
        "Location", ""
    ).startswith(to_sign_in)


@pytest.mark.parametrize("act", TRIED)
@pytest.mark.parametrize("who", WHO)
def test_who_may_do_it(who: str, act: str) -> None:
    addresses = Scene().addresses()
    found = {}
    for method, name in steps(act):
        with transaction.atomic():
            answer = getattr(browser(who), method)(addresses[name])
            assert answer.status_code != 405, (method, name)
            found[method, name] = is_let_in(answer)
            transaction.set_rollback(True)  # some acts sign one out, or change what the next meets
    assert found == dict.fromkeys(found, may(who, act))


def test_every_act_is_in_the_document() -> None:
    assert list(allowed()) == TRIED


def test_every_address_belongs_to_an_act() -> None:
    """With GET or POST at an address that is not among the acts nobody gets anything."""
    addresses = Scene().addresses()
    assert {name for _method, name in STEPS} == {
        *addresses,
        *(str(each.name) for each in SIGN_ON),
    }
    client = browser("superuser")
    for name, address in addresses.items():
        for method in ("get", "post"):
            if (method, name) not in STEPS:
                assert getattr(client, method)(address).status_code == 405, (method, name)


def test_other_methods_lead_nowhere() -> None:
    addresses = Scene().addresses()
    client = browser("no role")
    for name in {name for act in BOUND for _method, name in steps(act)}:
        for method in NOWHERE:
            assert getattr(client, method)(addresses[name]).status_code in (403, 405), name
