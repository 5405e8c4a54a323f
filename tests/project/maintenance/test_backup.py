"""Backups: whole or not at all, and back to just what was there."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from annotations.models import Decision
from articles.models import Article
from project.demo.embedded_postgres import program, release_server
from project.maintenance import archive, restore
from project.maintenance.contents import Contents, contents
from tests.annotations.at_once import another_connection
from tests.annotations.second_reviews import waiting_article
from tests.builders import ready_article
from tests.processes import PATIENCE, database_url, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def filled(editor: User) -> Contents:
    """What is in a database with articles, people, labels, decisions and a session."""
    Client().force_login(editor)
    waiting_article(editor)
    ready_article("Ada said: “O'Brien\\N \\. 100 % {}”\n\n\\.\nCOPY public.x (y) FROM stdin;\n", [])
    return now()


@pytest.fixture
def backup(filled: Contents, tmp_path: Path) -> Path:
    call_command("backup", tmp_path / "site.backup")
    return tmp_path / "site.backup"


def now() -> Contents:
    with transaction.atomic():
        return contents()


def without_sessions(found: Contents) -> Contents:
    return {name: each for name, each in found.items() if name != "django_session"}


def test_a_backup_brings_back_what_was_there_and_nothing_else(
    backup: Path, filled: Contents, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    assert list(backup.parent.iterdir()) == [backup]
    ready_article("Something else entirely was said by somebody.", [])
    User.objects.create_user("late")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE of_somebody_else (id int)")
    with pytest.raises(CommandError, match="is not empty"):
        call_command("restore", backup)
    call_command("restore", backup, replace=True)
    assert without_sessions(now()) == without_sessions(filled)
    assert not Session.objects.exists(), "everybody signs in again"
    call_command("verify")
    assert "each table was compared" in capsys.readouterr().out
    decision = Decision.objects.first()
    assert decision
    with pytest.raises(IntegrityError, match="never changed"):
        decision.delete()
    ready_article("The next one gets a number that is free.", [])


def damaged(content: bytes) -> Iterator[bytes]:
    """The file with a byte changed here and there, or cut off."""
    for part in (0.001, 0.02, 0.3, 0.5, 0.8):
        place = int(len(content) * part)
        yield content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    for part in (0, 0.01, 0.5, 0.9):
        yield content[: int(len(content) * part)]
    yield b"no backup at all"


def test_a_damaged_file_is_refused_before_anything_is_changed(
    backup: Path, filled: Contents
) -> None:
    for content in damaged(backup.read_bytes()):
        backup.write_bytes(content)
        with pytest.raises(CommandError, match=r"damaged|no whole backup"):
            call_command("restore", backup, replace=True)
        assert now() == filled
    with pytest.raises(CommandError, match="is not there"):
        call_command("restore", backup.parent / "another", replace=True)


def rewritten(backup: Path, **values: object) -> None:
    """Have the manifest say something else."""
    with archive.opened(backup) as (manifest, dump):
        changed = replace(manifest, **values)  # type: ignore[arg-type]
        archive.write(backup, changed, dump)


def test_what_was_restored_is_compared_before_it_counts(backup: Path, filled: Contents) -> None:
    other = filled["articles_article"] | {"digest": "1"}
    rewritten(backup, tables=without_sessions(filled) | {"articles_article": other})
    User.objects.create_user("late")
    before = now()
    with pytest.raises(CommandError, match=r"Nothing was changed.*in articles_article\."):
        call_command("restore", backup, replace=True)
    assert now() == before


def test_a_manifest_with_other_rows_is_refused(backup: Path, filled: Contents) -> None:
    other = filled["articles_article"] | {"rows": 7}
    with tarfile.open(backup) as tar:
        dump = tar.extractfile(archive.DUMP)
        assert dump
        content = dump.read()
    manifest = replace(
        manifest_of(backup), tables=without_sessions(filled) | {"articles_article": other}
    )
    archive.write(backup, manifest, BytesIO(content))
    with pytest.raises(CommandError, match="other rows of articles_article than"):
        call_command("restore", backup, replace=True)
    assert now() == filled


def manifest_of(backup: Path) -> archive.Manifest:
    with archive.opened(backup) as (manifest, _dump):
        assert json.dumps(asdict(manifest))
        return manifest


def test_a_backup_of_a_later_version_is_refused(backup: Path, filled: Contents) -> None:
    rewritten(backup, migrations=[("articles", "0999_much_later")])
    with pytest.raises(CommandError, match=r"articles\.0999_much_later"):
        call_command("restore", backup, replace=True)
    assert now() == filled


def test_whoever_still_uses_the_database_is_not_run_over(
    backup: Path, filled: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore, "LOCK_SECONDS", 1)
    with another_connection() as pool:
        pool.submit(_hold_articles).result(PATIENCE)
        with pytest.raises(CommandError, match="Stop the web server and the workers"):
            call_command("restore", backup, replace=True)
    assert now() == filled


def _hold_articles() -> None:
    connection.set_autocommit(False)
    list(Article.objects.all())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.usefixtures("filled")
def test_a_backup_that_is_ended_leaves_nothing_half(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "site.backup"
    path.write_text("the one of yesterday")
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "PATH": f"{program('pg_dump').parent}:{os.environ['PATH']}",
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE articles_article IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            [sys.executable, "manage.py", "backup", str(path)], cwd=ROOT, env=environment
        )
        until(_somebody_waits)
        process.send_signal(number)
        assert process.wait(PATIENCE) != 0
    assert path.read_text() == "the one of yesterday"
    if number == signal.SIGTERM:
        assert list(tmp_path.iterdir()) == [path]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        waits: bool = cursor.fetchone()[0]
    return waits


APPROVED = {
    "text": "It will rain, the office said.",
    "attributions": [
        {
            "source": [[14, 24]],
            "cue": [[25, 29]],
            "content": [[0, 12]],
            "status": "approved",
            "reviewed_by": "ada",
            "reviewed_at": "2026-02-01T08:00:00Z",
        }
    ],
}


def test_a_site_with_an_embedded_database_is_backed_up_destroyed_and_restored(
    data_dir: Path, tmp_path: Path
) -> None:
    environment = os.environ | {"ACCORDINGTO_DATA": str(data_dir)}
    environment.pop("DATABASE_URL", None)

    def manage(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "--verbosity=0")
    (tmp_path / "article.jsonl").write_text(json.dumps(APPROVED))
    manage("ingest", str(tmp_path / "article.jsonl"))
    manage("export", "--output", str(tmp_path / "before.jsonl"))
    manage("backup", str(tmp_path / "site.backup"))
    release_server(data_dir)
    shutil.rmtree(data_dir / "postgres")

    assert "are as they were" in manage("restore", str(tmp_path / "site.backup"))
    assert "is sound" in manage("verify")
    manage("export", "--output", str(tmp_path / "after.jsonl"))
    exported = (tmp_path / "after.jsonl").read_text()
    assert exported == (tmp_path / "before.jsonl").read_text()
    assert "the office said" in exported
    manage("migrate", "--check")
