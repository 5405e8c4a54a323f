"""A real Chromium on the real site."""

import json
import os
import time
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accordingto.records.article import parse_record
from annotations.prelabelling.job import prelabel_article
from annotations.queue.intake import ingest_record
from articles.models import Article

CHROMIUM = "/usr/bin/chromium"
# As root there is no sandbox; the rest keeps it from looking for hosts outside.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = int(os.environ.get("BROWSER_TIMEOUT_MS", "20000"))
type Open = Callable[..., tuple[Page, list[str]]]
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright's event loop runs in this thread until the module is done. Django takes its own
    # calls for asynchronous code meanwhile.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_browser(
    browser: Browser, live_server: LiveServer
) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """Open a page as a person: open_browser(user, java_script_enabled=False, ...).

    Unless ``leaves``, the server does not hear of a page being left.

    With it comes the list of what went wrong in the page: errors of scripts, and every message of
    the console, a breach of the CSP among them.
    """
    contexts: list[BrowserContext] = []

    def make(user: User, *, leaves: bool = False, **options: object) -> tuple[Page, list[str]]:
        context = browser.new_context(base_url=live_server.url, **options)  # type: ignore[arg-type]
        context.set_default_timeout(TIMEOUT_MS)
        if not leaves:
            # Sent while the page closes, it would meet the database being emptied.
            context.route("**/leave/", lambda route: route.abort())
        contexts.append(context)
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page = context.new_page()
        problems: list[str] = []

        def note_calls_outside(request: Request) -> None:
            if not request.url.startswith(live_server.url):
                problems.append(request.url)

        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", note_calls_outside)
        return page, problems

    yield make
    # The database is emptied next: nobody may still be at work on it.
    for context in contexts:
        context.route("**/*", lambda route: route.abort())
    for context in contexts:
        context.close()
    wait_for_other_transactions()


def wait_for_other_transactions() -> None:
    """Wait until the server's threads are done with what they were asked."""
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    busy = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
    """
    with connection.cursor() as cursor:
        # Twice in a row: a request may be between two of its queries.
        idle = 0
        while idle < 2:
            cursor.execute(busy)
            idle = 0 if cursor.fetchone()[0] else idle + 1
            assert time.monotonic() < deadline, "the server is still at work"
            time.sleep(0.02)


@pytest.fixture
def sample(transactional_db: None) -> Article:
    """The first sample article, pre-labelled."""
    first = files("articles").joinpath("samples.jsonl").read_text(encoding="utf-8").split("\n")[0]
    article = ingest_record(parse_record(json.loads(first)), by=None).article
    prelabel_article(article.pk)
    article.refresh_from_db()
    return article
