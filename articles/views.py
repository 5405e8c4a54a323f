"""The queue, and the ways into it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotations.views import HtmxRequest
from articles.forms import IngestForm
from articles.ingest import IngestSummary, ingest_rows
from articles.models import Article
from articles.queue import next_ready, requeue, worker_is_alive
from articles.readers import Rows, read_articles, text_record
from articles.records import RecordError

PAGE_SIZE = 50
WAITING = (Article.Status.QUEUED, Article.Status.PRELABELLING)

may_view = permission_required("articles.view_article", raise_exception=True)


@require_GET
@may_view
def queue(request: HtmxRequest) -> HttpResponse:
    """Articles, newest first, of one status or all; pages go on from the last article's id."""
    status = request.GET.get("status", "")
    before = request.GET.get("before", "")
    articles = Article.objects.defer("text").annotate(opening=Left("text", 120)).order_by("-id")
    if status in Article.Status.values:
        articles = articles.filter(status=status)
    if before.isdecimal() and len(before) < 19:
        articles = articles.filter(pk__lt=int(before))
    page = list(articles[: PAGE_SIZE + 1])
    shown = page[:PAGE_SIZE]
    waiting = any(article.status in WAITING for article in shown)
    context = {
        "articles": shown,
        "older": shown[-1].pk if len(page) > PAGE_SIZE else None,
        "status": status,
        "statuses": Article.Status.choices,
        "waiting": waiting,
        "no_worker": waiting and not worker_is_alive(),
    }
    template = "articles/queue.html#list" if request.htmx else "articles/queue.html"
    return render(request, template, context)


@permission_required("articles.add_article", raise_exception=True)
def ingest(request: HtmxRequest) -> HttpResponse:
    """Paste an article or upload a file of them. What was typed stays when it is refused."""
    if request.method != "POST":
        return render(request, "articles/ingest.html", {"form": IngestForm()})
    form = IngestForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "articles/ingest.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    summary = ingest_rows(
        upload.name if upload else _("the text"),
        read_articles(upload, upload.name) if upload else _pasted(form),
        request.user,
        partial=form.cleaned_data["partial"],
    )
    if summary.refused:
        context = {"form": form, "summary": summary}
        return render(request, "articles/ingest.html", context, status=422)
    _tell(request, summary)
    only = [*summary.added, *(article for _place, article, _left in summary.known)]
    return redirect("review", only[0].pk) if len(only) == 1 else redirect("queue")


@require_GET
@permission_required("annotations.review_annotation", raise_exception=True)
def next_article(request: HttpRequest) -> HttpResponse:
    """Open the next article that is ready for review."""
    after = request.GET.get("after", "")
    article = next_ready(int(after) if after.isdecimal() and len(after) < 19 else 0)
    if article is None:
        messages.info(request, _("No article is waiting for review."))
        return redirect("queue")
    return redirect(article)


@require_POST
@permission_required("articles.retry_article", raise_exception=True)
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
    return redirect("queue")


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
