"""Article files, one reader a format: each yields records, or what is wrong, with the line."""

import gzip
import textwrap
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import IO

from articles.records import ArticleRecord, RecordError, parse_record, read_records

type Rows = Iterator[tuple[int, ArticleRecord | RecordError]]
"""Line numbers from 1, each with its record or the reason why there is none."""

MAX_TXT_BYTES = 8_000_000
"""More than the longest text takes in UTF-8 (2,000,000 code points of up to four bytes)."""


def read_txt(file: IO[bytes]) -> Rows:
    """A plain text file: one article, its title the first line."""
    raw = file.read(MAX_TXT_BYTES + 1)
    try:
        yield 1, text_record(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        yield line, RecordError(f"is not UTF-8 at byte {error.start}", "text")
    except RecordError as error:
        yield 1, error


def text_record(text: str, **fields: str) -> ArticleRecord:
    """A record of bare text, titled by its first line unless ``fields`` has a title.

    Raises RecordError.
    """
    known = {name: value for name, value in fields.items() if value}
    first_line = next((line for line in text.splitlines() if line.strip("\ufeff\0 \t")), "")
    title = textwrap.shorten(first_line.strip("\ufeff\0"), 120, placeholder="…")
    return parse_record({"title": title} | known | {"text": text})


def read_jsonl(file: IO[bytes]) -> Rows:
    """Article JSONL, plain or gzipped: one article a line."""
    return read_records(file)


READERS: dict[str, Callable[[IO[bytes]], Rows]] = {
    ".txt": read_txt,
    ".jsonl": read_jsonl,
    ".jsonl.gz": read_jsonl,
}


def read_articles(file: IO[bytes], name: str) -> Rows:
    """The articles of a file in the format that its name says.

    A format nobody reads, and a broken gzip stream, come back as the error of a line.
    """
    base = PurePath(name).name.lower()
    reader = next((read for suffix, read in READERS.items() if base.endswith(suffix)), None)
    if reader is None:
        formats = ", ".join(READERS)
        yield 0, RecordError(f"the format of {PurePath(name).name!r} is not one of {formats}")
        return
    line = 0
    try:
        for line, row in reader(file):
            yield line, row
    except (EOFError, gzip.BadGzipFile) as error:
        yield line + 1, RecordError(f"is not a whole gzip file: {error}")
