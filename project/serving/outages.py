"""What people are told while the database cannot do its work."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull, OutOfMemory, TooManyConnections

from annotations.prelabelling.runs import TRANSIENT

RETRY_AFTER = 10
"""Seconds."""


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
