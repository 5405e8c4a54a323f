"""Sentences that may hide an attribution, and saying that they hide none."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations.models import Clearing, Decision
from articles.models import Article
from tests.annotations.review.pages import BOTH, HTMX, body, clear, offsets_of
from tests.builders import ready_article

pytestmark = pytest.mark.django_db


HIDING = "The bridge closes.\n\nThe pilot said no. It rained."


PILOT = HIDING.index("The pilot")


@BOTH
def test_clearing_a_sentence(desk: Client, editor: User, extra: dict[str, str]) -> None:
    hiding = ready_article(HIDING, [{"cue": ["closes"]}])
    marked = f'class="missed" data-missed="{PILOT}"'
    assert marked in body(desk.get(hiding.get_absolute_url()))

    response = clear(desk, hiding, PILOT, extra)

    if extra:
        assert f'id="t-{PILOT}"' in body(response)
        assert body(response).count('class="chunk"') == 1
        assert 'class="missed"' not in body(response)
    else:
        assert response.headers["Location"] == hiding.get_absolute_url()
    assert marked not in body(desk.get(hiding.get_absolute_url()))
    assert hiding.sentences.get(start=PILOT).clearings.get().by == editor
    again = clear(desk, hiding, PILOT, extra)
    assert again.status_code == response.status_code
    assert Decision.objects.filter(action="clear").count() == 1

    for name, stands in (("undo_latest", True), ("redo_latest", False)):
        answer = desk.post(reverse(f"review:{name}", args=[hiding.pk]), headers=extra)
        if extra:
            assert f'id="t-{PILOT}"' in body(answer)
            assert "Saved" in body(answer)
            assert (marked in body(answer)) is stands
        assert (marked in body(desk.get(hiding.get_absolute_url()))) is stands


@BOTH
@pytest.mark.parametrize("start", [1, 99_999, 10**30])
def test_a_sentence_that_is_not_there_cannot_be_cleared(
    desk: Client, article: Article, extra: dict[str, str], start: int
) -> None:
    response = clear(desk, article, start, extra)
    assert response.status_code == 409
    assert "No sentence starts there" in body(response)


@pytest.mark.parametrize("start", ["", "x", "1.5", "\0"])
def test_what_is_no_start_of_a_sentence_clears_nothing(
    desk: Client, article: Article, start: str
) -> None:
    response = clear(desk, article, start, HTMX)
    assert response.status_code == 409
    assert "The page sent no start of a sentence." in body(response)
    assert not Clearing.objects.exists()


def test_a_refused_clearing_is_answered_by_a_fragment(desk: Client, article: Article) -> None:
    response = clear(desk, article, 1, HTMX)
    assert response.status_code == 409
    assert "<html" not in body(response)


def test_a_sentence_that_is_covered_now_is_marked_no_more_in_all_of_its_chunks(
    desk: Client,
) -> None:
    text = f"It rained. The pilot said {'so and ' * 250}so. It rained."
    hiding = ready_article(text, [{"cue": ["It rained"]}])
    page = body(desk.get(hiding.get_absolute_url()))
    chunks = len(re.findall(r'class="missed"', page))
    assert chunks > 1, "the sentence is longer than a chunk"
    new = offsets_of(text, cue=["said"]) | {"quote_type": "direct", "version": "0"}
    answer = body(desk.post(reverse("review:add", args=[hiding.pk]), new, headers=HTMX))
    assert answer.count('class="chunk"') == chunks
    assert 'class="missed"' not in answer
