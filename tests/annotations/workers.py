"""Real workers, to be killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from tests.processes import database_url

DEADLINE_SECONDS = 90


@contextmanager
def worker(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py worker` on the tests' database."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", *arguments],
        env=os.environ | {"DATABASE_URL": database_url(), "EXTRACTOR": "rules"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def silence_the_dead() -> None:
    """Let the time pass after which a worker that is not heard of counts as dead."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )
