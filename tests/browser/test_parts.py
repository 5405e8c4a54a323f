"""A long article in the browser: keys lead from one part into another."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotations.desk import parts
from tests.browser.conftest import Open
from tests.builders import ready_article, words_of

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("Ada", "Ben", "Cleo", "Dag", "Eva", "Finn", "Gro", "Hal", "Ida")
TEXT = "\n\n".join(f"{name} Holm said the lamp of {name} was red." for name in NAMES)
FOUND = [{"source": [f"{name} Holm"], "content": [f"the lamp of {name}"]} for name in NAMES]


@pytest.fixture
def few_in_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three attributions in each part."""
    monkeypatch.setattr(parts, "LABELS", 3)


def test_keys_lead_over_the_edge_of_a_part(
    open_browser: Open, editor: User, few_in_a_part: None
) -> None:
    article = ready_article(TEXT, FOUND)
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    part = page.locator("nav.parts").first
    card = page.locator("li.card.current")
    expect(part).to_contain_text("Part 1 of 3")
    expect(card).to_contain_text("Ada")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(card).to_contain_text("Cleo")

    page.keyboard.press("j")
    expect(part).to_contain_text("Part 2 of 3")
    expect(card).to_contain_text("Dag")

    page.keyboard.press("k")
    expect(part).to_contain_text("Part 1 of 3")
    expect(card).to_contain_text("Cleo")

    page.keyboard.press("x")
    expect(part).to_contain_text("Part 2 of 3")
    expect(card).to_contain_text("Dag")
    for _card in range(3):
        page.keyboard.press("x")
    expect(part).to_contain_text("Part 3 of 3")
    expect(card).to_contain_text("Gro")
    for _card in range(3):
        page.keyboard.press("x")
    expect(part).to_contain_text("Part 1 of 3")
    expect(card).to_contain_text("Ada")
    assert not problems


def test_a_click_on_words_of_another_part_leads_to_their_card(
    open_browser: Open, editor: User, few_in_a_part: None
) -> None:
    over_all = {"cue": ["said"], "content": ["the lamp of Ida"]}
    article = ready_article(TEXT, [*FOUND[:-1], over_all])
    page, problems = open_browser(editor)
    page.goto(f"{article.get_absolute_url()}?at={len(TEXT)}")
    expect(page.locator("nav.parts").first).to_contain_text("Part 3 of 3")

    page.locator("mark", has_text="the lamp of Ida").click()

    expect(page.locator("nav.parts").first).to_contain_text("Part 1 of 3")
    expect(page.locator("li.card.current")).to_contain_text("the lamp of Ida")
    assert not problems


def test_a_selection_in_a_later_part_is_where_the_text_has_it(
    open_browser: Open, editor: User, few_in_a_part: None
) -> None:
    article = ready_article(TEXT, FOUND)
    page, problems = open_browser(editor)
    page.goto(f"{article.get_absolute_url()}?at={len(TEXT)}")
    page.locator("li.card", has_text="Hal").click(position={"x": 5, "y": 5})
    page.keyboard.press("e")
    page.keyboard.press("c")
    page.keyboard.press("Shift+ArrowRight")
    content = page.locator("form.spans").get_by_role("group", name="Content")
    expect(content.locator("output")).to_have_text("the lamp of Hal was")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_contain_text("1 of 9 decided")
    changed = article.annotations.get(status="approved")
    assert words_of(changed)["content"] == ["the lamp of Hal was"]
    assert not problems
