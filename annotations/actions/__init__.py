"""Everything that people do to annotations and articles: one function per action.

Each checks the permission and the version, changes the rows and writes a ``Decision``, in one
transaction (``annotations.actions.base``). Views and commands all come through here.
"""

from annotations.actions.add import add
from annotations.actions.approve import approve
from annotations.actions.base import AlreadyThere, Conflict, Refused
from annotations.actions.bulk import approve_all
from annotations.actions.clear_sentence import clear_sentence
from annotations.actions.correct import correct
from annotations.actions.finish import finish, reopen
from annotations.actions.flag import flag
from annotations.actions.name_source import approve_named, name_source, set_source
from annotations.actions.reject import reject
from annotations.actions.revert import revert
from annotations.actions.undo import redo_latest, undo, undo_latest

__all__ = [
    "AlreadyThere",
    "Conflict",
    "Refused",
    "add",
    "approve",
    "approve_all",
    "approve_named",
    "clear_sentence",
    "correct",
    "finish",
    "flag",
    "name_source",
    "redo_latest",
    "reject",
    "reopen",
    "revert",
    "set_source",
    "undo",
    "undo_latest",
]
