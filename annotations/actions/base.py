"""What every decision on an annotation goes through: lock, permission, version, change, log.

Every action first locks the article's row, so that decisions on one article happen one after the
other and nothing is judged in an article that was finished a moment ago. The actions themselves
are the other modules of this package.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accordingto.attribution import ROLES
from accordingto.text.normalise import GraphemeBoundaries
from annotations import permissions
from annotations.models import (
    Annotation,
    Decision,
    ReviewPolicy,
    SecondReview,
    Source,
    Span,
)
from annotations.models.access import TakenDown
from annotations.models.decision import DecisionAction
from annotations.models.state import Spans, State, first_offset, span_rows, spans_of, state_of
from articles.clock import database_now
from articles.models import Article

COLUMNS = {field.name for field in Annotation._meta.concrete_fields}
TOGETHER = 1000
"""So many rows are written by one statement."""


class Refused(Exception):  # noqa: N818 - said as in "the action was refused"
    """The action cannot be done; the message says why, for the person to read."""


class Conflict(Refused):
    """The annotation changed since the person saw it: nothing was done.

    ``current`` is the annotation as it stands, ``seen`` the state the person decided on, where the
    version they sent is one that existed.
    """

    def __init__(self, message: str, current: Annotation, seen: State | None) -> None:
        super().__init__(message)
        self.current = current
        self.seen = seen


class AlreadyThere(Refused):
    """Another attribution, ``other``, has the very spans that this one would have."""

    def __init__(self, other: Annotation) -> None:
        status = {
            Annotation.Status.PROPOSED: _("This attribution is already in the list: proposed."),
            Annotation.Status.APPROVED: _("This attribution is already in the list: approved."),
            Annotation.Status.REJECTED: _("This attribution is already in the list: rejected."),
        }
        super().__init__(status[Annotation.Status(other.status)])
        self.other = other


def decide(
    annotation_id: int,
    version: int,
    by: User,
    action: DecisionAction,
    change: Callable[[Annotation], None],
    *,
    signs: bool = True,
    repeats: Callable[[Annotation], bool] | None = None,
    merges: Callable[[Annotation, State], bool] | None = None,
    in_finished: bool = False,
    batch: uuid.UUID | None = None,
) -> Annotation:
    """Apply ``change`` to the annotation if its version is still the one the person saw.

    Raise AlreadyThere where there would be two of one attribution (``refuse_twin``).

    On an older version, ``repeats`` tells whether the person's latest decision is this very one
    (the answer was lost and it was sent again), and ``merges`` whether it can be done beside what
    happened since; else Conflict is raised. With ``signs`` the person vouches for the result. With
    ``in_finished`` it is open to finished articles too.
    """
    check_permission(by)
    with transaction.atomic():
        annotation = locked(annotation_id, by, in_finished=in_finished)
        if annotation.version != version:
            # What was merged came after other changes.
            late = merges is not None and annotation.version > version
            did = (late or annotation.version == version + 1) and _did(annotation, by, action)
            if did and repeats and repeats(annotation):
                return annotation
            conflict = conflict_of(annotation, version)
            if not (merges and conflict.seen and merges(annotation, conflict.seen)):
                raise conflict
            if did and repeats and repeats(annotation):  # as merged
                return annotation
        before = state_of(annotation)
        if signs:
            sign(annotation, by, database_now())
        change(annotation)
        annotation.version += 1
        annotation.save()
        refuse_twin(annotation, before)
        decision(annotation, action, by, before, batch=batch).save()
    return annotation


def check_permission(by: AbstractBaseUser | AnonymousUser) -> None:
    """Raise PermissionDenied unless the user may review annotations."""
    if not (by.is_active and isinstance(by, User) and by.has_perm(permissions.REVIEW)):
        raise PermissionDenied(_("You are not allowed to review annotations."))


def locked(annotation_id: int, by: User, *, in_finished: bool = False) -> Annotation:
    """The annotation, with its article locked and open for this person's decisions; a finished
    one too, with ``in_finished``.
    """
    row = Annotation.every.filter(pk=annotation_id).values_list("article_id", flat=True)
    article = Article.objects.select_for_update(no_key=True).filter(pk__in=row).first()
    # Read only now that nobody else can change it.
    found = Annotation.every.select_related("run", "resolved_source", "second_review")
    annotation = found.prefetch_related("spans").filter(pk=annotation_id).first()
    if article is None or annotation is None:
        raise Refused(_("This proposal is gone: the article was pre-labelled again."))
    _leave_taken_down(article)
    _refuse_if_closed(article, annotation.second_review, by, in_finished=in_finished)
    annotation.article = article
    return annotation


def lock_article(
    article_id: int, review: SecondReview | None, by: User, *, in_finished: bool = False
) -> Article:
    """Lock the article for decisions on its own labels, or on those of a second review."""
    article = locked_article(article_id)
    _refuse_if_closed(article, review, by, in_finished=in_finished)
    return article


def locked_article(article_id: int) -> Article:
    """The article, locked for decisions, whatever its status but taken down: then ``TakenDown`` is
    raised, as ``locked`` does.
    """
    article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
    _leave_taken_down(article)
    return article


def _leave_taken_down(article: Article) -> None:
    if article.status == Article.Status.TAKEN_DOWN:
        raise TakenDown(article)


def refuse_if_finished(article: Article) -> None:
    """Refuse what may not be done in a finished article."""
    if article.status == Article.Status.FINISHED:
        raise Refused(_("This article is finished. Reopen it to change anything."))


def _refuse_if_closed(
    article: Article, review: SecondReview | None, by: User, *, in_finished: bool
) -> None:
    if in_finished and review is None and article.status == Article.Status.FINISHED:
        return
    refuse_if_finished(article)
    if review is not None:
        if review.second_id != by.pk:
            raise Refused(_("This is another person's second review."))
        if review.handed_back_at:
            raise Refused(_("This second review was handed back; begin it again to go on."))
        if article.status != Article.Status.SECOND_REVIEW:
            raise Refused(_("This second review is done."))
    elif article.status == Article.Status.SECOND_REVIEW:
        raise Refused(_("This article is waiting for a second review."))
    elif article.status == Article.Status.DISPUTED:
        if not may_settle_own(article.second_reviews.current().get(settled_at__isnull=True), by):
            raise Refused(_("Your label is disputed: another person settles it."))
    elif article.status != Article.Status.READY:
        raise Refused(_("This article is not ready for review yet."))


def may_settle_own(review: SecondReview, by: User) -> bool:
    """Whether the person may decide freely where the labels of a second review differ: not as one
    of the two, unless an admin says that there is no third person to do it.
    """
    if by.pk not in (review.first_id, review.second_id):
        return True
    return ReviewPolicy.objects.filter(settle_own=True).exists()


def check_spans(article: Article, spans: Spans, quote_type: str) -> None:
    """Refuse spans that are not on the text, overlap within a role or say nothing."""
    if quote_type not in Annotation.QuoteType.values:
        raise Refused(_("Quote type “%(value)s” does not exist.") % {"value": quote_type[:50]})
    pieces = as_state(spans)
    if not pieces["cue"] and not pieces["content"]:
        raise Refused(_("An attribution needs a cue or a content."))
    boundaries = GraphemeBoundaries(article.text)
    for role in ROLES:
        last_end = -1
        for start, end in pieces[role]:
            where = {"role": Span.Role(role).label, "start": start, "end": end}
            if not 0 <= start < end <= len(article.text):
                raise Refused(
                    _("%(role)s %(start)d-%(end)d is outside the article's text.") % where
                )
            if start not in boundaries or end not in boundaries:
                raise Refused(_("%(role)s %(start)d-%(end)d splits a character.") % where)
            if not article.text[start:end].strip():
                raise Refused(_("%(role)s %(start)d-%(end)d is only white space.") % where)
            if start < last_end:
                raise Refused(
                    _("%(role)s %(start)d-%(end)d overlaps another piece of the same role.") % where
                )
            last_end = end


def twin(
    article: Article, review_id: int | None, spans: Spans, *, but: int = 0
) -> Annotation | None:
    """Another of the article's own labels, or of the second review's, with just these spans.

    One that counts before one that is rejected. In a blind sample proposals are nobody's twin:
    nobody saw them.
    """
    if not any(spans.values()):
        return None
    others = Annotation.every.filter(
        article=article, second_review=review_id, start=first_offset(spans)
    ).exclude(pk=but)
    if article.blind:
        others = others.exclude(status=Annotation.Status.PROPOSED)
    wanted = as_state(spans)
    found = [
        other
        for other in others.select_related("resolved_source").prefetch_related("spans")
        if spans_of(other) == wanted
    ]
    return min(found, key=lambda other: other.status == Annotation.Status.REJECTED, default=None)


def refuse_twin(annotation: Annotation, before: State) -> None:
    """Raise AlreadyThere where the annotation has just become what another one is that counts.

    ``before`` is its state before it changed. The caller holds the article's lock.
    """
    spans = spans_of(annotation)
    same = all(spans[role] == before[role] for role in ROLES)
    if annotation.status == Annotation.Status.REJECTED or (
        same and before["status"] != Annotation.Status.REJECTED
    ):
        return
    pieces: Spans = {role: [(start, end) for start, end in spans[role]] for role in ROLES}
    other = twin(annotation.article, annotation.second_review_id, pieces, but=annotation.pk)
    if other is not None and other.status != Annotation.Status.REJECTED:
        raise AlreadyThere(other)


def as_state(spans: Spans) -> dict[str, list[list[int]]]:
    """Spans in the form that states have. Raise Refused for a role that does not exist."""
    if set(spans) - set(ROLES):
        raise Refused(_("A span has a role that does not exist."))
    return {role: [list(piece) for piece in spans.get(role, ())] for role in ROLES}


def restore(annotation: Annotation, state: State) -> None:
    """Put the annotation back into an earlier state, its signature included; does not save it."""
    annotation.status = state["status"]
    annotation.quote_type = state["quote_type"]
    annotation.confidence = state["confidence"]
    annotation.run_id = state["run"]
    annotation.reviewed_by_id = state["reviewed_by"]
    annotation.reviewer = state["reviewer"]
    reviewed_at = state["reviewed_at"]
    annotation.reviewed_at = datetime.fromisoformat(reviewed_at) if reviewed_at else None
    annotation.flag = state.get("flag", "")
    if "resolved_source" in state and state["resolved_source"] != annotation.resolved_source_id:
        # It may have been merged into another since.
        was = Source.objects.select_related("merged_into").filter(pk=state["resolved_source"])
        source = was.first()
        annotation.resolved_source = source and (source.merged_into or source)
    spans: Spans = {role: [(start, end) for start, end in state[role]] for role in ROLES}
    if spans_of(annotation) != as_state(spans):
        annotation.start = first_offset(spans)
        write_spans(annotation, spans)


def sign(annotation: Annotation, by: User, at: datetime) -> None:
    """The person vouches for the annotation from now on: ``at`` is the database's time."""
    annotation.reviewed_by = by
    annotation.reviewer = by.get_username()
    annotation.reviewed_at = at


def write_spans(annotation: Annotation, spans: Spans) -> None:
    """Replace the annotation's spans."""
    annotation.spans.all().delete()  # and those that were prefetched are forgotten
    Span.objects.bulk_create(span_rows(annotation, spans))
    prefetch_related_objects([annotation], "spans")


def decision(
    annotation: Annotation,
    action: DecisionAction,
    by: User,
    before: State | None,
    *,
    undoes: Decision | None = None,
    batch: uuid.UUID | None = None,
    press: uuid.UUID | None = None,
) -> Decision:
    """The log's entry for what was just done, not yet written."""
    return Decision(
        article_id=annotation.article_id,
        annotation=annotation,
        action=action,
        by=by,
        by_name=by.get_username(),
        before=before,
        after=state_of(annotation),
        undoes=undoes,
        batch=batch,
        press=press,
    )


def save_together(decisions: Sequence[Decision]) -> None:
    """Save annotations that were changed in one go, and the decisions that changed them.

    What differs between a decision's ``before`` and ``after`` is what is written.
    """
    columns = set()
    for each in decisions:
        before, after = each.before or {}, each.after or {}
        changed = {name for name in after if before[name] != after[name]}
        columns |= changed & COLUMNS
        if changed & set(ROLES):
            columns.add("start")
    annotations = {each.annotation_id: each.annotation for each in decisions if each.annotation}
    if annotations:
        Annotation.every.bulk_update(annotations.values(), sorted(columns), batch_size=TOGETHER)
    Decision.objects.bulk_create(decisions, batch_size=TOGETHER)


def log(annotation: Annotation, action: DecisionAction, by: User, before: State | None) -> None:
    """Write the log's entry for what was just done."""
    decision(annotation, action, by, before).save()


def log_article(article: Article, action: DecisionAction, by: User) -> None:
    """Write the log's entry for what was done to an article as a whole."""
    Decision.objects.create(article=article, action=action, by=by, by_name=by.get_username())


def _did(annotation: Annotation, by: User, action: DecisionAction) -> bool:
    """Whether this is what happened last, and done by this person."""
    last = annotation.decisions.last()
    return last is not None and last.action == action and last.by_id == by.pk


def conflict_of(annotation: Annotation, version: int) -> Conflict:
    """What to raise where the person saw another version of the annotation."""
    last = annotation.decisions.last()
    seen = (
        annotation.decisions.filter(before__version=version)
        .values_list("before", flat=True)
        .first()
    )
    if last is None:
        message = _("This attribution has changed since you saw it.")
    else:
        message = _("%(who)s %(did)s this attribution since you saw it.") % {
            "who": last.by_name,
            "did": last.get_action_display(),
        }
    return Conflict(message, current=annotation, seen=seen)


def refuse_while_proposed(annotations: QuerySet[Annotation]) -> None:
    """Raises ``Refused`` while one of these awaits a decision."""
    left = annotations.filter(status=Annotation.Status.PROPOSED).count()
    if left:
        raise Refused(
            ngettext(
                "%(left)d proposal still awaits a decision.",
                "%(left)d proposals still await a decision.",
                left,
            )
            % {"left": left}
        )
