"""What our logs never hold: the rows and values that the database names in its errors."""

import logging

import psycopg
from django.db import Error


class WithoutRows(logging.Filter):
    """Let every record through, but with errors of the database by their first line.

    The rest of what PostgreSQL says of an error (DETAIL, CONTEXT) has the row it is about, and with
    it an article's text.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_brief(each) for each in record.args)
        if record.exc_info and record.exc_info[1]:
            text = logging.Formatter().formatException(record.exc_info)
            for error in _chain(record.exc_info[1]):
                text = text.replace(str(error), str(_brief(error)))
            record.exc_text = text
        return True


def _brief(value: object) -> object:
    if isinstance(value, Error | psycopg.Error):
        return next(iter(str(value).splitlines()), "")
    return value


def _chain(error: BaseException) -> list[BaseException]:
    """The error and those it came from, the longest words first."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is not None and each not in found:
            found.append(each)
            left += [each.__cause__, each.__context__]
    return sorted(found, key=lambda each: len(str(each)), reverse=True)
