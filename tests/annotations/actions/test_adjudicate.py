"""Settling a dispute: who may, in whose favour, and by a third label."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import adjudicate, review_policy
from annotations.actions.base import Refused
from annotations.agreement import disputes
from annotations.agreement.alignment import Dispute
from annotations.export.approved import Filters, approved_records
from annotations.models import Adjudication, Annotation, Decision, SecondReview
from annotations.models.state import Spans, spans_of
from articles.models import Article
from tests.annotations.second_reviews import CLAIM, FIXED, disputed_article
from tests.builders import PORT, TEXT, spans, words_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
THIRD: Spans = spans(TEXT, source=["residents"], cue=["said"], content=["they feared"])
WHICH: list[adjudicate.Which] = ["first", "second", "third"]


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("editors", "second-person")


@pytest.fixture
def disputed(editor: User, second: User) -> tuple[Article, SecondReview]:
    return disputed_article(editor, second)


def settle(
    article: Article, by: User, dispute: Dispute, which: adjudicate.Which, spans: Spans = THIRD
) -> Adjudication:
    return adjudicate.adopt(
        article.pk,
        by,
        dispute.first_id,
        dispute.second_id,
        version=dispute.version,
        which=which,
        spans=spans if which == "third" else None,
        quote_type="",
    )


def offer(policy_by: User, *, settle_own: bool = True) -> None:
    review_policy.set_policy(
        policy_by,
        bulk_allowed=True,
        bulk_at_most=None,
        bulk_sample_percent=0,
        settle_own=settle_own,
    )


def contents(article: Article) -> set[str]:
    return {words_of(each)["content"][0] for each in article.annotations.filter(status="approved")}


# Who may


def test_the_two_may_only_give_way(
    disputed: tuple[Article, SecondReview], editor: User, second: User
) -> None:
    article, review = disputed
    for who, own, others in ((editor, "first", "second"), (second, "second", "first")):
        dispute = disputes.disputes(review)[0]
        with pytest.raises(Refused, match="another person decides whether it stands"):
            settle(article, who, dispute, own)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="another person may give a third label"):
            settle(article, who, dispute, "third")
        assert settle(article, who, dispute, others).verdict == others  # type: ignore[arg-type]
    assert review.adjudications.count() == 2


def test_an_admin_may_say_that_there_is_no_third_person(
    disputed: tuple[Article, SecondReview], editor: User, second: User, admin: User
) -> None:
    article, review = disputed
    offer(admin)
    settle(article, editor, disputes.disputes(review)[0], "first")
    settle(article, second, disputes.disputes(review)[0], "second")
    settle(article, editor, disputes.disputes(review)[0], "third")
    assert Article.objects.get(pk=article.pk).status == "finished"


def test_what_an_admin_allowed_can_be_forbidden_again(
    disputed: tuple[Article, SecondReview], editor: User, admin: User
) -> None:
    article, review = disputed
    offer(admin)
    offer(admin, settle_own=False)
    with pytest.raises(Refused, match="another person decides"):
        settle(article, editor, disputes.disputes(review)[0], "first")


@pytest.mark.parametrize("allowed", [False, True])
def test_the_two_settle_nothing_at_the_desk_either(
    disputed: tuple[Article, SecondReview],
    editor: User,
    second: User,
    admin: User,
    *,
    allowed: bool,
) -> None:
    article, review = disputed
    if allowed:
        offer(admin)
    own = disputes.disputes(review)[0].mine
    assert own is not None
    acts: list[Callable[[User], object]] = [
        lambda by: actions.correct(own.pk, own.version, by, CLAIM, "direct"),
        lambda by: actions.add(article.pk, by, spans(TEXT, cue=["feared"]), "direct"),
    ]
    for act, who in zip(acts, (editor, second), strict=True):
        if allowed:
            act(who)
        else:
            with pytest.raises(Refused, match="another person settles it"):
                act(who)


def test_the_page_says_why_not(
    disputed: tuple[Article, SecondReview], editor: User, second: User, admin: User
) -> None:
    article, _review = disputed

    def offered(who: User) -> list[str]:
        client = Client()
        client.force_login(who)
        page = client.get(reverse("second_review:disagreement", args=[article.pk])).content.decode()
        assert ("This label is yours" in page) is (who != admin)
        assert ("another person may give a third label" in page) is (who != admin)
        return [each for each in WHICH if f'id="adopt-{each}"' in page]

    assert offered(admin) == WHICH
    assert offered(editor) == ["second"]
    assert offered(second) == ["first"]


# A third label


def test_a_third_label_where_both_have_one(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    *others, residents = disputes.disputes(review)
    adjudication = settle(article, admin, residents, "third")
    assert residents.mine is not None
    assert residents.theirs is not None
    own = Annotation.objects.get(pk=residents.mine.pk)
    assert words_of(own)["content"] == ["they feared"]
    assert (own.status, own.reviewed_by, own.quote_type) == ("approved", admin, "indirect")
    assert (adjudication.verdict, adjudication.decision) == ("third", own.decisions.latest("id"))
    theirs = Annotation.every.get(pk=residents.theirs.pk)
    assert spans_of(theirs) == spans_of(residents.theirs), "the second person's stays"
    assert len(disputes.disputes(review)) == len(others)


def test_a_third_label_where_only_the_first_has_one(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    claim = disputes.disputes(review)[0]
    assert claim.theirs is None
    settle(article, admin, claim, "third", spans(TEXT, cue=["closes"]))
    assert claim.mine is not None
    assert words_of(claim.mine) == {"source": [], "cue": ["closes"], "content": []}
    assert len(disputes.disputes(review)) == 2


def test_a_third_label_where_only_the_second_has_one(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    port = disputes.disputes(review)[1]
    assert port.mine is None
    shorter = spans(TEXT, cue=["According to"], content=["six weeks"])
    adjudication = settle(article, admin, port, "third", shorter)
    assert "six weeks" in contents(article)
    assert adjudication.decision is not None
    assert adjudication.decision.action == Decision.Action.ADD
    assert len(disputes.disputes(review)) == 2, "neither theirs nor the new one is disputed"


def test_a_third_label_that_only_differs_in_its_type_from_the_rejected_proposal(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    port = disputes.disputes(review)[1]
    adjudication = adjudicate.adopt(
        article.pk,
        admin,
        0,
        port.second_id,
        version=0,
        which="third",
        spans=spans(TEXT, **PORT),
        quote_type="mixed",
    )
    assert adjudication.decision is not None
    own = adjudication.decision.annotation
    assert own is not None
    assert (own.status, own.quote_type, own.version) == ("approved", "mixed", 3)
    assert len(disputes.disputes(review)) == 2


def test_with_the_last_one_the_article_is_finished_and_exported(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    figures = review.agreement
    for which in ("first", "first", "third"):
        settle(article, admin, disputes.disputes(review)[0], which)
    article.refresh_from_db()
    review.refresh_from_db()
    assert (article.status, article.finished_by) == ("finished", admin)
    assert review.agreement == figures
    (record,) = approved_records(Filters())
    said = {article.text[s:e] for a in record.attributions for s, e in a.content}
    assert "they feared" in said


def test_it_is_taken_back_as_it_was(disputed: tuple[Article, SecondReview], admin: User) -> None:
    article, review = disputed
    before = contents(article)
    for index in (0, 1, 2):
        given = spans(TEXT, cue=["closes"]) if index == 1 else THIRD
        adjudication = settle(article, admin, disputes.disputes(review)[index], "third", given)
        adjudicate.take_back(article.pk, admin, adjudication.pk)
        assert contents(article) == before
        assert len(disputes.disputes(review)) == 3


def test_sent_twice_it_is_given_once(disputed: tuple[Article, SecondReview], admin: User) -> None:
    article, review = disputed
    dispute = disputes.disputes(review)[2]
    one = settle(article, admin, dispute, "third")
    assert settle(article, admin, dispute, "third").pk == one.pk
    other = spans(TEXT, cue=["said"], content=["the noise"])
    with pytest.raises(Refused, match="settled already"):
        settle(article, admin, dispute, "third", other)
    assert review.adjudications.count() == 1


def test_it_is_none_of_the_two_and_on_the_text(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    dispute = disputes.disputes(review)[2]
    wrong: list[tuple[Spans, str]] = [
        (FIXED, "label of one of the two"),
        ({"cue": [(0, 10**6)]}, "outside the article's text"),
        ({}, "needs a cue or a content"),
    ]
    for label, reason in wrong:
        with pytest.raises(Refused, match=reason):
            settle(article, admin, dispute, "third", label)
    article.refresh_from_db()
    assert article.status == "disputed"
    assert not review.adjudications.exists()


def test_the_database_wants_its_decision(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    _article, review = disputed
    first = disputes.disputes(review)[0].mine
    with pytest.raises(IntegrityError, match="adjudication_second_decides"):
        Adjudication.objects.create(
            second_review=review, first=first, verdict="third", by=admin, by_name="x"
        )


# The form


def sent(review: SecondReview, index: int, **typed: str) -> dict[str, Any]:
    dispute = disputes.disputes(review)[index]
    return {
        "first": dispute.first_id,
        "second": dispute.second_id,
        "version": dispute.version,
        "number": dispute.number,
        "which": "third",
        **typed,
    }


@pytest.mark.parametrize("extra", [HTMX, {}], ids=["htmx", "plain"])
def test_the_form_begins_as_the_first_label_and_keeps_what_was_typed(
    client: Client, disputed: tuple[Article, SecondReview], admin: User, extra: dict[str, str]
) -> None:
    article, review = disputed
    client.force_login(admin)
    page = client.get(
        reverse("second_review:disagreement", args=[article.pk]), {"number": 3}
    ).content.decode()
    start = TEXT.index("feared the noise")
    assert f'name="content" value="{start}-{start + 16}"' in page

    adopt = reverse("second_review:adopt", args=[article.pk])
    for typed, status in (({"content": "x-y"}, 422), ({"content": "0-99999"}, 409)):
        refused = client.post(adopt, sent(review, 2, **typed), headers=extra)
        assert refused.status_code == status
        assert f'name="content" value="{typed["content"]}"' in refused.content.decode()
        assert "<details" in refused.content.decode()
        assert " open>" in refused.content.decode()
    assert not review.adjudications.exists()

    typed = {"cue": "0-3", "content": f"{start}-{start + 6}", "quote_type": "mixed"}
    done = client.post(adopt, sent(review, 2, **typed), headers=extra)
    assert done.status_code == (200 if extra else 302)
    assert "feared" in contents(article)
    page = client.get(reverse("second_review:disagreement", args=[article.pk])).content.decode()
    assert "gave a third label" in page
