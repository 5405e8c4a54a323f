"""People who decide, as their browsers do: what had no answer is sent again until it has one."""

import http.client
import itertools
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

TOKEN = "a" * 32  # as cookie and header: all that the CSRF check compares
VERSION = re.compile(rb'name="version" value="(\d+)"')
PATIENCE = 65.0
AGAIN = 0.3
"""Seconds before something is sent again; a browser waits longer."""
THINKING = 0.15
ACTIONS = ("approve", "reject", "approve", "undo")


@dataclass(frozen=True)
class Sent:
    """A decision that somebody sent: on which version of what, and when."""

    person: str
    annotation: int
    version: int
    action: str


@dataclass
class Journal:
    """What all people sent and were told. ``acknowledged`` was answered as done."""

    sent: set[Sent] = field(default_factory=set)
    acknowledged: set[Sent] = field(default_factory=set)
    articles: list[str] = field(default_factory=list)
    """Titles of articles that the site said it has."""
    answers: Counter[str] = field(default_factory=Counter)
    longest_wait: float = 0.0
    """Seconds that the longest decision took until it was acknowledged."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Person(threading.Thread):
    """Somebody signed in who does something again and again until told to stop."""

    def __init__(self, name: str, cookie: str, port: int, journal: Journal) -> None:
        super().__init__(name=name, daemon=True)
        self.journal = journal
        self.stopped = threading.Event()
        self._port = port
        self._connection: http.client.HTTPConnection | None = None
        self._headers = {
            "Cookie": f"{cookie}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "HX-Request": "true",
        }

    def ask(
        self, method: str, path: str, values: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send until there is an answer other than that of an outage."""
        headers = dict(self._headers)
        if values is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        while True:
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection(
                        "127.0.0.1", self._port, timeout=PATIENCE
                    )
                self._connection.request(method, path, urlencode(values or {}), headers)
                response = self._connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException):
                self._connection = None
                self._count("no answer")
            else:
                self._count(
                    f"{response.status // 100}xx" if response.status < 500 else str(response.status)
                )
                if response.status < 500:
                    return response.status, body
            time.sleep(AGAIN)

    def _count(self, answer: str) -> None:
        with self.journal.lock:
            self.journal.answers[answer] += 1


class Editor(Person):
    """Decides on attributions, some of which others decide on as well."""

    def __init__(
        self, name: str, cookie: str, port: int, journal: Journal, *, annotations: Sequence[int]
    ) -> None:
        super().__init__(name, cookie, port, journal)
        self.annotations = annotations
        self._random = random.Random(name)  # noqa: S311 - the same choices in every campaign

    def run(self) -> None:
        versions: dict[int, int] = {}
        actions = itertools.cycle(ACTIONS)
        while not self.stopped.is_set():
            pk = self._random.choice(self.annotations)
            if pk not in versions:
                versions[pk] = self._version(self.ask("GET", f"/annotations/{pk}/")[1])
            sent = Sent(self.name, pk, versions.pop(pk), next(actions))
            with self.journal.lock:
                self.journal.sent.add(sent)
            began = time.monotonic()
            values = {"version": str(sent.version)}
            status, body = self.ask("POST", f"/annotations/{pk}/{sent.action}/", values)
            if status == http.client.OK:
                versions[pk] = self._version(body)
                with self.journal.lock:
                    self.journal.acknowledged.add(sent)
                    waited = time.monotonic() - began
                    self.journal.longest_wait = max(self.journal.longest_wait, waited)
            self.stopped.wait(THINKING)

    def _version(self, body: bytes) -> int:
        found = VERSION.search(body)
        return int(found[1]) if found else 0


class Admin(Person):
    """Brings articles in, for the workers."""

    def __init__(
        self, name: str, cookie: str, port: int, journal: Journal, *, path: str, body: str
    ) -> None:
        super().__init__(name, cookie, port, journal)
        del self._headers["HX-Request"]
        self._path, self._body = path, body

    def run(self) -> None:
        while not self.stopped.is_set():
            marker = f"Report {uuid.uuid4().hex}"
            text = f"{marker}.\n\n{self._body}"
            status, _answer = self.ask("POST", self._path, {"title": marker, "text": text})
            if status < http.client.BAD_REQUEST:
                with self.journal.lock:
                    self.journal.articles.append(marker)
            self.stopped.wait(2)
