"""The one command that starts everything, as the real processes that a newcomer runs."""

import asyncio
import http.cookiejar
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from project.demo.embedded_postgres import ensure_server, release_server
from project.demo.people import PEOPLE, SAMPLES
from project.management.commands.worker import retry_abandoned_jobs
from tests.processes import connect

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 180
STOP_SECONDS = 30
NUMBER_OF_SAMPLES = 8


class Desk:
    """A running `manage.py quickstart`, whose output is read line by line."""

    def __init__(self, data_dir: Path, port: int) -> None:
        environment = os.environ | {"ACCORDINGTO_DATA": str(data_dir)}
        # Nothing here may touch another database, nor depend on what the tests were given.
        for name in ("DATABASE_URL", "ACCORDINGTO_LOCAL", "SECRET_KEY"):
            environment.pop(name, None)
        self.output = ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "quickstart", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, words: str) -> None:
        """Read on until a line contains `words`."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no {words!r} in time; so far:\n{self.output}")
            assert line is not None, f"ended without {words!r}:\n{self.output}"
            self.output += line
            if words in line:
                return

    def end(self, number: signal.Signals | None = None) -> int:
        """Send a signal, if one is given, and return the exit code."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS)
        while (line := self._lines.get(timeout=STOP_SECONDS)) is not None:
            self.output += line
        return code


def run_migrate(data_dir: Path) -> None:
    environment = os.environ | {"ACCORDINGTO_DATA": str(data_dir)}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def processes_of(data_dir: Path) -> dict[int, str]:
    """Return the processes that were given the data folder, with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command_line = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(data_dir) in command_line + environment and int(folder.name) != os.getpid():
            found[int(folder.name)] = command_line.replace(b"\0", b" ").decode(errors="replace")
    return found


def process_of(data_dir: Path, words: str) -> int:
    """The process that has the words in its command line, and started the others that have."""
    found = [pid for pid, line in processes_of(data_dir).items() if words in line]
    (first,) = [pid for pid in found if parent_of(pid) not in found]
    return first


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def query(data_dir: Path, text: str) -> list[tuple[Any, ...]]:
    with connect(data_dir) as asked:
        return asked.execute(text.encode()).fetchall()


def sign_in(port: int, username: str, password: str) -> bool:
    """Sign in as a browser does; tell whether it worked."""
    url = f"http://127.0.0.1:{port}/login/"
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    page = browser.open(url, timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password}
    browser.open(url, urllib.parse.urlencode(form).encode(), timeout=30).read()
    return any(cookie.name == "sessionid" for cookie in cookies)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    return free


@pytest.fixture
def open_desk(spare_folder: Path) -> Iterator[Callable[[int], Desk]]:
    """Open desks over one data folder, in a path with spaces; end what is left of them."""
    data_dir = spare_folder / "a desk" / "data"
    desks = []

    def start(port: int) -> Desk:
        desks.append(Desk(data_dir, port))
        return desks[-1]

    yield start
    for desk in desks:
        desk.process.kill()
        desk.process.wait()
    for pid, line in processes_of(data_dir).items():
        if "postgres" not in line:
            os.kill(pid, signal.SIGKILL)


PASSWORD = re.compile(r"^  (\w+) +(\w{5}-\w{5}-\w{5})", re.MULTILINE)


def test_desk_opens_stops_and_opens_again_with_the_same_data(
    spare_folder: Path, port: int, open_desk: Callable[[int], Desk]
) -> None:
    data_dir = spare_folder / "a desk" / "data"

    desk = open_desk(port)
    desk.wait_for("Ctrl-C stops everything.")
    assert f"The desk is open: http://127.0.0.1:{port}/\n" in desk.output
    passwords = dict(PASSWORD.findall(desk.output))
    assert passwords.keys() == PEOPLE.keys()
    assert all(sign_in(port, name, password) for name, password in passwords.items())
    assert not sign_in(port, "editor", passwords["admin"])
    assert query(data_dir, "SELECT status, count(*) FROM articles_article GROUP BY 1") == [
        ("ready", NUMBER_OF_SAMPLES)
    ]
    proposed = query(data_dir, "SELECT id, article_id FROM annotations_annotation ORDER BY 1")
    assert len({article for _id, article in proposed}) == NUMBER_OF_SAMPLES

    second = open_desk(port)
    assert second.end() == 1
    assert f"Port {port} is taken" in second.output
    assert "Traceback" not in second.output

    people = "SELECT username, password, is_staff, is_superuser FROM auth_user ORDER BY 1"
    before = query(data_dir, people)
    assert not any(row[2] or row[3] for row in before)
    assert desk.end(signal.SIGINT) == 0
    assert "Traceback" not in desk.output
    assert processes_of(data_dir) == {}

    again = open_desk(port)
    again.wait_for("Ctrl-C stops everything.")
    assert not PASSWORD.findall(again.output)
    assert query(data_dir, people) == before
    assert query(data_dir, "SELECT id, article_id FROM annotations_annotation ORDER BY 1") == (
        proposed
    )
    assert sign_in(port, "editor", passwords["editor"])
    assert again.end(signal.SIGTERM) == 0
    assert processes_of(data_dir) == {}


def test_desk_closes_when_a_part_of_it_dies(
    spare_folder: Path, port: int, open_desk: Callable[[int], Desk]
) -> None:
    data_dir = spare_folder / "a desk" / "data"
    for words, number, said in [
        ("manage.py worker", signal.SIGKILL, "The worker ended by itself, by SIGKILL."),
        ("manage.py serve", signal.SIGKILL, "The web server ended by itself, by SIGKILL."),
    ]:
        desk = open_desk(port)
        desk.wait_for("Ctrl-C stops everything.")
        os.kill(process_of(data_dir, words), number)
        assert desk.end() == 1
        assert said in desk.output
        assert processes_of(data_dir) == {}


def test_a_killed_database_is_started_again(
    spare_folder: Path, port: int, open_desk: Callable[[int], Desk]
) -> None:
    data_dir = spare_folder / "a desk" / "data"
    desk = open_desk(port)
    desk.wait_for("Ctrl-C stops everything.")
    passwords = dict(PASSWORD.findall(desk.output))
    killed = process_of(data_dir, "postgres -D")
    os.kill(killed, signal.SIGKILL)
    desk.wait_for("The embedded PostgreSQL had ended by itself and was started again")
    assert process_of(data_dir, "postgres -D") != killed
    assert sign_in(port, "editor", passwords["editor"])
    assert desk.end(signal.SIGINT) == 0
    assert processes_of(data_dir) == {}


def test_taken_port_is_told_before_anything_starts(
    spare_folder: Path, port: int, open_desk: Callable[[int], Desk]
) -> None:
    with socket.create_server(("127.0.0.1", port)):
        desk = open_desk(port)
        assert desk.end() == 1
    assert f"Port {port} is taken" in desk.output
    assert "PORT=8001" in desk.output
    assert "Traceback" not in desk.output
    assert not (spare_folder / "a desk" / "data" / "postgres").exists()


def test_data_of_an_earlier_development_version_is_left_alone(data_dir: Path, port: int) -> None:
    run_migrate(data_dir)
    ensure_server(data_dir)
    query(
        data_dir,
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('articles', '0002_text_is_immutable', now()) RETURNING id",
    )
    release_server(data_dir)
    desk = Desk(data_dir, port)
    assert desk.end() == 1
    assert "made by an earlier development version" in desk.output
    assert "Traceback" not in desk.output
    assert processes_of(data_dir) == {}
    ensure_server(data_dir)
    assert query(data_dir, "SELECT count(*) FROM auth_user") == [(0,)]
    release_server(data_dir)


def test_port_out_of_range_is_told(open_desk: Callable[[int], Desk]) -> None:
    desk = open_desk(70000)
    assert desk.end() == 1
    assert "70000 is not a port" in desk.output


def test_lone_command_starts_the_database_and_stops_it(spare_folder: Path) -> None:
    data_dir = spare_folder / "data"
    run_migrate(data_dir)
    assert processes_of(data_dir) == {}
    ensure_server(data_dir)
    assert query(data_dir, "SELECT count(*) FROM articles_article") == [(0,)]
    release_server(data_dir)


def test_sample_articles_are_what_they_promise() -> None:
    records = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]
    assert len(records) == NUMBER_OF_SAMPLES
    assert len({record["id"] for record in records}) == NUMBER_OF_SAMPLES
    text = "\n".join(record["text"] for record in records)
    for promised in [
        "According to",
        "It was reported",
        '"',
        "“",
        "👩🏽‍🏫",
        "ليلى",
        "נועם",
        "\u0300",
    ]:
        assert promised in text
    for record in records:
        assert record["schema"] == "accordingto/1"
        assert "attributions" not in record
        assert record["text"].startswith(record["title"] + "\n\n")
        assert 150 <= len(record["text"].split()) <= 350


@pytest.mark.django_db(transaction=True)
def test_job_of_a_dead_worker_is_retried() -> None:
    with connection.cursor() as cursor:
        # Django's flush leaves these tables alone, so other tests' jobs may lie there.
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 minute'), (now()) RETURNING id"
        )
        (dead,), (alive,) = cursor.fetchall()
        cursor.executemany(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)"
            " VALUES ('prelabel', 'prelabel', 'doing', %s)",
            [(dead,), (None,), (alive,)],
        )

    async def retry() -> int:
        async with app.open_async():
            return await retry_abandoned_jobs(app)

    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        assert asyncio.run(retry()) == 2
        assert asyncio.run(retry()) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [("todo", 1), ("todo", 1), ("doing", 0)]
