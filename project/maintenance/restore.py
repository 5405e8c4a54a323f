"""Restore a backup, whole or not at all."""

from pathlib import Path
from typing import IO

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.utils import DatabaseError, OperationalError

from project.maintenance.archive import COPY, END, Manifest, opened, script_of
from project.maintenance.contents import EMPTY, contents, schema, tables
from project.maintenance.programs import MaintenanceError

LOCK_SECONDS = 10
# Of psql's language, and a setting that older servers do not have.
LEFT_OUT = (b"\\restrict ", b"\\unrestrict ", b"SET transaction_timeout")


def restore(path: Path, *, replace: bool = False) -> Manifest:
    """Put the database back to what it was when the file was made, in one transaction.

    The file is read whole before, and what came of it is compared with the manifest before it
    counts: whatever is wrong, nothing is changed. A database that has tables is refused unless
    ``replace``, and then they go. Raise MaintenanceError.
    """
    with opened(path) as (manifest, dump):
        _refuse_later_version(manifest)
        if tables() and not replace:
            raise MaintenanceError(
                "The database is not empty. Restore into an empty one, or with --replace, which"
                " deletes all that is in it."
            )
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
                home = schema()
                _clear(cursor, home)
                _run(cursor, dump)
                cursor.execute("SELECT set_config('search_path', %s, true)", [home])
                _compare(manifest)
        except OperationalError as error:
            raise MaintenanceError(
                f"Nothing was changed: {str(error).strip()}. Stop the web server and the workers"
                " first."
            ) from error
        except DatabaseError as error:
            raise MaintenanceError(f"Nothing was changed: {str(error).strip()}") from error
        finally:
            connection.close()  # the script changed settings of its session
    return manifest


def waiting_migrations() -> list[str]:
    """Migrations of this version that the database has not seen."""
    loader = MigrationLoader(connection)
    applied = loader.applied_migrations
    waiting = (each for each in sorted(loader.disk_migrations) if each not in applied)
    return [f"{app}.{name}" for app, name in waiting]


def _refuse_later_version(manifest: Manifest) -> None:
    known = MigrationLoader(None).disk_migrations
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise MaintenanceError(
            "The backup was made by another version of this program, with migrations that are not"
            f" here: {', '.join(unknown)}. Restore it with that version."
        )


def _clear(cursor: CursorWrapper, home: str) -> None:
    """Drop all tables, sequences, functions and types of the schema."""
    cursor.execute(
        """
        SELECT 'TABLE', oid::regclass::text FROM pg_class
        WHERE relkind = 'r' AND relnamespace = %(home)s::regnamespace
        UNION ALL
        SELECT 'ROUTINE', oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = %(home)s::regnamespace
        UNION ALL
        SELECT 'TYPE', oid::regtype::text FROM pg_type
        WHERE typtype IN ('e', 'c') AND typnamespace = %(home)s::regnamespace
        AND (typrelid = 0 OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))
        """,
        {"home": home},
    )
    for kind, name in cursor.fetchall():
        cursor.execute(f"DROP {kind} IF EXISTS {name} CASCADE")


def _run(cursor: CursorWrapper, dump: IO[bytes]) -> None:
    """Run the dump's script in the caller's transaction."""
    statements: list[bytes] = []
    with script_of(dump) as lines:
        for line in lines:
            if COPY.fullmatch(line):
                _execute(cursor, statements)
                with cursor.cursor.copy(line) as copy:
                    while (row := next(lines, END)) != END:
                        copy.write(row)
            elif not line.startswith(LEFT_OUT):
                statements.append(line)
    _execute(cursor, statements)


def _execute(cursor: CursorWrapper, statements: list[bytes]) -> None:
    text = b"".join(statements)
    statements.clear()
    if text.strip():
        cursor.cursor.execute(text)  # as it is: no percent sign in it stands for a value


def _compare(manifest: Manifest) -> None:
    found = contents()
    wrong = [
        name
        for name in sorted(found.keys() | manifest.tables.keys())
        if found.get(name, EMPTY) != manifest.tables.get(name, EMPTY)
    ]
    if wrong:
        raise MaintenanceError(
            "Nothing was changed: what was restored is not what was backed up, in"
            f" {', '.join(wrong)}."
        )
