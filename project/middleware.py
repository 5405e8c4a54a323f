"""Middleware of our own."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from project.sign_in.binding import is_anothers
from project.sign_in.events import BY_SIGN_ON
from project.sign_in.kept import is_from_own_page
from project.sign_in.second_factor import has_one, is_required
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
    """Have browsers ask anew for what a signed-in person sees, on the way back too.

    A page that was kept would show as undecided what has been decided since, and to whoever sits
    at the machine next. A view whose page holds what people type says so itself
    (``Cache-Control``): there the browser keeps it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
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


class SecondFactorRequired:
    """Lead who needs a second factor and has none to where it is set up, and nowhere else.

    A script gets 401, as if nobody were signed in: its page keeps what was decided until then.
    Whom the newsroom's sign-on vouches for gives the second factor there, if one is wanted.
    """

    OPEN = frozenset(
        {
            "account",
            "account_reauthenticate",
            "login",
            "login_kept",
            "logout",
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_index",
            "password_change",
            "password_change_done",
            "people:dismiss",
            "people:link",
        }
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not self._is_due(request):
            return None
        if "HX-Request" in request.headers:
            return HttpResponse(status=401)
        if request.method == "GET":
            return redirect("mfa_index")
        return render(request, "registration/second_factor_due.html", status=403)

    def _is_due(self, request: HttpRequest) -> bool:
        person = request.user
        if not isinstance(person, User) or not is_required(person):
            return False
        where = request.resolver_match
        if request.session.get(BY_SIGN_ON) or (where and where.view_name in self.OPEN):
            return False
        return not has_one(person)
