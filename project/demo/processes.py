"""Child processes that are started, watched and ended together, and the signals that end them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from project.serving.lifetime import PARENT

ROOT = Path(__file__).resolve().parents[2]
GRACE_SECONDS = 8.0


class ChildEndedError(RuntimeError):
    """A child ended without having been asked to."""


class Children:
    """Python processes by name, in the project's folder."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Start Python with `arguments`."""
        process = subprocess.Popen(  # noqa: S603 (all its words are ours)
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self._environment, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            # Ctrl-C in a terminal reaches us alone, so that we end the children in order.
            start_new_session=True,
        )
        self._running[name] = process

    def check(self) -> None:
        """Raise ChildEndedError if a child has ended."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                how = f"with code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
                raise ChildEndedError(f"The {name} ended by itself, {how}.")

    def stop(self) -> None:
        """End all children: ask each, and kill those that run on after GRACE_SECONDS."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


class StopSignals:
    """Turns Ctrl-C, SIGTERM and a closed terminal into one orderly end.

    The first signal raises KeyboardInterrupt, as Ctrl-C does in Python. Once `wait_politely` was
    called it only sets `asked`, so that no child is lost between its start and our note of it. The
    signals after the first change nothing: they must not cut the end short.
    """

    def __init__(self) -> None:
        self.asked = False
        self._polite = False
        signal.signal(signal.SIGINT, self._receive)
        signal.signal(signal.SIGTERM, self._receive)
        # Under nohup a closed terminal is to change nothing.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._receive)

    def wait_politely(self) -> None:
        """From now on, only note a signal."""
        self._polite = True

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        first, self.asked = not self.asked, True
        if first and not self._polite:
            raise KeyboardInterrupt
