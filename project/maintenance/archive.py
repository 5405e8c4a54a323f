"""The file of a backup: a tar with the dump, and a manifest that says what must be in it."""

import hashlib
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from project.maintenance.contents import Contents
from project.maintenance.programs import MaintenanceError, output_of, path_of

FORMAT = "accordingto-backup/1"
MANIFEST = "manifest.json"
DUMP = "database.dump"
COPY = re.compile(rb'COPY (?:"[^"]+"|\w+)\.(?:"([^"]+)"|(\w+)) \(.*\) FROM stdin;\n')
END = b"\\.\n"


@dataclass(frozen=True)
class Manifest:
    """What is in the backup: when it was made, the dump's sum, each table's figures, and which
    migrations had made the tables.
    """

    made_at: str
    dump_sha256: str
    tables: Contents
    migrations: list[tuple[str, str]]
    format: str = FORMAT


def write(path: Path, manifest: Manifest, dump: IO[bytes]) -> None:
    """Write the file of a backup."""
    packed = json.dumps(asdict(manifest), indent=1).encode()
    with tarfile.open(path, "w") as tar:
        for name, content, size in (
            (MANIFEST, BytesIO(packed), len(packed)),
            (DUMP, dump, dump.seek(0, 2)),
        ):
            content.seek(0)
            member = tarfile.TarInfo(name)
            member.size, member.mode = size, 0o600
            tar.addfile(member, content)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Manifest, IO[bytes]]]:
    """The manifest of a backup and its dump, after checking that they belong together and are
    whole. Raise MaintenanceError.
    """
    with tempfile.TemporaryFile() as dump:
        try:
            with tarfile.open(path, "r:") as tar:
                manifest = _manifest(_member(tar, MANIFEST).read(2**30))
                digest = hashlib.sha256()
                source = _member(tar, DUMP)
                while chunk := source.read(2**20):
                    digest.update(chunk)
                    dump.write(chunk)
        except FileNotFoundError as error:
            raise MaintenanceError(f"{path} is not there.") from error
        except (tarfile.TarError, OSError, KeyError, ValueError, TypeError) as error:
            raise MaintenanceError(f"{path} is no whole backup: {error}.") from error
        if digest.hexdigest() != manifest.dump_sha256:
            raise MaintenanceError(f"{path} is damaged: its dump has another SHA-256.")
        dump.flush()
        check_rows(manifest, dump)
        yield manifest, dump


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    member = tar.extractfile(name)
    if member is None:
        raise ValueError(f"{name} is no file")
    return member


def _manifest(packed: bytes) -> Manifest:
    values: dict[str, Any] = json.loads(packed)
    if values["format"] != FORMAT:
        raise ValueError(f"its format is {values['format']!r}, not {FORMAT!r}")
    migrations = [(app, name) for app, name in values["migrations"]]
    return Manifest(**(values | {"migrations": migrations}))


def check_rows(manifest: Manifest, dump: IO[bytes]) -> None:
    """Read the whole dump, and refuse one that has not the rows that the manifest tells."""
    rows: dict[str, int] = {}
    table = ""
    with script_of(dump) as lines:
        for line in lines:
            if table:
                table = "" if line == END else table
                rows[table] = rows.get(table, 0) + 1
            elif begun := COPY.fullmatch(line):
                table = (begun[1] or begun[2]).decode()
                rows.setdefault(table, 0)
    rows.pop("", None)
    told = {name: each["rows"] for name, each in manifest.tables.items()}
    wrong = {name for name in rows.keys() | told.keys() if rows.get(name, 0) != told.get(name, 0)}
    if wrong:
        raise MaintenanceError(
            f"The dump has other rows of {', '.join(sorted(wrong))} than the manifest tells."
        )


@contextmanager
def script_of(dump: IO[bytes]) -> Iterator[IO[bytes]]:
    """The dump as SQL. Raise MaintenanceError where it cannot be read."""
    dump.seek(0)
    command = [path_of("pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
    with output_of(command, stdin=dump) as lines:
        yield lines
