"""Leave a note for a colleague at an annotation."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from annotations.actions.base import (
    Refused,
    decide,
)
from annotations.models import Annotation, Decision

FLAG_LENGTH = 2000


def flag(annotation_id: int, version: int, by: User, note: str) -> Annotation:
    """Leave a note for a colleague at the annotation, or take it away with an empty one.

    It says nothing about the annotation's being right: nobody signs anything.
    """
    note = note.strip()

    def change(annotation: Annotation) -> None:
        if len(note) > FLAG_LENGTH:
            raise Refused(
                _("The note has %(length)d characters; at most %(limit)d fit.")
                % {"length": len(note), "limit": FLAG_LENGTH}
            )
        annotation.flag = note

    return decide(
        annotation_id,
        version,
        by,
        Decision.Action.FLAG,
        change,
        signs=False,
        repeats=lambda annotation: annotation.flag == note,
        merges=lambda annotation, seen: annotation.flag == seen.get("flag", ""),
    )
