"""What every reader yields."""

from collections.abc import Iterator

from accordingto.records.article import ArticleRecord, RecordError

type Rows = Iterator[tuple[int, ArticleRecord | RecordError]]
"""Line numbers from 1, each with its record or the reason why there is none."""
