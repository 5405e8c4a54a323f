"""A decision belongs to the person at the page: other tabs, ended sessions, the way back."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, expect

from annotations.models import Decision
from articles.models import Article
from tests.browser.conftest import Open
from tests.builders import TEXT, ready_article
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "tide-table-lamp"


@pytest.fixture
def article(transactional_db: None) -> Article:
    return ready_article()


def with_password(person: User) -> User:
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(tab: Page, person: User, address: str = "/login/") -> None:
    tab.goto(address)
    fill_in(tab, person)
    expect(tab.get_by_role("heading", name="Queue")).to_be_visible()


def fill_in(tab: Page, person: User) -> None:
    tab.get_by_label("Username").fill(person.username)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("main").get_by_role("button", name="Sign in").click()


def change_person(context: BrowserContext, person: User) -> Page:
    tab = context.new_page()
    tab.goto("/")
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(tab, person)
    return tab


def signatures(article: Article) -> list[tuple[str, str]]:
    decisions = Decision.objects.filter(article=article).exclude(action="import")
    return list(decisions.order_by("id").values_list("action", "by_name"))


def test_nobody_signs_from_the_page_of_somebody_else(
    open_browser: Open, editor: User, person: Person, article: Article
) -> None:
    with_password(editor)
    other = with_password(person("editors", "second"))
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    tab = change_person(page.context, other)

    page.bring_to_front()
    page.keyboard.press("a")
    page.keyboard.press("r")
    notice = page.get_by_role("alert").filter(visible=True)
    expect(notice).to_contain_text("this page belongs to editors-person, and now second")
    assert signatures(article) == []

    # Whoever it belongs to comes back, and it is sent under their name.
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(tab, editor)
    expect(page.locator("#progress")).to_contain_text("2 of 3 decided")
    expect(notice).to_have_count(0)
    assert signatures(article) == [("approve", editor.username), ("reject", editor.username)]


def test_what_was_kept_while_signed_out_is_not_sent_for_whoever_signs_in(
    open_browser: Open, editor: User, person: Person, article: Article
) -> None:
    with_password(editor)
    other = with_password(person("editors", "second"))
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    Session.objects.all().delete()
    page.keyboard.press("a")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("you are signed out")

    sign_in(page.context.new_page(), other)
    notice = page.get_by_role("alert").filter(visible=True)
    expect(notice).to_contain_text("and now second is signed in")
    assert signatures(article) == []


def test_the_pulse_tells_that_somebody_else_is_signed_in(
    open_browser: Open, editor: User, person: Person, article: Article
) -> None:
    other = with_password(person("editors", "second"))
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    change_person(page.context, other)
    page.evaluate("htmx.trigger('#pulse', 'now')")
    notice = page.get_by_role("alert").filter(visible=True)
    expect(notice).to_contain_text("and now second is signed in")


@pytest.mark.parametrize("cleared", ["session", "all cookies"])
@pytest.mark.parametrize("java_script", [True, False])
def test_a_form_is_sent_after_signing_in_again_elsewhere(
    open_browser: Open, editor: User, article: Article, java_script: bool, cleared: str
) -> None:
    """Finish, and the queue's button: the way that the page itself proposes."""
    with_password(editor)
    article.annotations.update(status="approved", reviewer="x", reviewed_at="2026-01-01T00:00Z")
    second = ready_article(TEXT.replace("harbour", "river"))
    page, _problems = open_browser(editor, java_script_enabled=java_script)
    for address, name, came in (
        (article.get_absolute_url(), "Finish the article", "is finished"),
        ("/", "Review the next article", "closes"),
    ):
        page.goto(address)
        if cleared == "session":
            Session.objects.all().delete()
        else:
            page.context.clear_cookies()
        tab = page.context.new_page()
        sign_in(tab, editor)
        tab.close()
        page.get_by_role("button", name=name).click()
        if not java_script:
            expect(page.get_by_role("heading", level=1)).to_have_text("Send it again")
            page.get_by_role("button", name="Send it again").click()
        if name.startswith("Finish"):
            expect(page.locator("#finish")).to_contain_text("Not finished yet")
            page.get_by_role("button", name=name).click()
        expect(page.get_by_role("main")).to_contain_text(came)
    article.refresh_from_db()
    assert (article.status, article.finished_by) == ("finished", editor)
    assert second.status == "ready"


@pytest.mark.parametrize("java_script", [True, False])
def test_a_pasted_article_survives_the_end_of_the_session(
    open_browser: Open, admin: User, transactional_db: None, java_script: bool
) -> None:
    with_password(admin)
    page, _problems = open_browser(admin, java_script_enabled=java_script)
    page.goto("/articles/new/")
    page.locator("[name=text]").fill("“No,” she said.\nThe second line.")
    page.locator("[name=title]").fill("A <b>title</b> & more")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("nothing is lost")
    fill_in(page, admin)
    expect(page.get_by_label("Text")).to_have_value("“No,” she said.\nThe second line.")
    expect(page.get_by_label("Title")).to_have_value("A <b>title</b> & more")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A <b>title</b> & more")
    assert Article.objects.get().text == "“No,” she said.\nThe second line."


def test_after_going_back_the_page_shows_what_stands(
    open_browser: Open, editor: User, article: Article
) -> None:
    page, _problems = open_browser(editor)
    page.goto("/")
    page.goto(article.get_absolute_url())
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_contain_text("2 of 3 decided")
    page.get_by_role("link", name="Sources").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")
    page.go_back()
    expect(page.locator("li.card.approved")).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("2 of 3 decided")
    page.go_forward()
    expect(page.locator("li.card.approved")).to_have_count(2)


def test_a_second_tab_of_the_same_person_learns_of_decisions(
    open_browser: Open, editor: User, article: Article
) -> None:
    one, _problems = open_browser(editor)
    one.goto(article.get_absolute_url())
    two = one.context.new_page()
    two.goto(article.get_absolute_url())
    one.bring_to_front()
    one.keyboard.press("a")
    one.keyboard.press("r")
    expect(one.locator("#progress")).to_contain_text("2 of 3 decided")
    two.evaluate("htmx.trigger('#pulse', 'now')")
    expect(two.locator("#progress")).to_contain_text("2 of 3 decided")
    expect(two.locator("li.card.approved")).to_have_count(1)
    expect(two.locator("#presence")).not_to_contain_text("Just changed")
    # What a page decided itself does not come once more.
    with one.expect_response("**/pulse/") as pulsed:
        one.evaluate("htmx.trigger('#pulse', 'now')")
    assert 'id="card-' not in pulsed.value.text()


def test_a_page_whose_article_was_finished_elsewhere_says_so(
    open_browser: Open, editor: User, article: Article
) -> None:
    page, _problems = open_browser(editor)
    page.goto(article.get_absolute_url())
    Article.objects.filter(pk=article.pk).update(
        status="finished", finished_by=editor, finished_at="2026-01-01T00:00Z"
    )
    page.evaluate("htmx.trigger('#pulse', 'now')")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("it is “Finished” now")
