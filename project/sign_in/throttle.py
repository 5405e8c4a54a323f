"""How many wrong passwords and codes are taken, by account and by address.

Counts are axes' and kept in the database, so all web processes share them. They are asked before a
password is hashed (axes is the first of ``AUTHENTICATION_BACKENDS``): an attempt that is refused
costs next to nothing.

Three limits, because each alone fails:

- An account from one address: stops the guessing of one password. It locks that pair and nothing
  else, so nobody can lock an editor out from elsewhere.
- An address, whatever the accounts: stops trying one password on everybody, and bounds how much
  hashing one address can cause. It is wide enough for a newsroom behind one address.
- An account, whatever the addresses: stops guessing from many addresses at once. This one an
  attacker could hold against its owner, so it spares the addresses from which that person has
  signed in lately.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db.models import F, Max, Q, Sum
from django.db.models.functions import Now
from django.http import HttpRequest

from project.models import SecurityEvent
from project.sign_in import events

KNOWN_FOR = timedelta(days=30)
"""So long an address counts as its person's own after they signed in from it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are taken; after that none, until the last one is so long ago."""

    failures: int
    wait: timedelta


PAIR = Limit(6, timedelta(minutes=15))
ADDRESS = Limit(30, timedelta(minutes=15))
ACCOUNT = Limit(60, timedelta(hours=1))


class Throttle(AxesDatabaseHandler):
    """Axes' own table, with three limits in place of one.

    Signing in forgets the failures of that account from that address (``AXES_LOCKOUT_PARAMETERS``)
    and no others: else somebody with an account could guess at others' and reset the count of their
    address in between.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return 1 where a limit is reached, else 0: ``AXES_FAILURE_LIMIT`` is 1."""
        return int(locked_until(request, credentials) is not None)

    def user_login_failed(
        self,
        sender: object,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        """Count a failure and log it. What was refused unseen is neither counted nor logged: it
        must not lengthen the wait, nor fill the disk.

        Axes' own method would keep what the form had in it, a new password too.
        """
        if request is None:  # authenticate() was called by a program, not by somebody who came
            return
        request.axes_credentials = credentials  # type: ignore[attr-defined]
        if request.axes_locked_out:  # type: ignore[attr-defined]
            return
        self._count(request, credentials.get("username") or "")
        request.axes_locked_out = locked_until(request, credentials) is not None  # type: ignore[attr-defined]
        events.failed(request, credentials, locked=request.axes_locked_out)  # type: ignore[attr-defined]

    def _count(self, request: HttpRequest, username: str) -> None:
        now: datetime = request.axes_attempt_time  # type: ignore[attr-defined]
        row, _new = AccessAttempt.objects.get_or_create(
            username=username,
            ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
            user_agent="",
            defaults={"failures_since_start": 0},
        )
        # Two at once both count.
        AccessAttempt.objects.filter(pk=row.pk).update(
            failures_since_start=F("failures_since_start") + 1, attempt_time=now
        )


def locked_until(
    request: HttpRequest, credentials: Mapping[str, Any] | None = None
) -> datetime | None:
    """Until when no attempt is taken for this account from this address; None if one is."""
    username, address = (credentials or {}).get("username"), request.axes_ip_address  # type: ignore[attr-defined]
    now: datetime = request.axes_attempt_time  # type: ignore[attr-defined]
    whose = {
        "pair": (PAIR, Q(username=username, ip_address=address)),
        "address": (ADDRESS, Q(ip_address=address)),
        "account": (ACCOUNT, Q(username=username)),
    }
    sums: dict[str, Any] = {}
    for name, (limit, rows) in whose.items():
        recent = rows & Q(attempt_time__gt=now - limit.wait)
        sums[f"{name}_failures"] = Sum("failures_since_start", filter=recent, default=0)
        sums[f"{name}_last"] = Max("attempt_time", filter=recent)
    rows = AccessAttempt.objects.filter(Q(username=username) | Q(ip_address=address))
    counted = rows.aggregate(**sums)
    ends = {
        name: counted[f"{name}_last"] + limit.wait
        for name, (limit, _rows) in whose.items()
        if counted[f"{name}_failures"] >= limit.failures
    }
    if "account" in ends and _is_known(username, address):
        del ends["account"]
    return max(ends.values(), default=None)


def is_locked(request: HttpRequest, person: User) -> bool:
    """Whether attempts of this person are refused now; axes then answers with the page for it."""
    credentials = {"username": person.get_username()}
    locked = not AxesProxyHandler.is_allowed(request, credentials)
    if locked:
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.axes_credentials = credentials  # type: ignore[attr-defined]
    return locked


def network_of(request: HttpRequest) -> str:
    """What counts as one address: of IPv6 the network that a connection is given as a whole.

    Who comes without any, by a Unix socket say, counts as one address too.
    """
    return _network(request.META.get("REMOTE_ADDR")) or "0.0.0.0"  # noqa: S104 - nobody listens


def _network(address: str | None) -> str | None:
    if not address:
        return None
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False).network_address)


def _is_known(username: str | None, address: str) -> bool:
    """Whether the person signed in from this address lately."""
    addresses = SecurityEvent.objects.filter(
        kind=SecurityEvent.Kind.SIGNED_IN, by__username=username, at__gt=Now() - KNOWN_FOR
    ).values_list("address", flat=True)
    return address in {_network(each) for each in addresses.distinct()}
