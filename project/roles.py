"""The three roles, as Django groups with permissions."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User

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
        "articles.take_down_article",
        "articles.change_sampling",
        "annotations.review_annotation",
        "annotations.curate_source",
        "annotations.export_annotation",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "auth.view_group",
        "project.view_securityevent",
    ),
}


def create_roles(using: str = "default", **kwargs: Any) -> None:
    """Create the groups and give each its permissions; runs after every migrate.

    Permissions an installation added to a group by hand stay.
    """
    for label in ("articles", "annotations", "auth", "project"):
        create_permissions(apps.get_app_config(label), using=using, verbosity=0)
    for name, codenames in ROLES.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        for codename in codenames:
            app_label, _dot, code = codename.partition(".")
            group.permissions.add(
                Permission.objects.using(using).get(
                    content_type__app_label=app_label, codename=code
                )
            )


def role_of(user: User) -> str:
    """The role whose permissions the person has, the most powerful first; "" for none.

    Costs no query beyond those that a check of permissions makes anyway.
    """
    for name in ("admins", "editors", "fact-checkers"):
        if user.has_perms(ROLES[name]):
            return name
    return ""
