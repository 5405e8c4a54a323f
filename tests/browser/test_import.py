"""A file brought in: its page goes on by itself, and without JavaScript by reloading."""

import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations.queue.tasks import import_file
from articles.models import Import
from tests.browser.conftest import Open

pytestmark = pytest.mark.django_db(transaction=True)


def bring_in(page: Page, *lines: str) -> Import:
    """Choose a file of these lines and send it."""
    content = "".join(f"{line}\n" for line in lines).encode()
    page.goto(reverse("queue:ingest"))
    page.get_by_label("File:").set_input_files(
        {"name": "news.jsonl", "mimeType": "application/jsonl", "buffer": content}
    )
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="news.jsonl")).to_be_visible()
    return Import.objects.latest("pk")


def article(number: int) -> str:
    return json.dumps({"id": f"a-{number}", "title": f"Report {number}", "text": f"No. {number}."})


def test_the_page_shows_how_far_it_is_and_then_what_came_of_it(
    open_browser: Open, admin: User
) -> None:
    page, problems = open_browser(admin)
    upload = bring_in(page, article(1), article(2))
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("Waiting")).to_be_visible()
    import_file.func(upload.pk)
    expect(page.get_by_role("link", name="Report 2")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)

    upload = bring_in(page, article(1), "{broken")
    import_file.func(upload.pk)
    expect(page.get_by_role("heading", name="Nothing was added")).to_be_visible()
    expect(page.get_by_text("line 2")).to_be_visible()
    assert not problems


def test_without_javascript_reloading_shows_it(open_browser: Open, admin: User) -> None:
    page, problems = open_browser(admin, java_script_enabled=False)
    upload = bring_in(page, article(1))
    import_file.func(upload.pk)
    page.get_by_role("link", name="Reload").click()
    expect(page.get_by_role("link", name="Report 1")).to_be_visible()
    assert not problems
