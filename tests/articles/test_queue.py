"""The queue page: what waits, what failed and why, and who may have it tried again."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from articles.ingest import ingest_record
from articles.models import Article
from articles.records import ArticleRecord
from articles.views import PAGE_SIZE
from tests.builders import ready_article

pytestmark = pytest.mark.django_db


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
    page = client.get(reverse("queue")).content.decode()
    assert page.index("A text.") < page.index("Bridge closes")
    assert ready.get_absolute_url() in page
    assert waiting.get_absolute_url() not in page
    only_ready = client.get(reverse("queue"), {"status": "ready"}).content.decode()
    assert "Bridge closes" in only_ready
    assert "A text." not in only_ready


def test_a_waiting_queue_refreshes_itself_and_names_a_missing_worker(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    queued()
    page = client.get(reverse("queue")).content.decode()
    assert 'hx-trigger="every 3s"' in page
    assert "No worker is running" in page
    fragment = client.get(reverse("queue"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment

    assert "every 3s" not in client.get(reverse("queue"), {"status": "ready"}).content.decode()


def test_a_failed_article_shows_the_reason_and_an_admin_can_retry_it(
    client: Client, admin: User
) -> None:
    client.force_login(admin)
    article = failed()
    page = client.get(reverse("queue")).content.decode()
    assert "MemoryError: too big" in page
    assert reverse("retry", args=[article.pk]) in page

    client.post(reverse("retry", args=[article.pk]))

    article.refresh_from_db()
    assert (article.status, article.failure) == ("queued", "")
    assert ProcrastinateJob.objects.filter(args={"article_id": article.pk}).count() == 2
    again = client.post(reverse("retry", args=[article.pk]), follow=True).content.decode()
    assert "was left as it is" in again
    assert ProcrastinateJob.objects.filter(args={"article_id": article.pk}).count() == 2


@pytest.mark.parametrize("role", ["editors", "fact-checkers"])
def test_others_see_the_reason_but_cannot_retry(
    client: Client, person: Callable[[str], User], role: str
) -> None:
    article = failed()
    assert client.post(reverse("retry", args=[article.pk])).status_code == 302
    client.force_login(person(role))
    page = client.get(reverse("queue")).content.decode()
    assert "MemoryError: too big" in page
    assert "Retry" not in page
    assert client.post(reverse("retry", args=[article.pk])).status_code == 403
    article.refresh_from_db()
    assert article.status == "failed"


def test_a_finished_article_is_never_queued_again(client: Client, admin: User) -> None:
    client.force_login(admin)
    article = ready_article(proposals=[])
    Article.objects.filter(pk=article.pk).update(
        status="finished", finished_by=admin, finished_at=timezone.now()
    )
    client.post(reverse("retry", args=[article.pk]))
    article.refresh_from_db()
    assert article.status == "finished"


def test_next_opens_the_oldest_ready_article(client: Client, editor: User) -> None:
    client.force_login(editor)
    empty = client.get(reverse("next"), follow=True).content.decode()
    assert "No article is waiting for review" in empty
    first, second = ready_article("One said so.", []), ready_article("Two said so.", [])
    assert client.get(reverse("next")).headers["Location"] == first.get_absolute_url()
    after = client.get(reverse("next"), {"after": first.pk}).headers["Location"]
    assert after == second.get_absolute_url()
    wrapped = client.get(reverse("next"), {"after": second.pk}).headers["Location"]
    assert wrapped == first.get_absolute_url()


def test_fact_checkers_do_not_take_articles(client: Client, fact_checker: User) -> None:
    client.force_login(fact_checker)
    assert client.get(reverse("next")).status_code == 403


def test_strangers_see_nothing(client: Client) -> None:
    for name in ("queue", "next", "ingest", "export"):
        response = client.get(reverse(name))
        assert response.headers["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 40, "1; DROP TABLE"])
def test_a_forged_page_number_is_ignored(client: Client, editor: User, junk: str) -> None:
    client.force_login(editor)
    ready_article()
    assert "Bridge closes" in client.get(reverse("queue"), {"before": junk}).content.decode()


def test_pages_and_a_constant_number_of_queries(
    client: Client, editor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(editor)
    first = ready_article("The very first said so.", [])
    for number in range(PAGE_SIZE):
        ready_article(f"Text {number} said so.", [])
    with django_assert_num_queries(5):
        page = client.get(reverse("queue")).content.decode()
    assert first.get_absolute_url() not in page
    older = client.get(reverse("queue"), {"before": first.pk + 1}).content.decode()
    assert first.get_absolute_url() in older
