"""What people do to annotations: one function an action.

Each checks the permission and the version, changes the rows and writes a ``Decision``, in one
transaction (``annotations.deciding``). Views, the API and commands all come through here. Taking
back is in ``annotations.undoing``, signing an article off in ``annotations.finishing``.
"""

import uuid
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotations import policy
from annotations.attribution.quotes import quote_type as quote_type_of
from annotations.attribution.types import ROLES
from annotations.deciding import (
    AlreadyThere,
    Conflict,
    Refused,
    Spans,
    State,
    as_state,
    check_permission,
    check_spans,
    decide,
    decision,
    first_offset,
    lock_article,
    log,
    restore,
    sign,
    spans_of,
    state_of,
    twin,
    write_spans,
)
from annotations.models import Annotation, Decision, SecondLook, Source
from articles.clock import database_now
from articles.models import new_key

FLAG_LENGTH = 2000


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


def reject(annotation_id: int, version: int, by: User) -> Annotation:
    """Reject the annotation; it stays, with its history, and is never exported."""

    def change(annotation: Annotation) -> None:
        annotation.status = Annotation.Status.REJECTED

    return decide(
        annotation_id, version, by, Decision.Action.REJECT, change, repeats=lambda _same: True
    )


def edit(
    annotation_id: int,
    version: int,
    by: User,
    spans: Spans,
    quote_type: str,
    *,
    merge: int | None = None,
) -> Annotation:
    """Correct the spans or the quote type, and approve the result.

    An empty quote type follows from the words of the content.
    Spans that a person changed are no longer the machine's: the annotation gives up its run and
    its confidence (the decision's ``before`` keeps both). On an older version the correction is
    merged with what another person corrected since, unless both changed the same.

    Raises ``AlreadyThere`` where another attribution has just these spans. With ``merge``, the
    version of that other one that the person saw, the two are made one instead: the other is
    approved and returned, and this one is rejected (``_merge``).
    """
    wanted: State = {**as_state(spans), "quote_type": quote_type}

    def type_of(annotation: Annotation) -> str:
        chosen: str = wanted["quote_type"]
        return chosen or quote_type_of(annotation.article.text, wanted["content"])

    def change(annotation: Annotation) -> None:
        merged: Spans = {role: [(start, end) for start, end in wanted[role]] for role in ROLES}
        check_spans(annotation.article, merged, type_of(annotation))
        changed = spans_of(annotation) != as_state(merged)
        if changed:
            other = _twin_of(annotation, merged)
            if other is not None:
                raise AlreadyThere(other)
        annotation.status = Annotation.Status.APPROVED
        annotation.quote_type = type_of(annotation)
        if changed:
            annotation.run = None
            annotation.confidence = None
            annotation.start = first_offset(merged)
            write_spans(annotation, merged)

    def merges(annotation: Annotation, seen: State) -> bool:
        """Take over what the other one changed, if none of it is what this person changed."""
        now = state_of(annotation)
        if now["status"] == Annotation.Status.REJECTED and seen["status"] != now["status"]:
            return False
        for name in (*ROLES, "quote_type"):
            if now[name] not in (seen[name], wanted[name]):
                if wanted[name] not in (seen[name], ""):
                    return False
                wanted[name] = now[name]
        return True

    def repeats(annotation: Annotation) -> bool:
        stands = {**spans_of(annotation), "quote_type": annotation.quote_type}
        return stands == {**wanted, "quote_type": type_of(annotation)}

    try:
        return decide(
            annotation_id, version, by, Decision.Action.EDIT, change, repeats=repeats, merges=merges
        )
    except AlreadyThere as twins:
        if merge is None:
            raise
        return _merge((annotation_id, version), (twins.other.pk, merge), by, quote_type)
    except Conflict as conflict:
        merged = _merged(conflict.current, by, wanted) if merge is not None else None
        if merged is None:
            raise
        return merged


def _twin_of(annotation: Annotation, spans: Spans) -> Annotation | None:
    return twin(annotation.article, annotation.second_look_id, spans, but=annotation.pk)


def _merge(
    corrected: tuple[int, int], other: tuple[int, int], by: User, quote_type: str
) -> Annotation:
    """Approve the one that has the spans already, and reject the corrected one: one step for undo.

    Both are an id and a version. So neither origin nor history is lost. What is approved takes over
    the source of what is rejected if it has none.
    """
    batch = uuid.uuid4()
    given: list[Source | None] = []

    def drop(annotation: Annotation) -> None:
        given.append(annotation.resolved_source)
        annotation.status = Annotation.Status.REJECTED

    def keep(annotation: Annotation) -> None:
        annotation.status = Annotation.Status.APPROVED
        content = [(start, end) for start, end in spans_of(annotation)["content"]]
        annotation.quote_type = quote_type or quote_type_of(annotation.article.text, content)
        annotation.resolved_source = annotation.resolved_source or given[0]

    with transaction.atomic():
        decide(*corrected, by, Decision.Action.REJECT, drop, batch=batch)
        return decide(*other, by, Decision.Action.EDIT, keep, batch=batch)


def _merged(annotation: Annotation, by: User, wanted: State) -> Annotation | None:
    """What the person has just made one with the annotation, if that is what they want: the answer
    was lost.
    """
    last = annotation.decisions.last()
    if last is None or last.batch is None or last.by_id != by.pk:
        return None
    together = Decision.objects.filter(batch=last.batch, action=Decision.Action.EDIT)
    kept = together.select_related("annotation").first()
    # An empty quote type follows from the words, and so does not differ.
    chosen = {name: value for name, value in wanted.items() if name in ROLES or value}
    same = kept and kept.after and all(kept.after[name] == chosen[name] for name in chosen)
    return kept.annotation if kept and same else None


def add(
    article_id: int,
    by: User,
    spans: Spans,
    quote_type: str,
    *,
    key: str = "",
    look: SecondLook | None = None,
) -> Annotation:
    """Add an attribution that the machine missed; the person who adds it vouches for it.

    An empty quote type follows from the words of the content. ``key`` names the new annotation, so
    that sending it twice adds one. Raises ``AlreadyThere`` where the article has one with just
    these spans, be it a rejected one.
    """
    check_permission(by)
    with transaction.atomic():
        article = lock_article(article_id, look, by)
        quote_type = quote_type or quote_type_of(article.text, spans.get("content", ()))
        check_spans(article, spans, quote_type)
        other = twin(article, look.pk if look else None, spans)
        if other is not None:
            if key and other.key == key and other.reviewed_by_id == by.pk:
                return other
            raise AlreadyThere(other)
        annotation = Annotation(
            article=article,
            key=key or new_key(),
            status=Annotation.Status.APPROVED,
            quote_type=quote_type,
            start=first_offset(spans),
            second_look=look,
        )
        sign(annotation, by, database_now())
        if key and Annotation.every.filter(article=article, key=key).exists():
            raise Refused(_("Another attribution has this id."))
        annotation.save()
        write_spans(annotation, spans)
        log(annotation, Decision.Action.ADD, by, before=None)
    return annotation


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


def resolve(
    annotation_id: int,
    version: int,
    by: User,
    source: Source | None,
    *,
    batch: uuid.UUID | None = None,
) -> Annotation:
    """Say who the source is, or with None that it is not known after all.

    That signs nothing, and is open to finished articles too: what was signed are the words.
    """
    if source is not None and source.merged_into_id:
        raise Refused(_("“%s” was merged into another source.") % source)

    def change(annotation: Annotation) -> None:
        annotation.resolved_source = source

    return decide(
        annotation_id,
        version,
        by,
        Decision.Action.RESOLVE,
        change,
        signs=False,
        repeats=lambda annotation: annotation.resolved_source == source,
        in_finished=True,
        batch=batch,
    )


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
            raise Refused(_("This attribution never stood like that."))
        restore(annotation, state)

    return decide(annotation_id, version, by, Decision.Action.REVERT, change, signs=False)


def approve_all(
    article_id: int, versions: Mapping[int, int], by: User, look: SecondLook | None = None
) -> list[Annotation]:
    """Approve several proposals at once, all or none; they count as one for undo.

    ``versions`` gives, by id, the version that the person saw. Raises ``Refused`` where one of them
    is not there, not a proposal or not at its version any more, and where an admin does not allow
    it (``annotations.policy``).
    """
    check_permission(by)
    with transaction.atomic():
        lock_article(article_id, look, by)
        waiting = Annotation.every.filter(
            article=article_id,
            second_look=look,
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
        policy.check_bulk(same, waiting.only("key", "confidence"))
        batch = uuid.uuid4()
        now = database_now()
        decisions = []
        for annotation in same:
            before = state_of(annotation)
            annotation.status = Annotation.Status.APPROVED
            sign(annotation, by, now)
            annotation.version += 1
            decisions.append(decision(annotation, Decision.Action.APPROVE, by, before, batch=batch))
        Annotation.every.bulk_update(
            same, ["status", "version", "reviewed_by", "reviewer", "reviewed_at"]
        )
        Decision.objects.bulk_create(decisions)
    return same
