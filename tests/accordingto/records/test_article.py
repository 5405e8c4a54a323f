"""Article JSONL: what is taken, what is refused and why, and that it comes back the same."""

import gzip
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accordingto.records import jsonl
from accordingto.records.article import (
    MAX_FIELD_LENGTH,
    MAX_TEXT_LENGTH,
    ArticleRecord,
    RecordError,
    ResolvedSource,
    parse_record,
    read_records,
    serialise,
)

TEXT = "Ana said no. 👩‍👧 It rains."
FULL: dict[str, Any] = {
    "schema": "accordingto/1",
    "id": "a-1",
    "title": "Rain",
    "outlet": "The Pier",
    "url": "https://pier.example/rain",
    "author": "Jo Lund",
    "published_at": "2026-01-31",
    "language": "en",
    "text": TEXT,
    "sentences": [[0, 12], [13, 26]],
    "attributions": [
        {
            "id": "x",
            "source": [[0, 3]],
            "cue": [[4, 8]],
            "content": [[9, 11], [17, 25]],
            "quote_type": "indirect",
            "resolved_source": {"name": "Ana Ortiz", "kind": "person"},
            "status": "approved",
            "confidence": 0.97,
            "origin": "model:rules-1",
            "reviewed_by": "edith",
            "reviewed_at": "2026-02-01T10:00:00+01:00",
        }
    ],
}


def with_attribution(**values: Any) -> dict[str, Any]:
    return {"text": TEXT, "attributions": [{"cue": [[4, 8]], **values}]}


def signed_as(signed: object) -> dict[str, Any]:
    return with_attribution(
        status="approved", reviewed_by="ada", reviewed_at="2026-01-01T00:00:00Z", signed=signed
    )


def test_a_whole_record() -> None:
    record = parse_record(FULL)
    assert record.published_at == date(2026, 1, 31)
    assert record.sentences == ((0, 12), (13, 26))
    [attribution] = record.attributions
    assert attribution.content == ((9, 11), (17, 25))
    assert attribution.resolved_source == ResolvedSource("Ana Ortiz", "person")
    assert attribution.reviewed_at == datetime(2026, 2, 1, 9, tzinfo=UTC)


def test_only_text_is_required_and_null_is_absent() -> None:
    assert parse_record({"text": "x"}) == ArticleRecord(text="x")
    assert parse_record({"text": "x", "title": None, "attributions": None}).title == ""
    [attribution] = parse_record(with_attribution()).attributions
    assert attribution.status == "proposed"


def test_text_is_normalised_and_offsets_go_along() -> None:
    raw = "\ufeffCafe\u0301\r\nAna said no."
    record = parse_record(
        {
            "text": raw,
            "sentences": [[1, 6], [8, 20]],
            "attributions": [{"source": [[8, 11]], "cue": [[12, 16]], "content": [[17, 19]]}],
        }
    )
    [attribution] = record.attributions
    pieces = [*record.sentences, *attribution.source, *attribution.cue, *attribution.content]
    words = ["Café", "Ana said no.", "Ana", "said", "no"]
    assert [record.text[start:end] for start, end in pieces] == words


@pytest.mark.parametrize(
    ("obj", "field", "reason"),
    [
        ([], "", "a JSON object"),
        ({}, "text", "missing"),
        ({"text": 1}, "text", "a string"),
        ({"text": ""}, "text", "empty"),
        ({"text": " \n\u00a0\u200b\ufeff\0"}, "text", "empty"),
        ({"text": "x" * (MAX_TEXT_LENGTH + 1)}, "text", "2000001 characters"),
        ({"text": "a\ud83d"}, "text", "surrogate"),
        ({"text": "x", "colour": 1}, "", "unknown key 'colour'"),
        ({"text": "x", "schema": "accordingto/2"}, "schema", "accordingto/1"),
        ({"text": "x", "title": 3}, "title", "a string"),
        ({"text": "x", "title": "\ud83d"}, "title", "surrogate"),
        ({"text": "x", "author": "y" * (MAX_FIELD_LENGTH + 1)}, "author", "longer"),
        ({"text": "x", "url": "javascript:alert(1)"}, "url", "http"),
        ({"text": "x", "url": "https://"}, "url", "http"),
        ({"text": "x", "url": "https://[x"}, "url", "not a URL"),
        ({"text": "x", "language": "English!"}, "language", "tag"),
        ({"text": "x", "published_at": "20260131"}, "published_at", "2026-01-31"),
        ({"text": "x", "published_at": "2026-02-30"}, "published_at", "calendar"),
        ({"text": "x", "sentences": 1}, "sentences", "a list"),
        ({"text": "abc", "sentences": [[0, 1], [0, 2]]}, "sentences[1]", "before"),
        ({"text": "abc", "attributions": {}}, "attributions", "a list"),
        ({"text": "abc", "attributions": [1]}, "attributions[0]", "a JSON object"),
        (with_attribution(colour=1), "attributions[0]", "unknown key 'colour'"),
        (with_attribution(cue=[]), "attributions[0]", "neither"),
        (with_attribution(cue=[4, 8]), "attributions[0].cue[0]", "pair"),
        (with_attribution(cue=[[4.0, 8]]), "attributions[0].cue[0]", "pair"),
        (with_attribution(cue=[[False, True]]), "attributions[0].cue[0]", "pair"),
        (with_attribution(cue=[[8, 4]]), "attributions[0].cue[0]", "not before"),
        (with_attribution(cue=[[4, 4]]), "attributions[0].cue[0]", "not before"),
        (with_attribution(cue=[[-1, 4]]), "attributions[0].cue[0]", "outside"),
        (with_attribution(cue=[[4, 99]]), "attributions[0].cue[0]", "outside"),
        (with_attribution(cue=[[4, 14]]), "attributions[0].cue[0]", "offset 14 is inside"),
        (with_attribution(source=[[0, 3], [2, 5]]), "attributions[0].source[1]", "before"),
        (with_attribution(status="maybe"), "attributions[0].status", "not one of"),
        (with_attribution(quote_type="free"), "attributions[0].quote_type", "not one of"),
        (with_attribution(confidence=1.5), "attributions[0].confidence", "0 to 1"),
        (with_attribution(confidence=True), "attributions[0].confidence", "0 to 1"),
        (with_attribution(origin="robot"), "attributions[0].origin", "model:"),
        (with_attribution(origin="model:"), "attributions[0].origin", "model:"),
        (with_attribution(status="approved"), "attributions[0].reviewed_by", "missing"),
        (
            with_attribution(status="rejected", reviewed_by="e"),
            "attributions[0].reviewed_at",
            "missing",
        ),
        (with_attribution(reviewed_by="e"), "attributions[0].reviewed_by", "only proposed"),
        (with_attribution(reviewed_at="2026-01-01"), "attributions[0].reviewed_at", "time zone"),
        (with_attribution(reviewed_at="soon"), "attributions[0].reviewed_at", "not a time"),
        (
            with_attribution(reviewed_at="0001-01-01T00:00:00+10:00"),
            "attributions[0].reviewed_at",
            "range",
        ),
        (with_attribution(resolved_source={}), "attributions[0].resolved_source.name", "missing"),
        (
            with_attribution(resolved_source={"name": "A", "kind": "cat"}),
            "attributions[0].resolved_source.kind",
            "not one of",
        ),
        (
            with_attribution(resolved_source={"name": "A", "age": 1}),
            "attributions[0].resolved_source",
            "'age'",
        ),
        (
            {"text": "abc", "attributions": [{"id": "1", "cue": [[0, 1]]}] * 2},
            "attributions[1].id",
            "twice",
        ),
        (with_attribution(signed={}), "attributions[0].signed", "neither"),
        (signed_as(7), "attributions[0].signed", "a JSON object"),
        (signed_as({"here": {}, "imported": {}}), "attributions[0].signed", "both"),
        (signed_as({"here": {"account": 7}}), "attributions[0].signed.here", "no decision"),
        (
            signed_as({"here": {"account": True, "decision": 1}}),
            "attributions[0].signed.here.account",
            "whole number of at least 1",
        ),
        (
            signed_as({"here": {"account": 1, "decision": 2**63}}),
            "attributions[0].signed.here.decision",
            "whole number of at least 1",
        ),
        (
            signed_as({"here": {"account": 1, "decision": 2, "name": "x"}}),
            "attributions[0].signed.here",
            "'name'",
        ),
        (signed_as({"imported": {}}), "attributions[0].signed.imported.by", "missing"),
        (
            with_attribution(signed={"imported": {"by": "ada"}}),
            "attributions[0].signed",
            "only proposed",
        ),
        (with_attribution(approved_in_batch=2), "attributions[0].approved_in_batch", "proposed"),
        (with_attribution(approved_in_batch=1), "attributions[0].approved_in_batch", "at least 2"),
        (
            with_attribution(approved_in_batch=2.0),
            "attributions[0].approved_in_batch",
            "at least 2",
        ),
        ({"text": "e\0\u0301", "sentences": [[0, 1]]}, "", "belong together"),
        ({"text": "a\0b", "sentences": [[1, 2]]}, "sentences[0]", "not before"),
    ],
)
def test_refused(obj: object, field: str, reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        parse_record(obj)
    assert caught.value.field == field
    assert reason in caught.value.reason


def test_unknown_keys_pass_where_asked() -> None:
    record = parse_record(with_attribution(colour=1) | {"colour": 2}, allow_unknown=True)
    assert record == parse_record(with_attribution())


def test_serialised_keys_are_in_the_order_of_the_contract() -> None:
    line = serialise(parse_record(FULL))
    assert list(json.loads(line)) == list(FULL)
    assert list(json.loads(line)["attributions"][0]) == list(FULL["attributions"][0])
    assert "👩‍👧" in line
    assert serialise(parse_record({"text": "x"})) == '{"schema": "accordingto/1", "text": "x"}'


def _pieces(text: str) -> st.SearchStrategy[list[list[int]]]:
    return (
        st.lists(st.integers(0, len(text)), max_size=4, unique=True)
        .map(sorted)
        .map(lambda ends: [list(pair) for pair in zip(ends[::2], ends[1::2], strict=False)])
    )


NUMBERS = st.integers(1, 2**63 - 1)
REVIEWS: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {
        "status": st.sampled_from(["approved", "rejected"]),
        "reviewed_by": st.just("edith"),
        "reviewed_at": st.datetimes(
            datetime(1900, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
            timezones=st.timezones(),
        ).map(datetime.isoformat),
        "signed": st.none()
        | st.fixed_dictionaries(
            {"here": st.fixed_dictionaries({"account": NUMBERS, "decision": NUMBERS})}
        )
        | st.fixed_dictionaries(
            {"imported": st.fixed_dictionaries({"by": st.just("ada"), "from": st.text(max_size=8)})}
        ),
    }
)


@st.composite
def _objects(draw: st.DrawFn) -> dict[str, Any]:
    text = draw(st.text(alphabet='ab é\u0301\r\n“🙂\u00a0\u2028"\\', min_size=1, max_size=30)) + "x"
    header = {
        "title": draw(st.text(max_size=8)),
        "published_at": draw(st.dates().map(str)),
        "sentences": draw(_pieces(text)),
    }
    attributions = [
        {
            "source": draw(_pieces(text)),
            "cue": [[len(text) - 1, len(text)]],
            "content": draw(_pieces(text)),
            "confidence": draw(st.none() | st.floats(0, 1)),
            **draw(REVIEWS),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    return {"text": text, **header, "attributions": attributions}


@settings(max_examples=100, deadline=None)
@given(_objects())
def test_a_record_comes_back_the_same(obj: dict[str, Any]) -> None:
    try:
        record = parse_record(obj)
    except RecordError:
        return  # an offset inside a character
    line = serialise(record)
    assert "\n" not in line
    again = parse_record(json.loads(line))
    assert again == record
    assert serialise(again) == line


@settings(max_examples=100, deadline=None)
@given(_objects())
def test_pieces_keep_their_words(obj: dict[str, Any]) -> None:
    try:
        record = parse_record(obj)
    except RecordError:
        return
    for (start, end), (old_start, old_end) in zip(record.sentences, obj["sentences"], strict=True):
        kept = parse_record({"text": obj["text"][old_start:old_end] + "."}).text
        assert record.text[start:end] + "." == kept


def lines_of(data: bytes) -> list[tuple[int, str]]:
    return [
        (number, str(row) if isinstance(row, RecordError) else row.text)
        for number, row in read_records(io.BytesIO(data))
    ]


def test_lines_are_numbered_and_blank_ones_skipped() -> None:
    data = b'\xef\xbb\xbf{"text": "a"}\n\n  \r\n{"text": "b"}\r\n{"text": "c"}'
    assert lines_of(data) == [(1, "a"), (4, "b"), (5, "c")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "a\xff"}', "invalid UTF-8 at byte 12 of the line"),
        (b'{"text": "a"', "not JSON"),
        (b'{"text": "a", "text": "b"}', "'text' is given twice"),
        (b'{"text": "a", "confidence": NaN}', "NaN"),
        (b'{"text": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"text": "\\ud83d"}', "surrogate"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_read(line: bytes, reason: str) -> None:
    (first, text), (second, error), (third, last) = lines_of(
        b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n'
    )
    assert (first, text, second, third, last) == (1, "a", 2, 3, "b")
    assert reason in error


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    data = b'{"text": "a"}\n{"text": "b"}\n'
    path = tmp_path / "records.jsonl"
    path.write_bytes(gzip.compress(data))
    assert [number for number, _row in read_records(path)] == [1, 2]
    assert lines_of(gzip.compress(data)) == lines_of(data)


def test_a_cut_gzip_stream_ends_in_an_error() -> None:
    data = gzip.compress(b'{"text": "a"}\n' * 3, compresslevel=0)
    assert "gzip" in lines_of(data[:-12])[-1][1]


def test_an_overlong_line_is_refused_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_LENGTH", 20)
    rows = lines_of(b'{"text": "' + b"x" * 99 + b'"}\n{"text": "b"}\n')
    assert rows == [(1, "the line is longer than 20 bytes"), (2, "b")]


def test_a_stream_is_left_open() -> None:
    stream = io.BytesIO(b'{"text": "a"}')
    list(read_records(stream))
    assert not stream.closed
