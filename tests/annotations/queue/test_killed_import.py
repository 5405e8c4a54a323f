"""A real worker, killed in the middle of an import."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.models import Annotation, Decision
from annotations.queue.tasks import receive
from articles.models import Article, Import
from tests.annotations.workers import DEADLINE_SECONDS, silence_the_dead, wait_until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ARTICLES = 8000
"""Enough for a worker to be killed while it is at it."""


def line(number: int) -> str:
    text = f"Number {number} said so."
    record = {
        "id": f"a-{number}",
        "text": text,
        "sentences": [[0, len(text)]],
        "attributions": [{"cue": [[0, 6]], "origin": "model:x"}],
    }
    return f"{json.dumps(record)}\n"


def test_another_worker_goes_on_without_doubles(admin: User) -> None:
    content = "".join(line(number) for number in range(ARTICLES)).encode()
    upload = receive(SimpleUploadedFile("a.jsonl", content), admin, partial=False)
    with worker() as process:
        wait_until(Import.objects.filter(pk=upload.pk, line__gt=0).exists)
        process.kill()
        process.wait()
    upload.refresh_from_db()
    assert (upload.state, upload.added) == ("writing", upload.line)
    assert 0 < Article.objects.count() == upload.added < ARTICLES

    silence_the_dead()
    with worker("--until-empty") as process:
        assert process.wait(DEADLINE_SECONDS) == 0
    upload.refresh_from_db()
    assert (upload.state, upload.added, upload.known, upload.refused) == ("done", ARTICLES, 0, 0)
    for model in (Article, Annotation, Decision):
        assert model._default_manager.count() == ARTICLES
