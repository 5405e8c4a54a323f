"""Article files, one reader a format: each yields records, or what is wrong, with the line."""

import gzip
from collections.abc import Callable
from pathlib import PurePath
from typing import IO

from articles.readers.jsonl import read_jsonl
from articles.readers.rows import Rows
from articles.readers.text import read_txt
from articles.refusals import ArticleError

READERS: dict[str, Callable[[IO[bytes], int], Rows]] = {
    ".txt": read_txt,
    ".jsonl": read_jsonl,
    ".jsonl.gz": read_jsonl,
}


def holds_many(name: str) -> bool:
    """Whether a file of this name may hold more than one article."""
    return _reader(name) is read_jsonl


def read_articles(file: IO[bytes], name: str, after: int = 0) -> Rows:
    """The articles of a file in the format that its name says; only the lines past ``after``.

    A format nobody reads, and a broken gzip stream, come back as the error of a line.
    """
    reader = _reader(name)
    if reader is None:
        formats = ", ".join(READERS)
        yield 0, ArticleError("unknown_format", name=PurePath(name).name, formats=formats)
        return
    line = 0
    try:
        for line, row in reader(file, after):
            yield line, row
    except (EOFError, gzip.BadGzipFile) as error:
        yield line + 1, ArticleError("not_gzip", detail=str(error))


def _reader(name: str) -> Callable[[IO[bytes], int], Rows] | None:
    base = PurePath(name).name.lower()
    return next((read for suffix, read in READERS.items() if base.endswith(suffix)), None)
