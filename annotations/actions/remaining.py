"""What is left in an article that a person should know of before they sign it off."""

import hashlib
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import ngettext

from accordingto.sources.names import is_description
from annotations.actions.base import (
    Refused,
)
from annotations.models import Annotation, Span
from annotations.models.access import Access


@dataclass(slots=True)
class Left:
    """What a person should know before they sign the article off. ``seen`` names just this."""

    warnings: list[str] = field(default_factory=list)
    seen: str = ""


class Warned(Refused):
    """The article was not finished yet: the person first has to see what is left."""

    def __init__(self, left: Left) -> None:
        super().__init__(" ".join(left.warnings))
        self.left = left


def _with_a_name(text: str, annotations: QuerySet[Annotation]) -> list[int]:
    """Those whose source span has a name: a description ("officials") belongs to its article."""
    spans = Span.objects.filter(annotation__in=annotations, role=Span.Role.SOURCE)
    words: dict[int, list[str]] = {}
    for pk, start, end in spans.order_by("annotation", "start").values_list(
        "annotation", "start", "end"
    ):
        words.setdefault(pk, []).append(text[start:end])
    return [pk for pk, pieces in words.items() if not is_description(" ".join(pieces))]


def left_in(access: Access) -> Left:
    """Unnamed sources of approved attributions, sentences still marked, and open flags.

    Nothing of it keeps an article from being finished. In a second review nobody is asked for
    names: those of the article's own labels count.
    """
    if not access.may_judge:
        return Left()
    found: list[tuple[str, list[int]]] = []
    labels = access.labels.order_by("pk")
    if access.review is None:
        unnamed = labels.approved().filter(resolved_source=None)
        if ids := _with_a_name(access.article.text, unnamed):
            text = ngettext(
                "The source of %(n)d approved attribution has no name in the registry.",
                "The sources of %(n)d approved attributions have no name in the registry.",
                len(ids),
            )
            found.append((text, ids))
    if starts := [start for start, _end in access.all_missed]:
        text = ngettext(
            "%(n)d sentence is still marked: it may hide an attribution.",
            "%(n)d sentences are still marked: they may hide attributions.",
            len(starts),
        )
        found.append((text, starts))
    if ids := list(labels.exclude(flag="").values_list("pk", flat=True)):
        text = ngettext("%(n)d flag is still open.", "%(n)d flags are still open.", len(ids))
        found.append((text, ids))
    if not found:
        return Left()
    named = repr([ids for _text, ids in found]).encode()
    return Left(
        warnings=[text % {"n": len(ids)} for text, ids in found],
        seen=hashlib.sha256(named).hexdigest()[:16],
    )
