"""Who a source span speaks of: what to suggest to the person who judges, and taking it up.

Suggestions come from the registry, the wording and the text before it; nothing of them is stored
until a person accepts one (docs/sources.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accordingto.attribution import Offsets
from accordingto.sources import names, pronouns
from accordingto.sources.folding import folded
from accordingto.sources.lexicon import INDEFINITE, RELATIVE
from accordingto.sources.pronouns import Meant, Speaker
from annotations.actions import source_registry
from annotations.models import Annotation, Source, Span
from annotations.models.visibility import named_elsewhere
from articles.models import Article

LONGEST_SOURCE = 2_000
"""Code points of a source that are looked at: twice the longest name."""
REACH = 30_000
"""How far before and after the spans in question persons are looked for, in code points."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A source for a span: one of the registry, or (without ``source_id``) a new one.

    ``mention`` is where in the text somebody is named who the span only points at, by a pronoun or
    a surname (code points).
    """

    name: str
    kind: str
    source_id: int | None
    reason: str
    mention: Offsets | None = None


def suggestions(article: Article, annotations: Sequence[Annotation]) -> dict[int, Suggestion]:
    """Suggestions by annotation id, for annotations of one article whose spans are prefetched.

    There is none for an annotation that is rejected, has no source span or has a source already,
    nor for a pronoun that may mean several, nor for words that only describe somebody, unless just
    these words have a source in this article. At most six queries, whatever the number.
    """
    return suggestions_for([(article, annotations)])


def suggestions_for(
    groups: Iterable[tuple[Article, Sequence[Annotation]]],
) -> dict[int, Suggestion]:
    """The same for annotations of several articles at once."""
    readings = [
        _Reading(article, annotation, pieces)
        for article, annotations in groups
        for annotation in annotations
        if annotation.status != Annotation.Status.REJECTED
        and annotation.resolved_source_id is None
        and (pieces := [s for s in annotation.spans.all() if s.role == Span.Role.SOURCE])
    ]
    _read_names(readings)
    known = _Known(readings)
    found = {reading.annotation.pk: _suggestion(reading, known) for reading in readings}
    return {pk: suggestion for pk, suggestion in found.items() if suggestion is not None}


class _Reading:
    """A source span and what its words alone say."""

    def __init__(self, article: Article, annotation: Annotation, pieces: Sequence[Span]) -> None:
        words = _words(article, pieces)
        self.article = article
        self.annotation = annotation
        self.start = pieces[0].start
        self.word = names.trimmed(words)
        self.name = names.cleaned(words)
        self.title = names.title_of(words)
        self.pronoun = names.is_pronoun(self.word)
        self.kind = names.guess_kind(words, article.outlet)
        self.indefinite = self.word.partition(" ")[0].lower() in INDEFINITE
        # What the text around adds.
        self.described = False
        self.full_name: names.Mention | None = None
        self.meant: Meant | None = None

    @property
    def is_surname(self) -> bool:
        return (
            not self.pronoun
            and self.kind == "person"
            and " " not in self.name
            and self.name[:1].isupper()
            and not self.name.isupper()
        )

    @property
    def keys(self) -> list[str]:
        """The names to look for in the registry, the surest first."""
        if self.pronoun:
            return _keys(self.meant.name) if self.meant else []
        return list(dict.fromkeys([folded(self.word), *_keys(self.name)]))


def _read_names(readings: Sequence[_Reading]) -> None:
    """Look up in the texts what surnames and pronouns mean."""
    articles = {reading.article.pk: reading.article for reading in readings}
    spans = _spans_before(articles, [r for r in readings if r.pronoun])
    for article in articles.values():
        own = [r for r in readings if r.article.pk == article.pk]
        first = max(0, min(r.start for r in own) - REACH)
        text = article.text[first : max(r.start for r in own) + REACH]
        persons = names.Persons(text, first)
        speakers: dict[int | None, list[Speaker]] = {}
        for start, end, review, source in spans.get(article.pk, ()):
            speaker = _speaker(start, end, source, article, persons)
            speakers.setdefault(review, []).append(speaker)
        for reading in own:
            if reading.pronoun:
                before = speakers.get(reading.annotation.second_review_id, [])
                reading.meant = _meant(reading, persons, before)
                continue
            if reading.is_surname:
                reading.full_name = persons.full_name(reading.name, reading.start, reading.title)
            reading.described = (
                reading.full_name is None
                and not reading.title
                and reading.kind != Source.Kind.OUTLET
                and names.is_description(reading.word, persons.common)
            )


type _SpanRow = tuple[int, int, int | None, Source | None]


def _spans_before(
    articles: dict[int, Article], pronouns: Sequence[_Reading]
) -> dict[int, list[_SpanRow]]:
    """The source spans before pronouns, by article, in text order; not those kept from sight."""
    if not pronouns:
        return {}
    near = Q()
    for pk in {r.article.pk for r in pronouns}:
        starts = [r.start for r in pronouns if r.article.pk == pk]
        near |= Q(annotation__article=pk, start__range=(min(starts) - REACH, max(starts)))
    rows = (
        Span.objects.filter(near, role=Span.Role.SOURCE)
        .exclude(annotation__status=Annotation.Status.REJECTED)
        .select_related("annotation__resolved_source")
    )
    found: dict[int, list[_SpanRow]] = {}
    for row in rows:
        annotation = row.annotation
        article = articles[annotation.article_id]
        if not (article.blind and annotation.status == Annotation.Status.PROPOSED):
            found.setdefault(article.pk, []).append(
                (row.start, row.end, annotation.second_review_id, annotation.resolved_source)
            )
    return found


def _speaker(
    start: int, end: int, source: Source | None, article: Article, persons: names.Persons
) -> Speaker:
    words = article.text[start : min(end, start + LONGEST_SOURCE)]
    name = names.cleaned(words)
    if " " not in name and names.is_capitalised(name) and not name.isupper():
        full = persons.full_name(name, start, names.title_of(words))
        name = full.name if full else name
    kind = names.guess_kind(name if names.is_person_name(name) else words, article.outlet)
    if source:
        name, kind = source.name, source.kind
    elif names.is_pronoun(words):
        name = kind = ""
    return Speaker(start, end, name, kind, source.pk if source else None, names.title_of(words))


def _meant(reading: _Reading, persons: names.Persons, speakers: Sequence[Speaker]) -> Meant | None:
    word, text, start = folded(reading.word), reading.article.text, reading.start
    if word in RELATIVE:
        return pronouns.relative(word, text, start)
    return pronouns.person(word, text, start, persons, speakers)


class _Known:
    """What the registry knows of the names in question, and who is known in these articles."""

    def __init__(self, readings: Sequence[_Reading]) -> None:
        keys = {key for r in readings for key in r.keys}
        keys |= {key for r in readings if r.full_name for key in _keys(r.full_name.name)}
        ids = {r.meant.source_id for r in readings if r.meant and r.meant.source_id}
        in_use = named_elsewhere(source_registry.in_use())
        self.by_id = in_use.in_bulk(ids) if ids else {}
        self.names: dict[str, list[Source]] = {}
        self.described: dict[tuple[int, str], list[Source]] = {}
        here = {r.article.pk for r in readings if r.described}
        named = in_use.filter(Q(article=None) | Q(article__in=here))
        for source in named.alias(key=Lower("name")).filter(key__in=keys).order_by("id"):
            key = folded(source.name)
            if source.article_id:
                self.described.setdefault((source.article_id, key), []).append(source)
            else:
                self.names.setdefault(key, []).append(source)
        self.aliases: dict[str, list[Source]] = {}
        aliases = (
            source_registry.other_names()
            .alias(key=Lower("name"))
            .filter(key__in=keys, source__in=in_use, source__article=None)
        )
        for alias in aliases.select_related("source").order_by("source_id", "id"):
            bearers = self.aliases.setdefault(folded(alias.name), [])
            if alias.source not in bearers:
                bearers.append(alias.source)
        self._read_where_known(readings)

    def _read_where_known(self, readings: Sequence[_Reading]) -> None:
        """Where sources that share a name were named before: in which articles and outlets."""
        shared = {
            source.pk
            for bearers in [*self.names.values(), *self.aliases.values()]
            if len(bearers) > 1
            for source in bearers
        }
        self._places: set[tuple[int, int | str]] = set()
        if not shared:
            return
        # Whoever is in a second review must not be led by what the first person named.
        named = Annotation.objects.filter(resolved_source__in=shared).order_by()
        named = named.exclude(article__status=Article.Status.SECOND_REVIEW)
        articles = {r.article.pk for r in readings}
        outlets = {r.article.outlet for r in readings} - {""}
        self._places.update(
            named.filter(article__in=articles)
            .values_list("resolved_source_id", "article_id")
            .distinct()
        )
        self._places.update(
            named.filter(article__outlet__in=outlets)
            .values_list("resolved_source_id", "article__outlet")
            .distinct()
        )

    def one(self, bearers: Sequence[Source], reading: _Reading, kind: str) -> Source | None:
        """The one of several that bear a name: known in this article, else in its outlet, else the
        only one of the kind.
        """
        if len(bearers) < 2:
            return bearers[0] if bearers else None
        article = reading.article
        for fits in (
            lambda source: (source.pk, article.pk) in self._places,
            lambda source: (source.pk, article.outlet) in self._places,
            lambda source: source.kind == kind,
        ):
            fitting = [source for source in bearers if fits(source)]
            if len(fitting) == 1:
                return fitting[0]
        return None


def _suggestion(reading: _Reading, known: _Known) -> Suggestion | None:
    if reading.pronoun:
        return _for_pronoun(reading, known)
    if reading.described:
        return _for_description(reading, known)
    for key in reading.keys:
        if source := known.one(known.names.get(key, ()), reading, reading.kind):
            return _of(source, _("same name"))
    return _by_other_names(reading, known)


def _by_other_names(reading: _Reading, known: _Known) -> Suggestion | None:
    by_full_name = _by_full_name(reading, known)
    for key in reading.keys:
        bearers = known.aliases.get(key, [])
        source = known.one(bearers, reading, reading.kind)
        # A bare surname is less than the full name of somebody else in this very article.
        if source and not (by_full_name and by_full_name.source_id not in {b.pk for b in bearers}):
            return _of(source, _("also known as “%(name)s”") % {"name": reading.word})
        if len(bearers) > 1 and not by_full_name:
            return None
    if by_full_name:
        return by_full_name
    if not reading.name or len(reading.name) > source_registry.NAME_LENGTH:
        return None
    return Suggestion(reading.name, reading.kind, None, _("as the article words it"))


def _for_description(reading: _Reading, known: _Known) -> Suggestion | None:
    """Whom just these words stand for in this article; "an executive" may be another one."""
    if reading.indefinite:
        return None
    key = reading.article.pk, folded(reading.name)
    source = known.one(known.described.get(key, ()), reading, reading.kind)
    return _of(source, _("called so in this article")) if source else None


def _by_full_name(reading: _Reading, known: _Known) -> Suggestion | None:
    full = reading.full_name
    if not full:
        return None
    reason = _("surname of “%(name)s”, named in the article") % {"name": full.name}
    suggestion = _registered(full.name, "person", reading, known, reason)
    return replace(suggestion, mention=(full.start, full.end))


def _for_pronoun(reading: _Reading, known: _Known) -> Suggestion | None:
    meant = reading.meant
    if meant is None or len(meant.name) > source_registry.NAME_LENGTH:
        return None
    if folded(reading.word) in RELATIVE:
        reason = _("the name right before “%(word)s”")
    else:
        reason = _("the only one named before that “%(word)s” fits")
    reason %= {"word": reading.word}
    if meant.source_id in known.by_id:
        suggestion = _of(known.by_id[meant.source_id], reason)
    else:
        suggestion = _registered(meant.name, meant.kind, reading, known, reason)
    return replace(suggestion, mention=meant.mention)


def _registered(name: str, kind: str, reading: _Reading, known: _Known, reason: str) -> Suggestion:
    """The source of this name or other name, or a new one of this name."""
    for registered in (known.names, known.aliases):
        for key in _keys(name):
            if source := known.one(registered.get(key, ()), reading, kind):
                return _of(source, reason)
    return Suggestion(name, kind, None, reason)


def _of(source: Source, reason: str) -> Suggestion:
    return Suggestion(source.name, source.kind, source.pk, reason)


def _keys(name: str) -> list[str]:
    key = folded(name)
    return [key, f"the {key}"] if key else []


def _words(article: Article, pieces: Sequence[Span]) -> str:
    """The words of a source; of one that is too long for a name only so much as shows that."""
    words = " ".join(
        article.text[span.start : min(span.end, span.start + LONGEST_SOURCE)]
        for span in pieces[:LONGEST_SOURCE]
    )
    return words[:LONGEST_SOURCE]
