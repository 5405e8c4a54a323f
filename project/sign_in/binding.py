"""The person that a page belongs to, as its forms name them."""

from django.contrib.auth.models import User
from django.http import HttpRequest

from project.roles import role_of

FIELD = "person"


def person_token(request: HttpRequest) -> str:
    """The signed-in person and their role, as in ``7-editors``; "" where nobody is signed in.

    It is no secret and proves nothing: the session says who is there, and this says whom the page
    was made for.
    """
    user = request.user
    return f"{user.pk}-{role_of(user)}" if isinstance(user, User) else ""


def is_anothers(request: HttpRequest) -> bool:
    """Whether what was sent stood on the page of somebody else than who is signed in now, or of
    the same person in another role.

    A form that names nobody is bound by its token against forged requests alone: signing in
    changes that, so the form is of the present sign-in or is refused.
    """
    sent = request.POST.get(FIELD)
    return bool(sent) and request.user.is_authenticated and sent != person_token(request)
