"""How much of a file is read: lines, and what a gzip stream expands to."""

import gzip
import io
import json

import pytest

from accordingto.records import jsonl
from accordingto.records.errors import RecordError
from accordingto.records.jsonl import read_lines


class Counted(io.BytesIO):
    """A stream that knows how much of it was asked for."""

    asked = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.asked += len(found)
        return found


def last(data: bytes, **options: int) -> tuple[int, object]:
    return list(read_lines(io.BytesIO(data), **options))[-1]


@pytest.mark.parametrize("line", [b"\n", b"1\n", b"{broken\n"])
def test_a_file_has_so_many_lines_at_most(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINES", 10)
    number, error = last(line * 500)
    assert (number, str(error)) == (11, "the file has more than 10 lines")
    assert not any("more than" in str(row) for _number, row in read_lines(io.BytesIO(line * 10)))


def test_what_expands_too_far_is_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "FREE_EXPANSION", 2**20)
    stream = Counted(gzip.compress((b"x" * 9999 + b"\n") * 25_000, compresslevel=1))
    number, error = list(read_lines(stream, after=10**9))[-1]
    assert isinstance(error, RecordError)
    assert error.code == "expands_too_far"
    assert stream.asked < len(stream.getvalue())
    assert number < 25_000


def test_one_long_line_expands_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "FREE_EXPANSION", 2**20)
    monkeypatch.setattr(jsonl, "MAX_LINE_LENGTH", 2**16)
    ((number, error),) = read_lines(io.BytesIO(gzip.compress(b"x" * 100_000_000)))
    assert number == 1
    assert "expands" in str(error)


def test_a_gzip_stream_expands_to_so_many_bytes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_EXPANDED", 1000)
    assert "more than 1000 bytes" in str(last(gzip.compress(b"1\n" * 501))[1])
    assert last(gzip.compress(b"1\n" * 500)) == (500, 1)


def test_what_repeats_itself_as_articles_do_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "FREE_EXPANSION", 0)
    piece = {"cue": [[0, 4]], "content": [[5, 90]], "origin": "model:x", "status": "proposed"}
    words = " ".join(f"Gate {n} has to be closed for the whole of the winter." for n in range(200))
    records = (
        {"id": f"a-{n}", "text": f"{n} {words}", "attributions": [piece] * 30} for n in range(3000)
    )
    data = gzip.compress("".join(json.dumps(each) + "\n" for each in records).encode())
    assert last(data, after=2999)[0] == 3000


def test_lines_that_are_passed_over_are_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    def decoded(line: bytes) -> bytes:
        taken.append(line)
        return line

    monkeypatch.setattr(jsonl, "_decoded", decoded)
    rows = list(read_lines(io.BytesIO(b"1\n\n2\n3\n4\n"), after=3))
    assert rows == [(4, b"3\n"), (5, b"4\n")]
    assert taken == [b"3\n", b"4\n"]
