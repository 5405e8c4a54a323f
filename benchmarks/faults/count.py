"""What became of what people sent: counted in the database, against what they were told."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

from benchmarks.faults.people import Journal, Sent


@dataclass(frozen=True)
class Count:
    """Decisions and articles. Nothing but ``acknowledged`` may be above 0."""

    acknowledged: int
    lost: int
    doubled: int
    wrong_signer: int
    stranded: int


def count(journal: Journal, labels: Set[int]) -> Count:
    """Compare what is logged about these attributions with what people sent and were told.

    A decision that nobody sent as it stands has another's signature; two on the same version of an
    attribution are one too many.
    """
    from annotations.models import Decision  # noqa: PLC0415 (needs the settings)

    rows = Decision.objects.filter(annotation__in=labels, by__isnull=False)
    columns = ("by__username", "annotation_id", "before__version", "action", "by_name")
    found = list(rows.values_list(*columns))
    logged = Counter(Sent(*row[:4]) for row in found)
    versions = Counter((each.annotation, each.version) for each in logged.elements())
    return Count(
        acknowledged=len(journal.acknowledged) + len(journal.articles),
        lost=sum(each not in logged for each in journal.acknowledged) + _lost_articles(journal),
        doubled=sum(times > 1 for times in versions.values()),
        wrong_signer=sum(each not in journal.sent for each in logged)
        + sum(row[0] != row[4] for row in found),
        stranded=stranded() + _torn(labels),
    )


def waiting() -> int:
    """Articles that wait for the pre-labeller."""
    from articles.models import Article  # noqa: PLC0415 (needs the settings)

    return Article.objects.filter(status__in=("queued", "prelabelling")).count()


def stranded() -> int:
    """Articles that wait for the pre-labeller, or that it gave up."""
    from articles.models import Article  # noqa: PLC0415

    return waiting() + Article.objects.filter(status=Article.Status.FAILED).count()


def _lost_articles(journal: Journal) -> int:
    """Articles that the site said it has, and has not."""
    from articles.models import Article  # noqa: PLC0415

    there = set(Article.objects.filter(title__in=journal.articles).values_list("title", flat=True))
    return len(set(journal.articles) - there)


def _torn(labels: Set[int]) -> int:
    """Attributions whose version is not what their decisions, one after the other, lead to."""
    from django.db.models import Count as Number  # noqa: PLC0415
    from django.db.models import F, Q  # noqa: PLC0415

    from annotations.models import Annotation  # noqa: PLC0415

    by_people = Number("decisions", filter=Q(decisions__by__isnull=False))
    counted = Annotation.every.filter(pk__in=labels).annotate(steps=by_people)
    return counted.exclude(version=F("steps") + 1).count()
