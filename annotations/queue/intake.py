"""Intake: records become articles, with their attributions or on the way to the pre-labeller."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from accordingto.records.article import ArticleRecord, RecordError
from annotations.prelabelling.imported import import_attributions
from annotations.prelabelling.tasks import enqueue
from annotations.queue.sampling import draw_for
from articles.ingest.store import store_article
from articles.models import Article
from articles.refusals import worded
from articles.segmentation import segment, store_sentences


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The article of a record, and whether it is new.

    ``left_out`` counts the record's attributions when the article was known: those are not merged
    into what people may have judged since.
    """

    article: Article
    added: bool
    left_out: int = 0


class ArticleName(NamedTuple):
    """What is told of an article: a summary of many must not hold all their texts."""

    pk: int
    key: str
    title: str


@dataclass(slots=True)
class IngestSummary:
    """What became of a file's records. Places read ``name, line N``."""

    added: list[ArticleName] = field(default_factory=list)
    known: list[tuple[str, ArticleName, int]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    rolled_back: bool = False


def ingest_record(record: ArticleRecord, by: User | None, *, file: str = "") -> IngestResult:
    """Store one article and have it pre-labelled; ``by`` is None for the command line.

    ``file`` is the name of the file that it comes from: the log keeps it with each attribution.

    A text that is already there is not stored again, nor one that only looks the same
    (``normalise.folded_text``). A record that brings attributions is ready for
    review as it is. Raise ArticleError where another article has the record's id, and
    PermissionDenied.
    """
    blind, needs_second_review = draw_for({each.status for each in record.attributions})
    with transaction.atomic():
        article, added = store_article(
            record, by, blind=blind, needs_second_review=needs_second_review
        )
        if not added:
            return IngestResult(article, added=False, left_out=len(record.attributions))
        if record.attributions:
            store_sentences(article, record.sentences or segment(record.text))
            import_attributions(article, record.attributions, by, file)
        else:
            store_sentences(article, record.sentences)
            enqueue(article)
    return IngestResult(article, added=True)


def ingest_rows(
    name: str,
    rows: Iterable[tuple[int, ArticleRecord | RecordError]],
    by: User | None,
    *,
    partial: bool,
) -> IngestSummary:
    """Store the records of a file called ``name``: all or none, or the good ones if ``partial``."""
    summary = IngestSummary()
    # Without its folder, and without bytes of a name that are no text.
    file = PurePath(name).name.encode(errors="replace").decode()
    with transaction.atomic():
        for line, row in rows:
            place = _("%(name)s, line %(line)d") % {"name": name, "line": line} if line else name
            try:
                if isinstance(row, RecordError):
                    raise row
                result = ingest_record(row, by, file=file)
            except RecordError as error:
                summary.refused.append((place, worded(error)))
            else:
                article = result.article
                name_of = ArticleName(article.pk, article.key, str(article))
                if result.added:
                    summary.added.append(name_of)
                else:
                    summary.known.append((place, name_of, result.left_out))
        if summary.refused and not partial:
            transaction.set_rollback(True)
            summary.rolled_back = True
            summary.added.clear()
    return summary
