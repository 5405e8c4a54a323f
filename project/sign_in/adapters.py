"""What is our own in allauth: who may come in, and what it leaves to us."""

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from project.models import SecurityEvent
from project.security_log import log
from project.sign_in.second_factor import is_required


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


class SignOn(DefaultSocialAccountAdapter):
    """The newsroom's own sign-on (OpenID Connect) lets in whom this site knows, and nobody else.

    Somebody is known by a verified e-mail address that exactly one account has, or from before. No
    account is made: who has left stays out, and being known elsewhere gives nobody a role here.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose sign-in it is, or raise ImmediateHttpResponse with the refusal."""
        if sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(refused(request, None))
        if not sociallogin.is_existing:
            person = _by_verified_address(sociallogin)
            if person is None:
                raise ImmediateHttpResponse(refused(request, None, _addresses(sociallogin)))
            sociallogin.connect(request, person)
        if not sociallogin.user.is_active:
            raise ImmediateHttpResponse(refused(request, sociallogin.user))

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raise ImmediateHttpResponse with the refusal: the sign-on did not vouch for anybody."""
        raise ImmediateHttpResponse(refused(request, None))


def refused(request: HttpRequest, person: User | None, typed: str = "") -> HttpResponse:
    """The page for somebody who came from the sign-on, or was deactivated on the way in."""
    log(
        SecurityEvent.Kind.SIGN_IN_FAILED,
        by_name=typed or (person.get_username() if person else "") or _("unknown"),
        about=person,
        request=request,
        by_sign_on=True,
    )
    return render(request, "registration/refused.html", status=403)


def _addresses(sociallogin: SocialLogin) -> str:
    return ", ".join(each.email for each in sociallogin.email_addresses)


def _by_verified_address(sociallogin: SocialLogin) -> User | None:
    verified = [each.email for each in sociallogin.email_addresses if each.verified]
    found = [user for email in verified for user in User.objects.filter(email__iexact=email)[:2]]
    return found[0] if len(found) == 1 else None
