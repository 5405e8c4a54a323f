"""The keys of the review desk, and those a person chose instead."""

import unicodedata
from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations import permissions
from annotations.models import Keymap

type Text = str | Promise

ACTIONS: dict[str, tuple[str, Text]] = {
    "next": ("j", gettext_lazy("next attribution")),
    "previous": ("k", gettext_lazy("previous attribution")),
    "approve": ("a", gettext_lazy("approve")),
    "reject": ("r", gettext_lazy("reject")),
    "undo": ("u", gettext_lazy("undo what you did last")),
    "redo": ("y", gettext_lazy("redo what you undid")),
    "edit": ("e", gettext_lazy("fix this attribution")),
    "add": ("n", gettext_lazy("add a missed attribution")),
    "skip": ("x", gettext_lazy("skip to the next open one")),
    "flag": ("g", gettext_lazy("flag it with a note")),
    "source": ("o", gettext_lazy("accept the suggested source")),
    "approve_named": ("w", gettext_lazy("approve with the suggested source")),
    "same": ("b", gettext_lazy("the same source as before")),
    "name": ("p", gettext_lazy("name the source, or change it")),
    "missed": ("m", gettext_lazy("next sentence that may hide one")),
    "nothing": ("z", gettext_lazy("nothing missed in that sentence")),
    "rest": ("t", gettext_lazy("approve the rest above a confidence")),
    "history": ("h", gettext_lazy("history of this attribution")),
    "cursor": ("i", gettext_lazy("put the cursor into the text")),
    "role_source": ("s", gettext_lazy("the words are the source")),
    "role_cue": ("q", gettext_lazy("the words are the cue")),
    "role_content": ("c", gettext_lazy("the words are the content")),
    "type_direct": ("1", gettext_lazy("the quote is direct")),
    "type_indirect": ("2", gettext_lazy("the quote is indirect")),
    "type_mixed": ("3", gettext_lazy("the quote is mixed")),
    "dim": ("d", gettext_lazy("mark the current attribution only, or all")),
    "find": ("/", gettext_lazy("search the text")),
    "finish": ("f", gettext_lazy("finish the article")),
    "next_article": ("l", gettext_lazy("next article")),
    "help": ("?", gettext_lazy("all keys")),
}
"""Every action of the desk that has a key: its usual key, and what it does."""

READING = ("next", "previous", "history", "dim", "find", "help")
"""The actions of those who do not judge the article."""

GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        gettext_lazy("Judging"),
        ("approve", "reject", "skip", "undo", "redo", "flag", "rest", "history"),
    ),
    (gettext_lazy("Sources"), ("source", "approve_named", "same", "name")),
    (gettext_lazy("Moving"), ("next", "previous", "missed", "nothing", "cursor", "dim", "find")),
    (
        gettext_lazy("Labelling"),
        (
            "edit",
            "add",
            "role_source",
            "role_cue",
            "role_content",
            "type_direct",
            "type_indirect",
            "type_mixed",
        ),
    ),
    (gettext_lazy("The article"), ("finish", "next_article", "help")),
)
"""The actions as the page of keys groups them."""


def keys_of(person: AbstractBaseUser | AnonymousUser) -> dict[str, str]:
    """The person's key for every action; one query."""
    chosen: dict[str, str] = {}
    if person.is_authenticated:
        keymap = Keymap.objects.filter(person=person.pk).first()
        chosen = keymap.keys if keymap else {}
    return _whole(chosen)


def save(person: User, chosen: Mapping[str, str]) -> dict[str, str]:
    """Keep the person's keys, and return all of them; an action left out gets its usual key.

    Only what differs from the usual keys is kept, so a usual key that changes one day changes for
    those who never chose another. Raise PermissionDenied, and ValidationError with the reasons by
    action for a key that is none, and for one that two actions would share.
    """
    _check_permission(person)
    unknown = set(chosen) - set(ACTIONS)
    if unknown:
        name = sorted(unknown)[0][:50]
        raise ValidationError(_("The desk has no action “%(name)s”."), params={"name": name})
    keys = {action: chosen.get(action, usual) for action, (usual, _text) in ACTIONS.items()}
    errors: dict[str, list[ValidationError]] = {}
    for action, key in keys.items():
        try:
            keys[action] = clean_key(key)
        except ValidationError as error:
            errors[action] = [error]
    for action, key in keys.items():
        sharing = [other for other, its in keys.items() if its == key and other != action]
        if sharing and action not in errors:
            others = _(" and ").join(f"“{capfirst(str(ACTIONS[each][1]))}”" for each in sharing)
            errors[action] = [
                ValidationError(
                    _("“%(action)s” and %(others)s would share the key %(key)s."),
                    params={
                        "action": capfirst(str(ACTIONS[action][1])),
                        "others": others,
                        "key": key.upper(),
                    },
                )
            ]
    if errors:
        raise ValidationError(errors)
    changed = {action: key for action, key in keys.items() if key != ACTIONS[action][0]}
    Keymap.objects.update_or_create(person=person, defaults={"keys": changed})
    return keys


def reset(person: User) -> None:
    """Give the person the usual keys again. Raise PermissionDenied."""
    _check_permission(person)
    Keymap.objects.filter(person=person).delete()


def clean_key(key: str) -> str:
    """The key as it is kept. Raise ValidationError for what is not one visible character."""
    # Some keyboards write é as e and an accent: composed it is the one character it looks like.
    key = unicodedata.normalize("NFC", key.strip()).lower()
    if not key:
        raise ValidationError(_("Every action needs a key."))
    if len(key) > 1:
        raise ValidationError(_("A key is one character."))
    # Neither white space nor a control character, nor an accent without its letter.
    if unicodedata.category(key)[0] in "ZCM":
        raise ValidationError(_("This character cannot be seen, so it cannot be a key."))
    return key


def _whole(chosen: Mapping[str, str]) -> dict[str, str]:
    """All keys. An action that came after a person gave its usual key to another has none."""
    taken = {chosen[action] for action in ACTIONS if action in chosen}
    return {
        action: chosen.get(action) or ("" if usual in taken else usual)
        for action, (usual, _text) in ACTIONS.items()
    }


def _check_permission(person: User) -> None:
    if not person.has_perm(permissions.VIEW):
        raise PermissionDenied(_("You are not allowed to use the review desk."))
