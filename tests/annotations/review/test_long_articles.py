"""A long article is on several pages: each has a part of the text and the cards of that part."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from accordingto.records.article import ArticleRecord
from annotations.desk.parts import LABELS
from annotations.models import Annotation, PrelabelRun, Span
from annotations.models.state import span_rows
from annotations.queue.intake import ingest_record
from articles.models import Article
from articles.segmentation import segment, store_sentences
from tests.annotations.review.pages import HTMX, body

pytestmark = pytest.mark.django_db
LINE = "AL: yes, he did.\n"


def transcript(turns: int, *, lines: int | None = None) -> Article:
    """An article with so many turns, each an attribution, and further lines without."""
    text = LINE * (lines or turns)
    record = ArticleRecord(text=text, title="Hearing")
    article = ingest_record(record, None).article
    store_sentences(article, segment(text))
    run = PrelabelRun.objects.create(article=article, model_version="test-1")
    rows = Annotation.objects.bulk_create(
        Annotation(
            article=article,
            status=Annotation.Status.PROPOSED,
            quote_type="direct",
            start=at,
            confidence=0.8,
            run=run,
        )
        for at in range(0, turns * len(LINE), len(LINE))
    )
    Span.objects.bulk_create(
        span
        for row in rows
        for span in span_rows(
            row,
            {
                "source": [(row.start, row.start + 2)],
                "cue": [(row.start + 2, row.start + 3)],
                "content": [(row.start + 4, row.start + 16)],
            },
        )
    )
    Article.objects.filter(pk=article.pk).update(status=Article.Status.READY)
    article.refresh_from_db()
    return article


def cards_on(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', page)]


def way(page: str, which: str) -> str | None:
    """Where a link to another part leads."""
    found = re.search(rf'<a class="button" {which} href="([^"]*)"', page)
    return found[1] if found else None


def test_the_parts_have_all_the_text_and_all_cards_and_lead_to_each_other(desk: Client) -> None:
    article = transcript(LABELS * 2 + 100)
    ids = list(article.annotations.values_list("pk", flat=True))
    address: str | None = f"{article.get_absolute_url()}?all&at=0"
    shown: list[int] = []
    text: list[str] = []
    pages = 0
    while address:
        page = body(desk.get(address))
        shown += cards_on(page)
        text += re.findall(r'<p id="p-(\d+)"', page)
        assert len(page) < 2_500_000
        pages += 1
        assert f"Part {pages} of " in page
        following = way(page, 'rel="next"')
        if pages > 1:
            before = way(page, 'rel="prev"')
            assert before
            assert before.endswith(f"#card-{shown[-len(cards_on(page)) - 1]}")
        address = following and f"{article.get_absolute_url()}{following}&all".replace("#", "&x=")
    assert shown == ids
    assert len(text) == len(set(text)) == len(ids)
    assert pages == 3


def test_usual_articles_have_no_parts(desk: Client, article: Article) -> None:
    page = body(desk.get(article.get_absolute_url()))
    assert 'class="parts"' not in page
    assert "data-elsewhere" not in page


def test_the_page_begins_at_the_part_with_the_first_open_proposal(desk: Client) -> None:
    article = transcript(LABELS + 10)
    *_others, last = article.annotations.all()
    address = article.get_absolute_url()
    assert "Part 1 of 2" in body(desk.get(address))
    article.annotations.exclude(pk=last.pk).update(
        status="approved", reviewer="x", reviewed_at="2026-01-01T00:00Z"
    )
    page = body(desk.get(address))
    assert "Part 2 of 2" in page
    assert last.pk in cards_on(page)
    first = body(desk.get(f"{address}?at=0"))
    assert "Part 1 of 2" in first
    assert way(first, 'data-to="open"') == f"?at={last.start}#card-{last.pk}"
    assert way(page, 'data-to="open"') is None


@pytest.mark.parametrize("at", ["", "x", "-1", "9" * 30, "1e3"])
def test_a_place_that_is_none_is_no_error(desk: Client, at: str) -> None:
    article = transcript(LABELS + 10)
    page = desk.get(article.get_absolute_url(), {"at": at})
    assert page.status_code == 200


def test_cards_come_up_to_the_end_of_the_part(desk: Client) -> None:
    article = transcript(LABELS + 10)
    page = body(desk.get(f"{article.get_absolute_url()}?at=0"))
    shown = cards_on(page)
    while more := re.search(r'hx-get="([^"]*/cards/[^"]*)"', page):
        page = body(desk.get(more[1].replace("&amp;", "&"), headers=HTMX))
        shown += cards_on(page)
    second = cards_on(body(desk.get(f"{article.get_absolute_url()}?all&at={len(article.text)}")))
    assert shown + second == list(article.annotations.values_list("pk", flat=True))
    assert second


@pytest.mark.parametrize("name", ["review:edit", "review:flag", "review:history"])
def test_what_is_opened_without_javascript_is_opened_on_its_part(desk: Client, name: str) -> None:
    article = transcript(LABELS + 10)
    *_others, last = article.annotations.all()
    page = body(desk.get(reverse(name, args=[last.pk])))
    assert "Part 2 of 2" in page
    assert last.pk in cards_on(page)


def test_without_javascript_a_decision_leads_over_the_edge_of_a_part(desk: Client) -> None:
    article = transcript(LABELS + 10)
    page = body(desk.get(f"{article.get_absolute_url()}?all&at=0"))
    last = article.annotations.get(pk=cards_on(page)[-1])
    after = article.annotations.filter(start__gt=last.start)[0]
    response = desk.post(reverse("review:approve", args=[last.pk]), {"version": 1})
    location = response.headers["Location"]
    assert location == f"{article.get_absolute_url()}?all&at={after.start}#card-{after.pk}"
    assert after.pk in cards_on(body(desk.get(location)))


def test_a_long_article_that_waits_is_shown_in_parts_too(desk: Client) -> None:
    article = transcript(0, lines=10_000)
    Article.objects.filter(pk=article.pk).update(status=Article.Status.QUEUED)
    page = body(desk.get(article.get_absolute_url()))
    assert "Part 1 of " in page
    following = way(page, 'rel="next"')
    assert following
    assert "Part 2 of " in body(desk.get(article.get_absolute_url() + following))


def test_a_long_article_takes_no_more_queries_than_a_short_one(
    desk: Client, django_assert_num_queries: Callable[..., object], editor: User
) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    counts = []
    for turns in (LABELS // 2, LABELS * 3):
        article = transcript(turns, lines=turns + 1)
        desk.get(article.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            desk.get(f"{article.get_absolute_url()}?at=0")
        counts.append(len(queries))
    assert counts[0] == counts[1]
