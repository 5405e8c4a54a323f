"""Article JSONL: one article with its attributions a line, the same for import, export and batch.

`parse_record` is strict: what it returns can be stored as it is, and
`serialise` writes it back so that parsing again gives an equal record and the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Literal, cast, get_args

from accordingto.records.errors import RecordError
from accordingto.records.jsonl import read_lines
from accordingto.records.limits import check_attributions, check_number, check_sentences
from accordingto.records.values import (
    MAX_FIELD_LENGTH,
    MAX_TEXT_LENGTH,
    check_piece,
    read_choice,
    read_confidence,
    read_date,
    read_fields,
    read_id,
    read_language,
    read_list,
    read_origin,
    read_pieces,
    read_string,
    read_text,
    read_time,
    read_url,
)
from accordingto.text.normalise import GraphemeBoundaries, TextError, map_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from accordingto.attribution import Offsets, QuoteType

__all__ = [
    "MAX_FIELD_LENGTH",
    "MAX_TEXT_LENGTH",
    "ArticleRecord",
    "AttributionRecord",
    "RecordError",
    "ResolvedSource",
    "SignedHere",
    "SignedImported",
    "parse_record",
    "read_records",
    "serialise",
]

SCHEMA = "accordingto/1"
SourceKind = Literal["person", "organisation", "media outlet", "document", "anonymous"]
Status = Literal["proposed", "approved", "rejected"]

STATUSES = get_args(Status)
SOURCE_KINDS = get_args(SourceKind)
QUOTE_TYPES = ("direct", "indirect", "mixed")
ARTICLE_KEYS = (
    "schema",
    "id",
    "title",
    "outlet",
    "url",
    "author",
    "published_at",
    "language",
    "text",
    "sentences",
    "attributions",
)
ATTRIBUTION_KEYS = (
    "id",
    "source",
    "cue",
    "content",
    "quote_type",
    "resolved_source",
    "status",
    "confidence",
    "origin",
    "reviewed_by",
    "reviewed_at",
    "signed",
    "approved_in_batch",
)
MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ResolvedSource:
    """Who a source really is."""

    name: str
    kind: SourceKind | None = None


@dataclass(frozen=True, slots=True)
class SignedHere:
    """The signature was given in the installation that wrote the record: by which of its accounts,
    and the id of the decision that gave it.
    """

    account: int
    decision: int


@dataclass(frozen=True, slots=True)
class SignedImported:
    """The signature came in with a file: who brought it in, and the file's name if it is known."""

    by: str
    source_file: str = ""


@dataclass(frozen=True, slots=True)
class AttributionRecord:
    """One attribution: pieces of each role in text order, and what is known about it.

    A text that is absent is "", anything else that is absent is None. ``reviewed_at`` is in UTC.
    ``approved_in_batch`` is the number of attributions that were approved at once, this one among
    them: nobody need have read each of them.
    """

    source: tuple[Offsets, ...] = ()
    cue: tuple[Offsets, ...] = ()
    content: tuple[Offsets, ...] = ()
    id: str = ""
    quote_type: QuoteType | None = None
    resolved_source: ResolvedSource | None = None
    status: Status = "proposed"
    confidence: float | None = None
    origin: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    signed: SignedHere | SignedImported | None = None
    approved_in_batch: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """One article. Offsets are code points of ``text``, which is normalised, end exclusive.

    A text that is absent is "", anything else that is absent is None or empty.
    """

    text: str
    id: str = ""
    title: str = ""
    outlet: str = ""
    url: str = ""
    author: str = ""
    published_at: date | None = None
    language: str = ""
    sentences: tuple[Offsets, ...] = ()
    attributions: tuple[AttributionRecord, ...] = ()


def parse_record(obj: object, *, allow_unknown: bool = False) -> ArticleRecord:
    """The article in a decoded JSON object, with its text normalised and its offsets moved along.

    Unknown keys are refused unless ``allow_unknown``. Raises `RecordError`.
    """
    fields = read_fields(obj, "", ARTICLE_KEYS, allow_unknown)
    if fields.get("schema", SCHEMA) != SCHEMA:
        raise RecordError("other_schema", "schema", schema=SCHEMA)
    raw, text = read_text(fields)
    given = read_list(fields, "attributions", "attributions")
    check_number(len(given))
    boundaries = GraphemeBoundaries(raw)
    record = ArticleRecord(
        text=raw,
        id=read_id(fields),
        title=read_string(fields, "title"),
        outlet=read_string(fields, "outlet"),
        url=read_url(fields),
        author=read_string(fields, "author"),
        published_at=read_date(fields),
        language=read_language(fields),
        sentences=read_pieces(fields, "sentences", "sentences", boundaries),
        attributions=tuple(
            _attribution(attribution, f"attributions[{index}]", boundaries, allow_unknown)
            for index, attribution in enumerate(given)
        ),
    )
    check_sentences(len(record.sentences))
    check_attributions(record.attributions)
    seen: set[str] = set()
    for index, attribution in enumerate(record.attributions):
        if attribution.id and attribution.id in seen:
            raise RecordError("id_twice", f"attributions[{index}].id", id=attribution.id)
        seen.add(attribution.id)
    return record if text == raw else _moved(record, text)


def serialise(record: ArticleRecord) -> str:
    """The record as one line of JSON without its line feed: keys in order, absent values left out.

    The three roles of an attribution are always written: an empty source says that there is none.
    """
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "id": record.id,
        "title": record.title,
        "outlet": record.outlet,
        "url": record.url,
        "author": record.author,
        "published_at": record.published_at and record.published_at.isoformat(),
        "language": record.language,
        "text": record.text,
        "sentences": record.sentences,
        "attributions": [_attribution_values(attribution) for attribution in record.attributions],
    }
    return json.dumps(_present(values), ensure_ascii=False)


def _attribution_values(attribution: AttributionRecord) -> dict[str, Any]:
    resolved = attribution.resolved_source
    values: dict[str, Any] = {
        "quote_type": attribution.quote_type,
        "resolved_source": resolved and _present({"name": resolved.name, "kind": resolved.kind}),
        "status": attribution.status,
        "confidence": attribution.confidence,
        "origin": attribution.origin,
        "reviewed_by": attribution.reviewed_by,
        "reviewed_at": attribution.reviewed_at and attribution.reviewed_at.isoformat(),
        "signed": _signed_values(attribution.signed),
        "approved_in_batch": attribution.approved_in_batch,
    }
    return (
        _present({"id": attribution.id})
        | {"source": attribution.source, "cue": attribution.cue, "content": attribution.content}
        | _present(values)
    )


def _signed_values(signed: SignedHere | SignedImported | None) -> dict[str, Any] | None:
    match signed:
        case SignedHere(account, decision):
            return {"here": {"account": account, "decision": decision}}
        case SignedImported(by, source_file):
            return {"imported": _present({"by": by, "from": source_file})}
    return None


def _present(values: dict[str, Any]) -> dict[str, Any]:
    absent: tuple[object, ...] = (None, "", (), [])
    return {key: value for key, value in values.items() if value not in absent}


def read_records(
    source: Path | IO[bytes], *, allow_unknown: bool = False, after: int = 0
) -> Iterator[tuple[int, ArticleRecord | RecordError]]:
    """Each line's number, from 1, and the article on it or why it was refused. See `read_lines`."""
    for number, line in read_lines(source, after=after):
        if isinstance(line, RecordError):
            yield number, line
            continue
        try:
            yield number, parse_record(line, allow_unknown=allow_unknown)
        except RecordError as error:
            yield number, error


def _attribution(
    obj: object, path: str, boundaries: GraphemeBoundaries, allow_unknown: bool
) -> AttributionRecord:
    fields = read_fields(obj, path, ATTRIBUTION_KEYS, allow_unknown)
    record = AttributionRecord(
        source=read_pieces(fields, "source", f"{path}.source", boundaries),
        cue=read_pieces(fields, "cue", f"{path}.cue", boundaries),
        content=read_pieces(fields, "content", f"{path}.content", boundaries),
        id=read_id(fields, f"{path}.id"),
        quote_type=cast(
            "QuoteType | None", read_choice(fields, "quote_type", f"{path}.quote_type", QUOTE_TYPES)
        ),
        resolved_source=_resolved(fields, f"{path}.resolved_source", allow_unknown),
        status=cast(
            "Status", read_choice(fields, "status", f"{path}.status", STATUSES) or "proposed"
        ),
        confidence=read_confidence(fields, f"{path}.confidence"),
        origin=read_origin(fields, f"{path}.origin"),
        reviewed_by=read_string(fields, "reviewed_by", f"{path}.reviewed_by"),
        reviewed_at=read_time(fields, f"{path}.reviewed_at"),
        signed=_signed(fields, f"{path}.signed", allow_unknown),
        approved_in_batch=_number(
            fields, "approved_in_batch", f"{path}.approved_in_batch", least=2
        ),
    )
    if not (record.cue or record.content):
        raise RecordError("neither_cue_nor_content", path)
    for key in ("reviewed_by", "reviewed_at"):
        if record.status == "proposed" and getattr(record, key):
            raise RecordError("only_proposed", f"{path}.{key}")
        if record.status != "proposed" and not getattr(record, key):
            raise RecordError("missing_for_status", f"{path}.{key}", status=record.status)
    if record.signed and record.status == "proposed":
        raise RecordError("only_proposed", f"{path}.signed")
    if record.approved_in_batch and record.status != "approved":
        raise RecordError("not_for_status", f"{path}.approved_in_batch", status=record.status)
    return record


def _signed(
    fields: dict[str, Any], path: str, allow_unknown: bool
) -> SignedHere | SignedImported | None:
    if "signed" not in fields:
        return None
    values = read_fields(fields["signed"], path, ("here", "imported"), allow_unknown)
    if len(values.keys() & {"here", "imported"}) != 1:
        raise RecordError("not_one_signature", path)
    if "here" in values:
        path = f"{path}.here"
        here = read_fields(values["here"], path, ("account", "decision"), allow_unknown)
        account = _number(here, "account", f"{path}.account", least=1)
        decision = _number(here, "decision", f"{path}.decision", least=1)
        if account is None or decision is None:
            raise RecordError("no_account_or_decision", path)
        return SignedHere(account, decision)
    path = f"{path}.imported"
    imported = read_fields(values["imported"], path, ("by", "from"), allow_unknown)
    by = read_string(imported, "by", f"{path}.by")
    if not by:
        raise RecordError("missing", f"{path}.by")
    return SignedImported(by, read_string(imported, "from", f"{path}.from"))


def _number(fields: dict[str, Any], key: str, path: str, *, least: int) -> int | None:
    value = fields.get(key)
    # bool is a subclass of int, and no number
    if value is not None and not (type(value) is int and least <= value <= MAX_NUMBER):
        raise RecordError("not_a_whole_number", path, least=least)
    return value


def _resolved(fields: dict[str, Any], path: str, allow_unknown: bool) -> ResolvedSource | None:
    if "resolved_source" not in fields:
        return None
    values = read_fields(fields["resolved_source"], path, ("name", "kind"), allow_unknown)
    name = read_string(values, "name", f"{path}.name")
    if not name:
        raise RecordError("missing", f"{path}.name")
    kind = read_choice(values, "kind", f"{path}.kind", SOURCE_KINDS)
    return ResolvedSource(name, cast("SourceKind | None", kind))


def _moved(record: ArticleRecord, text: str) -> ArticleRecord:
    """The record on its normalised text. Its offsets are known to lie between characters."""
    pieces = [*record.sentences]
    for attribution in record.attributions:
        pieces += [*attribution.source, *attribution.cue, *attribution.content]
    try:
        mapping = map_offsets(record.text, text, (offset for piece in pieces for offset in piece))
    except TextError as error:
        raise RecordError.of_text(error) from error
    boundaries = GraphemeBoundaries(text)

    def moved(pieces: Sequence[Offsets], path: str) -> tuple[Offsets, ...]:
        out = tuple((mapping[start], mapping[end]) for start, end in pieces)
        for index, (start, end) in enumerate(out):
            check_piece(start, end, f"{path}[{index}]", boundaries)
        return out

    return replace(
        record,
        text=text,
        sentences=moved(record.sentences, "sentences"),
        attributions=tuple(
            replace(
                attribution,
                source=moved(attribution.source, f"attributions[{index}].source"),
                cue=moved(attribution.cue, f"attributions[{index}].cue"),
                content=moved(attribution.content, f"attributions[{index}].content"),
            )
            for index, attribution in enumerate(record.attributions)
        ),
    )
