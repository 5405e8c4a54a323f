"""The field for a source's name: an editable combobox, by keyboard, by mouse and without script."""

import contextlib
import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Error, Page, Route, expect

from annotations.models import Annotation, Source
from tests.browser.conftest import Open
from tests.builders import ready_article

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Ines Tavares came. Ada Lindqvist and Adam Haddad told reporters so, she said."
NAMES = re.compile(r"/names/")


@pytest.fixture
def she(db: None) -> Annotation:
    Source.objects.create(name="Adam & Sons", kind="organisation")
    return ready_article(TEXT, [{"source": ["she"], "cue": ["said"]}]).annotations.get()


def opened(open_browser: Open, editor: User, she: Annotation, **options: object) -> Page:
    page, problems = open_browser(editor, **options)
    page.goto(reverse("sources:resolve", args=[she.pk]))
    page.evaluate("window.heard = []") if options.get("java_script_enabled", True) else None
    assert not problems
    return page


def test_names_are_offered_and_chosen_by_keyboard(
    open_browser: Open, editor: User, she: Annotation
) -> None:
    page = opened(open_browser, editor, she)
    field = page.get_by_role("combobox", name="Name")
    listbox = page.get_by_role("listbox", name="Name")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("ada")
    expect(listbox.get_by_role("option")).to_have_count(3)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    field.press("ArrowDown")
    first = listbox.get_by_role("option").nth(0)
    expect(first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "-")
    field.press("ArrowUp")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    field.press("ArrowUp")
    expect(listbox.get_by_role("option").nth(2)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("Adam & Sons")
    expect(page.get_by_label("Kind")).to_have_value("organisation")
    expect(listbox).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    # The list is closed: now Enter sends the form.
    field.press("Enter")
    page.wait_for_url(re.compile("#card-"))
    she.refresh_from_db()
    assert str(she.resolved_source) == "Adam & Sons"


def test_an_arrow_opens_the_article_s_names_and_a_click_chooses(
    open_browser: Open, editor: User, she: Annotation
) -> None:
    page = opened(open_browser, editor, she)
    field = page.get_by_role("combobox", name="Name")
    field.press("ArrowDown")
    options = page.get_by_role("listbox", name="Name").get_by_role("option")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    options.filter(has_text="Ines Tavares").click()
    expect(field).to_have_value("Ines Tavares")
    expect(field).to_be_focused()
    expect(page.get_by_label("Kind")).to_have_value("person")


def test_keys_meant_for_the_list_reach_nobody_else(
    open_browser: Open, editor: User, she: Annotation
) -> None:
    page = opened(open_browser, editor, she)
    page.evaluate(
        "document.addEventListener('keydown', ({ key }) => heard.push(key));"
        "document.forms[document.forms.length - 1].addEventListener("
        "'submit', (event) => event.preventDefault())"
    )
    field = page.get_by_role("combobox", name="Name")
    field.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("")
    assert page.evaluate("heard") == []
    field.press("Escape")
    field.press("Enter")
    assert page.evaluate("heard") == ["Escape", "Enter"], "the list is closed"


def test_a_late_answer_to_what_was_typed_before_is_dropped(
    open_browser: Open, editor: User, she: Annotation
) -> None:
    page = opened(open_browser, editor, she)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.url.endswith("q=in"):
            waiting.append(route)
        else:
            route.continue_()

    page.route(NAMES, hold)
    field = page.get_by_role("combobox", name="Name")
    with page.expect_request(re.compile("q=in$")):
        field.press_sequentially("in")
    field.fill("ada")
    options = page.get_by_role("listbox", name="Name").get_by_role("option")
    expect(options).to_have_count(3)
    with contextlib.suppress(Error):  # it was given up already
        waiting[0].fulfill(body='<li role="option" id="late" data-name="Late">Late</li>')
    with page.expect_response(re.compile("q=adam$")):
        field.press_sequentially("m")
    expect(options).to_have_count(2)
    expect(page.get_by_text("Late")).to_have_count(0)


def test_leaving_the_field_closes_the_list(
    open_browser: Open, editor: User, she: Annotation
) -> None:
    page = opened(open_browser, editor, she)
    field = page.get_by_role("combobox", name="Name")
    field.press_sequentially("ada")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.get_by_label("Kind").focus()
    expect(page.get_by_role("listbox")).to_be_hidden()


@pytest.mark.parametrize("broken", ["no script", "no network", "signed out"])
def test_it_is_a_text_field_where_nothing_can_be_offered(
    open_browser: Open, editor: User, she: Annotation, broken: str
) -> None:
    page = opened(open_browser, editor, she, java_script_enabled=broken != "no script")
    if broken == "no network":
        page.route(NAMES, lambda route: route.abort())
    elif broken == "signed out":
        page.route(NAMES, lambda route: route.fulfill(status=403, body="<li role=option>X</li>"))
    field = page.locator("input[name=name]")
    field.press_sequentially("Somebody Else")
    page.get_by_label("Kind").select_option("person")
    assert page.get_by_role("option", name="X").count() == 0
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("#card-"))
    she.refresh_from_db()
    assert str(she.resolved_source) == "Somebody Else"
