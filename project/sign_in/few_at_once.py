"""How many passwords a web process hashes at once: strangers must not hold all of its threads."""

from threading import BoundedSemaphore
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

AT_ONCE = 2
slots = BoundedSemaphore(AT_ONCE)


class FewAtOnce(ModelBackend):
    """Django's own check of passwords, by no more than AT_ONCE threads of a process.

    Who comes while all are at it is asked to try again: to wait would hold a thread, too. The
    limits of ``project.sign_in.throttle`` end a storm; this keeps the pages going until they do.
    """

    def authenticate(self, request: HttpRequest | None, *args: Any, **kwargs: Any) -> User | None:
        """Raise PermissionDenied where all are at it; axes then neither counts nor logs it."""
        if request is None:
            return super().authenticate(request, *args, **kwargs)
        if not slots.acquire(blocking=False):
            request.axes_locked_out = True  # type: ignore[attr-defined]
            raise PermissionDenied
        try:
            return super().authenticate(request, *args, **kwargs)
        finally:
            slots.release()
