"""Signing in, and the page of a form that was not taken."""

from math import ceil
from typing import Any
from urllib.parse import quote

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse

from project.sign_in.binding import is_anothers, person_token
from project.sign_in.kept import KeptForm, is_from_own_page
from project.sign_in.throttle import locked_until

SIGNED_IN = "Signed-In-As"
"""Header of an answer to a script: who is signed in now, in percent-encoding."""


KEPT = "kept"
"""Of a form that is kept: its field where somebody signs in, and its place in their session while
they look for their code."""


class SignIn(LoginView):
    """The sign-in page. A form kept from before (``kept``) is shown after it, filled in.

    Who is signed in already is led on, unless they ask to sign in as somebody else (``?switch``).
    Who has a second factor is asked for it next, by allauth.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and "switch" not in request.GET:
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = KeptForm.read(self.request.POST.get(KEPT, ""))
        return super().get_context_data(**kwargs) | {"kept": kept, "sign_on": _sign_on()}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        request = self.request
        packed = request.POST.get(KEPT) or request.session.get(KEPT, "")
        kept = KeptForm.read(packed)
        address = reverse("login_kept") if kept else self.get_success_url()
        if request.user.is_authenticated:
            logout(request)  # whoever it was: the second step is for nobody who is signed in
        response: HttpResponse = perform_login(request, form.get_user(), redirect_url=address)
        if kept is None:
            return response
        if request.user.is_authenticated:
            return _page(request, kept, status=200)
        request.session[KEPT] = packed
        return response


class SignInAndGoOn(SignIn):
    """Sign in from the page of a form that was kept, and see it again after the last step.

    The form travels through here, which may be large: the sign-in page itself takes little.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = (
            KeptForm.read(request.session.pop(KEPT, "")) if request.user.is_authenticated else None
        )
        return _page(request, kept, status=200) if kept else super().get(request, *args, **kwargs)


def locked_out(
    request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer an attempt that is one too many: why, and for how long (axes asks for this).

    Where no limit is reached, too many passwords are being checked at this moment (``FewAtOnce``).
    """
    until = locked_until(request, credentials)
    wait = (until - request.axes_attempt_time).total_seconds() if until else 1  # type: ignore[attr-defined]
    context = {
        "minutes": ceil(wait / 60) if until else 0,
        "kept": KeptForm.read(request.POST.get(KEPT, "")),
    }
    if not request.user.is_authenticated:
        context["form"] = AuthenticationForm(request)
    response = render(request, "registration/locked.html", context, status=429)
    response["Retry-After"] = str(max(1, ceil(wait)))
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token against forged requests does not count (any more): it is given back.

    That is so after signing in again, or when cookies were cleared. A form from elsewhere is not
    given back.
    """
    if "HX-Request" in request.headers:
        return _to_script(request)
    if request.path in (reverse("login"), reverse("login_kept")):
        return _sign_in_again(request)
    if not is_from_own_page(request):
        return render(request, "403_csrf.html", status=403)
    return not_taken(request)


def not_taken(request: HttpRequest) -> HttpResponse:
    """What a person sent is not taken: nobody is signed in, somebody else is, or the page is of an
    earlier sign-in.
    """
    if "HX-Request" in request.headers:
        return _to_script(request)
    return _page(request, KeptForm.of(request), status=403)


def _to_script(request: HttpRequest) -> HttpResponse:
    """The page keeps what was decided; it is told whether and who is signed in now."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    get_token(request)  # the cookie: with it the page can send again
    answer = HttpResponseForbidden()
    if is_anothers(request):
        answer[SIGNED_IN] = quote(request.user.get_username())
    return answer


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """The sign-in page was open while somebody signed in elsewhere, or cookies were cleared."""
    kept = KeptForm.read(request.POST.get("kept", ""))
    if request.user.is_authenticated:
        return _page(request, kept, status=403) if kept else redirect("queue:list")
    form = AuthenticationForm(request, initial={"username": request.POST.get("username", "")})
    context = {"form": form, "kept": kept, "again": True, "next": request.POST.get("next", "")}
    context["sign_on"] = _sign_on()
    return render(request, "registration/login.html", context, status=403)


def _sign_on() -> str:
    """What the button of the newsroom's sign-on says; "" where there is none."""
    return str(settings.OIDC_NAME) if settings.OIDC_ISSUER else ""


def _page(request: HttpRequest, kept: KeptForm, *, status: int) -> HttpResponse:
    signed_in = request.user.is_authenticated
    context: dict[str, Any] = {
        "kept": kept,
        "anothers": signed_in and bool(kept.person) and kept.person != person_token(request),
    }
    if not signed_in:
        context |= {"form": AuthenticationForm(request), "sign_on": _sign_on()}
    return render(request, "registration/kept.html", context, status=status)
