"""What roles are called on the pages about people."""

from django import template
from django.contrib.auth.models import User

from project.people.acts import roles_held
from project.roles import ROLE_NAMES

register = template.Library()


@register.simple_tag
def role_names(person: User) -> list[str]:
    """The names of the roles that the person was given."""
    held = roles_held(person)
    return [str(name) for role, name in ROLE_NAMES.items() if role in held]
