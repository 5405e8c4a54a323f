"""Why a record is not taken in."""

from __future__ import annotations

from typing import Self

from accordingto.errors import CodedError
from accordingto.text.normalise import TextError


class RecordError(CodedError):
    """A record, or a line of a file, that is not taken in: why, and which field is wrong.

    ``field`` is a path as in ``attributions[2].cue``; it is empty when the whole is wrong.
    """

    messages = {
        **TextError.messages,
        # lines
        "line_too_long": "the line is longer than %(limit)d bytes",
        "too_many_lines": "the file has more than %(limit)d lines",
        "expands_too_far": "the gzip stream expands to more than %(limit)d times its size",
        "too_large_expanded": "the gzip stream expands to more than %(limit)d bytes",
        "broken_gzip": "the gzip stream is broken: %(detail)s",
        "invalid_utf8": "invalid UTF-8 at byte %(position)d of the line",
        "invalid_json": "is not JSON: %(detail)s at character %(position)d of the line",
        "not_a_json_number": "is not JSON: %(name)s is no number",
        "too_many_digits": "has a number with too many digits",
        "nested_too_deeply": "is nested too deeply",
        "key_twice": "key %(key)r is given twice",
        # values of any field
        "not_an_object": "must be a JSON object",
        "not_a_list": "must be a list",
        "not_a_string": "must be a string",
        "not_a_whole_number": "must be a whole number of at least %(least)d",
        "not_a_choice": "%(value)r is not one of %(choices)s",
        "unknown_key": "unknown key %(key)r",
        "missing": "is missing",
        "empty": "is empty",
        "too_long": "is longer than %(limit)d characters",
        # an article
        "other_schema": "is not %(schema)r",
        "text_too_long": "has %(length)d characters, the longest text has %(limit)d",
        "id_too_long": "has %(size)d bytes as UTF-8, the longest id has %(limit)d",
        "id_twice": "%(id)r is used twice",
        "not_a_url": "is not a URL",
        "not_a_web_address": "is not an http or https URL",
        "not_a_language": "%(value)r is not a language tag such as en or pt-BR",
        "not_a_date": "%(value)r is not a date such as 2026-01-31",
        "not_a_day": "%(value)r is not a day of the calendar",
        # pieces of the text
        "not_a_pair": "must be a pair of whole numbers",
        "start_not_before_end": "start %(start)d is not before end %(end)d",
        "outside_the_text": "%(start)d-%(end)d is outside the text of %(length)d characters",
        "inside_a_character": "offset %(offset)d is inside a character of several parts",
        "pieces_overlap": "begins before the one before it ends",
        "other_words": "is %(given)r, and the text has %(there)r there",
        # an attribution
        "too_many_attributions": "has %(count)d attributions, an article has at most %(limit)d",
        "too_many_pieces": "has %(count)d pieces, a role has at most %(limit)d",
        "too_many_pieces_in_all": "have more than %(limit)d pieces in all",
        "too_many_over_a_place": (
            "is one of more than %(limit)d pieces that lie over character %(offset)d"
        ),
        "too_many_sentences": "has %(count)d sentences, an article has at most %(limit)d",
        "neither_cue_nor_content": "has neither cue nor content",
        "not_a_confidence": "must be a number from 0 to 1",
        "not_an_origin": "%(value)r is neither 'person' nor 'model:' and a version",
        "not_a_time": "%(value)r is not a time such as 2026-01-31T09:30:00Z",
        "no_time_zone": "%(value)r has no time zone",
        "time_out_of_range": "%(value)r is out of range",
        "only_proposed": "is given, but the attribution is only proposed",
        "not_for_status": "is given, but the attribution is %(status)s",
        "missing_for_status": "is missing, and the attribution is %(status)s",
        "not_one_signature": "is neither 'here' nor 'imported', or both",
        "no_account_or_decision": "has no account or no decision",
        # what is written again
        "unwritable": "an unknown key has a value that cannot be written again",
    }

    def __init__(self, code: str, field: str = "", **params: object) -> None:
        super().__init__(code, **params)
        self.field = field

    @classmethod
    def of_text(cls, error: TextError, field: str = "") -> Self:
        """The error of a text as that of the field that has the text."""
        return cls(error.code, field, **error.params)

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason
