"""Every key pressed is one decision, or visibly none: at any speed, network and layout."""

import random
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import CDPSession, Page, Route, expect

from annotations.models import Annotation, Decision
from articles.models import Article
from tests.browser.conftest import TIMEOUT_MS, Open
from tests.builders import ready_article

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = ["Ada", "Ben", "Cleo", "Dag", "Eva", "Finn", "Gro", "Hal", "Ida", "Jon", "Kim", "Lea"]
LAST = ["Holm", "Vik", "Moe", "Dahl"]
NAMES = [f"{first} {last}" for last in LAST for first in FIRST]
TEXT = "\n\n".join(f"{name} said the lamp of {name} was red." for name in NAMES)


@pytest.fixture
def article(transactional_db: None) -> Article:
    """With a proposal for each paragraph, whose source is a full name."""
    starts = [TEXT.index(f"{name} said") for name in NAMES]
    article = ready_article(
        TEXT,
        [{"source": [f"{name}"], "content": [f"the lamp of {name} was red"]} for name in NAMES],
    )
    assert list(article.annotations.values_list("start", flat=True)) == starts
    return article


def slow_down(page: Page, latency: int) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    return session


def opened(open_browser: Open, editor: User, article: Article) -> Page:
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    expect(page.locator("li.card.current")).to_be_visible()
    return page


def log_of(article: Article) -> list[tuple[str, int | None]]:
    decisions = Decision.objects.filter(article=article).exclude(action="import").order_by("id")
    return list(decisions.values_list("action", "annotation"))


def all_sent(page: Page) -> None:
    # Slower than people type: what is on its way piles up, and comes through in its order.
    expect(page.locator("body")).not_to_have_class(
        re.compile("sending|waiting"), timeout=6 * TIMEOUT_MS
    )


class Model:
    """What the keys mean, told without a network: the log that must come of them."""

    def __init__(self, annotations: list[Annotation]) -> None:
        self.cards = [each.pk for each in annotations]
        self.state = dict.fromkeys(self.cards, ("proposed", False))
        self.at = self.cards[0]
        self.log: list[tuple[str, int | None]] = []
        self.done: list[tuple[int, tuple[str, bool], tuple[str, bool]]] = []
        self.undone: list[tuple[int, tuple[str, bool], tuple[str, bool]]] = []

    def _go_on(self) -> None:
        index = self.cards.index(self.at)
        for pk in self.cards[index + 1 :] + self.cards[:index]:
            if self.state[pk][0] == "proposed":
                self.at = pk
                return

    def _decide(self, action: str, after: tuple[str, bool]) -> None:
        before = self.state[self.at]
        self.state[self.at] = after
        self.log.append((action, self.at))
        self.done.append((self.at, before, after))
        self.undone.clear()

    def press(self, key: str) -> None:
        status, named = self.state[self.at]
        if key == "a" and status != "approved":
            self._decide("approve", ("approved", named))
            self._go_on()
        elif key == "r" and status != "rejected":
            self._decide("reject", ("rejected", named))
            self._go_on()
        elif key == "e":
            self._decide("edit", ("approved", named))
            self._go_on()
        elif key == "o" and not named and status != "rejected":
            self._decide("resolve", (status, True))
        elif key == "g":
            self._decide("flag", (status, named))
        elif key == "u" and self.done:
            self.at, before, after = self.done.pop()
            self.undone.append((self.at, before, after))
            self.state[self.at] = before
            self.log.append(("undo", self.at))
        elif key == "y" and self.undone:
            self.at, before, after = self.undone.pop()
            self.done.append((self.at, before, after))
            self.state[self.at] = after
            self.log.append(("redo", self.at))


def every_pair(keys: str, rng: random.Random) -> Iterator[str]:
    """A walk over the keys in which every ordered pair comes once, by chance."""
    left = {key: rng.sample(keys, len(keys)) for key in keys}
    # Hierholzer: every key has as many pairs that begin as that end with it.
    path, walk = [keys[0]], []
    while path:
        if left[path[-1]]:
            path.append(left[path[-1]].pop())
        else:
            walk.append(path.pop())
    return reversed(walk)


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)
    if key == "g":
        page.keyboard.type("look")
        page.keyboard.press("Control+Enter")
    elif key == "e":
        page.keyboard.press("1")
        page.keyboard.press("Enter")


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("latency", "seed"),
    [
        (0, 1),
        pytest.param(60, 2, marks=SLOW),
        pytest.param(200, 3, marks=SLOW),
        pytest.param(400, 4, marks=SLOW),
    ],
)
def test_the_log_holds_what_was_pressed_in_that_order(
    open_browser: Open, editor: User, article: Article, latency: int, seed: int
) -> None:
    """Every ordered pair of keys, 30 to 200 ms apart."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    model = Model(list(article.annotations.all()))
    page = opened(open_browser, editor, article)
    slow_down(page, latency)
    for key in every_pair("arogeuyf", rng):
        press(page, key)
        model.press(key)
        page.wait_for_timeout(rng.randint(30, 200))
    all_sent(page)
    assert log_of(article) == model.log
    assert len(model.log) > 30
    assert page.url.endswith(article.get_absolute_url())


def test_an_addition_and_the_keys_around_it(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    slow_down(page, 300)
    first, second, *_rest = article.annotations.all()
    page.keyboard.press("a")
    page.keyboard.press("n")
    cue = page.get_by_role("group", name="Cue").get_by_label("Offsets")
    said = TEXT.index("said")
    cue.fill(f"{said}-{said + 4}")
    page.get_by_role("group", name="Cue").locator("output").click()
    page.keyboard.press("Enter")
    page.keyboard.press("g")
    page.keyboard.type("mine")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page.locator("#progress")).to_contain_text("2 of 49 decided")
    all_sent(page)
    added = article.annotations.last()
    assert added is not None
    new = article.annotations.exclude(
        pk__lte=max(a.pk for a in article.annotations.all()) - 1
    ).get()
    assert log_of(article) == [
        ("approve", first.pk),
        ("add", new.pk),
        ("flag", new.pk),
        ("undo", new.pk),
        ("undo", new.pk),
    ]
    assert second.status == "proposed"


def test_accepting_a_name_and_approving_at_once(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    slow_down(page, 200)
    first = article.annotations.all()[0]
    page.keyboard.press("o")
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("Sending …")
    expect(page.locator(f"#card-{first.pk}")).to_contain_text("Approved")
    all_sent(page)
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert log_of(article) == [("resolve", first.pk), ("approve", first.pk)]
    first.refresh_from_db()
    assert (first.status, str(first.resolved_source)) == ("approved", NAMES[0])


def test_what_was_decided_on_something_refused_is_not_done_and_says_so(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    first = article.annotations.all()[0]
    # Somebody else decides while the keys are on their way.
    Annotation.objects.filter(pk=first.pk).update(version=5)
    held: list[Route] = []
    page.route("**/resolve/", lambda route: held.append(route))  # noqa: PLW0108
    with page.expect_request("**/resolve/"):
        page.keyboard.press("o")
    page.keyboard.press("a")
    page.keyboard.press("a")
    held[0].continue_()
    card = page.locator(f"#card-{first.pk}")
    expect(card.get_by_role("alert").filter(has_text="Nothing was changed")).to_be_visible()
    expect(card.get_by_role("alert").filter(has_text="Not done")).to_contain_text("Approve")
    all_sent(page)
    assert [action for action, _pk in log_of(article)] == ["approve"]
    first.refresh_from_db()
    assert first.status == "proposed"


def test_an_undo_whose_answer_is_lost_takes_back_one(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_contain_text("2 of 48 decided")
    lost: list[int] = []

    def lose(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
            return
        lost.append(route.fetch().status)  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route("**/undo/", lose)
    page.keyboard.press("u")
    expect(page.get_by_role("alert").filter(has_text="kept in this page")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("1 of 48 decided")
    assert lost == [200]
    assert [action for action, _pk in log_of(article)] == ["approve", "approve", "undo"]


@pytest.mark.parametrize("key", ["a", "r", "o", "u", "f", "l", "w", "b"])
def test_a_key_that_is_held_decides_once(
    open_browser: Open, editor: User, article: Article, key: str
) -> None:
    page = opened(open_browser, editor, article)
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_contain_text("1 of 48 decided")
    session = page.context.new_cdp_session(page)
    event = {"key": key, "code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
    for again in range(8):
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "keyDown", "text": key, "autoRepeat": again > 0, **event},
        )
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
    page.wait_for_load_state()
    all_sent(page)
    # Naming and approving are two decisions of one press.
    assert len(log_of(article)) <= (3 if key == "w" else 2)


def test_a_held_key_moves_on_and_on(open_browser: Open, editor: User, article: Article) -> None:
    page = opened(open_browser, editor, article)
    session = page.context.new_cdp_session(page)
    for again in range(5):
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "keyDown", "text": "j", "key": "j", "code": "KeyJ", "autoRepeat": again > 0},
        )
    expect(page.locator("li.card").nth(5)).to_be_focused()


@pytest.mark.parametrize(
    ("key", "code"), [("ф", "KeyA"), ("α", "KeyA"), ("ש", "KeyA"), ("ش", "KeyA")]
)
def test_keys_count_by_their_place_on_layouts_without_latin_letters(
    open_browser: Open, editor: User, article: Article, key: str, code: str
) -> None:
    page = opened(open_browser, editor, article)
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "code": code})
    expect(page.locator("#progress")).to_contain_text("1 of 48 decided")
    assert [action for action, _pk in log_of(article)] == ["approve"]


@pytest.mark.parametrize(("key", "code"), [("'", "KeyQ"), (",", "KeyW"), ("ö", "Semicolon")])
def test_a_mark_of_a_latin_layout_is_no_letter(
    open_browser: Open, editor: User, article: Article, key: str, code: str
) -> None:
    """Dvorak has marks where others have Q and W."""
    page = opened(open_browser, editor, article)
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code})
    page.keyboard.press("r")
    expect(page.locator("#progress")).to_contain_text("1 of 48 decided")
    assert [action for action, _pk in log_of(article)] == ["reject"]


def test_keys_are_shown_on_what_they_press(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    current = page.locator("li.card.current")
    for name, key in (("Approve", "A"), ("Reject", "R"), ("Yes", "O")):
        button = current.get_by_role("button", name=name).first
        expect(button).to_have_attribute("aria-keyshortcuts", key)
        expect(button.locator("kbd")).to_have_text(key)
    expect(page.locator("li.card:not(.current) kbd")).to_have_count(0)
    expect(page.get_by_role("button", name="Finish the article")).to_have_attribute(
        "aria-keyshortcuts", "F"
    )
    # What a mark in the text is called is also its key.
    labels = page.locator("#text mark[data-label]").first.get_attribute("data-label") or ""
    assert labels.startswith("1S")
    page.keyboard.press("e")
    press_content = page.locator("form.spans")
    expect(press_content).to_be_visible()
    page.keyboard.press("Escape")


def test_keys_that_nothing_comes_of_say_so(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    page.keyboard.press("b")
    expect(page.locator("#saved")).to_have_text("This key does nothing here.")
    assert log_of(article) == []


def test_the_same_source_as_before_is_one_key(
    open_browser: Open, editor: User, article: Article
) -> None:
    page = opened(open_browser, editor, article)
    page.keyboard.press("o")
    page.keyboard.press("a")
    all_sent(page)
    page.keyboard.press("b")
    second = page.locator("li.card").nth(1)
    expect(second.get_by_role("link", name=NAMES[0])).to_be_visible()
    named = article.annotations.all()[1]
    assert str(named.resolved_source) == NAMES[0]


def test_the_quote_type_is_two_keys(open_browser: Open, editor: User, article: Article) -> None:
    page = opened(open_browser, editor, article)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.locator("li.card").first).to_contain_text("Mixed")
    assert article.annotations.all()[0].quote_type == "mixed"


def test_the_quote_type_follows_a_correction(open_browser: Open, editor: User) -> None:
    text = "Ada Holm said “it rains” all day."
    article = ready_article(
        text, [{"source": ["Ada Holm"], "cue": ["said"], "content": ["all day"]}]
    )
    page = opened(open_browser, editor, article)
    page.keyboard.press("e")
    start = text.index("“")
    content = page.get_by_role("group", name="Content")
    content.get_by_label("Offsets").fill(f"{start}-{start + 10}")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.locator("li.card")).to_contain_text("Direct")
