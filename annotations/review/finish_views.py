"""Signing an article off, and opening it again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from annotations import actions
from annotations.actions.base import Refused
from annotations.actions.remaining import Warned
from annotations.desk import responses
from annotations.desk.desk import Desk
from annotations.htmx import HtmxRequest
from annotations.permissions import may_review
from annotations.queue import leases
from articles.models import Article


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
        return responses.warned(request, Desk(article, request.user), warned.left)
    except Refused as refused:
        return _not_changed(request, article, refused)
    if changed.status == Article.Status.DISPUTED:
        return _go(request, reverse("second_review:disagreement", args=[pk]))
    if changed.status == Article.Status.FINISHED:
        messages.success(request, _("“%s” is finished.") % changed)
    else:
        messages.success(request, _("“%s” is now waiting for a second review.") % changed)
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
