"""Checks made before anything is done: of the database, and of what the operator asked for.

That of the database is run by ``migrate``, ``quickstart``, ``serve``, ``worker`` and
``check --database default``; that of the settings whenever a process starts.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from project.roles import ROLES

# Every database of the development versions before 0.1 has this one, and none made since.
OLD_MIGRATION = ("articles", "0002_text_is_immutable")


def refuse_old_schema(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a database whose tables were made by migrations that are no longer there.

    Its first migrations have the names of today's, so ``migrate`` would take them for applied.
    """
    for alias in databases or ():
        if OLD_MIGRATION in MigrationRecorder(connections[alias]).applied_migrations():
            return [
                Error(
                    "This database was made by an earlier development version and cannot be used"
                    " with this one.",
                    hint=(
                        "Its articles with their approved attributions can be brought over: with"
                        " the earlier version, manage.py export --output FILE; then with this one"
                        " and an empty database (name another folder in ACCORDINGTO_DATA, or"
                        " another database in DATABASE_URL), manage.py migrate and manage.py"
                        " ingest FILE."
                    ),
                    id="project.E001",
                )
            ]
    return []


def refuse_unsafe_sign_in() -> None:
    """Raise ImproperlyConfigured where a slip would leave the door further open than asked for."""
    unknown = sorted(set(settings.REQUIRE_MFA_FOR) - set(ROLES))
    if unknown:
        raise ImproperlyConfigured(
            f"REQUIRE_MFA_FOR: {', '.join(unknown)}: no such role; there are {', '.join(ROLES)}."
        )
    if settings.OIDC_ISSUER and not (settings.LOCAL or settings.OIDC_ISSUER.startswith("https://")):
        raise ImproperlyConfigured("OIDC_ISSUER has to be an https address.")
