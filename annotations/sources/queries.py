"""What the pages of the registry show, each in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext as _

from accordingto.attribution import ROLES
from accordingto.sources.folding import folded
from annotations.actions import source_registry
from annotations.desk.suggestions import Suggestion, suggestions_for
from annotations.models import Annotation, Source, SourceChange, Span
from annotations.models.signatures import approved_at_once, batch_sizes, given
from annotations.models.visibility import in_sight
from articles.models import Article

PAGE_SIZE = 50
CANDIDATES = 20
SHOWN = 400
"""Code points of a content or a source that a list shows."""


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """A page of rows, and the id of the last one where there are more."""

    rows: Sequence[Row]
    after: int | None


@dataclass(frozen=True, slots=True)
class Saying:
    """What a source is said to have said, once: an approved annotation and its words.

    ``others`` were approved with it at once: it may not have been read by itself.
    """

    annotation: Annotation
    source: str
    content: str
    suggestion: Suggestion | None = None
    others: int = 0


@dataclass(frozen=True, slots=True)
class ArticleSayings:
    """Sayings of one article."""

    article: Article
    sayings: list[Saying]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change of the registry, told as a sentence's end: "renamed it", and the details."""

    change: SourceChange
    action: str
    details: list[str]


def approved() -> QuerySet[Annotation]:
    """The approved annotations that count, as in an export: none that a second person has yet to
    agree with. While that person labels the article, they must not see the first one's labels.
    """
    return Annotation.objects.approved().final()


def list_sources(query: str, after: int | None, person: User) -> Page[Source]:
    """Live sources whose name or other name contains the words, by name, from the one after the
    source ``after``, as the person may see them. Each has ``said``, its number of
    approved attributions, and ``known_as``, the other name that was found.
    """
    sources = in_sight(source_registry.in_use(), person).select_related("article")
    if query:
        sources = _matching(sources, query)
    keys = Source.objects.filter(pk=after or 0).values_list(Lower("name"), flat=True)
    if key := keys.first():
        sources = sources.alias(order_key=Lower("name")).filter(
            Q(order_key__gt=key) | Q(order_key=key, pk__gt=after)
        )
    found = list(_counted(sources).order_by(Lower("name"), "id")[: PAGE_SIZE + 1])
    return _page(found)


def candidates(query: str, but: Source, person: User) -> list[Source]:
    """Sources that another one may be merged into, by a part of their name."""
    found = in_sight(source_registry.in_use(), person).select_related("article").exclude(pk=but.pk)
    return list(_counted(_matching(found, query)).order_by(Lower("name"), "id")[:CANDIDATES])


def unresolved(before: int | None) -> Page[ArticleSayings]:
    """Approved annotations that have a source span and no source, the newest first, by article."""
    annotations = approved().filter(
        Exists(Span.objects.filter(annotation=OuterRef("pk"), role=Span.Role.SOURCE)),
        resolved_source=None,
    )
    if before:
        annotations = annotations.filter(pk__lt=before)
    page = _page(_with_words(annotations.order_by("-id")[: PAGE_SIZE + 1]))
    groups: dict[int, tuple[Article, list[Annotation]]] = {}
    for annotation in page.rows:
        article = annotation.article
        groups.setdefault(article.pk, (article, []))[1].append(annotation)
    for article, annotations_of_it in groups.values():
        for annotation in annotations_of_it:
            annotation.article = article
    found = suggestions_for(groups.values())
    rows = [
        ArticleSayings(
            article,
            sorted(
                (_saying(each, found.get(each.pk)) for each in group),
                key=lambda saying: saying.annotation.start,
            ),
        )
        for article, group in groups.values()
    ]
    return Page(rows, page.after)


def said_by(source: Source, after: int | None) -> Page[ArticleSayings]:
    """What the source is said to have said, by article, the newest published first, from after the
    annotation ``after``.
    """
    annotations = (
        approved()
        .filter(resolved_source=source)
        .annotate(day=Coalesce("article__published_at", Value(date.min)), given=given())
    )
    last = after and annotations.filter(pk=after).first()
    if last:
        annotations = annotations.filter(
            Q(day__lt=last.day)
            | Q(day=last.day, article__lt=last.article_id)
            | Q(day=last.day, article=last.article_id, start__gt=last.start)
            | Q(day=last.day, article=last.article_id, start=last.start, pk__gt=last.pk)
        )
    ordered = annotations.order_by("-day", "-article_id", "start", "id")
    page = _page(_with_words(ordered[: PAGE_SIZE + 1]))
    sizes = batch_sizes({each.article_id for each in page.rows})
    rows: list[ArticleSayings] = []
    for annotation in page.rows:
        if not rows or rows[-1].article.pk != annotation.article_id:
            rows.append(ArticleSayings(annotation.article, []))
        size = approved_at_once(getattr(annotation, "given"), sizes) or 1  # noqa: B009
        rows[-1].sayings.append(replace(_saying(annotation), others=size - 1))
    return Page(rows, page.after)


def one_saying(annotation: Annotation) -> Saying:
    """An annotation's words, and the suggestion for its source."""
    found = suggestions_for([(annotation.article, [annotation])])
    return _saying(annotation, found.get(annotation.pk))


def history(source: Source) -> list[HistoryEntry]:
    """The latest changes of the entry, and those of others that were merged into it or split from
    it, the newest first.
    """
    changes = (
        SourceChange.objects.filter(Q(source=source) | Q(other=source))
        .select_related("source", "other")
        .order_by("-id")[:100]
    )
    return [_entry(change, source) for change in changes]


def _matching(sources: QuerySet[Source], query: str) -> QuerySet[Source]:
    words = folded(query)
    alias = (
        source_registry.other_names()
        .alias(key=Lower("name"))
        .filter(source=OuterRef("pk"), key__contains=words)
        .order_by("name")
        .values("name")[:1]
    )
    return (
        sources.alias(key=Lower("name"))
        .annotate(known_as=Subquery(alias))
        .filter(Q(key__contains=words) | Q(known_as__isnull=False))
    )


def _counted(sources: QuerySet[Source]) -> QuerySet[Source]:
    count = (
        approved()
        .filter(resolved_source=OuterRef("pk"))
        .order_by()
        .values("resolved_source")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return sources.annotate(said=Coalesce(Subquery(count), 0))


def _with_words(annotations: QuerySet[Annotation]) -> list[Annotation]:
    return list(annotations.select_related("article").prefetch_related("spans"))


def _page[Row: (Source, Annotation)](found: list[Row]) -> Page[Row]:
    shown = found[:PAGE_SIZE]
    return Page(shown, shown[-1].pk if len(found) > PAGE_SIZE else None)


def _saying(annotation: Annotation, suggestion: Suggestion | None = None) -> Saying:
    text = annotation.article.text
    pieces: dict[str, list[str]] = {role: [] for role in ROLES}
    for span in annotation.spans.all():
        pieces[span.role].append(" ".join(text[span.start : span.end].split()))
    words = {role: _shortened(" […] ".join(pieces[role])) for role in ROLES}
    return Saying(annotation, words["source"], words["content"] or words["cue"], suggestion)


def _shortened(words: str) -> str:
    return words if len(words) <= SHOWN else words[:SHOWN].rstrip() + "…"


def _entry(change: SourceChange, source: Source) -> HistoryEntry:
    before, after = change.before or {}, change.after or {}
    into = after.get("into", {}).get("name", "")
    details = []
    match change.action:
        case SourceChange.Action.CREATE:
            action = _("created it as")
            details = [_named(after)]
        case SourceChange.Action.RENAME:
            action = _("renamed it")
            details = [f"{_named(before)} → {_named(after)}"]
        case SourceChange.Action.ALIAS:
            action = _("changed its other names")
            old, new = set(before.get("aliases", ())), set(after.get("aliases", ()))
            details = [f"+ {name}" for name in sorted(new - old)]
            details += [f"− {name}" for name in sorted(old - new)]
        case SourceChange.Action.MERGE:
            name = before.get("name", "")
            action = (
                _("merged it into “%(name)s”") % {"name": into}
                if change.source_id == source.pk
                else _("merged “%(name)s” into it") % {"name": name}
            )
            details = [_moved(after)]
        case _:
            name = before.get("name", "")
            action = (
                _("split “%(name)s” from it") % {"name": into}
                if change.source_id == source.pk
                else _("split it from “%(name)s”") % {"name": name}
            )
            details = [_moved(after)]
    return HistoryEntry(change, action, details)


def _named(state: dict[str, Any]) -> str:
    kind = state.get("kind")
    label = str(Source.Kind(kind).label) if kind else _("Kind not known")
    return f"{state.get('name', '')} ({label})"


def _moved(after: dict[str, Any]) -> str:
    return _("Attributions moved: %(count)d") % {"count": after.get("moved", 0)}
