"""Automation bias: how much the proposals sway people.

Where people label with the proposals in sight, their labels agree with the machine's; where they
label blind they cannot have been led. How much better the first agree than the second is the part
of the agreement that is owed to having been shown an answer.

The machine's proposals are taken as they were before anybody touched them: rows that still have
their run are unchanged in their spans, and of corrected ones the log has the earlier state.
Agreement is F1 as ``accordingto.evaluation`` defines it, approved labels being right.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from accordingto.attribution import ROLES
from accordingto.evaluation import Counts, Evaluation, Triple
from annotations.models import Annotation, Decision, PrelabelRun, Span
from annotations.models.state import State, spans_of
from articles.models import Article

NEWEST = 500
"""So many articles of each kind are compared."""
FEW = 30
"""Of fewer articles the figures say little."""
CHUNK = 50
"""So many articles are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison: F1 in per cent, blind and with the proposals in sight.

    A figure is None where there is nothing to compare.
    """

    label: str
    blind: float | None
    shown: float | None

    @property
    def bias(self) -> float | None:
        """By how many points the labels agree more where the proposals were shown."""
        return None if self.blind is None or self.shown is None else self.shown - self.blind


@dataclass(frozen=True, slots=True)
class BiasFigures:
    """The comparison: a line for each role and one for all three at once."""

    blind_articles: int
    shown_articles: int
    lines: list[Line]


def measure() -> BiasFigures:
    """Compare the newest finished articles of each kind. Reads them one after the other."""
    blind, shown = _evaluate(blind=True), _evaluate(blind=False)
    lines = [
        Line(str(Span.Role(role).label), _percent(blind.exact[role]), _percent(shown.exact[role]))
        for role in ROLES
    ]
    linked = Line(
        _("All three, linked"), _percent(blind.linked_exact), _percent(shown.linked_exact)
    )
    return BiasFigures(blind.articles, shown.articles, [*lines, linked])


def _evaluate(*, blind: bool) -> Evaluation:
    evaluation = Evaluation()
    for article in _articles(blind=blind):
        corrected = {
            decision.annotation_id: decision.before
            for decision in reversed(article.decisions.all())  # so the first one stays
        }
        annotations = list(article.annotations.all())
        proposed = [
            triple
            for annotation in annotations
            if (triple := _proposal(annotation, corrected.get(annotation.pk)))
        ]
        approved = [
            _triple(spans_of(annotation))
            for annotation in annotations
            if annotation.status == Annotation.Status.APPROVED
        ]
        evaluation.add(article.text, proposed, approved)
    return evaluation


def _articles(*, blind: bool) -> Iterator[Article]:
    """Finished articles with a pre-labelling, newest first, labelled by people here."""
    imported = Decision.objects.filter(
        article=OuterRef("pk"), action=Decision.Action.IMPORT
    ).exclude(after__status=Annotation.Status.PROPOSED)
    runs = PrelabelRun.objects.filter(article=OuterRef("pk"), status=PrelabelRun.Status.SUCCEEDED)
    states = Decision.objects.filter(before__isnull=False, annotation__second_review__isnull=True)
    articles: QuerySet[Article] = (
        Article.objects.filter(
            ~Exists(imported), Exists(runs), status=Article.Status.FINISHED, blind=blind
        )
        .only("text")
        .order_by("-id")
        .prefetch_related(
            Prefetch("annotations", Annotation.objects.prefetch_related("spans")),
            Prefetch("decisions", states.order_by("id")),
        )
    )
    return articles[:NEWEST].iterator(chunk_size=CHUNK)


def _proposal(annotation: Annotation, before: State | None) -> Triple | None:
    """What the machine proposed, or None for what a person added."""
    if annotation.run_id is not None:
        return _triple(spans_of(annotation))
    if before is not None and before["run"] is not None:
        return _triple(before)
    return None


def _triple(spans: State) -> Triple:
    return Triple(*(tuple((start, end) for start, end in spans[role]) for role in ROLES))


def _percent(counts: Counts) -> float | None:
    return 100 * counts.f1 if counts.predicted or counts.gold else None
