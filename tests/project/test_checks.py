"""`check --deploy`: settings that no public site may have."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

WORD = "answer to every host name"


def test_a_site_that_answers_to_every_host_name_is_refused(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org", "*"]
    with pytest.raises(SystemCheckError, match=WORD):
        call_command("check", deploy=True)
    call_command("check")  # on one machine it does no harm


def test_a_site_with_names_is_taken(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org", ".example.org"]
    call_command("check", deploy=True)
