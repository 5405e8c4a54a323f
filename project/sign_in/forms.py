"""Forms for codes and for a new password, whose wrong guesses count as those of passwords do."""

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from project.sign_in.throttle import is_locked


class Throttled:
    """Take no code while attempts of this person are refused."""

    def clean_code(self) -> str:
        if is_locked(context.request, self.user):  # type: ignore[attr-defined]
            raise ValidationError(_("Too many attempts."))
        return super().clean_code()  # type: ignore[misc,no-any-return]


class CodeForm(Throttled, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(Throttled, ReauthenticateForm):
    """Who is signed in shows once more that it is they."""


class NewPasswordForm(PasswordChangeForm):
    """Change one's own password. A wrong old one counts as a failed sign-in."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        credentials = {"username": self.user.get_username(), "password": old}
        if authenticate(self.request, **credentials) is None:
            raise ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            )
        return old
