"""The pre-labelling of one article: what a machine proposes, beside what people decided."""

import logging
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from spacy.language import Language

from accordingto.attribution import ROLES, Attribution
from accordingto.pipeline.component import build_pipeline
from accordingto.pipeline.network.extractor import NetworkExtractor
from accordingto.pipeline.sentences import sentence_offsets
from accordingto.records.limits import check_attributions
from accordingto.text.stretches import Stretches
from annotations.models import Annotation, PrelabelRun, Span
from annotations.models.state import span_rows, spans_of
from annotations.prelabelling.runs import ABANDONED, TAKEN_UP, fail, fail_running
from annotations.prelabelling.weights import trained
from articles.clock import database_now
from articles.models import Article
from articles.outages import TRANSIENT
from articles.segmentation import segment, store_sentences

logger = logging.getLogger(__name__)


@cache
def pipeline() -> Language:
    """The pipeline of this process, loaded once. Raise WeightsError for weights not known here."""
    known = trained()
    if known is None:
        return build_pipeline(settings.EXTRACTOR)
    nlp = build_pipeline()
    folder, sums = known
    nlp.get_pipe("attribution").extractor = NetworkExtractor(folder, sums=sums)  # type: ignore[attr-defined]
    return nlp


def model_version(nlp: Language) -> str:
    """What the pipeline's proposals are signed with."""
    version: str = nlp.get_pipe("attribution").version  # type: ignore[attr-defined]
    return version


def prelabel_article(article_id: int) -> None:
    """Segment and pre-label a queued article; it ends ready, or failed with the reason.

    An article that a stopped worker left half-way is taken up again. Any other article, one that
    was finished meanwhile say, is left alone, and so is one that another worker took up because
    this one was silent for too long. Raise what the pipeline raised. While the database is away
    nothing is written: the article stays as it is, to be tried again.
    """
    try:
        if _found_only_sentences(article_id):
            return
        nlp = pipeline()
        run = _start(article_id, model_version(nlp))
        if run is None:
            return
        doc = nlp(run.article.text)
        check_attributions(doc._.attributions)
        with transaction.atomic():
            article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
            if not PrelabelRun.objects.filter(pk=run.pk, status=PrelabelRun.Status.RUNNING):
                # Another worker took this one for dead, and people may have judged what it found.
                logger.warning("Article %s was taken up by another worker", article_id)
                return
            if not article.sentences.exists():
                store_sentences(article, sentence_offsets(doc))
            _replace_proposals(article, run, doc._.attributions)
            run.status, run.finished_at = PrelabelRun.Status.SUCCEEDED, database_now()
            run.save(update_fields=["status", "finished_at"])
            article.status = Article.Status.READY
            article.save(update_fields=["status"])
    except TRANSIENT:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        logger.exception("Pre-labelling article %s failed", article_id)
        fail(article_id, reason)
        raise


def _found_only_sentences(article_id: int) -> bool:
    """Make an article ready that came with its attributions but without sentences.

    Return False, and do nothing, for any other: it is to be pre-labelled.
    """
    came_with_all_but = Article.objects.filter(
        Exists(Annotation.objects.filter(article=OuterRef("pk"))),
        pk=article_id,
        status__in=TAKEN_UP,
        sentences=None,
    )
    article = came_with_all_but.first()
    if article is None:
        return False
    sentences = segment(article.text)
    with transaction.atomic():
        if Article.objects.select_for_update(no_key=True).filter(pk__in=came_with_all_but):
            store_sentences(article, sentences)
            Article.objects.filter(pk=article_id).update(status=Article.Status.READY)
    return True


def _start(article_id: int, version: str) -> PrelabelRun | None:
    with transaction.atomic():
        taken = Article.objects.filter(pk=article_id, status__in=TAKEN_UP).update(
            status=Article.Status.PRELABELLING
        )
        if not taken:
            return None
        # The job's lock lets one worker at a time have an article, so a run that still counts as
        # running belongs to a worker that is gone.
        fail_running(article_id, ABANDONED)
        article = Article.objects.get(pk=article_id)
        return PrelabelRun.objects.create(article=article, model_version=version)


def untouched(article: Article) -> QuerySet[Annotation]:
    """Proposals nobody ever decided on: all that a machine may take back."""
    return article.annotations.filter(status=Annotation.Status.PROPOSED, decisions__isnull=True)


def _replace_proposals(article: Article, run: PrelabelRun, found: list[Attribution]) -> None:
    """Put the new proposals in the place of the old ones.

    What people decided on stays as it is, and is not proposed a second time: neither the same
    spans nor another reading of the same cue.
    """
    untouched(article).delete()
    spans = [spans_of(a) for a in article.annotations.prefetch_related("spans")]
    judged = {tuple(tuple(map(tuple, each[role])) for role in ROLES) for each in spans}
    judged_cues = Stretches((start, end) for each in spans for start, end in each["cue"])
    new = [
        attribution
        for attribution in found
        if tuple(attribution.pieces(role) for role in ROLES) not in judged
        and not any(judged_cues.touch(start, end) for start, end in attribution.cue)
    ]
    annotations = Annotation.objects.bulk_create(
        Annotation(
            article=article,
            status=Annotation.Status.PROPOSED,
            quote_type=attribution.quote_type,
            start=min(start for role in ROLES for start, _end in attribution.pieces(role)),
            confidence=attribution.confidence,
            run=run,
        )
        for attribution in new
    )
    Span.objects.bulk_create(
        row
        for annotation, attribution in zip(annotations, new, strict=True)
        for row in span_rows(annotation, {role: attribution.pieces(role) for role in ROLES})
    )
