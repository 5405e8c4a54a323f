"""Headers that every answer has, whatever it is: pages, static files, refusals."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

# What no page here asks of a browser, so that nothing that got into one could either.
FORBIDDEN = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
# Passkeys, on the pages of this site itself.
OWN = ("publickey-credentials-create", "publickey-credentials-get")

HEADERS = {
    "Permissions-Policy": ", ".join(
        [*(f"{name}=()" for name in FORBIDDEN), *(f"{name}=(self)" for name in OWN)]
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    # The web server puts its own name where there is none.
    "Server": "",
}


def closed_to_others(get_response: GetResponse) -> GetResponse:
    """Tell browsers that no other site may embed an answer, and what no page here may use.

    The rest of such headers are Django's: its ``SecurityMiddleware`` stands outside of what answers
    for static files, too.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
