"""A takedown leaves no word of the article anywhere, and yet who did what in it."""

import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accordingto.records.article import ArticleRecord, RecordError, parse_record
from annotations import actions
from annotations.actions import second_review, source_registry
from annotations.actions.base import Refused
from annotations.actions.take_down import take_down
from annotations.export.approved import Filters, approved_records
from annotations.export.training_data import finished_records
from annotations.models import Annotation, Decision, PrelabelRun, Source
from annotations.models.access import TakenDown
from annotations.prelabelling.job import _start, prelabel_article
from annotations.queue import leases, sampling
from annotations.queue.intake import ingest_record
from articles.models import Article, Import, ImportedLine
from articles.refusals import as_json
from project.maintenance.verify import faults
from project.models import SecurityEvent
from tests.annotations.at_once import another_connection, start
from tests.builders import offsets, spans

pytestmark = pytest.mark.django_db

REASON = "A court of this country."
KEY = "gazette/quibblewick-floods"
TEXT = (
    "Quibblewick floodgates jammed overnight.\n\n"
    "“Marzipanish plumbing everywhere,” Thessaly Brandiwick grumbled yesternight. An anonymised"
    " plumbologist whispered that Umbrellington Waterworks overcharged."
)
SAID = {
    "source": ["Thessaly Brandiwick"],
    "cue": ["grumbled"],
    "content": ["“Marzipanish plumbing everywhere,”"],
}
WHISPERED = {
    "source": ["An anonymised plumbologist"],
    "cue": ["whispered"],
    "content": ["that Umbrellington Waterworks overcharged"],
}
HEADINGS = {
    "title": "Quibblewick underwater",
    "outlet": "Quibblewick Intelligencer",
    "url": "https://intelligencer.example/quibblewick-floodgates",
    "author": "Philomena Scribblethwaite",
}


def words() -> set[str]:
    """All longer words of the article."""
    every = " ".join([TEXT, KEY, *HEADINGS.values()])
    return {each.lower() for each in re.findall(r"[^\W\d_]{7,}", every)} - {"example"}


def dump() -> str:
    """All that is in the database, as text; sessions unpacked."""
    rows: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT row::text FROM {table} AS row")  # noqa: S608 - a quoted name
            rows += [row for (row,) in cursor.fetchall()]
    rows += [json.dumps(each.get_decoded(), ensure_ascii=False) for each in Session.objects.all()]
    return "\n".join(rows).lower()


def left() -> set[str]:
    """The article's words that are in the database."""
    everything = dump()
    return {word for word in words() if word in everything}


def attribution(roles: dict[str, list[str]], key: str, name: str) -> dict[str, object]:
    return {
        **{role: [list(each) for each in offsets(TEXT, roles[role])] for role in roles},
        "id": key,
        "status": "proposed",
        "origin": "model:test-1",
        "resolved_source": {"name": name},
    }


@pytest.fixture
def other(editor: User) -> Annotation:
    """An attribution in another article, by a source that both articles name."""
    text = "Ada Lindqvist said no."
    record = ArticleRecord(text=text, title="Another")
    article = ingest_record(record, None).article
    Article.objects.filter(pk=article.pk).update(status=Article.Status.READY)
    where = spans(text, source=["Ada Lindqvist"], cue=["said"], content=["no"])
    added = actions.add(article.pk, editor, where, "indirect")
    return actions.name_source(added.pk, 1, editor, "Ada Lindqvist", "person")


@pytest.fixture
def article(editor: User, admin: User, other: Annotation, client: Client) -> Article:
    """An article whose words are in all places they can get to."""
    record = parse_record(
        {
            "schema": "accordingto/1",
            "id": KEY,
            "text": TEXT,
            **HEADINGS,
            "attributions": [
                attribution(SAID, "brandiwick-1", "Thessaly Brandiwick"),
                attribution(WHISPERED, "plumbologist-1", "an anonymised plumbologist"),
            ],
        }
    )
    article = ingest_record(record, admin, file="quibblewick-floodgates.jsonl").article
    said, whispered = article.annotations.order_by("start")
    sampling.require_second_review(article.pk, admin)
    said = actions.flag(said.pk, 1, editor, "Was it yesternight?")
    said = actions.name_source(said.pk, said.version, editor, "Ada Lindqvist", "person")
    wrong = actions.name_source(whispered.pk, 1, editor, "Umbrellington Waterworks", "")
    whispered = actions.reject(wrong.pk, wrong.version, editor)
    waterworks = Source.objects.get(name="Umbrellington Waterworks")
    source_registry.merge(waterworks.pk, other.resolved_source_id or 0, admin)
    for source in Source.objects.filter(name="Thessaly Brandiwick"):
        source_registry.set_aliases(source.pk, admin, ["Brandiwick the plumbologist"])
    said.refresh_from_db()
    actions.approve(said.pk, said.version, editor)
    PrelabelRun.objects.create(
        article=article,
        model_version="test-1",
        status="failed",
        failure="ValueError: Quibblewick",
        finished_at=article.ingested_at,
    )
    upload = Import.objects.create(
        by=admin,
        name="quibblewick-floodgates.jsonl",
        size=1,
        state="done",
        ended_at=article.ingested_at,
    )
    ImportedLine.objects.create(of=upload, line=1, outcome="added", article=article)
    words = RecordError("other_words", "cue", given="Quibblewick … yesternight", there="plumbing")
    ImportedLine.objects.create(of=upload, line=2, outcome="refused", reason=as_json(words))
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, admin)
    assert review.second == admin
    leases.renew(article.pk, admin)
    client.force_login(admin)
    told = client.post(reverse("queue:retry", args=[article.pk]))  # "… was left as it is"
    assert list(get_messages(told.wsgi_request))
    kept_message(client)
    article.refresh_from_db()
    return article


def kept_message(client: Client) -> None:
    """Have the session keep what the person is to be told, as it does where cookies are full."""
    session = client.session
    session["_messages"] = json.dumps([["__json_message", 0, 25, "“Quibblewick underwater”", ""]])
    session.save()


def test_no_word_is_left_anywhere(article: Article, other: Annotation) -> None:
    assert left() == words(), "of what is looked for, all was there"
    with transaction.atomic():
        take_down(article.pk, None, KEY, REASON)
    assert left() == set()
    assert "ada lindqvist" in dump(), "another article names that source"
    assert list(faults()) == []


def test_what_people_did_stays_accounted_for(article: Article, admin: User) -> None:
    before = accounts(article)
    lengths = [(each.start, each.end) for each in article.sentences.all()]
    take_down(article.pk, admin, KEY, f"  {REASON} ")
    *decisions, last = accounts(article)
    assert decisions == before
    assert last[:2] == ("take_down", admin.pk)
    assert Decision.objects.get(action="take_down").after == {"reason": REASON}
    assert [(each.start, each.end) for each in article.sentences.all()] == lengths
    event = SecurityEvent.objects.get(kind="taken_down")
    assert (event.kind, event.by) == ("taken_down", admin)
    assert event.details == {"article": article.pk, "reason": REASON}


def accounts(article: Article) -> list[tuple[str, int | None, object, object]]:
    """Who did what, to which spans, with which outcome."""
    return [
        (each.action, each.by_id, (each.after or {}).get("status"), (each.after or {}).get("cue"))
        for each in article.decisions.order_by("id")
    ]


def test_the_same_words_are_struck_by_other_digests_each_time(article: Article) -> None:
    digests = []
    for _ in range(2):
        with transaction.atomic():
            take_down(article.pk, None, KEY, REASON)
            digests.append(Article.objects.get(pk=article.pk).text)
            transaction.set_rollback(True)
    assert digests[0] != digests[1]
    assert {len(each) for each in digests} == {len(TEXT)}


@pytest.fixture
def finished(editor: User) -> Article:
    """An article that is finished, with an approved attribution."""
    article = ingest_record(
        parse_record({"text": TEXT, "id": KEY, "attributions": [attribution(SAID, "1", "Thess")]}),
        None,
    ).article
    actions.approve(article.annotations.get().pk, 1, editor)
    return actions.finish(article.pk, editor)


def test_nothing_of_it_is_exported_or_trained_on(finished: Article) -> None:
    assert list(approved_records(Filters()))
    assert list(finished_records())
    take_down(finished.pk, None, KEY, REASON)
    assert not list(approved_records(Filters()))
    assert not list(finished_records())


def test_it_is_in_no_list(finished: Article, client: Client, admin: User, editor: User) -> None:
    source = finished.annotations.get().resolved_source
    assert source
    client.force_login(admin)
    everywhere = ["/", "/?status=finished", "/?status=flagged", "/sources/", "/sources/?q=e"]
    assert any("Quibblewick" in client.get(each).content.decode() for each in everywhere)
    take_down(finished.pk, None, KEY, REASON)
    struck = Source.objects.get(pk=source.pk).name
    assert re.fullmatch("[0-9a-f]{32}", struck)
    for each in [*everywhere, "/sources/unresolved/", "/agreement/"]:
        page = client.get(each).content.decode()
        assert f"/articles/{finished.pk}/" not in page
        assert "Taken down" not in page
        assert struck not in page
    assert leases.take_next(editor) is None


def test_its_text_may_come_in_again(finished: Article) -> None:
    """As a corrected version does, under the same id."""
    take_down(finished.pk, None, KEY, REASON)
    again = ingest_record(ArticleRecord(text=TEXT, id=KEY), None)
    assert again.added


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_only_admins_may(article: Article, person: Callable[..., User], role: str) -> None:
    somebody = person(role, "somebody")
    with pytest.raises(PermissionDenied):
        take_down(article.pk, somebody, KEY, REASON)
    assert Article.objects.get(pk=article.pk).text == TEXT


def test_an_admin_who_left_may_not(article: Article, admin: User) -> None:
    admin.is_active = False
    with pytest.raises(PermissionDenied):
        take_down(article.pk, admin, KEY, REASON)


@pytest.mark.parametrize(
    ("key", "reason"), [("another", REASON), ("", REASON), (KEY, "  "), (KEY, "x" * 1001)]
)
def test_it_asks_for_the_id_and_a_reason(article: Article, key: str, reason: str) -> None:
    with pytest.raises(Refused):
        take_down(article.pk, None, key, reason)
    assert Article.objects.get(pk=article.pk).text == TEXT


def test_twice_is_once(article: Article) -> None:
    take_down(article.pk, None, KEY, REASON)
    with pytest.raises(Refused, match="already"):
        take_down(article.pk, None, KEY, REASON)
    assert Decision.objects.filter(action="take_down").count() == 1


def test_the_command(article: Article, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no article with the id nowhere"):
        call_command("takedown", "nowhere", reason=REASON)
    call_command("takedown", KEY, reason=REASON)
    assert "was taken down" in capsys.readouterr().out
    assert Article.objects.get(pk=article.pk).status == "taken-down"
    assert SecurityEvent.objects.get(kind="taken_down").by_name == "command line"


def test_nothing_can_be_done_in_it_any_more(article: Article, editor: User, admin: User) -> None:
    label = article.annotations.order_by("start")[0]
    copy = Annotation.every.filter(second_review__isnull=False)[0]
    take_down(article.pk, None, KEY, REASON)
    attempts: list[Callable[[], object]] = [
        lambda: actions.approve(label.pk, label.version, editor),
        lambda: actions.approve(copy.pk, copy.version, admin),
        lambda: actions.add(article.pk, editor, spans(TEXT, cue=["jammed"]), "indirect"),
        lambda: actions.finish(article.pk, admin),
        lambda: second_review.begin(article.pk, admin),
        lambda: second_review.hand_back(article.pk, admin),
    ]
    for attempt in attempts:
        with pytest.raises(TakenDown):
            attempt()
    prelabel_article(article.pk)
    assert Article.objects.get(pk=article.pk).status == "taken-down"


def test_a_worker_that_has_the_text_in_hand_keeps_nothing(finished: Article, db: None) -> None:
    Article.objects.filter(pk=finished.pk).update(
        status=Article.Status.QUEUED, finished_by=None, finished_at=None
    )
    run = _start(finished.pk, "test-2")
    assert run
    take_down(finished.pk, None, KEY, REASON)
    run.refresh_from_db()
    assert run.status == PrelabelRun.Status.FAILED


@pytest.mark.django_db(transaction=True)
def test_who_decides_at_this_moment_is_done_first_and_struck_with_the_rest(
    finished: Article, editor: User
) -> None:
    actions.reopen(finished.pk, editor)
    label = finished.annotations.get()
    note = "Was it yesternight?"
    with another_connection() as pool:
        with transaction.atomic():
            actions.flag(label.pk, label.version, editor, note)
            done = start(pool, lambda: take_down(finished.pk, None, KEY, REASON))
            assert not done.done(), "it waits for the decision"
        assert done.result(60) is None
    assert Decision.objects.filter(action="flag").count() == 1
    assert left() == set()


@pytest.mark.django_db(transaction=True)
def test_who_comes_a_moment_later_finds_it_taken_down(finished: Article, editor: User) -> None:
    actions.reopen(finished.pk, editor)
    label = finished.annotations.get()
    with another_connection() as pool:
        with transaction.atomic():
            take_down(finished.pk, None, KEY, REASON)
            done = start(pool, lambda: actions.flag(label.pk, label.version, editor, "yesternight"))
            assert not done.done()
        assert isinstance(done.result(60), TakenDown)
    assert left() == set()
