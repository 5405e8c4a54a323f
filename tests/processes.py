"""Commands run as processes of their own, on the tests' database."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection

from project.demo.embedded_postgres import database_settings

PATIENCE = 60.0


def database_url() -> str:
    """The address of the tests' database, for the environment of another process."""
    database = connection.settings_dict
    host, port = quote(database["HOST"], safe=""), database["PORT"] or 5432
    user = f"{database['USER']}:{quote(database['PASSWORD'] or '')}@"
    return f"postgres://{user}{host}:{port}/{database['NAME']}"


def connect(data_dir: Path) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect to the embedded server of a data folder, as Django does."""
    settings = database_settings(data_dir)
    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        dbname=settings["NAME"],
        autocommit=True,
    )


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
