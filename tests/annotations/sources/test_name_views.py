"""Names offered while somebody types one: whose, in which order, and to whom."""

from collections.abc import Callable
from html import unescape

import pytest
import regex
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotations import actions
from annotations.actions import second_review
from annotations.models import Annotation, Source, SourceAlias
from articles.models import Article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db

NAME = regex.compile('data-name="(.*?)"')

TEXT = """Ines Tavares came first. Mr. Omar Haddad met Ada Lindqvist of the Port Trust.

An executive spoke. Syria TV reported it, and she told reporters so."""
PROPOSALS = [
    {"source": ["An executive"], "cue": ["spoke"]},
    {"source": ["Syria TV"], "cue": ["reported"]},
    {"source": ["she"], "cue": ["told"]},
]


@pytest.fixture
def story(db: None) -> Article:
    return ready_article(TEXT, PROPOSALS)


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def offered(client: Client, article: Article, **query: str | int) -> list[str]:
    response = client.get(reverse("sources:names", args=[article.pk]), query)
    assert response.status_code == 200
    return [unescape(name) for name in NAME.findall(response.content.decode())]


def test_without_a_word_the_article_s_own_names_are_offered(
    desk: Client, editor: User, story: Article
) -> None:
    Source.objects.create(name="Omar Sharif", kind="person")
    executive, _tv, she = story.annotations.all()
    assert offered(desk, story, annotation=she.pk) == [
        "Syria TV",
        "Ada Lindqvist",
        "Omar Haddad",
        "Ines Tavares",
    ]
    actions.name_source(executive.pk, 1, editor, "executive", "anonymous")
    assert offered(desk, story)[0] == "executive", "who is one of its sources comes first"
    page = desk.get(reverse("sources:names", args=[story.pk])).content.decode()
    assert 'role="option"' in page
    assert 'data-kind="anonymous"' in page
    assert "Anonymous · a source in this article" in page
    assert "Person · named in this article" in page


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lind", ["Ada Lindqvist", "Lindgren Brothers", "Bo Lindgren"]),
        ("ADA", ["Ada Lindqvist", "Ada Yonath"]),
        ("ada y", ["Ada Yonath"]),
        ("y ada", ["Ada Yonath"]),
        ("qvist", []),
        ("brien", ["Pat O'Brien"]),
        ("o'br", ["Pat O'Brien"]),
        ("u.n.", ["U.N."]),
        ("al-q", ["al-Qaeda"]),
        ("nomo", ["Syrian Television"]),
        ("Li\u00adndg", ["Lindgren Brothers", "Bo Lindgren"]),
        ("exec", []),
        ("crit", []),
        ("gone", []),
        ("never", []),
        ("' | & !", []),
        ("\\ ':* & (", []),
        ("x" * 5000, []),
        ("a\0da y", ["Ada Yonath"]),
    ],
)
def test_names_are_found_by_how_their_words_begin(
    desk: Client, editor: User, story: Article, typed: str, found: list[str]
) -> None:
    for name in ("Ada Yonath", "Bo Lindgren", "Lindgren Brothers", "Pat O'Brien", "U.N."):
        Source.objects.create(name=name, kind="person")
    Source.objects.create(name="al-Qaeda", kind="organisation")
    Source.objects.create(name="Syrian Television", kind="media outlet").aliases.create(name="Nomo")
    Source.objects.create(name="critics", kind="anonymous")  # of an earlier release
    into = Source.objects.create(name="Gone Elsewhere", kind="person")
    Source.objects.filter(pk=into.pk).update(name="Kept")
    Source.objects.create(name="Gone", kind="person", merged_into=into)
    other = ready_article(f"{TEXT} Again.", PROPOSALS)
    actions.name_source(other.annotations.all()[0].pk, 1, editor, "executive", "person")
    undone = actions.name_source(other.annotations.all()[1].pk, 1, editor, "Never Again", "person")
    actions.set_source(undone.pk, 2, editor, None)
    assert offered(desk, story, q=typed) == found


def test_at_most_twelve_are_offered_and_each_once(desk: Client, story: Article) -> None:
    Source.objects.bulk_create(Source(name=f"Ada Number{n:02}", kind="person") for n in range(40))
    Source.objects.create(name="Ada Lindqvist", kind="person").aliases.create(name="Ada L.")
    found = offered(desk, story, q="ada")
    assert found[0] == "Ada Lindqvist"
    assert len(found) == len(set(found)) == 12


def test_a_name_is_text_and_no_markup(desk: Client, story: Article) -> None:
    Source.objects.create(name='Ada <b>"X"</b>', kind="person")
    page = desk.get(reverse("sources:names", args=[story.pk]), {"q": "ada x"}).content.decode()
    assert "<b>" not in page
    assert "Ada &lt;b&gt;&quot;X&quot;&lt;/b&gt;" in page


def test_names_are_offered_where_sources_may_be_named(
    client: Client, person: Callable[..., User], fact_checker: User, editor: User, story: Article
) -> None:
    url = reverse("sources:names", args=[story.pk])
    assert client.get(url).headers["Location"].startswith(reverse("login"))
    client.force_login(fact_checker)
    assert client.get(url).status_code == 403
    client.force_login(editor)
    assert client.post(url).status_code == 405
    other = ready_article()
    for bad in ("x", "9" * 30, "0", str(other.annotations.all()[0].pk)):
        assert client.get(url, {"annotation": bad}).status_code == 404
    assert client.get(reverse("sources:names", args=[987654])).status_code == 404
    for annotation in story.annotations.all():
        actions.approve(annotation.pk, 1, editor)
    actions.finish(story.pk, editor)
    assert offered(client, story, q="ada") == ["Ada Lindqvist"]
    Article.objects.filter(pk=story.pk).update(
        status=Article.Status.DISPUTED, finished_by=None, finished_at=None
    )
    assert client.get(url).status_code == 404


def test_the_second_person_is_offered_nothing_of_the_first_one_s(
    client: Client, person: Callable[..., User], editor: User, story: Article
) -> None:
    executive, _tv, she = story.annotations.all()
    actions.name_source(executive.pk, 1, editor, "executive", "anonymous")
    actions.name_source(she.pk, 1, editor, "Zora Neumann", "person")
    for annotation in story.annotations.all():
        actions.approve(annotation.pk, annotation.version, editor)
    Article.objects.filter(pk=story.pk).update(needs_second_review=True)
    actions.finish(story.pk, editor)
    second = person("editors", "second")
    client.force_login(second)
    url = reverse("sources:names", args=[story.pk])
    assert client.get(url).status_code == 404, "not begun yet"
    second_review.begin(story.pk, second)
    assert "executive" not in offered(client, story)
    assert offered(client, story, q="zora") == []
    assert client.get(url, {"annotation": she.pk}).status_code == 404
    own = Annotation.every.filter(article=story, second_review__isnull=False).first()
    assert own is not None
    assert "Ada Lindqvist" in offered(client, story, annotation=own.pk)
    client.force_login(editor)
    assert client.get(url).status_code == 404, "the first person judges nothing meanwhile"


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(
    desk: Client,
    editor: User,
    story: Article,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        known = Source.objects.create(name=f"Ada Number{number}", kind="person")
        known.aliases.create(name=f"Ada the {number}.")
    she = story.annotations.all()[2]
    actions.set_source(she.pk, 1, editor, known)
    url = reverse("sources:names", args=[story.pk])
    desk.get(url)
    with django_assert_num_queries(10):
        desk.get(url, {"q": "ada", "annotation": str(she.pk)})


def test_the_words_of_names_are_looked_up_in_an_index(desk: Client, story: Article) -> None:
    known = Source.objects.bulk_create(Source(name=f"Ada Number{n}") for n in range(3000))
    SourceAlias.objects.bulk_create(
        SourceAlias(source=source, name=f"A. {source.name}") for source in known
    )
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        cursor.execute("ANALYZE annotations_source, annotations_sourcealias")
        desk.get(reverse("sources:names", args=[story.pk]), {"q": "number77"})
        plans = []
        for query in [each["sql"] for each in captured if "to_tsquery" in each["sql"]]:
            cursor.execute(f"EXPLAIN {query}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    sources_plan, aliases_plan = plans
    assert "Bitmap Index Scan on source_words" in sources_plan
    assert "Bitmap Index Scan on alias_words" in aliases_plan
