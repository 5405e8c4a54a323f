"""The page of an article that nobody can judge yet: why that is, and looking again by itself."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from annotations.desk.desk import Desk
from annotations.prelabelling.tasks import worker_is_alive
from articles.models import Article

PAGE = "annotations/review/waiting.html"
STATUSES = (Article.Status.QUEUED, Article.Status.PRELABELLING, Article.Status.FAILED)


def page(request: HttpRequest, desk: Desk, *, status: int = 200, error: str = "") -> HttpResponse:
    """The article's text, and what is happening to it."""
    context = desk.text_page() | _state(desk.article) | {"error": error}
    return render(request, PAGE, desk.context() | context, status=status)


def look_again(request: HttpRequest, article: Article, person: User) -> HttpResponse:
    """What the page asks for while it waits: nothing where nothing changed since it ``seen``, else
    how it stands now, and once the article is ready the whole page.
    """
    if article.status not in STATUSES:
        return HttpResponseClientRefresh()
    state = _state(article)
    if request.GET.get("seen") == state["seen"]:
        return HttpResponse(status=204)
    return render(request, f"{PAGE}#state", Desk(article, person).context() | state)


def _state(article: Article) -> dict[str, Any]:
    idle = article.status != Article.Status.FAILED and not worker_is_alive()
    return {"no_worker": idle, "seen": f"{article.status}{'-idle' if idle else ''}"}
