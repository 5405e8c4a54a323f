"""Strike an article's words out of every table that has any of them.

In their place stand digests with a salt that is kept nowhere: that two entries had the same words
can still be seen, but no longer which, not even by trying out.
"""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Q

from annotations.models import (
    Annotation,
    Decision,
    PrelabelRun,
    Source,
    SourceAlias,
    SourceChange,
)
from articles.clock import database_now
from articles.ingest.store import digest, sha256
from articles.models import Article, Import, ImportedLine, ImportOutcome, Lease

MESSAGES = "_messages"
"""What is to be told on the next page, in a session; it may name an article."""
WORDS_OF_A_STATE = ("flag", "source_name")
DIGITS = 32


class Salt:
    """A salt that is nowhere but in this object."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)

    def digest(self, words: str, length: int = DIGITS) -> str:
        """So many hexadecimal digits in place of the words; none for none."""
        if not words:
            return ""
        salted = self._salt + words.encode(errors="surrogatepass")
        return hashlib.shake_256(salted).hexdigest((length + 1) // 2)[:length]


def strike_article(article: Article, salt: Salt) -> None:
    """The text, its digests, the headings and the id; offsets into the text stay valid."""
    text = salt.digest(article.text, len(article.text))
    Article.objects.filter(pk=article.pk).update(
        status=Article.Status.TAKEN_DOWN,
        text=text,
        text_sha256=sha256(text),
        folded_sha256=digest(text),
        key=f"taken-down-{salt.digest(article.key)}",
        title="",
        outlet="",
        url="",
        author="",
        language="",
        published_at=None,
        failure="",
        finished_at=None,
        finished_by=None,
    )
    Lease.objects.filter(article=article).delete()


def strike_labels(article: Article, salt: Salt) -> None:
    """Notes, ids and sources of the annotations, why runs failed, and what the log has of these."""
    for run in PrelabelRun.objects.filter(article=article).exclude(failure=""):
        PrelabelRun.objects.filter(pk=run.pk).update(failure=salt.digest(run.failure))
    # A worker that has the text in hand finds that its run is over, and keeps nothing.
    PrelabelRun.objects.filter(article=article, status=PrelabelRun.Status.RUNNING).update(
        status=PrelabelRun.Status.FAILED,
        failure="The article was taken down.",
        finished_at=database_now(),
    )
    for annotation in Annotation.every.filter(article=article).only("key"):
        Annotation.every.filter(pk=annotation.pk).update(key=salt.digest(annotation.key))
    Annotation.every.filter(article=article).update(flag="", resolved_source=None)
    for decision in Decision.objects.filter(article=article).iterator():
        struck: dict[str, Any] = {
            name: {**state, **words}
            for name in ("before", "after")
            if (state := getattr(decision, name)) and (words := _struck_words(state, salt))
        }
        if decision.imported_from:
            struck["imported_from"] = salt.digest(decision.imported_from)
        if struck:
            Decision.objects.filter(pk=decision.pk).update(**struck)


def _struck_words(state: dict[str, Any], salt: Salt) -> dict[str, str]:
    """What of a state are words, struck."""
    return {name: salt.digest(state[name]) for name in WORDS_OF_A_STATE if state.get(name)}


def sources_of(article: Article) -> set[int]:
    """The ids of the sources that the article has named, now or earlier, and of descriptions in
    it, and of what those were merged into.
    """
    found: set[Any] = set(Source.objects.filter(article=article).values_list("pk", flat=True))
    labels = Annotation.every.filter(article=article)
    found |= set(labels.values_list("resolved_source", flat=True))
    wordings = SourceAlias.objects.filter(annotation__article=article)
    found |= set(wordings.values_list("source", flat=True))
    for decision in Decision.objects.filter(article=article).iterator():
        for state in (decision.before, decision.after):
            found.add((state or {}).get("resolved_source"))
    found.discard(None)
    return found | set(Source.objects.filter(merged__in=found).values_list("pk", flat=True))


def strike_sources(article: Article, sources: Collection[Source], salt: Salt) -> None:
    """Names that came from the article: those of the (locked) sources that no other article names,
    and its wordings of the others.
    """
    only_here: list[Source] = []
    others: list[Source] = []
    for source in sources:
        (others if _named_elsewhere(source, article) else only_here).append(source)
    wordings = SourceAlias.objects.filter(annotation__article=article)
    names = {source.name for source in only_here} | set(wordings.values_list("name", flat=True))
    aliases = SourceAlias.objects.filter(source__in=only_here)
    names |= set(aliases.values_list("name", flat=True))
    names -= {source.name for source in others}
    wordings.delete()
    aliases.delete()
    # A name that was merged into another source went over as another name of that.
    SourceAlias.objects.filter(source__in=sources, name__in=names).delete()
    for source in only_here:
        # As one that only naming it made, it is no longer shown or found.
        Source.objects.filter(pk=source.pk).update(name=salt.digest(source.name), by_naming=True)
    changes = SourceChange.objects.filter(Q(source__in=sources) | Q(other__in=sources))
    for change in changes.iterator():
        struck = {
            name: _without(value, names, salt)
            for name in ("before", "after")
            if (value := getattr(change, name))
        }
        SourceChange.objects.filter(pk=change.pk).update(**struck)


def _named_elsewhere(source: Source, article: Article) -> bool:
    elsewhere = Annotation.every.exclude(article=article).filter(resolved_source=source)
    decided = Decision.objects.exclude(article=article).filter(
        Q(before__resolved_source=source.pk) | Q(after__resolved_source=source.pk)
    )
    return elsewhere.exists() or decided.exists()


def _without(value: Any, names: set[str], salt: Salt) -> Any:
    """The value with those names struck, wherever in it they are."""
    match value:
        case dict():
            return {key: _without(each, names, salt) for key, each in value.items()}
        case list():
            return [_without(each, names, salt) for each in value]
        case str() if value in names:
            return salt.digest(value)
    return value


def strike_imports(article: Article, salt: Salt) -> None:
    """The names of the files that it came in with, and its words where another line of a file was
    refused for them.
    """
    brought = ImportedLine.objects.filter(article=article).values("of")
    for each in Import.objects.filter(pk__in=brought):
        Import.objects.filter(pk=each.pk).update(name=salt.digest(each.name))
    words = "\n".join(
        (article.key, article.title, article.outlet, article.url, article.author, article.text)
    )
    for line in ImportedLine.objects.filter(outcome=ImportOutcome.REFUSED).iterator():
        told = (line.reason or {}).get("params", {})
        struck = {
            name: salt.digest(value)
            for name, value in told.items()
            # What is told of a long value lacks its middle.
            if isinstance(value, str) and any(part in words for part in value.split(" … ") if part)
        }
        if struck:
            reason = {**(line.reason or {}), "params": {**told, **struck}}
            ImportedLine.objects.filter(pk=line.pk).update(reason=reason)


def strike_elsewhere() -> None:
    """What people are yet to be told, of this article or another."""
    store = SessionStore()
    for session in Session.objects.iterator():
        kept = session.get_decoded()
        if kept.pop(MESSAGES, None):
            packed = store.encode(kept)
            Session.objects.filter(pk=session.pk).update(session_data=packed)
