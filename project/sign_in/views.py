"""Signing in, and the page of a form that was not taken."""

from typing import Any
from urllib.parse import quote

from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse

from project.sign_in.binding import is_anothers, person_token
from project.sign_in.kept import KeptForm, is_from_own_page

SIGNED_IN = "Signed-In-As"
"""Header of an answer to a script: who is signed in now, in percent-encoding."""


class SignIn(LoginView):
    """The sign-in page. A form kept from before (``kept``) is shown after it, filled in.

    Who is signed in already is led on, unless they ask to sign in as somebody else (``?switch``).
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and "switch" not in request.GET:
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = KeptForm.read(self.request.POST.get("kept", ""))
        return super().get_context_data(**kwargs) | {"kept": kept}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        kept = KeptForm.read(self.request.POST.get("kept", ""))
        if kept is None:
            return super().form_valid(form)
        login(self.request, form.get_user())
        return _page(self.request, kept, status=200)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token against forged requests does not count (any more): it is given back.

    That is so after signing in again, or when cookies were cleared. A form from elsewhere is not
    given back.
    """
    if "HX-Request" in request.headers:
        return _to_script(request)
    if request.path == reverse("login"):
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
    return render(request, "registration/login.html", context, status=403)


def _page(request: HttpRequest, kept: KeptForm, *, status: int) -> HttpResponse:
    signed_in = request.user.is_authenticated
    context: dict[str, Any] = {
        "kept": kept,
        "anothers": signed_in and bool(kept.person) and kept.person != person_token(request),
    }
    if not signed_in:
        context["form"] = AuthenticationForm(request)
    return render(request, "registration/kept.html", context, status=status)
