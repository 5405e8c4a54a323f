"""A disk that fills up under the database, and gets room again."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from project.demo.embedded_postgres import (
    ensure_server,
    release_server,
)
from project.demo.keep_running import keep_running
from tests.processes import connect, until

pytestmark = pytest.mark.slow

MEGABYTES = 200
LEFT = 2**20
"""Bytes."""


@pytest.fixture
def small_disk(spare_folder: Path) -> Iterator[Path]:
    """A disk of its own for a data folder."""
    folder = spare_folder / "disk"
    folder.mkdir()
    command = [
        "/bin/mount",
        "-t",
        "tmpfs",
        "-o",
        f"size={MEGABYTES}m,mode=711",
        "tmpfs",
        str(folder),
    ]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    data_dir = folder / "data"
    ensure_server(data_dir)
    yield data_dir
    release_server(data_dir)
    subprocess.run(["/bin/umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take nearly all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 16)):
                pass
        except OSError:
            file.truncate(file.tell() - LEFT)
    return filler


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO kept VALUES (%(number)s, %(filler)s)", psycopg.errors.DiskFull),
        # All of it goes into the write-ahead log, without which the server cannot go on.
        (
            "WITH logged AS (SELECT pg_logical_emit_message(true, '', %(filler)s))"
            " INSERT INTO kept SELECT %(number)s FROM logged",
            psycopg.OperationalError,
        ),
    ],
    ids=["tables", "log"],
)
def test_what_was_acknowledged_is_there_once_there_is_room_again(
    small_disk: Path, statement: LiteralString, error: type[Exception]
) -> None:
    """The server may end for want of room, and starts again by itself."""
    keep_running(small_disk)
    with connect(small_disk) as connection:
        connection.execute("CREATE TABLE kept (number int PRIMARY KEY, filler text)")
    filler = fill(small_disk)
    acknowledged: list[int] = []
    connection = connect(small_disk)

    def insert_until_it_fails() -> None:
        for number in range(100_000):
            # What is random does not compress.
            row = {"number": number, "filler": secrets.token_hex(2_000)}
            connection.execute(statement, row)
            acknowledged.append(number)

    with pytest.raises(error):
        insert_until_it_fails()
    connection.close()
    filler.unlink()

    def there() -> list[int]:
        with connect(small_disk) as connection:
            found = connection.execute("SELECT number FROM kept ORDER BY 1").fetchall()
            connection.execute("INSERT INTO kept VALUES (-1, '') ON CONFLICT DO NOTHING")
        return [number for (number,) in found if number >= 0]

    def answers() -> bool:
        try:
            there()
        except psycopg.Error:
            return False
        return True

    until(answers)
    assert acknowledged
    assert there() == acknowledged
