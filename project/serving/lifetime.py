"""Processes that end with the one that started them."""

import ctypes
import os
import signal
import sys

PARENT = "ACCORDINGTO_PARENT"
"""The environment variable that tells a command whose child it is."""

PR_SET_PDEATHSIG = 1
"""Of Linux: <linux/prctl.h>."""


_asked: list[int] = []


def end_in_order(number: int, _frame: object) -> None:
    """Answer a signal with an end in order: what is registered for it, such as leaving the database
    server, is done.
    """
    _asked.append(number)
    sys.exit(128 + number)


def end_if_asked() -> None:
    """End after all, where `end_in_order` was called in the midst of an import that swallowed it.

    Some packages catch everything that is raised while they look for what is installed.
    """
    if _asked:
        sys.exit(128 + _asked[0])


def end_with_parent(parent: int) -> None:
    """Have the system end this process when its parent does, however that ends (kill -9 too).

    ``parent`` is the process id that the parent had when it started this process: it may have ended
    since. Elsewhere than on Linux nothing happens, and an orphan has to be ended by hand.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
