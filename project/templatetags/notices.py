"""The notices that stand above a page."""

from typing import Any

from django import template
from django.contrib.auth.models import User

from project.people.notices import sentence, unread

register = template.Library()


@register.inclusion_tag("people/notices.html", takes_context=True)
def notices(context: dict[str, Any]) -> dict[str, Any]:
    """What was done to the account of whoever opens the page.

    Not on the answer to a form: dismissing leads back to the page, which must be one to open.
    """
    request, person = context.get("request"), context.get("user")
    if request is None or request.method != "GET" or not isinstance(person, User):
        return {"told": []}
    told = [(event.pk, sentence(event)) for event in unread(person)]
    return {"told": told, "request": request, "back": request.get_full_path()}
