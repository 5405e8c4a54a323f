"""Who a source span speaks of: what to suggest to the person who judges, and taking it up.

Suggestions come from the registry, the wording and the text before it; nothing of them is stored
until a person accepts one (docs/sources.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from annotations import naming, registry, review
from annotations.blinding import named_elsewhere
from annotations.deciding import Refused, check_permission, locked
from annotations.models import Annotation, Source, SourceAlias, Span
from annotations.naming_words import FEMALE, MALE, NEUTER, PLURAL, RELATIVE
from articles.models import Article

REACH = 30_000
"""How far before and after the spans in question persons are looked for, in code points."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A source for a span: one of the registry, or (without ``source_id``) a new one."""

    name: str
    kind: str
    source_id: int | None
    reason: str


def suggestions(article: Article, annotations: Sequence[Annotation]) -> dict[int, Suggestion]:
    """Suggestions by annotation id, for annotations of one article whose spans are prefetched.

    There is none for an annotation that is rejected, has no source span or has a source already,
    nor for a pronoun that nobody fits. At most six queries, whatever the number.
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
    if not readings:
        return {}
    _read_names(readings)
    known = _Known(readings)
    found = {reading.annotation.pk: _suggestion(reading, known) for reading in readings}
    return {pk: suggestion for pk, suggestion in found.items() if suggestion is not None}


@transaction.atomic
def accept(annotation_id: int, version: int, by: User, name: str, kind: str) -> Annotation:
    """Say who the source is: a live source of this name and kind, or a new one.

    The span's own wording becomes another name of it, if it is one. A name that was merged away
    means what it was merged into. Raises ``Refused`` or ``Conflict``, and then nothing is changed.
    """
    check_permission(by)
    # The article first, as everywhere, so that nobody waits for one another in a circle.
    annotation = locked(annotation_id, by)
    source = registry.find(name, kind) or registry.create(name, kind, by)
    try:
        with transaction.atomic():
            changed = review.resolve(annotation_id, version, by, source)
    except IntegrityError as error:
        # A merge of just now; the database does not let a merged source have anything.
        raise Refused(_("“%s” was merged into another source.") % source) from error
    wording = naming.cleaned(_words(annotation.article, _source_pieces(annotation)))
    if naming.is_capitalised(wording):
        registry.add_alias(source, wording, by)
    return changed


class _Reading:
    """A source span and what its words alone say."""

    def __init__(self, article: Article, annotation: Annotation, pieces: Sequence[Span]) -> None:
        words = _words(article, pieces)
        self.article = article
        self.annotation = annotation
        self.start = pieces[0].start
        self.word = naming.trimmed(words)
        self.name = naming.cleaned(words)
        self.title = naming.title_of(words)
        self.pronoun = naming.is_pronoun(self.word)
        self.kind = naming.guess_kind(words, article.outlet)
        # What the text around adds.
        self.full_name = ""
        self.meant: _Meant | None = None

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
        return list(dict.fromkeys([naming.folded(self.word), *_keys(self.name)]))


@dataclass(frozen=True, slots=True)
class _Meant:
    """Whom a pronoun means: somebody named before it."""

    name: str
    kind: str
    source_id: int | None = None


@dataclass(slots=True)
class _Before:
    """A source span of the article, as what a pronoun after it may mean."""

    start: int
    end: int
    look: int | None
    meant: _Meant
    pronoun: bool  # known once: every pronoun of the text asks every span before it
    titles: set[str] = field(default_factory=set)


def _read_names(readings: Sequence[_Reading]) -> None:
    """Look up in the texts what surnames and pronouns mean."""
    articles = {reading.article.pk: reading.article for reading in readings}
    spans = _spans_before(articles, [r for r in readings if r.pronoun])
    for article in articles.values():
        own = [r for r in readings if r.article.pk == article.pk]
        first = max(0, min(r.start for r in own) - REACH)
        text = article.text[first : max(r.start for r in own) + REACH]
        persons = naming.Persons(text, first)
        before = [_before(row, article, persons) for row in spans.get(article.pk, ())]
        for reading in own:
            if reading.pronoun:
                reading.meant = _antecedent(reading, persons, before)
            elif reading.is_surname:
                reading.full_name = persons.full_name(reading.name, reading.start, reading.title)


type _SpanRow = tuple[int, int, int, int | None, int | None]


def _spans_before(
    articles: dict[int, Article], pronouns: Sequence[_Reading]
) -> dict[int, list[_SpanRow]]:
    """The source spans of the articles with pronouns, in text order; not those kept from sight."""
    if not pronouns:
        return {}
    rows = (
        Span.objects.filter(
            role=Span.Role.SOURCE, annotation__article__in={r.article.pk for r in pronouns}
        )
        .exclude(annotation__status=Annotation.Status.REJECTED)
        .order_by("start", "end")
        .values_list(
            "annotation__article_id",
            "start",
            "end",
            "annotation__second_look_id",
            "annotation__resolved_source_id",
            "annotation__status",
        )
    )
    found: dict[int, list[_SpanRow]] = {}
    for article_id, start, end, look, source_id, status in rows:
        if not (articles[article_id].blind and status == Annotation.Status.PROPOSED):
            found.setdefault(article_id, []).append((article_id, start, end, look, source_id))
    return found


def _before(row: _SpanRow, article: Article, persons: naming.Persons) -> _Before:
    _article_id, start, end, look, source_id = row
    words = article.text[start:end]
    name = naming.cleaned(words)
    surname = name.split()[-1].lower() if name else ""
    if " " not in name and naming.is_capitalised(name) and not name.isupper():
        name = persons.full_name(name, start, naming.title_of(words)) or name
    kind = naming.guess_kind(name if naming.is_person_name(name) else words, article.outlet)
    titles = {naming.title_of(words), persons.titles.get(surname, "")}
    meant = _Meant(name, kind, source_id)
    return _Before(start, end, look, meant, naming.is_pronoun(name), titles)


def _antecedent(
    reading: _Reading, persons: naming.Persons, spans: Sequence[_Before]
) -> _Meant | None:
    """Whom or what the pronoun means, by what stands before it."""
    word = naming.folded(reading.word)
    if word in RELATIVE:
        words = naming.phrase_before(reading.article.text, reading.start)
        name = naming.cleaned(words)
        if not name or naming.is_pronoun(name):
            return None
        return _Meant(name, naming.guess_kind(words, reading.article.outlet))
    earlier = [
        span
        for span in spans
        if span.end <= reading.start
        and span.look == reading.annotation.second_look_id
        and not span.pronoun
    ]
    if word in PLURAL:
        return earlier[-1].meant if earlier else None
    if word in NEUTER:
        things = [s.meant for s in earlier if s.meant.kind not in ("person", "anonymous")]
        return things[-1] if things else None
    if word in MALE | FEMALE:
        return _person(reading, persons, earlier, "female" if word in MALE else "male")
    return None


def _person(
    reading: _Reading, persons: naming.Persons, earlier: Sequence[_Before], unfit: str
) -> _Meant | None:
    """The nearest person before the pronoun whose title does not speak against it.

    Who was quoted in this paragraph or the one before goes on speaking more often than somebody
    who was only mentioned meanwhile.
    """
    quoted = [
        span
        for span in earlier
        if span.meant.kind == "person"
        and naming.is_capitalised(span.meant.name)
        and unfit not in span.titles
    ]
    mentioned = [
        mention
        for mention in persons.mentions
        if mention.end <= reading.start
        and unfit not in (mention.title, persons.titles.get(mention.name.split()[-1].lower()))
    ]
    text = reading.article.text
    paragraph = text.rfind("\n", 0, reading.start)
    previous = text.rfind("\n", 0, max(0, len(text[:paragraph].rstrip()))) if paragraph > 0 else -1
    if quoted and (
        quoted[-1].start > previous or not mentioned or quoted[-1].end >= mentioned[-1].end
    ):
        return quoted[-1].meant
    return _Meant(mentioned[-1].name, "person") if mentioned else None


class _Known:
    """What the registry knows of the names in question, and who is known in these articles."""

    def __init__(self, readings: Sequence[_Reading]) -> None:
        keys = {key for r in readings for key in [*r.keys, *_keys(r.full_name)] if key}
        ids = {r.meant.source_id for r in readings if r.meant and r.meant.source_id}
        live = named_elsewhere(Source.objects.filter(merged_into=None))
        self.by_id = live.in_bulk(ids) if ids else {}
        self.names: dict[str, list[Source]] = {}
        for source in live.alias(key=Lower("name")).filter(key__in=keys).order_by("id"):
            self.names.setdefault(naming.folded(source.name), []).append(source)
        self.aliases: dict[str, list[Source]] = {}
        aliases = SourceAlias.objects.alias(key=Lower("name")).filter(key__in=keys, source__in=live)
        for alias in aliases.select_related("source").order_by("source_id", "id"):
            bearers = self.aliases.setdefault(naming.folded(alias.name), [])
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
        # Whoever is at a second look must not be led by what the first person named.
        named = Annotation.objects.filter(resolved_source__in=shared).order_by()
        named = named.exclude(article__status=Article.Status.SECOND_LOOK)
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
    if not reading.name or len(reading.name) > registry.NAME_LENGTH:
        return None
    return Suggestion(reading.name, reading.kind, None, _("as the article words it"))


def _by_full_name(reading: _Reading, known: _Known) -> Suggestion | None:
    if not reading.full_name:
        return None
    reason = _("surname of “%(name)s”, named in the article") % {"name": reading.full_name}
    return _registered(reading.full_name, "person", reading, known, reason)


def _for_pronoun(reading: _Reading, known: _Known) -> Suggestion | None:
    meant = reading.meant
    if meant is None or len(meant.name) > registry.NAME_LENGTH:
        return None
    if naming.folded(reading.word) in RELATIVE:
        reason = _("the words right before “%(word)s”")
    elif meant.kind == "person":
        reason = _("nearest person before “%(word)s”")
    else:
        reason = _("nearest source before “%(word)s”")
    reason %= {"word": reading.word}
    if meant.source_id in known.by_id:
        return _of(known.by_id[meant.source_id], reason)
    return _registered(meant.name, meant.kind, reading, known, reason)


def _registered(name: str, kind: str, reading: _Reading, known: _Known, reason: str) -> Suggestion:
    """The source of this name or other name, or a new one of this name."""
    for names in (known.names, known.aliases):
        for key in _keys(name):
            if source := known.one(names.get(key, ()), reading, kind):
                return _of(source, reason)
    return Suggestion(name, kind, None, reason)


def _of(source: Source, reason: str) -> Suggestion:
    return Suggestion(source.name, source.kind, source.pk, reason)


def _keys(name: str) -> list[str]:
    key = naming.folded(name)
    return [key, f"the {key}"] if key else []


def _source_pieces(annotation: Annotation) -> list[Span]:
    return [span for span in annotation.spans.all() if span.role == Span.Role.SOURCE]


def _words(article: Article, pieces: Sequence[Span]) -> str:
    return " ".join(article.text[span.start : span.end] for span in pieces)
