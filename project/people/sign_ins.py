"""Ending another person's sign-ins."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session


def end_sign_ins(person: User) -> None:
    """End all sign-ins of the person, wherever they are, also those that the list does not have:
    they were made before it was kept.
    """
    sign_ins = UserSession.objects.filter(user=person)
    Session.objects.filter(session_key__in=sign_ins.values("session_key")).delete()
    sign_ins.delete()
    listed = UserSession.objects.values("session_key")
    for session in Session.objects.exclude(session_key__in=listed).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()
