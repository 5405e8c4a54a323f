"""The registry of sources: creating, renaming, other names, merging and splitting.

Each action checks the permission, locks the rows it changes and writes a ``SourceChange``, in one
transaction. Articles are locked before sources, and each kind in the order of their ids, here and
in ``annotations.actions.name_source``: so nobody waits for one another in a circle.

Moving attributions to another source is open to the registry in articles of every state, finished
ones too. It says nothing new about the article: who signed an attribution signed its words, and
they stay as they are, with their signature. The other way a merge would leave the merged source
behind in all that was finished before. The move counts as a change (``version``) and is in the
history of each attribution it touches, but is no decision that undo takes back: what was merged in
one go is split in one go.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accordingto.sources.folding import plain
from accordingto.sources.names import is_description
from annotations import permissions
from annotations.actions.base import Refused, decision, save_together
from annotations.models import Annotation, Decision, Source, SourceAlias, SourceChange
from annotations.models.source import SourceChangeAction
from annotations.models.state import state_of
from articles.models import Article

COMMAND_LINE = "command line"
NAME_LENGTH = 1000
NAME_BYTES = 2000
"""Bytes of UTF-8: a row of a B-tree index holds 2,704."""
ALIASES = 200


class Stale(Refused):
    """The entry changed since the person saw it: nothing was done."""


def in_use() -> QuerySet[Source]:
    """The live sources that people see and are offered.

    What was only made by naming a source is one as long as something has it as its source: once
    that is undone nothing shows, and naming it again finds it. ``annotations.models.visibility``
    leaves out what a second person must not learn.
    """
    had = Annotation.every.filter(resolved_source=OuterRef("pk"))
    return Source.objects.filter(Q(by_naming=False) | Exists(had), merged_into=None)


def other_names() -> QuerySet[SourceAlias]:
    """The other names that count: those a curator gave, and the wordings of what has the source."""
    return SourceAlias.objects.filter(
        Q(annotation=None)
        | Q(annotation__resolved_source=F("source"))
        & ~Q(annotation__article__status=Article.Status.SECOND_REVIEW)
    )


def names_of(source: Source) -> list[str]:
    """The other names of the source that count, in order."""
    return sorted(other_names().filter(source=source).values_list("name", flat=True))


def find(name: str, kind: str, article: Article | None = None) -> Source | None:
    """The live source of this name and kind, or what one of this name was merged into.

    A description is looked for among those of the ``article`` only, but for a name that somebody
    typed in lower case. Raise ``Refused`` for what cannot be a name or a kind.
    """
    name, kind = checked(name, kind)
    home = _home(name, article)
    source = _live(name, kind, home)
    if source is None and home is not None:
        named = _live(name, kind, None)
        source = None if named is None or is_description(named.name) else named
    if source is None:
        merged = Source.objects.filter(
            name=name, kind=kind, article=home, merged_into__isnull=False
        )
        last = merged.select_related("merged_into").order_by("-id").first()
        source = last and last.merged_into
    return source


def create(
    name: str,
    kind: str,
    by: User | None,
    article: Article | None = None,
    *,
    by_naming: bool = False,
) -> Source:
    """A new source, or the one that somebody else created at the same moment.

    A description belongs to the ``article``. Asks for no permission: naming a source is part of
    judging, and of importing.
    """
    name, kind = checked(name, kind)
    source, created = Source.objects.get_or_create(
        name=name,
        kind=kind,
        article=_home(name, article),
        merged_into=None,
        defaults={"by_naming": by_naming},
    )
    if created:
        _log(source, SourceChange.Action.CREATE, by, None, {"name": name, "kind": kind})
    return source


def add_alias(source: Source, name: str, by: User, annotation: Annotation | None = None) -> None:
    """Give the source another name, unless it has it already. Asks for no permission.

    With an ``annotation`` the name counts as long as that has the source.
    """
    name = plain(name)
    if _excess(name) or name == source.name:
        return
    before = names_of(source)
    if name in before or len(before) >= ALIASES:
        return
    # The wording of what has another source by now may be there still.
    SourceAlias.objects.update_or_create(
        source=source, name=name, defaults={"annotation": annotation}
    )
    after = sorted([*before, name])
    _log(source, SourceChange.Action.ALIAS, by, {"aliases": before}, {"aliases": after})


def rename(source_id: int, by: User, name: str, kind: str, *, seen: int | None = None) -> Source:
    """Give the source another name or kind.

    ``seen`` is the latest change (``latest_change``) that the person saw; raises ``Stale`` where
    there is a later one, and ``Refused`` where another source has this name and kind.
    """
    check_permission(by)
    name, kind = checked(name, kind)
    with transaction.atomic():
        source = _locked(source_id)
        if (source.name, source.kind) == (name, kind):
            return source
        _refuse_stale(source, seen)
        before = {"name": source.name, "kind": source.kind}
        source.name, source.kind, source.by_naming = name, kind, False
        source.article = _home(name, source.article)
        try:
            with transaction.atomic():
                source.save(update_fields=["name", "kind", "article", "by_naming"])
        except IntegrityError as error:
            raise Refused(
                _("There is a source “%(name)s” of this kind already: merge the two instead.")
                % {"name": name}
            ) from error
        _log(source, SourceChange.Action.RENAME, by, before, {"name": name, "kind": kind})
    return source


def set_aliases(
    source_id: int, by: User, names: Iterable[str], *, seen: int | None = None
) -> Source:
    """Replace the other names of the source. Blank ones, doubles and its own name are left out.

    Raise ``Stale`` as ``rename`` does.
    """
    check_permission(by)
    with transaction.atomic():
        source = _locked(source_id)
        wanted = {clean for name in names if (clean := plain(name))} - {source.name}
        for name in wanted:
            checked(name, "")
        if len(wanted) > ALIASES:
            raise Refused(_("A source has at most %(limit)d other names.") % {"limit": ALIASES})
        before = names_of(source)
        if set(before) == wanted:
            return source
        _refuse_stale(source, seen)
        # What does not count now was not seen, and nobody took it away.
        source.aliases.filter(pk__in=other_names()).delete()
        _give_names(source, wanted)
        _curated(source)
        after = {"aliases": sorted(wanted)}
        _log(source, SourceChange.Action.ALIAS, by, {"aliases": before}, after)
    return source


def merge(source_id: int, into_id: int, by: User) -> Source:
    """Make one source of two: all that the first said, its name and its other names go over.

    The merged source stays, for the history, and leads to the other. Merging again what was merged
    so does nothing. Raise ``Refused`` for a source with itself, or with one that is merged.
    """
    check_permission(by)
    if source_id == into_id:
        raise Refused(_("A source cannot be merged into itself."))
    with transaction.atomic():
        articles = _lock_articles(source_id)
        locked = _lock([source_id, into_id])
        source, into = _pick(locked, source_id), _pick(locked, into_id)
        if source.merged_into_id == into.pk:
            return into
        _refuse_merged(source)
        _refuse_merged(into)
        before = _entry(source) | {"into": _entry(into)}
        moved = _move(_said_by(source, articles), into, by)
        _give_names(into, {source.name, *before["aliases"]} - {into.name, *names_of(into)})
        source.aliases.all().delete()
        _curated(source, into)
        # Sources merged into this one earlier lead on at once: never over a merged one.
        Source.objects.filter(merged_into=source).update(merged_into=into)
        source.merged_into = into
        source.save(update_fields=["merged_into"])
        after = {"into": _entry(into)} | moved
        _log(source, SourceChange.Action.MERGE, by, before, after, other=into)
    return into


def split(source_id: int, by: User, annotation_ids: Iterable[int], name: str, kind: str) -> Source:
    """Move some of what the source said to another: a live one of this name and kind, or a new one.

    All or none: raises ``Refused`` where one of them is not the source's (any more). A name that
    was merged away becomes a source of its own again.
    """
    check_permission(by)
    name, kind = checked(name, kind)
    wanted = set(annotation_ids)
    if not wanted:
        raise Refused(_("Choose what the other source said."))
    with transaction.atomic():
        articles = _lock_articles(source_id)
        home = _only_article(wanted) if is_description(name) else None
        existing = _live(name, kind, home)
        locked = _lock([source_id, *([existing.pk] if existing else [])])
        source = _pick(locked, source_id)
        _refuse_merged(source)
        if existing:
            _refuse_merged(_pick(locked, existing.pk))
        if existing and existing.pk == source.pk:
            raise Refused(_("The source already has that name."))
        said = _said_by(source, articles, wanted)
        if len(said) != len(wanted):
            gone = Annotation.every.filter(pk__in=wanted, resolved_source=existing).count()
            if existing and gone == len(wanted):
                return existing
            raise Refused(
                _("%(count)d of these are not this source's (any more). Nothing was moved.")
                % {"count": len(wanted) - len(said)}
            )
        to = existing or create(name, kind, by, home)
        _curated(source, to)
        before = {"name": source.name, "kind": source.kind}
        after = {"into": {"name": to.name, "kind": to.kind}} | _move(said, to, by)
        _log(source, SourceChange.Action.SPLIT, by, before, after, other=to)
    return to


def check_permission(by: User) -> None:
    """Raises PermissionDenied for who may not change the registry."""
    if not (by.is_active and by.has_perm(permissions.CURATE)):
        raise PermissionDenied(_("You are not allowed to change the registry of sources."))


def checked(name: str, kind: str) -> tuple[str, str]:
    """The name as it is stored, and the kind. Raise ``Refused`` for what cannot be either."""
    name = plain(name)
    if not name:
        raise Refused(_("A source needs a name."))
    if excess := _excess(name):
        raise Refused(excess)
    if "\0" in name:
        raise Refused(_("The name has a character that no text has."))
    if kind and kind not in Source.Kind.values:
        raise Refused(_("Kind “%(value)s” does not exist.") % {"value": kind[:50]})
    return name, kind


def _excess(name: str) -> str:
    """Why the name is too long to be stored; "" for one that is not."""
    if len(name) > NAME_LENGTH:
        return _("The name has %(length)d characters; at most %(limit)d fit.") % {
            "length": len(name),
            "limit": NAME_LENGTH,
        }
    # An index has it in lower case too, which may be longer.
    size = max(len(form.encode(errors="replace")) for form in (name, name.lower()))
    if size > NAME_BYTES:
        return _("The name is too long: at most %(limit)d bytes, this has %(size)d.") % {
            "limit": NAME_BYTES,
            "size": size,
        }
    return ""


def latest_change(source: Source) -> int:
    """The latest change of the entry: what a person who looks at it now has seen."""
    return source.changes.order_by("-id").values_list("pk", flat=True).first() or 0


def _home(name: str, article: Article | None) -> Article | None:
    """The article, for a description; a name is at home in none."""
    return article if is_description(name) else None


def _only_article(annotation_ids: set[int]) -> Article | None:
    """The article that all of these are in, if it is one."""
    found = Article.objects.filter(annotations__in=annotation_ids).distinct()[:2]
    return found[0] if len(found) == 1 else None


def _live(name: str, kind: str, home: Article | None) -> Source | None:
    """The live source of this name and kind, however it is capitalised; the exact one first."""
    found = Source.objects.alias(key=Lower("name")).filter(
        key=Lower(Value(name)), kind=kind, article=home, merged_into=None
    )
    sources = found.order_by("id")
    exact = (source for source in sources if source.name == name)
    return next(exact, None) or next(iter(sources), None)


def _locked(source_id: int) -> Source:
    source = _pick(_lock([source_id]), source_id)
    _refuse_merged(source)
    return source


def _lock(ids: Iterable[int]) -> dict[int, Source]:
    found = Source.objects.filter(pk__in=list(ids)).order_by("id")
    return {source.pk: source for source in found.select_for_update(no_key=True)}


def _pick(locked: dict[int, Source], source_id: int) -> Source:
    if source_id not in locked:
        raise Refused(_("This source does not exist."))
    return locked[source_id]


def _refuse_merged(source: Source) -> None:
    if source.merged_into_id:
        raise Refused(_("“%(name)s” was merged into another source.") % {"name": source.name})


def _refuse_stale(source: Source, seen: int | None) -> None:
    if seen is None:
        return
    later = source.changes.filter(pk__gt=seen).order_by("-id").first()
    if later:
        raise Stale(
            _("%(who)s %(did)s this source since you saw it. Nothing was changed.")
            % {"who": later.by_name, "did": later.get_action_display()}
        )


def _lock_articles(source_id: int) -> set[int]:
    """Lock the articles in which the source speaks: decisions in them wait meanwhile."""
    ids = Annotation.every.filter(resolved_source=source_id).values("article")
    articles = Article.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return set(articles.values_list("pk", flat=True))


def _said_by(
    source: Source, articles: set[int], wanted: set[int] | None = None
) -> Sequence[Annotation]:
    """The annotations of the (locked) source, all or of those ``wanted``, their articles locked."""
    found: QuerySet[Annotation] = Annotation.every.filter(resolved_source=source)
    if wanted is not None:
        found = found.filter(pk__in=wanted)
    said = list(found.select_related("run", "resolved_source").prefetch_related("spans"))
    # Some may have come in while the locks were waited for. With sources locked already, waiting
    # for an article could be waiting in a circle.
    missing = {annotation.article_id for annotation in said} - articles
    free = Article.objects.filter(pk__in=missing).select_for_update(no_key=True, skip_locked=True)
    if missing and len(free.values_list("pk", flat=True)) < len(missing):
        raise Refused(_("Somebody is deciding on one of these right now. Try again in a moment."))
    return said


def _move(annotations: Sequence[Annotation], to: Source, by: User) -> dict[str, Any]:
    """Give the annotations another source; returns what the log says of it."""
    batch = uuid.uuid4()
    decisions = []
    for annotation in annotations:
        before = state_of(annotation)
        annotation.resolved_source = to
        annotation.version += 1
        decisions.append(decision(annotation, Decision.Action.MOVE, by, before, batch=batch))
    save_together(decisions)
    return {"moved": len(decisions), "batch": str(batch)}


def _give_names(source: Source, names: Iterable[str]) -> None:
    """Names that a curator gives, for good, whether they were there or not."""
    SourceAlias.objects.bulk_create(
        [SourceAlias(source=source, name=name) for name in sorted(names)],
        update_conflicts=True,
        unique_fields=["source", "name"],
        update_fields=["annotation"],
    )


def _curated(*sources: Source) -> None:
    """A curator looked at these: they stay, whether anything names them or not."""
    Source.objects.filter(pk__in=[source.pk for source in sources], by_naming=True).update(
        by_naming=False
    )


def _entry(source: Source) -> dict[str, Any]:
    return {"name": source.name, "kind": source.kind, "aliases": names_of(source)}


def _log(
    source: Source,
    action: SourceChangeAction,
    by: User | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    other: Source | None = None,
) -> None:
    SourceChange.objects.create(
        source=source,
        other=other,
        action=action,
        by=by,
        by_name=by.get_username() if by else COMMAND_LINE,
        before=before,
        after=after,
    )
