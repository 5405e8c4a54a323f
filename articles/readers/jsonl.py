"""Article JSONL files."""

from typing import IO

from accordingto.records.article import read_records
from articles.readers.rows import Rows


def read_jsonl(file: IO[bytes], after: int = 0) -> Rows:
    """Article JSONL, plain or gzipped: one article a line; only the lines past ``after``."""
    return read_records(file, after=after)
