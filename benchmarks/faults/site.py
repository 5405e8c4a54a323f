"""The whole site as processes of its own: web server, two workers, database, network between."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from benchmarks.faults.database import Database
from benchmarks.faults.network import Network

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
WEB_PROCESSES = 2
RESTART_SECONDS = 0.5
"""How soon what ended is started again, as by systemd with ``Restart=always``."""
FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """What an operator runs, with somebody who starts again what ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder, free_port())
        self.network = Network(free_port(), self.database.port)
        self.port = free_port()
        self.clock: dict[str, str] = {}
        self.restarts = 0
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._watching = threading.Event()
        self._log = (folder / "site.log").open("ab")
        self._random = random.Random(1)  # noqa: S311 - the same choices in every campaign

    def start(self) -> None:
        """Start what serves people; the database runs."""
        self._watching.set()
        for name in ("web", *(f"worker {n}" for n in range(WORKERS))):
            self._start(name)
        threading.Thread(target=self._supervise, daemon=True).start()

    def stop(self) -> None:
        """End web server and workers in order."""
        self._watching.clear()
        time.sleep(RESTART_SECONDS)
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def kill_web(self, *, all_of_it: bool) -> None:
        """Kill one web process, or the one that started them, with which they end."""
        server = self._running["web"].pid
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        pid = server if all_of_it or not children else int(self._random.choice(children))
        os.kill(pid, signal.SIGKILL)

    def kill_worker(self) -> None:
        name = f"worker {self._random.randrange(WORKERS)}"
        os.kill(self._running[name].pid, signal.SIGKILL)

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one of the site's commands."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": self.database.url(self.network.port)} | self.clock,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def tracebacks(self) -> Counter[str]:
        """What was raised and not caught, by the last line of each traceback in the site's log."""
        found: Counter[str] = Counter()
        inside = False
        for line in (self.folder / "site.log").read_text(errors="replace").splitlines():
            if line.startswith("Traceback"):
                inside = True
            elif inside and line and not line.startswith(" "):
                found[line[:150]] += 1
                inside = False
        return found

    def _start(self, name: str) -> None:
        if name == "web":
            command = ["serve", f"--port={self.port}", f"--processes={WEB_PROCESSES}"]
        else:
            command = ["worker"]
        self._running[name] = self.command(*command)

    def _supervise(self) -> None:
        while self._watching.is_set():
            time.sleep(RESTART_SECONDS)
            for name, process in list(self._running.items()):
                if self._watching.is_set() and process.poll() is not None:
                    self.restarts += 1
                    self._start(name)


def clock_of(file: Path) -> dict[str, str] | None:
    """Environment for a process whose time of day ``file`` shifts; None without libfaketime."""
    library = Path(FAKETIME.format(os.uname().machine))
    if not library.exists():
        return None
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
