"""Where a one-time link leads, and dismissing what one was told."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from annotations.identifiers import IdsField
from project.people.links import Gone, find, use_link
from project.people.notices import dismiss

type View = Callable[[HttpRequest, str], HttpResponse]


class ShownForm(forms.Form):
    """The notices that were on the page."""

    notice = IdsField(required=False)


OF_NOBODY = {"user": AnonymousUser()}
"""Whoever is signed in here, the page is its link's."""


def no_referrer(view: View) -> View:
    """Have browsers tell nobody the address, which is a secret."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return wrapped


# Without a referrer browsers do not say either from which page a form comes, so the check against
# forged requests would refuse it. What protects this form is the secret in its address.
@csrf_exempt
@login_not_required
@never_cache
@no_referrer
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """Set a password by a one-time link; opening the page changes nothing."""
    try:
        link = find(token)
        form = SetPasswordForm(link.person, request.POST or None)
        if request.method == "POST" and form.is_valid():
            person = use_link(token, form.cleaned_data["new_password1"], request)
            return _to_sign_in(request, person)
    except Gone:
        return render(request, "people/link_gone.html", OF_NOBODY, status=410)
    status = 422 if request.method == "POST" else 200
    context = {"link": link, "form": form} | OF_NOBODY
    return render(request, "people/set_password.html", context, status=status)


@require_POST
def dismiss_notices(request: HttpRequest) -> HttpResponse:
    """Put away the notices that were on the page, and go back to it."""
    assert isinstance(request.user, User)  # noqa: S101 - for mypy: nobody else comes here
    form = ShownForm(request.POST)
    if form.is_valid():
        dismiss(request.user, form.cleaned_data["notice"])
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("queue:list")
    return redirect(back)


def _to_sign_in(request: HttpRequest, person: User) -> HttpResponse:
    if request.user == person:
        logout(request)
    message = _("The password of %(who)s is set. Sign in with it.")
    messages.success(request, message % {"who": person.get_username()})
    return redirect(f"{reverse('login')}?switch")
