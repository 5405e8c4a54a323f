"""The review desk. Each view parses, calls one function of ``annotations.review`` and renders."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.middleware import HtmxDetails

from annotations import deciding, finishing, review, undoing
from annotations.desk import Card, Desk, show_conflict
from annotations.forms import SpansForm
from annotations.models import Annotation
from articles.models import Article

PAGE = "annotations/review.html"

may_view = permission_required("articles.view_article", raise_exception=True)
may_review = permission_required(deciding.PERMISSION, raise_exception=True)


class HtmxRequest(HttpRequest):
    """A request of a signed-in person, as the middleware leaves it."""

    htmx: HtmxDetails
    user: User


class VersionForm(forms.Form):
    """The version of the annotation that the person decided on."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


@require_GET
@may_view
def review_page(request: HtmxRequest, pk: int) -> HttpResponse:
    """An article with all its attributions; those who may not judge see it without controls."""
    return _page(request, Desk(get_object_or_404(Article, pk=pk)))


@require_POST
@may_review
def approve(request: HtmxRequest, pk: int) -> HttpResponse:
    return _decision(request, pk, review.approve)


@require_POST
@may_review
def reject(request: HtmxRequest, pk: int) -> HttpResponse:
    return _decision(request, pk, review.reject)


@require_POST
@may_review
def undo(request: HtmxRequest, pk: int) -> HttpResponse:
    return _decision(request, pk, undoing.undo)


@may_review
def edit(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form that corrects an attribution, and its answer."""
    annotation = _get_annotation(pk)
    if request.method != "POST":
        return _form(request, Desk(annotation.article), SpansForm.of(annotation), pk)
    form = SpansForm(request.POST)
    if not form.is_valid():
        return _form(request, Desk(annotation.article), form, pk, status=422)
    before = deciding.spans_of(annotation)
    try:
        changed = review.edit(
            pk,
            form.cleaned_data["version"],
            request.user,
            form.spans,
            form.cleaned_data["quote_type"],
        )
    except deciding.Conflict as conflict:
        # What was typed stays in the form; sending it again is then a decision on what stands now.
        desk = Desk(annotation.article)
        show_conflict(desk.card(pk), str(conflict), conflict.seen)
        typed = request.POST.copy()
        typed["version"] = str(conflict.current.version)
        form.data = typed
        return _form(request, desk, form, pk, status=409)
    except deciding.Refused as refused:
        form.add_error(None, str(refused))
        return _form(request, Desk(annotation.article), form, pk, status=422)
    return _decided(request, changed, before)


@may_review
def add(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form that adds an attribution to an article, and its answer."""
    article = get_object_or_404(Article, pk=pk)
    if request.method != "POST":
        return _form(request, Desk(article), SpansForm())
    form = SpansForm(request.POST)
    if not form.is_valid():
        return _form(request, Desk(article), form, status=422)
    try:
        added = review.add(pk, request.user, form.spans, form.cleaned_data["quote_type"])
    except deciding.Refused as refused:
        form.add_error(None, str(refused))
        return _form(request, Desk(article), form, status=422)
    if not request.htmx:
        return _back_to(added)
    desk = Desk(article)
    context = _decision_context(desk, added, deciding.spans_of(added))
    context |= {"added": True, "before": desk.card_before(added.pk)}
    return render(request, f"{PAGE}#added", context)


@require_GET
@may_view
def card(request: HtmxRequest, pk: int) -> HttpResponse:
    """One card, as it stands: what cancelling an edit brings back."""
    annotation = _get_annotation(pk)
    if not request.htmx:
        return _back_to(annotation)
    desk = Desk(annotation.article)
    return render(request, f"{PAGE}#card", desk.context() | {"card": desk.card(pk)})


@require_POST
@may_review
def finish(request: HtmxRequest, pk: int) -> HttpResponse:
    return _article_decision(request, pk, finishing.finish, then="queue")


@require_POST
@may_review
def reopen(request: HtmxRequest, pk: int) -> HttpResponse:
    return _article_decision(request, pk, finishing.reopen)


def _article_decision(
    request: HtmxRequest, pk: int, action: Callable[[int, User], Article], then: str = ""
) -> HttpResponse:
    """Finish or reopen an article, and go on to the page named ``then``, or to the article."""
    article = get_object_or_404(Article, pk=pk)
    try:
        article = action(pk, request.user)
    except deciding.Refused as refused:
        return _page(request, Desk(article), error=str(refused), status=409)
    if article.status == Article.Status.FINISHED:
        messages.success(request, _("“%s” is finished.") % article)
    return redirect(then or article)


def _decision(
    request: HtmxRequest, pk: int, action: Callable[[int, int, User], Annotation]
) -> HttpResponse:
    """Do one of the actions that need a version only, and answer with what it changed."""
    annotation = _get_annotation(pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _problem(request, annotation, _("The page sent no valid version."), status=400)
    before = deciding.spans_of(annotation)
    try:
        changed = action(pk, form.cleaned_data["version"], request.user)
    except deciding.Conflict as conflict:
        desk = Desk(annotation.article)
        show_conflict(desk.card(pk), str(conflict), conflict.seen)
        if request.htmx:
            context = _decision_context(desk, conflict.current, before)
            return render(request, f"{PAGE}#decision", context, status=409)
        return _page(request, desk, error=str(conflict), status=409)
    except deciding.Refused as refused:
        return _problem(request, annotation, str(refused), status=409)
    return _decided(request, changed, before)


def _decided(
    request: HtmxRequest, annotation: Annotation, before: dict[str, list[list[int]]]
) -> HttpResponse:
    """The changed fragments, or the page again at the next attribution to judge."""
    desk = Desk(annotation.article)
    if request.htmx:
        context = _decision_context(desk, annotation, before)
        return render(request, f"{PAGE}#decision", context)
    return _back_to((desk.next_proposed(annotation) or desk.card(annotation.pk)).annotation)


def _decision_context(
    desk: Desk, annotation: Annotation, before: dict[str, list[list[int]]]
) -> dict[str, object]:
    """The card, and the paragraphs that its spans reach into now or did before."""
    now = deciding.spans_of(desk.card(annotation.pk).annotation)
    touching = [(s, e) for spans in (before, now) for pieces in spans.values() for s, e in pieces]
    return desk.context() | {
        "card": desk.card(annotation.pk),
        "paragraphs": desk.paragraphs(touching),
        "swap": True,
    }


def _page(request: HtmxRequest, desk: Desk, *, status: int = 200, **extra: object) -> HttpResponse:
    context = desk.context() | {"cards": desk.cards, "paragraphs": desk.paragraphs()} | extra
    return render(request, PAGE, context, status=status)


def _form(
    request: HtmxRequest, desk: Desk, form: SpansForm, pk: int | None = None, status: int = 200
) -> HttpResponse:
    """The form in place of the card it corrects (or before all cards), alone or in its page."""
    editing: Card | None = desk.card(pk) if pk else None
    action = reverse("edit", args=[pk]) if pk else reverse("add", args=[desk.article.pk])
    extra = {"form": form, "form_action": action, "editing": editing, "adding": pk is None}
    if request.htmx:
        context = desk.context() | extra | {"card": editing}
        return render(request, f"{PAGE}#form", context, status=status)
    return _page(request, desk, status=status, **extra)


def _problem(
    request: HtmxRequest, annotation: Annotation, message: str, status: int
) -> HttpResponse:
    """The card as it stands, with the reason why nothing was done."""
    desk = Desk(annotation.article)
    if request.htmx:
        context = desk.context() | {"card": desk.card(annotation.pk), "error": message}
        return render(request, f"{PAGE}#decision", context, status=status)
    return _page(request, desk, error=message, status=status)


def _get_annotation(pk: int) -> Annotation:
    try:
        return Annotation.objects.select_related("article").prefetch_related("spans").get(pk=pk)
    except Annotation.DoesNotExist as error:
        raise Http404(_("This proposal is gone: the article was pre-labelled again.")) from error


def _back_to(annotation: Annotation) -> HttpResponse:
    return redirect(f"{annotation.article.get_absolute_url()}#card-{annotation.pk}")
