"""Invite somebody from the command line: the first admin, or who has lost the second factor."""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from annotations.actions.base import Refused
from project.people import acts
from project.people.links import make_link
from project.roles import ROLES


class Command(BaseCommand):
    """`manage.py invite`."""

    help = (
        "Print a one-time link by which a person sets a password: for a new account, or for one"
        " that is there already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the user name, new or known")
        parser.add_argument(
            "--role", action="append", default=[], choices=sorted(ROLES), help="can be repeated"
        )
        parser.add_argument("--email", default="", help="of a new account")
        parser.add_argument(
            "--site", default=_site(), help="where people reach the site (default: %(default)s)"
        )
        parser.add_argument(
            "--remove-second-factors",
            action="store_true",
            help="for somebody who has lost theirs; nobody can do that on the site",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username, roles = options["username"], set(options["role"])
        try:
            secret = self._link(username, roles, options)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        hours = round(settings.LINK_LASTS.total_seconds() / 3600)
        self.stderr.write(f"Works once, for {hours} hours. Hand it to {username} and nobody else:")
        self.stdout.write(options["site"].rstrip("/") + reverse("people:link", args=[secret]))

    @transaction.atomic
    def _link(self, username: str, roles: set[str], options: dict[str, Any]) -> str:
        person = User.objects.filter(username=username).first()
        if person is None:
            _person, secret = acts.invite(None, username, email=options["email"], roles=roles)
            return secret
        held = acts.roles_held(person)
        acts.set_roles(person.pk, None, held | roles, seen=held)
        if options["remove_second_factors"]:
            for factor in Authenticator.objects.filter(user=person):
                factor.delete()
        return make_link(person.pk, None)


def _site() -> str:
    if settings.LOCAL:
        return "http://127.0.0.1:8000"
    return f"https://{settings.ALLOWED_HOSTS[0].lstrip('.')}"
