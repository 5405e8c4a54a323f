"""What people do to annotations: one function an action.

Each checks the permission and the version, changes the rows and writes a ``Decision``, in one
transaction. Views, the API and commands all come through here. Every action first locks the
article's row, so that decisions on one article happen one after the other and nothing is judged
in an article that was finished a moment ago.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.attribution.types import ROLES, Offsets, Role
from annotations.models import Annotation, Decision, PrelabelRun, Span
from articles.models import Article
from articles.normalise import GraphemeBoundaries

type Spans = Mapping[Role, Sequence[Offsets]]
type State = dict[str, Any]

PERMISSION = "annotations.review_annotation"
UNDOABLE = (
    Decision.Action.APPROVE,
    Decision.Action.REJECT,
    Decision.Action.EDIT,
    Decision.Action.ADD,
)


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


def approve(annotation_id: int, version: int, by: User) -> Annotation:
    """Approve the annotation as it is."""

    def change(annotation: Annotation) -> None:
        annotation.status = Annotation.Status.APPROVED

    return _decide(annotation_id, version, by, Decision.Action.APPROVE, change)


def reject(annotation_id: int, version: int, by: User) -> Annotation:
    """Reject the annotation; it stays, with its history, and is never exported."""

    def change(annotation: Annotation) -> None:
        annotation.status = Annotation.Status.REJECTED

    return _decide(annotation_id, version, by, Decision.Action.REJECT, change)


def edit(annotation_id: int, version: int, by: User, spans: Spans, quote_type: str) -> Annotation:
    """Correct the spans or the quote type, and approve the result.

    Spans that a person changed are no longer the machine's: the annotation gives up its run and
    its confidence (the decision's ``before`` keeps both).
    """

    def change(annotation: Annotation) -> None:
        _check_spans(annotation.article, spans, quote_type)
        annotation.status = Annotation.Status.APPROVED
        annotation.quote_type = quote_type
        if spans_of(annotation) != _as_state(spans):
            annotation.run = None
            annotation.confidence = None
            annotation.start = _first(spans)
            _write_spans(annotation, spans)

    return _decide(annotation_id, version, by, Decision.Action.EDIT, change)


def add(article_id: int, by: User, spans: Spans, quote_type: str) -> Annotation:
    """Add an attribution that the machine missed; the person who adds it vouches for it.

    Raises ``Refused`` where the article already has one with just these spans.
    """
    _check_permission(by)
    with transaction.atomic():
        article = _lock_open_article(article_id)
        _check_spans(article, spans, quote_type)
        for other in article.annotations.prefetch_related("spans"):
            if spans_of(other) == _as_state(spans):
                raise Refused(_("This attribution is already in the list."))
        annotation = Annotation.objects.create(
            article=article,
            status=Annotation.Status.APPROVED,
            quote_type=quote_type,
            start=_first(spans),
            reviewed_by=by,
            reviewer=by.get_username(),
            reviewed_at=timezone.now(),
        )
        _write_spans(annotation, spans)
        _log(annotation, Decision.Action.ADD, by, before=None)
    return annotation


def undo(annotation_id: int, version: int, by: User) -> Annotation:
    """Take back the latest decision on the annotation that was not undone yet.

    Called again it takes back the one before. What a person added is rejected, not deleted.
    Raises ``Refused`` where nothing is left to undo.
    """
    decision: Decision | None = None

    def change(annotation: Annotation) -> None:
        nonlocal decision
        decision = annotation.decisions.filter(action__in=UNDOABLE, undone_by__isnull=True).last()
        if decision is None:
            raise Refused(_("There is nothing to undo here."))
        if decision.before is None:
            annotation.status = Annotation.Status.REJECTED
        else:
            _restore(annotation, decision.before)

    return _decide(
        annotation_id, version, by, Decision.Action.UNDO, change, undoes=lambda: decision
    )


def finish(article_id: int, by: User) -> Article:
    """Sign the article off. Raises ``Refused`` while a proposal awaits its decision."""
    _check_permission(by)
    with transaction.atomic():
        article = _lock_open_article(article_id)
        left = article.annotations.filter(status=Annotation.Status.PROPOSED).count()
        if left:
            raise Refused(
                _("%(left)d proposals still await a decision.") % {"left": left}
                if left > 1
                else _("One proposal still awaits a decision.")
            )
        article.status = Article.Status.FINISHED
        article.finished_by = by
        article.finished_at = timezone.now()
        article.save(update_fields=["status", "finished_by", "finished_at"])
        Decision.objects.create(
            article=article, action=Decision.Action.FINISH, by=by, by_name=by.get_username()
        )
    return article


def reopen(article_id: int, by: User) -> Article:
    """Open a finished article for further decisions."""
    _check_permission(by)
    with transaction.atomic():
        changed = Article.objects.filter(pk=article_id, status=Article.Status.FINISHED).update(
            status=Article.Status.READY, finished_by=None, finished_at=None
        )
        article = Article.objects.get(pk=article_id)
        if not changed:
            raise Refused(_("This article is not finished."))
        Decision.objects.create(
            article=article, action=Decision.Action.REOPEN, by=by, by_name=by.get_username()
        )
    return article


def spans_of(annotation: Annotation) -> dict[str, list[list[int]]]:
    """The annotation's spans by role, in text order."""
    spans: dict[str, list[list[int]]] = {role: [] for role in ROLES}
    for span in annotation.spans.all():
        spans[span.role].append([span.start, span.end])
    return spans


def state_of(annotation: Annotation) -> State:
    """All that a decision can change, as kept in ``Decision.before`` and ``after``."""
    return {
        "version": annotation.version,
        "status": annotation.status,
        "quote_type": annotation.quote_type,
        "confidence": annotation.confidence,
        "run": annotation.run_id,
        "model_version": annotation.run.model_version if annotation.run else None,
        "reviewed_by": annotation.reviewed_by_id,
        "reviewer": annotation.reviewer,
        "reviewed_at": annotation.reviewed_at and annotation.reviewed_at.isoformat(),
        **spans_of(annotation),
    }


def _decide(
    annotation_id: int,
    version: int,
    by: User,
    action: Decision.Action,
    change: Callable[[Annotation], None],
    *,
    undoes: Callable[[], Decision | None] = lambda: None,
) -> Annotation:
    """Apply ``change`` to the annotation if its version is still the one the person saw."""
    _check_permission(by)
    with transaction.atomic():
        article_id = Annotation.objects.values_list("article_id", flat=True).get(pk=annotation_id)
        article = _lock_open_article(article_id)
        annotation = Annotation.objects.select_related("run").get(pk=annotation_id)
        annotation.article = article
        if annotation.version != version:
            if _is_repeat(annotation, version, by, action):
                return annotation
            raise _conflict(annotation, version)
        before = state_of(annotation)
        # Signed before the change, so that an undo may put back an earlier signature.
        annotation.reviewed_by = by
        annotation.reviewer = by.get_username()
        annotation.reviewed_at = timezone.now()
        change(annotation)
        annotation.version = version + 1
        annotation.save()
        _log(annotation, action, by, before=before, undoes=undoes())
    return annotation


def _check_permission(by: AbstractBaseUser | AnonymousUser) -> None:
    if not (by.is_active and isinstance(by, User) and by.has_perm(PERMISSION)):
        raise PermissionDenied(_("You may not judge annotations."))


def _lock_open_article(article_id: int) -> Article:
    article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
    if article.status == Article.Status.FINISHED:
        raise Refused(_("This article is finished. Reopen it to change anything."))
    if article.status != Article.Status.READY:
        raise Refused(_("This article is not ready for review yet."))
    return article


def _check_spans(article: Article, spans: Spans, quote_type: str) -> None:
    """Refuse spans that are not on the text, overlap within a role or say nothing."""
    if quote_type not in Annotation.QuoteType.values:
        raise Refused(_("Quote type “%(value)s” does not exist.") % {"value": quote_type[:50]})
    if set(spans) - set(ROLES):
        raise Refused(_("A span has a role that does not exist."))
    if not spans.get("cue") and not spans.get("content"):
        raise Refused(_("An attribution needs a cue or a content."))
    boundaries = GraphemeBoundaries(article.text)
    for role in ROLES:
        last_end = -1
        for start, end in spans.get(role, ()):
            where = {"role": Span.Role(role).label, "start": start, "end": end}
            if not 0 <= start < end <= len(article.text):
                raise Refused(_("%(role)s %(start)d-%(end)d is not on the article's text.") % where)
            if start not in boundaries or end not in boundaries:
                raise Refused(_("%(role)s %(start)d-%(end)d cuts a character in two.") % where)
            if not article.text[start:end].strip():
                raise Refused(_("%(role)s %(start)d-%(end)d is only white space.") % where)
            if start < last_end:
                raise Refused(
                    _("%(role)s %(start)d-%(end)d overlaps another piece of the same role.") % where
                )
            last_end = end


def _as_state(spans: Spans) -> dict[str, list[list[int]]]:
    return {role: [list(piece) for piece in spans.get(role, ())] for role in ROLES}


def _first(spans: Spans) -> int:
    return min(start for pieces in spans.values() for start, _end in pieces)


def _write_spans(annotation: Annotation, spans: Spans) -> None:
    annotation.spans.all().delete()
    Span.objects.bulk_create(
        Span(annotation=annotation, role=role, start=start, end=end)
        for role in ROLES
        for start, end in spans.get(role, ())
    )


def _restore(annotation: Annotation, state: State) -> None:
    """Put the annotation back into an earlier state, its signature included."""
    annotation.status = state["status"]
    annotation.quote_type = state["quote_type"]
    annotation.confidence = state["confidence"]
    annotation.run = state["run"] and PrelabelRun.objects.get(pk=state["run"])
    annotation.reviewed_by_id = state["reviewed_by"]
    annotation.reviewer = state["reviewer"]
    reviewed_at = state["reviewed_at"]
    annotation.reviewed_at = datetime.fromisoformat(reviewed_at) if reviewed_at else None
    spans: Spans = {role: [(start, end) for start, end in state[role]] for role in ROLES}
    annotation.start = _first(spans)
    _write_spans(annotation, spans)


def _log(
    annotation: Annotation,
    action: Decision.Action,
    by: User,
    before: State | None,
    undoes: Decision | None = None,
) -> None:
    Decision.objects.create(
        article=annotation.article,
        annotation=annotation,
        action=action,
        by=by,
        by_name=by.get_username(),
        before=before,
        after=state_of(annotation),
        undoes=undoes,
    )


def _is_repeat(annotation: Annotation, version: int, by: User, action: Decision.Action) -> bool:
    """Whether this is the same click sent twice: the same person just did the same."""
    if action not in (Decision.Action.APPROVE, Decision.Action.REJECT):
        return False
    last = annotation.decisions.last()
    return (
        last is not None
        and annotation.version == version + 1
        and last.action == action
        and last.by_id == by.pk
    )


def _conflict(annotation: Annotation, version: int) -> Conflict:
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
