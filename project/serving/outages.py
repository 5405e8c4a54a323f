"""What people are told while the database cannot do its work."""

import logging
import sys
import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull, OutOfMemory, TooManyConnections

from articles.outages import TRANSIENT

RETRY_AFTER = 10
"""Seconds."""

LOG_SECONDS = 10.0


class OutageFilter(logging.Filter):
    """Tell of an outage in a line every few seconds, not with a traceback for every request.

    While the database is away every open page asks again and again: their tracebacks would fill the
    disk, and all say the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last = -LOG_SECONDS
        self._silent = 0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if not isinstance(error, TRANSIENT):
            return True
        if time.monotonic() - self._last < LOG_SECONDS:
            self._silent += 1
            return False
        record.msg, record.args = "Not answered for want of the database: %s", (str(error),)
        if self._silent:
            record.msg += f" ({self._silent} more since the last such line)"
        record.exc_info = record.exc_text = None
        self._last, self._silent = time.monotonic(), 0
        return True


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what was raised: 503 with the reason for an outage of the database, else 500.

    The page of an outage asks the database nothing, not even who is signed in.
    """
    error = sys.exception()
    if not isinstance(error, TRANSIENT):
        return render(request, "500.html", status=500)
    page = render_to_string("503.html", {"reason": _reason(error)})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})


def _reason(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(cause, DiskFull):
        return _("The database's disk is full. Whoever runs this site has to make room.")
    if isinstance(cause, OutOfMemory | TooManyConnections):
        return _("The database is overloaded.")
    return _("The database cannot be reached.")
