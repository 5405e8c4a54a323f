"""Why an article is not taken in, in words that can be translated.

The library says why in English, with a code and its params; here each code has its words for the
site, and the site its own reasons beside them.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accordingto.records.errors import RecordError
from accordingto.records.values import shortened

MAX_VALUE = 300
"""Code points that are told of a wrong value, of which a line may have millions."""

REASONS = {
    "surrogate": _("half of a surrogate pair at character %(position)d"),
    "marks": _("more than %(limit)d combining marks in a row at character %(position)d"),
    "cluster": _("more than %(limit)d code points in one character at character %(position)d"),
    "offset_outside": _("offset %(offset)d is outside the text of %(length)d characters"),
    "offset_inside": _("offset %(offset)d is inside a group of characters that belong together"),
    "line_too_long": _("the line is longer than %(limit)d bytes"),
    "too_many_lines": _("the file has more than %(limit)d lines"),
    "expands_too_far": _("the gzip stream expands to more than %(limit)d times its size"),
    "too_large_expanded": _("the gzip stream expands to more than %(limit)d bytes"),
    "broken_gzip": _("the gzip stream is broken: %(detail)s"),
    "invalid_utf8": _("invalid UTF-8 at byte %(position)d of the line"),
    "invalid_json": _("is not JSON: %(detail)s at character %(position)d of the line"),
    "not_a_json_number": _("is not JSON: %(name)s is no number"),
    "too_many_digits": _("has a number with too many digits"),
    "nested_too_deeply": _("is nested too deeply"),
    "key_twice": _("key %(key)r is given twice"),
    "not_an_object": _("must be a JSON object"),
    "not_a_list": _("must be a list"),
    "not_a_string": _("must be a string"),
    "not_a_whole_number": _("must be a whole number of at least %(least)d"),
    "not_a_choice": _("%(value)r is not one of %(choices)s"),
    "unknown_key": _("unknown key %(key)r"),
    "missing": _("is missing"),
    "empty": _("is empty"),
    "too_long": _("is longer than %(limit)d characters"),
    "other_schema": _("is not %(schema)r"),
    "text_too_long": _("has %(length)d characters, the longest text has %(limit)d"),
    "id_too_long": _("has %(size)d bytes as UTF-8, the longest id has %(limit)d"),
    "id_twice": _("%(id)r is used twice"),
    "not_a_url": _("is not a URL"),
    "not_a_web_address": _("is not an http or https URL"),
    "not_a_language": _("%(value)r is not a language tag such as en or pt-BR"),
    "not_a_date": _("%(value)r is not a date such as 2026-01-31"),
    "not_a_day": _("%(value)r is not a day of the calendar"),
    "not_a_pair": _("must be a pair of whole numbers"),
    "start_not_before_end": _("start %(start)d is not before end %(end)d"),
    "outside_the_text": _("%(start)d-%(end)d is outside the text of %(length)d characters"),
    "inside_a_character": _("offset %(offset)d is inside a character of several parts"),
    "pieces_overlap": _("begins before the one before it ends"),
    "other_words": _("is %(given)r, and the text has %(there)r there"),
    "too_many_attributions": _("has %(count)d attributions, an article has at most %(limit)d"),
    "too_many_pieces": _("has %(count)d pieces, a role has at most %(limit)d"),
    "too_many_pieces_in_all": _("have more than %(limit)d pieces in all"),
    "too_many_over_a_place": _(
        "is one of more than %(limit)d pieces that lie over character %(offset)d"
    ),
    "too_many_sentences": _("has %(count)d sentences, an article has at most %(limit)d"),
    "neither_cue_nor_content": _("has neither cue nor content"),
    "not_a_confidence": _("must be a number from 0 to 1"),
    "not_an_origin": _("%(value)r is neither 'person' nor 'model:' and a version"),
    "not_a_time": _("%(value)r is not a time such as 2026-01-31T09:30:00Z"),
    "no_time_zone": _("%(value)r has no time zone"),
    "time_out_of_range": _("%(value)r is out of range"),
    "only_proposed": _("is given, but the attribution is only proposed"),
    "not_for_status": _("is given, but the attribution is %(status)s"),
    "missing_for_status": _("is missing, and the attribution is %(status)s"),
    "not_one_signature": _("is neither 'here' nor 'imported', or both"),
    "no_account_or_decision": _("has no account or no decision"),
    "unwritable": _("an unknown key has a value that cannot be written again"),
}
"""The words of the library's codes."""


class ArticleError(RecordError):
    """An article that the site refuses though the library does not, or a file it cannot read."""

    messages = {
        "unknown_format": _("the format of %(name)r is not one of %(formats)s"),
        "not_gzip": _("is not a complete gzip file: %(detail)s"),
        "not_utf8": _("is not UTF-8 at byte %(position)d"),
        "id_of_another": _("“%(id)s” is the id of another article"),
        "against_a_rule": _("the database refuses it by its rule “%(rule)s”"),
        "proposed_by_a_person": _(
            "only a machine proposes; a person's attribution is approved or rejected"
        ),
        # A name or a kind that the registry of sources does not take; it says why itself.
        "source": "%(reason)s",
    }


def worded(error: RecordError) -> str:
    """Say in the reader's language why an article was refused, and which field is wrong."""
    messages = error.messages if isinstance(error, ArticleError) else REASONS
    reason = str(messages[error.code]) % _params(error)
    return f"{error.field}: {reason}" if error.field else reason


def as_json(error: RecordError) -> dict[str, Any]:
    """The error as it can be kept, and worded for whoever reads it later."""
    own = isinstance(error, ArticleError)
    return {"own": own, "code": error.code, "field": error.field, "params": _params(error)}


def from_json(kept: dict[str, Any]) -> RecordError:
    """The error that was kept."""
    kind = ArticleError if kept["own"] else RecordError
    return kind(kept["code"], kept["field"], **kept["params"])


def _params(error: RecordError) -> dict[str, object]:
    """The error's values; what the file has in such a place may be long, or no text at all."""
    return {
        name: _plain(value) if isinstance(value, str) else value
        for name, value in error.params.items()
    }


def _plain(value: str) -> str:
    """The value so short that it can be told, without what PostgreSQL keeps in no text."""
    value = shortened(value, MAX_VALUE)
    return value.replace("\0", "\ufffd").encode(errors="replace").decode()
