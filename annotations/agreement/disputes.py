"""Where the two people's labels of a second review differ."""

from django.db.models import Q

from annotations.agreement.alignment import Dispute, differences
from annotations.models import (
    Adjudication,
    Annotation,
    SecondReview,
)


def disputes(review: SecondReview) -> list[Dispute]:
    """Where the two people's labels differ and nobody has settled it, in text order."""
    first, second = approved_labels(review)
    return differences(review.article.text, first, second, upheld(review))


def approved_labels(review: SecondReview) -> tuple[list[Annotation], list[Annotation]]:
    """What the first and what the second person approved, with spans, in reading order."""
    found = Annotation.every.filter(
        Q(second_review=review) | Q(second_review__isnull=True),
        article=review.article_id,
        status=Annotation.Status.APPROVED,
    ).prefetch_related("spans")
    first: list[Annotation] = []
    second: list[Annotation] = []
    for annotation in found:
        (second if annotation.second_review_id else first).append(annotation)
    return first, second


def upheld(review: SecondReview) -> set[int]:
    """The ids of the labels that differ by somebody's will: both wherever the first person's was
    kept against the second's, and with them the third one that was given instead.
    """
    latest: dict[tuple[int | None, int | None], tuple[str, int | None]] = {}
    for first, second, verdict, own in review.adjudications.values_list(
        "first", "second", "verdict", "decision__annotation"
    ):
        latest[first, second] = verdict, own
    return {
        label
        for labels, (verdict, own) in latest.items()
        if verdict in (Adjudication.Verdict.FIRST, Adjudication.Verdict.THIRD)
        for label in (*labels, own)
        if label
    }
