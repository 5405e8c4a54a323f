"""The registered sources that imported attributions name, for many articles at once.

What a name means is as in ``annotations.actions.source_registry.find`` and ``create``.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import OperationalError, connection

from accordingto.sources.names import is_description
from annotations.actions.source_registry import COMMAND_LINE
from annotations.models import Source, SourceChange
from articles.ingest.copying import new_ids

ATTEMPTS = 10
"""Each after the first two is for what somebody else merged or created at this very moment."""

type Name = tuple[str, str]
"""Name and kind."""


class Named(NamedTuple):
    """A source as an attribution of an article names it; name and kind as they are stored."""

    name: str
    kind: str
    article: int


class Registered(NamedTuple):
    """A source of the registry."""

    pk: int
    name: str


_describes = lru_cache(maxsize=10_000)(is_description)


def resolve(wanted: Iterable[Named], by: User | None) -> dict[Named, Registered]:
    """The live source of each, created where there is none; all are locked against merging.

    A description is one of its article's, which must be new. Lock what is there in the order of the
    ids, as the registry does, and only then create what is missing, in the order of the names: so
    nobody waits for one another in a circle.
    """
    asked = dict.fromkeys(wanted)
    names = dict.fromkeys((each.name, each.kind) for each in asked)
    lowered = _lowered(names)
    for _attempt in range(ATTEMPTS):
        found = _found(names)
        if not _lock({source.pk for source in found.values()}):
            continue
        # Of two that differ in their capitals only, the first one gives its name.
        missing: dict[Name, Name] = {}
        for name, kind in names:
            if (name, kind) not in found and not _describes(name):
                missing.setdefault((lowered[name, kind], kind), (name, kind))
        if not missing:
            break
        _create([Named(*each, 0) for each in sorted(missing.values())], by)
    else:
        raise OperationalError("The named sources are being merged again and again.")
    own: dict[Named, Named] = {}
    for each in asked:
        if (each.name, each.kind) not in found:
            own.setdefault(each._replace(name=lowered[each.name, each.kind]), each)
    made = dict(zip(own, _create(own.values(), by), strict=True))
    return {
        each: found.get((each.name, each.kind))
        or made[each._replace(name=lowered[each.name, each.kind])]
        for each in asked
    }


def _lowered(names: Collection[Name]) -> dict[Name, str]:
    """The names in lower case, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(name) FROM unnest(%s::text[]) WITH ORDINALITY AS given(name, place)"
            " ORDER BY place",
            [[name for name, _kind in names]],
        )
        return {name: row[0] for name, row in zip(names, cursor.fetchall(), strict=True)}


def _found(names: Collection[Name]) -> dict[Name, Registered]:
    """The live sources of these names, or what they were merged into; without the descriptions."""
    found: dict[Name, Registered] = {}
    given = [[name for name, _kind in names], [kind for _name, kind in names]]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT given.name, given.kind, source.id, source.name
            FROM unnest(%s::text[], %s::text[]) AS given(name, kind)
            JOIN annotations_source AS source
                ON lower(source.name) = lower(given.name) AND source.kind = given.kind
            WHERE source.article_id IS NULL AND source.merged_into_id IS NULL
            ORDER BY source.id DESC
            """,
            given,
        )
        for name, kind, pk, known in cursor.fetchall():
            # The one that is written alike, else the oldest.
            if (name, kind) not in found or found[name, kind].name != name:
                found[name, kind] = Registered(pk, known)
    for name, kind in list(found):
        if _describes(name) and _describes(found[name, kind].name):
            del found[name, kind]
    missing = {name for name in names if name not in found and not _describes(name[0])}
    merged = Source.objects.filter(
        name__in=[name for name, _kind in missing], article=None, merged_into__isnull=False
    ).order_by("id")
    live = ("name", "kind", "merged_into", "merged_into__name")
    for name, kind, pk, known in merged.values_list(*live):
        if (name, kind) in missing:
            found[name, kind] = Registered(pk, known)  # of several, as the last one was merged
    return found


def _lock(ids: Collection[int]) -> bool:
    """Keep these from being merged until the transaction ends; return whether all are live."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM annotations_source WHERE id = ANY(%s) AND merged_into_id IS NULL"
            " ORDER BY id FOR SHARE",
            [sorted(ids)],
        )
        return len(cursor.fetchall()) == len(ids)


def _create(sources: Collection[Named], by: User | None) -> list[Registered]:
    """Create the sources and say so in the log; leave out what somebody else has just created."""
    ids = new_ids(Source, len(sources))
    Source.objects.bulk_create(
        [
            Source(pk=pk, name=name, kind=kind, article_id=article or None)
            for pk, (name, kind, article) in zip(ids, sources, strict=True)
        ],
        ignore_conflicts=True,
    )
    made = list(Source.objects.filter(pk__in=ids).order_by("pk"))
    SourceChange.objects.bulk_create(
        SourceChange(
            source=source,
            action=SourceChange.Action.CREATE,
            by=by,
            by_name=by.get_username() if by else COMMAND_LINE,
            after={"name": source.name, "kind": source.kind},
        )
        for source in made
    )
    return [Registered(source.pk, source.name) for source in made]
