"""A file of articles brought in: kept, checked whole, written in batches, told of."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accordingto.records.article import ArticleRecord, RecordError, parse_record
from annotations.models import Annotation
from annotations.models.state import state_of
from annotations.prelabelling import job
from annotations.prelabelling.tasks import MAX_DEATHS
from annotations.queue import checking, importing, intake
from annotations.queue.intake import Stored, ingest_record, store
from annotations.queue.tasks import import_file, receive, resume_imports
from articles.ingest import spool
from articles.models import Article, Import, ImportChunk
from articles.readers.rows import Rows
from tests.builders import TEXT

pytestmark = pytest.mark.django_db

type Person = Callable[..., User]


def lines(*records: dict[str, Any] | str) -> bytes:
    written = [each if isinstance(each, str) else json.dumps(each) for each in records]
    return "".join(f"{each}\n" for each in written).encode()


def articles(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"a-{n}", "text": f"Person {n} said so."} | more for n in range(1, count + 1)]


def kept(by: User, content: bytes, *, partial: bool = False, name: str = "a.jsonl") -> Import:
    return receive(SimpleUploadedFile(name, content), by, partial=partial)


def imported(by: User, content: bytes, *, partial: bool = False, name: str = "a.jsonl") -> Import:
    upload = kept(by, content, partial=partial, name=name)
    import_file.func(upload.pk)
    upload.refresh_from_db()
    return upload


def counts(upload: Import) -> tuple[int, int, int]:
    return upload.added, upload.known, upload.refused


@pytest.fixture
def by_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "TOGETHER", 2)


# ---- the way of a file ----


def test_a_file_waits_for_a_worker_and_its_page_tells_what_became_of_it(
    client: Client, admin: User
) -> None:
    store([(0, ArticleRecord(text="Person 2 said so.", title="An old one"))], None)
    client.force_login(admin)
    file = SimpleUploadedFile("news.jsonl", lines(*articles(3)))
    response = client.post(reverse("queue:ingest"), {"file": file})
    upload = Import.objects.get()
    assert response.headers["Location"] == upload.get_absolute_url()
    assert Article.objects.count() == 1, "nothing is written inside the request"

    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Waiting" in page
    assert "No worker is running" in page
    assert 'hx-trigger="every 1s"' in page
    fragment = client.get(upload.get_absolute_url(), headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    assert b'id="import"' in fragment.content

    import_file.func(upload.pk)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "hx-trigger" not in page
    first = Article.objects.get(key="a-1")
    assert f'href="{first.get_absolute_url()}"' in page
    assert "An old one" in page
    upload.refresh_from_db()
    assert (upload.state, *counts(upload)) == ("done", 2, 1, 0)
    assert set(Article.objects.values_list("ingested_by", flat=True)) == {None, admin.pk}
    assert not ImportChunk.objects.exists()
    assert "news.jsonl" in client.get(reverse("queue:ingest")).content.decode()


@pytest.mark.usefixtures("by_twos")
def test_a_file_in_several_pieces_comes_out_as_it_went_in(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 100)
    content = gzip.compress(lines(*articles(40, title="Café 👩‍👩‍👧")))
    file = TemporaryUploadedFile("a.jsonl.gz", "application/gzip", len(content), None)
    file.write(content)
    upload = receive(file, admin, partial=False)
    assert upload.chunks.count() == -(-len(content) // 100) > 2
    with spool.kept(upload) as again:
        assert again.read() == content
    import_file.func(upload.pk)
    assert Article.objects.count() == 40


def test_a_wrong_line_far_down_is_known_before_anything_is_written(
    client: Client, admin: User
) -> None:
    content = lines(*articles(1500), "{broken", *articles(1502)[1501:])
    upload = imported(admin, content)
    assert (upload.state, *counts(upload)) == ("refused", 0, 0, 1)
    assert not Article.objects.exists()
    client.force_login(admin)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Nothing was added" in page
    assert "line 1501" in page

    upload = imported(admin, content, partial=True)
    assert (upload.state, *counts(upload)) == ("done", 1501, 0, 1)


@pytest.mark.usefixtures("by_twos")
@pytest.mark.parametrize("distance", [1, 5])
def test_what_a_file_has_against_itself_or_what_is_there_refuses_it_whole(
    admin: User, distance: int
) -> None:
    content = lines(*articles(distance), {"id": "a-1", "text": "Another text."})
    upload = imported(admin, content)
    assert (upload.state, *counts(upload)) == ("refused", 0, 0, 1)
    assert upload.lines.get().line == distance + 1
    assert not Article.objects.exists()

    store([(0, ArticleRecord(text="The first.", id="a-1"))], None)
    upload = imported(admin, lines(*articles(3)))
    assert (upload.state, *counts(upload)) == ("refused", 0, 0, 1)
    assert Article.objects.count() == 1


@pytest.mark.usefixtures("by_twos")
def test_a_refused_or_known_line_takes_neither_text_nor_id(admin: User) -> None:
    known = {"id": "c", "text": "Person 1 said so."}
    upload = imported(admin, lines(*articles(1), known, {"id": "c", "text": "A new text."}))
    assert (upload.state, *counts(upload)) == ("done", 2, 1, 0)
    assert Article.objects.get(key="c").text == "A new text."


def test_what_others_added_since_the_check_is_told(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = importing._is_good

    def overtaken(upload: Import) -> bool:
        assert good(upload)
        store([(0, ArticleRecord(text="Quicker.", id="a-2"))], None)
        return True

    monkeypatch.setattr(importing, "_is_good", overtaken)
    upload = imported(admin, lines(*articles(3)))
    assert (upload.state, *counts(upload)) == ("done", 2, 0, 1)
    client.force_login(admin)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "were added elsewhere since" in page
    assert "is the id of another article" in page


def test_what_the_database_alone_refuses_is_the_refusal_of_one(admin: User) -> None:
    good, bad = ArticleRecord(text="Fine."), ArticleRecord(text="Too long an id.", id="字" * 700)
    outcomes = [each for _line, each in store([(1, good), (2, bad)], admin)]
    assert isinstance(outcomes[0], Stored)
    assert isinstance(outcomes[1], RecordError)
    assert "article_key_fits_index" in str(outcomes[1])
    assert Article.objects.get().text == "Fine."


# ---- workers that stop ----


@pytest.mark.usefixtures("by_twos")
def test_the_next_worker_goes_on_where_one_was_stopped(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = kept(admin, lines(*articles(7)))
    batches = []

    def stopped(*args: Any) -> Any:
        batches.append(args)
        if len(batches) == 3:
            raise KeyboardInterrupt
        return store(*args)

    monkeypatch.setattr(importing, "store", stopped)
    with pytest.raises(KeyboardInterrupt):
        import_file.func(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.line, *counts(upload)) == ("writing", 4, 4, 0, 0)

    import_file.func(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, *counts(upload)) == ("done", 7, 0, 0)
    assert [each.line for each in upload.lines.all()] == [1, 2, 3, 4, 5, 6, 7]
    assert Article.objects.count() == 7


@pytest.mark.usefixtures("by_twos")
def test_a_worker_that_was_taken_for_dead_changes_nothing_when_it_comes_back(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = kept(admin, lines(*articles(5)))
    overtaken: list[bool] = []

    def slow(rows: Rows) -> Any:
        if not overtaken:
            overtaken.append(True)
            importing.run(upload.pk)  # by another worker
        return intake.batches(rows)

    monkeypatch.setattr(importing, "batches", slow)
    importing.run(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, *counts(upload)) == ("done", 5, 0, 0)
    assert upload.lines.count() == 5


def test_an_import_without_a_job_gets_another(admin: User) -> None:
    upload = kept(admin, lines(*articles(1)))
    assert resume_imports() == 0
    ProcrastinateJob.objects.filter(args={"import_id": upload.pk}).update(status="failed")
    assert resume_imports() == 1
    assert resume_imports() == 0, "one is enough"
    import_file.func(upload.pk)
    ProcrastinateJob.objects.filter(args={"import_id": upload.pk}).update(status="failed")
    assert resume_imports() == 0, "it has ended"


def test_a_file_that_costs_every_worker_its_life_is_given_up(client: Client, admin: User) -> None:
    upload = kept(admin, lines(*articles(1)))
    Import.objects.update(attempts=MAX_DEATHS)
    import_file.func(upload.pk)
    upload.refresh_from_db()
    assert upload.state == "failed"
    assert not Article.objects.exists()
    assert not ImportChunk.objects.exists()
    client.force_login(admin)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert f"The worker died {MAX_DEATHS} times" in page


def test_who_may_no_longer_add_articles_adds_none(admin: User) -> None:
    upload = kept(admin, lines(*articles(1)))
    admin.groups.clear()
    with pytest.raises(PermissionDenied):
        import_file.func(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.added) == ("failed", 0)
    assert "not allowed" in upload.failure
    assert not Article.objects.exists()


# ---- who may, and what is kept ----


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_only_admins_bring_files_in_and_see_what_became_of_them(
    client: Client, admin: User, person: Person, role: str
) -> None:
    upload = imported(admin, lines(*articles(1)))
    assert client.get(upload.get_absolute_url()).status_code == 302
    someone = person(role)
    client.force_login(someone)
    assert client.get(upload.get_absolute_url()).status_code == 403
    file = SimpleUploadedFile("b.jsonl", lines(*articles(2)))
    assert client.post(reverse("queue:ingest"), {"file": file}).status_code == 403
    with pytest.raises(PermissionDenied):
        kept(someone, b"")
    assert Import.objects.count() == 1
    assert client.get(reverse("queue:import", args=[upload.pk + 1])).status_code == 403
    client.force_login(admin)
    assert client.get(reverse("queue:import", args=[upload.pk + 1])).status_code == 404


@pytest.mark.usefixtures("by_twos")
def test_of_many_lines_the_first_are_kept_and_all_are_counted(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(importing, "REMEMBERED", 3)
    content = lines(*articles(7), *["{broken"] * 5, *articles(4))
    for upload in (imported(admin, content), imported(admin, content, partial=True)):
        assert [each.line for each in upload.lines.filter(outcome="refused")] == [8, 9, 10]
        assert upload.refused == 5
    assert counts(upload) == (7, 4, 5)
    assert upload.lines.count() == 9
    client.force_login(admin)
    with django_assert_num_queries(9):
        page = client.get(upload.get_absolute_url()).content.decode()
    assert page.count("The first 3 of ") == 3


def test_a_refusal_is_short_whatever_the_line_is(client: Client, admin: User) -> None:
    line = '{"text": "x", "\\u0000\\ud800' + "k" * 100_000 + '": 1}'
    upload = imported(admin, lines(line))
    assert len(json.dumps(upload.lines.get().reason)) < 2000
    client.force_login(admin)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "unknown key" in page
    assert len(page) < 20_000


def test_a_file_with_thousands_of_wrong_lines_is_not_read_to_its_end(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MAX_REFUSED", 1000)
    upload = imported(admin, gzip.compress(b"x\n" * 400_000), name="a.jsonl.gz")
    assert upload.state == "refused"
    assert 1000 <= upload.refused < 1000 + intake.TOGETHER


def test_the_command_checks_first_too(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(*articles(600), "{broken"))
    with pytest.raises(CommandError):
        call_command("ingest", path)
    assert not Article.objects.exists()
    with pytest.raises(CommandError):
        call_command("ingest", path, partial=True)
    assert "600 added, 0 known, 1 refused" in capsys.readouterr().out
    assert Article.objects.count() == 600


# ---- attributions ----

LABELLED = {
    "text": TEXT,
    "attributions": [
        {
            "source": [[69, 88]], "cue": [[89, 103]], "content": [[40, 68]], "origin": "model:x-1",
            "resolved_source": {"name": "Ada Lindqvist", "kind": "person"},
            "status": "approved", "reviewed_by": "ada", "approved_in_batch": 2,
            "reviewed_at": "2026-02-01T08:00:00+00:00",
        },
        {"cue": [[89, 103]], "confidence": 0.5},
    ],
}  # fmt: skip


def test_the_log_has_what_an_imported_attribution_is() -> None:
    article = ingest_record(parse_record(LABELLED), by=None, file="a.jsonl").article
    approved, proposed = article.annotations.order_by("id")
    for annotation, more in ((approved, {"approved_in_batch": 2}), (proposed, {})):
        decision = annotation.decisions.get()
        assert decision.after == state_of(annotation) | more
        assert (decision.action, decision.imported_from) == ("import", "a.jsonl")
    assert (approved.quote_type, proposed.quote_type) == ("direct", "indirect")
    assert proposed.origin == "model:imported"


def test_sentences_that_a_file_leaves_out_are_found_by_a_worker(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(admin, lines(LABELLED))
    article = Article.objects.get()
    assert article.status == "queued"
    assert not article.sentences.exists()
    before = list(Annotation.objects.order_by("id").values())

    monkeypatch.setattr(job, "pipeline", lambda: pytest.fail("it needs no pre-labeller"))
    job.prelabel_article(article.pk)
    article.refresh_from_db()
    assert article.status == "ready"
    assert article.sentences.count() > 3
    assert list(Annotation.objects.order_by("id").values()) == before
