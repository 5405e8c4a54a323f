"""A database of its own for a benchmark, and the settings for it."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django


@contextmanager
def own_database(*, durable: bool = True) -> Iterator[Path]:
    """Start an embedded database with all tables in a temporary folder, set Django up on it, and
    remove both at the end, also when stopped by SIGTERM.

    Yields the folder. Where it is not durable, nothing waits for the disk.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="accordingto-benchmark-"))
    folder.chmod(0o711)  # the database server's account walks through
    os.environ |= {
        "ACCORDINGTO_DATA": str(folder),
        "ACCORDINGTO_LOCAL": "1",
        "DJANGO_SETTINGS_MODULE": "project.settings",
        # Playwright's event loop makes Django take our calls for asynchronous code.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    os.environ.pop("DATABASE_URL", None)
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 (needs the settings)
    from django.db import connections  # noqa: PLC0415

    from project.demo.embedded_postgres import (  # noqa: PLC0415
        ensure_server,
        release_server,
        socket_directory,
    )

    try:
        ensure_server(folder, durable=durable)
        call_command("migrate", verbosity=0)
        yield folder
        connections.close_all()
    finally:
        release_server(folder)
        shutil.rmtree(socket_directory(folder), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
