"""Lines of JSON out of a file or a stream, bounded in size, each with its number."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

from accordingto.records.errors import RecordError
from accordingto.records.values import SHOWN, shortened

MAX_LINE_LENGTH = 32 * 2**20
"""Longest line, in bytes. The longest text, all of it escaped, and its attributions fit."""
_GZIP_MAGIC = b"\x1f\x8b"


def read_lines(source: Path | IO[bytes]) -> Iterator[tuple[int, Any | RecordError]]:
    """Each line's number, from 1, and the JSON value on it or why it cannot be read.

    ``source`` is a file's path or a stream at its beginning that can seek, gzipped or not; a stream
    is left open. Blank lines are counted and skipped. Holds one line at a time; after a broken gzip
    stream nothing more follows.
    """
    with ExitStack() as stack:
        stream = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        zipped = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        stream.seek(0)
        lines = cast("IO[bytes]", gzip.GzipFile(fileobj=stream)) if zipped else stream
        number = 0
        try:
            while line := lines.readline(MAX_LINE_LENGTH + 1):
                number += 1
                if len(line) > MAX_LINE_LENGTH:
                    yield number, RecordError("line_too_long", limit=MAX_LINE_LENGTH)
                    while line and not line.endswith(b"\n"):
                        line = lines.readline(MAX_LINE_LENGTH)
                elif line.strip():
                    yield number, _decoded(line)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield number + 1, RecordError("broken_gzip", detail=str(error))


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
