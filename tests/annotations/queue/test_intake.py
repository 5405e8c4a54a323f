"""Articles in: paste, text files, Article JSONL, and everything that can be wrong with them."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accordingto.records.article import ArticleRecord, parse_record
from annotations.models import Annotation, Decision
from annotations.queue.intake import ingest_record
from annotations.queue.tasks import import_file
from articles.models import Article, Import

pytestmark = pytest.mark.django_db

GOOD = {"id": "a-1", "title": "Rain", "text": "It will rain, the office said."}
FAMILY = "👩‍👩‍👧"


@pytest.fixture
def desk(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def jsonl(*records: object) -> bytes:
    return "".join(
        (record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)) + "\n"
        for record in records
    ).encode()


def upload(client: Client, name: str, content: bytes, **fields: str) -> tuple[bool, str]:
    """Bring a file in, a worker included; whether nothing of it was refused, and the page."""
    response = client.post(
        reverse("queue:ingest"), {"file": SimpleUploadedFile(name, content)} | fields, follow=True
    )
    if response.status_code == 200 and "upload" in response.context:
        pk = response.context["upload"].pk
        assert ProcrastinateJob.objects.filter(task_name="import", args={"import_id": pk})
        import_file.func(pk)
        response = client.get(reverse("queue:import", args=[pk]))
        return Import.objects.get(pk=pk).refused == 0, response.content.decode()
    return response.status_code == 200, response.content.decode()


def paste(client: Client, text: str, **fields: str) -> tuple[int, str]:
    response = client.post(reverse("queue:ingest"), {"text": text} | fields, follow=True)
    return response.status_code, response.content.decode()


def test_a_pasted_article_is_queued_for_the_worker(desk: Client, admin: User) -> None:
    status, page = paste(desk, "First line\r\n\r\nSecond line.", outlet="Gazette")

    article = Article.objects.get()
    assert status == 200
    assert "1 article was added" in page
    assert (article.text, article.title) == ("First line\n\nSecond line.", "First line")
    assert (article.outlet, article.status, article.ingested_by) == ("Gazette", "queued", admin)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("prelabel", {"article_id": article.pk})


def test_the_same_text_twice_is_one_article(desk: Client) -> None:
    paste(desk, "Some text.")
    _status, page = paste(desk, "Some text.", title="Another title")
    assert "known already" in page
    assert Article.objects.count() == 1
    assert ProcrastinateJob.objects.count() == 1


def test_the_same_text_in_another_form_is_the_same_article(desk: Client) -> None:
    upload(desk, "a.txt", "Caf\u00e9 prices rise.\r\nAgain.".encode())
    upload(desk, "b.txt", "\ufeffCafe\u0301 prices\0 rise.\nAgain.".encode())
    assert [a.text for a in Article.objects.all()] == ["Café prices rise.\nAgain."]


def test_no_break_spaces_are_kept(desk: Client) -> None:
    paste(desk, "It cost 5\u00a0000\u202f€, he said.")
    assert "5\u00a0000\u202f€" in Article.objects.get().text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t ", "text"),
        ("a.txt", b"\0\0", "text"),
        ("a.txt", b"fine\nthen \xff\xfe", 'line 2</b>: <span dir="auto">text: is not UTF-8'),
        ("a.txt", b"x" * 5_000_000, "text"),
        ("a.docx", b"PK", "is not one of .txt, .jsonl"),
        ("a.jsonl", jsonl(GOOD, "{broken"), "line 2"),
        ("a.jsonl", jsonl(GOOD, {"text": "x", "headline": "y"}), "headline"),
        ("a.jsonl", jsonl(GOOD, {"id": "a-1", "text": "Other."}), "id of another article"),
        ("a.jsonl", jsonl({"text": "x" * 5_000_000}), "line 1"),
        ("a.jsonl", jsonl(GOOD) + b'{"text": "\xff"}\n', "line 2"),
        # No time of day in the bytes: each of the processes side by side must name the same test.
        ("a.jsonl.gz", gzip.compress(jsonl(GOOD), mtime=0)[:-9], "gzip"),
    ],
)
def test_bad_files_are_refused_whole_with_place_and_reason(
    desk: Client, name: str, content: bytes, reason: str
) -> None:
    taken, page = upload(desk, name, content)
    assert not taken
    assert reason in page
    assert not Article.objects.exists()
    assert not ProcrastinateJob.objects.filter(task_name="prelabel")


@pytest.mark.parametrize(
    ("cue", "reason"),
    [
        ([[6, 4]], "attributions[0].cue"),
        ([[0, 400]], "attributions[0].cue"),
        ([[-1, 4]], "attributions[0].cue"),
        ([[4, 5]], "attributions[0].cue"),  # inside the family
        ([["0", 3]], "attributions[0].cue"),
    ],
)
def test_offsets_that_cannot_be_are_refused(
    desk: Client, cue: list[list[object]], reason: str
) -> None:
    record = {"text": f"The {FAMILY} said hello.", "attributions": [{"cue": cue}]}
    taken, page = upload(desk, "a.jsonl", jsonl(record))
    assert not taken
    assert reason in page
    assert not Article.objects.exists()


def test_what_was_typed_stays_when_it_is_refused(desk: Client) -> None:
    status, page = paste(desk, "x" * 2_000_001, title="My long title")
    assert status == 422
    assert "Nothing was added" in page
    assert 'value="My long title"' in page
    assert "xxxxxxxx" in page


@pytest.mark.parametrize("fields", [{}, {"text": "  \n "}, {"text": "a", "file": "both"}])
def test_nothing_or_both_is_refused(desk: Client, fields: dict[str, str]) -> None:
    data: dict[str, object] = dict(fields)
    if "file" in data:
        data["file"] = SimpleUploadedFile("a.txt", b"b")
    response = desk.post(reverse("queue:ingest"), data)
    assert response.status_code == 422
    assert "not both" in response.content.decode()


def test_partial_takes_the_good_rows_and_says_which_were_refused(desk: Client) -> None:
    content = jsonl(GOOD, "{broken", {"id": "a-2", "text": "More."})
    taken, page = upload(desk, "a.jsonl", content, partial="on")
    assert not taken
    assert "Nothing was added" not in page
    assert "line 2" in page
    assert set(Article.objects.values_list("key", flat=True)) == {"a-1", "a-2"}


def test_a_record_with_attributions_is_ready_and_keeps_its_signatures(editor: User) -> None:
    text = "It will rain, the office said."
    signed = {
        "source": [[14, 24]], "cue": [[25, 29]], "content": [[0, 12]], "status": "approved",
        "reviewed_by": editor.username, "reviewed_at": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    proposed = {"cue": [[25, 29]], "content": [[3, 12]], "origin": "model:x-1", "confidence": 0.5}
    article = ingest_record(
        parse_record({"text": text, "attributions": [signed, proposed]}), by=None
    ).article

    assert article.status == "ready"
    assert [(s.start, s.end) for s in article.sentences.all()] == [(0, len(text))]
    approved = Annotation.objects.get(status="approved")
    assert approved.reviewer == editor.username
    assert approved.reviewed_by is None, "a name in a file is not the account of that name here"
    assert approved.origin == "person"
    assert Annotation.objects.get(status="proposed").origin == "model:x-1"
    assert set(Decision.objects.values_list("action", "by_name")) == {("import", "command line")}
    assert not ProcrastinateJob.objects.exists()


def test_a_person_does_not_propose(desk: Client) -> None:
    record = {"text": "He said so.", "attributions": [{"cue": [[3, 7]], "origin": "person"}]}
    taken, page = upload(desk, "a.jsonl", jsonl(record))
    assert not taken
    assert "attributions[0].status" in page


def test_attributions_of_a_known_article_are_not_merged_and_not_silently_dropped(
    desk: Client,
) -> None:
    upload(desk, "a.jsonl", jsonl(GOOD))
    record = GOOD | {"attributions": [{"cue": [[25, 29]]}]}
    _taken, page = upload(desk, "a.jsonl", jsonl(record))
    assert "1 attribution was not taken in" in page
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_only_admins_bring_articles_in(
    client: Client, person: Callable[[str], User], role: str
) -> None:
    assert client.get(reverse("queue:ingest")).status_code == 302
    user = person(role)
    client.force_login(user)
    assert paste(client, "Text.")[0] == 403
    with pytest.raises(PermissionDenied):
        ingest_record(ArticleRecord(text="Text."), by=user)
    assert not Article.objects.exists()


def test_the_command_tells_what_became_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.jsonl"
    good.write_text("A good text.\n\nIt goes on.")
    bad.write_bytes(jsonl({"text": "Fine."}, {"text": ""}))

    with pytest.raises(CommandError, match="refused"):
        call_command("ingest", good, bad, tmp_path / "missing.txt")

    out = capsys.readouterr().out
    assert "good.txt: 1 added, 0 known, 0 refused" in out
    assert "bad.jsonl, line 2: refused: text" in out
    assert "bad.jsonl: nothing was added" in out
    assert "missing.txt: refused: No such file" in out
    assert [a.title for a in Article.objects.all()] == ["A good text."]
    call_command("ingest", good)
    assert "good.txt: 0 added, 1 known, 0 refused" in capsys.readouterr().out


SAME = "It will rain, the office said.\nNobody was told.\n"


@pytest.mark.parametrize(
    "text",
    [
        f"\n  {SAME}\n",
        SAME.replace("office", "of\u00adfice"),
        SAME.replace("It", "\u200bIt\u200e"),
        SAME.replace(" rain", "\u00a0rain"),
        SAME.replace("\n", "\u2028"),
        SAME.replace("will", "\ufeffwill"),
    ],
)
def test_what_looks_the_same_is_one_article(desk: Client, text: str) -> None:
    paste(desk, SAME)
    _status, page = paste(desk, text)
    assert "known already" in page
    assert Article.objects.get().text == SAME


def test_what_reads_otherwise_is_another_article(desk: Client) -> None:
    for text in (SAME, SAME.replace("will", "may"), SAME.lower()):
        paste(desk, text)
    assert Article.objects.count() == 3


def test_what_nobody_can_see_is_no_text(desk: Client) -> None:
    assert "is empty" in paste(desk, "\u00ad\u200b \u2060\u200e\u00a0")[1]


@pytest.mark.parametrize("name", ["article.txt", "article.jsonl"])
def test_byte_order_marks_are_left_out_wherever_they_stand(desk: Client, name: str) -> None:
    mark = b"\xef\xbb\xbf"
    if name.endswith(".txt"):
        upload(desk, name, mark + mark + b"Rain.\n" + mark + b"Snow.")
        assert Article.objects.get().text == "Rain.\nSnow."
    else:
        upload(desk, name, mark + jsonl({"text": "Rain."}) + mark + jsonl({"text": "Snow."}))
        assert sorted(Article.objects.values_list("text", flat=True)) == ["Rain.", "Snow."]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\v", "\f", "\x85", "\r", "\r\n"])
def test_every_line_end_ends_a_paragraph(desk: Client, separator: str) -> None:
    record = {
        "text": f"Rain ahead{separator}It will rain, Ada said.",
        "attributions": [
            {
                "cue": [[len(separator) + 28, len(separator) + 32, "said"]],
                "content": [[len(separator) + 10, len(separator) + 22, "It will rain"]],
                "origin": "model:x",
            }
        ],
    }
    taken, page = upload(desk, "rain.jsonl", jsonl(record))
    assert taken, page
    article = Article.objects.get()
    assert article.text == "Rain ahead\nIt will rain, Ada said."
    words = [article.text[s.start : s.end] for s in article.annotations.get().spans.all()]
    assert words == ["It will rain", "said"]


UNIQUE = "".join(chr(0x4E00 + n) for n in range(1000))


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (GOOD | {"id": UNIQUE}, "id"),
        (
            GOOD | {"attributions": [{"id": UNIQUE, "cue": [[0, 2]], "origin": "model:x"}]},
            "attributions[0].id",
        ),
        (
            GOOD
            | {
                "attributions": [
                    {"cue": [[0, 2]], "origin": "model:x", "resolved_source": {"name": UNIQUE}}
                ]
            },
            "resolved_source",
        ),
    ],
)
def test_what_no_index_could_hold_is_refused_with_its_place(
    desk: Client, tmp_path: Path, record: dict[str, object], field: str
) -> None:
    taken, page = upload(desk, "long.jsonl", jsonl(GOOD | {"id": "b", "text": "x"}, record))
    assert not taken
    assert "long.jsonl" in page
    assert "line 2" in page
    assert field in page
    assert "bytes" in page
    file = tmp_path / "long.jsonl"
    file.write_bytes(jsonl(record))
    with pytest.raises(CommandError):
        call_command("ingest", str(file))
    assert not Article.objects.exists()


def test_an_id_as_long_as_an_index_can_hold_is_taken(desk: Client) -> None:
    long = UNIQUE[:666]
    assert upload(desk, "long.jsonl", jsonl(GOOD | {"id": long}))[0]
    assert Article.objects.get().key == long


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ([8, 12, "snow"], "is &#x27;snow&#x27;, and the text has &#x27;rain&#x27; there"),
        ([8, 12, ""], "the text has"),
        ([8, 12, 7], "must be a string"),
        ([8, 12, "rain", "rain"], "a pair"),
    ],
)
def test_words_that_are_not_the_texts_are_refused(
    desk: Client, piece: list[object], reason: str
) -> None:
    record = GOOD | {"attributions": [{"cue": [piece], "origin": "model:x"}]}
    taken, page = upload(desk, "words.jsonl", jsonl(record))
    assert not taken
    assert "attributions[0].cue[0]" in page
    assert reason in page
    assert not Article.objects.exists()
