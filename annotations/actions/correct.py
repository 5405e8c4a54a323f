"""Correct an annotation's spans or quote type, and approve the result."""

import uuid

from django.contrib.auth.models import User
from django.db import transaction

from accordingto.attribution import ROLES
from accordingto.text.quotation_marks import quote_type as quote_type_of
from annotations.actions.base import (
    AlreadyThere,
    Conflict,
    as_state,
    check_spans,
    decide,
    twin,
    write_spans,
)
from annotations.models import Annotation, Decision, Source
from annotations.models.state import Spans, State, first_offset, spans_of, state_of


def correct(
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

    Raise ``AlreadyThere`` where another attribution has just these spans. With ``merge``, the
    version of that other one that the person saw, the two are made one instead: the other is
    approved and returned, and this one is rejected (``_merge``).
    """
    wanted = _Wanted(as_state(spans), quote_type)
    try:
        return decide(
            annotation_id,
            version,
            by,
            Decision.Action.EDIT,
            wanted.apply,
            repeats=wanted.stands,
            merges=wanted.merge,
        )
    except AlreadyThere as twins:
        if merge is None:
            raise
        return _merge((annotation_id, version), (twins.other.pk, merge), by, quote_type)
    except Conflict as conflict:
        merged = _merged(conflict.current, by, wanted.state) if merge is not None else None
        if merged is None:
            raise
        return merged


class _Wanted:
    """What the person wants the annotation to be; an empty quote type follows from the words."""

    def __init__(self, spans: dict[str, list[list[int]]], quote_type: str) -> None:
        self.state: State = {**spans, "quote_type": quote_type}

    def _type(self, annotation: Annotation) -> str:
        chosen: str = self.state["quote_type"]
        return chosen or quote_type_of(annotation.article.text, self.state["content"])

    def apply(self, annotation: Annotation) -> None:
        """Give the annotation its spans and its quote type, approved."""
        spans: Spans = {role: [(start, end) for start, end in self.state[role]] for role in ROLES}
        check_spans(annotation.article, spans, self._type(annotation))
        annotation.status = Annotation.Status.APPROVED
        annotation.quote_type = self._type(annotation)
        if spans_of(annotation) == as_state(spans):
            return
        other = twin(annotation.article, annotation.second_review_id, spans, but=annotation.pk)
        if other is not None:
            raise AlreadyThere(other)
        annotation.run = None
        annotation.confidence = None
        annotation.start = first_offset(spans)
        write_spans(annotation, spans)

    def merge(self, annotation: Annotation, seen: State) -> bool:
        """Take over what another person changed, if none of it is what this person changed."""
        now = state_of(annotation)
        if now["status"] == Annotation.Status.REJECTED and seen["status"] != now["status"]:
            return False
        for name in (*ROLES, "quote_type"):
            if now[name] not in (seen[name], self.state[name]):
                if self.state[name] not in (seen[name], ""):
                    return False
                self.state[name] = now[name]
        return True

    def stands(self, annotation: Annotation) -> bool:
        """Whether the annotation is like that already."""
        now = {**spans_of(annotation), "quote_type": annotation.quote_type}
        return now == {**self.state, "quote_type": self._type(annotation)}


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
