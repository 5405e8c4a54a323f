"""Rows in bulk, by COPY: constraints and triggers hold as for any other write."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models
from psycopg import Copy, sql

type Row = Sequence[object]


def copy_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows with these fields; the others have the defaults of the database, not Django's."""
    with _copying(model, fields) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _copying(model: type[models.Model], fields: Sequence[str]) -> Iterator[Copy]:
    known = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    columns = [sql.Identifier(known[name]) for name in fields]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(columns)
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        yield copy


def copy_numbers(model: type[models.Model], fields: Sequence[str], rows: Iterable[str]) -> None:
    """Write rows of numbers and plain words, each given with tabs between them: there are many more
    of these rows than of any others, and so they take a third of the time.
    """
    with _copying(model, fields) as copy:
        copy.write("".join(f"{row}\n" for row in rows))


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids for rows that are to be written, ascending and nobody else's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, "id", count],
        )
        return [row[0] for row in cursor.fetchall()]
