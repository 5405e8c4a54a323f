"""The list of people: found, filtered, in pages."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from project.models import OneTimeLink
from project.roles import ROLES

PAGE = 50


def people(*, q: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """The people that match, by name, each with ``link_until`` where a link of theirs is open."""
    links = OneTimeLink.objects.open().filter(person=OuterRef("pk"))
    found = User.objects.annotate(link_until=Subquery(links.values("expires_at")[:1]))
    if q:
        columns = ("username", "first_name", "last_name", "email")
        found = found.filter(Q(*((f"{each}__icontains", q) for each in columns), _connector=Q.OR))
    if role:
        given: Any = User.groups.through.objects.filter(
            user=OuterRef("pk"), group__name__in=ROLES if role == "none" else [role]
        )
        found = found.filter(~Exists(given) if role == "none" else Exists(given))
    if state == "link":
        found = found.filter(link_until__isnull=False)
    elif state:
        found = found.filter(is_active=state == "active")
    return found.prefetch_related("groups").order_by("username")
