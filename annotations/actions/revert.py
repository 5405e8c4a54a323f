"""Put an annotation back to an earlier state of its history."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from annotations.actions.base import Refused, decide, restore
from annotations.models import Annotation, Decision
from annotations.models.state import State


def revert(
    annotation_id: int, version: int, by: User, decision_id: int, *, before: bool = False
) -> Annotation:
    """Put the annotation back to how it stood after one of its decisions (or before it).

    The signature that stood then stands again: that person vouched for just this.
    """

    def change(annotation: Annotation) -> None:
        which = "before" if before else "after"
        states = annotation.decisions.filter(pk=decision_id).values_list(which, flat=True)
        state: State | None = states.first()
        if state is None:
            raise Refused(_("The attribution was never in that state."))
        restore(annotation, state)

    return decide(annotation_id, version, by, Decision.Action.REVERT, change, signs=False)
