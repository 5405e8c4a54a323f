"""Two editors on one article, a line that fails, a server that is killed: no work is lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from annotations.models import Annotation, Decision
from articles.models import Lease
from tests.browser.conftest import Open
from tests.builders import MAYOR, ready_article, words_of
from tests.conftest import Person
from tests.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)

START_SECONDS = 60


def pulse(page: Page) -> None:
    """Have the page ask at once what is new, as it does every ten seconds."""
    page.evaluate("htmx.trigger('#pulse', 'now')")


def test_two_editors_see_each_other_and_each_others_work(
    open_browser: Open, editor: User, person: Person
) -> None:
    article = ready_article()
    one, problems = open_browser(editor)
    two, _ = open_browser(person("editors", "second"))
    for page in (one, two):
        page.goto(article.get_absolute_url())
    pulse(one)
    expect(one.locator("#presence")).to_contain_text("second")
    expect(two.locator("#presence")).to_contain_text(editor.username)

    first, second, third = article.annotations.all()
    two.locator(f"#card-{first.pk}").get_by_role("button", name="Approve").click()
    expect(two.locator(f"#card-{first.pk}")).to_contain_text("Approved")
    two.get_by_role("link", name="Add a missed one").click()
    two.get_by_role("group", name="Cue").get_by_label("Offsets").fill("0-3")
    two.get_by_role("button", name="Save and approve").click()
    expect(two.locator("#progress")).to_contain_text("2 of 4 decided")

    pulse(one)
    expect(one.locator(f"#card-{first.pk}")).to_contain_text("Approved")
    expect(one.locator("#progress")).to_contain_text("2 of 4 decided")
    added = article.annotations.get(start=0)
    expect(one.locator("#cards > li").first).to_have_attribute("id", f"card-{added.pk}")
    one.locator(f"#card-{second.pk}").get_by_role("button", name="Reject").click()
    one.locator(f"#card-{third.pk}").get_by_role("button", name="Approve").click()
    expect(one.locator("#progress")).to_contain_text("All 4 decided")
    pulse(two)
    expect(two.locator("#progress")).to_contain_text("All 4 decided")
    expect(two.locator(f"#card-{second.pk}")).to_contain_text("Rejected")
    assert set(article.annotations.values_list("status", "reviewer")) == {
        ("approved", "second"),
        ("rejected", editor.username),
        ("approved", editor.username),
    }
    assert not problems


def test_corrections_of_different_roles_are_merged(
    open_browser: Open, editor: User, person: Person
) -> None:
    article = ready_article(proposals=[MAYOR])
    annotation = article.annotations.get()
    one, _ = open_browser(editor)
    two, _ = open_browser(person("editors", "second"))
    for page in (one, two):
        page.goto(article.get_absolute_url())
        page.keyboard.press("e")
        expect(page.locator("form.spans")).to_be_visible()
    source, cue = article.text.index("Ada Lindqvist"), article.text.index("told")
    one.get_by_role("group", name="Source").get_by_label("Offsets").fill(f"{source}-{source + 13}")
    two.get_by_role("group", name="Cue").get_by_label("Offsets").fill(f"{cue}-{cue + 4}")

    one.get_by_role("button", name="Save and approve").click()
    expect(one.locator("li.card")).to_contain_text("Approved")
    two.get_by_role("button", name="Save and approve").click()
    expect(two.locator("li.card")).to_contain_text("Approved")

    assert words_of(annotation) == MAYOR | {"source": ["Ada Lindqvist"], "cue": ["told"]}
    assert list(annotation.decisions.values_list("action", "by_name")) == [
        ("import", "command line"),
        ("edit", editor.username),
        ("edit", "second"),
    ]


def test_an_open_correction_is_not_swept_away_by_what_others_do(
    open_browser: Open, editor: User, person: Person
) -> None:
    article = ready_article(proposals=[MAYOR])
    one, _ = open_browser(editor)
    two, _ = open_browser(person("editors", "second"))
    for page in (one, two):
        page.goto(article.get_absolute_url())
    one.keyboard.press("e")
    source = one.get_by_role("group", name="Source").get_by_label("Offsets")
    source.fill("0-3")
    two.keyboard.press("r")
    expect(two.locator("li.card")).to_contain_text("Rejected")
    pulse(one)
    expect(one.locator("#presence")).to_contain_text("Just changed by second")
    expect(source).to_have_value("0-3")

    one.get_by_role("button", name="Save and approve").click()
    conflict = one.get_by_role("alert").filter(has_text="second rejected")
    expect(conflict).to_be_visible()
    expect(conflict).to_contain_text("What you saw: Proposed")
    expect(source).to_have_value("0-3")
    one.get_by_role("button", name="Save and approve").click()
    expect(one.locator("li.card")).to_contain_text("Approved")
    assert words_of(article.annotations.get())["source"] == ["The"]


def test_decisions_made_offline_are_kept_and_sent_again(open_browser: Open, editor: User) -> None:
    article = ready_article()
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.keyboard.press("r")
    page.keyboard.press("e")
    notice = page.get_by_role("alert").filter(has_text="is kept in this page")
    expect(notice).to_contain_text("(2)")
    assert not Decision.objects.exclude(action="import").exists()

    page.context.set_offline(False)
    expect(page.locator("#progress")).to_contain_text("2 of 3 decided")
    expect(notice).to_be_hidden()
    statuses = list(article.annotations.values_list("status", flat=True))
    assert statuses == ["approved", "rejected", "proposed"]


def test_closing_the_page_frees_the_article(open_browser: Open, editor: User) -> None:
    article = ready_article()
    page, _problems = open_browser(editor, leaves=True)
    page.goto(article.get_absolute_url())
    assert Lease.objects.filter(article=article, person=editor).exists()
    page.goto("about:blank")
    deadline = time.monotonic() + START_SECONDS
    while Lease.objects.filter(article=article).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def web_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real web server in a process of its own, on the tests' database."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", f"--port={port}", "--processes=2"],
        env=os.environ | {"DATABASE_URL": database_url()},
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/login/") as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_server_killed_between_decisions_loses_none_that_was_shown_as_saved(
    browser: Browser, transactional_db: None, editor: User
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = [f"Witness {n} noted{n} that lamp{n} was red." for n in range(8)]
    article = ready_article(
        "\n".join(lines), [{"cue": [f"noted{n}"], "content": [f"lamp{n} was"]} for n in range(8)]
    )
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    context.route("**/leave/", lambda route: route.abort())
    client = Client()
    client.force_login(editor)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": session,
                "url": f"http://127.0.0.1:{port}",
            }
        ]
    )
    page = context.new_page()
    progress = page.locator("#progress")
    with web_server(port) as server:
        page.goto(article.get_absolute_url())
        page.keyboard.press("a")
        expect(progress).to_contain_text("1 of 8 decided")
        page.keyboard.press("r")
        expect(progress).to_contain_text("2 of 8 decided")
        shown = page.locator("li.card.approved, li.card.rejected").count()
        server.send_signal(signal.SIGKILL)
        server.wait()
    assert Annotation.objects.exclude(status="proposed").count() == shown == 2
    page.keyboard.press("a")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("Not saved")
    page.keyboard.press("a")
    with web_server(port):
        expect(progress).to_contain_text("4 of 8 decided")
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    statuses = list(article.annotations.values_list("status", flat=True))
    assert statuses == ["approved", "rejected", "approved", "approved"] + ["proposed"] * 4
    context.close()
