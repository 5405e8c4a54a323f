"""Lines of JSON out of a file or a stream, bounded in size, each with its number."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

MAX_LINE_LENGTH = 32 * 2**20
"""Longest line, in bytes. The longest text, all of it escaped, and its attributions fit."""
_GZIP_MAGIC = b"\x1f\x8b"


class RecordError(ValueError):
    """A record, or a line of a file, that is not taken in: why, and which field is wrong.

    ``field`` is a path as in ``attributions[2].cue``; it is empty when the whole is wrong.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


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
                    yield number, RecordError(f"the line is longer than {MAX_LINE_LENGTH} bytes")
                    while line and not line.endswith(b"\n"):
                        line = lines.readline(MAX_LINE_LENGTH)
                elif line.strip():
                    yield number, _decoded(line)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield number + 1, RecordError(f"the gzip stream is broken: {error}")


def _decoded(line: bytes) -> Any | RecordError:
    try:
        # A mark also begins a later line where files were put together.
        text = line.decode().lstrip("\ufeff")
    except UnicodeDecodeError as error:
        return RecordError(f"invalid UTF-8 at byte {error.start + 1} of the line")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return RecordError(f"is no JSON: {error.msg} at character {error.pos + 1} of the line")
    except RecordError as error:
        return error
    except RecursionError:
        return RecordError("is nested too deeply")
    except ValueError:
        return RecordError("has a number of too many digits")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise RecordError(f"key {twice!r} is given twice")
    return values


def _refuse_constant(name: str) -> None:
    raise RecordError(f"is no JSON: {name} is no number")
