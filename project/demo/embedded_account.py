"""The operating system account that the embedded PostgreSQL runs under.

PostgreSQL refuses to run as root. An ordinary user simply runs it as themselves; for root the
server is given an account of its own, created on first use.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "accordingto"
# /usr/sbin is often missing from the PATH of a non-login root shell.
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# Numbers of the two capabilities in linux/capability.h, the narrower one first.
TRAVERSING_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


class ServerError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says plainly why and what to do."""


@dataclass(frozen=True)
class Account:
    """User and group numbers that the server runs with and that own its files."""

    uid: int
    gid: int


def choose_account(cluster: Path) -> Account:
    """Return the account for the database files at `cluster`, which need not exist yet.

    Files that exist keep their owner. For new ones an ordinary user is the owner; root gets the
    system account `accordingto`, created if absent. Raise ServerError if the files belong to
    somebody else and we are not root, or if the account cannot be created.
    """
    me = Account(os.geteuid(), os.getegid())
    try:
        found = cluster.stat()
    except FileNotFoundError:
        found = None
    except PermissionError:
        owner_name = _user_name(cluster.parent.stat().st_uid)
        raise ServerError(
            f"The data folder {cluster.parent} belongs to {owner_name}, not to"
            f" {_user_name(me.uid)}. Run this as its owner, or set ACCORDINGTO_DATA to a folder of"
            " your own."
        ) from None
    if found is not None:
        owner = Account(found.st_uid, found.st_gid)
        if me.uid not in (0, owner.uid):
            raise ServerError(
                f"The database under {cluster} belongs to {_user_name(owner.uid)}, not to"
                f" {_user_name(me.uid)}. Run this as its owner, or set ACCORDINGTO_DATA to a"
                " folder of your own."
            )
        if owner.uid != 0:
            return owner
    return me if me.uid != 0 else _system_account()


def command_as(account: Account, command: list[str], reach: Iterable[Path]) -> list[str]:
    """Return `command` wrapped so that it runs as `account`; unchanged if that is who we are.

    `reach` names the paths the command opens. If root's project lies behind a folder closed to
    others (such as /root), the command keeps the one capability needed to walk through it, instead
    of the folder being opened to everybody. Raise ServerError if that is needed and impossible.
    """
    if account.uid == os.geteuid():
        return command
    setpriv = shutil.which("setpriv", path=SYSTEM_PATH)
    if setpriv is None:
        raise ServerError(
            "PostgreSQL does not run as root, and the program setpriv (package util-linux), which"
            " gives up root's rights, is missing. Install it, or run this as an ordinary user."
        )
    wrapper = [setpriv, f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    keep = "-all"
    closed = _closed_to(account, reach)
    if closed is not None:
        capability = _traversing_capability(closed)
        keep = f"-all,+{capability}"
        # Without this bit access(2), by which PostgreSQL finds its programs, ignores capabilities.
        wrapper += ["--securebits=+no_setuid_fixup", f"--ambient-caps=+{capability}"]
        wrapper.append(f"--bounding-set={keep}")
    return [*wrapper, f"--inh-caps={keep}", "--", *command]


def _system_account() -> Account:
    """Return the system account of the embedded server, creating it if absent. Needs root."""
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        useradd = shutil.which("useradd", path=SYSTEM_PATH)
        if useradd is None:
            raise ServerError(
                "PostgreSQL does not run as root, and useradd, which would create an account for"
                " it, is missing. Run this as an ordinary user."
            ) from None
        shell = "/usr/sbin/nologin"
        command = [useradd, "--system", "--no-create-home", "--shell", shell, ACCOUNT_NAME]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        # Another process may have created it in between: only the look-up's answer counts.
        try:
            entry = pwd.getpwnam(ACCOUNT_NAME)
        except KeyError:
            raise ServerError(
                "PostgreSQL does not run as root, and no account could be created for it:"
                f" {done.stderr.strip()}. Run this as an ordinary user."
            ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _closed_to(account: Account, paths: Iterable[Path]) -> Path | None:
    """Return the first folder above any of `paths` that `account` may not walk through, if any."""
    for path in paths:
        for folder in reversed(path.parents):
            found = folder.stat()
            if found.st_uid == account.uid:
                bit = 0o100
            elif found.st_gid == account.gid:
                bit = 0o010
            else:
                bit = 0o001
            if not found.st_mode & bit:
                return folder
    return None


def _traversing_capability(closed: Path) -> str:
    """Return the narrowest capability we hold for passing closed folders; ServerError if none."""
    status = Path("/proc/self/status").read_text()
    held = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    if held is not None:
        for name, number in TRAVERSING_CAPABILITIES.items():
            if int(held[1], 16) & (1 << number):
                return name
    raise ServerError(
        f"PostgreSQL does not run as root, and its own account may not enter {closed}. Move the"
        " project to a folder that others may enter, such as /srv, or run this as an ordinary user."
    )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user number {uid}"
