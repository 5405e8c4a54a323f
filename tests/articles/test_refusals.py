"""The words for what is wrong with an article: the site's own for every code, and shown."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.functional import Promise

from accordingto.records.article import RecordError
from accordingto.text.normalise import TextError
from articles import refusals
from articles.refusals import ArticleError, worded


def test_every_reason_of_the_library_has_the_same_words_here() -> None:
    assert {code: str(words) for code, words in refusals.REASONS.items()} == RecordError.messages
    assert TextError.messages.items() <= RecordError.messages.items()


def test_all_words_can_be_translated() -> None:
    own = {**ArticleError.messages}
    assert own.pop("source") == "%(reason)s"  # worded where it is refused
    assert all(isinstance(words, Promise) for words in [*refusals.REASONS.values(), *own.values()])


def test_the_field_and_the_values_are_named() -> None:
    error = RecordError("start_not_before_end", "sentences[1]", start=4, end=4)
    assert worded(error) == str(error) == "sentences[1]: start 4 is not before end 4"
    assert worded(ArticleError("id_of_another", "id", id="a-1")) == (
        "id: “a-1” is the id of another article"
    )
    assert worded(RecordError("not_an_object")) == "must be a JSON object"


@pytest.mark.django_db
def test_the_browser_gets_the_words_of_the_site(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(refusals.REASONS, "empty", "ist leer")
    client.force_login(admin)
    response = client.post(reverse("queue:ingest"), {"text": "\u200b", "title": "x"})
    assert response.status_code == 422
    assert "text: ist leer" in response.content.decode()
