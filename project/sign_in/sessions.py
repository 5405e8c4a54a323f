"""How long a sign-in lasts: until it was idle for too long, and in any case not for ever.

Both ends are kept as the session's own expiry, so that Django refuses it, the browser forgets it,
and ``clearsessions`` sweeps it, all at the same moment.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SINCE, SEEN = "signed_in_at", "seen_at"
SAVE_SECONDS = 60
"""A session that is used is written no more often than that."""

BY_THEMSELVES = {"pulse", "articles", "state"}
"""The ids of what asks on its own, again and again: an open page keeps nobody signed in."""


@receiver(user_logged_in)
def begin(request: HttpRequest, **_: Any) -> None:
    """Start both limits of a new sign-in."""
    request.session[SINCE] = int(time.time())
    _extend(request.session)


def lasts_while_used(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Have a sign-in last as long as it is used, and no longer than ``SESSION_TOTAL_AGE``."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and _is_used(request):
            request.session.setdefault(SINCE, int(time.time()))
            _extend(request.session)
        return get_response(request)

    return middleware


def _is_used(request: HttpRequest) -> bool:
    asked_by_itself = request.headers.get("HX-Trigger") in BY_THEMSELVES
    lately = time.time() - request.session.get(SEEN, 0) < SAVE_SECONDS
    return not asked_by_itself and not lately


def _extend(session: SessionBase) -> None:
    now = int(time.time())
    left = session[SINCE] + settings.SESSION_TOTAL_AGE - now
    session[SEEN] = now
    session.set_expiry(max(1, min(settings.SESSION_COOKIE_AGE, left)))
