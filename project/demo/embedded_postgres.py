"""The embedded PostgreSQL: a real server under the data folder, for desks that have none elsewhere.

It listens on one Unix socket in a private folder and on no network address. Every process that
uses it holds a shared lock, and the last one to leave stops it: a lone command cleans up behind
itself, while a running desk keeps its database. A killed process loses its lock with its life.
"""

import atexit
import fcntl
import multiprocessing.util
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from project.demo.embedded_account import Account, ServerError, choose_account, command_as
from project.demo.embedded_files import (
    ENVIRONMENT,
    MAJOR_VERSION,
    SUPERUSER,
    close_folder,
    create_cluster,
    own_folder,
    prepare_socket_directory,
    program,
    remove_socket_directory,
    socket_directory,
    write_access,
)

__all__ = [
    "ServerError",
    "database_settings",
    "ensure_server",
    "is_running",
    "program",
    "release_server",
    "restart_server",
    "socket_directory",
    "stop_server",
]

PORT = 5432  # only names the socket file, .s.PGSQL.5432
NAME = "accordingto"  # of the database and of the role that owns it
START_SECONDS = 300  # a server replaying its log after a crash may take minutes
LEFTOVER_SECONDS = 30  # for the children of a killed server to notice and end
STOP_SECONDS = 120
POLL_SECONDS = 0.02
# What goes wrong is logged by its message alone: statements, rows and parameters hold articles.
NO_TEXTS_IN_THE_LOG = {
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "debug_print_parse": "off",
}

_locks: dict[Path, tuple[int, int]] = {}  # by data folder: process id, our lock
_children: dict[Path, subprocess.Popen[bytes]] = {}  # servers this process started, to be reaped


def database_settings(data_dir: Path) -> dict[str, Any]:
    """Return the entry for Django's DATABASES; touches nothing and starts no server."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": str(socket_directory(data_dir)),
        "PORT": str(PORT),
        "NAME": NAME,
        "USER": NAME,
    }


def ensure_server(data_dir: Path, *, durable: bool = True) -> None:
    """Make sure the server of `data_dir` runs and has the database, until this process ends.

    Creates the files on first use. May be called by several processes at once, and more than once
    by each. `durable=False` starts it without waiting for the disk: for tests, whose data may be
    lost in a power cut. Raise ServerError.
    """
    data_dir = own_folder(data_dir)
    cluster = data_dir / "postgres"
    account = choose_account(cluster)
    with _exclusive(data_dir):
        _join_users(data_dir)
        try:
            close_folder(data_dir, account)
            if not (cluster / "PG_VERSION").exists():
                create_cluster(cluster, account, durable=durable)
            version = (cluster / "PG_VERSION").read_text().strip()
            if version != MAJOR_VERSION:
                raise ServerError(
                    f"The database under {cluster} is of PostgreSQL {version}, but"
                    f" {MAJOR_VERSION} is installed. Dump it with the old version and restore it"
                    " into a new data folder."
                )
            changed = write_access(cluster, account)
            running = _state(cluster)
            if changed and running is not None:  # a server of an earlier version
                os.kill(running[0], signal.SIGHUP)
            _start(data_dir, account, durable=durable)
            _create_database(data_dir)
        except BaseException as error:
            _leave_users(data_dir)
            remove_socket_directory(data_dir)
            if isinstance(error, OSError):  # a full disk, say
                raise ServerError(f"{cluster} cannot be used: {error}.") from error
            raise


def is_running(data_dir: Path) -> bool:
    """Tell whether the server of `data_dir` runs and takes connections."""
    state = _state(data_dir.resolve() / "postgres")
    return state is not None and state[1] == "ready"


def restart_server(data_dir: Path) -> bool:
    """Start the server again if it ended by itself; tell whether it had.

    Does nothing for a process that does not use it, or no longer. Files that are gone are not made
    anew, as `ensure_server` would: an empty desk is no answer to that. Raise ServerError.
    """
    data_dir = data_dir.resolve()
    cluster = data_dir / "postgres"
    if not _uses(data_dir) or is_running(data_dir):
        return False
    if not (cluster / "PG_VERSION").exists():
        raise ServerError(f"The files of the database are no longer under {cluster}.")
    with _exclusive(data_dir):
        if not _uses(data_dir) or is_running(data_dir):
            return False
        _start(data_dir, choose_account(cluster), durable=True)
    return True


def _uses(data_dir: Path) -> bool:
    """Whether this process uses the server: a lock that it was forked with is its parent's."""
    held = _locks.get(data_dir)
    return held is not None and held[0] == os.getpid()


def release_server(data_dir: Path) -> None:
    """Give up this process's use of the server, and stop the server if nobody else uses it.

    Happens by itself at a process's orderly end. Raise ServerError if the server does not stop.
    """
    data_dir = data_dir.resolve()
    held = _locks.get(data_dir)
    # A forked child shares the parent's lock; ending the child must not end the parent's use.
    if held is None or held[0] != os.getpid() or not data_dir.exists():
        return
    with _exclusive(data_dir):
        try:
            fcntl.flock(held[1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # others still use it
        else:
            _stop(data_dir / "postgres")
        finally:
            _leave_users(data_dir)


def stop_server(data_dir: Path) -> bool:
    """Stop the server of `data_dir`, whoever uses it, and tell whether it ran.

    Open connections are cut and unfinished transactions undone; nothing committed is lost. Raises
    ServerError if it does not stop.
    """
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        return False
    with _exclusive(data_dir):
        return _stop(data_dir / "postgres")


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ServerError(f"{path} cannot be opened: {error.strerror}.") from error


@contextmanager
def _exclusive(data_dir: Path) -> Iterator[None]:
    """Hold the lock under which a server is created, started or stopped; wait for its holder."""
    descriptor = _open_lock(data_dir / "postgres.start.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _join_users(data_dir: Path) -> None:
    """Take the shared lock that says this process uses the server. Called under _exclusive."""
    held = _locks.get(data_dir)
    if held is not None:
        if held[0] == os.getpid():
            return
        os.close(held[1])  # this process was forked off by one that has its own, still open there
    descriptor = _open_lock(data_dir / "postgres.users.lock")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _locks[data_dir] = (os.getpid(), descriptor)
    if multiprocessing.parent_process() is None:
        atexit.register(release_server, data_dir)
    else:  # such a process ends without what is registered with atexit
        multiprocessing.util.Finalize(None, release_server, args=[data_dir], exitpriority=1)


def _leave_users(data_dir: Path) -> None:
    """Drop the shared lock. The call that atexit still makes finds no lock and does nothing."""
    os.close(_locks.pop(data_dir)[1])


def _command_line(pid: int) -> list[bytes]:
    """Return the arguments that process `pid` was started with; none if it does not run."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _recorded_pid(cluster: Path) -> tuple[int, str] | None:
    """Return process id and status as the server wrote them into its pid file, if it did."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        # A starting server has not written its status line (the eighth) yet.
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else "starting"
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _state(cluster: Path) -> tuple[int, str] | None:
    """Return process id and status (starting, ready, stopping) of the server, if it runs."""
    child = _children.get(cluster)
    if child is not None and child.poll() is not None:
        _children.pop(cluster, None)
    recorded = _recorded_pid(cluster)
    if recorded is None or os.fsencode(cluster) not in _command_line(recorded[0]):
        return None
    return recorded


def _remove_stale_pid_file(cluster: Path) -> None:
    """Remove the pid file of a dead server whose number another program has by now.

    PostgreSQL itself copes with a number nobody has. It would refuse to start for one that somebody
    has, which is common after a container's restart.
    """
    recorded = _recorded_pid(cluster)
    if recorded is None:
        return
    command_line = _command_line(recorded[0])
    if command_line and Path(os.fsdecode(command_line[0])).name != "postgres":
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _start(data_dir: Path, account: Account, *, durable: bool) -> None:
    """Start the server if it does not run, and wait until it takes connections."""
    cluster = data_dir / "postgres"
    deadline = time.monotonic() + START_SECONDS
    leftovers_until = time.monotonic() + LEFTOVER_SECONDS
    log = data_dir / "postgres.log"
    process: subprocess.Popen[bytes] | None = None
    log_start = 0
    while time.monotonic() < deadline:
        state = _state(cluster)
        if state is not None and state[1] == "ready":
            return
        if process is not None and process.poll() is not None:
            with log.open("rb") as written:
                written.seek(log_start)
                reason = written.read().decode(errors="replace").strip()
            # The children of a killed server are still ending: try again for a while.
            if "is still in use" not in reason or time.monotonic() > leftovers_until:
                raise ServerError(f"PostgreSQL did not start:\n{reason}\n(from {log})")
            process = None
        if state is None and process is None:
            _remove_stale_pid_file(cluster)
            log_start = log.stat().st_size if log.exists() else 0
            process = _spawn(data_dir, account, log, durable=durable)
        time.sleep(POLL_SECONDS)
    raise ServerError(f"PostgreSQL is not ready after {START_SECONDS} seconds; see {log}.")


def _spawn(
    data_dir: Path, account: Account, log: Path, *, durable: bool
) -> subprocess.Popen[bytes]:
    cluster = data_dir / "postgres"
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(prepare_socket_directory(data_dir, account)),
        "unix_socket_permissions": "0700",
        **NO_TEXTS_IN_THE_LOG,
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    postgres = program("postgres")
    command = [str(postgres), "-D", str(cluster), "-p", str(PORT)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as output:
        process = subprocess.Popen(  # noqa: S603 (all its words are ours)
            command_as(account, command, [postgres, cluster]),
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in a terminal must not reach the server: its users may still write.
            start_new_session=True,
        )
    _children[cluster] = process
    return process


def _create_database(data_dir: Path) -> None:
    """Create our role and database if missing, as they are too if a first start was cut short."""
    host = str(socket_directory(data_dir))
    try:
        with psycopg.connect(
            host=host, port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            name = sql.Identifier(NAME)
            role = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [NAME])
            if not role.rowcount:
                # No superuser, so that a flaw in a query stays inside; tests create databases.
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name))
            database = connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME])
            if not database.rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    except psycopg.Error as error:
        raise ServerError(f"The database could not be opened: {error}") from error


def _stop(cluster: Path) -> bool:
    state = _state(cluster)
    if state is None:
        return False
    # PostgreSQL's "fast" stop: cut connections, undo open transactions, write everything out.
    with suppress(ProcessLookupError):
        os.kill(state[0], signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while _state(cluster) is not None:
        if time.monotonic() > deadline:
            raise ServerError(
                f"PostgreSQL (process {state[0]}) did not stop in {STOP_SECONDS} seconds."
            )
        time.sleep(POLL_SECONDS)
    # The pid file goes just before the process; our own child would linger if not waited for.
    child = _children.pop(cluster, None)
    if child is not None:
        child.wait()
    remove_socket_directory(cluster.parent)
    return True
