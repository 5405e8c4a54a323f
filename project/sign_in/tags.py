"""``{% csrf_token %}`` that also names the person whose page it is.

It takes the place of Django's in every template, so that no form can be written without.
"""

from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from project.sign_in.binding import FIELD, person_token

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: dict[str, Any]) -> SafeString:
    """Hidden fields: the token against forged requests, and whom the page belongs to."""
    request = context.get("request")
    if request is None:
        return SafeString()
    token = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request)
    )
    person = person_token(request)
    if not person:
        return token
    return token + format_html('<input type="hidden" name="{}" value="{}">', FIELD, person)
