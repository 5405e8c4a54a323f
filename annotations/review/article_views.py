"""The review page of an article, and what people do to an article as a whole."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from annotations import actions
from annotations.actions import policy
from annotations.actions.base import Refused
from annotations.actions.remaining import Warned, left_in
from annotations.desk import responses, waiting
from annotations.desk.desk import Desk
from annotations.desk.forms import PIECE, SpansForm
from annotations.desk.responses import PAGE
from annotations.htmx import HtmxRequest
from annotations.models import Annotation, Decision
from annotations.models.state import pieces_of, spans_of
from annotations.permissions import may_review, may_view
from annotations.queue import leases
from annotations.review.decision_views import told, twin_in
from articles.models import Article, Sentence

ABOVE = 90
"""Per cent of confidence that approving the rest begins with, if any proposal is so sure."""
STEP = 5
VERSION = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")
AT_ONCE = 10
"""Cards that one pulse brings at most; the next brings more."""
LOOKED_AT = 200
"""Decisions that one pulse looks through at most."""


class RestForm(forms.Form):
    """From which confidence on the rest is approved, in per cent."""

    above = forms.IntegerField(
        label=gettext_lazy("Confidence of at least, in per cent"),
        min_value=0,
        max_value=100,
    )


class PulseForm(forms.Form):
    """The latest decision the page knows of, and those that it made itself since and has the cards
    of: ``known`` is "id:version,…".
    """

    since = forms.IntegerField(min_value=0, max_value=2**63 - 1)
    known = forms.CharField(required=False, max_length=10_000)


class PressForm(forms.Form):
    """Names the press of a key: sent twice, it counts once."""

    press = forms.UUIDField(required=False)


@require_GET
@may_view
def review_page(request: HtmxRequest, pk: int) -> HttpResponse:
    """An article with all its attributions; those who may not judge see it without controls.

    While it waits to be pre-labelled, its page asks how it stands (``?seen=STATE``).
    """
    if request.htmx and "seen" in request.GET:
        return waiting.look_again(request, get_object_or_404(Article, pk=pk), request.user)
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    if desk.may_judge:
        leases.renew(pk, request.user)
    leaving = left_in(desk) if "finishing" in request.GET else None
    return responses.page(request, desk, others=leases.others(pk, request.user), leaving=leaving)


@may_review
def add(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form that adds an attribution to an article, and its answer."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    if request.method != "POST":
        return responses.spans_form(request, desk, SpansForm.new())
    form = SpansForm(request.POST, text=desk.article.text)
    if not form.is_valid():
        return responses.spans_form(request, desk, form, status=422)
    try:
        added = actions.add(
            pk,
            request.user,
            form.spans,
            form.cleaned_data["quote_type"],
            key=form.cleaned_data["key"],
            look=desk.look,
        )
    except Refused as refused:
        form.add_error(None, told(refused))
        return responses.spans_form(request, desk, form, status=422, twin=twin_in(refused))
    if not request.htmx:
        return redirect(desk.address_of(added.pk))
    context = responses.changed(desk, added, spans_of(added))
    return render(request, f"{PAGE}#added", context)


@require_POST
@may_review
def undo_latest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Take back what the person did last in the article."""
    return _step(request, pk, actions.undo_latest)


@require_POST
@may_review
def redo_latest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Do again what the person took back last."""
    return _step(request, pk, actions.redo_latest)


def _step(
    request: HtmxRequest,
    pk: int,
    action: Callable[..., list[Annotation] | list[Sentence]],
) -> HttpResponse:
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    form = PressForm(request.POST)
    if not form.is_valid():
        return responses.not_saved(request, desk, _("The page sent no valid press of a key."))
    try:
        changed = action(pk, request.user, desk.look, press=form.cleaned_data["press"])
    except Refused as refused:
        return responses.not_saved(request, desk, str(refused))
    first = changed[0]
    if isinstance(first, Sentence):
        return _sentence_changed(request, desk, first)
    labels = [each for each in changed if isinstance(each, Annotation)]
    last = first.decisions.last()
    before = last and last.before
    return responses.several(request, desk.article, labels, before or spans_of(first))


@may_review
def approve_rest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Which proposals are at least so sure, and approving just those that were listed."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    asked = request.POST if request.method == "POST" else request.GET
    form = RestForm(asked if "above" in asked else {"above": _start(desk)})
    error = ""
    if form.is_valid() and request.method == "POST":
        try:
            done = actions.approve_all(pk, _versions(request), request.user, desk.look)
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
    context = {"rest_form": form, "rest_error": error} | _rest(desk, form)
    status = 409 if error else 200 if form.is_valid() else 422
    if request.htmx:
        return render(request, f"{PAGE}#rest", desk.context() | context, status=status)
    return responses.page(request, desk, status=status, **context)


def _rest(desk: Desk, form: RestForm) -> dict[str, Any]:
    """Template values: what can be approved at once, by what an admin allows."""
    allowed = policy.current()
    if not allowed.bulk_allowed:
        return {"rest_forbidden": True}
    cards = desk.sure(form.cleaned_data.get("above", 101))
    drawn = [c for c in cards if policy.is_drawn(c.annotation.key, allowed.bulk_sample_percent)]
    if drawn:
        return {"rest_drawn": drawn, "rest_percent": allowed.bulk_sample_percent}
    rest = cards[: allowed.bulk_at_most]
    return {
        "rest": rest,
        "rest_more": len(cards) - len(rest),
        "rest_sent": ",".join(f"{c.annotation.pk}:{c.annotation.version}" for c in rest),
    }


def _start(desk: Desk) -> int:
    """The per cent of confidence to begin with: ABOVE, or what the surest open proposal reaches,
    in steps of five, so that at least one is listed.
    """
    waiting = desk.labels.filter(status=Annotation.Status.PROPOSED)
    surest: float = waiting.aggregate(surest=Max("confidence", default=0.0))["surest"]
    return min(ABOVE, round(surest * 100) // STEP * STEP)


def _versions(request: HtmxRequest) -> dict[int, int]:
    """The annotations and versions of the list that the person was shown, ``id:version,…`` in one
    field: a form may have only so many. Raises Refused.
    """
    versions = {}
    for each in filter(None, request.POST.get("annotations", "").split(",")):
        match = VERSION.fullmatch(each)
        if match is None or int(match[1]) in versions:
            raise Refused(_("The page sent something else than attributions."))
        versions[int(match[1])] = int(match[2])
    if not versions:
        raise Refused(_("There is nothing to approve."))
    return versions


@require_POST
@may_review
def clear_sentence(request: HtmxRequest, pk: int, start: int) -> HttpResponse:
    """Somebody looked at a sentence, and it holds no attribution."""
    desk = Desk(get_object_or_404(Article, pk=pk), request.user)
    try:
        sentence = actions.clear_sentence(pk, start, request.user, desk.look)
    except Refused as refused:
        return responses.not_saved(request, desk, str(refused))
    return _sentence_changed(request, desk, sentence)


def _sentence_changed(request: HtmxRequest, desk: Desk, sentence: Sentence) -> HttpResponse:
    """A sentence is marked as possibly hiding an attribution, or no more."""
    if not request.htmx:
        return redirect(desk.article)
    context = desk.context() | responses.text_of(desk, [(sentence.start, sentence.end)])
    return render(request, f"{PAGE}#cleared", context | {"swap": True})


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
    since, known = form.cleaned_data["since"], form.cleaned_data["known"].split(",")
    latest = list(
        Decision.objects.filter(
            Q(annotation__in=desk.labels.order_by())
            | Q(annotation=None, after__second_review=desk.look is not None),
            article=pk,
            pk__gt=since,
        )
        .order_by("pk")
        .only("annotation_id", "before", "after", "by_name", "by")[:LOOKED_AT]
    )
    news: list[Decision] = []
    ids: list[int] = []
    for each in latest:
        own = each.by_id == request.user.pk and _has(known, each)
        if not own and each.annotation_id and each.annotation_id not in ids:
            if len(ids) == AT_ONCE:
                break
            ids.append(each.annotation_id)
        if not own:
            news.append(each)
        since = each.pk
    states = [state for each in news for state in (each.before, each.after) if state]
    pieces = pieces_of(*(state for state in states if "cleared" not in state))
    # Sentences that somebody looked at, or no longer did.
    pieces += [(state["start"], state["end"]) for state in states if "cleared" in state]
    leases.renew(pk, request.user)
    context = desk.context() | responses.text_of(desk, pieces) if pieces else desk.context()
    context |= {
        "news": desk.cards_of(ids),
        "news_by": sorted({each.by_name for each in news} - {request.user.get_username()}),
        "since": since,
        "others": leases.others(pk, request.user),
        "closed": not desk.may_judge,
        "swap": True,
    }
    return render(request, f"{PAGE}#pulse", context)


def _has(known: Sequence[str], decision: Decision) -> bool:
    """Whether the page that asks made the decision itself."""
    return f"{decision.annotation_id}:{(decision.after or {}).get('version')}" in known


@require_POST
@may_review
def finish(request: HtmxRequest, pk: int) -> HttpResponse:
    """Sign the article off, and go on to the next.

    What is left that the person should know is shown first; sent once more with that (``seen``),
    the article is finished. Without JavaScript every answer leads to a page that can be reloaded.
    """
    article = get_object_or_404(Article, pk=pk)
    # What is no such mark is none that was seen, and so the warning comes again.
    seen = request.POST.get("seen", "")
    try:
        changed = actions.finish(pk, request.user, seen=seen)
    except Warned as warned:
        if not request.htmx:
            return redirect(f"{article.get_absolute_url()}?finishing#finish")
        context = Desk(article, request.user).context() | {"leaving": warned.left, "swap": True}
        return render(request, f"{PAGE}#finish", context)
    except Refused as refused:
        return _not_changed(request, article, refused)
    if changed.status == Article.Status.DISPUTED:
        return _go(request, reverse("second_review:disagreement", args=[pk]))
    if changed.status == Article.Status.FINISHED:
        messages.success(request, _("“%s” is finished.") % changed)
    else:
        messages.success(request, _("“%s” now waits for a second person's look.") % changed)
    following = leases.take_next(request.user, after=pk)
    if following is None:
        messages.info(request, _("No article is waiting for review."))
        return _go(request, reverse("queue:list"))
    return _go(request, following.get_absolute_url())


@require_POST
@may_review
def reopen(request: HtmxRequest, pk: int) -> HttpResponse:
    """Open a finished article again."""
    article = get_object_or_404(Article, pk=pk)
    try:
        changed = actions.reopen(pk, request.user)
    except Refused as refused:
        return _not_changed(request, article, refused)
    return _go(request, changed.get_absolute_url())


def _go(request: HtmxRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _not_changed(request: HtmxRequest, article: Article, refused: Refused) -> HttpResponse:
    if request.htmx:
        return responses.not_saved(request, Desk(article, request.user), str(refused))
    messages.error(request, str(refused))
    return redirect(article)
