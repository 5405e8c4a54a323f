"""What is answered about an article that was taken down."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from annotations.htmx import HtmxRequest
from annotations.models import Decision
from annotations.models.access import TakenDown


class TakenDownPage:
    """Answer ``TakenDown`` with a page that says so; a page that is open loads itself anew for it,
    and so loses the text as well.
    """

    def __init__(self, get_response: Callable[[HtmxRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HtmxRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HtmxRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, TakenDown):
            return None
        if request.htmx:
            return HttpResponseClientRefresh()
        decisions = Decision.objects.filter(article=error.article)
        done = decisions.filter(action=Decision.Action.TAKE_DOWN).first()
        context = {"at": done and done.at}
        return render(request, "annotations/review/taken_down.html", context, status=410)
