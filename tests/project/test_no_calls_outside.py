"""Nothing leaves the house: what each of our processes and commands does about the world outside.

Each runs as installed, behind a proxy that counts and refuses, with a hook that counts and refuses
what Python's own sockets are asked for, and with a home of its own. ONNX Runtime sends what it has
collected only after ten seconds or so; but it keeps that in the home from its first import on.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands

from project.demo.embedded_postgres import ensure_server, release_server
from tests.processes import free_port, listens, until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180  # seconds

HOOK = """
import os, sys

HERE = {"127.0.0.1", "::1", "localhost", "", None}


def hook(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        host = arguments[0] if isinstance(arguments[0], str) else None
    else:
        return
    if host not in HERE:
        with open(os.environ["OUTSIDE_LOG"], "a") as log:
            log.write(f"{event} {host}\\n")
        raise OSError(f"{host} is outside")


sys.addaudithook(hook)
"""


class Outside:
    """What processes started with ``environment`` tried to reach."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        hooks = folder / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(HOOK)
        self._log = folder / "outside.log"
        self._listener = listener
        self._asked: list[str] = []
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # Set in this process already, as every process of ours sets it.
        self.environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"} | {
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "PYTHONPATH": str(hooks),
            "OUTSIDE_LOG": str(self._log),
        }
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            self.environment[name] = self.environment[name.lower()] = proxy
        for name in ("NO_PROXY", "no_proxy"):
            self.environment.pop(name, None)

    @property
    def calls(self) -> list[str]:
        """Everything that was asked for outside, or is kept to be sent there."""
        hooked = self._log.read_text().splitlines() if self._log.exists() else []
        kept = [str(path) for path in self.home.rglob("*") if "onnxruntime" in path.name]
        return [*self._asked, *hooked, *kept]

    def refuse(self) -> None:
        """Answer as the proxy until the listener is closed."""
        while True:
            try:
                asking, _address = self._listener.accept()
            except OSError:
                return
            with asking:
                asking.settimeout(5)
                self._asked.append(asking.recv(1000).decode(errors="replace").split("\r\n")[0])
                asking.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    def run(self, *command: str) -> str:
        """Run it to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        trap = Outside(tmp_path, listener)
        thread = threading.Thread(target=trap.refuse)
        thread.start()
        yield trap
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE)


@pytest.fixture
def desk(outside: Outside, data_dir: Path) -> Iterator[Outside]:
    """With an empty database of its own."""
    outside.environment["ACCORDINGTO_DATA"] = str(data_dir)
    outside.environment.pop("DATABASE_URL", None)
    ensure_server(data_dir, durable=False)
    outside.run("manage.py", "migrate")
    yield outside
    release_server(data_dir)


CAUGHT = {
    "through the proxy": "import urllib.request as u; u.urlopen('http://calls.example/')",
    "past the proxy": "import socket; socket.create_connection(('192.0.2.1', 9), 1)",
    "a name": "import socket; socket.getaddrinfo('calls.example', 80)",
}


@pytest.mark.parametrize("attempt", CAUGHT)
def test_what_calls_outside_is_caught(outside: Outside, attempt: str) -> None:
    outside.run("-c", f"import contextlib\nwith contextlib.suppress(OSError): {CAUGHT[attempt]}")
    assert outside.calls


def test_onnxruntime_without_our_setting_is_caught(outside: Outside) -> None:
    outside.run("-c", "import onnxruntime")
    if not outside.calls:
        pytest.skip("this build of ONNX Runtime collects nothing")


ALONE = """
import {first}
from accordingto.pipeline.component import build_pipeline
doc = build_pipeline()("According to Syria TV, the incident occurred amid tensions.")
assert doc._.attributions
"""
AS_SPACY = """
import spacy
nlp = spacy.blank("en")
nlp.add_pipe("attribution", config={"extractor": {"@misc": "accordingto.network.v1"}})
nlp("According to Syria TV, the incident occurred amid tensions.")
"""


@pytest.mark.parametrize(
    "script",
    [ALONE.format(first="accordingto.pipeline.network.session"), AS_SPACY],
)
def test_the_library_alone_calls_nobody(outside: Outside, script: str) -> None:
    outside.run("-c", script)
    assert outside.calls == []


LABELLED = {
    "text": "According to Syria TV, the incident occurred amid tensions.",
    "attributions": [
        {"source": [[13, 21]], "cue": [[0, 12]], "content": [[23, 58]], "status": "proposed"}
    ],
}
COMMANDS: dict[str, Sequence[str]] = {
    "check": (),
    "ingest": ("ARTICLES",),
    "prelabel": ("--all-unreviewed",),
    "worker": ("--until-empty",),
    "evaluate": ("ARTICLES",),
    "export": ("--output", "-"),
    "invite": ("ana", "--role", "admins"),
    "train": ("--help",),
}


def test_no_process_calls_anybody(desk: Outside, tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    plain = {"text": "The mayor said it was late."}
    articles.write_text("\n".join(json.dumps(each) for each in (LABELLED, plain)))
    for name, arguments in COMMANDS.items():
        desk.run(
            "manage.py", name, *(each.replace("ARTICLES", str(articles)) for each in arguments)
        )
        assert desk.calls == [], name
    port = free_port()
    desk.environment["ACCORDINGTO_LOCAL"] = "1"
    with running(desk, "manage.py", "serve", f"--port={port}", "--processes=2"):
        until(lambda: listens(port))
        assert "Sign in" in page(port)
    assert desk.calls == []


def test_every_command_of_ours_is_tried() -> None:
    ours = {
        name
        for name, app in get_commands().items()
        if app in {"project", "articles", "annotations"}
    }
    assert ours <= {*COMMANDS, "quickstart", "serve"}


@pytest.mark.skipif(find_spec("torch") is None, reason="the extra 'train' is not installed")
def test_training_calls_nobody(outside: Outside) -> None:
    outside.run("-c", "import accordingto.training.export")
    assert outside.calls == []


@contextmanager
def running(outside: Outside, *command: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=outside.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"ended without {words!r}")


def page(port: int) -> str:
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with browser.open(f"http://127.0.0.1:{port}/login/", timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
    return text


def test_the_quickstart_calls_nobody(outside: Outside, spare_folder: Path) -> None:
    port = free_port()
    outside.environment["ACCORDINGTO_DATA"] = str(spare_folder / "data")
    outside.environment["EXTRACTOR"] = "rules"  # quicker; workers with the network are tried above
    for name in ("DATABASE_URL", "ACCORDINGTO_LOCAL"):
        outside.environment.pop(name, None)
    with running(outside, "manage.py", "quickstart", "--port", str(port)) as desk:
        wait_for(desk, "Ctrl-C stops everything.")
        assert "Sign in" in page(port)
    assert outside.calls == []
