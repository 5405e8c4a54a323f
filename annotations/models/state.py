"""States of an annotation, as the log keeps them before and after each decision."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accordingto.attribution import ROLES, Offsets, Role
from annotations.models.annotation import Annotation, Span

type Spans = Mapping[Role, Sequence[Offsets]]


type State = dict[str, Any]


def spans_of(annotation: Annotation) -> dict[str, list[list[int]]]:
    """The annotation's spans by role, in text order."""
    spans: dict[str, list[list[int]]] = {role: [] for role in ROLES}
    for span in annotation.spans.all():
        spans[span.role].append([span.start, span.end])
    return spans


def pieces_of(*states: State | None) -> list[Offsets]:
    """All pieces of all roles in the states (or in spans by role), one state after the other."""
    return [(s, e) for state in states if state for role in ROLES for s, e in state[role]]


def span_rows(annotation: Annotation, spans: Spans) -> Iterator[Span]:
    """The annotation's spans as rows, not yet written."""
    for role in ROLES:
        for start, end in spans.get(role, ()):
            yield Span(annotation=annotation, role=role, start=start, end=end)


def first_offset(spans: Spans) -> int:
    """Where the first span begins: the reading order."""
    return min(start for pieces in spans.values() for start, _end in pieces)


def state_of(annotation: Annotation) -> State:
    """All that a decision can change, as kept in ``Decision.before`` and ``after``."""
    source = annotation.resolved_source
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
        "flag": annotation.flag,
        "resolved_source": source and source.pk,
        "source_name": source and source.name,
        **spans_of(annotation),
    }


def source_words(annotation: Annotation) -> str:
    """How the annotation's article words the source."""
    text = annotation.article.text
    return " ".join(text[start:end] for start, end in spans_of(annotation)["source"])
