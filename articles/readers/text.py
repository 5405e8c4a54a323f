"""Plain text files: one article each."""

import textwrap
from typing import IO

from accordingto.records.article import ArticleRecord, RecordError, parse_record
from articles.readers.rows import Rows
from articles.refusals import ArticleError

MAX_TXT_BYTES = 8_000_000
"""More than the longest text takes in UTF-8 (2,000,000 code points of up to four bytes)."""


def read_txt(file: IO[bytes], after: int = 0) -> Rows:
    """A plain text file: one article, its title the first line; none past line 1."""
    if after:
        return
    raw = file.read(MAX_TXT_BYTES + 1)
    try:
        yield 1, text_record(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        yield line, ArticleError("not_utf8", "text", position=error.start)
    except RecordError as error:
        yield 1, error


def text_record(text: str, **fields: str) -> ArticleRecord:
    """A record of bare text, titled by its first line unless ``fields`` has a title.

    Raise RecordError.
    """
    known = {name: value for name, value in fields.items() if value}
    first_line = next((line for line in text.splitlines() if line.strip("\ufeff\0 \t")), "")
    title = textwrap.shorten(first_line.strip("\ufeff\0"), 120, placeholder="…")
    return parse_record({"title": title} | known | {"text": text})
