"""What the details of the security log, and their values, are called on the pages."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

LABELS: dict[str, str | Promise] = {
    "added": _("added"),
    "article": _("article"),
    "by_sign_on": _("by the sign-on"),
    "change": _("change"),
    "count": _("number"),
    "factor": _("second factor"),
    "finished": _("finished articles only"),
    "format": _("format"),
    "outlet": _("outlet"),
    "reason": _("reason"),
    "purpose": _("for"),
    "removed": _("removed"),
    "reviewed_from": _("approved from"),
    "reviewed_to": _("approved until"),
    "reviewer": _("approved by"),
    "roles": _("roles"),
    "setting": _("setting"),
    "step": _("step"),
    "value": _("now"),
}


VALUES: dict[object, str | Promise] = {
    True: _("yes"),
    "True": _("yes"),
    "added": _("added"),
    "removed": _("removed"),
    "totp": _("app with codes"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery codes"),
    "password": _("password"),
    "code": _("code"),
    "review_policy": _("rules of the review desk"),
    "sampling": _("shares that are sampled"),
    "second_review": _("second review"),
    "required": _("required"),
    "not_required": _("not required"),
}


@register.simple_tag
def detail(name: str) -> str:
    """The label of a detail; what nobody has named yet is shown by its name in the data."""
    return str(LABELS.get(name, name.replace("_", " ")))


@register.simple_tag
def said(value: object) -> str:
    """A value in words, where there are any."""
    words = VALUES.get(value, value) if isinstance(value, str | bool) else value
    return str(words)
