"""One's own account: password, second factors, sign-ins, and what was done to it."""

from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from project.models import SecurityEvent
from project.security_log import log
from project.sign_in.forms import NewPasswordForm
from project.sign_in.second_factor import has_one, is_required

SHOWN = 20


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Where everything about one's own account is reached, with what happened to it last."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 - for mypy: nobody else comes here
    events = SecurityEvent.objects.filter(Q(by=person) | Q(about=person))
    context = {
        "events": events[:SHOWN],
        "second_factor": has_one(person),
        "required": is_required(person),
    }
    return render(request, "account/account.html", context)


class ChangePassword(PasswordChangeView):
    """Change one's own password, which ends one's other sign-ins."""

    form_class = NewPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    @transaction.atomic
    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        person = self.request.user
        log(SecurityEvent.Kind.PASSWORD_CHANGED, by=person, request=self.request)
        # allauth keeps the list of sign-ins, and this one goes on under a new key.
        password_changed.send(User, request=self.request, user=person)
        return response
