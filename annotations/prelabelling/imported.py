"""Import of attributions that article records bring along, for many articles at once."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.contrib.auth.models import User

from accordingto.attribution import ROLES
from accordingto.records.article import ArticleRecord, AttributionRecord
from accordingto.text.quotation_marks import quote_type
from annotations.actions import source_registry
from annotations.actions.base import Refused
from annotations.actions.imported_sources import Named, Registered, resolve
from annotations.models import Annotation, Decision, PrelabelRun, Span
from annotations.models.state import State
from articles.clock import database_now
from articles.ingest.copying import copy_numbers, copy_rows, new_ids
from articles.models import new_key
from articles.refusals import ArticleError

UNNAMED_MODEL = "imported"
"""The model version of proposals that came without an origin."""

type Run = tuple[int, str]
"""A run stands for a model that proposed something in an article: the two, by which it is known."""


class _New(NamedTuple):
    """An annotation to be written."""

    pk: int
    article: int
    record: AttributionRecord
    run: int | None
    version: str
    quote_type: str
    source: Registered | None


_checked = lru_cache(maxsize=10_000)(source_registry.checked)


def check_attributions(record: ArticleRecord) -> None:
    """Raise ArticleError for a proposal that no machine made, and for a source that cannot be."""
    for index, each in enumerate(record.attributions):
        if each.status == "proposed" and each.origin == "person":
            raise ArticleError("proposed_by_a_person", f"attributions[{index}].status")
        if each.resolved_source is None:
            continue
        try:
            _checked(each.resolved_source.name, each.resolved_source.kind or "")
        except Refused as refused:
            path = f"attributions[{index}].resolved_source"
            raise ArticleError("source", path, reason=str(refused)) from refused


def import_attributions(
    articles: Sequence[tuple[int, ArticleRecord]], by: User | None, file: str
) -> None:
    """Store the attributions of new articles, given by their ids, as they were judged elsewhere.

    Reviewers keep their names as signed but are not taken for accounts of the same name here: the
    log says who imported them, and from which ``file`` (its name; empty if there is none). What a
    record says of where it was signed is for its readers: here it is imported. The records have
    been checked.
    """
    now = database_now()
    annotations = list(_annotations(articles, by, now))
    copy_rows(
        Annotation,
        (
            *("id", "article", "key", "status", "quote_type", "start", "confidence", "run"),
            *("resolved_source", "version", "reviewer", "reviewed_at", "flag"),
        ),
        (
            (
                *(each.pk, each.article, record.id or new_key(), record.status, each.quote_type),
                min(start for role in ROLES for start, _end in getattr(record, role)),
                *(record.confidence, each.run, each.source and each.source.pk, 1),
                *(record.reviewed_by, record.reviewed_at, ""),
            )
            for each in annotations
            for record in [each.record]
        ),
    )
    copy_numbers(
        Span,
        ("annotation", "role", "start", "end"),
        (
            f"{each.pk}\t{role}\t{start}\t{end}"
            for each in annotations
            for role in ROLES
            for start, end in getattr(each.record, role)
        ),
    )
    name = by.get_username() if by else source_registry.COMMAND_LINE
    copy_rows(
        Decision,
        ("article", "annotation", "action", "by", "by_name", "at", "after", "imported_from"),
        (
            (
                *(each.article, each.pk, Decision.Action.IMPORT.value, by and by.pk, name, now),
                *(json.dumps(_after(each)), file),
            )
            for each in annotations
        ),
    )


def _annotations(
    articles: Sequence[tuple[int, ArticleRecord]], by: User | None, now: datetime
) -> Iterator[_New]:
    all_of_them = [
        (article, record.text, each, _proposed_by(each), _named(article, each))
        for article, record in articles
        for each in record.attributions
    ]
    runs = _runs(((article, version) for article, _, _, version, _ in all_of_them if version), now)
    wanted = [named for *_rest, named in all_of_them if named]
    sources = resolve(wanted, by) if wanted else {}
    ids = new_ids(Annotation, len(all_of_them))
    for pk, (article, text, each, version, named) in zip(ids, all_of_them, strict=True):
        run = runs[article, version] if version else None
        quoted = each.quote_type or quote_type(text, each.content)
        yield _New(pk, article, each, run, version, quoted, sources[named] if named else None)


def _runs(wanted: Iterable[Run], now: datetime) -> dict[Run, int]:
    """The runs that stand for the models, one an article and model version, written."""
    found = dict.fromkeys(wanted)
    runs = dict(zip(found, new_ids(PrelabelRun, len(found)), strict=True))
    succeeded = PrelabelRun.Status.SUCCEEDED.value
    copy_rows(
        PrelabelRun,
        ("id", "article", "model_version", "status", "failure", "finished_at"),
        ((pk, article, version, succeeded, "", now) for (article, version), pk in runs.items()),
    )
    return runs


def _proposed_by(record: AttributionRecord) -> str:
    """The model version that proposed it; "" where no model did."""
    kind, _colon, version = record.origin.partition(":")
    if record.status == "proposed":
        return version or UNNAMED_MODEL
    return version if kind == "model" else ""


def _named(article: int, record: AttributionRecord) -> Named | None:
    """The source that the record names, as the registry writes it."""
    if record.resolved_source is None:
        return None
    name, kind = record.resolved_source.name, record.resolved_source.kind or ""
    return Named(*_checked(name, kind), article)


def _after(new: _New) -> State:
    """The annotation's state (``annotations.models.state.state_of``), and beside it what only a
    file can say of a signature.
    """
    record = new.record
    state: State = {
        "version": 1,
        "status": record.status,
        "quote_type": new.quote_type,
        "confidence": record.confidence,
        "run": new.run,
        "model_version": new.version or None,
        "reviewed_by": None,
        "reviewer": record.reviewed_by,
        "reviewed_at": record.reviewed_at and record.reviewed_at.isoformat(),
        "flag": "",
        "resolved_source": new.source and new.source.pk,
        "source_name": new.source and new.source.name,
        **{role: getattr(record, role) for role in ROLES},
    }
    if record.approved_in_batch:
        state["approved_in_batch"] = record.approved_in_batch
    return state
