"""Approve an annotation as it is."""

import uuid

from django.contrib.auth.models import User

from annotations.actions.base import (
    decide,
)
from annotations.models import Annotation, Decision


def approve(
    annotation_id: int, version: int, by: User, *, batch: uuid.UUID | None = None
) -> Annotation:
    """Approve the annotation as it is. What shares a ``batch`` is undone in one go."""

    def change(annotation: Annotation) -> None:
        annotation.status = Annotation.Status.APPROVED

    return decide(
        annotation_id,
        version,
        by,
        Decision.Action.APPROVE,
        change,
        repeats=lambda _same: True,
        batch=batch,
    )
