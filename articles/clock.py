"""The one clock by which everything is signed and dated: the database's.

The web hosts' clocks may differ, from the log's times and from one another.
"""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The time by the database's clock, in UTC; one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
