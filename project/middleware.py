"""Middleware of our own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers

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


def no_sign_in_page_as_fragment(get_response: GetResponse) -> GetResponse:
    """Answer 401 where htmx would be sent to the sign-in page.

    It would put that page in the place of a form somebody has typed in. With 401 the form stays,
    and the page says that one has to sign in again.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        if "HX-Request" in request.headers and response.get("Location", "").startswith(sign_in):
            return HttpResponse(status=401)
        return response

    return middleware
