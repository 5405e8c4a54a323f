"""Undo and redo: of one annotation, and of what a person did in an article, step by step.

An undo is a decision too, and names the one it takes back; a redo names the undo. So what can be
undone or done again is read from the log, and reaches over reloads and sessions.
"""

import uuid
from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from annotations.actions.base import (
    Refused,
    check_permission,
    conflict_of,
    decision,
    lock_article,
    locked,
    refuse_if_finished,
    refuse_twin,
    restore,
    save_together,
    sign,
)
from annotations.actions.clear_sentence import put_back
from annotations.models import Annotation, Decision, SecondReview
from annotations.models.decision import UNDOABLE, DecisionAction
from annotations.models.state import State, state_of
from articles.clock import database_now
from articles.models import Article, Sentence

NAMING = ("version", "resolved_source", "source_name")
"""What naming a source changes of an annotation's state, and nothing else does."""


def undo(annotation_id: int, version: int, by: User) -> Annotation:
    """Take back the latest decision on the annotation that was not undone yet, with what was
    decided on it in the same go.

    Called again it takes back the one before. What a person added is rejected, not deleted.
    Raise ``Refused`` where nothing is left to undo, and in a finished article for all but naming,
    and ``AlreadyThere`` where it would become what another attribution is by now.
    """
    check_permission(by)
    with transaction.atomic():
        annotation = locked(annotation_id, by, in_finished=True)
        if annotation.version != version:
            raise conflict_of(annotation, version)
        standing = annotation.decisions.filter(action__in=UNDOABLE, undone_by__isnull=True)
        latest = standing.last()
        if latest is None:
            refuse_if_finished(annotation.article)
            raise Refused(_("There is nothing to undo here."))
        wanted = [each for each in _with_batch(latest) if each.annotation_id == annotation.pk]
        _take_back_all(
            annotation.article, wanted, {annotation.pk: annotation}, Decision.Action.UNDO, by
        )
        return annotation


def undo_latest(
    article_id: int, by: User, review: SecondReview | None = None, *, press: uuid.UUID | None = None
) -> list[Annotation] | list[Sentence]:
    """Take back the person's latest decision in the article, with all that was done with it.

    Return what changed: annotations, or the sentence that was cleared. ``press`` names the press
    of the key: sent again because its answer was lost, it takes back nothing more. Raises
    ``Refused`` where there is none, or somebody else decided on top of it, and in a finished
    article for all but naming.
    """
    check_permission(by)
    with transaction.atomic():
        article = lock_article(article_id, review, by, in_finished=True)
        mine = _mine(article_id, by, review)
        if done := _done_before(mine, press):
            return done
        latest = mine.filter(action__in=UNDOABLE, undone_by__isnull=True).last()
        if latest is None:
            refuse_if_finished(article)
            raise Refused(_("You have nothing to undo in this article."))
        if latest.annotation_id is None:
            return [put_back(latest, review, Decision.Action.UNDO, by, press)]
        return _take_back_mine(article, latest, Decision.Action.UNDO, by, press)


def redo_latest(
    article_id: int, by: User, review: SecondReview | None = None, *, press: uuid.UUID | None = None
) -> list[Annotation] | list[Sentence]:
    """Do again what the person undid last, unless they decided anything else since."""
    check_permission(by)
    with transaction.atomic():
        article = lock_article(article_id, review, by, in_finished=True)
        mine = _mine(article_id, by, review)
        if done := _done_before(mine, press):
            return done
        latest = mine.filter(action=Decision.Action.UNDO, undone_by__isnull=True).last()
        fresh = (
            latest
            and mine.filter(action__in=UNDOABLE, pk__gt=latest.pk)
            .exclude(action=Decision.Action.REDO)
            .exists()
        )
        if latest is None or fresh:
            refuse_if_finished(article)
            raise Refused(_("You have nothing to redo in this article."))
        if latest.annotation_id is None:
            return [put_back(latest, review, Decision.Action.REDO, by, press)]
        return _take_back_mine(article, latest, Decision.Action.REDO, by, press)


def _mine(article_id: int, by: User, review: SecondReview | None) -> QuerySet[Decision]:
    on_labels = Q(annotation__isnull=False, annotation__second_review=review)
    # Handed back and begun again, a second review keeps the time at which it was asked for.
    since = {"at__gte": review.asked_at} if review else {}
    on_sentences = Q(annotation=None, after__second_review=review is not None, **since)
    return Decision.objects.filter(on_labels | on_sentences, article=article_id, by=by)


def _done_before(
    mine: QuerySet[Decision], press: uuid.UUID | None
) -> list[Annotation] | list[Sentence]:
    """What the same press did already, as it stands now."""
    done = list(mine.filter(press=press)) if press else []
    if done and done[0].annotation_id is None:
        start = (done[0].after or {})["start"]
        return [Sentence.objects.get(article=done[0].article_id, start=start)]
    annotations = Annotation.every.filter(pk__in=[each.annotation_id for each in done])
    return list(annotations.select_related("run", "resolved_source").prefetch_related("spans"))


def _with_batch(latest: Decision) -> list[Decision]:
    if latest.batch is None:
        return [latest]
    return list(Decision.objects.filter(batch=latest.batch, undone_by__isnull=True))


def _take_back_mine(
    article: Article,
    latest: Decision,
    action: DecisionAction,
    by: User,
    press: uuid.UUID | None,
) -> list[Annotation]:
    """Take back a decision and its batch, unless somebody else decided on top of them."""
    decisions = _with_batch(latest)
    annotations = (
        Annotation.every.select_related("article", "run", "resolved_source")
        .prefetch_related("spans")
        .in_bulk([each.annotation_id for each in decisions])
    )
    _refuse_if_decided_since(decisions)
    _take_back_all(article, decisions, annotations, action, by, press=press)
    return list(annotations.values())


def _take_back_all(
    article: Article,
    decisions: Sequence[Decision],
    annotations: Mapping[int, Annotation],
    action: DecisionAction,
    by: User,
    *,
    press: uuid.UUID | None = None,
) -> None:
    """Take back decisions on these annotations in one go, of those on one the latest first."""
    if not all(_only_names(each) for each in decisions):
        refuse_if_finished(article)
    entries = []
    batch = uuid.uuid4() if len(decisions) > 1 else None
    changes = []
    for each in sorted(decisions, key=lambda each: -each.pk):
        annotation = annotations[each.annotation_id or 0]
        before = state_of(annotation)
        changes.append((annotation, before))
        _take_back(annotation, each, by)
        annotation.version += 1
        entries.append(
            decision(annotation, action, by, before, undoes=each, batch=batch, press=press)
        )
    save_together(entries)
    for annotation, before in changes:  # all of them are as they will be
        refuse_twin(annotation, before)


def _only_names(taken_back: Decision) -> bool:
    """Whether the decision changed nothing but who the source is."""

    def rest(state: State) -> State:
        return {name: value for name, value in state.items() if name not in NAMING}

    return rest(taken_back.before or {}) == rest(taken_back.after or {})


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
        sign(annotation, by, database_now())
        annotation.status = Annotation.Status.REJECTED
        return
    source = annotation.resolved_source
    restore(annotation, taken_back.before)
    after = taken_back.after or {}
    if taken_back.before.get("resolved_source") == after.get("resolved_source"):
        # It said nothing about the source, which the registry may have changed since.
        annotation.resolved_source = source
