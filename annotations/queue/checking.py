"""A whole file checked before any of it is written."""

from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.db import connection

from accordingto.records.article import ArticleRecord, RecordError
from annotations.queue.intake import Line, batches, check, digested
from articles.ingest.store import ArticleName, Taken, check_may_add, look_up
from articles.readers.rows import Rows

MAX_REFUSED = 10_000
"""So many refused lines are enough to say that a file is not what it should be."""

type Refusal = tuple[int, RecordError]


def refusals(rows: Rows, by: User | None) -> Iterator[list[Refusal]]:
    """What would be refused of a file, batch by batch, if nobody else added anything meanwhile.

    What its earlier lines would add counts: it is kept in a table of the connection's own, for a
    file may have millions. The file is not read on after MAX_REFUSED. Raise PermissionDenied.
    """
    check_may_add(by)
    refused = 0
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.intake_seen")
        cursor.execute(
            "CREATE TEMPORARY TABLE intake_seen (text text PRIMARY KEY, key text NOT NULL)"
        )
        cursor.execute("CREATE INDEX ON intake_seen (key) WHERE key <> ''")
    with batches(rows) as read:
        for lines in read:
            found = _refused(lines)
            yield found
            refused += len(found)
            if refused >= MAX_REFUSED:
                break
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pg_temp.intake_seen")


def _refused(lines: Sequence[Line]) -> list[Refusal]:
    records = digested(lines)
    taken = look_up(records)
    _add_seen(taken, records)
    found: list[Refusal] = []
    new: list[tuple[str, str]] = []
    digests = (folded for _record, folded in records)
    for line, row in lines:
        if isinstance(row, RecordError):
            found.append((line, row))
            continue
        folded = next(digests)
        try:
            known = check(row, folded, taken)
        except RecordError as error:
            found.append((line, error))
            continue
        if known is None:
            taken.add(ArticleName(0, row.id, ""), folded)
            new.append((folded, row.id))
    with connection.cursor() as cursor, cursor.copy("COPY intake_seen FROM STDIN") as copy:
        for each in new:
            copy.write_row(each)
    return found


def _add_seen(taken: Taken, records: Sequence[tuple[ArticleRecord, str]]) -> None:
    """Take what earlier lines of the file would add, where these records have its text or id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT text, key FROM intake_seen WHERE text = ANY(%s) OR key <> '' AND key = ANY(%s)",
            [
                [folded for _record, folded in records],
                [record.id for record, _folded in records if record.id],
            ],
        )
        for folded, key in cursor.fetchall():
            taken.add(ArticleName(0, key, ""), folded)
