"""The production web server: several processes, behind a proxy or not."""

import os
import signal
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from project.serving.lifetime import end_if_asked

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
THREADS = 8
HEADER_SECONDS = 15
HEADER_BYTES = 64 * 1024
WAITING_CONNECTIONS = 2048
AT_ONCE = 1024
"""Connections that a process holds at once, with those that have not asked for anything yet."""
GRACE_SECONDS = 30


class Command(BaseCommand):
    """`manage.py serve`."""

    requires_system_checks = ()  # each web process makes them; this one only watches over those
    help = (
        "Runs the web server: several processes that share one port. SIGTERM, SIGHUP and Ctrl-C let"
        " the requests in hand finish and end them all. HTTPS is the proxy's in front of it"
        " (docs/install.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=DEFAULT_HOST, help="address to listen on")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT)
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, help="default: one per core"
        )
        parser.add_argument(
            "--threads", type=int, default=THREADS, help="requests that a process handles at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        end_if_asked()
        if options["processes"] < 1 or options["threads"] < 1:
            raise CommandError("At least one process and one thread are needed.")
        if not 1 <= options["port"] <= 65535:
            raise CommandError(f"{options['port']} is not a port: it must be between 1 and 65535.")
        self._check_database()
        server = Granian(
            "project.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=options["processes"],
            blocking_threads=options["threads"],
            backlog=WAITING_CONNECTIONS,
            backpressure=AT_ONCE,
            # Clients that send their headers a byte at a time hold no thread, and not for long.
            http1_settings=HTTP1Settings(
                header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES
            ),
            websockets=False,
            log_level=LogLevels.error,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACE_SECONDS,
        )

        @server.on_startup
        def end_when_the_terminal_closes() -> None:
            # Granian would start its processes anew. Under nohup nothing is to change.
            if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
                signal.signal(signal.SIGHUP, server.signal_handler_interrupt)

        server.serve()

    def _check_database(self) -> None:
        """Refuse a database of an old version; one that is away may come while the site runs."""
        try:
            self.check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
        except OperationalError as error:
            self.stderr.write(f"The database cannot be reached yet: {error}")
        finally:
            connection.close()  # the web processes must not share it
