"""The keys of the desk: the usual ones, one's own, and what cannot be a key."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotations.desk import shortcuts
from annotations.desk.shortcuts import ACTIONS, GROUPS, keys_of, save
from annotations.models import Keymap

pytestmark = pytest.mark.django_db

USUAL = {action: key for action, (key, _text) in ACTIONS.items()}


def test_the_usual_keys_can_be_kept_and_each_action_is_on_the_page_once() -> None:
    assert len(set(USUAL.values())) == len(USUAL)
    assert {shortcuts.clean_key(key) for key in USUAL.values()} == set(USUAL.values())
    assert sorted(name for _title, names in GROUPS for name in names) == sorted(ACTIONS)


def test_everybody_has_the_usual_keys_at_first(
    editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert keys_of(AnonymousUser()) == USUAL
    with django_assert_num_queries(1):
        assert keys_of(editor) == USUAL


def test_only_what_differs_is_kept(editor: User) -> None:
    assert save(editor, USUAL | {"approve": "5", "reject": "Ñ"}) == keys_of(editor)
    assert Keymap.objects.get().keys == {"approve": "5", "reject": "ñ"}
    assert keys_of(editor) == USUAL | {"approve": "5", "reject": "ñ"}

    save(editor, {"approve": "7"})
    assert keys_of(editor) == USUAL | {"approve": "7"}
    shortcuts.reset(editor)
    assert keys_of(editor) == USUAL
    assert not Keymap.objects.exists()


def test_two_actions_may_change_places(editor: User) -> None:
    save(editor, {"approve": "r", "reject": "a"})
    assert keys_of(editor)["approve"] == "r"
    assert keys_of(editor)["reject"] == "a"


@pytest.mark.parametrize(
    ("typed", "kept"), [("Ä", "ä"), ("e\u0301", "é"), (" ö ", "ö"), ("ш", "ш")]
)
def test_a_key_is_one_small_character(editor: User, typed: str, kept: str) -> None:
    save(editor, {"edit": typed})
    assert keys_of(editor)["edit"] == kept


@pytest.mark.parametrize(
    "junk",
    [
        "",
        " ",
        "\u00a0",
        "ab",
        "\x00",
        "\x1b",
        "\u200b",
        "\u0301",
        "\u202e",
        "İ",
        "👩‍👩‍👧",
        "a" * 1000,
    ],
)
def test_what_is_not_one_visible_character_is_no_key(editor: User, junk: str) -> None:
    with pytest.raises(ValidationError) as refused:
        save(editor, {"edit": junk})
    assert list(refused.value.message_dict) == ["edit"]
    assert not Keymap.objects.exists()


def test_a_key_of_two_actions_names_both(editor: User) -> None:
    with pytest.raises(ValidationError) as refused:
        save(editor, {"approve": "R"})
    reasons = refused.value.message_dict
    assert set(reasons) == {"approve", "reject"}
    for reason in reasons.values():
        assert "“Approve”" in reason[0]
        assert "“Reject”" in reason[0]
        assert "key R" in reason[0]
    assert not Keymap.objects.exists()


def test_an_action_that_is_none_is_refused(editor: User) -> None:
    with pytest.raises(ValidationError, match="no action “explode”"):
        save(editor, {"explode": "7"})


def test_an_action_that_came_later_leaves_a_persons_choice_alone(editor: User) -> None:
    Keymap.objects.create(person=editor, keys={"approve": "h", "gone": "7"})
    assert keys_of(editor) == USUAL | {"approve": "h", "history": ""}


def test_a_persons_keys_are_their_own(editor: User, admin: User) -> None:
    save(editor, {"approve": "7"})
    assert keys_of(admin) == USUAL


@pytest.mark.parametrize("role", ["editors", "fact-checkers", "admins"])
def test_the_page(client: Client, person: Callable[[str], User], role: str) -> None:
    who = person(role)
    client.force_login(who)
    page = client.get(reverse("review:shortcuts")).content.decode()
    assert 'aria-current="page">Keys</a>' in page
    for action, key in USUAL.items():
        assert f'<label for="id_{action}">' in page
        assert f'name="{action}" value="{key}"' in page

    sent = client.post(reverse("review:shortcuts"), USUAL | {"approve": "Ä"}, follow=True)

    assert "Your keys are saved" in sent.content.decode()
    assert 'name="approve" value="ä"' in sent.content.decode()
    assert keys_of(who)["approve"] == "ä"
    sent = client.post(reverse("review:shortcuts"), {"reset": "1"}, follow=True)
    assert "default keys are restored" in sent.content.decode()
    assert keys_of(who) == USUAL


def test_what_was_typed_stays_with_the_reason_at_its_field(client: Client, editor: User) -> None:
    client.force_login(editor)
    response = client.post(
        reverse("review:shortcuts"), USUAL | {"approve": "r", "edit": "<b>", "add": ""}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert 'name="approve" value="r"' in page
    assert 'name="edit" value="&lt;b&gt;"' in page
    for action in ("approve", "reject", "edit", "add"):
        assert f'id="id_{action}_error"' in page
        assert f'aria-describedby="id_{action}_error"' in page
    assert "4 fields need another key" in page
    assert keys_of(editor) == USUAL


def test_a_form_with_fields_left_out_is_refused(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert client.post(reverse("review:shortcuts"), {"approve": "7"}).status_code == 422
    assert client.post(reverse("review:shortcuts"), USUAL | {"edit": "x" * 5000}).status_code == 422
    assert not Keymap.objects.exists()


def test_strangers_and_people_without_a_role(client: Client, editor: User) -> None:
    assert client.get(reverse("review:shortcuts")).headers["Location"].startswith(reverse("login"))
    editor.groups.clear()
    client.force_login(editor)
    assert client.get(reverse("review:shortcuts")).status_code == 403
    assert client.post(reverse("review:shortcuts"), USUAL).status_code == 403
    with pytest.raises(PermissionDenied):
        save(User.objects.get(pk=editor.pk), {"approve": "7"})
    with pytest.raises(PermissionDenied):
        shortcuts.reset(User.objects.get(pk=editor.pk))


def test_the_number_of_queries(
    client: Client, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(editor)
    with django_assert_num_queries(6):
        client.get(reverse("review:shortcuts"))
