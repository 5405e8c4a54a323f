"""The newsroom's own sign-on (OpenID Connect): whom it lets in."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from project.sign_in.events import refused_after_sign_on


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

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Raise ImmediateHttpResponse with the refusal: the sign-on did not vouch for anybody."""
        raise ImmediateHttpResponse(refused(request, None))


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the sign-on, or say that it does not answer."""
    try:
        answer: HttpResponse = openid_connect.login(request, provider_id)
    except RequestException:
        return refused(request, None)
    return answer


def refused(request: HttpRequest, person: User | None, addresses: str = "") -> HttpResponse:
    """The page for somebody who came from the sign-on, or was deactivated on the way in."""
    refused_after_sign_on(request, person, addresses)
    return render(request, "registration/refused.html", status=403)


def _addresses(sociallogin: SocialLogin) -> str:
    return ", ".join(each.email for each in sociallogin.email_addresses)


def _by_verified_address(sociallogin: SocialLogin) -> User | None:
    verified = [each.email for each in sociallogin.email_addresses if each.verified]
    found = [user for email in verified for user in User.objects.filter(email__iexact=email)[:2]]
    return found[0] if len(found) == 1 else None
