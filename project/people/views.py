"""The pages on which admins manage people."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotations.actions.base import Refused
from project.models import OneTimeLink, SecurityEvent
from project.people import acts, links
from project.people.forms import InviteForm, RolesForm, SearchForm
from project.people.listing import PAGE, people
from project.people.standing import is_above, may_manage
from project.sign_in.account import SHOWN


@require_GET
@may_manage
def people_list(request: HttpRequest) -> HttpResponse:
    """A page of the people who match."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "people/list.html", {"form": form}, status=422)
    page = Paginator(people(**form.cleaned_data), PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {"form": form, "page": page, "asked": asked.urlencode()}
    return render(request, "people/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may_manage
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody, and show the link once."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            person, secret = acts.invite(
                _by(request),
                asked["username"],
                name=asked["first_name"],
                email=asked["email"],
                roles=asked["roles"],
                request=request,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _link_page(request, person, secret)
    status = 422 if request.method == "POST" else 200
    return render(request, "people/invite.html", {"form": form}, status=status)


@require_GET
@may_manage
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: what they are, and what may be done."""
    person = get_object_or_404(User.objects.prefetch_related("groups"), pk=pk)
    by = _by(request)
    context = {
        "person": person,
        "form": RolesForm.of(acts.roles_held(person)),
        "link": OneTimeLink.objects.open().filter(person=person).first(),
        "free": person != by and not is_above(person, by),
        "events": SecurityEvent.objects.filter(about=person)[:SHOWN],
    }
    return render(request, "people/person.html", context)


@require_POST
@may_manage
def set_roles(request: HttpRequest, pk: int) -> HttpResponse:
    form = RolesForm(request.POST)
    if not form.is_valid():
        return _back(request, pk, refused=_("There is no such role."))
    roles, seen = form.cleaned_data["roles"], form.seen_roles

    def act() -> None:
        acts.set_roles(pk, _by(request), roles, seen=seen, request=request)

    return _done(request, pk, act, _("The roles are saved."))


@require_POST
@may_manage
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    done = _("Deactivated, and signed out everywhere.")
    return _done(request, pk, lambda: acts.deactivate(pk, _by(request), request), done)


@require_POST
@may_manage
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    done = _("Reactivated.")
    return _done(request, pk, lambda: acts.reactivate(pk, _by(request), request), done)


@require_POST
@may_manage
def make_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link to set a password, and show it once."""
    person = get_object_or_404(User, pk=pk)
    try:
        secret = links.make_link(pk, _by(request), request)
    except Refused as refusal:
        return _back(request, pk, refused=str(refusal))
    return _link_page(request, person, secret)


@require_POST
@may_manage
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    done = _("The link works no more.")
    return _done(request, pk, lambda: links.revoke_link(pk, _by(request), request), done)


def _by(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for mypy: nobody else comes here
    return request.user


def _done(request: HttpRequest, pk: int, act: Callable[[], None], message: str) -> HttpResponse:
    """Do it, and lead back to the person's page, which says what came of it."""
    get_object_or_404(User, pk=pk)
    try:
        act()
    except Refused as refusal:
        return _back(request, pk, refused=str(refusal))
    return _back(request, pk, done=message)


def _back(request: HttpRequest, pk: int, *, done: str = "", refused: str = "") -> HttpResponse:
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, done)
    return redirect("people:person", pk)


def _link_page(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """The one page that ever has the link: it is kept nowhere."""
    context = {
        "person": person,
        "link": OneTimeLink.objects.open().get(person=person),
        "address": request.build_absolute_uri(reverse("people:link", args=[secret])),
    }
    response = render(request, "people/link_made.html", context)
    response["Cache-Control"] = "no-store"
    return response
