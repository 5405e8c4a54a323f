"""Who it is, said on the card: by key, with names offered, and in a finished article."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotations import actions
from articles.models import Article
from tests.browser.conftest import Open
from tests.builders import ready_article

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = """Mayor Ada Lindqvist said the bridge is closed.

She added that the bolts are old.

Critics claimed nobody had been told."""
SAYINGS = [
    {"source": ["Mayor Ada Lindqvist"], "cue": ["said"], "content": ["the bridge is closed"]},
    {"source": ["She"], "cue": ["added"], "content": ["that the bolts are old"]},
    {"source": ["Critics"], "cue": ["claimed"], "content": ["nobody had been told"]},
]


@pytest.fixture
def article(transactional_db: None) -> Article:
    return ready_article(TEXT, SAYINGS)


def opened(open_browser: Open, editor: User, article: Article) -> tuple[Page, list[str]]:
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    expect(page.locator("li.card.current")).to_be_visible()
    return page, problems


def test_all_correct_is_one_key(open_browser: Open, editor: User, article: Article) -> None:
    page, problems = opened(open_browser, editor, article)
    page.keyboard.press("w")
    first = page.locator("li.card").first
    expect(first).to_contain_text("Approved")
    expect(first.get_by_role("link", name="Ada Lindqvist")).to_be_visible()
    page.keyboard.press("u")
    expect(first).to_contain_text("Proposed")
    expect(first.get_by_role("button", name="Yes")).to_be_visible()
    assert not problems


def test_where_a_suggested_name_comes_from_is_shown_in_the_text(
    open_browser: Open, editor: User, article: Article
) -> None:
    page, _problems = opened(open_browser, editor, article)
    page.keyboard.press("j")
    expect(page.locator("li.card.current")).to_contain_text("Ada Lindqvist?")
    mention = page.evaluate("[...CSS.highlights.get('mention')].map(String).join()")
    assert mention == "Mayor Ada Lindqvist"
    page.keyboard.press("k")
    assert page.evaluate("CSS.highlights.has('mention')") is False


def test_a_name_is_chosen_on_the_card(open_browser: Open, editor: User, article: Article) -> None:
    page, problems = opened(open_browser, editor, article)
    page.keyboard.press("j")
    page.keyboard.press("j")
    third = page.locator("li.card").nth(2)
    expect(third).not_to_contain_text("Who:")
    page.keyboard.press("p")
    field = third.get_by_role("combobox", name="Name")
    expect(field).to_be_focused()
    page.keyboard.type("lind")
    expect(third.locator("[role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Ada Lindqvist")
    page.keyboard.press("Enter")
    expect(third.get_by_role("link", name="Ada Lindqvist")).to_be_visible()
    expect(third).to_be_focused()
    named = article.annotations.all()[2]
    assert (named.status, str(named.resolved_source)) == ("proposed", "Ada Lindqvist")
    assert not problems


def test_naming_needs_no_reopening(open_browser: Open, editor: User, article: Article) -> None:
    for each in article.annotations.all():
        actions.approve(each.pk, 1, editor)
    actions.finish(article.pk, editor)
    page, problems = opened(open_browser, editor, article)
    first = page.locator("li.card").first
    page.keyboard.press("o")
    expect(first.get_by_role("link", name="Ada Lindqvist")).to_be_visible()
    page.keyboard.press("p")
    first.get_by_label("Name:").fill("Ada B. Lindqvist")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("link", name="Ada B. Lindqvist")).to_be_visible()
    article.refresh_from_db()
    assert (article.status, article.finished_by) == ("finished", editor)
    assert not problems


def test_back_closes_what_was_opened_and_never_what_was_typed(
    open_browser: Open, editor: User, article: Article
) -> None:
    page, _problems = open_browser(editor)
    page.goto("/")
    page.goto(article.get_absolute_url())
    page.keyboard.press("a")
    expect(page.locator("li.card.approved")).to_have_count(1)
    page.keyboard.press("e")
    expect(page.locator("form.spans")).to_be_visible()
    page.go_back()
    expect(page.locator("form.spans")).to_have_count(0)
    expect(page.locator("li.card.approved")).to_have_count(1)
    page.keyboard.press("g")
    page.keyboard.type("Look here")
    page.go_back()
    expect(page.get_by_label("What should a colleague look at?")).to_have_value("Look here")
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
