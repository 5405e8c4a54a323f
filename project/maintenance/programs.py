"""PostgreSQL's own programs: those beside the embedded server, or those of the system."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, cast

from django.db import connection
from psycopg.conninfo import make_conninfo

from project.demo.embedded_files import program


class MaintenanceError(RuntimeError):
    """It was not done; the message says plainly why."""


def path_of(name: str) -> str:
    """The program of this name. Raise MaintenanceError if there is none that suits the server."""
    if not os.environ.get("DATABASE_URL"):
        return str(program(name))
    found = shutil.which(name)
    if found is None:
        raise MaintenanceError(
            f"{name} is not installed. It comes with the client programs of PostgreSQL"
            " (Debian: apt install postgresql-client), of the server's version or a newer one."
        )
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - found in PATH
    version = re.search(r"\d+", told.stdout)
    server = _server_version()
    if version is None or int(version[0]) < server:
        raise MaintenanceError(
            f"{found} is of PostgreSQL {version and version[0]}, and the server is {server}."
            f" Install postgresql-client-{server} or a newer one, and put it first in PATH."
        )
    return found


def _server_version() -> int:
    connection.ensure_connection()
    return connection.pg_version // 10000  # type: ignore[attr-defined,no-any-return]


@contextmanager
def output_of(command: Sequence[str], stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """What a program writes, while it writes it. Raise MaintenanceError where it fails."""
    process = subprocess.Popen(  # noqa: S603 - one of the programs above
        command,
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield cast("IO[bytes]", process.stdout)
        # What is left unread is nothing, and its complaints are few.
        _rest, complaint = process.communicate()
        if process.returncode != 0:
            raise MaintenanceError(complaint.decode(errors="replace").strip())
    finally:
        process.kill()
        process.wait()


def write_dump(snapshot: str, file: IO[bytes]) -> None:
    """Write all of the database, as the snapshot sees it, in pg_dump's custom format.

    Not who is signed in: whoever got hold of the file could go on with their sessions.
    """
    parameters = connection.get_connection_params()
    password = parameters.pop("password", None) or ""
    parameters.pop("prepare_threshold", None)
    known: dict[str, Any] = {k: v for k, v in parameters.items() if isinstance(v, str | int)}
    command = [
        path_of("pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--exclude-table-data=*.django_session",
        f"--snapshot={snapshot}",
        f"--dbname={make_conninfo(**known)}",
    ]
    done = subprocess.run(  # noqa: S603 - one of the programs above
        command,
        stdin=subprocess.DEVNULL,
        stdout=file,
        stderr=subprocess.PIPE,
        env=os.environ | {"PGPASSWORD": password},
        check=False,
    )
    if done.returncode != 0:
        raise MaintenanceError(done.stderr.decode(errors="replace").strip())
    file.flush()
