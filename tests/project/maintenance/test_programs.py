"""Which of PostgreSQL's programs are run."""

from pathlib import Path

import pytest
from django.db import connection

from project.demo.embedded_files import program
from project.maintenance.programs import MaintenanceError, path_of

pytestmark = pytest.mark.django_db


def test_the_embedded_server_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert path_of("pg_dump") == str(program("pg_dump"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All of PATH, on a site with a server elsewhere."""
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example.org/desk")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_it_says_what_to_install(folder: Path) -> None:
    with pytest.raises(MaintenanceError, match=r"pg_dump is not installed.*postgresql-client"):
        path_of("pg_dump")


@pytest.mark.parametrize(("older", "refused"), [(1, True), (0, False), (-1, False)])
def test_a_program_older_than_the_server_is_refused(
    folder: Path, older: int, refused: bool
) -> None:
    connection.ensure_connection()
    version = connection.pg_version // 10000 - older  # type: ignore[attr-defined]
    found = folder / "pg_dump"
    found.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.4 (Debian)'\n")
    found.chmod(0o755)
    if not refused:
        assert path_of("pg_dump") == str(found)
        return
    with pytest.raises(MaintenanceError, match=f"is of PostgreSQL {version}, and the server is"):
        path_of("pg_dump")
