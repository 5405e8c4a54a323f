"""Reject an annotation."""

from django.contrib.auth.models import User

from annotations.actions.base import (
    decide,
)
from annotations.models import Annotation, Decision


def reject(annotation_id: int, version: int, by: User) -> Annotation:
    """Reject the annotation; it stays, with its history, and is never exported."""

    def change(annotation: Annotation) -> None:
        annotation.status = Annotation.Status.REJECTED

    return decide(
        annotation_id, version, by, Decision.Action.REJECT, change, repeats=lambda _same: True
    )
