"""Keeps the secrets of one-time links out of the server's own log."""

import logging
import re

LINK = re.compile(r"(/link/)[^/?\s\"']+")


class WithoutSecrets(logging.Formatter):
    """Writes no more of a one-time link than that it is one, in tracebacks neither."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub(r"\1…", super().format(record))
