"""Ending another person's sign-ins."""

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session


def end_sign_ins(person: User) -> None:
    """End all sign-ins of the person, wherever they are."""
    sign_ins = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=sign_ins.values("session_key")).delete()
    sign_ins.delete()
