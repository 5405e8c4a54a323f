"""Have an embedded PostgreSQL that ended by itself, or was killed, run again without hands."""

import logging
import threading
from pathlib import Path

from project.demo.embedded_postgres import ServerError, restart_server

WATCH_SECONDS = 1.0
PAUSE_SECONDS = 10.0
"""Between attempts while it does not start: while its disk is full, say."""

logger = logging.getLogger("articles.database")


def keep_running(data_dir: Path) -> None:
    """Watch over the server from a thread of this process, for as long as the process uses it.

    Every process that needs the server may: whoever is first starts it, and the others wait.
    """
    threading.Thread(target=_watch, args=[data_dir], name="embedded database", daemon=True).start()


def _watch(data_dir: Path) -> None:
    pause = threading.Event()
    while True:
        pause.wait(WATCH_SECONDS)
        try:
            if restart_server(data_dir):
                logger.warning("The embedded PostgreSQL had ended by itself and was started again")
        except (ServerError, OSError) as error:
            logger.error("The embedded PostgreSQL does not start: %s", error)
            pause.wait(PAUSE_SECONDS)
