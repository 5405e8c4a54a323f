#!/usr/bin/env python
"""Django's command line, with the embedded database started for the commands that need one."""

import os
import signal
import sys

from project.serving.lifetime import PARENT, end_in_order, end_with_parent

# Work on files alone, or (quickstart) start the database in their own time.
FILES_ONLY = {
    "quickstart",
    "evaluate",
    "makemessages",
    "compilemessages",
    "findstatic",
    "help",
    "--help",
    "-h",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether a command line speaks to the database."""
    if not arguments or arguments[0] in FILES_ONLY or {"--help", "-h"} & set(arguments):
        return False
    offline = arguments[0] == "prelabel" and any(a.startswith("--input") for a in arguments)
    return not offline or bool(os.environ.get("WEIGHTS"))  # whose sums the database has


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # until a command has ways of its own
        signal.signal(number, end_in_order)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup
        signal.signal(signal.SIGHUP, end_in_order)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    from django.conf import settings  # noqa: PLC0415 - the module's name is set just above
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from project.demo.embedded_postgres import ServerError, ensure_server  # noqa: PLC0415

    if parent := os.environ.pop(PARENT, ""):
        end_with_parent(int(parent))
    if needs_database(sys.argv[1:]) and not os.environ.get("DATABASE_URL"):
        try:
            ensure_server(settings.DATA_DIR)
        except ServerError as error:
            sys.exit(f"The embedded PostgreSQL did not start: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
