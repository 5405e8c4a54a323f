"""What is in the database, in figures that can be compared: rows and a digest of each table."""

from typing import Any

from django.db import connection
from psycopg import sql

type Contents = dict[str, dict[str, Any]]

EMPTY = {"rows": 0, "digest": "0"}
# Values look the same wherever they are read.
SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}


def tables() -> list[str]:
    """The tables of the site's schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace"
            " ORDER BY relname",
            [schema()],
        )
        return [name for (name,) in cursor.fetchall()]


def schema() -> str:
    """The schema that the site's tables are in, or are to be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_schema(), 'public')")
        name: str = cursor.fetchone()[0]
    return name


def contents() -> Contents:
    """Rows and digest of each table, in the caller's transaction.

    The digest is the sum of the first 60 bits of each row's SHA-256: it needs no order of the rows,
    and no more memory for a million of them.
    """
    found: Contents = {}
    with connection.cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        for table in tables():
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), coalesce(sum(('x' || left(encode(sha256(convert_to("
                    "row::text, 'UTF8')), 'hex'), 15))::bit(60)::bigint), 0)::text FROM {} AS row"
                ).format(sql.Identifier(schema(), table))
            )
            rows, digest = cursor.fetchone()
            found[table] = {"rows": rows, "digest": digest}
    return found
