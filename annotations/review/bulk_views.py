"""Approving at once what the machine is sure of."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import HttpResponseClientRefresh

from annotations import actions
from annotations.actions.base import Refused
from annotations.desk import bulk, responses
from annotations.desk.desk import Desk
from annotations.desk.lookup import desk_at
from annotations.htmx import HtmxRequest
from annotations.permissions import may_review
from annotations.review.forms import AboveForm, ListedForm


@may_review
def approve_rest(request: HtmxRequest, pk: int) -> HttpResponse:
    """Which proposals are at least so sure, and approving just those that were listed."""
    desk = desk_at(request, pk)
    asked = request.POST if request.method == "POST" else request.GET
    form = AboveForm(asked if "above" in asked else {"above": bulk.start(desk)})
    if not form.is_valid():
        return responses.rest(request, desk, form, status=422)
    if request.method != "POST":
        return responses.rest(request, desk, form)
    try:
        count = _approve_listed(request, desk)
    except Refused as refused:
        return responses.rest(request, desk, form, error=str(refused), status=409)
    approved = ngettext("%d attribution approved.", "%d attributions approved.", count) % count
    messages.success(request, f"{approved} {_('Undo takes them all back.')}")
    return HttpResponseClientRefresh() if request.htmx else redirect(desk.article)


def _approve_listed(request: HtmxRequest, desk: Desk) -> int:
    """Approve what the person was shown, and return how many that were. Raise Refused."""
    form = ListedForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["annotations"][0]))
    versions = form.cleaned_data["annotations"]
    return len(actions.approve_all(desk.article.pk, versions, request.user, desk.review))
