"""Adding articles: one at once, a file of many by an import."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.contrib import messages
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accordingto.records.article import RecordError
from annotations.htmx import HtmxRequest
from annotations.permissions import may_add
from annotations.prelabelling.tasks import worker_is_alive
from annotations.queue.forms import IngestForm
from annotations.queue.importing import file_name
from annotations.queue.intake import Stored, store
from annotations.queue.tasks import receive
from articles.models import Import, ImportedLine, ImportOutcome, ImportState
from articles.readers.formats import holds_many, read_articles
from articles.readers.rows import Rows
from articles.readers.text import text_record
from articles.refusals import from_json, worded

SHOWN = 50
"""Lines of each outcome that a page shows first."""
LATEST = 10


class Outcome(NamedTuple):
    """What became of some of the lines: the first of them, and how many there are in all.

    ``late``: the file had been found good before.
    """

    label: str
    lines: Sequence[ImportedLine]
    total: int
    late: bool


@cache_control(private=True, no_cache=True)  # on the way back the browser has what was typed
@may_add
def ingest(request: HtmxRequest) -> HttpResponse:
    """Paste an article or upload a file of them. What was typed stays when it is refused."""
    if request.method != "POST":
        return _page(request, IngestForm())
    form = IngestForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    upload = form.cleaned_data["file"]
    if upload and holds_many(upload.name):
        return redirect(receive(upload, request.user, partial=form.cleaned_data["partial"]))
    rows = read_articles(upload, upload.name) if upload else _pasted(form)
    [(line, outcome)] = store(list(rows), request.user, file_name(upload.name) if upload else "")
    if isinstance(outcome, RecordError):
        name = upload.name if upload else _("the text")
        place = _("%(name)s, line %(line)d") % {"name": name, "line": line} if line else name
        return _page(request, form, refused=(place, worded(outcome)), status=422)
    _tell(request, outcome)
    return redirect("review:article", outcome.article.pk)


@require_GET
@may_add
def progress(request: HtmxRequest, pk: int) -> HttpResponse:
    """How far an import is, and what became of its lines."""
    upload = get_object_or_404(Import.objects.select_related("by"), pk=pk)
    everything = "all" in request.GET
    context = {
        "upload": upload,
        "outcomes": [] if upload.under_way else list(_outcomes(upload, everything=everything)),
        "more": not (everything or upload.under_way)
        and max(upload.added, upload.known, upload.refused) > SHOWN,
        "no_worker": upload.under_way and not worker_is_alive(),
    }
    template = "annotations/queue/import.html" + ("#upload" if request.htmx else "")
    return render(request, template, context)


def _outcomes(upload: Import, *, everything: bool) -> Iterator[Outcome]:
    for outcome in (ImportOutcome.REFUSED, ImportOutcome.KNOWN, ImportOutcome.ADDED):
        found = upload.lines.filter(outcome=outcome).select_related("article").order_by("line")
        found = found.defer("article__text").annotate(opening=Left("article__text", 120))
        lines = list(found[: None if everything else SHOWN])
        for each in lines:
            if each.reason:
                each.words = worded(from_json(each.reason))  # type: ignore[attr-defined]
        if lines:
            yield Outcome(
                label=str(outcome.label),
                lines=lines,
                total=getattr(upload, outcome.value),
                late=outcome == ImportOutcome.REFUSED
                and upload.state == ImportState.DONE
                and not upload.partial,
            )


def _page(
    request: HttpRequest,
    form: IngestForm,
    *,
    refused: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    latest = Import.objects.select_related("by")[:LATEST]
    context = {"form": form, "refused": refused, "latest": latest}
    return render(request, "annotations/queue/ingest.html", context, status=status)


def _pasted(form: IngestForm) -> Rows:
    data = form.cleaned_data
    published_at = data["published_at"]
    try:
        yield (
            0,
            text_record(
                data["text"],
                title=data["title"],
                outlet=data["outlet"],
                author=data["author"],
                url=data["url"],
                published_at=published_at.isoformat() if published_at else "",
            ),
        )
    except RecordError as error:
        yield 0, error


def _tell(request: HttpRequest, stored: Stored) -> None:
    if stored.added:
        messages.success(request, _("1 article was added."))
    else:
        messages.info(request, _("It is known already, as “%s”.") % stored.article.title)
