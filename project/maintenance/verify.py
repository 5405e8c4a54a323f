"""Whether the database is sound in what it cannot see to by itself, row by row."""

from collections.abc import Iterator

import pgtrigger
from django.db import connection

from project.maintenance.restore import waiting_migrations

# Each finds the rows that should not be there; the first column says which one it is.
QUERIES = {
    "the SHA-256 of an article's text is another": """
        SELECT id FROM articles_article
        WHERE text_sha256 <> encode(sha256(convert_to(text, 'UTF8')), 'hex')
    """,
    "a sentence lies outside its article's text": """
        SELECT sentence.id FROM articles_sentence sentence
        JOIN articles_article article ON article.id = sentence.article_id
        WHERE sentence."end" > article.length
    """,
    "a span lies outside its article's text": """
        SELECT span.id FROM annotations_span span
        JOIN annotations_annotation annotation ON annotation.id = span.annotation_id
        JOIN articles_article article ON article.id = annotation.article_id
        WHERE span."end" > article.length
    """,
    "an annotation begins elsewhere than its first span": """
        SELECT id FROM annotations_annotation annotation
        WHERE start <> (
            SELECT min(start) FROM annotations_span WHERE annotation_id = annotation.id
        )
    """,
    "an annotation is not as the last decision on it left it": """
        SELECT annotation.id FROM annotations_annotation annotation
        JOIN LATERAL (
            SELECT after FROM annotations_decision WHERE annotation_id = annotation.id
            ORDER BY id DESC LIMIT 1
        ) last ON true
        WHERE (last.after ->> 'version')::int IS DISTINCT FROM annotation.version
        OR last.after ->> 'status' IS DISTINCT FROM annotation.status
        OR last.after ->> 'reviewer' IS DISTINCT FROM annotation.reviewer
        OR (last.after ->> 'reviewed_by')::bigint IS DISTINCT FROM annotation.reviewed_by_id
    """,
    "an annotation is judged, and the log does not know by whom": """
        SELECT id FROM annotations_annotation annotation
        WHERE status <> 'proposed' AND NOT EXISTS (
            SELECT FROM annotations_decision WHERE annotation_id = annotation.id
        )
    """,
    "a constraint was never checked": """
        SELECT conname FROM pg_constraint
        WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
    """,
}
SHOWN = 5


def faults() -> Iterator[str]:
    """What is wrong, in words; nothing where the database is sound."""
    for model, trigger in pgtrigger.registered():
        status, enabled = trigger.get_installation_status(model)
        if status != pgtrigger.core.INSTALLED or not enabled:
            yield f"the trigger {trigger.name} is not at work ({status.lower()})"
    with connection.cursor() as cursor:
        for wrong, query in QUERIES.items():
            cursor.execute(query)
            found = [str(row[0]) for row in cursor.fetchmany(SHOWN + 1)]
            if found:
                more = ", ..." if len(found) > SHOWN else ""
                yield f"{wrong}: {', '.join(found[:SHOWN])}{more}"
    yield from _sequences()
    for name in waiting_migrations():
        yield f"the migration {name} was not applied: run manage.py migrate"


def _sequences() -> Iterator[str]:
    """Sequences that would give a number twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT quote_ident(tables.relname), quote_ident(attname), sequences.oid::regclass::text
            FROM pg_depend
            JOIN pg_class sequences ON sequences.oid = objid AND sequences.relkind = 'S'
            JOIN pg_class tables ON tables.oid = refobjid
            JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
            WHERE tables.relnamespace = current_schema()::regnamespace
            """
        )
        for table, column, sequence in cursor.fetchall():
            cursor.execute(
                f"SELECT coalesce(max({column}), 0) > (SELECT last_value FROM {sequence})"  # noqa: S608 - names, quoted
                f" FROM {table}"
            )
            if cursor.fetchone()[0]:
                yield f"the sequence {sequence} would give numbers that {table} has already"
