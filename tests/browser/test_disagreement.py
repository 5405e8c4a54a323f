"""Settling differences in a real browser: focus, announcements, without JavaScript, narrow."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations.models import SecondReview
from articles.models import Article
from tests.annotations.second_reviews import disputed_article

type Opener = Callable[..., tuple[Page, list[str]]]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disputed(person: Callable[..., User]) -> tuple[Article, SecondReview]:
    return disputed_article(person("editors", "ada"), person("editors", "bo"))


def test_settling_keeps_the_focus_and_is_announced(
    open_browser: Opener, disputed: tuple[Article, SecondReview], person: Callable[..., User]
) -> None:
    article, _review = disputed
    page, problems = open_browser(person("editors", "cleo"))
    page.goto(reverse("second_review:disagreement", args=[article.pk]))
    told = page.get_by_role("status")

    page.get_by_role("button", name="Adopt bo’s").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 differences to settle")).to_be_visible()
    expect(told).to_have_text("Saved. 2 differences left")
    expect(page.get_by_role("button", name="Adopt bo’s")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 difference to settle")).to_be_visible()
    page.get_by_role("button", name="Adopt ada’s").click()

    heading = page.get_by_role("heading", name="Nothing is left to settle")
    expect(heading).to_be_focused()
    expect(page.locator("#status")).to_have_text("Finished")
    page.get_by_role("button", name="Take back the latest").click()
    expect(page.locator("#status")).to_have_text("Disputed")
    assert not problems


def test_without_javascript_on_a_narrow_screen(
    open_browser: Opener, disputed: tuple[Article, SecondReview], person: Callable[..., User]
) -> None:
    article, review = disputed
    page, problems = open_browser(
        person("editors", "cleo"), java_script_enabled=False, viewport={"width": 360, "height": 800}
    )
    page.goto(reverse("second_review:disagreement", args=[article.pk]))
    page.get_by_role("link", name="Next difference").click()
    expect(page.get_by_text("2 of 3")).to_be_visible()
    page.get_by_text("Neither is right").click()
    page.get_by_label("Content").fill("0-x")
    page.get_by_role("button", name="Save this label").click()
    expect(page.get_by_text("is not a start and an end")).to_be_visible()
    page.get_by_label("Content").fill("4-11")
    page.get_by_role("button", name="Save this label").click()
    for _each in range(2):
        page.get_by_role("button", name="Adopt ada’s").click()
    expect(page.get_by_role("heading", name="Nothing is left to settle")).to_be_visible()
    assert Article.objects.get(pk=article.pk).status == "finished"
    assert [each.verdict for each in review.adjudications.all()] == ["third", "first", "first"]
    assert len(problems) == 1, "only the label that was refused"
    assert "422" in problems[0]
