"""How records are written: Article JSONL, and CSV with a line an attribution."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter

import regex

from accordingto.attribution import Offsets
from accordingto.records.article import (
    ArticleRecord,
    AttributionRecord,
    SignedHere,
    SignedImported,
    serialise,
)
from accordingto.records.values import shortened

CSV_COLUMNS = (
    "article_id", "title", "outlet", "url", "author", "published_at",
    "attribution_id", "source", "cue", "content", "quote_type", "sentence",
    "source_offsets", "cue_offsets", "content_offsets",
    "resolved_source", "resolved_source_kind", "origin", "confidence",
    "reviewed_by", "reviewed_at",
    "signed", "account_id", "decision_id", "imported_by", "imported_from", "approved_in_batch",
)  # fmt: skip
NUMBERS = {"account_id", "decision_id", "confidence", "approved_in_batch"}
"""The columns that hold nothing but a number of ours."""
SHOWN = 10_000
"""Code points of the sentences that a line shows, without their middle where they are longer: each
attribution of a text that has no end of a sentence would repeat the text."""
BETWEEN_PIECES = " […] "

# What spreadsheets run as a formula or a command, or split a cell at; in full-width and small forms
# too, and after what they skip.
DANGEROUS = regex.compile(r"[\t\r\n]|[\p{Z}\p{C}]*[=+\-@＝＋－＠﹦﹢﹣﹫;|%]")
MARK = "'"


def jsonl_lines(records: Iterable[ArticleRecord]) -> Iterator[str]:
    """The records as Article JSONL."""
    for record in records:
        yield serialise(record) + "\n"


def csv_lines(records: Iterable[ArticleRecord]) -> Iterator[str]:
    """A line an attribution, after a byte order mark (Excel takes UTF-8 for Latin-1 without).

    Every cell is quoted. One that a spreadsheet might run as a formula gets an apostrophe before
    it, and so does one that begins with an apostrophe: take one off each that has one, and all are
    as they were.
    """
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow(CSV_COLUMNS)
    for record in records:
        for attribution in record.attributions:
            row = zip(CSV_COLUMNS, _row(record, attribution), strict=True)
            yield writer.writerow(cell if name in NUMBERS else _safe(cell) for name, cell in row)


FORMATS: dict[str, tuple[Callable[[Iterable[ArticleRecord]], Iterator[str]], str]] = {
    "jsonl": (jsonl_lines, "application/jsonl; charset=utf-8"),
    "csv": (csv_lines, "text/csv; charset=utf-8"),
}
"""Writer and media type of each format."""


class _Line:
    """A file for csv.writer that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _row(record: ArticleRecord, attribution: AttributionRecord) -> tuple[str, ...]:
    resolved = attribution.resolved_source
    reviewed_at = attribution.reviewed_at
    confidence = attribution.confidence
    return (
        record.id,
        record.title,
        record.outlet,
        record.url,
        record.author,
        record.published_at.isoformat() if record.published_at else "",
        attribution.id,
        _quoted(record.text, attribution.source),
        _quoted(record.text, attribution.cue),
        _quoted(record.text, attribution.content),
        attribution.quote_type or "",
        _sentence(record, attribution),
        _offsets(attribution.source),
        _offsets(attribution.cue),
        _offsets(attribution.content),
        resolved.name if resolved else "",
        (resolved.kind or "") if resolved else "",
        attribution.origin,
        "" if confidence is None else str(confidence),
        attribution.reviewed_by,
        reviewed_at.isoformat() if reviewed_at else "",
        *_signed(attribution.signed),
        str(attribution.approved_in_batch or ""),
    )


def _signed(signed: SignedHere | SignedImported | None) -> tuple[str, str, str, str, str]:
    match signed:
        case SignedHere(account, decision):
            return "here", str(account), str(decision), "", ""
        case SignedImported(by, source_file):
            return "imported", "", "", by, source_file
    return "", "", "", "", ""


def _quoted(text: str, pieces: tuple[Offsets, ...]) -> str:
    return BETWEEN_PIECES.join(text[start:end] for start, end in pieces)


def _offsets(pieces: tuple[Offsets, ...]) -> str:
    return ";".join(f"{start}-{end}" for start, end in pieces)


def _sentence(record: ArticleRecord, attribution: AttributionRecord) -> str:
    """The sentences that the attribution stands in, from its first to its last span."""
    pieces = (*attribution.source, *attribution.cue, *attribution.content)
    first, last = min(s for s, _e in pieces), max(e for _s, e in pieces)
    begin = bisect_right(record.sentences, first, key=itemgetter(1))
    end = bisect_left(record.sentences, last, key=itemgetter(0))
    if begin >= end:
        return ""
    return shortened(record.text[record.sentences[begin][0] : record.sentences[end - 1][1]], SHOWN)


def _safe(cell: str) -> str:
    return MARK + cell if cell.startswith(MARK) or DANGEROUS.match(cell) else cell
