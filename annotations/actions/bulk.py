"""Approve several proposals at once."""

import uuid
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotations.actions import review_policy
from annotations.actions.base import (
    Refused,
    check_permission,
    decision,
    lock_article,
    save_together,
    sign,
)
from annotations.models import Annotation, Decision, SecondReview
from annotations.models.state import state_of
from articles.clock import database_now


def approve_all(
    article_id: int, versions: Mapping[int, int], by: User, review: SecondReview | None = None
) -> list[Annotation]:
    """Approve several proposals at once, all or none; they count as one for undo.

    ``versions`` gives, by id, the version that the person saw. Raise ``Refused`` where one of them
    is not there, not a proposal or not at its version any more, and where an admin does not allow
    it (``annotations.actions.review_policy``).
    """
    check_permission(by)
    with transaction.atomic():
        lock_article(article_id, review, by)
        waiting = Annotation.every.filter(
            article=article_id,
            second_review=review,
            article__blind=False,  # nobody saw the proposals of a blind sample
            status=Annotation.Status.PROPOSED,
        )
        annotations = list(
            waiting.filter(pk__in=versions)
            .select_related("run", "resolved_source")
            .prefetch_related("spans")
        )
        same = [a for a in annotations if a.version == versions[a.pk]]
        if len(same) != len(versions):
            raise Refused(
                _("%d of these have changed meanwhile. Nothing was approved: look again.")
                % (len(versions) - len(same))
            )
        review_policy.check_bulk(same, waiting.only("key", "confidence"))
        batch = uuid.uuid4()
        now = database_now()
        decisions = []
        for annotation in same:
            before = state_of(annotation)
            annotation.status = Annotation.Status.APPROVED
            sign(annotation, by, now)
            annotation.version += 1
            decisions.append(decision(annotation, Decision.Action.APPROVE, by, before, batch=batch))
        save_together(decisions)
    return same
