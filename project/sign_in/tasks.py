"""What workers sweep: sign-ins that have ended, and failures that no longer count."""

from datetime import timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="23 * * * *")
@app.task(name="sweep_sign_ins", queue="sweep", queueing_lock="sweep_sign_ins")
def sweep_sign_ins(timestamp: int) -> None:
    """Delete what has ended, every hour; ``timestamp`` is when it was due."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(session)).delete()
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    AccessAttempt.objects.filter(attempt_time__lte=timezone.now() - cool_off).delete()
