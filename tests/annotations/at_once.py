"""Two people at the same moment, in an order that the test decides, each with a connection."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from django.db import connection, transaction

PATIENCE = 60  # seconds


def while_uncommitted(first: Callable[[], object], second: Callable[[], object]) -> object:
    """Do ``first``, and let another connection do ``second`` before ``first`` is committed.

    ``first`` is committed once ``second`` waits for it, or has not waited and is done. Returns what
    ``second`` returned or raised.
    """
    with another_connection() as pool:
        with transaction.atomic():
            first()
            done = start(pool, second)
        return done.result(PATIENCE)


def elsewhere(action: Callable[[], object]) -> object:
    """Do it over another connection, committed; returns what it returned or raised."""
    with another_connection() as pool:
        return pool.submit(_outcome, action).result(PATIENCE)


@contextmanager
def another_connection() -> Iterator[ThreadPoolExecutor]:
    """A thread with a connection of its own, which is closed in the end."""
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool
        finally:
            pool.submit(_close).result(PATIENCE)


def start(pool: ThreadPoolExecutor, action: Callable[[], object]) -> Future[object]:
    """Have the other connection begin, and go on once it waits for a lock or is done."""
    backend = pool.submit(_backend).result(PATIENCE)
    done = pool.submit(_outcome, action)
    deadline = time.monotonic() + PATIENCE
    while not done.done():
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [backend])
            if cursor.fetchone()[0]:
                break
        assert time.monotonic() < deadline, "it neither waits for a lock nor ends"
        wait([done], 0.01)
    return done


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


def _close() -> None:
    connection.close()  # the thread's own


def _outcome(action: Callable[[], object]) -> object:
    try:
        return action()
    except Exception as error:
        return error
