"""Ingest: records become articles, each text once."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.importing import import_attributions
from articles.models import Article, new_key
from articles.normalise import folded_text
from articles.queue import enqueue
from articles.records import ArticleRecord, RecordError
from articles.sampling import draw_for
from articles.segment import segment, store_sentences


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
    review as it is. Raises RecordError where another article has the record's id, and
    PermissionDenied.
    """
    if by is not None and not by.has_perm("articles.add_article"):
        raise PermissionDenied(_("You may not bring in articles."))
    sha256 = _sha256(record.text)
    folded = _sha256(folded_text(record.text))
    blind, needs_second_look = draw_for({each.status for each in record.attributions})
    new = {
        "key": _free_key(record, sha256, folded),
        "text_sha256": sha256,
        "title": record.title,
        "outlet": record.outlet,
        "url": record.url,
        "author": record.author,
        "published_at": record.published_at,
        "language": record.language,
        "text": record.text,
        "blind": blind,
        "needs_second_look": needs_second_look,
        "ingested_by": by,
    }
    with transaction.atomic():
        try:
            known = Article.objects.filter(text_sha256=sha256).first()
            if known:  # of several that look the same from before, this very one
                return IngestResult(known, added=False, left_out=len(record.attributions))
            article, added = Article.objects.get_or_create(folded_sha256=folded, defaults=new)
        except IntegrityError:  # another text with this id came in at this moment
            _free_key(record, sha256, folded)
            raise
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
                summary.refused.append((place, str(error)))
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


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _free_key(record: ArticleRecord, sha256: str, folded: str) -> str:
    """The record's id, or a new one. Raises RecordError if another text has it."""
    if not record.id:
        return new_key()
    others = Article.objects.filter(key=record.id).exclude(text_sha256=sha256)
    if others.exclude(folded_sha256=folded).exists():
        raise RecordError(_("“%s” is the id of another article") % record.id, "id")
    return record.id
