"""A PostgreSQL server that can be killed, stopped, starved of room and put into another time."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from project.demo.embedded_account import choose_account, command_as
from project.demo.embedded_postgres import program

NAME = "postgres"
START_SECONDS = 120
MEGABYTES = 600
LEFT = 2**17
"""Bytes that a full disk has left: enough for the server to fail in many places, not just one."""


class Database:
    """The server, on a disk of its own where this may mount one."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.password = secrets.token_hex(16)
        self.clock: dict[str, str] = {}
        """Environment that puts the server into another time."""
        self._disk = folder / "disk"
        self._disk.mkdir()
        mount = [
            "/bin/mount",
            "-t",
            "tmpfs",
            "-o",
            f"size={MEGABYTES}m,mode=711",
            "tmpfs",
            self._disk,
        ]
        self.own_disk = os.geteuid() == 0 and not subprocess.call(mount, stderr=subprocess.DEVNULL)
        self._cluster = self._disk / "postgres"
        self._account = choose_account(self._cluster)
        self._log = (folder / "postgres.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        self._create(folder)

    def url(self, port: int | None = None) -> str:
        """Its address, or that of something in front of it."""
        return f"postgres://{NAME}:{self.password}@127.0.0.1:{port or self.port}/{NAME}"

    def _create(self, folder: Path) -> None:
        self._cluster.mkdir(mode=0o700)
        password = folder / "password"
        password.write_text(self.password)
        os.chown(self._cluster, self._account.uid, self._account.gid)
        os.chown(password, self._account.uid, self._account.gid)
        initdb = program("initdb")
        command = [str(initdb), f"--pgdata={self._cluster}", f"--username={NAME}"]
        command += ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        subprocess.run(
            command_as(self._account, command, [initdb, self._cluster, password]),
            cwd="/",
            check=True,
            capture_output=True,
        )
        password.unlink()

    def start(self) -> None:
        """Start it, as often as it takes, and wait until it answers."""
        postgres = program("postgres")
        # Not for what changes the account: what libfaketime shares would be the other's.
        command = ["/usr/bin/env", *(f"{name}={value}" for name, value in self.clock.items())]
        command += [str(postgres), "-D", str(self._cluster), "-p", str(self.port)]
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100")
        for setting in settings:
            command += ["-c", setting]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    command_as(self._account, command, [postgres, self._cluster]),
                    cwd="/",
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                    stdin=subprocess.DEVNULL,
                    stdout=self._log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("PostgreSQL did not start")

    def stop(self) -> None:
        """In order: connections are cut, transactions undone."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """The server's first process; the others end when they notice."""
        self._end(signal.SIGKILL)

    def kill_backend(self) -> None:
        """One of the processes that serve a connection: the server throws all others out."""
        if self._process is None:
            return
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in children.read_text().split():
            if b"127.0.0.1" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(int(pid), signal.SIGKILL)
                return

    def fill_disk(self) -> None:
        """Take nearly all the room that is left."""
        with (self._disk / "filler").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                file.truncate(max(0, file.tell() - LEFT))

    def free_disk(self) -> None:
        (self._disk / "filler").unlink()

    def remove(self) -> None:
        """Stop it and remove its files."""
        self.stop()
        self._log.close()
        if self.own_disk:
            subprocess.run(["/bin/umount", self._disk], check=True)
        shutil.rmtree(self._disk, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
        self._process = None
