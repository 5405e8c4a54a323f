"""The pages of the second review over HTTP: who sees what, what is answered, what is refused."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotations import actions
from annotations.actions import (
    second_review,
)
from annotations.agreement import disputes
from annotations.models import Adjudication, Annotation, SecondReview
from articles.models import Article
from tests.annotations.second_reviews import copies, disputed_article, waiting_article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("editors", "second-person")


@pytest.fixture
def disputed(editor: User, second: User) -> tuple[Article, SecondReview]:
    return disputed_article(editor, second)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def choice(review: SecondReview, index: int = 0, which: str = "first") -> dict[str, str | int]:
    dispute = disputes.disputes(review)[index]
    return {
        "first": dispute.first_id,
        "second": dispute.second_id,
        "version": dispute.version,
        "number": dispute.number,
        "which": which,
    }


def test_beginning_and_withdrawing(editor: User, second: User) -> None:
    article = waiting_article(editor)
    begin = reverse("second_review:begin", args=[article.pk])
    withdraw = reverse("second_review:withdraw", args=[article.pk])

    refused = signed_in(editor).post(begin)
    assert refused.status_code == 409
    assert "somebody else has to do the second review" in refused.content.decode()
    assert signed_in(editor).post(withdraw).headers["Location"] == article.get_absolute_url()
    assert Article.objects.get(pk=article.pk).status == "ready"

    actions.finish(article.pk, editor)
    assert signed_in(second).post(begin).headers["Location"] == article.get_absolute_url()
    assert len(copies(article.second_reviews.get())) == 3
    assert signed_in(editor).post(withdraw).status_code == 409
    assert signed_in(second).get(begin).status_code == 405


def test_handing_back_and_taking_back_by_the_buttons_of_the_page(
    editor: User, second: User, admin: User, fact_checker: User
) -> None:
    article = waiting_article(editor)
    address = article.get_absolute_url()
    withdraw = reverse("second_review:withdraw", args=[article.pk])
    hand_back = reverse("second_review:hand_back", args=[article.pk])

    def offered(user: User) -> set[str]:
        page = signed_in(user).get(address).content.decode()
        return {each for each in (withdraw, hand_back) if f'action="{each}"' in page}

    assert [offered(each) for each in (editor, second, admin)] == [{withdraw}, set(), set()]
    second_review.begin(article.pk, second)
    assert [offered(each) for each in (editor, second, admin)] == [set(), {hand_back}, {hand_back}]
    assert offered(fact_checker) == set()
    page = signed_in(editor).get(address).content.decode()
    assert "<bdi>second-person</bdi> is doing the second review" in page

    assert signed_in(editor).post(hand_back).status_code == 409
    assert signed_in(second).post(hand_back).headers["Location"] == address
    page = signed_in(second).get(address).content.decode()
    assert "if you begin again, your labels are as you left them" in page
    assert "your labels are as you left them" not in signed_in(admin).get(address).content.decode()
    assert signed_in(editor).post(withdraw).headers["Location"] == address
    assert Article.objects.get(pk=article.pk).status == "ready"


def test_the_desk_of_a_look_that_was_handed_back_says_so(
    editor: User, second: User, admin: User
) -> None:
    article = waiting_article(editor)
    copy = copies(second_review.begin(article.pk, second))[0]
    second_review.hand_back(article.pk, admin)
    client = signed_in(second)
    typed = {"cue": "0-3", "content": "4-11", "quote_type": "direct", "version": 1}
    for name, data in (("approve", {"version": 1}), ("edit", typed)):
        answer = client.post(reverse(f"review:{name}", args=[copy.pk]), data, headers=HTMX)
        assert answer.status_code in (404, 409, 422), name
    assert Annotation.every.get(pk=copy.pk).status == "proposed"
    assert client.post(reverse("review:pulse", args=[article.pk]), {"since": 0}).status_code < 500
    assert signed_in(admin).get(reverse("queue:list")).status_code == 200


def test_the_second_person_never_sees_the_first_ones_labels(
    editor: User, second: User, person: Callable[..., User]
) -> None:
    article = waiting_article(editor)
    own = list(article.annotations.all())
    late = signed_in(person("editors", "third-person"))
    second_review.begin(article.pk, second)
    for client in (signed_in(second), late):
        page = client.get(article.get_absolute_url()).content.decode()
        assert "editors-person" not in page
        assert not any(f'id="card-{each.pk}"' in page for each in own)
        for each in own:
            for name in ("card", "history", "edit", "flag", "approve", "undo"):
                address = reverse(f"review:{name}", args=[each.pk])
                answers = [client.get(address), client.post(address, {"version": each.version})]
                assert {a.status_code for a in answers} <= {404, 405}, name
        text = client.get(reverse("review:text", args=[article.pk]), {"pieces": "0-400"})
        assert "<mark" not in text.content.decode() or client is not late
        assert (
            client.get(reverse("second_review:disagreement", args=[article.pk])).status_code == 302
        )


def test_the_first_person_does_not_see_the_second_ones_labels(editor: User, second: User) -> None:
    article = waiting_article(editor)
    review = second_review.begin(article.pk, second)
    client = signed_in(editor)
    for each in copies(review):
        assert client.get(reverse("review:history", args=[each.pk])).status_code == 404
        assert (
            client.post(reverse("review:approve", args=[each.pk]), {"version": 1}).status_code
            == 404
        )


def test_a_difference_is_shown_with_both_labels_in_their_sentence(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, _review = disputed
    address = reverse("second_review:disagreement", args=[article.pk])
    page = signed_in(admin).get(address, {"number": "3"}).content.decode()
    assert "3 differences to settle" in page
    assert "<bdi>editors-person</bdi> <small>first</small></h3>" in page
    assert "<bdi>second-person</bdi> <small>second review</small></h3>" in page
    assert page.count('class="content differs"') == 2
    assert page.count('class="cue differs"') == 0
    assert '<mark class="content" data-label="3C">feared the noise</mark>' in page
    assert '<mark class="content" data-label="3C">they feared the noise</mark>' in page
    assert 'data-key="1"' in page
    assert 'data-key="2"' in page
    first = signed_in(admin).get(address).content.decode()
    assert "No attribution here." in first
    for number in ("0", "99", "-1", "x", "9" * 30):
        assert signed_in(admin).get(address, {"number": number}).status_code == 200


def test_settling_with_and_without_javascript(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    client = signed_in(admin)
    address = reverse("second_review:adopt", args=[article.pk])

    fragment = client.post(address, choice(review), headers=HTMX)
    text = fragment.content.decode()
    assert fragment.status_code == 200
    assert "<html" not in text
    assert "2 differences to settle" in text
    assert '<div hx-swap-oob="innerHTML:#told">Saved. 2 differences left</div>' in text
    assert len(fragment.content) < 10_000

    plain = client.post(address, choice(review, 0, "second"))
    assert plain.headers["Location"] == reverse("second_review:disagreement", args=[article.pk])
    last = client.post(address, choice(review), headers=HTMX).content.decode()
    assert "Nothing is left to settle" in last
    assert '<h2 tabindex="-1" id="adopt-first">' in last, "it takes the focus of the button"
    assert "3 decisions so far" in last
    assert Article.objects.get(pk=article.pk).finished_by == admin

    adjudication = Adjudication.objects.latest("id")
    back = client.post(
        reverse("second_review:take_back", args=[article.pk]),
        {"adjudication": adjudication.pk},
        headers=HTMX,
    )
    assert "1 difference to settle" in back.content.decode()
    assert Article.objects.get(pk=article.pk).status == "disputed"
    finished = client.post(address, choice(review))
    page = client.get(finished.headers["Location"]).content.decode()
    assert "Finished by" in page
    assert "took that back" in page


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_stale_or_made_up_choice_changes_nothing(
    disputed: tuple[Article, SecondReview], admin: User, extra: dict[str, str]
) -> None:
    article, review = disputed
    client = signed_in(admin)
    address = reverse("second_review:adopt", args=[article.pk])
    sent = choice(review, 2)
    changed = Annotation.objects.get(pk=sent["first"])
    actions.correct(
        changed.pk, changed.version, admin, {"cue": [(0, 3)], "content": [(4, 11)]}, "direct"
    )
    actions.revert(changed.pk, 3, admin, changed.decisions.filter(action="edit").earliest("id").pk)
    for data, status, reason in (
        (sent, 409, "label has changed since you saw it"),
        (sent | {"first": 0}, 409, "settled already"),
        (sent | {"which": "fourth"}, 400, "no valid choice"),
        (sent | {"first": "x"}, 400, "no valid choice"),
        (sent | {"second": 10**30}, 400, "no valid choice"),
        ({}, 400, "no valid choice"),
    ):
        response = client.post(address, data, headers=extra)
        assert (response.status_code, reason in response.content.decode()) == (status, True), data
    back = reverse("second_review:take_back", args=[article.pk])
    assert client.post(back, {"adjudication": 5}, headers=extra).status_code == 409
    assert client.post(back, {}, headers=extra).status_code == 400
    assert not review.adjudications.exists()


def test_an_article_without_a_dispute(admin: User) -> None:
    article = ready_article()
    client = signed_in(admin)
    address = reverse("second_review:disagreement", args=[article.pk])
    assert client.get(address).headers["Location"] == article.get_absolute_url()
    data = {"first": 1, "second": 2, "version": 1, "which": "first"}
    adopt = reverse("second_review:adopt", args=[article.pk])
    assert client.post(adopt, data).status_code == 409
    assert client.post(adopt, data, headers=HTMX).headers["HX-Refresh"] == "true"
    assert client.get(reverse("second_review:disagreement", args=[10**9])).status_code == 404
    assert client.post(reverse("second_review:adopt", args=[10**9]), data).status_code == 404


def test_who_may_settle(disputed: tuple[Article, SecondReview], fact_checker: User) -> None:
    article, review = disputed
    page = reverse("second_review:disagreement", args=[article.pk])
    shown = signed_in(fact_checker).get(page)
    assert shown.status_code == 200
    assert "Adopt" not in shown.content.decode()
    for name in (
        "adopt",
        "take_back",
        "begin",
        "withdraw",
        "hand_back",
    ):
        address = reverse(f"second_review:{name}", args=[article.pk])
        assert signed_in(fact_checker).post(address, choice(review)).status_code == 403
        assert Client().post(address, choice(review)).status_code in (302, 403)
    assert Client().get(page).status_code in (302, 403)
    assert Client().get(reverse("second_review:agreement")).status_code in (302, 403)
    assert not review.adjudications.exists()


def test_the_agreement_page(
    disputed: tuple[Article, SecondReview], fact_checker: User, editor: User, admin: User
) -> None:
    Article.objects.update(outlet="Coast <b>Gazette</b>")
    for user in (fact_checker, editor, admin):
        page = signed_in(user).get(reverse("second_review:agreement")).content.decode()
        assert "<bdi>editors-person</bdi> · <bdi>second-person</bdi>" in page
        assert "Coast &lt;b&gt;Gazette&lt;/b&gt;" in page
        assert "<td>0.80</td>" in page, "the F1 of the sources"
        assert 'aria-current="page">Agreement</a>' in page


def test_the_agreement_page_without_any_second_review(editor: User) -> None:
    page = signed_in(editor).get(reverse("second_review:agreement")).content.decode()
    assert "No second review is done yet" in page
    assert "<table" not in page


def test_queries_do_not_grow(
    editor: User, second: User, admin: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    article, review = disputed_article(editor, second)
    client = signed_in(admin)
    page, figures = (
        reverse("second_review:disagreement", args=[article.pk]),
        reverse("second_review:agreement"),
    )
    for _each in range(2):  # one that only the first person has, and one that only the second has
        client.post(reverse("second_review:adopt", args=[article.pk]), choice(review))
    with django_assert_num_queries(14):
        client.get(page)
    with django_assert_num_queries(6):
        client.get(figures)
    other = "The office said it rains. " * 20
    more = ready_article(other, [{"cue": ["said"], "content": ["it rains"]}])
    Article.objects.filter(pk=more.pk).update(needs_second_review=True)
    actions.reject(more.annotations.get().pk, 1, editor)
    for start in range(26, 500, 26):
        actions.add(more.pk, editor, {"cue": [(start + 11, start + 15)]}, "indirect")
    actions.finish(more.pk, editor)
    begun = second_review.begin(more.pk, second)
    actions.approve(copies(begun)[0].pk, 1, second)
    actions.finish(more.pk, second)
    for each in disputes.disputes(begun)[:5]:
        data = {"first": each.first_id, "second": each.second_id, "version": each.version}
        client.post(reverse("second_review:adopt", args=[more.pk]), data | {"which": "first"})
    assert len(disputes.disputes(begun)) == 15
    with django_assert_num_queries(14):
        client.get(reverse("second_review:disagreement", args=[more.pk]))
    with django_assert_num_queries(6):
        client.get(figures)
