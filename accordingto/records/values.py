"""The single values of a record: each is returned checked, or a `RecordError` names its field."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from accordingto.records.errors import RecordError
from accordingto.text.normalise import (
    GraphemeBoundaries,
    TextError,
    can_be_seen,
    in_one_form,
    normalise_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accordingto.attribution import Offsets

MAX_TEXT_LENGTH = 2_000_000
"""Longest text, in code points."""
MAX_FIELD_LENGTH = 1_000
"""Longest title, outlet, id and so on, in code points."""
MAX_ID_BYTES = 2_000
"""Longest id in UTF-8: PostgreSQL's indexes hold at most 2,704 bytes a row."""
MAX_LANGUAGE_LENGTH = 35
"""Longest language tag (RFC 5646 asks that at least this much be taken)."""

SHOWN = 100
"""Code points of a value that a refusal shows."""

_RUN = re.compile(r"\S+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ORIGIN = re.compile(r"person|model:.+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_fields(
    obj: object, path: str, known: Sequence[str], allow_unknown: bool
) -> dict[str, Any]:
    """The values given in an object; a null is the same as an absent value."""
    if not isinstance(obj, dict):
        raise RecordError("not_an_object", path)
    if not allow_unknown and (unknown := [str(key) for key in obj if key not in known]):
        raise RecordError("unknown_key", path, key=shortened(min(unknown), SHOWN))
    return {key: value for key, value in obj.items() if value is not None}


def read_text(fields: dict[str, Any]) -> tuple[str, str]:
    """The text as given and normalised."""
    raw = fields.get("text")
    if raw is None:
        raise RecordError("missing", "text")
    if not isinstance(raw, str):
        raise RecordError("not_a_string", "text")
    if len(raw) > MAX_TEXT_LENGTH:
        raise RecordError("text_too_long", "text", length=len(raw), limit=MAX_TEXT_LENGTH)
    try:
        text = normalise_text(raw)
    except TextError as error:
        raise RecordError.of_text(error, "text") from error
    if not can_be_seen(text):
        raise RecordError("empty", "text")
    return raw, text


def read_string(fields: dict[str, Any], key: str, path: str = "") -> str:
    value = fields.get(key, "")
    if value == "":  # as are most
        return ""
    path = path or key
    if not isinstance(value, str):
        raise RecordError("not_a_string", path)
    if len(value) > MAX_FIELD_LENGTH:
        raise RecordError("too_long", path, limit=MAX_FIELD_LENGTH)
    try:
        return normalise_text(value.strip()).strip()
    except TextError as error:
        raise RecordError.of_text(error, path) from error


def read_id(fields: dict[str, Any], path: str = "id") -> str:
    """An id, short enough for an index."""
    value = read_string(fields, "id", path)
    size = len(value.encode())
    if size > MAX_ID_BYTES:
        raise RecordError("id_too_long", path, size=size, limit=MAX_ID_BYTES)
    return value


def read_choice(fields: dict[str, Any], key: str, path: str, choices: Sequence[str]) -> str | None:
    value = read_string(fields, key, path) or None
    if value is not None and value not in choices:
        raise RecordError("not_a_choice", path, value=value, choices=", ".join(choices))
    return value


def read_url(fields: dict[str, Any]) -> str:
    value = read_string(fields, "url")
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise RecordError("not_a_url", "url") from error
    if value and (
        parts.scheme not in {"http", "https"} or not parts.hostname or len(value.split()) > 1
    ):
        raise RecordError("not_a_web_address", "url")
    return value


def read_language(fields: dict[str, Any]) -> str:
    value = read_string(fields, "language")
    if value and not (_LANGUAGE.fullmatch(value) and len(value) <= MAX_LANGUAGE_LENGTH):
        raise RecordError("not_a_language", "language", value=value)
    return value


def read_date(fields: dict[str, Any]) -> date | None:
    value = read_string(fields, "published_at")
    if not value:
        return None
    # fromisoformat also takes other forms of ISO 8601, which would not come out as they went in.
    if not _DATE.fullmatch(value):
        raise RecordError("not_a_date", "published_at", value=value)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise RecordError("not_a_day", "published_at", value=value) from error


def read_time(fields: dict[str, Any], path: str) -> datetime | None:
    value = read_string(fields, "reviewed_at", path)
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            raise RecordError("no_time_zone", path, value=value)
        return time.astimezone(UTC)
    except OverflowError as error:
        raise RecordError("time_out_of_range", path, value=value) from error
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError("not_a_time", path, value=value) from error


def read_list(fields: dict[str, Any], key: str, path: str) -> list[Any]:
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise RecordError("not_a_list", path)
    return value


def read_pieces(
    fields: dict[str, Any], key: str, path: str, boundaries: GraphemeBoundaries
) -> tuple[Offsets, ...]:
    """Pairs of offsets, each checked against the text and all against each other."""
    pieces: list[Offsets] = []
    for index, piece in enumerate(read_list(fields, key, path)):
        here = f"{path}[{index}]"
        # bool is a subclass of int, and no offset
        if not (
            isinstance(piece, list)
            and len(piece) in {2, 3}
            and type(piece[0]) is int
            and type(piece[1]) is int
        ):
            raise RecordError("not_a_pair", here)
        start, end, *words = piece
        check_piece(start, end, here, boundaries)
        for each in words:
            _check_words(each, boundaries.text, (start, end), f"{here}[2]")
        if pieces and start < pieces[-1][1]:
            raise RecordError("pieces_overlap", here)
        pieces.append((start, end))
    return tuple(pieces)


def _check_words(words: object, text: str, piece: Offsets, path: str) -> None:
    """Refuse words that are not the text's; the kind and length of white space do not count.

    The text is read for as long as it agrees: a short word beside a long piece costs little.
    """
    if not isinstance(words, str):
        raise RecordError("not_a_string", path)
    try:
        given = normalise_text(words).split()
    except TextError as error:
        raise RecordError.of_text(error, path) from error
    runs = (match[0] for match in _RUN.finditer(text, *piece))
    there = filter(None, (in_one_form(run) for run in runs))
    if any(one != other for one, other in zip_longest(given, there)):
        shown = shortened(normalise_text(text[slice(*piece)]), SHOWN)
        raise RecordError("other_words", path, given=shortened(words, SHOWN), there=shown)


def shortened(words: str, length: int) -> str:
    """The words with an ellipsis in the middle where they are longer than ``length``."""
    half = length // 2
    return words if len(words) <= length else f"{words[:half]} … {words[-half:]}"


def check_piece(start: int, end: int, path: str, boundaries: GraphemeBoundaries) -> None:
    if start >= end:
        raise RecordError("start_not_before_end", path, start=start, end=end)
    if start < 0 or end > boundaries.length:
        raise RecordError("outside_the_text", path, start=start, end=end, length=boundaries.length)
    for offset in (start, end):
        if offset not in boundaries:
            raise RecordError("inside_a_character", path, offset=offset)


def read_confidence(fields: dict[str, Any], path: str) -> float | None:
    value = fields.get("confidence")
    if value is None:
        return None
    if type(value) not in {int, float} or not 0 <= value <= 1:
        raise RecordError("not_a_confidence", path)
    return float(value)


def read_origin(fields: dict[str, Any], path: str) -> str:
    value = read_string(fields, "origin", path)
    if value and not _ORIGIN.fullmatch(value):
        raise RecordError("not_an_origin", path, value=value)
    return value
