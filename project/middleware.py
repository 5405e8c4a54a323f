"""Middleware of our own."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from project.sign_in.binding import is_anothers
from project.sign_in.kept import is_from_own_page
from project.sign_in.views import not_taken

type GetResponse = Callable[[HttpRequest], HttpResponse]


def vary_on_htmx(get_response: GetResponse) -> GetResponse:
    """Mark every response as depending on HX-Request.

    Full pages too: a cache that held one without the header would hand it out as a fragment.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def no_old_pages(get_response: GetResponse) -> GetResponse:
    """Have nobody keep what the site answers, and browsers ask anew on the way back too.

    A page that was kept would show as undecided what has been decided since, and to whoever sits
    at the machine next; a proxy that kept one would hand it to others. Strangers get text as well:
    the form they sent after their session had ended. A view whose page holds what people type, and
    nothing of the articles, says otherwise itself (``Cache-Control``): there the browser keeps it,
    and nobody else does. Static files are answered further out.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


class SignInRequired(LoginRequiredMiddleware):
    """Lead who is not signed in to the sign-in page, without losing what they sent.

    A script gets 401: it would put the sign-in page in the place of a form somebody has typed in.
    A form is kept and given back filled in. And nothing is taken that stood on somebody else's
    page.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if request.method == "POST" and is_anothers(request):
            return not_taken(request)
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None:
            return None
        kept = request.method == "POST" and is_from_own_page(request)
        return not_taken(request) if kept or "HX-Request" in request.headers else answer
