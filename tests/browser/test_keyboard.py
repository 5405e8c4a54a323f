"""An article judged without the mouse, in few keys."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotations.desk.desk import CARDS
from annotations.models import Annotation, Clearing
from articles.models import Article
from tests.browser.conftest import Open
from tests.builders import ready_article, words_of

pytestmark = pytest.mark.django_db(transaction=True)

WITNESSES = {
    "Ada": "said",
    "Ben": "added",
    "Cleo": "argued",
    "Dag": "claimed",
    "Eva": "noted",
    "Finn": "replied",
    "Gro": "insisted",
    "Hal": "reported",
    "Ida": "admitted",
    "Jon": "believes",
}
TEXT = "\n\n".join(
    [
        *(f"{name} Holm {cue} the lamp of {name} was red." for name, cue in WITNESSES.items()),
        "Kim Vik warned on Friday that the road is closed.",
        "Lea Moe put the cup on the table.",
        "Mia Dahl told reporters that nobody was hurt.",
    ]
)
RIGHT = [
    {"source": [f"{name} Holm"], "cue": [cue], "content": [f"the lamp of {name} was red"]}
    for name, cue in WITNESSES.items()
]
# The content begins a word too late and ends one too early.
WRONG_SPAN = {"source": ["Kim Vik"], "cue": ["warned"], "content": ["the road is"]}
WRONG = {"source": ["Lea Moe"], "cue": ["put"], "content": ["the cup on the table"]}


class Keys:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def __call__(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1


@pytest.fixture
def article() -> Article:
    return ready_article(TEXT, [*RIGHT, WRONG_SPAN, WRONG])


def test_an_article_of_twelve_in_at_most_forty_keys(
    open_browser: Open, editor: User, article: Article
) -> None:
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    press = Keys(page)
    progress = page.locator("#progress")

    press(*"aaaaaaaaaa")
    expect(progress).to_contain_text("10 of 12 decided")

    press("e")
    form = page.locator("form.spans")
    expect(form).to_be_visible()
    # The content's key takes hold of the content; then its end and its start move.
    press("c", "Shift+ArrowRight", "Space", "Shift+ArrowLeft")
    expect(form.get_by_role("group", name="Content").locator("output")).to_have_text(
        "that the road is closed"
    )
    press("Enter")
    expect(progress).to_contain_text("11 of 12 decided")

    press("r")
    expect(progress).to_contain_text("All 12 decided")

    expect(page.locator("#missed")).to_contain_text("Sentences that may hide an attribution: 1")
    press("m", "n")
    expect(form).to_be_visible()
    press("Shift+ArrowRight", "s")
    press("ArrowRight", "Shift+ArrowRight", "q")
    press("ArrowRight", "Shift+End", "c")
    expect(form.get_by_role("group", name="Content").locator("output")).to_have_text(
        "that nobody was hurt"
    )
    press("Enter")
    expect(progress).to_contain_text("All 13 decided")
    expect(page.locator("#missed")).to_contain_text(
        "No quotation mark and no reporting word is left"
    )

    press("f")
    expect(page.get_by_text("Not finished yet")).to_be_visible()
    expect(page.locator("li.card.current")).to_be_visible()
    press("f")
    expect(page.get_by_text("is finished")).to_be_visible()

    assert press.count <= 40
    article.refresh_from_db()
    assert article.status == "finished"
    fixed = article.annotations.get(start=article.text.index("Kim Vik"))
    assert words_of(fixed) == WRONG_SPAN | {"content": ["that the road is closed"]}
    added = article.annotations.get(start=article.text.index("Mia Dahl"))
    assert words_of(added) == {
        "source": ["Mia Dahl"],
        "cue": ["told reporters"],
        "content": ["that nobody was hurt"],
    }
    assert article.annotations.filter(status="approved").count() == 12
    assert article.annotations.get(status="rejected").start == article.text.index("Lea Moe")
    assert not problems


@pytest.fixture
def short(transactional_db: None) -> Article:
    return ready_article()


def opened(open_browser: Open, editor: User, article: Article) -> Page:
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    return page


def test_undo_and_redo_reach_back_over_a_reload(
    open_browser: Open, editor: User, short: Article
) -> None:
    page = opened(open_browser, editor, short)
    progress = page.locator("#progress")
    page.keyboard.press("a")
    page.keyboard.press("r")
    expect(progress).to_contain_text("2 of 3 decided")
    page.reload()
    expect(page.locator("li.card.current")).to_be_visible()
    page.keyboard.press("u")
    expect(progress).to_contain_text("1 of 3 decided")
    second = page.locator("li.card").nth(1)
    expect(second).to_be_focused()
    expect(second).to_contain_text("Proposed")
    page.keyboard.press("u")
    expect(progress).to_contain_text("0 of 3 decided")
    page.keyboard.press("u")
    expect(page.locator("#saved")).to_contain_text("nothing to undo")
    page.keyboard.press("y")
    page.keyboard.press("y")
    expect(progress).to_contain_text("2 of 3 decided")
    assert list(short.annotations.values_list("status", flat=True)) == [
        "approved",
        "rejected",
        "proposed",
    ]


def test_finishing_waits_for_decisions_on_their_way(
    open_browser: Open, editor: User, short: Article
) -> None:
    page = opened(open_browser, editor, short)
    for key in "aaaf":
        page.keyboard.press(key)
    expect(page.get_by_text("Not finished yet")).to_be_visible()
    assert set(short.annotations.values_list("status", flat=True)) == {"approved"}


def test_the_rest_is_shown_before_it_is_approved_and_undone_as_one(
    open_browser: Open, editor: User, short: Article
) -> None:
    page = opened(open_browser, editor, short)
    page.keyboard.press("r")
    expect(page.locator("#progress")).to_contain_text("1 of 3 decided")
    page.keyboard.press("t")
    rest = page.get_by_role("region", name="Approve the rest")
    expect(rest.get_by_role("spinbutton")).to_have_value("80")
    rest.get_by_role("spinbutton").fill("81")
    page.keyboard.press("Tab")
    expect(rest).to_contain_text("No open proposal reaches that confidence")
    rest.get_by_role("spinbutton").fill("80")
    page.keyboard.press("Tab")
    expect(rest.get_by_role("listitem")).to_have_count(2)
    rest.get_by_role("button", name="Approve 2").press("Enter")
    expect(page.get_by_text("2 attributions approved.")).to_be_visible()
    expect(page.locator("li.card.current")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("All 3 decided")
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_contain_text("1 of 3 decided")


def test_what_is_approved_at_once_is_the_list_that_was_on_the_screen(
    open_browser: Open, editor: User, short: Article
) -> None:
    unsure, *sure = short.annotations.all()
    Annotation.objects.filter(pk=unsure.pk).update(confidence=0.5)
    page = opened(open_browser, editor, short)
    page.keyboard.press("t")
    number = page.get_by_role("spinbutton")
    expect(number).to_be_focused()
    rest = page.get_by_role("region", name="Approve the rest")
    page.keyboard.press("Control+a")
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    expect(rest.get_by_role("listitem")).to_have_count(3)
    expect(number).to_be_focused()
    # Another number, and Enter at once: the list of the other number is shown, nothing approved.
    page.keyboard.press("Control+a")
    page.keyboard.type("80")
    page.keyboard.press("Enter")
    expect(rest.get_by_role("listitem")).to_have_count(2)
    assert not short.annotations.filter(status="approved").exists()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 attributions approved.")).to_be_visible()
    approved = short.annotations.filter(status="approved")
    assert [each.pk for each in approved] == [each.pk for each in sure]


def test_skipping_flagging_and_the_history(
    open_browser: Open, editor: User, short: Article
) -> None:
    page = opened(open_browser, editor, short)
    page.keyboard.press("x")
    card = page.locator("li.card").nth(1)
    expect(card).to_be_focused()
    page.keyboard.press("g")
    expect(page.get_by_label("What should a colleague look at?")).to_be_focused()
    page.keyboard.type("Is this <b>really</b> theirs?")
    page.keyboard.press("Control+Enter")
    expect(card).to_contain_text("Is this <b>really</b> theirs?")
    expect(page.locator("#progress")).to_contain_text("1 flagged")
    expect(card).to_be_focused()
    page.keyboard.press("a")
    expect(card).to_contain_text("Approved")
    page.keyboard.press("k")
    page.keyboard.press("h")
    expect(card.get_by_role("listitem")).to_have_count(3)
    expect(card).to_contain_text(f"{editor.username} flagged")
    card.get_by_role("button", name="Put back to how command line left it").press("Enter")
    expect(card.locator("header .badge")).to_have_text("Proposed")
    flagged = short.annotations.all()[1]
    assert (flagged.status, flagged.flag) == ("proposed", "")
    assert flagged.decisions.count() == 4


def test_accepting_the_suggested_source(open_browser: Open, editor: User, short: Article) -> None:
    page = opened(open_browser, editor, short)
    card = page.locator("li.card").first
    expect(card).to_contain_text("Ada Lindqvist?")
    page.keyboard.press("o")
    expect(card.get_by_role("link", name="Ada Lindqvist")).to_be_visible()
    expect(card).to_be_focused()
    source = short.annotations.all()[0].resolved_source
    assert source is not None
    assert (source.name, source.kind) == ("Ada Lindqvist", "person")


def test_searching_the_text(open_browser: Open, editor: User, short: Article) -> None:
    page = opened(open_browser, editor, short)
    page.keyboard.press("/")
    page.keyboard.type("the")
    expect(page.locator("#find output")).to_have_text("1 / 6")
    page.keyboard.press("Enter")
    expect(page.locator("#find output")).to_have_text("2 / 6")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_hidden()
    expect(page.locator("li.card").first).to_be_focused()


def test_a_sentence_that_hides_nothing_is_cleared_for_everybody(
    open_browser: Open, editor: User
) -> None:
    article = ready_article("The “old” bridge is closed.\n\nThe port said nothing.", [])
    page = opened(open_browser, editor, article)
    missed = page.locator("#missed")
    expect(missed).to_contain_text("hide an attribution: 2")
    page.keyboard.press("m")
    page.keyboard.press("z")
    expect(missed).to_contain_text("hide an attribution: 1")
    page.keyboard.press("m")
    page.keyboard.press("z")
    expect(missed).to_contain_text("No quotation mark and no reporting word is left")
    page.reload()
    expect(missed).to_contain_text("No quotation mark and no reporting word is left")
    cleared = Clearing.objects.filter(sentence__article=article)
    assert set(cleared.values_list("by__username", flat=True)) == {editor.username}


def test_own_keys_take_the_place_of_the_usual_ones(
    open_browser: Open, editor: User, short: Article
) -> None:
    page, problems = open_browser(editor)
    page.goto("/keys/")
    page.get_by_label("Approve", exact=True).fill("7")
    page.get_by_role("button", name="Save").click()
    page.goto(short.get_absolute_url())
    page.keyboard.press("a")
    page.keyboard.press("7")
    expect(page.locator("#progress")).to_contain_text("1 of 3 decided")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(page.locator("#help dt").filter(has_text="7")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert not problems


def test_the_cursor_goes_with_the_writing_and_never_cuts_a_character(
    open_browser: Open, editor: User
) -> None:
    text = "قالت ليلى حداد إن الجسر 👩‍👩‍👧 مغلق.\n\nA cafe\u0301 owner 🙂 said “no 🚢” twice."
    article = ready_article(text, [{"cue": ["قالت"]}])
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.keyboard.press("e")
    expect(page.locator("form.spans")).to_be_visible()
    # The cue is the first word; in Arabic the next one is to its left.
    page.keyboard.press("q")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("s")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+End")
    page.keyboard.press("c")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+C")
    page.keyboard.press("Enter")
    expect(page.locator("li.card")).to_contain_text("Approved")
    assert words_of(article.annotations.get()) == {
        "source": ["ليلى حداد"],
        "cue": ["قالت"],
        "content": ["إن الجسر 👩‍👩‍👧 مغلق", "cafe\u0301"],
    }
    assert not problems


def test_words_first_and_their_role_after_begin_an_addition(
    open_browser: Open, editor: User, short: Article
) -> None:
    page = opened(open_browser, editor, short)
    page.locator("#text p").first.dblclick(position={"x": 60, "y": 20})
    page.keyboard.press("s")
    new = page.locator("#card-new")
    expect(new.get_by_role("group", name="Source").locator("output")).to_have_text("harbour")
    page.keyboard.press("Escape")
    expect(new).to_have_count(0)


def test_the_keys_reach_cards_that_came_later(open_browser: Open, editor: User) -> None:
    lines = [f"Witness {n} noted{n} that lamp{n} was red." for n in range(CARDS + 5)]
    article = ready_article(
        "\n".join(lines),
        [{"cue": [f"noted{n} "], "content": [f"lamp{n} was"]} for n in range(CARDS + 5)],
    )
    last = article.annotations.last()
    assert last is not None
    page, problems = open_browser(editor)
    page.goto(f"{article.get_absolute_url()}#card-{last.pk}")
    card = page.locator(f"#card-{last.pk}")
    expect(card).to_have_class("card proposed current")
    page.keyboard.press("a")
    expect(card).to_contain_text("Approved")
    expect(page.locator("li.card").first).to_be_focused()
    assert not problems
