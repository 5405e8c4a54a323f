"""Names to choose from while somebody types one: of the article at hand, and of the registry."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex
from django import forms
from django.contrib.auth.models import User
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accordingto.sources import names
from accordingto.sources.folding import folded
from annotations.actions import source_registry
from annotations.desk.desk import Desk
from annotations.desk.lookup import desk_at
from annotations.desk.suggestions import REACH
from annotations.htmx import HtmxRequest
from annotations.identifiers import IdField
from annotations.models import Annotation, Source, Span
from annotations.models.visibility import in_sight
from annotations.permissions import may_review

HITS = 12
CANDIDATES = 3 * HITS
"""Rows of the registry looked at: descriptions among them belong to other articles."""
LONGEST = 200
"""Code points of what is typed that are looked at."""
LETTERS = regex.compile(r"[\p{L}\p{M}\p{N}]+")


class AnnotationForm(forms.Form):
    """The attribution whose source is to be named."""

    annotation = IdField(required=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A name to choose, and why it is offered."""

    name: str
    kind: str
    why: str

    @property
    def label(self) -> str:
        """The kind, for people."""
        return str(Source.Kind(self.kind).label) if self.kind else _("Kind not known")


@require_GET
@may_review
def suggest_names(request: HtmxRequest, pk: int) -> HttpResponse:
    """Names that have words beginning with those of ``q``, at most twelve, as options of a list.

    The article's own come first, the nearest before the ``annotation`` first; without ``q`` there
    are no others.
    """
    desk = desk_at(request, pk)
    if not desk.may_name:
        raise Http404
    position = _position(request, desk)
    query = folded(request.GET.get("q", "").replace("\0", "")[:LONGEST]).split()
    wanted = [word for word in query if LETTERS.search(word)][:10]
    found: dict[tuple[str, str], Hit] = {}
    if wanted or not query:
        hits = [hit for hit in _of_article(desk, position) if _fits(hit, wanted)]
        for hit in [*hits, *(_of_registry(wanted, desk.person) if wanted else ())]:
            found.setdefault((folded(hit.name), hit.kind), hit)
    return render(request, "annotations/sources/names.html", {"hits": list(found.values())[:HITS]})


def _position(request: HtmxRequest, desk: Desk) -> int:
    """Where the annotation begins whose source is to be named; the text's start for none.

    Raise Http404 for one that the person may not see on this desk.
    """
    form = AnnotationForm(request.GET)
    if not form.is_valid():
        raise Http404
    asked = form.cleaned_data["annotation"]
    if asked is None:
        return 0
    found = Annotation.every.filter(pk=asked, article=desk.article).first()
    if found is None or not desk.shows(found):
        raise Http404
    return found.start


def _of_article(desk: Desk, position: int) -> Iterator[Hit]:
    """Who is a source in the article already, then whom it names: the nearest first, those before
    the position ahead of those after it.
    """
    text, labels = desk.article.text, desk.labels.order_by()
    sources = Source.objects.filter(annotations__in=labels).order_by(Lower("name"), "id").distinct()
    for source in sources:
        yield Hit(source.name, source.kind, _("a source in this article"))
    first = max(0, position - REACH)
    persons = names.Persons(text[first : position + REACH], first)
    named = [(mention.start, mention.name, "person") for mention in persons.mentions]
    spans = Span.objects.filter(role=Span.Role.SOURCE, annotation__in=labels).order_by("start")
    for start, end in spans.values_list("start", "end")[:1000]:
        words = text[start:end]
        name = names.cleaned(words)
        is_name = names.is_capitalised(name) and not names.is_description(words, persons.common)
        if is_name and not persons.full_name(name, start):
            named.append((start, name, names.guess_kind(words, desk.article.outlet)))
    for _start, name, kind in sorted(
        named, key=lambda each: (each[0] > position, abs(each[0] - position))
    ):
        yield Hit(name, kind, _("named in this article"))


def _fits(hit: Hit, wanted: Iterable[str]) -> bool:
    name = folded(hit.name)
    have = [*name.split(), *LETTERS.findall(name)]
    return all(any(word.startswith(each) for word in have) for each in wanted)


def _of_registry(wanted: Sequence[str], person: User) -> list[Hit]:
    """Entries whose name or another name has words that begin so; no descriptions."""
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in wanted)
    words = SearchQuery(
        " & ".join(f"'{word}':*" for word in quoted), config="simple", search_type="raw"
    )
    indexed = SearchVector("name", config="simple")
    in_use = in_sight(source_registry.in_use(), person).filter(article=None)
    sources = in_use.alias(words=indexed).filter(words=words)
    aliases = (
        source_registry.other_names().alias(words=indexed).filter(words=words, source__in=in_use)
    )
    order = Lower("name"), "id"
    found: Sequence[tuple[str, Source]] = [
        (each.name, each) for each in sources.order_by(*order)[:CANDIDATES]
    ]
    also: Sequence[tuple[str, Source]] = [
        (each.name, each.source)
        for each in aliases.select_related("source").order_by(*order)[:CANDIDATES]
    ]
    # A name that begins with what is typed before one with a later word that does.
    typed = " ".join(wanted)
    ranked = sorted(
        [*found, *also], key=lambda each: (not folded(each[0]).startswith(typed), folded(each[0]))
    )
    return [
        Hit(
            source.name,
            source.kind,
            _("in the registry")
            if name == source.name
            else _("in the registry, also known as “%(name)s”") % {"name": name},
        )
        for name, source in ranked
        if not names.is_description(source.name)
    ]
