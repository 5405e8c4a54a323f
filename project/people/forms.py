"""The forms of the pages about people."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from project.roles import ROLE_NAMES, ROLES

PLAIN = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


class RoleField(forms.MultipleChoiceField):
    """Boxes for the three roles."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ROLE_NAMES.items(), required=False, **kwargs)


class InviteForm(forms.Form):
    """Whom to invite. The names are those of the account's fields."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=_("To sign in with. It stands beside everything the person decides."),
    )
    first_name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("The newsroom’s own sign-on finds people by it; nothing is sent to it."),
    )
    roles = RoleField(label=_("Roles"))


class RolesForm(forms.Form):
    """A person's roles; ``seen`` are those that the page showed."""

    roles = RoleField(label=_("Roles"))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, held: Collection[str]) -> "RolesForm":
        in_order = [role for role in ROLES if role in held]
        return cls(initial={"roles": in_order, "seen": " ".join(in_order)})

    @property
    def seen_roles(self) -> list[str]:
        seen: str = self.cleaned_data["seen"]
        return seen.split()


class SearchForm(forms.Form):
    """Which people to list."""

    q = forms.CharField(
        label=_("Name or e-mail address"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"type": "search", "dir": "auto"}),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("any")), *ROLE_NAMES.items(), ("none", _("none"))],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("any")),
            ("active", _("active")),
            ("link", _("a link is open")),
            ("deactivated", _("deactivated")),
        ],
    )
