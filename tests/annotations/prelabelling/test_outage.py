"""A worker whose database goes away in the middle of an article, and comes back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from project.demo.embedded_postgres import (
    database_settings,
    ensure_server,
    release_server,
    stop_server,
)
from tests.processes import connect, until

pytestmark = pytest.mark.slow

TEXT = "\n\n".join(f"Witness {n} said the lamp was red." for n in range(12_000))


class Site:
    """A data folder with its database, and commands on it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.environment = os.environ | {"ACCORDINGTO_DATA": str(data_dir), "EXTRACTOR": "rules"}
        self.environment.pop("DATABASE_URL", None)

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, "manage.py", *command], env=self.environment, check=True)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], env=self.environment, stdin=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def ask(self, text: str) -> list[tuple[Any, ...]]:
        with connect(self.data_dir) as connection:
            return connection.execute(text.encode()).fetchall()

    def status(self) -> str:
        [(status,)] = self.ask("SELECT status FROM articles_article")
        return str(status)


@pytest.fixture
def site(data_dir: Path, tmp_path: Path) -> Iterator[Site]:
    ensure_server(data_dir, durable=False)
    found = Site(data_dir)
    found.run("migrate", "--verbosity=0")
    article = tmp_path / "article.txt"
    article.write_text(TEXT)
    found.run("ingest", str(article))
    yield found
    release_server(data_dir)


def test_it_waits_for_the_database_and_goes_on(site: Site) -> None:
    with site.worker() as worker:
        until(lambda: site.status() == "prelabelling")
        stop_server(site.data_dir)
        with pytest.raises(psycopg.OperationalError):
            site.ask("SELECT 1")
        # As long as it takes to be missed: the worker has the article ready by then.
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(12)
        ensure_server(site.data_dir, durable=False)
        until(lambda: site.status() == "ready")
        assert worker.poll() is None, "the same worker"
    assert site.ask("SELECT status FROM annotations_prelabelrun ORDER BY id DESC LIMIT 1") == [
        ("succeeded",)
    ]
    assert site.ask("SELECT count(*) > 10000 FROM annotations_annotation") == [(True,)]


def test_it_starts_before_the_database_does(site: Site) -> None:
    stop_server(site.data_dir)
    site.environment["DATABASE_URL"] = url(site.data_dir)
    with site.worker() as worker:
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(8)
        ensure_server(site.data_dir, durable=False)
        until(lambda: site.status() == "ready")


def url(data_dir: Path) -> str:
    """The database's address: a worker that is given one starts no server of its own."""
    settings = database_settings(data_dir)
    host = str(settings["HOST"]).replace("/", "%2F").replace(" ", "%20")
    return f"postgres://{settings['USER']}@{host}:{settings['PORT'] or 5432}/{settings['NAME']}"


def test_one_that_has_nothing_to_do_meanwhile_goes_on_too(site: Site, tmp_path: Path) -> None:
    """Its connections break while they wait, each in a thread of its own."""
    site.environment["DATABASE_URL"] = url(site.data_dir)
    with site.worker() as worker:
        until(lambda: site.status() == "ready")
        # Its look for abandoned jobs, every ten seconds, has a connection by now, too.
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(12)
        stop_server(site.data_dir)
        ensure_server(site.data_dir, durable=False)
        second = tmp_path / "second.txt"
        second.write_text("Ana said the lamp was green.")
        site.run("ingest", str(second))
        until(lambda: site.ask("SELECT count(*) FROM articles_article") == [(2,)])
        until(lambda: site.ask("SELECT DISTINCT status FROM articles_article") == [("ready",)])
        assert worker.poll() is None, "the same worker"
