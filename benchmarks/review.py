"""How fast the review desk is: opening an article, deciding, the queue, and all of it in Chromium.

    python -m benchmarks.review [--articles 2000] [--editors 8] [--rounds 30] [--no-browser]
        [--json]

Runs on a database of its own in a temporary folder, durable and served as in production
(`manage.py serve`), and removes both at the end. Times are a client's on the loopback, answers
gzipped where the server does so. The further articles of ``--articles`` have 10 annotations
with one span each. The articles measured are made of a few sentences again and again, one
attribution in 40 words. Every editor of ``--editors`` makes 40 decisions, at once with the
others, on an article of their own. Linux only; the browser is Debian's Chromium.
"""

import argparse
import gzip
import http.client
import json
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from benchmarks.own_database import own_database

STEPS = 19  # from card to card, in the browser
LONG, SHORT, USUAL = 500, 10, 20  # attributions, one in 40 words
PAUSE = 1.0  # seconds that an editor thinks before a decision, when several work at once
TOKEN = "a" * 32  # as cookie and header: all that the CSRF check compares
VERSION = re.compile(rb'name="version" value="(\d+)"')
CHROMIUM = "/usr/bin/chromium"
BROWSER_ARGUMENTS = [
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BARS = {
    "open_long_p95_ms": 500,
    "decide_long_p95_ms": 50,
    "decide_short_p95_ms": 50,
    "decide_at_once_p95_ms": 50,
    "decide_long_bytes": 10_000,
    "decide_short_bytes": 10_000,
    "queue_p95_ms": 100,
    "browser_usual_bytes": 150_000,
}
NAMES = ("Ada Lindqvist", "Tomás Herrera", "Ruth Okafor", "Jin Park", "Elena Moretti")
SCROLL = """async () => {
  const frames = [];
  let last = performance.now();
  let y = 0;
  while (y < document.documentElement.scrollHeight) {
    window.scrollTo(0, y += innerHeight / 2);
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  return frames.slice(1);
}"""
# Until the next card is marked; the frame that shows it comes after.
PRESS = """async () => {
  const before = document.querySelector(".card.current")?.id;
  const began = performance.now();
  document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key: "j", code: "KeyJ", bubbles: true, cancelable: true }));
  while (document.querySelector(".card.current")?.id === before) {
    if (performance.now() - began > 5000) throw new Error("no card was marked");
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - began;
}"""
FILLER = """
INSERT INTO articles_article
    (key, title, outlet, url, author, language, text, text_sha256, status, failure,
     needs_second_review, blind)
SELECT 'filler-' || n, 'Article ' || n, 'The Gazette', '', '', 'en', body,
    encode(sha256(convert_to(body, 'UTF8')), 'hex'), 'ready', '', false, false
FROM generate_series(1, %s) AS n,
    LATERAL (SELECT 'Number ' || n || repeat(' said words of no weight', 80) AS body) AS made;
INSERT INTO annotations_prelabelrun (article_id, model_version, status, failure, finished_at)
SELECT id, 'test-1', 'succeeded', '', now() FROM articles_article WHERE key LIKE 'filler-%%';
INSERT INTO annotations_annotation
    (article_id, key, status, quote_type, start, confidence, run_id, version, reviewer, flag)
SELECT article_id, article_id || '-' || n, 'proposed', 'indirect', n, 0.8, id, 1, '', ''
FROM annotations_prelabelrun, generate_series(1, 10) AS n
WHERE article_id IN (SELECT id FROM articles_article WHERE key LIKE 'filler-%%');
INSERT INTO annotations_span (annotation_id, role, start, "end")
SELECT a.id, 'cue', a.start, a.start + 4
FROM annotations_annotation AS a JOIN articles_article AS b ON b.id = a.article_id
WHERE b.key LIKE 'filler-%%';
ANALYZE;
"""

type Answer = tuple[float, bytes, int]
"""Milliseconds, the body, and its bytes on the wire."""


def percentile(values: Sequence[float], per_cent: int) -> float:
    """As measured, not interpolated: the smallest value that so many are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * per_cent // 100) - 1)]


def make_article(name: str, attributions: int) -> int:
    """An article of 40 words an attribution, ready for review; its id."""
    from accordingto.records.article import ArticleRecord, AttributionRecord  # noqa: PLC0415
    from annotations.queue.intake import ingest_record  # noqa: PLC0415 (needs the settings)

    text, found = f"Report {name}.\n\n", []
    for number in range(attributions):
        source = "he" if number % 5 == 4 else NAMES[number % len(NAMES)]
        content = f"“Gate {number} has to be closed for the whole of the winter,”"
        start = len(text)
        text += f"{content} said {source} on Monday. "
        text += "The town has looked for money since the flood of last spring. "
        text += "Work on the old harbour wall is to begin before the end of May.\n\n"
        cue = start + len(content) + 1
        found.append(
            AttributionRecord(
                source=((cue + 5, cue + 5 + len(source)),),
                cue=((cue, cue + 4),),
                content=((start, start + len(content)),),
                quote_type="direct",
                confidence=0.8,
                origin="model:test-1",
            )
        )
    record = ArticleRecord(text=text, title=f"Report {name}", attributions=tuple(found))
    return int(ingest_record(record, by=None).article.pk)


class Editor:
    """A signed-in person with one connection to the server."""

    def __init__(self, port: int, name: str, timeout: float = 60) -> None:
        from django.conf import settings  # noqa: PLC0415
        from django.contrib.auth.models import Group, User  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        user = User.objects.create_user(name)
        user.groups.add(Group.objects.get(name="editors"))
        client = Client()
        client.force_login(user)
        self.session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}; csrftoken={TOKEN}"
        self._headers = {"Cookie": cookies, "Accept-Encoding": "gzip"}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, self._headers)

    def post(self, path: str, values: dict[str, Any]) -> Answer:
        """As htmx sends it."""
        headers = self._headers | {
            "HX-Request": "true",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._ask("POST", path, urlencode(values), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        began = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        sent = response.read()
        taken = (time.perf_counter() - began) * 1000
        if response.status != http.client.OK:
            raise RuntimeError(f"{method} {path}: {response.status}")
        packed = response.headers.get("Content-Encoding") == "gzip"
        return taken, gzip.decompress(sent) if packed else sent, len(sent)

    def decide(self, article: int, count: int = SHORT, pause: float = 0.0) -> list[Answer]:
        """Approve, reject, correct and undo, one after another, on so many attributions spread
        over the article, thinking for so many seconds before each.
        """
        from annotations.models import Annotation  # noqa: PLC0415
        from annotations.models.state import spans_of  # noqa: PLC0415

        labels = list(Annotation.objects.filter(article=article).prefetch_related("spans"))
        text = labels[0].article.text
        answers = []
        for annotation in labels[:: len(labels) // count][:count]:
            pieces = spans_of(annotation)
            pieces["content"][0][1] -= 1  # a correction
            spans = {
                role: ", ".join(f"{start}-{end}" for start, end in pieces[role]) for role in pieces
            }
            words = {role: [text[start:end] for start, end in pieces[role]] for role in pieces}
            spans |= {"quote_type": "direct", "words": json.dumps(words)}
            version = annotation.version
            for action in ("approve", "reject", "edit", "undo"):
                values = spans if action == "edit" else {}
                path = f"/annotations/{annotation.pk}/{action}/"
                time.sleep(pause)
                answers.append(self.post(path, values | {"version": version}))
                found = VERSION.search(answers[-1][1])
                if found is None or int(found[1]) <= version:
                    raise RuntimeError(f"{path} changed nothing")
                version = int(found[1])
        return answers


def summary(name: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Times, and the size of the largest answer, as it is and on the wire."""
    times = [each[0] for each in answers]
    return {
        f"{name}_p50_ms": round(statistics.median(times), 1),
        f"{name}_p95_ms": round(percentile(times, 95), 1),
        f"{name}_bytes": max(len(each[1]) for each in answers),
        f"{name}_wire_bytes": max(each[2] for each in answers),
    }


@contextmanager
def web_server() -> Iterator[int]:
    """The site on a free port of the loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "manage.py", "serve", f"--port={port}", "--processes=1"]
    process = subprocess.Popen(command)  # noqa: S603
    try:
        for _attempt in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All figures, on the database that the settings name."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(FILLER, [options.articles])
    long, short = make_article("long", LONG), make_article("short", SHORT)
    usual = make_article("usual", USUAL)
    own = [make_article(f"of editor {n}", SHORT) for n in range(options.editors)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    result: dict[str, Any] = {"articles": options.articles, "editors": options.editors}
    with web_server() as port:
        editors = [Editor(port, f"editor-{n}") for n in range(options.editors)]
        first = editors[0]
        for path in (f"/articles/{long}/", "/"):  # what a fresh process loads
            first.get(path)
        result |= summary(
            "open_long", [first.get(f"/articles/{long}/") for _ in range(options.rounds)]
        )
        result |= summary("queue", [first.get("/") for _ in range(options.rounds)])
        result |= summary("decide_long", first.decide(long))
        result |= summary("decide_short", first.decide(short))
        with ThreadPoolExecutor(options.editors) as pool:
            at_once = list(
                pool.map(lambda editor, article: editor.decide(article, pause=PAUSE), editors, own)
            )
        result |= summary("decide_at_once", [answer for answers in at_once for answer in answers])
        if not options.no_browser:
            result |= in_browser(port, first.session, usual, "usual")
            result |= in_browser(port, first.session, long, "long")
    return result


def in_browser(port: int, session: str, article: int, name: str) -> dict[str, Any]:
    """First load, scrolling from end to end, and going from card to card, in a fresh Chromium."""
    from django.conf import settings  # noqa: PLC0415
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        context = browser.new_context(base_url=address)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}]
        )
        page = context.new_page()
        asked: list[str] = []
        loaded: list[float] = []
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        network.on(
            "Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"])
        )
        page.goto(f"/articles/{article}/", wait_until="networkidle")
        outside = [url for url in asked if not url.startswith((address, "data:"))]
        size, requests = round(sum(loaded)), len(asked)
        page.wait_for_selector(".card.current")
        steps = [page.evaluate(PRESS) for _ in range(STEPS)]
        frames = page.evaluate(SCROLL)
        browser.close()
    return {
        f"browser_{name}_bytes": size,
        f"browser_{name}_requests": requests,
        f"browser_{name}_outside": len(outside),
        f"browser_{name}_next_p95_ms": round(percentile(steps, 95), 1),
        f"browser_{name}_frames": len(frames),
        f"browser_{name}_longest_frame_ms": round(max(frames), 1),
        f"browser_{name}_slow_frames_percent": round(
            100 * sum(frame > 50 for frame in frames) / len(frames), 1
        ),
    }


def report(result: dict[str, Any]) -> None:
    """Print the figures for people, with the bars."""
    for name, value in result.items():
        bar = BARS.get(name)
        verdict = "" if bar is None else f"  {'ok' if value <= bar else 'MISSED'}, at most {bar:,}"
        print(f"{name.replace('_', ' '):<40} {value:>12,}{verdict}")


def main() -> None:
    """Start the database, measure, remove everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=2000, help="further articles (2000)")
    parser.add_argument("--editors", type=int, default=8, help="who decide at once (8)")
    parser.add_argument("--rounds", type=int, default=30, help="times a page is opened (30)")
    parser.add_argument("--no-browser", action="store_true", help="leave Chromium out")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    if min(options.editors, options.rounds) < 1 or options.articles < 0:
        parser.error("there have to be an editor and a round")
    with own_database():
        result = measure(options)
    if options.json:
        print(json.dumps(result))
    else:
        report(result)


if __name__ == "__main__":
    main()
