"""The registry of sources: its list, the page of a source, naming the source of an attribution."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from annotations import actions, permissions
from annotations.actions import base, source_registry
from annotations.desk import responses
from annotations.desk.forms import KINDS, NameForm, ResolveForm, keep_typed
from annotations.desk.lookup import desk_of
from annotations.htmx import HtmxRequest
from annotations.identifiers import BIGGEST, IdField, IdsField, PageForm
from annotations.models import Annotation, Source
from annotations.models.visibility import in_sight
from annotations.permissions import may_curate, may_review, may_view
from annotations.sources.queries import (
    approved,
    candidates,
    history,
    list_sources,
    one_saying,
    said_by,
    unresolved,
)

LIST = "annotations/sources/list.html"
PAGE = "annotations/sources/source.html"


class RenameForm(NameForm):
    """With the latest change that the person saw."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=BIGGEST)


class AliasForm(forms.Form):
    """Other names, one a line."""

    names = forms.CharField(
        label=gettext_lazy("Other names, one a line"),
        required=False,
        max_length=source_registry.ALIASES * source_registry.NAME_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=BIGGEST)


class SplitForm(NameForm):
    """Who said some of it instead."""

    said = IdsField(required=False)


class MergeForm(forms.Form):
    """The source that another is merged into."""

    into = IdField()


@require_GET
@may_view
def source_list(request: HtmxRequest) -> HttpResponse:
    """The live sources by name, or those found by a part of a name."""
    query = request.GET.get("q", "").replace("\0", "").strip()[: source_registry.NAME_LENGTH]
    page = list_sources(query, PageForm(request.GET).place("after"), request.user)
    return render(request, LIST, {"page": page, "query": query, "tab": "all"})


@require_GET
@may_view
def unresolved_list(request: HtmxRequest) -> HttpResponse:
    """Approved attributions whose source nobody named yet, with a suggestion for each."""
    page = unresolved(PageForm(request.GET).place("before"))
    return render(request, LIST, {"page": page, "tab": "unresolved", "kinds": KINDS})


@require_GET
@may_view
def source_page(request: HtmxRequest, pk: int) -> HttpResponse:
    """All that a source is said to have said, and what the registry knows of it."""
    source = get_object_or_404(Source.objects.select_related("merged_into", "article"), pk=pk)
    if source.merged_into:
        messages.info(
            request,
            _("“%(name)s” was merged into “%(into)s”.")
            % {"name": source.name, "into": source.merged_into.name},
        )
        return redirect(source.merged_into)
    return _page(request, source)


@require_POST
@may_curate
def rename_source(request: HtmxRequest, pk: int) -> HttpResponse:
    form = RenameForm(request.POST)

    def act() -> Source:
        data = form.cleaned_data
        return source_registry.rename(
            pk, request.user, data["name"], data["kind"], seen=data["seen"]
        )

    return _change(request, pk, "rename_form", form, act, done=_("The source is renamed."))


@require_POST
@may_curate
def set_source_aliases(request: HtmxRequest, pk: int) -> HttpResponse:
    form = AliasForm(request.POST)

    def act() -> Source:
        data = form.cleaned_data
        names = data["names"].splitlines()
        return source_registry.set_aliases(pk, request.user, names, seen=data["seen"])

    return _change(request, pk, "alias_form", form, act, done=_("The other names are saved."))


@require_POST
@may_curate
def merge_source(request: HtmxRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Source, pk=pk)
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _page(request, source, error=_("Choose the source to merge it into."), status=422)
    try:
        merged = source_registry.merge(pk, form.cleaned_data["into"], request.user)
    except base.Refused as refused:
        return _page(request, source, error=str(refused), status=409)
    messages.success(
        request,
        _("“%(name)s” was merged into “%(into)s”.") % {"name": source.name, "into": merged.name},
    )
    return redirect(merged)


@require_POST
@may_curate
def split_source(request: HtmxRequest, pk: int) -> HttpResponse:
    form = SplitForm(request.POST)

    def act() -> Source:
        data = form.cleaned_data
        return source_registry.split(pk, request.user, data["said"], data["name"], data["kind"])

    done = _("The attributions are moved here.")
    return _change(request, pk, "split_form", form, act, done=done)


@may_review
def resolve_source(request: HtmxRequest, pk: int) -> HttpResponse:
    """Name the source of an attribution, or with an empty name say that it is not known.

    Leads back to the card, or to the list it came from (``back``). What was typed stays in the
    form when it is refused.
    """
    annotation = _annotation(request, pk)
    if request.method != "POST":
        return _resolve_page(request, annotation)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _resolve_page(request, annotation, form, status=422)
    data = form.cleaned_data
    try:
        if data["name"]:
            actions.name_source(pk, data["version"], request.user, data["name"], data["kind"])
        else:
            actions.set_source(pk, data["version"], request.user, None)
    except base.Refused as refused:
        return _not_resolved(request, pk, form, refused)
    if request.htmx:
        return responses.decided(request, *desk_of(request, pk))
    if data["back"]:
        messages.success(request, _("The source is saved."))
        return redirect("sources:unresolved")
    return redirect(desk_of(request, pk)[0].address_of(pk))


def _not_resolved(
    request: HtmxRequest, pk: int, form: ResolveForm, refused: base.Refused
) -> HttpResponse:
    desk = desk_of(request, pk)[0]
    if isinstance(refused, base.Conflict):
        if request.htmx:
            return responses.conflicted(request, desk, refused)
        keep_typed(form, version=refused.current.version)
    elif request.htmx:
        return responses.refused(request, desk, pk, str(refused))
    form.add_error(None, str(refused))
    return _resolve_page(request, _annotation(request, pk), form, status=409)


def _change(
    request: HtmxRequest,
    pk: int,
    name: str,
    form: forms.Form,
    act: Callable[[], Source],
    *,
    done: str,
) -> HttpResponse:
    """Do what a form of the source's page asks, or show the page with the form and the reason."""
    source = get_object_or_404(Source, pk=pk)
    if not form.is_valid():
        return _page(request, source, status=422, **{name: form})
    try:
        changed = act()
    except base.Refused as refused:
        if isinstance(refused, source_registry.Stale):
            # The form now carries what stands: sending it again is a decision on that.
            keep_typed(form, seen=source_registry.latest_change(source))
        form.add_error(None, str(refused))
        return _page(request, source, status=409, **{name: form})
    messages.success(request, done)
    return redirect(changed)


def _page(
    request: HtmxRequest, source: Source, *, status: int = 200, **extra: object
) -> HttpResponse:
    get_object_or_404(in_sight(Source.objects.all(), request.user), pk=source.pk)
    aliases = source_registry.names_of(source)
    query = request.GET.get("into", "").replace("\0", "").strip()[: source_registry.NAME_LENGTH]
    entries = history(source)
    seen = source_registry.latest_change(source)
    named = {"name": source.name, "kind": source.kind, "seen": seen}
    context: dict[str, object] = {
        "source": source,
        "aliases": aliases,
        "total": approved().filter(resolved_source=source).count(),
        "page": said_by(source, PageForm(request.GET).place("after")),
        "history": entries,
        "rename_form": RenameForm(initial=named),
        "alias_form": AliasForm(initial={"names": "\n".join(aliases), "seen": seen}),
        "split_form": SplitForm(initial={"kind": source.kind}),
        "splitting": "split" in request.GET or "split_form" in extra,
        "may_curate": request.user.has_perm(permissions.CURATE),
        "chosen": request.POST.getlist("said"),
        "into_query": query,
        "candidates": candidates(query, source, request.user) if query else None,
    }
    return render(request, PAGE, context | extra, status=status)


def _resolve_page(
    request: HtmxRequest,
    annotation: Annotation,
    form: ResolveForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The form on a page of its own: as it was sent, else with the source or the suggestion."""
    saying = one_saying(annotation)
    known = annotation.resolved_source or saying.suggestion
    initial = {"name": known.name, "kind": known.kind} if known else {}
    form = form or ResolveForm(initial={**initial, "version": annotation.version})
    names = reverse("sources:names", args=[annotation.article_id])
    form.fields["name"].widget.attrs |= {
        "data-names": f"{names}?annotation={annotation.pk}",
        "data-kind": form["kind"].id_for_label,
    }
    context = {"saying": saying, "form": form, "article": annotation.article}
    return render(request, "annotations/sources/resolve.html", context, status=status)


def _annotation(request: HtmxRequest, pk: int) -> Annotation:
    """The annotation, with its article. Raise Http404 where the person may not see it."""
    desk, annotation = desk_of(request, pk)
    annotation.article = desk.article
    return annotation
