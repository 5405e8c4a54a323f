"""Tell people what was done to their account: on the next page they open, until they dismiss it."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from project.models import DismissedNotice, SecurityEvent

AT_ONCE = 5
"""So many are shown on a page, the oldest first."""

Kind = SecurityEvent.Kind
SENTENCES: dict[str, Promise] = {
    Kind.INVITED: _("{when}: {who} invited you."),
    Kind.LINK_MADE: _("{when}: {who} made a one-time link to set the password of your account."),
    Kind.LINK_REVOKED: _("{when}: {who} revoked the one-time link of your account."),
    Kind.LINK_USED: _(
        "{when}: the password of your account was set by a one-time link. If that was not you,"
        " tell an admin at once."
    ),
    Kind.ROLES_CHANGED: _("{when}: {who} changed your roles."),
    Kind.DEACTIVATED: _("{when}: {who} deactivated your account."),
    Kind.REACTIVATED: _("{when}: {who} reactivated your account."),
    Kind.MFA_CHANGED: _("{when}: {who} changed your second factors."),
}


def unread(person: User) -> QuerySet[SecurityEvent]:
    """What others did to the person's account and the person has not dismissed; one query."""
    events = SecurityEvent.objects.filter(about=person, kind__in=SENTENCES, dismissal=None)
    return events.exclude(by=person).order_by("pk")[:AT_ONCE]


def dismiss(person: User, pks: Collection[int]) -> None:
    """Show the person these no more; those about others are left alone."""
    events = SecurityEvent.objects.filter(about=person, pk__in=pks)
    DismissedNotice.objects.bulk_create(
        [DismissedNotice(event=each) for each in events], ignore_conflicts=True
    )


def sentence(event: SecurityEvent) -> SafeString:
    """The event as it is told to the person it is about."""
    at = localtime(event.at)
    return format_html(
        str(SENTENCES[event.kind]),
        who=format_html("<bdi>{}</bdi>", event.by_name),
        when=format_html('<time datetime="{}">{}</time>', at.isoformat(), localize(at)),
    )
