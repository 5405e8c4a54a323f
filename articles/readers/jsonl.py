"""Article JSONL files."""

from typing import IO

from accordingto.records.article import read_records
from articles.readers.rows import Rows


def read_jsonl(file: IO[bytes]) -> Rows:
    """Article JSONL, plain or gzipped: one article a line."""
    return read_records(file)
