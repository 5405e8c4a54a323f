"""The second review: beginning it, taking it back, settling its differences, and the figures."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotations.actions import adjudicate, second_review
from annotations.actions.base import Refused
from annotations.agreement import measures
from annotations.desk import responses
from annotations.desk.desk import Desk
from annotations.desk.forms import SpansForm
from annotations.htmx import HtmxRequest
from annotations.identifiers import BIGGEST
from annotations.permissions import may_review, may_view
from annotations.second_review.comparison import Disagreement
from articles.models import Article

PAGE = "annotations/second_review/disagreement.html"


class AdoptForm(forms.Form):
    """The two labels (0 for none), the version of the first one, and whose is to stand."""

    first = forms.IntegerField(min_value=0, max_value=BIGGEST)
    second = forms.IntegerField(min_value=0, max_value=BIGGEST)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    which = forms.ChoiceField(choices=[("first", ""), ("second", ""), ("third", "")])


class TakeBackForm(forms.Form):
    """The adjudication to take back."""

    adjudication = forms.IntegerField(min_value=0, max_value=BIGGEST)


class NumberForm(forms.Form):
    """Which of the differences to show."""

    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)


@require_POST
@may_review
def begin(request: HtmxRequest, pk: int) -> HttpResponse:
    """Be the second person, and go to the article."""
    return _on_article(request, pk, second_review.begin)


@require_POST
@may_review
def withdraw(request: HtmxRequest, pk: int) -> HttpResponse:
    """Take the article back before a second person has begun."""
    return _on_article(request, pk, second_review.withdraw)


@require_POST
@may_review
def hand_back(request: HtmxRequest, pk: int) -> HttpResponse:
    """Have another person do the second review that was begun."""
    return _on_article(request, pk, second_review.hand_back)


def _on_article(
    request: HtmxRequest, pk: int, action: Callable[[int, User], object]
) -> HttpResponse:
    article = get_object_or_404(Article, pk=pk)
    try:
        action(pk, request.user)
    except Refused as refused:
        desk = Desk(article, request.user)
        return responses.page(request, desk, error=str(refused), status=409)
    return redirect(article)


@require_GET
@may_view
def disagreement(request: HtmxRequest, pk: int) -> HttpResponse:
    """Where the labels of two people differ; those who may not judge see it without buttons."""
    return _page(request, pk)


@require_POST
@may_review
def adopt(request: HtmxRequest, pk: int) -> HttpResponse:
    """Settle a difference in favour of one of the two, or by a third label."""
    form = AdoptForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, error=_("The page sent no valid choice."), status=400)
    sent = form.cleaned_data
    third = SpansForm(request.POST) if sent["which"] == "third" else None
    if third and not third.is_valid():
        return _page(request, pk, third_form=third, status=422)
    return _settle(
        request,
        pk,
        f"adopt-{sent['which']}",
        lambda: adjudicate.adopt(
            pk,
            request.user,
            sent["first"],
            sent["second"],
            version=sent["version"],
            which=sent["which"],
            spans=third.spans if third else None,
            quote_type=third.cleaned_data["quote_type"] if third else "",
        ),
        third,
    )


@require_POST
@may_review
def take_back(request: HtmxRequest, pk: int) -> HttpResponse:
    """Take back the latest adjudication."""
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, error=_("The page sent no valid choice."), status=400)
    sent = form.cleaned_data["adjudication"]
    return _settle(request, pk, "take-back", lambda: adjudicate.take_back(pk, request.user, sent))


@require_GET
@may_view
def agreement_page(request: HtmxRequest) -> HttpResponse:
    """How far people agree: by pair of people, and by outlet."""
    return render(
        request, "annotations/second_review/agreement.html", {"agreement": measures.agreement()}
    )


def _settle(
    request: HtmxRequest,
    pk: int,
    used: str,
    action: Callable[[], object],
    third: SpansForm | None = None,
) -> HttpResponse:
    """Settle something. ``used`` is the id of the button: if the answer has none of that id, the
    heading takes it, and with it the focus. A third label that is refused stays in its form.
    """
    get_object_or_404(Article, pk=pk)
    try:
        action()
    except Refused as refused:
        kept = {"third_form": third} if third else {}
        return _page(request, pk, error=str(refused), status=409, **kept)
    if request.htmx:
        return _page(request, pk, saved=True, used=used)
    messages.success(request, _("Saved."))
    return redirect("second_review:disagreement", pk)


def _page(request: HtmxRequest, pk: int, *, status: int = 200, **extra: object) -> HttpResponse:
    article = get_object_or_404(Article, pk=pk)
    reviews = article.second_reviews.current().select_related("first", "second")
    review = reviews.order_by("id").last()
    open_or_closed = article.status in (Article.Status.DISPUTED, Article.Status.FINISHED)
    if review is None or review.done_at is None or not open_or_closed:
        if status == 200:
            return redirect(article)
        if request.htmx:  # there is no difference to show any more: the address leads on
            return HttpResponseClientRefresh()
        desk = Desk(article, request.user)
        return responses.page(request, desk, status=status, **extra)
    asked = NumberForm(request.POST or request.GET)
    number = asked.cleaned_data["number"] if asked.is_valid() else 1
    page = Disagreement(article, review, request.user, number)
    context = {
        "article": article,
        "review": review,
        "page": page,
        "third_form": page.third_form(),
        "third_open": "third_form" in extra,
        "swap": bool(request.htmx),
        **extra,
    }
    return render(request, f"{PAGE}#answer" if request.htmx else PAGE, context, status=status)
