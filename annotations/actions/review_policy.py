"""What admins allow at the review desk: approval in bulk, and settling one's own disputes.

Of proposals that are to be approved in bulk a sample may have to be judged one by one first. It is
drawn by chance, by a keyed hash of each proposal's key: the same ones at every look, and nobody
without the server's secret can tell or choose them beforehand.
"""

from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import permissions
from annotations.actions.base import Refused
from annotations.models import Annotation, ReviewPolicy
from annotations.signals import setting_changed


def current() -> ReviewPolicy:
    """What holds now; until an admin sets anything, bulk approval is allowed without a limit."""
    return ReviewPolicy.objects.first() or ReviewPolicy(pk=1)


def set_policy(
    by: User,
    *,
    bulk_allowed: bool,
    bulk_at_most: int | None,
    bulk_sample_percent: int,
    settle_own: bool,
) -> ReviewPolicy:
    """Set what is allowed from now on.

    Raise PermissionDenied, and ValidationError for a number that is out of range.
    """
    if not by.has_perm(permissions.SAMPLE):
        raise PermissionDenied(_("You are not allowed to change the rules of the review desk."))
    if not 0 <= bulk_sample_percent <= 100:
        raise ValidationError(_("A share must be between 0 and 100 per cent."))
    if bulk_at_most is not None and not 1 <= bulk_at_most < 2**31:
        raise ValidationError(
            _("The limit for approving at once must be 1 or more, or left empty.")
        )
    with transaction.atomic():
        policy, _created = ReviewPolicy.objects.update_or_create(
            pk=1,
            defaults={
                "bulk_allowed": bulk_allowed,
                "bulk_at_most": bulk_at_most,
                "bulk_sample_percent": bulk_sample_percent,
                "settle_own": settle_own,
            },
        )
        setting_changed.send(__name__, by=by, setting="review_policy", value=str(policy))
    return policy


def is_drawn(key: str, percent: int) -> bool:
    """Whether the annotation of this key is among the so many per cent to be judged one by one."""
    digest = salted_hmac("annotations.policy.sample", key, algorithm="sha256").digest()
    return int.from_bytes(digest[:8]) % 100 < percent


def check_bulk(chosen: Sequence[Annotation], waiting: Iterable[Annotation]) -> None:
    """Raises ``Refused`` where an admin does not allow to approve just these at once.

    ``waiting`` are all proposals that nobody has judged: a drawn one among those that are at least
    as sure as the least sure of the chosen has to be judged first.
    """
    policy = current()
    if not policy.bulk_allowed:
        raise Refused(_("An admin has turned off approving several at once."))
    if policy.bulk_at_most is not None and len(chosen) > policy.bulk_at_most:
        raise Refused(
            ngettext(
                "At most %d attribution may be approved at once.",
                "At most %d attributions may be approved at once.",
                policy.bulk_at_most,
            )
            % policy.bulk_at_most
        )
    least = min((each.confidence or 0 for each in chosen), default=0)
    drawn = [
        each
        for each in waiting
        if (each.confidence or 0) >= least and is_drawn(each.key, policy.bulk_sample_percent)
    ]
    if drawn:
        raise Refused(
            ngettext(
                "%d of these was drawn for individual review and must be decided before the rest.",
                "%d of these were drawn for individual review and must be decided before the rest.",
                len(drawn),
            )
            % len(drawn)
        )
