"""Searching the text: whatever the keyboard types finds what the reader sees."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from articles.models import Article
from tests.browser.conftest import Open
from tests.builders import ready_article

pytestmark = pytest.mark.django_db(transaction=True)

SOFT = "inter\u00adnat\u00adional"
TEXT = f"""The council’s report is out. “It’s late,” Ada Holm said — “and we don’t like it.”

The {SOFT} co\u2011operation of Caf\u00e9 Stra\u00dfe and cafe\u0301 STRASSE in \u0130stanbul costs
5\u00a0000\u00a0 kroner. Mayor\u200b Bo \u2067Vik\u2069 spoke -- briefly -- of \u201ebees\u201c.

قال مُحَمَّد إن الأمر انتهى. 👍🏽 Fin.
"""
FOUND = """name => [...(CSS.highlights.get(name) ?? [])].map(String)"""


@pytest.fixture
def article() -> Article:
    return ready_article(
        TEXT, [{"source": ["Ada Holm"], "cue": ["said"], "content": ["“It’s late,”"]}]
    )


def search(page: Page, needle: str) -> list[str]:
    """What is highlighted once the needle was typed."""
    page.get_by_role("searchbox").fill(needle)
    found: list[str] = page.evaluate(FOUND, "found")
    expect(page.locator("#find output")).to_have_text(f"{min(len(found), 1)} / {len(found)}")
    assert page.evaluate(FOUND, "found-now") == found[:1]
    return found


LOOKS_THE_SAME = [
    ("council's", ["council’s"]),
    ("COUNCIL`S", ["council’s"]),
    ("don't", ["don’t"]),
    ("\"It's", ["“It’s"]),
    ("«it’s late,»", ["“It’s late,”"]),
    ("'bees'", ["„bees“"]),
    ('said - "and', ["said — “and"]),
    ("spoke – briefly—of", []),
    ("spoke – briefly — of", ["spoke -- briefly -- of"]),
    ("international", [SOFT]),
    ("in\u00adternational", [SOFT]),
    ("co-operation", ["co\u2011operation"]),
    ("café", ["Caf\u00e9", "cafe\u0301"]),
    ("cafe\u0301", ["Caf\u00e9", "cafe\u0301"]),
    ("CAFE", ["Caf\u00e9", "cafe\u0301"]),
    ("strasse", ["Stra\u00dfe", "STRASSE"]),
    ("stra\u1e9ee", ["Stra\u00dfe", "STRASSE"]),
    ("stras", ["STRAS"]),
    ("istanbul", ["\u0130stanbul"]),
    ("I\u0307stanbul", ["\u0130stanbul"]),
    ("5 000 kroner", ["5\u00a0000\u00a0 kroner"]),
    ("costs 5", ["costs\n5"]),
    ("mayor  bo vik", ["Mayor\u200b Bo \u2067Vik"]),
    ("محمد", ["مُحَمَّد"]),
    ("👍", ["👍"]),
    ("\u00ad", []),
    (" ", []),
    ("nobody", []),
]


def test_a_search_finds_what_looks_the_same(
    open_browser: Open, editor: User, article: Article
) -> None:
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.keyboard.press("/")
    found = {needle: search(page, needle) for needle, _wanted in LOOKS_THE_SAME}
    # Between paragraphs there is nothing but the white space of the markup.
    assert {needle: [each.split() for each in hits] for needle, hits in found.items()} == {
        needle: [each.split() for each in wanted] for needle, wanted in LOOKS_THE_SAME
    }
    assert not problems


def test_every_hit_is_brought_into_view_and_told_from_the_others(
    open_browser: Open, editor: User
) -> None:
    # One paragraph, longer than the pane of a narrow screen.
    article = ready_article(
        " ".join([*(["So it goes on and on."] * 90), "Last lamp. The end."]), []
    )
    page, problems = open_browser(editor, viewport={"width": 360, "height": 740})
    page.goto(article.get_absolute_url())
    page.keyboard.press("/")
    assert len(search(page, "on")) == 180
    page.get_by_role("searchbox").press("Shift+Enter")
    expect(page.locator("#find output")).to_have_text("180 / 180")
    search(page, "last lamp")
    where = """() => {
        const [range] = CSS.highlights.get("found-now");
        const [hit, pane] = [range, document.getElementById("text")]
            .map((each) => each.getBoundingClientRect());
        return hit.top >= pane.top && hit.bottom <= pane.bottom;
    }"""
    assert page.evaluate(where)
    page.keyboard.press("Escape")
    assert page.evaluate("document.getSelection().toString()") == "Last lamp"
    assert page.evaluate(FOUND, "found") == page.evaluate(FOUND, "found-now") == []
    assert not problems
