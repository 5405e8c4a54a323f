"""Commands run as processes of their own, on the tests' database."""

import socket
import time
from collections.abc import Callable
from urllib.parse import quote

from django.db import connection

PATIENCE = 60.0


def database_url() -> str:
    """The address of the tests' database, for the environment of another process."""
    database = connection.settings_dict
    host, port = quote(database["HOST"], safe=""), database["PORT"] or 5432
    user = f"{database['USER']}:{quote(database['PASSWORD'] or '')}@"
    return f"postgres://{user}{host}:{port}/{database['NAME']}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
