"""The same articles brought in by several at the same moment: no error, no deadlock, no doubles."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from accordingto.records.article import ArticleRecord, AttributionRecord, ResolvedSource
from annotations.actions import source_registry
from annotations.models import Annotation, Source
from annotations.queue.intake import Outcome, Stored, store
from articles.models import Article
from tests.annotations.at_once import while_uncommitted

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8
ROUNDS = 5
SECRET = "Nobody may find these words in a log"


def at_once[T](actions: Sequence[Callable[[], T]]) -> list[T]:
    """Do them at the same moment, each over a connection of its own; raise what one raised."""
    barrier = Barrier(len(actions))

    def act(action: Callable[[], T]) -> T:
        try:
            barrier.wait()
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [each.result() for each in [pool.submit(act, action) for action in actions]]


def record(number: int, text: str = "", key: str = "") -> ArticleRecord:
    """An article that says something of two sources, of its own and of all."""
    text = text or f"{SECRET}, said {number}."
    named = [
        AttributionRecord(
            cue=((start, start + 1),),
            origin="model:x",
            resolved_source=ResolvedSource(name, "person"),
        )
        for start, name in enumerate((f"Person {number}", "Ada Lindqvist"))
    ]
    sentences = ((0, len(text)),)
    return ArticleRecord(
        text=text, id=key or f"a-{number}", sentences=sentences, attributions=tuple(named)
    )


def brought_in(records: Sequence[ArticleRecord]) -> Callable[[], list[Outcome]]:
    return lambda: store(list(enumerate(records, 1)), None, "x.jsonl")


def added(outcomes: list[list[Outcome]]) -> int:
    return sum(isinstance(each, Stored) and each.added for some in outcomes for _line, each in some)


def test_the_same_file_by_eight_in_either_order_is_there_once() -> None:
    for number in range(ROUNDS):
        records = [record(n) for n in range(number * 20, number * 20 + 20)]
        outcomes = at_once([brought_in(records if n % 2 else records[::-1]) for n in range(PEOPLE)])
        assert added(outcomes) == 20
    assert Article.objects.count() == 20 * ROUNDS
    assert Annotation.objects.count() == 40 * ROUNDS
    assert Source.objects.filter(name="Ada Lindqvist").count() == 1
    assert Source.objects.count() == 20 * ROUNDS + 1


def test_of_other_texts_with_the_same_ids_each_id_takes_one() -> None:
    """Ids and texts cross: who inserts them in any order waits for the other in a circle."""
    for number in range(ROUNDS):
        keys = [f"{number}-{n}" for n in range(10)]
        files = []
        for person in range(PEOPLE):
            records = [record(0, f"{SECRET}, {key} of {person} in {number}.", key) for key in keys]
            files.append(records if person % 2 else records[::-1])
        outcomes = at_once([brought_in(each) for each in files])
        assert added(outcomes) == len(keys)
        refused = [each for some in outcomes for _line, each in some if isinstance(each, Exception)]
        assert len(refused) == len(keys) * (PEOPLE - 1)
        assert {getattr(each, "code", "") for each in refused} == {"id_of_another"}


def test_pasted_at_once_nobody_gets_an_error_and_the_log_has_no_text(
    person: Callable[[str, str], User],
) -> None:
    log = settings.DATA_DIR / "postgres.log"
    before = log.stat().st_size
    clients = []
    for number in range(PEOPLE):
        client = Client()
        client.force_login(person("admins", f"admin-{number}"))
        clients.append(client)

    def uploaded(client: Client, number: int) -> Callable[[], int]:
        file = SimpleUploadedFile("a.txt", f"{SECRET}, {number % 2}.".encode())
        return lambda: client.post(reverse("queue:ingest"), {"file": file}).status_code

    codes = at_once([uploaded(client, n) for n, client in enumerate(clients)])
    assert codes == [302] * PEOPLE
    assert Article.objects.count() == 2
    with log.open("rb") as file:
        file.seek(before)
        assert SECRET.encode() not in file.read()


def test_a_source_that_is_being_merged_is_not_named_but_what_it_was_merged_into(
    person: Callable[[str, str], User],
) -> None:
    curator = person("editors", "curator")
    one = Source.objects.create(name="Ada Lindqvist", kind="person")
    other = Source.objects.create(name="Ada L.", kind="person")
    outcome = while_uncommitted(
        lambda: source_registry.merge(one.pk, other.pk, curator), brought_in([record(1)])
    )
    assert isinstance(outcome, list), outcome
    assert Annotation.objects.get(start=1).resolved_source == other


def test_a_source_that_is_being_named_is_merged_after_that(
    person: Callable[[str, str], User],
) -> None:
    curator = person("editors", "curator")
    one = Source.objects.create(name="Ada Lindqvist", kind="person")
    other = Source.objects.create(name="Ada L.", kind="person")
    while_uncommitted(
        brought_in([record(1)]), lambda: source_registry.merge(one.pk, other.pk, curator)
    )
    assert Annotation.objects.get(start=1).resolved_source == other
