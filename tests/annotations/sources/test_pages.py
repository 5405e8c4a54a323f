"""The pages of the registry: list, unresolved, a source, naming a source, and who may do what."""

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotations import actions
from annotations.actions import source_registry
from annotations.models import Annotation, Decision, Source, SourceChange
from annotations.sources.queries import PAGE_SIZE
from articles.models import Article
from tests.builders import MAYOR, TEXT, ready_article

pytestmark = pytest.mark.django_db
LONG = "x" * 10_000
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


@pytest.fixture
def ada(db: None) -> Source:
    source = Source.objects.create(name="Ada Lindqvist", kind="person")
    source.aliases.create(name="The mayor")
    return source


@pytest.fixture
def said(editor: User, ada: Source, mayor: Annotation) -> Annotation:
    """An approved annotation of Ada's."""
    actions.approve(mayor.pk, 1, editor)
    return actions.set_source(mayor.pk, 2, editor, ada)


def page_of(client: Client, name: str, *args: object, query: str = "") -> str:
    response = client.get(reverse(f"sources:{name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_each_live_source_with_its_count(
    desk: Client, editor: User, ada: Source, said: Annotation
) -> None:
    gone = Source.objects.create(name="A. Lindqvist", kind="person")
    source_registry.merge(gone.pk, ada.pk, editor)
    Source.objects.create(name="Zeit", kind="media outlet")
    page = page_of(desk, "list")
    assert page.index(">Ada Lindqvist<") < page.index(">Zeit<")
    assert ">A. Lindqvist<" not in page
    assert "1 approved attribution<" in page
    assert "0 approved attributions" in page
    assert "Media outlet" in page


def test_what_was_approved_at_once_is_told_from_what_was_read(
    client: Client, fact_checker: User, editor: User, ada: Source, article: Article
) -> None:
    one, *rest = article.annotations.all()
    actions.approve_all(article.pk, {each.pk: 1 for each in (one, *rest)}, editor)
    actions.set_source(one.pk, 2, editor, ada)
    client.force_login(fact_checker)
    told = f"approved with {len(rest)} others at once"
    assert told in page_of(client, "source", ada.pk)
    actions.approve(one.pk, 3, editor)
    assert told not in page_of(client, "source", ada.pk), "read by itself since"


@pytest.mark.parametrize(
    ("query", "found"),
    [("lindq", True), ("THE MAYOR", True), ("  mayor ", True), ("haddad", False), ("%", False)],
)
def test_sources_are_found_by_name_and_other_name(
    desk: Client, ada: Source, query: str, found: bool
) -> None:
    page = desk.get(reverse("sources:list"), {"q": query}).content.decode()
    assert (">Ada Lindqvist<" in page) == found
    assert ("No source has" in page) != found


def test_the_list_goes_on_from_the_last_name(desk: Client) -> None:
    Source.objects.bulk_create(Source(name=f"Source {n:03}") for n in range(PAGE_SIZE + 5))
    first = page_of(desk, "list")
    assert f"Source {PAGE_SIZE - 1:03}<" in first
    assert f"Source {PAGE_SIZE:03}<" not in first
    last = Source.objects.get(name=f"Source {PAGE_SIZE - 1:03}")
    assert f"after={last.pk}" in first
    second = page_of(desk, "list", query=f"?after={last.pk}")
    assert f"Source {PAGE_SIZE - 1:03}<" not in second
    assert f"Source {PAGE_SIZE:03}<" in second
    assert "More sources" not in second


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=-1", "?after=9" * 30, "?q=%00", "?q=" + LONG]
)
def test_odd_queries_are_no_errors(desk: Client, ada: Source, query: str) -> None:
    for name in ("list", "unresolved"):
        assert desk.get(reverse(f"sources:{name}") + query).status_code == 200
    assert desk.get(reverse("sources:source", args=[ada.pk]) + query).status_code == 200


def test_unresolved_shows_what_is_approved_and_unnamed(
    desk: Client, editor: User, article: Article, said: Annotation
) -> None:
    port = article.annotations.all()[1]
    assert "the port authority" not in page_of(desk, "unresolved")
    actions.approve(port.pk, 1, editor)
    page = page_of(desk, "unresolved")
    assert "the port authority" in page
    assert f"{article.get_absolute_url()}#card-{port.pk}" in page
    assert 'value="port authority"' not in page, "it has no name"
    assert "Mayor Ada Lindqvist" not in page, "she is named"


def test_accepting_in_the_list_leads_back_to_it(
    desk: Client, editor: User, article: Article
) -> None:
    port = article.annotations.all()[1]
    actions.approve(port.pk, 1, editor)
    data = {"name": "Port authority", "kind": "organisation", "version": 2, "back": "list"}
    response = desk.post(reverse("sources:resolve", args=[port.pk]), data)
    assert response.headers["Location"] == reverse("sources:unresolved")
    port.refresh_from_db()
    assert str(port.resolved_source) == "Port authority"


def test_in_a_finished_article_sources_are_named_without_reopening_it(
    desk: Client, editor: User, article: Article
) -> None:
    for annotation in article.annotations.all():
        actions.approve(annotation.pk, 1, editor)
    actions.finish(article.pk, editor)
    signed = Article.objects.get(pk=article.pk)
    page = page_of(desk, "unresolved")
    assert "Reopen" not in page
    assert page.count('name="version"') == 3
    data = {"name": "Residents’ League", "kind": "organisation", "version": 2, "back": "list"}
    response = desk.post(reverse("sources:resolve", args=[annotation.pk]), data)
    assert response.headers["Location"] == reverse("sources:unresolved")
    annotation.refresh_from_db()
    article.refresh_from_db()
    assert str(annotation.resolved_source) == "Residents’ League"
    assert (article.status, article.finished_by, article.finished_at) == (
        "finished",
        signed.finished_by,
        signed.finished_at,
    )


def test_a_source_and_all_it_said(desk: Client, editor: User, ada: Source) -> None:
    texts = {"First. She said yes.": date(2026, 1, 1), "Second. She said no.": date(2026, 2, 2)}
    for text, day in [*texts.items(), ("Third. She said maybe.", None)]:
        article = ready_article(
            text, [{"source": ["She"], "cue": ["said"], "content": [text[16:]]}]
        )
        Article.objects.filter(pk=article.pk).update(published_at=day, title=text[:6], outlet="Sun")
        annotation = article.annotations.get()
        actions.approve(annotation.pk, 1, editor)
        actions.set_source(annotation.pk, 2, editor, ada)
    page = page_of(desk, "source", ada.pk)
    assert page.index(">no.<") < page.index(">yes.<") < page.index(">maybe.<")
    assert f"{article.get_absolute_url()}#card-{annotation.pk}" in page
    assert "3 approved attributions" in page
    assert "The mayor" in page
    assert "Indirect" in page
    assert "2026-02-02" in page


def test_what_a_source_said_goes_on_from_the_last(desk: Client, editor: User, ada: Source) -> None:
    count = PAGE_SIZE + 3
    text = "".join(f"She{n} said w{n}. " for n in range(count))
    proposals = [{"cue": [f"She{n} "], "content": [f"w{n}."]} for n in range(count)]
    article = ready_article(text, proposals)
    versions = dict(article.annotations.values_list("pk", "version"))
    actions.approve_all(article.pk, versions, editor)
    article.annotations.update(resolved_source=ada)
    first = page_of(desk, "source", ada.pk)
    last = article.annotations.order_by("start")[PAGE_SIZE - 1]
    assert f"after={last.pk}" in first
    second = page_of(desk, "source", ada.pk, query=f"?after={last.pk}")
    assert f">w{PAGE_SIZE - 1}.<" in first
    assert f">w{PAGE_SIZE - 1}.<" not in second
    assert f">w{PAGE_SIZE}.<" in second


def test_what_a_second_person_labels_shows_nobody_the_first_ones_labels(
    desk: Client, editor: User, ada: Source, said: Annotation, article: Article
) -> None:
    Article.objects.filter(pk=article.pk).update(status=Article.Status.SECOND_REVIEW)
    assert desk.get(ada.get_absolute_url()).status_code == 404, "known from nowhere else"
    assert ada.name not in page_of(desk, "list")
    other = ready_article(f"{TEXT}\nOnce more.", [MAYOR])
    actions.set_source(other.annotations.get().pk, 1, editor, ada)
    page = page_of(desk, "source", ada.pk)
    assert "We cannot wait" not in page
    assert "0 approved attributions" in page
    assert "0 approved attributions" in page_of(desk, "list")


def test_renaming(desk: Client, editor: User, ada: Source) -> None:
    url = reverse("sources:rename", args=[ada.pk])
    data = {"name": "Ada Björk", "kind": "person", "seen": 0}
    response = desk.post(url, data, follow=True)
    assert "Ada Björk" in response.content.decode()
    stale = desk.post(url, data | {"name": "Ada Berg"})
    page = stale.content.decode()
    assert stale.status_code == 409
    assert f"{editor.username} renamed this source since you saw it" in page
    assert 'value="Ada Berg"' in page, "what was typed stays"
    latest = SourceChange.objects.get().pk
    assert f'name="seen" value="{latest}"' in page
    assert desk.post(url, data | {"name": "Ada Berg", "seen": latest}).status_code == 302
    assert ">Ada Berg<" in page_of(desk, "source", ada.pk)


def test_other_names_are_one_a_line(desk: Client, ada: Source) -> None:
    url = reverse("sources:set_aliases", args=[ada.pk])
    assert "The mayor</textarea>" in page_of(desk, "source", ada.pk)
    assert desk.post(url, {"names": "Mayor Ada\r\n\r\nLady A.", "seen": 0}).status_code == 302
    assert [alias.name for alias in ada.aliases.all()] == ["Lady A.", "Mayor Ada"]
    refused = desk.post(url, {"names": LONG, "seen": SourceChange.objects.get().pk})
    assert refused.status_code == 409
    assert "10000 characters" in refused.content.decode()


def test_merging_by_search(desk: Client, ada: Source, said: Annotation) -> None:
    other = Source.objects.create(name="Ada B. Lindqvist", kind="person")
    page = page_of(desk, "source", ada.pk, query="?into=lindq")
    assert f'value="{other.pk}"' in page
    assert f'name="into" value="{ada.pk}"' not in page, "never into itself"
    url = reverse("sources:merge", args=[ada.pk])
    response = desk.post(url, {"into": other.pk}, follow=True)
    assert "“Ada Lindqvist” was merged into “Ada B. Lindqvist”." in response.content.decode()
    assert "We cannot wait" in response.content.decode()
    assert desk.post(url, {"into": other.pk}).status_code == 302, "sent twice, done once"
    assert SourceChange.objects.filter(action="merge").count() == 1
    # Its own page leads on, and says why.
    led = desk.get(reverse("sources:source", args=[ada.pk]), follow=True)
    assert led.redirect_chain == [(other.get_absolute_url(), 302)]
    assert "“Ada Lindqvist” was merged into" in led.content.decode()
    assert "merged “Ada Lindqvist” into it" in led.content.decode()


@pytest.mark.parametrize(
    ("into", "status", "reason"),
    [
        ("", 422, "Choose the source"),
        ("x", 422, "Choose the source"),
        ("9" * 40, 422, "Choose the source"),
        ("987654", 409, "does not exist"),
        ("itself", 409, "into itself"),
    ],
)
def test_a_bad_merge_says_why(
    desk: Client, ada: Source, into: str, status: int, reason: str
) -> None:
    data = {"into": str(ada.pk) if into == "itself" else into}
    response = desk.post(reverse("sources:merge", args=[ada.pk]), data)
    assert response.status_code == status
    assert reason in response.content.decode()
    assert not SourceChange.objects.exists()


def test_splitting_what_is_ticked(
    desk: Client, editor: User, ada: Source, said: Annotation, article: Article
) -> None:
    port = article.annotations.all()[1]
    actions.approve(port.pk, 1, editor)
    actions.set_source(port.pk, 2, editor, ada)
    assert 'type="checkbox"' not in page_of(desk, "source", ada.pk)
    assert page_of(desk, "source", ada.pk, query="?split").count('type="checkbox"') == 2
    data = {"said": [port.pk], "name": "Port authority", "kind": "organisation"}
    response = desk.post(reverse("sources:split", args=[ada.pk]), data, follow=True)
    page = response.content.decode()
    assert "the work takes six weeks" in page
    assert "split it from “Ada Lindqvist”" in page
    assert "We cannot wait" in page_of(desk, "source", ada.pk)


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"said": []}, 409, "Choose what"),
        ({"said": ["x", "9" * 40]}, 422, "not one of the available choices"),
        ({"said": ["987654"]}, 409, "not this source&#x27;s"),
        ({"said": ["residents"]}, 409, "not this source&#x27;s"),
        ({"name": ""}, 422, "This field is required"),
        ({"name": LONG}, 422, "at most 1000 characters"),
        ({"name": "a\0b"}, 422, "Null characters"),
        ({"kind": "cat"}, 422, "Select a valid choice"),
    ],
)
def test_a_bad_split_says_why_and_keeps_what_was_typed(
    *,
    desk: Client,
    ada: Source,
    said: Annotation,
    changes: dict[str, object],
    status: int,
    reason: str,
) -> None:
    data: dict[str, object] = {"said": [said.pk], "name": "Omar Haddad", "kind": "person"}
    if changes.get("said") == ["residents"]:
        residents = said.article.annotations.order_by("start").last()
        assert residents is not None
        changes = {"said": [residents.pk]}
    response = desk.post(reverse("sources:split", args=[ada.pk]), data | changes)
    page = response.content.decode()
    assert response.status_code == status
    assert reason in page
    if "name" not in changes:
        assert 'value="Omar Haddad"' in page
    if "said" not in changes:
        assert f'value="{said.pk}" id="said-{said.pk}" checked' in page
    assert not SourceChange.objects.exists()


def test_naming_the_source_of_an_attribution(desk: Client, mayor: Annotation) -> None:
    url = reverse("sources:resolve", args=[mayor.pk])
    page = page_of(desk, "resolve", mayor.pk)
    assert "Ada Lindqvist" in page
    assert "We cannot wait" in page
    data = {"name": "Ada Lindqvist", "kind": "person", "version": 1}
    for _twice in range(2):
        response = desk.post(url, data)
        card = f"{mayor.article.get_absolute_url()}#card-{mayor.pk}"
        assert response.headers["Location"] == card
    mayor.refresh_from_db()
    assert (str(mayor.resolved_source), mayor.version) == ("Ada Lindqvist", 2)
    assert 'value="Ada Lindqvist"' in page_of(desk, "resolve", mayor.pk)
    assert desk.post(url, {"name": " ", "version": 2}).status_code == 302
    mayor.refresh_from_db()
    assert mayor.resolved_source is None


def test_a_stale_name_is_kept_and_can_be_sent_again(
    desk: Client, admin: User, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, admin)
    url = reverse("sources:resolve", args=[mayor.pk])
    data = {"name": "Ada Lindqvist", "kind": "person", "version": 1}
    response = desk.post(url, data)
    page = response.content.decode()
    assert response.status_code == 409
    assert f"{admin.username} approved this attribution since you saw it" in page
    assert 'value="Ada Lindqvist"' in page
    assert 'name="version" value="2"' in page
    assert not Source.objects.exists()
    assert desk.post(url, data | {"version": 2}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": LONG}, "at most 1000 characters"),
        ({"kind": "cat"}, "Select a valid choice"),
        ({"version": ""}, "This field is required"),
        ({"version": "9" * 30}, "less than or equal to"),
    ],
)
def test_a_bad_name_says_why(
    desk: Client, mayor: Annotation, changes: dict[str, str], reason: str
) -> None:
    data = {"name": "Ada Lindqvist", "kind": "person", "version": "1"}
    response = desk.post(reverse("sources:resolve", args=[mayor.pk]), data | changes)
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert not Source.objects.exists()


def test_html_in_names_is_shown_as_text(desk: Client, editor: User, mayor: Annotation) -> None:
    data = {"name": SCRIPT, "kind": "person", "version": 1}
    assert desk.post(reverse("sources:resolve", args=[mayor.pk]), data).status_code == 302
    actions.approve(mayor.pk, 2, editor)
    source = Source.objects.get()
    source_registry.set_aliases(source.pk, editor, [f"{SCRIPT} too"])
    for page in (
        page_of(desk, "list", query="?q=%3Cscript"),
        page_of(desk, "source", source.pk),
        page_of(desk, "source", source.pk, query="?split&into=%3Cscript"),
    ):
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page


POSTS = ["rename", "set_aliases", "merge", "split", "resolve"]


@pytest.mark.parametrize("name", POSTS)
def test_fact_checkers_and_strangers_change_nothing(
    client: Client, fact_checker: User, ada: Source, said: Annotation, name: str
) -> None:
    decisions = Decision.objects.count()
    url = reverse(f"sources:{name}", args=[said.pk if name == "resolve" else ada.pk])
    data = {"name": "X", "kind": "person", "version": 3, "seen": 0, "names": "X", "said": said.pk}
    anonymous = client.post(url, data)
    assert anonymous.headers["Location"].startswith(reverse("login"))
    client.force_login(fact_checker)
    assert client.post(url, data).status_code == 403
    assert not SourceChange.objects.exists()
    assert Decision.objects.count() == decisions


@pytest.mark.parametrize("name", ["list", "unresolved", "source"])
def test_fact_checkers_look_and_strangers_sign_in(
    client: Client, fact_checker: User, ada: Source, said: Annotation, name: str
) -> None:
    url = reverse(f"sources:{name}", args=[ada.pk] if name == "source" else [])
    assert client.get(url).headers["Location"].startswith(reverse("login"))
    client.force_login(fact_checker)
    response = client.get(url, {"split": "", "into": "a"})
    assert response.status_code == 200
    assert response.content.decode().count('method="post"') == 1, "signing out only"


@pytest.mark.parametrize("role", ["editors", "admins"])
def test_editors_and_admins_change_the_registry(
    client: Client, person: Callable[[str], User], ada: Source, role: str
) -> None:
    client.force_login(person(role))
    assert "Rename, or change" in page_of(client, "source", ada.pk)
    data = {"name": "Ada", "kind": "", "seen": 0}
    assert client.post(reverse("sources:rename", args=[ada.pk]), data).status_code == 302


def test_what_is_not_there(desk: Client) -> None:
    assert desk.get(reverse("sources:source", args=[987654])).status_code == 404
    for name in POSTS:
        assert (
            desk.post(reverse(f"sources:{name}", args=[987654]), {"version": 1}).status_code == 404
        )


def test_only_posts_change_anything(desk: Client, ada: Source) -> None:
    for name in POSTS[:-1]:
        assert desk.get(reverse(f"sources:{name}", args=[ada.pk])).status_code == 405


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(
    desk: Client,
    editor: User,
    ada: Source,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        text = f"{number}. {TEXT}"
        proposals = [
            {"source": ["Mayor Ada Lindqvist"], "cue": ["told"], "content": ["longer"]},
            {"source": ["residents"], "cue": ["said"], "content": ["noise"]},
        ]
        article = ready_article(text, proposals)
        versions = dict(article.annotations.values_list("pk", "version"))
        actions.approve_all(article.pk, versions, editor)
        first = article.annotations.first()
        assert first is not None
        actions.set_source(first.pk, 2, editor, ada)
        Source.objects.create(name=f"Other Lindqvist {number}", kind="person")
    desk.get(reverse("sources:list"))
    with django_assert_num_queries(7):
        page_of(desk, "list", query="?q=lindq")
    with django_assert_num_queries(9):
        page_of(desk, "unresolved")
    with django_assert_num_queries(15):
        page_of(desk, "source", ada.pk, query="?split&into=lindq")
