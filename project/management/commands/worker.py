"""The worker: takes jobs from the database, one at a time. Run as many as needed, on any host."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connection
from procrastinate import App, JobContext
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from accordingto.pipeline.network.weights import WeightsError
from annotations.prelabelling.tasks import resume_stranded
from annotations.prelabelling.weights import trained
from annotations.queue.tasks import resume_imports
from articles.outages import TRANSIENT
from project.demo.keep_running import keep_running
from project.serving.lifetime import end_if_asked

HEARTBEAT_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # a worker unheard for so long counts as dead
RECOVERY_SECONDS = 10.0
PAUSE_SECONDS = 5

logger = logging.getLogger("articles.worker")


async def retry_abandoned_jobs(app: App) -> int:
    """Put the jobs of dead workers back into the queue; return how many.

    Raise ConnectorException if the database cannot be reached.
    """
    retried = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_SECONDS):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException as error:
            # Another worker was quicker, or the job ended at last.
            logger.info("Job %s was not retried: %s", job.id, error)
        else:
            retried += 1
            logger.warning("Job %s (%s) is retried: its worker died", job.id, job.task_name)
    return retried


def with_a_live_connection[T](
    call: Callable[[], T], _context: JobContext | None = None, _worker: object = None
) -> T:
    """Call it, in this thread, with a connection to the database that works.

    What Django does around each request: a connection that broke is given up. Otherwise a thread
    that lives on would have the broken one for good.
    """
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()


def _resume() -> None:
    """Enqueue what waits for a worker without a job."""
    with_a_live_connection(resume_stranded)
    with_a_live_connection(resume_imports)


# No periodic task of Procrastinate's: that is a job, which would wait behind the articles that this
# worker has in hand, and a dead worker's article with it.
async def _watch_for_abandoned_jobs(app: App) -> None:
    while True:
        await asyncio.sleep(RECOVERY_SECONDS)
        try:
            await retry_abandoned_jobs(app)
            await sync_to_async(_resume)()
        except (ConnectorException, *TRANSIENT) as error:
            logger.warning("Abandoned jobs could not be looked for: %s", error)


async def work(app: App, *, until_empty: bool) -> bool:
    """Do jobs until asked to stop by SIGTERM or SIGINT, or until none is left if `until_empty`.

    The job in hand is finished first. Return whether it ended as it should; False means that it
    gave up, as it does without a database. Raise ConnectorException where there is none at first.
    """
    async with app.open_async():
        await retry_abandoned_jobs(app)
        await sync_to_async(_resume)()
        worker = asyncio.create_task(
            app.run_worker_async(
                wait=not until_empty,
                delete_jobs="successful",
                install_signal_handlers=False,
                task_middleware=[with_a_live_connection],
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENCE_SECONDS,
            )
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.cancel)
        watch = asyncio.create_task(_watch_for_abandoned_jobs(app))
        try:
            await worker
        except asyncio.CancelledError:
            return True
        finally:
            watch.cancel()
        return until_empty


class Command(BaseCommand):
    """`manage.py worker`."""

    requires_system_checks = ()  # they ask the database, which may come later
    help = (
        "Runs one worker, which pre-labels articles and does other jobs until it is stopped with"
        " Ctrl-C or SIGTERM. Run as many as needed, on as many hosts as needed. The job of a"
        f" worker that died is taken up by another after {SILENCE_SECONDS:.0f} seconds. While the"
        " database is away it waits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-empty", action="store_true", help="end as soon as no job is waiting"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        end_if_asked()
        connector = django_app.connector
        if not isinstance(connector, DjangoConnector):
            raise CommandError("Jobs are not kept in Django's database.")
        if not os.environ.get("DATABASE_URL"):
            keep_running(settings.DATA_DIR)
        while not self._work(connector, until_empty=options["until_empty"]):
            self.stderr.write(f"No database; the worker tries again in {PAUSE_SECONDS} s.")
            connection.close()
            time.sleep(PAUSE_SECONDS)

    def _work(self, connector: DjangoConnector, *, until_empty: bool) -> bool:
        """Work until asked to stop; return False where the database went away."""
        with django_app.replace_connector(connector.get_worker_connector()) as app:
            try:
                self.check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
                trained()
                connection.close()  # jobs have their own
                return asyncio.run(work(app, until_empty=until_empty))
            except WeightsError as error:
                raise CommandError(str(error)) from error
            except (ConnectorException, *TRANSIENT) as error:
                logger.warning("The database cannot be reached: %s", error)
                return False
