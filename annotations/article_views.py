"""The review page of an article, and what people do to an article as a whole."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotations import answers, finishing, missed, review, undoing
from annotations.answers import PAGE, HtmxRequest
from annotations.deciding import Refused, pieces_of, spans_of
from annotations.desk import Desk
from annotations.forms import PIECE, SpansForm
from annotations.models import Annotation, Decision, SecondLook
from annotations.views import may_review, may_view, told
from articles import lease
from articles.models import Article

ABOVE = 90
"""Per cent of confidence that approving the rest begins with."""
AT_ONCE = 5
"""Changes of others that one pulse brings at most; the next brings more."""


class RestForm(forms.Form):
    """From which confidence on the rest is approved, in per cent."""

    above = forms.IntegerField(
        label=gettext_lazy("Confidence of at least, in per cent"), min_value=0, max_value=100
    )


class PulseForm(forms.Form):
    """The latest decision the page knows of."""

    since = forms.IntegerField(min_value=0, max_value=2**63 - 1)


@require_GET
@may_view
def review_page(request: HtmxRequest, pk: int) -> HttpResponse:
    """An article with all its attributions; those who may not judge see it without controls."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    if desk.may_judge:
        lease.renew(pk, request.user)
    return answers.page(request, desk, others=lease.others(pk, request.user))


@may_review
def add(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form that adds an attribution to an article, and its answer."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    if request.method != "POST":
        return answers.spans_form(request, desk, SpansForm.new())
    form = SpansForm(request.POST)
    if not form.is_valid():
        return answers.spans_form(request, desk, form, status=422)
    try:
        added = review.add(
            pk,
            request.user,
            form.spans,
            form.cleaned_data["quote_type"],
            key=form.cleaned_data["key"],
            look=desk.look,
        )
    except Refused as refused:
        form.add_error(None, told(refused))
        return answers.spans_form(request, desk, form, status=422)
    if not request.htmx:
        return redirect(desk.address_of(added.pk))
    context = answers.changed(desk, added, spans_of(added))
    return render(request, f"{PAGE}#added", context)


@require_POST
@may_review
def undo_latest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Take back what the person did last in the article."""
    return _step(request, pk, undoing.undo_latest)


@require_POST
@may_review
def redo_latest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Do again what the person took back last."""
    return _step(request, pk, undoing.redo_latest)


def _step(
    request: HtmxRequest,
    pk: int,
    action: Callable[[int, User, SecondLook | None], list[Annotation]],
) -> HttpResponse:
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    try:
        changed = action(pk, request.user, desk.look)
    except Refused as refused:
        return answers.not_saved(request, desk, str(refused))
    last = changed[0].decisions.last()
    before = last and last.before
    return answers.several(request, desk.article, changed, before or spans_of(changed[0]))


@may_review
def approve_rest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Which proposals are at least so sure, and approving them all at once."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    asked = request.POST if request.method == "POST" else request.GET
    form = RestForm(asked if "above" in asked else {"above": ABOVE})
    error = ""
    if form.is_valid() and request.method == "POST":
        try:
            done = review.approve_all(pk, _versions(request), request.user, desk.look)
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(
                request,
                ngettext("%d attribution approved.", "%d attributions approved.", len(done))
                % len(done)
                + " "
                + _("Undo takes them all back."),
            )
            return HttpResponseClientRefresh() if request.htmx else redirect(desk.article)
    above = form.cleaned_data.get("above", 101)
    rest = desk.sure(above)
    context = {"rest_form": form, "rest": rest, "rest_error": error}
    status = 409 if error else 200 if form.is_valid() else 422
    if request.htmx:
        return render(request, f"{PAGE}#rest", desk.context() | context, status=status)
    return answers.page(request, desk, status=status, **context)


def _versions(request: HtmxRequest) -> dict[int, int]:
    """The annotations and versions the person was shown, sent as ``id:version``. Raises Refused."""
    versions = {}
    for each in request.POST.getlist("annotation"):
        pk, _colon, version = each.partition(":")
        if not (pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10):
            raise Refused(_("The page sent something else than attributions."))
        versions[int(pk)] = int(version)
    if not versions:
        raise Refused(_("There is nothing to approve."))
    return versions


@require_POST
@may_review
def clear_sentence(request: HtmxRequest, pk: int, start: int) -> HttpResponse:
    """Somebody looked at a sentence, and it holds no attribution."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    try:
        sentence = missed.clear(pk, start, request.user)
    except Refused as refused:
        return answers.not_saved(request, desk, str(refused))
    if not request.htmx:
        return redirect(desk.article)
    context = desk.context() | answers.text_of(desk, [(sentence.start, sentence.end)])
    return render(request, f"{PAGE}#texts", context | {"swap": True})


@require_GET
@may_view
def more_cards(request: HtmxRequest, pk: int) -> HttpResponse:
    """The cards that come after one in reading order (``?after=ID``)."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    after = request.GET.get("after", "")
    if not after.isdecimal() or len(after) > 18:
        raise Http404
    cards, more = desk.cards_after(get_object_or_404(desk.labels, pk=after))
    context = desk.context() | {"cards": cards, "more": more}
    return render(request, f"{PAGE}#cards", context)


@require_GET
@may_view
def text(request: HtmxRequest, pk: int) -> HttpResponse:
    """Stretches of the text as they look now: ``?pieces=0-120,400-900``."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    asked = request.GET.get("pieces", "")
    pieces = [(int(s), int(e)) for s, e in PIECE.findall(asked[:20_000])]
    context = desk.context() | {"chunks": desk.chunks(pieces), "swap": True}
    return render(request, f"{PAGE}#texts", context)


@require_POST
@may_review
def pulse(request: HtmxRequest, pk: int) -> HttpResponse:
    """The page is still open: renew the lease, tell who else is here and what they changed."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    form = PulseForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    since = form.cleaned_data["since"]
    decisions = list(
        Decision.objects.filter(article=pk, pk__gt=since, annotation__in=desk.labels.order_by())
        .exclude(by=request.user)
        .order_by("pk")[:AT_ONCE]
    )
    ids = [each.annotation_id for each in decisions if each.annotation_id]
    pieces = pieces_of(*(state for each in decisions for state in (each.before, each.after)))
    lease.renew(pk, request.user)
    context = desk.context() | answers.text_of(desk, pieces) if pieces else desk.context()
    context |= {
        "news": desk.cards_of(ids),
        "news_by": sorted({each.by_name for each in decisions}),
        "since": decisions[-1].pk if decisions else since,
        "others": lease.others(pk, request.user),
        "swap": True,
    }
    return render(request, f"{PAGE}#pulse", context)


@require_POST
@may_review
def finish(request: HtmxRequest, pk: int) -> HttpResponse:
    """Sign the article off, and go on to the next."""
    return _article_decision(request, pk, finishing.finish)


@require_POST
@may_review
def reopen(request: HtmxRequest, pk: int) -> HttpResponse:
    return _article_decision(request, pk, finishing.reopen)


def _article_decision(
    request: HtmxRequest, pk: int, action: Callable[[int, User], Article]
) -> HttpResponse:
    """Finish or reopen an article."""
    article = get_object_or_404(Article, pk=pk)
    try:
        changed = action(pk, request.user)
    except Refused as refused:
        return answers.page(request, Desk(article, request.user), error=str(refused), status=409)
    if changed.status == Article.Status.READY:
        return redirect(changed)
    if changed.status == Article.Status.DISPUTED:
        return redirect("disagreement", pk)
    if changed.status == Article.Status.FINISHED:
        messages.success(request, _("“%s” is finished.") % changed)
    else:
        messages.success(request, _("“%s” now waits for a second person's look.") % changed)
    following = lease.take_next(request.user, after=pk)
    if following is None:
        messages.info(request, _("No article is waiting for review."))
        return redirect("queue")
    return redirect(following)
