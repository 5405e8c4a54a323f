"""Every page in light and in dark: what axe finds, on a narrow screen, from right to left."""

from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations import actions
from annotations.actions import source_registry
from annotations.models import Annotation
from articles.models import Article
from project.models import SecurityEvent
from project.people import acts as people_acts
from project.security_log import log
from tests.annotations.second_reviews import copies, waiting_article
from tests.browser.conftest import Open
from tests.builders import TEXT, ready_article
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
FIND_VIOLATIONS = """async (only) => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run({
        ...(only
            ? { runOnly: { type: "rule", values: only } }
            : {
                runOnly: { type: "tag", values: tags },
                rules: { "target-size": { enabled: true } },
            }),
        resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
        `${id}: ${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(" ").trim()}`));
}"""
# All of a page at once: what is out of view axe cannot judge.
TALL = {"width": 1280, "height": 2400}

type Check = Callable[[Page, str], None]


@pytest.fixture
def check() -> Iterator[Check]:
    """Have axe look at a page as it is, in light and in dark; the test fails at its end."""
    found: list[str] = []

    def review(page: Page, name: str) -> None:
        # The page's own policy keeps scripts like this one out; Chromium's own door is open.
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE)
        page.emulate_media(color_scheme="light")
        found.extend(f"{name}, light: {each}" for each in page.evaluate(FIND_VIOLATIONS))
        # In dark nothing but the colours differs.
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate(FIND_VIOLATIONS, ["color-contrast"])
        found.extend(f"{name}, dark: {each}" for each in dark)

    yield review
    assert not found, "\n".join(found)


def articles_of_each_status(editor: User) -> dict[str, Article]:
    """One of every status that needs no second person, the one that is ready with a flag."""
    made = {
        status: ready_article(f"{TEXT}\nThe {status} one.")
        for status in ("queued", "prelabelling", "failed", "ready", "finished")
    }
    for status in ("queued", "prelabelling", "failed"):
        failure = "The text is too long." if status == "failed" else ""
        Article.objects.filter(pk=made[status].pk).update(status=status, failure=failure)
    mayor, port, _residents = made["ready"].annotations.all()
    actions.approve(mayor.pk, 1, editor)
    actions.flag(port.pk, 1, editor, "Is this the port, or the city?")
    for annotation in made["finished"].annotations.all():
        actions.approve(annotation.pk, annotation.version, editor)
    actions.finish(made["finished"].pk, editor)
    return made


@pytest.fixture
def mayor(editor: User) -> Annotation:
    """Approved, and who said it is in the registry."""
    annotation = ready_article().annotations.all()[0]
    ada = source_registry.create("Ada Lindqvist", "person", editor)
    source_registry.add_alias(ada, "The mayor", editor)
    source_registry.create("Ada L.", "person", editor)
    actions.approve(annotation.pk, 1, editor)
    return actions.set_source(annotation.pk, 2, editor, ada)


def test_signing_in(open_browser: Open, editor: User, check: Check) -> None:
    page, _problems = open_browser(editor)
    page.context.clear_cookies()
    page.goto(reverse("login"))
    check(page, "sign-in")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Please enter a correct")).to_be_visible()
    check(page, "failed sign-in")
    page.goto("/nowhere/")
    check(page, "not found, signed out")


def test_people(open_browser: Open, admin: User, editor: User, check: Check) -> None:
    _carla, secret = people_acts.invite(admin, "carla", name="Carla Díaz", roles=["editors"])
    log(SecurityEvent.Kind.ROLES_CHANGED, by=editor, about=admin, added="admins")
    page, _problems = open_browser(admin)
    page.goto(reverse("people:list"))
    check(page, "people, with a notice")
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("changed your roles")).to_have_count(0)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.goto(reverse("people:invite"))
    check(page, "invite")
    page.goto(reverse("people:person", args=[editor.pk]))
    check(page, "a person")
    page.get_by_role("button", name="Make a link").click()
    check(page, "a link, shown once")
    page.goto(reverse("people:link", args=[secret]))
    check(page, "set a password")
    page.get_by_label("New password:", exact=True).fill("mustard-tugboat-lamp")
    page.get_by_label("New password confirmation").fill("mustard-tugboat-lamp")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("The password of carla is set.")).to_be_visible()
    page.goto(reverse("people:link", args=[secret]))
    check(page, "a link that was used")


def test_pages_around_the_desk(open_browser: Open, editor: User, check: Check) -> None:
    page, _problems = open_browser(editor)
    page.goto("/")
    check(page, "empty queue")
    page.goto(reverse("second_review:agreement"))
    check(page, "agreement without any")
    articles_of_each_status(editor)
    page.goto("/")
    check(page, "queue")
    page.goto("/?status=flagged")
    check(page, "queue of the flagged")
    page.goto(reverse("password_change"))
    check(page, "password")
    page.get_by_role("button", name="Change the password").click()
    page.locator("form.stack").evaluate("form => { form.noValidate = true; form.submit(); }")
    expect(page.locator(".errorlist").first).to_be_visible()
    check(page, "password refused")
    page.goto(reverse("review:shortcuts"))
    check(page, "keys")
    page.get_by_label("Approve", exact=True).fill("j")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page, "keys refused")
    page.goto(reverse("second_review:sampling"))
    check(page, "not allowed")
    page.goto("/articles/0/")
    check(page, "not found")


def test_the_registry(open_browser: Open, editor: User, mayor: Annotation, check: Check) -> None:
    assert mayor.resolved_source is not None
    actions.approve(mayor.article.annotations.all()[1].pk, 1, editor)
    page, _problems = open_browser(editor)
    page.goto(reverse("sources:list"))
    check(page, "sources")
    page.goto(f"{reverse('sources:list')}?q=nobody")
    check(page, "no source found")
    page.goto(reverse("sources:unresolved"))
    check(page, "unresolved")
    address = mayor.resolved_source.get_absolute_url()
    page.goto(f"{address}?into=ada")
    page.locator(".entry").evaluate(
        "entry => entry.querySelectorAll('details').forEach(each => { each.open = true; })"
    )
    check(page, "source, everything open")
    page.goto(f"{address}?split")
    check(page, "source, splitting")
    page.get_by_role("button", name="Move what is ticked").evaluate(
        "button => { button.form.noValidate = true; button.click(); }"
    )
    expect(page.locator(".errorlist").first).to_be_visible()
    check(page, "source, splitting refused")
    page.goto(reverse("sources:resolve", args=[mayor.pk]))
    check(page, "naming a source")
    page.get_by_role("combobox", name="Name").fill("ada")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.get_by_role("combobox", name="Name").press("ArrowDown")
    check(page, "naming a source, names offered")


def test_pages_of_admins_and_fact_checkers(
    open_browser: Open, editor: User, admin: User, fact_checker: User, check: Check
) -> None:
    made = articles_of_each_status(editor)
    page, _problems = open_browser(admin)
    page.goto("/")
    check(page, "an admin's queue")
    page.goto(reverse("queue:ingest"))
    check(page, "ingest")
    page.get_by_label("Address").fill("nonsense")
    page.locator("form.ingest").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    check(page, "ingest refused")
    page.goto(reverse("queue:ingest"))
    page.get_by_label("Or upload a file").or_(page.locator("[type=file]")).first.set_input_files(
        {"name": "a.jsonl", "mimeType": "application/json", "buffer": b'{"text": 1}\n'}
    )
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was added")
    check(page, "file refused")
    page.goto(reverse("second_review:sampling"))
    check(page, "sampling")
    page.goto(f"{reverse('second_review:sampling')}?figures")
    check(page, "sampling with figures")
    page, _problems = open_browser(fact_checker)
    page.goto("/")
    check(page, "a fact-checker's queue")
    page.goto(reverse("export:page"))
    check(page, "export")
    page.goto(made["ready"].get_absolute_url())
    check(page, "the desk of somebody who may not judge")


def test_the_desk(
    open_browser: Open, editor: User, person: Person, mayor: Annotation, check: Check
) -> None:
    article = mayor.article
    _mayor, port, residents = article.annotations.all()
    actions.flag(port.pk, port.version, editor, "Is this the port, or the city?")
    page, problems = open_browser(editor, viewport=TALL)
    page.goto(article.get_absolute_url())
    check(page, "desk")
    cards = page.locator("#cards")
    opened = page.locator("li.editing, li.open, #rest")
    for key, name in {
        "e": "correction",
        "n": "addition",
        "g": "flag",
        "h": "history",
        "t": "approve the rest",
    }.items():
        page.keyboard.press(key)
        expect(opened).to_be_visible()
        check(page, f"desk, {name}")
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
    page.locator(f"#card-{mayor.pk}").get_by_role("link", name="History").click()
    expect(opened).to_be_visible()
    check(page, "desk, history of what was decided")
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "desk, keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("bridge")
    check(page, "desk, search")
    page.keyboard.press("Escape")

    # Somebody else is faster: what stands now, and what was seen.
    actions.reject(residents.pk, residents.version, person("editors", "bo"))
    page.locator(f"#card-{residents.pk}").get_by_role("button", name="Approve").click()
    expect(cards.get_by_role("alert")).to_be_visible()
    check(page, "desk, conflict")
    assert not [each for each in problems if "409" not in each]

    actions.approve(port.pk, Annotation.objects.get(pk=port.pk).version, editor)
    actions.finish(article.pk, editor)
    page.goto(article.get_absolute_url())
    check(page, "desk, finished")


def test_a_sentence_that_may_hide_an_attribution(
    open_browser: Open, editor: User, check: Check
) -> None:
    article = ready_article(proposals=[])
    page, problems = open_browser(editor, viewport=TALL)
    page.goto(article.get_absolute_url())
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Nothing missed here")).to_be_visible()
    expect(page.get_by_role("toolbar")).to_be_visible()
    check(page, "desk, a sentence that may hide an attribution")
    Article.objects.filter(pk=article.pk).update(blind=True)
    page.goto(article.get_absolute_url())
    check(page, "desk, blind")
    assert not problems


def test_second_reviews(open_browser: Open, person: Person, check: Check) -> None:
    ada, bo = person("editors", "ada"), person("editors", "bo")
    article = waiting_article(ada)
    page, problems = open_browser(bo, viewport=TALL)
    page.goto(article.get_absolute_url())
    check(page, "desk, awaiting a second person")
    page.get_by_role("button", name="Begin the second review").click()
    expect(page.get_by_text("This is your second review")).to_be_visible()
    page.get_by_role("button", name="Hand it back").click()
    expect(page.get_by_text("You handed it back")).to_be_visible()
    check(page, "desk, handed back")
    page.get_by_role("button", name="Begin the second review").click()
    expect(page.get_by_text("This is your second review")).to_be_visible()
    check(page, "desk, second review")
    review = article.second_reviews.current().get()
    for copy in copies(review):
        actions.approve(copy.pk, copy.version, bo)
    actions.finish(article.pk, bo)
    page.goto(article.get_absolute_url())
    expect(page.get_by_role("link", name="See both labels")).to_be_visible()
    check(page, "desk, disputed")
    page.goto("/")
    check(page, "queue, disputed")
    page.goto(reverse("second_review:disagreement", args=[article.pk]))
    check(page, "differences")
    for left in (2, 1, 0):
        page.get_by_role("button", name="Adopt ada’s").click()
        expect(page.locator("#told")).to_contain_text(f"{left or 'No'} difference")
    page.locator("details.settled > summary").click()
    check(page, "differences, settled")
    page.goto(reverse("second_review:agreement"))
    check(page, "agreement")
    assert not problems
