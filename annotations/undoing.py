"""Undo and redo: of one annotation, and of what a person did in an article, step by step.

An undo is a decision too, and names the one it takes back; a redo names the undo. So what can be
undone or done again is read from the log, and reaches over reloads and sessions.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotations.deciding import (
    Refused,
    check_permission,
    decide,
    decision,
    lock_article,
    refuse_twin,
    restore,
    sign,
    state_of,
)
from annotations.models import Annotation, Decision, SecondLook

UNDOABLE = (
    Decision.Action.APPROVE,
    Decision.Action.REJECT,
    Decision.Action.EDIT,
    Decision.Action.ADD,
    Decision.Action.FLAG,
    Decision.Action.RESOLVE,
    Decision.Action.REVERT,
    Decision.Action.REDO,
)
BACK_AND_FORTH = (Decision.Action.UNDO, Decision.Action.REDO)
CHANGED = (
    "status",
    "quote_type",
    "start",
    "confidence",
    "run",
    "resolved_source",
    "version",
    "reviewed_by",
    "reviewer",
    "reviewed_at",
    "flag",
)


def undo(annotation_id: int, version: int, by: User) -> Annotation:
    """Take back the latest decision on the annotation that was not undone yet.

    Called again it takes back the one before. What a person added is rejected, not deleted.
    Raises ``Refused`` where nothing is left to undo, and ``AlreadyThere`` where it would become
    what another attribution is by now.
    """
    taken_back: Decision | None = None

    def change(annotation: Annotation) -> None:
        nonlocal taken_back
        taken_back = annotation.decisions.filter(action__in=UNDOABLE, undone_by__isnull=True).last()
        if taken_back is None:
            raise Refused(_("There is nothing to undo here."))
        _take_back(annotation, taken_back, by)

    return decide(
        annotation_id,
        version,
        by,
        Decision.Action.UNDO,
        change,
        signs=False,
        undoes=lambda: taken_back,
    )


def undo_latest(article_id: int, by: User, look: SecondLook | None = None) -> list[Annotation]:
    """Take back the person's latest decision in the article, with all that was done with it.

    Raises ``Refused`` where there is none, or somebody else decided on top of it, and
    ``AlreadyThere`` as ``undo`` does.
    """
    check_permission(by)
    with transaction.atomic():
        lock_article(article_id, look, by)
        mine = _mine(article_id, by, look)
        latest = mine.filter(action__in=UNDOABLE, undone_by__isnull=True).last()
        if latest is None:
            raise Refused(_("You have nothing to undo in this article."))
        return _take_back_all(_with_batch(latest), Decision.Action.UNDO, by)


def redo_latest(article_id: int, by: User, look: SecondLook | None = None) -> list[Annotation]:
    """Do again what the person undid last, unless they decided anything else since."""
    check_permission(by)
    with transaction.atomic():
        lock_article(article_id, look, by)
        mine = _mine(article_id, by, look)
        latest = mine.filter(action=Decision.Action.UNDO, undone_by__isnull=True).last()
        fresh = (
            latest
            and mine.filter(action__in=UNDOABLE, pk__gt=latest.pk)
            .exclude(action=Decision.Action.REDO)
            .exists()
        )
        if latest is None or fresh:
            raise Refused(_("You have nothing to do again in this article."))
        return _take_back_all(_with_batch(latest), Decision.Action.REDO, by)


def _mine(article_id: int, by: User, look: SecondLook | None) -> QuerySet[Decision]:
    return Decision.objects.filter(
        article=article_id, by=by, annotation__isnull=False, annotation__second_look=look
    ).order_by("id")


def _with_batch(latest: Decision) -> list[Decision]:
    if latest.batch is None:
        return [latest]
    together = Decision.objects.filter(batch=latest.batch, undone_by__isnull=True).order_by("id")
    if latest.action in BACK_AND_FORTH:
        return list(together.filter(action=latest.action))
    return list(together.exclude(action__in=BACK_AND_FORTH))


def _take_back_all(
    decisions: Sequence[Decision], action: Decision.Action, by: User
) -> list[Annotation]:
    """Take back decisions on different annotations in one go."""
    annotations = (
        Annotation.every.select_related("article", "run", "resolved_source")
        .prefetch_related("spans")
        .in_bulk([each.annotation_id for each in decisions])
    )
    _refuse_if_decided_since(decisions)
    entries = []
    changes = []
    for each in decisions:
        annotation = annotations[each.annotation_id]
        before = state_of(annotation)
        changes.append((annotation, before))
        _take_back(annotation, each, by)
        annotation.version += 1
        entries.append(decision(annotation, action, by, before, undoes=each, batch=each.batch))
    Annotation.every.bulk_update(annotations.values(), CHANGED)
    for annotation, before in changes:  # all of them are as they will be
        refuse_twin(annotation, before)
    Decision.objects.bulk_create(entries)
    return list(annotations.values())


def _refuse_if_decided_since(decisions: Sequence[Decision]) -> None:
    latest = max(decisions, key=lambda each: each.pk)
    later = (
        Decision.objects.filter(
            annotation__in=[each.annotation_id for each in decisions],
            action__in=UNDOABLE,
            undone_by__isnull=True,
            pk__gt=latest.pk,
        )
        .exclude(by=latest.by)
        .first()
    )
    if later:
        raise Refused(
            _("%(who)s %(did)s this attribution after you; see its history.")
            % {"who": later.by_name, "did": later.get_action_display()}
        )


def _take_back(annotation: Annotation, taken_back: Decision, by: User) -> None:
    if taken_back.before is None:  # it was added
        sign(annotation, by)
        annotation.status = Annotation.Status.REJECTED
        return
    source = annotation.resolved_source
    restore(annotation, taken_back.before)
    after = taken_back.after or {}
    if taken_back.before.get("resolved_source") == after.get("resolved_source"):
        # It said nothing about the source, which the registry may have changed since.
        annotation.resolved_source = source
