"""A span is what the person saw: pages that something else has changed."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotations.models import Annotation
from tests.browser.conftest import Open
from tests.builders import ready_article, words_of

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Pier to reopen in June\n\n“We are ready,” Mayor Liv Strand said.\n\nThe county pays for it."
MAYOR = {"source": ["Mayor Liv Strand"], "cue": ["said"], "content": ["“We are ready,”"]}
TRANSLATE = """
    (into) => {
      const walker = document.createTreeWalker(document.querySelector(into), NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (walker.nextNode()) if (walker.currentNode.data.trim()) nodes.push(walker.currentNode);
      for (const node of nodes) {
        const outer = document.createElement("font");
        outer.innerHTML = "<font></font>";
        outer.firstChild.textContent = `${node.data.replaceAll("e", "ee")} und so`;
        node.replaceWith(outer);
      }
    }
"""
SELECT = """
    (word) => {
      const text = document.getElementById("text");
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(word);
        if (at < 0) continue;
        document.getSelection().setBaseAndExtent(
          walker.currentNode, at, walker.currentNode, at + word.length);
        return;
      }
    }
"""


@pytest.fixture
def page(open_browser: Open, editor: User) -> Page:
    article = ready_article(TEXT, [MAYOR])
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    return page


def test_browsers_are_asked_not_to_translate_the_article(page: Page) -> None:
    expect(page.locator("#text")).to_have_attribute("translate", "no")
    for words in page.locator("li.card dd").all():
        assert words.evaluate("(words) => words.translate") is False


def test_words_that_are_not_the_articles_are_refused(page: Page) -> None:
    annotation = page.locator("li.card").get_attribute("data-id")
    page.evaluate(TRANSLATE, "#text")
    page.keyboard.press("e")
    page.evaluate(SELECT, "county")
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    card = page.locator(f"#card-{annotation}")
    expect(card).to_contain_text("the page showed")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("the page showed")
    assert page.locator("li.card.approved").count() == 0


def test_words_first_are_refused_too(page: Page) -> None:
    page.evaluate(TRANSLATE, "#text")
    page.evaluate(SELECT, "county")
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    expect(page.locator("#card-new")).to_contain_text("the page showed")


def test_a_page_nobody_changed_is_taken(page: Page) -> None:
    page.keyboard.press("e")
    page.evaluate(SELECT, "Liv Strand")
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(page.locator("li.card")).to_contain_text("Approved")
    assert words_of(Annotation.objects.get())["source"] == ["Liv Strand"]
