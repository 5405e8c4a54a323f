"""The job of an import, and its queueing."""

import logging
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from annotations.prelabelling.tasks import MAX_DEATHS, has_job, patiently
from annotations.queue import importing
from articles.models import UNDER_WAY, Import
from articles.outages import TRANSIENT

logger = logging.getLogger(__name__)

BEFORE_ARTICLES = 10
"""Somebody waits for an import, while hundreds of articles may wait for the pre-labeller."""


def receive(file: "UploadedFile[Any]", by: User, *, partial: bool) -> Import:
    """Keep an uploaded file and have a worker import it. Raise PermissionDenied."""
    with transaction.atomic():
        upload = importing.receive(file, by, partial=partial)
        _enqueue(upload)
    return upload


@app.task(name="import", queue="import", priority=BEFORE_ARTICLES)
def import_file(import_id: int) -> None:
    """Import one file; wait for a database that is away for a moment."""
    Import.objects.filter(pk=import_id).update(attempts=F("attempts") + 1)
    died = Import.objects.filter(pk=import_id, attempts__gt=MAX_DEATHS, state__in=UNDER_WAY)
    if (upload := died.first()) is not None:
        importing.fail(
            import_id,
            _("The worker died %(times)d times after line %(line)d.")
            % {"times": MAX_DEATHS, "line": upload.line},
        )
        return
    try:
        patiently(lambda: importing.run(import_id), f"Import {import_id}")
    except TRANSIENT:
        raise
    except Exception as error:
        logger.exception("Import %s failed", import_id)
        # An error of the database goes on with the row it is about.
        importing.fail(import_id, f"{type(error).__name__}: {error}".splitlines()[0])
        raise


def resume_imports() -> int:
    """Enqueue again the imports under way that have no job; return how many."""
    stranded = Import.objects.filter(~has_job(import_file.name, "import_id"), state__in=UNDER_WAY)
    with transaction.atomic():
        # Whoever else looks just now has the lock, and enqueues it.
        uploads = list(stranded.select_for_update(skip_locked=True))
        for upload in uploads:
            _enqueue(upload)
            logger.warning("Import %s waited without a job and is enqueued again", upload.pk)
    return len(uploads)


def _enqueue(upload: Import) -> None:
    import_file.configure(lock=f"import-{upload.pk}").defer(import_id=upload.pk)
