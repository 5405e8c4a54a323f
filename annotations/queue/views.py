"""The queue, and the ways into it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accordingto.records.article import RecordError
from annotations.htmx import HtmxRequest
from annotations.identifiers import PageForm
from annotations.permissions import may_add, may_retry, may_review, may_view
from annotations.prelabelling.tasks import requeue, requeue_failed, worker_is_alive
from annotations.queue import leases
from annotations.queue.forms import AfterForm, IngestForm
from annotations.queue.intake import IngestSummary, ingest_rows
from annotations.queue.listing import CHOOSABLE, TABS, listing
from articles.models import Article
from articles.readers.formats import read_articles
from articles.readers.rows import Rows
from articles.readers.text import text_record


@require_GET
@may_view
def queue(request: HtmxRequest) -> HttpResponse:
    """Articles, newest first, of one tab or all; pages go on from the last article's id."""
    return queue_page(request)


@cache_control(private=True, no_cache=True)  # on the way back the browser has what was typed
@may_add
def ingest(request: HtmxRequest) -> HttpResponse:
    """Paste an article or upload a file of them. What was typed stays when it is refused."""
    if request.method != "POST":
        return render(request, "annotations/queue/ingest.html", {"form": IngestForm()})
    form = IngestForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "annotations/queue/ingest.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    summary = ingest_rows(
        upload.name if upload else _("the text"),
        read_articles(upload, upload.name) if upload else _pasted(form),
        request.user,
        partial=form.cleaned_data["partial"],
    )
    if summary.refused:
        context = {"form": form, "summary": summary}
        return render(request, "annotations/queue/ingest.html", context, status=422)
    _tell(request, summary)
    only = [*summary.added, *(article for _place, article, _left in summary.known)]
    return redirect("review:article", only[0].pk) if len(only) == 1 else redirect("queue:list")


@require_http_methods(["GET", "HEAD", "POST"])
@may_review
def next_article(request: HtmxRequest) -> HttpResponse:
    """Take the next article; its address alone, followed or reloaded, takes none."""
    if request.method != "POST":
        return redirect("queue:list")
    form = AfterForm(request.POST)
    if not form.is_valid():
        return queue_page(request, error=str(form.errors["after"][0]), status=400)
    article = leases.take_next(request.user, after=form.cleaned_data["after"] or 0)
    if article is None:
        messages.info(
            request, _("No article is waiting for review, except those that others have open.")
        )
        return redirect("queue:list")
    return redirect(article)


@require_POST
@may_review
def leave(request: HtmxRequest, pk: int) -> HttpResponse:
    """The person's page of the article was closed: it sends this on its way out."""
    leases.release(pk, request.user)
    return HttpResponse(status=204)


@require_POST
@may_retry
def retry(request: HtmxRequest, pk: int) -> HttpResponse:
    """Have an article pre-labelled again."""
    article = get_object_or_404(Article, pk=pk)
    if requeue(pk, request.user):
        messages.success(request, _("“%s” is queued again.") % article)
    else:
        messages.warning(
            request,
            _("“%s” was left as it is: only failed or ready articles can be queued again.")
            % article,
        )
    if request.POST.get("to") == "article":
        return redirect(article)
    return back_to_queue(request, pk)


@require_POST
@may_retry
def retry_failed(request: HtmxRequest) -> HttpResponse:
    """Have all failed articles pre-labelled again."""
    count = requeue_failed(request.user)
    told = ngettext(
        "%(count)d article is queued again.", "%(count)d articles are queued again.", count
    )
    messages.success(request, told % {"count": count})
    return redirect("queue:list")


def queue_page(request: HtmxRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    """The page of the queue that the address asks for; what it asks for in vain is ignored."""
    tab = request.GET.get("status", "")
    tab = tab if tab in dict(TABS) else ""
    page = listing(request.user, tab, PageForm(request.GET).place("before"))
    context = {
        "page": page,
        "status": tab,
        "tabs": TABS,
        "choosable": CHOOSABLE,
        "no_worker": page.waiting and not worker_is_alive(),
        "error": error,
    }
    template = "annotations/queue/list.html#list" if request.htmx else "annotations/queue/list.html"
    return render(request, template, context, status=status)


def back_to_queue(request: HttpRequest, article_id: int) -> HttpResponse:
    """Back to the article on the page of the queue that the form stood on."""
    query = QueryDict(request.POST.get("back", "")).urlencode()
    return redirect(f"{reverse('queue:list')}{query and '?' + query}#article-{article_id}")


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


def _tell(request: HttpRequest, summary: IngestSummary) -> None:
    count = len(summary.added)
    if count:
        messages.success(
            request,
            ngettext("%(count)d article was added.", "%(count)d articles were added.", count)
            % {"count": count},
        )
    for place, article, left_out in summary.known[:20]:
        text = _("%(place)s: known already, as “%(article)s”.")
        if left_out:
            text += " " + _("Its %(left_out)d attributions were not taken in.")
        messages.info(
            request, text % {"place": place, "article": article.title, "left_out": left_out}
        )
    if len(summary.known) > 20:
        messages.info(request, _("%d more were known already.") % (len(summary.known) - 20))
