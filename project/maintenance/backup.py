"""Back the database up into one file, which is checked before it is there."""

import hashlib
import tempfile
from io import BufferedRandom
from pathlib import Path

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from accordingto.files import draft_of
from articles.clock import database_now
from project.maintenance.archive import DUMP, Manifest, opened, write
from project.maintenance.contents import EMPTY, contents
from project.maintenance.programs import MaintenanceError, write_dump

SESSIONS = "django_session"


def back_up(path: Path) -> Manifest:
    """Write the database, as it is at one moment, and what else is needed to know that it is whole.

    People may work meanwhile. The file appears when it is complete and was read again; what was
    there before stays until then. Raise MaintenanceError.
    """
    try:
        with draft_of(path) as draft, tempfile.TemporaryFile(dir=path.parent, prefix=DUMP) as dump:
            manifest = _dumped(dump)
            write(draft, manifest, dump)
            with opened(draft):
                pass
    except OSError as error:
        raise MaintenanceError(f"{path} was not written: {error}.") from error
    return manifest


def _dumped(dump: BufferedRandom) -> Manifest:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        write_dump(snapshot, dump)
        tables = contents()
        if SESSIONS in tables:
            tables[SESSIONS] = EMPTY
        made_at = database_now().isoformat(timespec="seconds")
        migrations = sorted(MigrationRecorder(connection).applied_migrations())
    return Manifest(made_at, _sum(dump), tables, migrations)


def _sum(dump: BufferedRandom) -> str:
    dump.seek(0)
    return hashlib.file_digest(dump, "sha256").hexdigest()
