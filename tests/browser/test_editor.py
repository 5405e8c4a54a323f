"""The way of an editor in a real Chromium: with the mouse, by keyboard, without JavaScript."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Dialog, Page, expect

from annotations.models import Annotation
from articles.models import Article
from tests.browser.conftest import Open
from tests.builders import TEXT, ready_article, words_of

pytestmark = pytest.mark.django_db(transaction=True)

SELECT = """([start, end]) => {
    // Select code points start to end of the article, as dragging over them would.
    const text = document.getElementById("text");
    const at = (offset) => {
        for (const segment of text.querySelectorAll("[data-s]")) {
            const points = Array.from(segment.textContent);
            const inside = offset - Number(segment.dataset.s);
            if (inside >= 0 && inside <= points.length)
                return [segment.firstChild, points.slice(0, inside).join("").length];
        }
    };
    document.getSelection().setBaseAndExtent(...at(start), ...at(end));
}"""


def select(page: Page, article: Article, words: str) -> None:
    start = article.text.index(words)
    page.evaluate(SELECT, [start, start + len(words)])


PLACES = """(offsets) => offsets.map((offset) => {
    // Where on the screen a code point of the article begins.
    for (const segment of document.querySelectorAll("#text [data-s]")) {
        const points = Array.from(segment.textContent);
        const inside = offset - Number(segment.dataset.s);
        if (inside < 0 || inside >= points.length) continue;
        const range = document.createRange();
        range.setStart(segment.firstChild, points.slice(0, inside).join("").length);
        const { left, top, height } = range.getClientRects()[0];
        return [left, top + height / 2];
    }
})"""


def drag(page: Page, start: int, end: int) -> None:
    """Drag the mouse from one place of the text to another."""
    page.locator("#text").scroll_into_view_if_needed()
    (from_x, from_y), (to_x, to_y) = page.evaluate(PLACES, [start, end])
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=5)
    page.mouse.up()


def statuses(article: Article) -> dict[int, str]:
    return dict(article.annotations.values_list("pk", "status"))


@pytest.fixture
def proposed(sample: Article) -> list[Annotation]:
    """The sample's proposals in reading order; the ways below need three at least."""
    annotations = list(sample.annotations.all())
    assert len(annotations) >= 3
    return annotations


def test_with_the_mouse(
    open_browser: Open, editor: User, sample: Article, proposed: list[Annotation]
) -> None:
    page, problems = open_browser(editor)
    page.goto("/")
    page.get_by_role("button", name="Review the next article").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sample.title)
    fix, reject, *approve = proposed

    card = page.locator(f"#card-{fix.pk}")
    card.get_by_role("link", name="Fix").click()
    words = sample.text[: sample.text.index(" ")]
    select(page, sample, words)
    card.get_by_role("group", name="Source").get_by_role("button", name="Use selection").click()
    card.get_by_role("button", name="Save and approve").click()
    expect(card).to_contain_text("Approved")
    expect(page.locator("#saved")).to_contain_text("Saved")

    page.locator(f"#card-{reject.pk}").get_by_role("button", name="Reject").click()
    expect(page.locator(f"#card-{reject.pk}")).to_contain_text("Rejected")
    page.locator(f"#card-{reject.pk}").get_by_role("button", name="Undo").click()
    expect(page.locator(f"#card-{reject.pk}")).to_contain_text("Proposed")
    page.locator(f"#card-{reject.pk}").get_by_role("button", name="Reject").click()
    expect(page.locator(f"#card-{reject.pk}")).to_contain_text("Rejected")
    for annotation in approve:
        page.locator(f"#card-{annotation.pk}").get_by_role("button", name="Approve").click()
        expect(page.locator(f"#card-{annotation.pk}")).to_contain_text("Approved")

    page.get_by_role("link", name="Add a missed one").click()
    new = page.locator("#card-new")
    select(page, sample, sample.text.rstrip().rsplit(" ", 1)[1])
    new.get_by_role("group", name="Cue").get_by_role("button", name="Use selection").click()
    new.get_by_role("button", name="Save and approve").click()
    expect(new).to_have_count(0)
    expect(page.locator("#progress")).to_contain_text(f"All {len(proposed) + 1} decided")

    page.get_by_role("button", name="Finish the article").click()
    expect(page.get_by_text("Not finished yet")).to_be_visible()
    page.get_by_role("button", name="Finish the article").click()
    expect(page.get_by_text("is finished")).to_be_visible()

    sample.refresh_from_db()
    assert (sample.status, sample.finished_by) == ("finished", editor)
    assert words_of(fix)["source"] == [words]
    now = statuses(sample)
    assert now.pop(reject.pk) == "rejected"
    assert set(now.values()) == {"approved"}
    assert len(now) == len(proposed)
    assert not problems


@pytest.mark.parametrize(
    ("held", "selected"), [(None, "residents said they feared"), ("Alt", "dents said they fea")]
)
def test_dragging_takes_whole_words_and_with_alt_just_what_was_dragged_over(
    open_browser: Open, editor: User, held: str | None, selected: str
) -> None:
    article = ready_article()
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    *_others, residents = article.annotations.all()
    card = page.locator(f"#card-{residents.pk}")
    card.get_by_role("link", name="Fix").click()
    source = card.get_by_role("group", name="Source")
    expect(source).to_be_visible()
    if held:
        page.keyboard.down(held)
    drag(page, article.text.index("dents said"), article.text.index("red the noise"))
    page.wait_for_function("words => getSelection().toString() === words", arg=selected)
    if held:
        page.keyboard.up(held)
    source.get_by_role("button", name="Use selection").click()
    start = article.text.index(selected)
    expect(source.get_by_label("Offsets")).to_have_value(f"{start}-{start + len(selected)}")
    assert not problems


def test_a_finger_gives_roles_from_the_foot_of_the_page(open_browser: Open, editor: User) -> None:
    article = ready_article()
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    roles = page.get_by_role("toolbar")
    new = page.locator("#card-new")
    for role, words in (("Source", "Mayor Ada"), ("Cue", "told")):
        expect(roles).to_be_hidden()
        select(page, article, words)
        roles.get_by_role("button", name=role).click()
        expect(new.get_by_role("group", name=role).locator("output")).to_have_text(words)
        page.evaluate("getSelection().removeAllRanges()")
    new.get_by_role("button", name="Save and approve").click()
    expect(page.locator("#progress")).to_contain_text("1 of 4 decided")
    added = article.annotations.get(run=None)
    assert (words_of(added)["source"], words_of(added)["cue"]) == (["Mayor Ada"], ["told"])
    assert not problems


def test_by_keyboard_alone(
    open_browser: Open, editor: User, sample: Article, proposed: list[Annotation]
) -> None:
    page, problems = open_browser(editor)
    page.goto(sample.get_absolute_url())
    fix, reject, *approve = proposed
    before = words_of(fix)["cue"]

    page.keyboard.press("e")
    card = page.locator(f"#card-{fix.pk}")
    expect(card.get_by_role("heading")).to_contain_text("Fix attribution")
    cue = card.get_by_role("group", name="Cue")
    cue.get_by_role("button", name="End one word later").focus()
    page.keyboard.press("Enter")
    card.get_by_role("button", name="Save and approve").focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Approved")
    # The next proposal has the focus by itself: one key each from here on.
    expect(page.locator(f"#card-{reject.pk}")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator(f"#card-{reject.pk}")).to_contain_text("Rejected")
    for annotation in approve:
        expect(page.locator(f"#card-{annotation.pk}")).to_be_focused()
        page.keyboard.press("a")
        expect(page.locator(f"#card-{annotation.pk}")).to_contain_text("Approved")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("u")
    last = page.locator(f"#card-{approve[-1].pk}")
    expect(last).to_contain_text("Proposed")
    page.keyboard.press("a")
    expect(last).to_contain_text("Approved")
    page.keyboard.press("f")
    expect(page.get_by_text("Not finished yet")).to_be_visible()
    expect(page.locator("li.card.current")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_text("is finished")).to_be_visible()

    after = words_of(fix)["cue"]
    assert len(after[-1].split()) == len(before[-1].split()) + 1
    assert statuses(sample)[reject.pk] == "rejected"
    sample.refresh_from_db()
    assert sample.status == "finished"
    assert not problems


def test_without_javascript(
    open_browser: Open, editor: User, sample: Article, proposed: list[Annotation]
) -> None:
    page, _problems = open_browser(editor, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("button", name="Review the next article").click()
    fix, reject, *approve = proposed

    page.locator(f"#card-{reject.pk}").get_by_role("button", name="Reject").click()
    for annotation in approve:
        page.locator(f"#card-{annotation.pk}").get_by_role("button", name="Approve").click()
    page.locator(f"#card-{fix.pk}").get_by_role("link", name="Fix").click()
    form = page.locator(f"#card-{fix.pk}")
    expect(form.get_by_role("button", name="Use selection")).to_have_count(0)
    form.get_by_role("group", name="Source").get_by_label("Offsets").fill("0-nonsense")
    form.get_by_role("button", name="Save and approve").click()
    expect(form).to_contain_text("is not a start and an end")
    form.get_by_role("group", name="Source").get_by_label("Offsets").fill("0-5")
    form.get_by_role("button", name="Save and approve").click()
    # Whoever types offsets is shown the words before they are saved.
    expect(form).to_contain_text(f"the article has “{sample.text[:5]}” there")
    form.get_by_role("button", name="Save and approve").click()
    expect(page.locator(f"#card-{fix.pk}")).to_contain_text("Approved")
    page.get_by_role("button", name="Finish the article").click()
    expect(page.get_by_text("Not finished yet")).to_be_visible()
    page.get_by_role("button", name="Finish the article").click()
    expect(page.get_by_text("is finished")).to_be_visible()

    assert words_of(fix)["source"] == [sample.text[:5]]
    now = statuses(sample)
    assert now.pop(reject.pk) == "rejected"
    assert set(now.values()) == {"approved"}


def test_a_selection_after_an_emoji_lands_on_its_words(open_browser: Open, editor: User) -> None:
    text = "👩‍👩‍👧 and 🚢: “Yes” 🙂, said محمد الأحمد of the port."
    article = ready_article(text, [{"cue": ["said"]}])
    page, problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.keyboard.press("e")
    expect(page.get_by_role("group", name="Source")).to_be_visible()
    select(page, article, "محمد الأحمد")
    page.keyboard.press("s")
    select(page, article, " “Yes” ")
    page.keyboard.press("c")
    select(page, article, "🚢")
    page.keyboard.press("Shift+C")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.locator("li.card")).to_contain_text("Approved")

    assert words_of(article.annotations.get()) == {
        "source": ["محمد الأحمد"],
        "cue": ["said"],
        "content": ["🚢", "“Yes”"],
    }
    assert not problems


def test_two_editors_and_a_stale_page(
    open_browser: Open, editor: User, person: Callable[..., User]
) -> None:
    article = ready_article()
    one, _ = open_browser(editor)
    two, _ = open_browser(person("editors", "second"))
    for page in (one, two):
        page.goto(article.get_absolute_url())
    first = article.annotations.all()[0]
    one.locator(f"#card-{first.pk}").get_by_role("button", name="Approve").click()
    expect(one.locator(f"#card-{first.pk}")).to_contain_text("Approved")

    two.locator(f"#card-{first.pk}").get_by_role("button", name="Reject").click()

    conflict = two.locator(f"#card-{first.pk}").get_by_role("alert")
    expect(conflict).to_contain_text(f"{editor.username} approved this attribution")
    expect(conflict).to_contain_text("What you saw: Proposed")
    expect(two.locator("#saved")).to_contain_text("Not saved")
    first.refresh_from_db()
    assert (first.status, first.reviewed_by) == ("approved", editor)


def test_a_decision_that_did_not_reach_the_server_says_so(open_browser: Open, editor: User) -> None:
    article = ready_article()
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("Not saved")
    page.context.set_offline(False)
    page.keyboard.press("a")
    expect(page.locator("li.card").first).to_contain_text("Approved")
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_a_session_that_ended_costs_nothing_that_was_typed(
    open_browser: Open, editor: User
) -> None:
    article = ready_article()
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.keyboard.press("e")
    source = page.get_by_role("group", name="Source")
    source.get_by_label("Offsets").fill("0-3")
    Session.objects.all().delete()
    save = page.get_by_role("button", name="Save and approve")
    save.click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("you are signed out")
    expect(source.get_by_label("Offsets")).to_have_value("0-3")

    editor.set_password("tide-table-lamp")
    editor.save()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_label("Username").fill(editor.username)
    tab.get_by_label("Password").fill("tide-table-lamp")
    tab.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="Queue")).to_be_visible()
    save.click()

    expect(page.locator("li.card").first).to_contain_text("Approved")
    assert words_of(article.annotations.all()[0])["source"] == ["The"]


def test_leaving_with_an_unsaved_correction_asks_first(open_browser: Open, editor: User) -> None:
    article = ready_article()
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    page.keyboard.press("e")
    expect(page.get_by_role("group", name="Source")).to_be_visible()
    select(page, article, TEXT.split()[0])
    page.keyboard.press("s")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Queue").click(no_wait_after=True)
    expect(page.get_by_role("group", name="Source").locator("output")).to_have_text("The")
    assert asked == ["beforeunload"]
