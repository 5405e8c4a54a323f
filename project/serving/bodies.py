"""Limits on what is sent to the site, and on what it sends back."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

BODILESS = (204, 304)
LINKS = "/link/"
"""Where one-time links lead: a new password is sent there."""


def no_body_where_none_belongs(get_response: GetResponse) -> GetResponse:
    """Send no body in answer to HEAD, nor with 204 and 304 (RFC 9110, 6.4.1).

    Whoever reads a kept connection would take a body that does not belong there for the beginning
    of the next answer, which may be another person's. The headers stay as GET has them.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method != "HEAD" and response.status_code not in BODILESS:
            return response
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()
        elif isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return middleware


def limited(get_response: GetResponse) -> GetResponse:
    """Refuse a body that is larger than its sender may send, before any of it is read.

    Strangers send passwords, and whoever was signed out a text that is given back to them: the
    sign-in page takes kilobytes, the other pages what one article takes.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.headers.get("Content-Length", "")
        if request.headers.get("Transfer-Encoding"):
            return HttpResponse(_("The request has no Content-Length."), status=411)
        if (length and not length.isascii()) or not (length or "0").isdigit():
            return HttpResponse(_("The Content-Length is not a number."), status=400)
        if int(length or 0) > _limit(request):
            return HttpResponse(_("The request is larger than this page accepts."), status=413)
        return get_response(request)

    return middleware


def _limit(request: HttpRequest) -> int:
    """Bytes that may be sent."""
    if request.user.is_authenticated:
        return settings.MAX_UPLOAD
    if request.path == reverse(settings.LOGIN_URL) or request.path.startswith(LINKS):
        return settings.MAX_SIGN_IN
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
