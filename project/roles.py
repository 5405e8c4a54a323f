"""The three roles, as Django groups with permissions."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.utils.translation import gettext_lazy as _

ROLES: dict[str, tuple[str, ...]] = {
    "editors": (
        "articles.view_article",
        "annotations.review_annotation",
        "annotations.curate_source",
    ),
    "fact-checkers": ("articles.view_article", "annotations.export_annotation"),
    "admins": (
        "articles.view_article",
        "articles.add_article",
        "articles.retry_article",
        "articles.change_sampling",
        "annotations.review_annotation",
        "annotations.curate_source",
        "annotations.export_annotation",
        "project.view_securityevent",
        "project.manage_people",
    ),
}

ROLE_NAMES = {
    "editors": _("Editors"),
    "fact-checkers": _("Fact-checkers"),
    "admins": _("Admins"),
}
"""What the roles are called on the pages."""

WITHDRAWN = {
    "admins": ("auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group"),
}
"""What a role had in earlier versions: whoever may change accounts at will can become anybody."""


def create_roles(using: str = "default", **kwargs: Any) -> None:
    """Create the groups and give each its permissions; runs after every migrate.

    Permissions an installation added to a group by hand stay, but for those in ``WITHDRAWN``.
    """
    for label in ("articles", "annotations", "auth", "project"):
        create_permissions(apps.get_app_config(label), using=using, verbosity=0)
    for name, permissions in ROLES.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*(_permission(each, using) for each in permissions))
        group.permissions.remove(*(_permission(each, using) for each in WITHDRAWN.get(name, ())))


def _permission(name: str, using: str) -> Permission:
    app_label, _dot, codename = name.partition(".")
    found = Permission.objects.using(using)
    return found.get(content_type__app_label=app_label, codename=codename)


def roles_of(user: User) -> list[str]:
    """All roles whose permissions the person has, the most powerful first.

    An admin may do what editors and fact-checkers may, so has their roles too; a superuser has
    all, and who is deactivated none. Costs no query beyond those that a check of permissions makes
    anyway.
    """
    return [name for name in ("admins", "editors", "fact-checkers") if user.has_perms(ROLES[name])]


def role_of(user: User) -> str:
    """The most powerful role whose permissions the person has; "" for none."""
    return next(iter(roles_of(user)), "")
