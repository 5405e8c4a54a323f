"""The queue page: what waits, what failed and why, and who may have it tried again."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from accordingto.records.article import ArticleRecord
from annotations import actions
from annotations.models import SecondReview
from annotations.queue import leases
from annotations.queue.intake import ingest_record
from annotations.queue.listing import PAGE_SIZE
from articles.models import Article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db


def row_of(page: str, article: Article) -> str:
    """What the page says of the article, without tags."""
    part = page[page.index(f'id="article-{article.pk}"') :]
    return " ".join(re.sub("<[^>]*>", " ", part[: part.index("</li>")]).split())


def queued(text: str = "A text.") -> Article:
    return ingest_record(ArticleRecord(text=text, title=text), by=None).article


def failed(text: str = "A text.") -> Article:
    article = queued(text)
    Article.objects.filter(pk=article.pk).update(status="failed", failure="MemoryError: too big")
    return article


def test_newest_first_with_status_and_link_when_there_is_something_to_see(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    ready, waiting = ready_article(), queued()
    page = client.get(reverse("queue:list")).content.decode()
    assert page.index("A text.") < page.index("Bridge closes")
    assert ready.get_absolute_url() in page
    assert waiting.get_absolute_url() not in page
    only_ready = client.get(reverse("queue:list"), {"status": "ready"}).content.decode()
    assert "Bridge closes" in only_ready
    assert "A text." not in only_ready


def test_a_waiting_queue_refreshes_itself_and_names_a_missing_worker(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    queued()
    page = client.get(reverse("queue:list")).content.decode()
    assert 'hx-trigger="every 3s"' in page
    assert "No worker is running" in page
    fragment = client.get(reverse("queue:list"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment

    assert "every 3s" not in client.get(reverse("queue:list"), {"status": "ready"}).content.decode()


def test_a_failed_article_shows_the_reason_and_an_admin_can_retry_it(
    client: Client, admin: User
) -> None:
    client.force_login(admin)
    article = failed()
    page = client.get(reverse("queue:list")).content.decode()
    assert "MemoryError: too big" in page
    assert reverse("queue:retry", args=[article.pk]) in page

    client.post(reverse("queue:retry", args=[article.pk]))

    article.refresh_from_db()
    assert (article.status, article.failure) == ("queued", "")
    assert ProcrastinateJob.objects.filter(args={"article_id": article.pk}).count() == 2
    again = client.post(reverse("queue:retry", args=[article.pk]), follow=True).content.decode()
    assert "was left as it is" in again
    assert ProcrastinateJob.objects.filter(args={"article_id": article.pk}).count() == 2


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_others_see_the_reason_but_cannot_retry(
    client: Client, person: Callable[[str], User], role: str
) -> None:
    article = failed()
    assert client.post(reverse("queue:retry", args=[article.pk])).status_code == 302
    client.force_login(person(role))
    page = client.get(reverse("queue:list")).content.decode()
    assert "MemoryError: too big" in page
    assert "Retry" not in page
    assert client.post(reverse("queue:retry", args=[article.pk])).status_code == 403
    article.refresh_from_db()
    assert article.status == "failed"


def test_a_finished_article_is_never_queued_again(client: Client, admin: User) -> None:
    client.force_login(admin)
    article = ready_article(proposals=[])
    Article.objects.filter(pk=article.pk).update(
        status="finished", finished_by=admin, finished_at=timezone.now()
    )
    client.post(reverse("queue:retry", args=[article.pk]))
    article.refresh_from_db()
    assert article.status == "finished"


def test_strangers_see_nothing(client: Client) -> None:
    for name in (
        "queue:list",
        "queue:next",
        "queue:ingest",
        "export:page",
        "second_review:sampling",
        "review:shortcuts",
    ):
        response = client.get(reverse(name))
        assert response.headers["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 40, "1; DROP TABLE"])
def test_a_forged_page_number_is_ignored(client: Client, editor: User, junk: str) -> None:
    client.force_login(editor)
    ready_article()
    assert "Bridge closes" in client.get(reverse("queue:list"), {"before": junk}).content.decode()


def test_pages_and_a_constant_number_of_queries(
    client: Client, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(editor)
    first = ready_article("The very first said so.", [])
    for number in range(PAGE_SIZE):
        ready_article(f"Text {number} said so.", [])
    with django_assert_num_queries(10):
        page = client.get(reverse("queue:list")).content.decode()
    assert first.get_absolute_url() not in page
    older = client.get(reverse("queue:list"), {"before": first.pk + 1}).content.decode()
    assert first.get_absolute_url() in older


def test_how_far_each_article_is_and_who_has_it_open(
    client: Client, editor: User, person: Callable[..., User]
) -> None:
    other = person("editors", "other <b>")
    article, bare = ready_article(), ready_article("Nobody said so.", [])
    first, second, _third = article.annotations.all()
    actions.approve(first.pk, 1, other)
    actions.reject(second.pk, 1, other)
    actions.flag(first.pk, 2, other, "Is this the mayor?")
    leases.renew(article.pk, other)
    leases.renew(bare.pk, editor)
    client.force_login(editor)

    page = client.get(reverse("queue:list")).content.decode()

    assert '<progress value="2" max="3">' in page
    row = row_of(page, article)
    assert "2 of 3 decided" in row
    assert "1 flagged" in row
    assert "Open now: other &lt;b&gt;" in row
    assert "nothing proposed" in row_of(page, bare)
    assert "Open now" not in row_of(page, bare), "that is this person's own page"


def test_the_flagged_tab_has_articles_with_a_flag(client: Client, editor: User) -> None:
    article, _other = ready_article(), ready_article("Nobody said so.", [])
    client.force_login(editor)
    empty = client.get(reverse("queue:list"), {"status": "flagged"}).content.decode()
    assert "Nothing is flagged" in empty
    for annotation in article.annotations.all()[:2]:
        actions.flag(annotation.pk, 1, editor, "Look here")

    page = client.get(reverse("queue:list"), {"status": "flagged"}).content.decode()

    assert page.count("Bridge closes") == 1
    assert "Nobody said so." not in page


def test_a_blind_article_does_not_tell_how_much_was_proposed(client: Client, editor: User) -> None:
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(blind=True)
    client.force_login(editor)
    row = row_of(client.get(reverse("queue:list")).content.decode(), article)
    assert "blind sample" in row
    assert "0 labelled" in row
    assert "of 3" not in row


def test_second_reviews_and_disputes_say_whose_they_are(
    client: Client, editor: User, person: Callable[..., User]
) -> None:
    second = person("editors", "second")
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(status="second-review")
    review = SecondReview.objects.create(article=article, first=editor)

    def row_for(who: User) -> str:
        client.force_login(who)
        page = client.get(reverse("queue:list"), {"status": article.status}).content.decode()
        assert article.get_absolute_url() in page
        row = row_of(page, article)
        assert article.status == "disputed" or "decided" not in row, "how much the first one found"
        return row

    article.refresh_from_db()
    assert "You are done; another person is next" in row_for(editor)
    assert f"{editor.username} is done; a second person is next" in row_for(second)
    review.second = second
    review.save()
    assert f"{editor.username} is done, second is doing the second review" in row_for(editor)
    Article.objects.filter(pk=article.pk).update(status="disputed")
    article.refresh_from_db()
    row = row_for(editor)
    assert f"{editor.username} and second labelled it differently" in row
    assert "0 of 3 decided" in row


def test_retrying_leads_back_to_where_one_was(client: Client, admin: User) -> None:
    client.force_login(admin)
    article = failed()
    form = {"back": "status=failed&before=99"}
    response = client.post(reverse("queue:retry", args=[article.pk]), form)
    assert response.headers["Location"] == f"/?status=failed&before=99#article-{article.pk}"
    form = {"back": "//elsewhere.example/?x"}
    response = client.post(reverse("queue:retry", args=[article.pk]), form)
    assert response.headers["Location"].startswith("/?%2F%2Felsewhere")


@pytest.mark.parametrize("junk", ["nonsense", "ready'--", "\x00"])
def test_a_forged_tab_shows_all(client: Client, editor: User, junk: str) -> None:
    client.force_login(editor)
    ready_article()
    assert "Bridge closes" in client.get(reverse("queue:list"), {"status": junk}).content.decode()
