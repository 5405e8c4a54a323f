"""The quote type follows the words of the content, unless the person says otherwise."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.desk.forms import SpansForm
from annotations.models import Annotation
from annotations.models.state import Spans
from articles.models import Article
from tests.builders import ready_article, spans

pytestmark = pytest.mark.django_db
TEXT = "The mayor said it “rains hard” and that roads are “closed”. So it goes.\n"
QUOTED = {"cue": ["said"], "content": ["“rains hard”"]}
MIXED = {"cue": ["said"], "content": ["it “rains hard”"]}
PLAIN = {"cue": ["said"], "content": ["that roads are"]}
WORDS = [(QUOTED, "direct"), (MIXED, "mixed"), (PLAIN, "indirect")]


def of(words: dict[str, list[str]]) -> Spans:
    return spans(TEXT, **words)


@pytest.fixture
def annotation(db: None) -> Annotation:
    article = ready_article(TEXT, [MIXED])
    article.annotations.update(quote_type="mixed")
    return article.annotations.get()


@pytest.mark.parametrize(("words", "by_words"), WORDS)
def test_a_correction_gives_the_type_that_the_words_show(
    annotation: Annotation, editor: User, words: dict[str, list[str]], by_words: str
) -> None:
    assert actions.correct(annotation.pk, 1, editor, of(words), "").quote_type == by_words
    assert actions.correct(annotation.pk, 1, editor, of(words), "").version == 2, "sent again"


@pytest.mark.parametrize(("words", "by_words"), WORDS)
def test_what_is_added_has_the_type_that_the_words_show(
    annotation: Annotation, editor: User, words: dict[str, list[str]], by_words: str
) -> None:
    added = actions.add(annotation.article_id, editor, {**of(words), "source": [(0, 9)]}, "")
    assert added.quote_type == by_words


@pytest.mark.parametrize("chosen", ["direct", "indirect", "mixed"])
def test_what_a_person_chose_wins(annotation: Annotation, editor: User, chosen: str) -> None:
    assert actions.correct(annotation.pk, 1, editor, of(PLAIN), chosen).quote_type == chosen
    source = {**of(QUOTED), "source": [(0, 9)]}
    assert actions.add(annotation.article_id, editor, source, chosen).quote_type == chosen


def test_without_content_there_are_no_words_to_quote(annotation: Annotation, editor: User) -> None:
    assert (
        actions.correct(annotation.pk, 1, editor, of({"cue": ["said"]}), "").quote_type
        == "indirect"
    )


def test_merged_with_what_another_corrected(
    annotation: Annotation, editor: User, admin: User
) -> None:
    source = {**of(MIXED), "source": [(0, 9)]}
    actions.correct(annotation.pk, 1, admin, of(QUOTED), "")
    merged = actions.correct(annotation.pk, 1, editor, source, "")
    assert merged.quote_type == "direct", "by the content of the other"


def test_merged_with_what_another_chose(annotation: Annotation, editor: User, admin: User) -> None:
    actions.correct(annotation.pk, 1, admin, of(MIXED), "direct")
    assert actions.correct(annotation.pk, 1, editor, of(PLAIN), "").quote_type == "direct"


def test_the_form_begins_with_the_words_unless_a_person_chose_against_them(
    annotation: Annotation, editor: User
) -> None:
    Annotation.objects.filter(pk=annotation.pk).update(quote_type="direct")

    def initial() -> str:
        fresh = Annotation.objects.select_related("article").get(pk=annotation.pk)
        chosen: str = SpansForm.of(fresh).initial["quote_type"]
        return chosen

    assert initial() == "", "it was the machine that chose"
    actions.correct(annotation.pk, 1, editor, of(MIXED), "mixed")
    assert initial() == "", "as the words show"
    actions.correct(annotation.pk, 2, editor, of(MIXED), "indirect")
    assert initial() == "indirect"
    assert SpansForm.new()["quote_type"].value() in ("", None)


def test_over_http_no_type_is_by_the_words(
    client: Client, editor: User, annotation: Annotation, person: Callable[..., User]
) -> None:
    client.force_login(editor)
    edit = reverse("review:edit", args=[annotation.pk])
    page = client.get(edit, headers={"HX-Request": "true"}).content.decode()
    assert "From the words" in page
    start = TEXT.index("“rains")
    words = json.dumps({"cue": [TEXT[10:14]], "content": [TEXT[start : start + 12]]})
    sent = {"cue": "10-14", "content": f"{start}-{start + 12}", "words": words}
    sent |= {"quote_type": "", "version": "1"}
    assert client.post(edit, sent, headers={"HX-Request": "true"}).status_code == 200
    assert Annotation.objects.get(pk=annotation.pk).quote_type == "direct"
    sent |= {"quote_type": "loud", "version": "2"}
    refused = client.post(edit, sent, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert Article.objects.get().annotations.get().version == 2
