"""The review page of an article, and what people do to its text and labels from there."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotations import actions
from annotations.actions.base import Refused
from annotations.actions.remaining import left_in
from annotations.desk import pulse as pulses
from annotations.desk import responses, waiting
from annotations.desk.forms import PIECE, SpansForm
from annotations.desk.lookup import desk_at
from annotations.htmx import HtmxRequest
from annotations.identifiers import PageForm
from annotations.models import Annotation
from annotations.models.state import spans_of
from annotations.permissions import may_review, may_view
from annotations.queue import leases
from annotations.review.forms import PlaceForm, PressForm, PulseForm, SentenceForm
from articles.models import Article, Sentence


@require_GET
@may_view
def review_page(request: HtmxRequest, pk: int) -> HttpResponse:
    """An article with all its attributions; those who may not judge see it without controls.

    While it waits to be pre-labelled, its page asks how it stands (``?seen=STATE``).
    """
    if request.htmx and "seen" in request.GET:
        return waiting.look_again(request, get_object_or_404(Article, pk=pk), request.user)
    desk = desk_at(request, pk)
    desk.at = PlaceForm.place(request.GET, "at")
    if desk.may_judge:
        leases.renew(pk, request.user)
    leaving = left_in(desk) if "finishing" in request.GET else None
    return responses.page(request, desk, others=leases.others(pk, request.user), leaving=leaving)


@may_review
def add(request: HtmxRequest, pk: int) -> HttpResponse:
    """The form that adds an attribution to an article, and its answer."""
    desk = desk_at(request, pk)
    if request.method != "POST":
        return responses.addition(request, desk, SpansForm.new())
    form = SpansForm(request.POST, text=desk.article.text)
    if not form.is_valid():
        return responses.addition(request, desk, form, status=422)
    quote_type, key = form.cleaned_data["quote_type"], form.cleaned_data["key"]
    try:
        added = actions.add(pk, request.user, form.spans, quote_type, key=key, review=desk.review)
    except Refused as refused:
        return responses.addition(request, desk, form, status=422, refused=refused)
    return responses.added(request, desk, added)


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
    desk = desk_at(request, pk)
    form = PressForm(request.POST)
    if not form.is_valid():
        return responses.not_saved(request, desk, _("The page sent no valid press of a key."))
    try:
        changed = action(pk, request.user, desk.review, press=form.cleaned_data["press"])
    except Refused as refused:
        return responses.not_saved(request, desk, str(refused))
    first = changed[0]
    if isinstance(first, Sentence):
        return responses.text_changed(request, desk, [(first.start, first.end)])
    labels = [each for each in changed if isinstance(each, Annotation)]
    last = first.decisions.last()
    return responses.several(request, desk, labels, (last and last.before) or spans_of(first))


@require_POST
@may_review
def clear_sentence(request: HtmxRequest, pk: int) -> HttpResponse:
    """Somebody looked at a sentence, and it holds no attribution."""
    desk = desk_at(request, pk)
    form = SentenceForm(request.POST)
    if not form.is_valid():
        return responses.not_saved(request, desk, _("The page sent no start of a sentence."))
    try:
        sentence = actions.clear_sentence(pk, form.cleaned_data["start"], request.user, desk.review)
    except Refused as refused:
        return responses.not_saved(request, desk, str(refused))
    return responses.text_changed(request, desk, [(sentence.start, sentence.end)])


@require_GET
@may_view
def more_cards(request: HtmxRequest, pk: int) -> HttpResponse:
    """The cards that come after one in reading order, up to a place (``?after=ID&end=OFFSET``)."""
    desk = desk_at(request, pk)
    after = PageForm(request.GET).place("after")
    if after is None:
        raise Http404
    end = PlaceForm.place(request.GET, "end")
    return responses.more_cards(request, desk, get_object_or_404(desk.labels, pk=after), end)


@require_GET
@may_view
def text(request: HtmxRequest, pk: int) -> HttpResponse:
    """Stretches of the text as they look now: ``?pieces=0-120,400-900``."""
    asked = request.GET.get("pieces", "")
    pieces = [(int(s), int(e)) for s, e in PIECE.findall(asked[:20_000])]
    return responses.text(request, desk_at(request, pk), pieces)


@require_POST
@may_review
def pulse(request: HtmxRequest, pk: int) -> HttpResponse:
    """The page is still open: renew the lease, tell who else is here and what they changed."""
    desk = desk_at(request, pk)
    form = PulseForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    since, known = form.cleaned_data["since"], form.cleaned_data["known"].split(",")
    news = pulses.news(desk, since, known)
    leases.renew(pk, request.user)
    return responses.pulse(request, news, leases.others(pk, request.user))
