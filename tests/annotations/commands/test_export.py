"""`manage.py export` as a process whose reader goes away."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import User

from annotations import actions
from annotations.management.commands.export import BROKEN_PIPE
from tests.builders import ready_article
from tests.processes import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # processes of their own


@pytest.mark.parametrize("output_format", ["jsonl", "csv"])
@pytest.mark.parametrize("reads", [True, False])
def test_a_reader_that_has_enough_ends_it_quietly(
    editor: User, output_format: str, reads: bool
) -> None:
    """Far more is written than fits into a pipe, if anybody read some; else next to nothing."""
    for number in range(8 if reads else 1):
        words = "red " * (20_000 if reads else 1)
        article = ready_article(f"Witness {number} said {words}.", [{"content": [words]}])
        actions.approve(article.annotations.get().pk, 1, editor)
    reader, writer = os.pipe()
    if not reads:
        os.close(reader)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "export", "--output", "-", "--format", output_format],
        env=os.environ | {"DATABASE_URL": database_url()},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    if reads:
        with os.fdopen(reader, "rb") as file:
            assert file.readline()
    _output, errors = process.communicate()
    assert (process.returncode, errors) == (BROKEN_PIPE, "")
