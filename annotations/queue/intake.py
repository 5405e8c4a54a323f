"""Intake: records become articles, with their attributions or on the way to the pre-labeller."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from accordingto.records.article import ArticleRecord, RecordError
from annotations.prelabelling.imported import check_attributions, import_attributions
from annotations.prelabelling.tasks import enqueue
from annotations.queue.sampling import draw_for, shares
from articles.ingest.store import (
    ArticleName,
    NewArticle,
    Taken,
    check_may_add,
    digest,
    known_as,
    lock_intake,
    look_up,
    name_all,
    store_articles,
)
from articles.models import Article, ArticleStatus, Sampling
from articles.readers.ahead import ahead
from articles.readers.rows import Rows
from articles.refusals import ArticleError
from articles.segmentation import segment

TOGETHER = 500
"""So many articles are written by one transaction, which others wait for: less than a second."""
TOGETHER_SIZE = 8_000_000
"""So much text at most, an attribution counted as ATTRIBUTION_SIZE: what is held in memory."""
ATTRIBUTION_SIZE = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """The article of a record, and whether it is new.

    ``left_out`` counts the record's attributions when the article was known: those are not merged
    into what people may have judged since.
    """

    article: ArticleName
    added: bool
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of one article."""

    article: Article
    added: bool
    left_out: int = 0


type Line = tuple[int, ArticleRecord | RecordError]
type Outcome = tuple[int, Stored | RecordError]


def ingest_record(record: ArticleRecord, by: User | None, *, file: str = "") -> IngestResult:
    """Store one article at once, and have it pre-labelled; ``by`` is None for the command line.

    A record that brings attributions is ready for review as it is. Raise RecordError where it is
    refused (``store``), and PermissionDenied.
    """
    if record.attributions and not record.sentences:
        record = replace(record, sentences=tuple(segment(record.text)))
    [(_line, stored)] = store([(0, record)], by, file)
    if isinstance(stored, RecordError):
        raise stored
    article = Article.objects.get(pk=stored.article.pk)
    return IngestResult(article, stored.added, stored.left_out)


@contextmanager
def batches(rows: Rows) -> Iterator[Iterator[list[Line]]]:
    """The lines of a file in such numbers as are handled together.

    They are read ahead: while the database writes some, the next ones are taken apart.
    """
    with closing(ahead(_batched(rows))) as read:
        yield read


def _batched(rows: Rows) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line, row in rows:
        batch.append((line, row))
        if isinstance(row, ArticleRecord):
            size += len(row.text) + ATTRIBUTION_SIZE * len(row.attributions)
        if len(batch) == TOGETHER or size >= TOGETHER_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def store(lines: Sequence[Line], by: User | None, file: str = "") -> list[Outcome]:
    """Store the articles of some lines and have them pre-labelled; what became of each line.

    ``file`` is the name of the file that they come from: the log keeps it with each attribution.
    A text that is already there is not stored again, nor one that only looks the same
    (``normalise.folded_text``). A record that brings attributions is not pre-labelled; without
    sentences it waits for a worker to find them. Refused is a record whose id another text has,
    and what the database refuses. Raise PermissionDenied.
    """
    check_may_add(by)
    try:
        with transaction.atomic():
            lock_intake()
            return _store(lines, by, file)
    except IntegrityError as error:
        if len(lines) > 1:  # find out which
            return [outcome for line in lines for outcome in store([line], by, file)]
        constraint = getattr(error.__cause__, "diag", None)
        name = (constraint and constraint.constraint_name) or type(error.__cause__).__name__
        return [(lines[0][0], ArticleError("against_a_rule", rule=name))]


def check(record: ArticleRecord, folded: str, taken: Taken) -> ArticleName | None:
    """The article that has the record's text already; raise RecordError where it is refused."""
    check_attributions(record)
    return known_as(record, folded, taken)


def digested(lines: Iterable[Line]) -> list[tuple[ArticleRecord, str]]:
    """The records among the lines, each with the digest of its text."""
    return [(row, digest(row.text)) for _line, row in lines if isinstance(row, ArticleRecord)]


def _store(lines: Sequence[Line], by: User | None, file: str) -> list[Outcome]:
    records = digested(lines)
    taken = look_up(records)
    given = iter(zip(records, name_all(record for record, _folded in records), strict=True))
    percent = shares()
    new: list[NewArticle] = []
    outcomes: list[Outcome] = []
    for line, row in lines:
        if isinstance(row, RecordError):
            outcomes.append((line, row))
            continue
        (record, folded), name = next(given)
        try:
            known = check(record, folded, taken)
        except RecordError as error:
            outcomes.append((line, error))
            continue
        if known:
            outcomes.append((line, Stored(known, added=False, left_out=len(record.attributions))))
            continue
        taken.add(name, folded)
        new.append(_new(name, folded, record, percent))
        outcomes.append((line, Stored(name, added=True)))
    store_articles(new, by)
    brought = [(each.name.pk, each.record) for each in new if each.record.attributions]
    if brought:
        import_attributions(brought, by, file)
    enqueue(*(each.name.pk for each in new if each.status == ArticleStatus.QUEUED))
    return outcomes


def _new(name: ArticleName, folded: str, record: ArticleRecord, percent: Sampling) -> NewArticle:
    """An article to be stored: ready if it brings all that the review desk needs."""
    ready = record.attributions and record.sentences
    status = ArticleStatus.READY if ready else ArticleStatus.QUEUED
    sampled = draw_for({each.status for each in record.attributions}, percent)
    return NewArticle(name, folded, record, status, *sampled)
