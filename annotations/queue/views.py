"""The queue, and the ways into it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotations.htmx import HtmxRequest
from annotations.identifiers import PageForm
from annotations.permissions import may_retry, may_review, may_view
from annotations.prelabelling.tasks import requeue, requeue_failed, worker_is_alive
from annotations.queue import leases
from annotations.queue.forms import AfterForm
from annotations.queue.listing import CHOOSABLE, TABS, listing
from articles.models import Article


@require_GET
@may_view
def queue(request: HtmxRequest) -> HttpResponse:
    """Articles, newest first, of one tab or all; pages go on from the last article's id."""
    return queue_page(request)


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
