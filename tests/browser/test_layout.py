"""The pages on a narrow screen, from right to left and on paper; and that nothing jumps."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from annotations import actions
from annotations.actions import source_registry
from articles.models import Article
from tests.annotations.second_reviews import disputed_article
from tests.browser.conftest import Open
from tests.browser.test_accessibility import imported
from tests.builders import TEXT, ready_article, words_of
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"width": 360, "height": 780}
ARABIC = """أعلنت هيئة الميناء يوم الاثنين إغلاق الجسر القديم.

قالت ليلى حداد إن الأعمال تستغرق ستة أسابيع، وأضاف السكان أنهم يخشون الضجيج.
"""
HADDAD = {"source": ["ليلى حداد"], "cue": ["قالت"], "content": ["الأعمال تستغرق ستة أسابيع"]}
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 3
TOO_WIDE = """() => {
    const root = document.documentElement;
    // From right to left the page grows to the other side; the root's width tells in both.
    if (root.scrollWidth <= root.clientWidth) return [];
    const outside = [...document.body.querySelectorAll("*")].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 1 && (left < -1 || right > root.clientWidth + 1);
    });
    const tags = outside.map((element) => element.outerHTML.slice(0, 90));
    return [`${root.scrollWidth} px wide`, ...tags];
}"""


@pytest.fixture
def everybody(person: Person) -> User:
    """Somebody with every role, who sees every page."""
    user = person("editors", "everybody")
    user.groups.set(Group.objects.all())
    return user


@pytest.fixture
def arabic(settings: Settings) -> None:
    """The interface in Arabic, as far as Django has words for it."""
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    settings.LANGUAGE_CODE = "ar"


def addresses(person: Person, everybody: User) -> Iterator[str]:
    """Of every page, with words on them that do not fit a narrow line."""
    article = ready_article(f"{TEXT}\n{LONG_WORD}")
    Article.objects.filter(pk=article.pk).update(title=LONG_WORD, outlet=LONG_WORD)
    mayor, port, _residents = article.annotations.all()
    actions.approve(mayor.pk, 1, everybody)
    source = source_registry.create(LONG_WORD, "person", everybody)
    source_registry.create("Donau", "organisation", everybody)
    source_registry.add_alias(source, LONG_WORD.lower() + "s", everybody)
    actions.set_source(mayor.pk, 2, everybody, source)
    actions.approve(port.pk, 1, everybody)
    actions.flag(port.pk, 2, everybody, LONG_WORD)
    disputed, _review = disputed_article(person("editors", "ada"), person("editors", LONG_WORD))
    yield "/"
    yield "/nowhere/"
    yield article.get_absolute_url()
    for name in ("review:edit", "review:flag", "review:history", "sources:resolve"):
        yield reverse(name, args=[port.pk])
    for name in ("review:add", "review:approve_rest"):
        yield reverse(name, args=[article.pk])
    yield disputed.get_absolute_url()
    yield reverse("second_review:disagreement", args=[disputed.pk])
    yield source.get_absolute_url()
    yield f"{source.get_absolute_url()}?split&into=donau"
    yield imported(everybody).get_absolute_url()
    for name in (
        "queue:ingest",
        "sources:list",
        "sources:unresolved",
        "review:shortcuts",
        "second_review:agreement",
        "export:page",
        "password_change",
        "account",
        "mfa_index",
        "usersessions_list",
        "security_log",
    ):
        yield reverse(name)
    yield f"{reverse('second_review:sampling')}?figures"


def too_wide(page: Page, where: list[str]) -> str:
    found = []
    for address in where:
        page.goto(address)
        found += [f"{address}: {each}" for each in page.evaluate(TOO_WIDE)]
    return "\n".join(found)


def test_no_page_scrolls_sideways(open_browser: Open, person: Person, everybody: User) -> None:
    where = list(addresses(person, everybody))
    page, _problems = open_browser(everybody, viewport=NARROW)
    assert not too_wide(page, where)
    page.goto(where[2])
    page.keyboard.press("?")
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW["width"]


def test_from_right_to_left_no_page_scrolls_sideways(
    open_browser: Open, person: Person, everybody: User, arabic: None
) -> None:
    where = list(addresses(person, everybody))
    page, _problems = open_browser(everybody, viewport=NARROW, locale="ar")
    assert not too_wide(page, where)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.context.clear_cookies()
    assert not too_wide(page, [reverse("login")])


def test_an_english_article_in_an_arabic_interface(
    open_browser: Open, editor: User, arabic: None
) -> None:
    article = ready_article()
    page, problems = open_browser(editor, locale="ar")
    page.goto(article.get_absolute_url())
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    for selector in ("h1", "#text p", ".roles dd"):
        expect(page.locator(selector).first).to_have_css("direction", "ltr")
    text, list_ = (page.locator(each).bounding_box() for each in ("#text", ".attributions"))
    assert text is not None
    assert list_ is not None
    # The text comes first, which is on the right.
    assert text["x"] > list_["x"]

    page.keyboard.press("a")
    expect(page.locator("li.card.approved")).to_have_count(1)
    page.keyboard.press("e")
    form = page.locator("form.spans")
    expect(form).to_be_visible()
    page.keyboard.press("c")
    # To the right is on, in a text that runs to the right.
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("li.card.approved")).to_have_count(2)
    second = article.annotations.all()[1]
    assert words_of(second)["content"] == ["the work takes six"]
    assert not problems


def test_an_arabic_article_in_an_arabic_interface(
    open_browser: Open, editor: User, arabic: None
) -> None:
    article = ready_article(ARABIC, [HADDAD])
    page, problems = open_browser(editor, locale="ar")
    page.goto(article.get_absolute_url())
    expect(page.locator("#text p").first).to_have_css("direction", "rtl")
    page.keyboard.press("e")
    expect(page.locator("form.spans")).to_be_visible()
    page.keyboard.press("c")
    # To the left is on, in a text that runs to the left.
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("li.card.approved")).to_have_count(1)
    assert words_of(article.annotations.get())["content"] == ["الأعمال تستغرق ستة"]
    assert not problems


TEN = [f"Witness {n} noted{n} that lamp{n} was red." for n in range(10)]
PLACES = """() => [
    window.scrollY,
    document.querySelector(".attributions").scrollTop,
    document.getElementById("text").scrollTop,
    ...[...document.querySelectorAll("li.card")].slice(0, 3)
        .map((card) => card.getBoundingClientRect().top),
]"""
WATCH_SHIFTS = """() => {
    window.shifts = [];
    const note = (list) => window.shifts.push(...list.getEntries().map(({ value }) => value));
    new PerformanceObserver(note).observe({ type: "layout-shift" });
}"""


@pytest.mark.parametrize(
    "viewport",
    [{"width": 1280, "height": 1000}, {"width": 360, "height": 1600}],
    ids=["wide", "narrow"],
)
def test_nothing_jumps_when_a_card_is_judged(
    open_browser: Open, editor: User, viewport: dict[str, int]
) -> None:
    article = ready_article(
        "\n\n".join(TEN),
        [
            {"source": [f"Witness {n}"], "cue": [f"noted{n}"], "content": [f"lamp{n} was red"]}
            for n in range(8)
        ],
    )
    page, problems = open_browser(editor, viewport=viewport)
    page.goto(article.get_absolute_url())
    first, second, *_others = article.annotations.all()
    # Both are in view, so nothing has to be scrolled to.
    page.locator(f"#card-{second.pk}").get_by_role("button", name="Approve").focus()
    before = page.evaluate(PLACES)
    page.evaluate(WATCH_SHIFTS)
    page.locator(f"#card-{first.pk} [data-do=approve]").dispatch_event("click")
    expect(page.locator(f"#card-{first.pk}")).to_contain_text("Approved")
    expect(page.locator("#progress")).to_contain_text("1 of 8 decided")
    assert page.evaluate(PLACES) == pytest.approx(before, abs=1)
    assert sum(page.evaluate("window.shifts")) < 0.05
    assert not problems


@pytest.mark.parametrize(
    ("keys", "card", "saves"),
    [
        pytest.param("a", 1, True, id="approve"),
        pytest.param("r", 1, True, id="reject"),
        pytest.param("a u", 0, True, id="undo"),
        pytest.param("a u y", 0, True, id="redo"),
        pytest.param("o", 0, True, id="accept the source"),
        pytest.param("e Escape", 0, False, id="cancel a correction"),
        pytest.param("e Enter", 1, True, id="save a correction"),
        pytest.param("n Escape", 0, False, id="cancel an addition"),
        pytest.param("g Escape", 0, False, id="cancel a flag"),
        pytest.param("h Escape", 0, False, id="close the history"),
        pytest.param("t Escape", 0, False, id="cancel approving the rest"),
    ],
)
def test_the_focus_stays_and_what_was_saved_is_announced(
    open_browser: Open, editor: User, keys: str, card: int, saves: bool
) -> None:
    article = ready_article()
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    wanted = article.annotations.all()[card]
    opened = page.locator("li.editing, li.open, #rest")
    for key in keys.split():
        page.keyboard.press(key)
        if key in "enght":
            expect(opened).to_be_visible()
        elif key in ("a", "r", "u", "y", "o"):
            expect(page.locator("#saved time")).to_have_count(1)
    expect(opened).to_have_count(0)
    if saves:
        expect(page.get_by_role("status").filter(has_text="Saved")).to_have_count(1)
    expect(page.locator(f"#card-{wanted.pk}")).to_be_focused()
    assert not problems


def test_on_paper(open_browser: Open, editor: User) -> None:
    article = ready_article()
    mayor, port, _residents = article.annotations.all()
    actions.approve(mayor.pk, 1, editor)
    actions.reject(port.pk, 1, editor)
    page, problems = open_browser(editor, color_scheme="dark")
    page.goto(article.get_absolute_url())
    page.emulate_media(media="print", color_scheme="dark")

    for shown in ("h1", "#text p", "#text mark", "li.card .badge", "li.card dd"):
        for each in page.locator(shown).all():
            expect(each).to_be_visible()
    for status in ("Approved", "Rejected", "Proposed"):
        expect(page.locator("li.card").filter(has_text=status)).to_be_visible()
    hidden = "button, .button, nav, .site, .tools, #rolebar, #missed, #find, #saved, input"
    expect(page.locator(hidden).filter(visible=True)).to_have_count(0)
    for card in page.locator("li.card").all():
        expect(card).to_have_css("color", "rgb(0, 0, 0)")
        expect(card).to_have_css("background-color", "rgb(255, 255, 255)")
        expect(card).to_have_css("break-inside", "avoid")
        # Cards out of view are drawn, too.
        expect(card).to_have_css("content-visibility", "visible")
    assert not problems


HEADLINED = f"A bridge closes for the whole of the coming winter\n\n{TEXT}"
IN_VIEW = """element => {
    const box = element.getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const centre = document.elementFromPoint(x, y);
    return box.top >= 0 && box.left >= 0 && box.bottom <= window.innerHeight
        && box.right <= document.documentElement.clientWidth && element.contains(centre);
}"""
"""Whether all of it is on the screen, and nothing lies over it."""


def headlined() -> Article:
    article = ready_article(HEADLINED)
    Article.objects.filter(pk=article.pk).update(
        title="A bridge closes for the whole of the coming winter",
        outlet="The Harbour Observer",
        author="Una Writer",
    )
    return article


def assert_in_view(*places: Locator) -> None:
    for place in places:
        assert place.evaluate(IN_VIEW), place


def test_on_a_telephone_the_first_card_is_on_the_screen_with_its_buttons(
    open_browser: Open, editor: User
) -> None:
    page, problems = open_browser(editor, viewport={"width": 360, "height": 740})
    page.goto(headlined().get_absolute_url())
    card = page.locator("li.card").first
    assert_in_view(
        card.get_by_role("button", name="Approve"),
        card.get_by_role("button", name="Reject"),
        card.get_by_role("link", name="Fix"),
        page.locator("#text p").first,
        page.get_by_role("button", name="Undo"),
    )
    menu = page.get_by_role("button", name="Menu")
    expect(page.get_by_role("link", name="Sources")).to_be_hidden()
    menu.click()
    assert_in_view(page.get_by_role("link", name="Sources"))
    page.get_by_role("link", name="Sources").click()
    expect(page.get_by_role("heading", name="Sources")).to_be_visible()
    assert not problems


def test_the_menu_opens_without_javascript(open_browser: Open, editor: User) -> None:
    page, _problems = open_browser(editor, viewport=NARROW, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username")).to_be_visible()


@pytest.mark.parametrize(
    "viewport",
    [{"width": 1440, "height": 900}, {"width": 1024, "height": 768}],
    ids=["1440", "1024"],
)
def test_beside_the_text_the_sign_off_and_what_is_opened_are_in_view(
    open_browser: Open, editor: User, viewport: dict[str, int]
) -> None:
    article = ready_article(
        "\n\n".join(TEN * 3),
        [
            {"source": [f"Witness {n}"], "cue": [f"noted{n}"], "content": [f"lamp{n} was red"]}
            for n in range(10)
        ],
    )
    page, problems = open_browser(editor, viewport=viewport)
    page.goto(article.get_absolute_url())
    finish = page.get_by_role("button", name="Finish the article")
    search = page.get_by_role("searchbox")
    for _step in range(6):
        page.keyboard.press("j")
        assert_in_view(finish, page.locator("li.card.current [data-do=approve]"))
        page.keyboard.press("/")
        assert_in_view(finish, search)
        search.fill("lamp9")
        assert_in_view(page.locator("#find output"))
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    # The form: its three roles, and what saves it, at once.
    page.keyboard.press("e")
    form = page.locator("form.spans")
    expect(form).to_be_visible()
    assert_in_view(
        *form.locator("fieldset").all(),
        form.get_by_role("button", name="Save and approve"),
        finish,
    )
    assert not problems


@pytest.mark.parametrize(
    "viewport",
    [
        {"width": 1440, "height": 900},
        {"width": 1024, "height": 768},
        {"width": 768, "height": 1024},
        {"width": 360, "height": 740},
    ],
    ids=["1440", "1024", "768", "360"],
)
def test_the_buttons_for_a_selection_cover_nothing(
    open_browser: Open, editor: User, viewport: dict[str, int]
) -> None:
    article = ready_article("\n\n".join(TEN * 3), [])
    page, problems = open_browser(editor, viewport=viewport)
    page.goto(article.get_absolute_url())
    places = "() => ['#text', '#missed', '#cards'].map((each) => JSON.stringify("
    places += "document.querySelector(each).getBoundingClientRect()))"
    before = page.evaluate(places)
    # The last words that are on the screen.
    page.locator("#text").focus()
    page.keyboard.press("i")
    toolbar = page.get_by_role("toolbar")
    expect(toolbar).to_be_visible()
    assert page.evaluate(places) == before, "nothing makes room for them either"
    assert_in_view(*toolbar.get_by_role("button").all())
    for _step in range(25):
        page.keyboard.press("ArrowDown")
        bar = toolbar.bounding_box()
        words = page.evaluate(
            "() => document.getSelection().getRangeAt(0).getBoundingClientRect().toJSON()"
        )
        assert bar is not None
        assert words["bottom"] <= viewport["height"]
        apart = bar["y"] >= words["bottom"] or bar["y"] + bar["height"] <= words["top"]
        assert apart or bar["x"] >= words["right"]
    toolbar.get_by_role("button", name="Cue").click()
    expect(page.locator("form.spans fieldset.cue output")).not_to_be_empty()
    assert not problems


def test_from_the_queue_the_first_article_is_near(open_browser: Open, editor: User) -> None:
    article = headlined()
    page, _problems = open_browser(editor)
    page.goto("/")
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    expect(page.locator(f"#open-{article.pk}")).to_be_focused()


def test_the_marks_tell_what_is_judged_and_can_be_dimmed_to_the_current_ones(
    open_browser: Open, editor: User
) -> None:
    article = ready_article()
    mayor, port, _residents = article.annotations.all()
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    clear = "rgba(0, 0, 0, 0)"
    judged = page.locator(f'#text mark[data-a="{mayor.pk}"]').first
    current = page.locator(f'#text mark[data-a="{port.pk}"]').first
    expect(judged).not_to_have_css("background-color", clear)
    page.keyboard.press("a")
    expect(page.locator(f"#card-{mayor.pk}.approved")).to_be_visible()
    # Without the page's being loaded again.
    expect(judged).to_have_css("background-color", clear)
    expect(current).not_to_have_css("background-color", clear)
    page.reload()
    expect(judged).to_have_css("background-color", clear)

    dim = page.get_by_role("button", name="Only the current one")
    expect(dim).to_have_attribute("aria-pressed", "false")
    dim.click()
    expect(dim).to_have_attribute("aria-pressed", "true")
    hidden = page.locator("#text mark:not(.current)")
    assert hidden.count() == 7
    for each in hidden.all():
        expect(each).to_have_css("background-color", clear)
        expect(each).to_have_css("text-decoration-color", clear)
    expect(current).not_to_have_css("background-color", clear)
    page.reload()
    expect(page.locator("#text")).to_have_class("notranslate dim")
    dim.click()
    page.reload()
    expect(page.locator("#text")).to_have_class("notranslate")
    assert not problems


def test_everybody_can_ask_for_the_keys(
    open_browser: Open, editor: User, fact_checker: User
) -> None:
    article = ready_article()
    for person_, shows_approve in ((editor, True), (fact_checker, False)):
        page, problems = open_browser(person_)
        page.goto(article.get_absolute_url())
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keys")
        expect(dialog).to_be_visible()
        expect(dialog).to_contain_text("next attribution")
        expect(dialog.get_by_text("approve", exact=True)).to_have_count(int(shows_approve))
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        expect(page.locator("li.card").nth(1)).to_be_focused()
        assert not problems


def test_a_page_that_waits_comes_up_by_itself(open_browser: Open, editor: User) -> None:
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(status="queued")
    page, problems = open_browser(editor, viewport=NARROW)
    page.goto(article.get_absolute_url())
    state = page.get_by_role("status")
    expect(state).to_contain_text("waits to be pre-labelled")
    Article.objects.filter(pk=article.pk).update(status="prelabelling")
    expect(state).to_contain_text("is being pre-labelled")
    Article.objects.filter(pk=article.pk).update(status="ready")
    expect(page.locator("li.card")).to_have_count(3)
    assert not problems
