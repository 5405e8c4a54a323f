"""Import of attributions that an article record brings along."""

from collections.abc import Sequence

from django.contrib.auth.models import User

from accordingto.attribution import ROLES
from accordingto.records.article import AttributionRecord
from accordingto.text.quotation_marks import quote_type
from annotations.actions import source_registry
from annotations.actions.base import Refused
from annotations.models import Annotation, Decision, PrelabelRun, Source, Span
from annotations.models.state import State, span_rows, state_of
from articles.clock import database_now
from articles.models import Article, new_key
from articles.refusals import ArticleError

UNNAMED_MODEL = "imported"
"""The model version of proposals that came without an origin."""


def import_attributions(
    article: Article, records: Sequence[AttributionRecord], by: User | None, file: str
) -> None:
    """Store a new article's attributions as they were judged elsewhere, and make it ready.

    Reviewers keep their names as signed but are not taken for accounts of the same name here: the
    log says who imported them, and from which ``file`` (its name; empty if there is none). What a
    record says of where it was signed is for its readers: here it is imported. Raise ArticleError
    for a proposal that no machine made.
    """
    runs: dict[str, PrelabelRun] = {}
    for index, record in enumerate(records):
        annotation = Annotation.objects.create(
            article=article,
            key=record.id or new_key(),
            status=record.status,
            quote_type=record.quote_type or quote_type(article.text, record.content),
            start=min(start for role in ROLES for start, _end in getattr(record, role)),
            confidence=record.confidence,
            run=_run(article, record, index, runs),
            resolved_source=_source(record, f"attributions[{index}].resolved_source", by, article),
            reviewer=record.reviewed_by,
            reviewed_at=record.reviewed_at,
        )
        Span.objects.bulk_create(
            span_rows(annotation, {role: getattr(record, role) for role in ROLES})
        )
        Decision.objects.create(
            article=article,
            annotation=annotation,
            action=Decision.Action.IMPORT,
            by=by,
            by_name=by.get_username() if by else source_registry.COMMAND_LINE,
            after=_after(annotation, record),
            imported_from=file,
        )
    article.status = Article.Status.READY
    article.save(update_fields=["status"])


def _after(annotation: Annotation, record: AttributionRecord) -> State:
    """The annotation's state, and beside it what only a file can say of a signature."""
    size = record.approved_in_batch
    return state_of(annotation) | ({"approved_in_batch": size} if size else {})


def _run(
    article: Article, record: AttributionRecord, index: int, runs: dict[str, PrelabelRun]
) -> PrelabelRun | None:
    """The run that stands for the model that proposed the record, one a model version."""
    kind, _colon, version = record.origin.partition(":")
    if record.status == "proposed":
        if record.origin == "person":
            raise ArticleError("proposed_by_a_person", f"attributions[{index}].status")
        version = version or UNNAMED_MODEL
    elif kind != "model":
        return None
    if version not in runs:
        runs[version] = PrelabelRun.objects.create(
            article=article,
            model_version=version,
            status=PrelabelRun.Status.SUCCEEDED,
            finished_at=database_now(),
        )
    return runs[version]


def _source(
    record: AttributionRecord, path: str, by: User | None, article: Article
) -> Source | None:
    """The registered source that the record names; a merged one is what it was merged into, a
    description one of the article's.
    """
    if record.resolved_source is None:
        return None
    name, kind = record.resolved_source.name, record.resolved_source.kind or ""
    try:
        return source_registry.find(name, kind, article) or source_registry.create(
            name, kind, by, article
        )
    except Refused as refused:
        raise ArticleError("source", path, reason=str(refused)) from refused
