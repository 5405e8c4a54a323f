"""Write the security log (``project.models.SecurityEvent``)."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest

from annotations.actions.source_registry import COMMAND_LINE
from annotations.export.approved import Filters
from project.models import SecurityEvent, SecurityEventKind

NAME_LENGTH = 1000


def log(
    kind: SecurityEventKind,
    *,
    by: User | AbstractBaseUser | AnonymousUser | None = None,
    by_name: str = "",
    about: User | None = None,
    request: HttpRequest | None = None,
    **details: object,
) -> SecurityEvent:
    """Log one event. ``by_name`` is what was typed where nobody is known; ``details`` are JSON.

    Called in the transaction of what it logs, so that neither is there without the other.
    """
    person = by if isinstance(by, User) else None
    return SecurityEvent.objects.create(
        kind=kind,
        by=person,
        by_name=(person.get_username() if person else by_name or COMMAND_LINE)[:NAME_LENGTH],
        about=about,
        about_name=about.get_username() if about else "",
        address=request.META.get("REMOTE_ADDR") or None if request else None,
        details=details,
    )


def log_takedown(*, article_id: int, by: User | None, reason: str, **_: object) -> None:
    """Log that an article was taken down, in the transaction in which it was."""
    log(SecurityEvent.Kind.TAKEN_DOWN, by=by, article=article_id, reason=reason)


def log_export(request: HttpRequest | None, format: str, filters: Filters, **_: Any) -> None:  # noqa: A002 - the signal's word
    """Log who took what out: the filters, never the texts."""
    asked: dict[str, Any] = {name: str(value) for name, value in asdict(filters).items() if value}
    by = request.user if request else None
    log(SecurityEventKind.EXPORTED, by=by, request=request, format=format, **asked)


def log_setting(
    *, by: User, setting: str, value: str, article: int | None = None, **_: object
) -> None:
    """Log who changed what holds for everybody, or for an article."""
    of_one: dict[str, Any] = {} if article is None else {"article": article}
    log(SecurityEventKind.SETTING_CHANGED, by=by, setting=setting, value=value, **of_one)
