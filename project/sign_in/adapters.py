"""What is our own in allauth: no signing up, and what happens to second factors and sign-ins."""

from collections.abc import Iterable

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from project.models import SecurityEvent
from project.security_log import log
from project.sign_in.second_factor import is_required
from project.sign_in.sign_on import refused


class Accounts(DefaultAccountAdapter):
    """People are invited, never signed up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - nobody listens there

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return refused(request, user)


class SecondFactors(DefaultMFAAdapter):
    """Second factors: what a role requires stays, and the picture to scan fits into our pages."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether the person may go without it."""
        if not is_required(authenticator.user):
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        """The name that a passkey has until its owner gives it another."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def build_totp_svg(self, url: str) -> str:
        """The picture as an element of the page: the strict CSP loads none from a data address."""
        svg: str = super().build_totp_svg(url)
        return svg[svg.index("<svg") :]


class SignIns(DefaultUserSessionsAdapter):
    """Ending one's other sign-ins is an event of the security log."""

    @transaction.atomic
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        request: HttpRequest = context.request
        log(SecurityEvent.Kind.SIGN_INS_ENDED, by=request.user, request=request, count=len(ended))
