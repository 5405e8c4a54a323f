"""One command from nothing to a desk with pre-labelled articles in the browser."""

import os
import socket
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection
from procrastinate.contrib.django.models import ProcrastinateJob
from tqdm import tqdm

from accordingto.records.article import RecordError
from annotations.queue.intake import Stored
from articles.models import Article, ArticleStatus
from articles.refusals import worded
from project.demo.embedded_postgres import ServerError, ensure_server
from project.demo.keep_running import keep_running
from project.demo.people import PEOPLE, create_people, ingest_samples
from project.demo.processes import ChildEndedError, Children, StopSignals

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
POLL_SECONDS = 0.2
WEB_PROCESSES = 2
QUEUED, PRELABELLING = Article.Status.QUEUED, Article.Status.PRELABELLING


class Command(BaseCommand):
    """`manage.py quickstart`."""

    requires_system_checks = ()  # they ask the database, which is started only later
    help = (
        "Starts everything on this machine, for trying it out: the database with its tables, three"
        " demo people, sample articles, a worker that pre-labels them, and the web server. Ctrl-C"
        " stops it all; the next start finds the same data."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, default=DEFAULT_PORT, help="of the web server (default: 8000)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        _refuse_taken_port(port)
        signals = StopSignals()
        # Plain HTTP is enough on this machine alone, and HTTPS would need a certificate.
        children = Children(os.environ | {"ACCORDINGTO_LOCAL": "1"})
        try:
            self._prepare()
            waiting = self._bring_in_samples()
            signals.wait_politely()
            self._open(children, port)
            self._watch(children, signals, until=_web_answers(port))
            self._show_prelabelling(children, signals, waiting)
            if not signals.asked:
                self._say(f"\nThe desk is open: http://{HOST}:{port}/")
                self._say(f"Sign in as {', '.join(PEOPLE)}. Ctrl-C stops everything.")
            self._watch(children, signals)
        except KeyboardInterrupt:
            pass
        except (ChildEndedError, ServerError) as error:
            raise CommandError(str(error)) from error
        finally:
            signals.wait_politely()
            connection.close()
            children.stop()
        self._say("\nStopped. The next start finds the same data.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self) -> None:
        if not os.environ.get("DATABASE_URL"):
            self._say(f"Data folder: {settings.DATA_DIR}")
            ensure_server(settings.DATA_DIR)
            keep_running(settings.DATA_DIR)
        self.check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
        call_command("migrate", interactive=False, verbosity=0)
        people = create_people()
        if people:
            # At once, not at the end: after an interruption nobody would know them.
            self._say("\nNew people. Their passwords are shown only now:")
            for person in people:
                self._say(f"  {person.username:<12} {person.password}   ({person.group})")
        else:
            self._say("The people and their passwords are those of the first start.")

    def _bring_in_samples(self) -> list[int]:
        """Return the keys of the sample articles that wait for the pre-labeller."""
        outcomes, waiting = ingest_samples()
        stored = [each for _line, each in outcomes if isinstance(each, Stored)]
        new = sum(each.added for each in stored)
        self._say(f"\nSample articles: {new} new, {len(stored) - new} known.")
        for line, outcome in outcomes:
            if isinstance(outcome, RecordError):
                self._say(f"  left out: line {line}: {worded(outcome)}")
        return waiting

    def _open(self, children: Children, port: int) -> None:
        children.start("worker", "manage.py", "worker")
        listen = (f"--host={HOST}", f"--port={port}", f"--processes={WEB_PROCESSES}")
        children.start("web server", "manage.py", "serve", *listen)

    def _watch(
        self, children: Children, signals: StopSignals, until: Callable[[], bool] | None = None
    ) -> None:
        """Watch over all processes until `until` holds, or until we are asked to stop."""
        while not signals.asked and not (until and until()):
            children.check()
            time.sleep(POLL_SECONDS)

    def _show_prelabelling(
        self, children: Children, signals: StopSignals, waiting: list[int]
    ) -> None:
        if not waiting:
            return
        self._say("Pre-labelling them ...")
        with tqdm(total=len(waiting), unit=" articles", disable=None, leave=False) as bar:

            def all_done() -> bool:
                try:
                    bar.update(len(waiting) - _count(waiting, QUEUED, PRELABELLING) - bar.n)
                    return bar.n == len(waiting) or not _jobs_left()
                except OperationalError:  # it is away for a moment
                    connection.close()
                    return False

            self._watch(children, signals, until=all_done)
        missing = _count(waiting, QUEUED, PRELABELLING, Article.Status.FAILED)
        if missing and not signals.asked:
            self._say(f"{missing} of them could not be pre-labelled; the messages above say why.")


def _refuse_taken_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise CommandError(f"{port} is not a port: it must be between 1 and 65535.")
    with socket.socket() as probe:
        # As the web server does: a port whose last connections still linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except PermissionError:
            raise CommandError(f"Port {port} needs root's rights. Choose one above 1023.") from None
        except OSError:
            raise CommandError(
                f"Port {port} is taken, perhaps by a desk that is open already. Stop that program,"
                " or choose another port: make demo PORT=8001, or quickstart --port 8001."
            ) from None


def _web_answers(port: int) -> Callable[[], bool]:
    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, port)) == 0

    return answers


def _count(articles: list[int], *statuses: ArticleStatus) -> int:
    return Article.objects.filter(pk__in=articles, status__in=statuses).count()


def _jobs_left() -> bool:
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).exists()
