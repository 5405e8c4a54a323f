"""Errors for people and programs: words in English, and a code by which others are found."""

from collections.abc import Mapping
from typing import ClassVar


class CodedError(ValueError):
    """An error that a program can word itself, in another language say.

    ``code`` says what is wrong, and ``params`` with which values; ``reason`` says it in English.
    """

    messages: ClassVar[Mapping[str, object]] = {}
    """The words of every code, for %-formatting with the params."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    @property
    def reason(self) -> str:
        """What is wrong, in English."""
        return str(self.messages[self.code]) % self.params

    def __str__(self) -> str:
        return self.reason
