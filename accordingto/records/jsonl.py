"""Lines of JSON out of a file or a stream, bounded in size, each with its number."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from accordingto.records.errors import RecordError
from accordingto.records.values import SHOWN, shortened

MAX_LINE_LENGTH = 32 * 2**20
"""Longest line, in bytes. The longest text, all of it escaped, and its attributions fit."""
MAX_LINES = 10_000_000
"""Lines of a file, blank ones too: ten times as many as a large collection has articles."""
MAX_EXPANSION = 200
"""So many times its size a gzip stream expands at most. Articles with their attributions come to 5
to 20 times, one article a million times over to some 150, and what is made to fill memory to 1,000.
"""
FREE_EXPANSION = 64 * 2**20
"""So many bytes it may expand to whatever its size: that is read in seconds."""
MAX_EXPANDED = 256 * 2**30
"""Bytes a gzip stream expands to: a million articles of 50 kB with their attributions, and more."""
_GZIP_MAGIC = b"\x1f\x8b"


def read_lines(
    source: Path | IO[bytes], *, after: int = 0
) -> Iterator[tuple[int, Any | RecordError]]:
    """Each line's number, from 1, and the JSON value on it or why it cannot be read.

    ``source`` is a file's path or a stream at its beginning that can seek, gzipped or not; a stream
    is left open. Blank lines are counted and skipped, and so are those up to ``after``. Holds one
    line at a time; after a broken gzip stream nothing more follows, nor after one that expands too
    far, or too many lines.
    """
    with ExitStack() as stack:
        stream = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        zipped = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        stream.seek(0)
        lines = _Expanding(stream) if zipped else stream
        number = 0
        try:
            while line := lines.readline(MAX_LINE_LENGTH + 1):
                number += 1
                if number > MAX_LINES:
                    raise RecordError("too_many_lines", limit=MAX_LINES)
                if len(line) > MAX_LINE_LENGTH:
                    while line and not line.endswith(b"\n"):
                        line = lines.readline(MAX_LINE_LENGTH)
                    if number > after:
                        yield number, RecordError("line_too_long", limit=MAX_LINE_LENGTH)
                elif number > after and line.strip():
                    yield number, _decoded(line)
        except RecordError as error:
            yield number, error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield number + 1, RecordError("broken_gzip", detail=str(error))


class _Expanding:
    """The lines of a gzip stream, as long as it does not expand to far more than a text can."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines = gzip.GzipFile(fileobj=stream)
        self._size = 0

    def readline(self, limit: int) -> bytes:
        """The next line, or so much of it. Raise RecordError where there is too much of it all."""
        line = self._lines.readline(limit)
        self._size += len(line)
        if self._size > MAX_EXPANDED:
            raise RecordError("too_large_expanded", limit=MAX_EXPANDED)
        if self._size > FREE_EXPANSION and self._size > MAX_EXPANSION * self._stream.tell():
            raise RecordError("expands_too_far", limit=MAX_EXPANSION)
        return line


def _decoded(line: bytes) -> Any | RecordError:
    try:
        # A mark also begins a later line where files were put together.
        text = line.decode().lstrip("\ufeff")
    except UnicodeDecodeError as error:
        return RecordError("invalid_utf8", position=error.start + 1)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return RecordError("invalid_json", detail=error.msg, position=error.pos + 1)
    except RecordError as error:
        return error
    except RecursionError:
        return RecordError("nested_too_deeply")
    except ValueError:
        return RecordError("too_many_digits")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise RecordError("key_twice", key=shortened(twice, SHOWN))
    return values


def _refuse_constant(name: str) -> None:
    raise RecordError("not_a_json_number", name=name)
