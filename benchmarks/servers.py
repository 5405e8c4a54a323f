"""Web servers side by side: how many pages the site gives in a second, and whom slow clients stop.

    python -m benchmarks.servers [--peers FOLDER] [--people 8] [--seconds 10] [--json]

Each server runs the site on a database of its own, durable, with two processes of eight threads
(waitress knows one process: it has sixteen). The peers are measured if they can be imported, or are
in FOLDER (pip install --target FOLDER waitress gunicorn). Every person asks for the queue again and
again over one connection. Then 150 connections are opened that never finish their first line, and
one more person asks. Times are a client's on the loopback.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from benchmarks.faults.site import free_port
from benchmarks.own_database import own_database
from benchmarks.review import Editor, percentile

HALF_OPEN = 150
PATIENCE = 20.0
SERVERS = {
    "granian": ["manage.py", "serve", "--port={port}", "--processes=2"],
    "gunicorn": [
        *("-m", "gunicorn", "--bind=127.0.0.1:{port}", "--workers=2", "--threads=8"),
        "project.wsgi:application",
    ],
    "waitress": [
        *("-m", "waitress", "--listen=127.0.0.1:{port}", "--threads=16"),
        "project.wsgi:application",
    ],
}


@contextmanager
def served(command: list[str], peers: str) -> Iterator[int]:
    """The site on a free port, as one of the servers serves it."""
    port = free_port()
    environment = os.environ | {"PYTHONPATH": peers}
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *(word.format(port=port) for word in command)], env=environment
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask_on(editor: Editor, seconds: float) -> list[float]:
    """Milliseconds that each page took."""
    deadline = time.monotonic() + seconds
    taken = []
    while time.monotonic() < deadline:
        taken.append(editor.get("/")[0])
    return taken


def seconds_beside_slow_clients(port: int, editor: Editor) -> float | None:
    """How long a page takes beside connections that never finish their first line."""
    begun = []
    for _ in range(HALF_OPEN):
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
        connection.sendall(b"POST /login/ HTTP/1.1\r\nHost: 127.0")
        begun.append(connection)
    try:
        return round(editor.get("/")[0] / 1000, 2)
    except OSError:
        return None
    finally:
        for connection in begun:
            connection.close()


def measure(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The figures of each server."""
    results = {}
    for number, (name, command) in enumerate(SERVERS.items()):
        if name != "granian" and not has(name, options.peers):
            print(f"{name}: left out, it is not installed")
            continue
        with served(command, options.peers) as port:
            people = [Editor(port, f"{name}-{number}-{n}") for n in range(options.people)]
            with ThreadPoolExecutor(options.people) as pool:
                list(pool.map(lambda each: ask_on(each, 1), people))  # what a fresh process loads
                began = time.monotonic()
                found = list(pool.map(lambda each: ask_on(each, options.seconds), people))
                seconds = time.monotonic() - began
            times = [each for taken in found for each in taken]
            late = Editor(port, f"{name}-late", timeout=PATIENCE)
            results[name] = {
                "pages_per_second": round(len(times) / seconds, 1),
                "p50_ms": round(statistics.median(times), 1),
                "p95_ms": round(percentile(times, 95), 1),
                "beside_slow_clients_s": seconds_beside_slow_clients(port, late),
            }
    return results


def has(name: str, peers: str) -> bool:
    environment = os.environ | {"PYTHONPATH": peers}
    command = [sys.executable, "-c", f"import {name}"]
    return not subprocess.call(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603


def main() -> None:
    """Start the database, measure, remove everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", default="", help="folder in which the peers are installed")
    parser.add_argument("--people", type=int, default=8, help="who ask at once (8)")
    parser.add_argument("--seconds", type=float, default=10, help="how long they do (10)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with own_database():
        results = measure(options)
    if options.json:
        print(json.dumps(results))
        return
    for name, figures in results.items():
        told = figures["beside_slow_clients_s"]
        print(
            f"{name:<10} {figures['pages_per_second']:>7} pages/s, p50 {figures['p50_ms']} ms,"
            f" p95 {figures['p95_ms']} ms; beside {HALF_OPEN} slow clients:"
            f" {'no answer' if told is None else f'{told} s'}"
        )


if __name__ == "__main__":
    main()
