"""What is exported: articles with their approved annotations, as records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import batched, groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accordingto.attribution import ROLES, Offsets
from accordingto.records.article import (
    ArticleRecord,
    AttributionRecord,
    ResolvedSource,
    SignedHere,
    SignedImported,
)
from annotations.models import Annotation, Span
from annotations.models.signatures import Given, approved_at_once, batch_sizes, given
from articles.models import Article, Sentence

ARTICLES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """Which approved annotations: all by default. Days are in the server's time zone;
    ``finished`` asks for those in finished articles only."""

    article: str = ""
    outlet: str = ""
    reviewer: str = ""
    reviewed_from: date | None = None
    reviewed_to: date | None = None
    finished: bool = False

    def apply(self, annotations: QuerySet[Annotation]) -> QuerySet[Annotation]:
        conditions = {
            "article__key": self.article,
            "article__outlet": self.outlet,
            "reviewer": self.reviewer,
            "reviewed_at__date__gte": self.reviewed_from,
            "reviewed_at__date__lte": self.reviewed_to,
            "article__status": Article.Status.FINISHED if self.finished else "",
        }
        return annotations.filter(**{name: value for name, value in conditions.items() if value})


def approved(filters: Filters) -> QuerySet[Annotation]:
    """The approved annotations that the filters let through.

    Where an article needs a second person's approval, one person's is none yet: those come when the
    article is finished.
    """
    return filters.apply(Annotation.objects.approved().final())


def approved_records(filters: Filters) -> Iterator[ArticleRecord]:
    """A record for each article that has any, in the order of ingest.

    One server-side cursor walks the annotations, as they were when it was opened.
    """
    spans = Span.objects.filter(annotation=OuterRef("pk")).order_by("start")
    rows = (
        approved(filters)
        .order_by("article_id", "start", "id")
        .annotate(
            pieces=ArraySubquery(spans.values(piece=JSONObject(r="role", s="start", e="end"))),
            given=given(),
        )
        .values(
            "article_id",
            "key",
            "quote_type",
            "status",
            "confidence",
            "reviewer",
            "reviewed_at",
            "pieces",
            "reviewed_by",
            "given",
            model_version=F("run__model_version"),
            source_name=F("resolved_source__name"),
            source_kind=F("resolved_source__kind"),
        )
        .iterator(chunk_size=2000)
    )
    grouped = (
        (article_id, list(group))
        for article_id, group in groupby(rows, key=lambda row: row["article_id"])
    )
    for batch in batched(grouped, ARTICLES_AT_ONCE):
        ids = [article_id for article_id, _attributions in batch]
        articles = Article.objects.in_bulk(ids)
        sentences = _sentences(ids)
        sizes = batch_sizes(ids)
        for article_id, group in batch:
            attributions = [_attribution(row, sizes) for row in group]
            yield _record(articles[article_id], sentences.get(article_id, ()), attributions)


def _sentences(article_ids: list[int]) -> dict[int, tuple[Offsets, ...]]:
    rows = Sentence.objects.filter(article__in=article_ids).order_by("article", "index")
    return {
        article_id: tuple((start, end) for _id, start, end in group)
        for article_id, group in groupby(
            rows.values_list("article_id", "start", "end").iterator(), key=lambda row: row[0]
        )
    }


def _record(
    article: Article, sentences: tuple[Offsets, ...], attributions: list[AttributionRecord]
) -> ArticleRecord:
    return ArticleRecord(
        id=article.key,
        title=article.title,
        outlet=article.outlet,
        url=article.url,
        author=article.author,
        published_at=article.published_at,
        language=article.language,
        text=article.text,
        sentences=sentences,
        attributions=tuple(attributions),
    )


def _attribution(row: Mapping[str, Any], sizes: Mapping[str, int]) -> AttributionRecord:
    pieces: dict[str, tuple[Offsets, ...]] = {
        role: tuple((p["s"], p["e"]) for p in row["pieces"] if p["r"] == role) for role in ROLES
    }
    name = row["source_name"]
    given: Given | None = row["given"]
    return AttributionRecord(
        **pieces,
        id=row["key"],
        quote_type=row["quote_type"],
        resolved_source=ResolvedSource(name, row["source_kind"] or None) if name else None,
        status=row["status"],
        confidence=row["confidence"],
        origin=f"model:{row['model_version']}" if row["model_version"] else "person",
        reviewed_by=row["reviewer"],
        reviewed_at=row["reviewed_at"],
        signed=_signed(row["reviewed_by"], given),
        approved_in_batch=approved_at_once(given, sizes),
    )


def _signed(account: int | None, given: Given | None) -> SignedHere | SignedImported | None:
    """Only what the log bears out counts as signed here."""
    if given is None:
        return None
    if account is not None:
        return SignedHere(account, given["decision"])
    return SignedImported(given["by"], given["file"])
