"""What admins allow at the review desk."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReviewPolicy(models.Model):
    """The one row that says what may be approved in bulk, and who may settle a dispute."""

    bulk_allowed = models.BooleanField(_("approval in bulk"), default=True)
    bulk_at_most = models.PositiveIntegerField(
        _("limit for approving at once"), null=True, blank=True
    )
    bulk_sample_percent = models.PositiveSmallIntegerField(
        _("individual review first, in per cent"), default=0
    )
    settle_own = models.BooleanField(_("people settle their own disputes"), default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="review_policy_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="review_policy_at_most_some",
                condition=Q(bulk_at_most__isnull=True) | Q(bulk_at_most__gte=1),
            ),
            models.CheckConstraint(
                name="review_policy_percentage", condition=Q(bulk_sample_percent__lte=100)
            ),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return (
            f"bulk approval {'allowed' if self.bulk_allowed else 'forbidden'}, at most"
            f" {self.bulk_at_most or 'any number'}, {self.bulk_sample_percent} % one by one first;"
            f" own disputes {'may' if self.settle_own else 'may not'} be settled"
        )
