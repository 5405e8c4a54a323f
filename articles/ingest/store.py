"""Store articles, each text once, many with one statement."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from accordingto.records.article import ArticleRecord
from accordingto.text.normalise import folded_text
from articles.ingest.copying import copy_numbers, copy_rows, new_ids
from articles.models import Article, ArticleStatus, Sentence, new_key
from articles.refusals import ArticleError

INTAKE = 0x1A7A4E
"""The advisory lock of whoever stores articles."""


class ArticleName(NamedTuple):
    """What is told of an article: a summary of many must not hold all their texts."""

    pk: int
    key: str
    title: str


@dataclass(slots=True)
class Taken:
    """The articles that have a text or an id among those that were looked up."""

    texts: dict[str, ArticleName] = field(default_factory=dict)
    """By the digest of the folded text."""
    ids: dict[str, str] = field(default_factory=dict)
    """The digest of the folded text, by the article's id."""

    def add(self, article: ArticleName, folded: str) -> None:
        """Take the text and the id."""
        self.texts[folded] = article
        self.ids[article.key] = folded


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to be stored."""

    name: ArticleName
    folded: str
    record: ArticleRecord
    status: ArticleStatus
    blind: bool
    needs_second_review: bool


def check_may_add(by: User | None) -> None:
    """Raise PermissionDenied unless the person may add articles; None is the command line."""
    if by is not None and not by.has_perm("articles.add_article"):
        raise PermissionDenied(_("You are not allowed to add articles."))


def digest(text: str) -> str:
    """By which texts are told apart: the same for those that look the same."""
    return sha256(folded_text(text))


def sha256(text: str) -> str:
    """The SHA-256 of the text in UTF-8, as the database computes it."""
    return hashlib.sha256(text.encode()).hexdigest()


def lock_intake() -> None:
    """Wait until nobody else is storing articles, and hold others up until the transaction ends.

    Two that store the same articles at once, in whatever order, so come one after the other: the
    second finds what the first left. Transactions that do so are short.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE])


def look_up(records: Iterable[tuple[ArticleRecord, str]]) -> Taken:
    """Which texts and ids of these records, each with its digest, articles have already."""
    rows = list(records)
    taken = Taken()
    by_text = Article.objects.filter(folded_sha256__in={folded for _record, folded in rows})
    by_id = Article.objects.filter(key__in={record.id for record, _folded in rows if record.id})
    for found in (by_text, by_id):
        columns = ("pk", "key", "title", "folded_sha256", Left("text", 80))
        for pk, key, title, folded, opening in found.values_list(*columns):
            taken.add(ArticleName(pk, key, title or opening), folded)
    return taken


def known_as(record: ArticleRecord, folded: str, taken: Taken) -> ArticleName | None:
    """The article that has the record's text already; None where it is to be stored.

    Raise ArticleError where another text has the record's id: what is stored stays as it is.
    """
    if record.id and taken.ids.get(record.id, folded) != folded:
        raise ArticleError("id_of_another", "id", id=record.id)
    return taken.texts.get(folded)


def name_all(records: Iterable[ArticleRecord]) -> list[ArticleName]:
    """What the records' articles would be called; who is not stored leaves a gap in the ids."""
    rows = list(records)
    return [
        ArticleName(pk, record.id or new_key(), record.title or record.text[:80])
        for pk, record in zip(new_ids(Article, len(rows)), rows, strict=True)
    ]


def store_articles(articles: Sequence[NewArticle], by: User | None) -> None:
    """Write the articles and their sentences. The caller holds the lock of the intake."""
    copy_rows(
        Article,
        (
            *("id", "key", "title", "outlet", "url", "author", "published_at", "language"),
            *("text", "text_sha256", "folded_sha256", "status", "failure"),
            *("needs_second_review", "blind", "ingested_by"),
        ),
        (
            (
                *(each.name.pk, each.name.key, record.title, record.outlet, record.url),
                *(record.author, record.published_at, record.language),
                *(record.text, sha256(record.text), each.folded, each.status.value, ""),
                *(each.needs_second_review, each.blind, by and by.pk),
            )
            for each in articles
            for record in [each.record]
        ),
    )
    copy_numbers(
        Sentence,
        ("article", "index", "start", "end"),
        (
            f"{each.name.pk}\t{index}\t{start}\t{end}"
            for each in articles
            for index, (start, end) in enumerate(each.record.sentences)
        ),
    )
