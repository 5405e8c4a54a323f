"""Checks of our own: of the database itself, and of the settings of a public site.

That of the database is made before anything is done to it, by ``migrate``, ``quickstart``,
``serve``, ``worker`` and ``check --database default``; those of the settings by ``check --deploy``,
and, where a slip would leave a door open, whenever a process starts.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from project.roles import ROLES

# Every database of the development versions before 0.1 has this one, and none made since.
OLD_MIGRATION = ("articles", "0002_text_is_immutable")

# What keeps articles out of the server's log, by the setting.
QUIET = {
    "log_min_error_statement": ("fatal", "panic"),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
}


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


def refuse_any_host(**_: Any) -> list[CheckMessage]:
    """Refuse to answer to every host name: links in what is sent out would lead where an attacker
    says.
    """
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "ALLOWED_HOSTS is *: the site would answer to every host name.",
            hint="Name the hosts in the environment variable ALLOWED_HOSTS (docs/install.md).",
            id="project.E002",
        )
    ]


def warn_of_texts_in_its_log(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn of a server that writes statements and rows, and so articles, into its log."""
    for alias in databases or ():
        if loose := [name for name, quiet in QUIET.items() if _setting(alias, name) not in quiet]:
            return [
                checks.Warning(
                    "The PostgreSQL server writes articles into its log when something fails"
                    f" ({', '.join(loose)}).",
                    hint="See “The logs of your PostgreSQL” in docs/install.md.",
                    id="project.W001",
                )
            ]
    return []


def _setting(alias: str, name: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        value: str = cursor.fetchone()[0]
    return value


def refuse_unsafe_sign_in() -> None:
    """Raise ImproperlyConfigured where a slip would leave the door further open than asked for."""
    unknown = sorted(set(settings.REQUIRE_MFA_FOR) - set(ROLES))
    if unknown:
        raise ImproperlyConfigured(
            f"REQUIRE_MFA_FOR: {', '.join(unknown)}: no such role; there are {', '.join(ROLES)}."
        )
    if settings.OIDC_ISSUER and not (settings.LOCAL or settings.OIDC_ISSUER.startswith("https://")):
        raise ImproperlyConfigured("OIDC_ISSUER has to be an https address.")
