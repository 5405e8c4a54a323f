"""Which passwords are taken, besides what Django itself refuses."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

ENOUGH = 4
"""Of zxcvbn's scores from 0 to 4: more than ten thousand million guesses."""
LONGEST = 72
"""So many characters are looked at: zxcvbn takes long over long ones."""
HOUSE_WORDS = ["accordingto", "newsroom", "editor", "editors", "factchecker", "admin", "desk"]


class HardToGuess:
    """Refuse what a program that knows words, names, dates and keyboards guesses soon."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        names = ("username", "first_name", "last_name", "email")
        own = [str(getattr(user, name, "") or "") for name in names]
        known = [*HOUSE_WORDS, *(each for each in own if each)]
        if zxcvbn(password[:LONGEST], user_inputs=known)["score"] < ENOUGH:
            raise ValidationError(
                _("This password is too easy to guess. Take a few unrelated words instead."),
                code="password_too_easy",
            )

    def get_help_text(self) -> str:
        return _("A few unrelated words make a good password; a word with a year does not.")
