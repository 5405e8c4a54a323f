"""Store articles, each text once."""

import hashlib

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accordingto.records.article import ArticleRecord
from accordingto.text.normalise import folded_text
from articles.models import Article, new_key
from articles.refusals import ArticleError


def store_article(
    record: ArticleRecord,
    by: User | None,
    *,
    blind: bool = False,
    needs_second_review: bool = False,
) -> tuple[Article, bool]:
    """Store a record's article; return it, and whether it is new. ``by`` is None for a command.

    A text that is already there is not stored again, nor one that only looks the same
    (``normalise.folded_text``). Raise ArticleError where another article has the record's id, and
    PermissionDenied.
    """
    if by is not None and not by.has_perm("articles.add_article"):
        raise PermissionDenied(_("You are not allowed to add articles."))
    folded = _sha256(folded_text(record.text))
    new = {
        "key": _free_key(record, folded),
        "text_sha256": _sha256(record.text),
        "title": record.title,
        "outlet": record.outlet,
        "url": record.url,
        "author": record.author,
        "published_at": record.published_at,
        "language": record.language,
        "text": record.text,
        "blind": blind,
        "needs_second_review": needs_second_review,
        "ingested_by": by,
    }
    with transaction.atomic():
        try:
            return Article.objects.get_or_create(folded_sha256=folded, defaults=new)
        except IntegrityError:  # another text with this id came in at this moment
            _free_key(record, folded)
            raise


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _free_key(record: ArticleRecord, folded: str) -> str:
    """The record's id, or a new one. Raise ArticleError if another text has it."""
    if not record.id:
        return new_key()
    if Article.objects.filter(key=record.id).exclude(folded_sha256=folded).exists():
        raise ArticleError("id_of_another", "id", id=record.id)
    return record.id
