"""Imports: a person brings a file in, and a worker checks it and writes its articles.

The worker may be stopped at any moment. What it wrote is committed batch by batch, each with the
line it came to, and whoever takes the import up goes on from there. Every step is taken only if the
import is still where this worker found it: one that was taken for dead and comes back does nothing.
"""

import logging
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accordingto.records.article import RecordError
from annotations.queue.checking import refusals
from annotations.queue.intake import Outcome, Stored, batches, store
from articles.ingest.spool import CHUNK, keep, kept
from articles.ingest.store import check_may_add
from articles.models import UNDER_WAY, Import, ImportedLine, ImportOutcome, ImportState
from articles.readers.formats import read_articles
from articles.refusals import as_json

logger = logging.getLogger(__name__)

REMEMBERED = 1000
"""So many lines of each outcome are kept for the person to read; the others are counted."""


class TakenUp(Exception):  # noqa: N818 - it is no error
    """Another worker took the import up, or it has ended."""


def file_name(name: str) -> str:
    """A file's name as it is kept: without its folder, and without bytes that are no text."""
    return PurePath(name).name.encode(errors="replace").decode()[:1000]


def receive(file: "UploadedFile[Any]", by: User, *, partial: bool) -> Import:
    """Keep an uploaded file, to be imported by a worker. Raise PermissionDenied."""
    check_may_add(by)
    upload = Import.objects.create(
        name=file_name(file.name or ""), by=by, partial=partial, size=file.size or 0
    )
    keep(upload, file.chunks(CHUNK))
    return upload


def run(import_id: int) -> None:
    """Do what is left to do of an import; nothing if it has ended or another worker has it."""
    upload = Import.objects.select_related("by").filter(pk=import_id, state__in=UNDER_WAY).first()
    if upload is None:
        return
    try:
        if upload.state == ImportState.WAITING:
            first = ImportState.WRITING if upload.partial else ImportState.CHECKING
            _move(upload, state=first)
        if upload.state == ImportState.CHECKING and not _is_good(upload):
            return
        _write(upload)
    except TakenUp:
        logger.warning("Import %s was taken up by another worker", import_id)


def fail(import_id: int, reason: str) -> None:
    """Give the import up, with the reason for people to read; what it added stays."""
    with transaction.atomic():
        upload = Import.objects.select_for_update().filter(pk=import_id, state__in=UNDER_WAY)
        for each in upload:
            _end(each, ImportState.FAILED, failure=reason)


def _is_good(upload: Import) -> bool:
    """Check the whole file; an import with anything refused ends here, and nothing is written."""
    count = 0
    remembered: list[Outcome] = []
    with kept(upload) as file:
        for found in refusals(read_articles(file, upload.name), upload.by):
            count += len(found)
            remembered += found[: REMEMBERED - len(remembered)]
            _move(upload, read=file.tell())
    if not count:
        _move(upload, state=ImportState.WRITING, read=0)
        return True
    with transaction.atomic():
        _remember(upload, remembered)
        _end(upload, ImportState.REFUSED, refused=count)
    return False


def _write(upload: Import) -> None:
    with kept(upload) as file, batches(read_articles(file, upload.name, upload.line)) as read:
        for lines in read:
            with transaction.atomic():
                # Before the articles, so that one worker waits here for the other's commit.
                if not _as_found(upload).select_for_update():
                    raise TakenUp
                outcomes = store(lines, upload.by, upload.name)
                _remember(upload, outcomes)
                counts = {name: getattr(upload, name) for name in ImportOutcome.values}
                for _line, outcome in outcomes:
                    counts[_name(outcome)] += 1
                _move(upload, line=lines[-1][0], read=file.tell(), attempts=0, **counts)
    with transaction.atomic():
        _end(upload, ImportState.DONE)


def _as_found(upload: Import) -> QuerySet[Import]:
    return Import.objects.filter(pk=upload.pk, state=upload.state, line=upload.line)


def _move(upload: Import, **changes: Any) -> None:
    """Write how far the import is. Raise TakenUp if it is no longer where this worker found it."""
    if not _as_found(upload).update(**changes):
        raise TakenUp
    for name, value in changes.items():
        setattr(upload, name, value)


def _end(upload: Import, state: ImportState, **changes: Any) -> None:
    _move(upload, state=state, ended_at=Now(), **changes)
    upload.chunks.all().delete()


def _remember(upload: Import, outcomes: Iterable[Outcome]) -> None:
    """Keep what became of these lines, as far as there is room; called before they are counted."""
    room = {name: REMEMBERED - getattr(upload, name) for name in ImportOutcome.values}
    rows = []
    for line, outcome in outcomes:
        name = _name(outcome)
        room[name] -= 1
        if room[name] < 0:
            continue
        if isinstance(outcome, RecordError):
            rows.append(ImportedLine(line=line, outcome=name, reason=as_json(outcome)))
        else:
            article, left_out = outcome.article.pk, outcome.left_out
            rows.append(
                ImportedLine(line=line, outcome=name, article_id=article, left_out=left_out)
            )
    for row in rows:
        row.of = upload
    ImportedLine.objects.bulk_create(rows)


def _name(outcome: Stored | RecordError) -> ImportOutcome:
    if isinstance(outcome, RecordError):
        return ImportOutcome.REFUSED
    return ImportOutcome.ADDED if outcome.added else ImportOutcome.KNOWN
