"""Two people label one article, neither led by the other, and what differs is settled."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations import actions
from annotations.actions import (
    adjudicate,
    second_review,
)
from annotations.actions.base import Conflict, Refused
from annotations.agreement import disputes
from annotations.agreement.alignment import Dispute
from annotations.export.approved import Filters, approved, approved_records
from annotations.export.training_data import finished_records
from annotations.models import Adjudication, Annotation, Decision, SecondReview
from annotations.models.state import Spans, spans_of
from annotations.prelabelling.tasks import requeue
from annotations.queue import leases
from articles.models import Article
from tests.annotations.second_reviews import CLAIM, FIXED, copies, disputed_article, waiting_article
from tests.builders import MAYOR, PORT, RESIDENTS, TEXT, ready_article, spans, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("editors", "second-person")


@pytest.fixture
def waiting(editor: User) -> Article:
    return waiting_article(editor)


@pytest.fixture
def disputed(editor: User, second: User) -> tuple[Article, SecondReview]:
    return disputed_article(editor, second)


def words(annotation: Annotation | None) -> str:
    """The content of a label."""
    if annotation is None:
        return ""
    return " ".join(TEXT[s:e] for s, e in spans_of(annotation)["content"])


def adopt(article: Article, by: User, dispute: Dispute, which: adjudicate.Which) -> Adjudication:
    return adjudicate.adopt(
        article.pk,
        by,
        dispute.first_id,
        dispute.second_id,
        version=dispute.version,
        which=which,
    )


def status(article: Article) -> str:
    return Article.objects.get(pk=article.pk).status


def test_finishing_first_asks_for_a_second_review(waiting: Article, editor: User) -> None:
    review = waiting.second_reviews.get()
    assert (waiting.status, waiting.finished_by) == ("second-review", None)
    assert (review.first, review.second, review.done_at) == (editor, None, None)
    assert Decision.objects.filter(article=waiting, action="finish", by=editor).count() == 1
    assert actions.finish(waiting.pk, editor).status == "second-review", "finished twice is once"
    assert Decision.objects.filter(article=waiting, action="finish").count() == 1
    with pytest.raises(Refused):
        actions.reopen(waiting.pk, editor)
    assert not requeue_by_admin(waiting)


def requeue_by_admin(article: Article) -> bool:
    return requeue(article.pk, User.objects.create_superuser("root"))


def test_the_second_person_gets_what_the_machine_proposed(waiting: Article, second: User) -> None:
    review = second_review.begin(waiting.pk, second)

    found = copies(review)
    assert [words(each) for each in found] == [
        " ".join(MAYOR["content"]),
        *PORT["content"],
        *RESIDENTS["content"],
    ]
    assert {(a.status, a.confidence, a.origin, a.reviewer) for a in found} == {
        ("proposed", 0.8, "model:test-1", "")
    }
    own = set(waiting.annotations.values_list("key", flat=True))
    assert not own & {each.key for each in found}
    assert second_review.begin(waiting.pk, second).pk == review.pk, "begun twice is begun once"
    assert len(copies(review)) == 3


def test_imported_judgements_are_proposed_where_a_machine_made_them(
    editor: User, second: User
) -> None:
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    mayor, port, residents = article.annotations.all()
    for each in (mayor, port):
        actions.approve(each.pk, 1, editor)
        Decision.objects.filter(annotation=each)
    # As the import leaves them: judged elsewhere, the spans a machine's and a person's.
    Annotation.objects.filter(pk=residents.pk).update(
        status="approved", reviewer="elsewhere", reviewed_at="2026-01-01T00:00:00Z", run=None
    )
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, second)
    assert [words(each) for each in copies(review)] == [
        " ".join(MAYOR["content"]),
        *PORT["content"],
    ]


def test_a_blind_sample_stays_blind(editor: User, second: User) -> None:
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(needs_second_review=True, blind=True)
    claim = actions.add(article.pk, editor, CLAIM, "indirect")
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, second)
    assert copies(review) == []
    actions.add(article.pk, second, CLAIM, claim.quote_type, review=review)
    assert actions.finish(article.pk, second).status == "finished"


def test_who_may_begin(
    waiting: Article,
    editor: User,
    second: User,
    fact_checker: User,
    admin: User,
) -> None:
    with pytest.raises(Refused, match="somebody else"):
        second_review.begin(waiting.pk, editor)
    with pytest.raises(PermissionDenied):
        second_review.begin(waiting.pk, fact_checker)
    second_review.begin(waiting.pk, second)
    with pytest.raises(Refused, match="second-person is doing"):
        second_review.begin(waiting.pk, admin)
    with pytest.raises(Refused, match="second-person is doing"):
        actions.finish(waiting.pk, admin)
    with pytest.raises(Refused, match="not waiting for a second review"):
        second_review.begin(ready_article("She said no.", []).pk, second)


def test_nobody_else_judges_the_second_persons_labels(
    waiting: Article, editor: User, second: User, admin: User
) -> None:
    review = second_review.begin(waiting.pk, second)
    copy = copies(review)[0]
    for other in (editor, admin):
        with pytest.raises(Refused, match="another person"):
            actions.approve(copy.pk, 1, other)
    own = waiting.annotations.first()
    assert own is not None
    with pytest.raises(Refused, match="waiting for a second"):
        actions.reject(own.pk, own.version, second)
    assert actions.approve(copy.pk, 1, second).status == "approved"


def test_who_may_judge_no_more_takes_nothing_back(waiting: Article, editor: User) -> None:
    editor.is_active = False
    with pytest.raises(PermissionDenied):
        second_review.withdraw(waiting.pk, editor)
    assert status(waiting) == "second-review"


def test_withdrawing_is_for_the_first_before_anyone_began(
    waiting: Article, editor: User, second: User
) -> None:
    with pytest.raises(Refused, match="who finished it"):
        second_review.withdraw(waiting.pk, second)
    assert second_review.withdraw(waiting.pk, editor).status == "ready"
    assert not waiting.second_reviews.exists()
    assert Decision.objects.latest("id").action == "reopen"
    with pytest.raises(Refused, match="not waiting for"):
        second_review.withdraw(waiting.pk, editor)

    actions.finish(waiting.pk, editor)
    second_review.begin(waiting.pk, second)
    with pytest.raises(Refused, match="is doing"):
        second_review.withdraw(waiting.pk, editor)


def test_handed_back_it_is_for_another_person(
    waiting: Article, editor: User, second: User, person: Callable[..., User]
) -> None:
    third = person("editors", "third-person")
    left = second_review.begin(waiting.pk, second)
    actions.approve(copies(left)[0].pk, 1, second)
    leases.renew(waiting.pk, second)

    waits = second_review.hand_back(waiting.pk, second)

    assert (waits.first, waits.second) == (editor, None)
    assert leases.take_next(second) is None, "it was not for them"
    assert leases.take_next(third) == waiting
    with pytest.raises(Refused, match="handed back"):
        actions.approve(copies(left)[1].pk, 1, second)
    review = second_review.begin(waiting.pk, third)
    assert {each.status for each in copies(review)} == {"proposed"}
    with pytest.raises(Refused, match="third-person is doing"):
        second_review.begin(waiting.pk, second)
    for copy in copies(review):
        actions.approve(copy.pk, 1, third)
    assert actions.finish(waiting.pk, third).status == "disputed"
    for dispute in disputes.disputes(review):
        adopt(waiting, third, dispute, "first")
    assert status(waiting) == "finished"
    assert approved(Filters()).count() == waiting.annotations.filter(status="approved").count()
    assert SecondReview.objects.get(pk=left.pk).agreement is None


def test_begun_again_the_labels_are_as_they_were_left(
    waiting: Article, second: User, person: Callable[..., User]
) -> None:
    third = person("editors", "third-person")
    left = second_review.begin(waiting.pk, second)
    actions.reject(copies(left)[1].pk, 1, second)
    added = actions.add(waiting.pk, second, CLAIM, "indirect", review=left)
    labels = [(each.pk, each.status, each.version) for each in copies(left)]
    second_review.hand_back(waiting.pk, second)
    second_review.begin(waiting.pk, third)
    second_review.hand_back(waiting.pk, third)

    again = second_review.begin(waiting.pk, second)

    assert [(each.pk, each.status, each.version) for each in copies(again)] == labels
    undone = actions.undo_latest(waiting.pk, second, again)
    assert [each.pk for each in undone] == [added.pk]
    assert Annotation.every.get(pk=added.pk).status == "rejected"
    finished = [each for each in copies(again) if each.status == "proposed"]
    for copy in finished:
        actions.approve(copy.pk, copy.version, second)
    assert actions.finish(waiting.pk, second).status == "disputed"


def test_labels_of_an_earlier_asking_do_not_come_back(
    waiting: Article, editor: User, second: User
) -> None:
    left = second_review.begin(waiting.pk, second)
    actions.reject(copies(left)[1].pk, 1, second)
    second_review.hand_back(waiting.pk, second)
    second_review.withdraw(waiting.pk, editor)
    actions.finish(waiting.pk, editor)
    assert leases.take_next(second) == waiting
    assert {each.status for each in copies(second_review.begin(waiting.pk, second))} == {"proposed"}


def test_who_may_hand_back(
    waiting: Article, editor: User, second: User, fact_checker: User, admin: User
) -> None:
    with pytest.raises(Refused, match="Nobody has begun"):
        second_review.hand_back(waiting.pk, admin)
    review = second_review.begin(waiting.pk, second)
    with pytest.raises(Refused, match="second-person is doing"):
        second_review.hand_back(waiting.pk, editor)
    with pytest.raises(PermissionDenied):
        second_review.hand_back(waiting.pk, fact_checker)
    second_review.hand_back(waiting.pk, admin)
    review.refresh_from_db()
    assert (review.handed_back_by, review.second) == (admin, second)
    with pytest.raises(Refused, match="Nobody has begun"):
        second_review.hand_back(waiting.pk, second)
    with pytest.raises(Refused, match="not waiting for a second review"):
        second_review.hand_back(ready_article("She said no.", []).pk, admin)


def test_what_is_done_cannot_be_handed_back(
    disputed: tuple[Article, SecondReview], second: User
) -> None:
    article, review = disputed
    with pytest.raises(Refused, match="not waiting for a second review"):
        second_review.hand_back(article.pk, second)
    with (
        pytest.raises(IntegrityError, match="second_review_handed_back_undone"),
        transaction.atomic(),
    ):
        SecondReview.objects.filter(pk=review.pk).update(handed_back_at=timezone.now())


def test_every_copy_is_judged_before_the_second_finishes(waiting: Article, second: User) -> None:
    with pytest.raises(Refused, match="waiting for a second"):
        actions.finish(waiting.pk, second)
    review = second_review.begin(waiting.pk, second)
    with pytest.raises(Refused, match="3 proposals"):
        actions.finish(waiting.pk, second)
    review.refresh_from_db()
    assert (review.done_at, status(waiting)) == (None, "second-review")


def test_the_same_labels_finish_the_article(waiting: Article, second: User) -> None:
    review = second_review.begin(waiting.pk, second)
    mayor, port, residents = copies(review)
    actions.approve(mayor.pk, 1, second)
    actions.reject(port.pk, 1, second)
    start, end = FIXED["content"][0]
    # A blank more at the edge is the same label.
    actions.correct(residents.pk, 1, second, {**FIXED, "content": [(start - 1, end)]}, "indirect")
    actions.add(waiting.pk, second, CLAIM, "indirect", review=review)

    finished = actions.finish(waiting.pk, second)

    review.refresh_from_db()
    assert (finished.status, finished.finished_by) == ("finished", second)
    assert review.settled_at is not None
    assert review.agreement is not None
    assert review.agreement["linked both"] == review.agreement["linked first"] == 3


def test_differences_are_paired_by_what_they_share(disputed: tuple[Article, SecondReview]) -> None:
    article, review = disputed
    assert article.status == "disputed"
    assert [
        (d.number, words(d.mine), words(d.theirs), sorted(d.differing))
        for d in disputes.disputes(review)
    ] == [
        (1, "for repairs", "", ["content", "cue"]),
        (2, "", PORT["content"][0], ["content", "cue", "source"]),
        (3, "feared the noise", RESIDENTS["content"][0], ["content"]),
    ]


def test_a_quote_type_alone_is_a_difference(editor: User, second: User) -> None:
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    for each in article.annotations.all():
        actions.approve(each.pk, 1, editor)
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, second)
    mayor, port, residents = copies(review)
    actions.correct(mayor.pk, 1, second, spans(TEXT, **MAYOR), "direct")
    for each in (port, residents):
        actions.approve(each.pk, 1, second)
    assert actions.finish(article.pk, second).status == "disputed"
    (only,) = disputes.disputes(review)
    assert only.differing == {"quote_type"}


def test_settling_each_way_until_the_article_is_finished(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    figures = review.agreement
    claim, port, residents = disputes.disputes(review)
    with pytest.raises(Refused, match="3 differences are not settled"):
        actions.finish(article.pk, admin)

    adopt(article, admin, claim, "second")  # the first person's addition goes
    assert claim.mine is not None
    assert Annotation.objects.get(pk=claim.mine.pk).status == "rejected"
    adopt(article, admin, port, "second")  # what the first rejected is approved after all
    assert approved_words(article) == {MAYOR["content"][0], PORT["content"][0], "feared the noise"}
    assert status(article) == "disputed"
    adjudication = adopt(article, admin, residents, "first")

    article.refresh_from_db()
    review.refresh_from_db()
    assert (article.status, article.finished_by) == ("finished", admin)
    assert review.settled_at is not None
    assert review.agreement == figures, "as it stood before anything was settled"
    assert (adjudication.verdict, adjudication.decision, adjudication.by) == ("first", None, admin)
    assert [s.verdict for s in review.adjudications.all()] == ["second", "second", "first"]
    assert {c.status for c in copies(review)} == {"approved"}, "the second person's rows stay"


def approved_words(article: Article) -> set[str]:
    return {words_of(each)["content"][0] for each in article.annotations.filter(status="approved")}


def test_adopting_the_seconds_spans_and_what_they_added(
    waiting: Article, editor: User, second: User
) -> None:
    review = second_review.begin(waiting.pk, second)
    mayor, port, residents = copies(review)
    added: Spans = spans(TEXT, cue=["told reporters"], content=["on Monday"])
    actions.add(waiting.pk, second, added, "indirect", review=review)
    actions.approve(mayor.pk, 1, second)
    actions.reject(port.pk, 1, second)
    actions.approve(residents.pk, 1, second)
    actions.finish(waiting.pk, second)
    while found := disputes.disputes(review):
        adopt(waiting, editor, found[0], "second")
    assert status(waiting) == "finished"
    assert approved_words(waiting) == {
        MAYOR["content"][0],
        "on Monday",
        *RESIDENTS["content"],
    }
    assert Decision.objects.filter(article=waiting, action="add", by=editor).count() == 2


def test_a_adjudication_can_be_taken_back(
    disputed: tuple[Article, SecondReview], admin: User, editor: User
) -> None:
    article, review = disputed
    before = approved_words(article)
    claim, port, residents = disputes.disputes(review)
    one = adopt(article, admin, claim, "second")
    two = adopt(article, admin, port, "second")
    last = adopt(article, admin, residents, "first")
    assert status(article) == "finished"

    with pytest.raises(Refused, match="Only the latest"):
        adjudicate.take_back(article.pk, editor, one.pk)
    adjudicate.take_back(article.pk, editor, last.pk)
    assert status(article) == "disputed"
    assert article.decisions.order_by("id")[article.decisions.count() - 1].action == "reopen"
    assert len(disputes.disputes(review)) == 1
    adjudicate.take_back(article.pk, editor, two.pk)
    adjudicate.take_back(article.pk, editor, one.pk)
    assert len(disputes.disputes(review)) == 3
    assert approved_words(article) == before
    with pytest.raises(Refused, match="Only the latest"):
        adjudicate.take_back(article.pk, editor, one.pk)
    adopt(article, admin, disputes.disputes(review)[0], "second")


def test_a_label_that_changed_since_is_not_put_back(
    disputed: tuple[Article, SecondReview], admin: User, editor: User
) -> None:
    article, review = disputed
    *_others, residents = disputes.disputes(review)
    adjudication = adopt(article, admin, residents, "second")
    assert residents.mine is not None
    now = Annotation.objects.get(pk=residents.mine.pk)
    actions.reject(now.pk, now.version, admin)
    with pytest.raises(Refused, match="has changed since"):
        adjudicate.take_back(article.pk, admin, adjudication.pk)
    assert len(disputes.disputes(review)) == 3, "and so they differ again"


def test_what_cannot_be_adopted(
    disputed: tuple[Article, SecondReview], admin: User, editor: User, fact_checker: User
) -> None:
    article, review = disputed
    claim, port, residents = disputes.disputes(review)
    assert residents.mine is not None
    with pytest.raises(PermissionDenied):
        adopt(article, fact_checker, claim, "first")
    with pytest.raises(PermissionDenied):
        adjudicate.take_back(article.pk, fact_checker, 1)
    for ids in ((0, 0), (claim.first_id, port.second_id), (0, residents.second_id), (9**9, 9**9)):
        with pytest.raises(Refused, match="settled already"):
            adjudicate.adopt(article.pk, admin, *ids, version=1, which="second")
    with pytest.raises(Refused, match="Nothing is disputed"):
        adjudicate.adopt(
            ready_article("She said no.", []).pk, admin, 0, 1, version=0, which="first"
        )

    actions.correct(residents.mine.pk, 2, admin, {**FIXED, "source": []}, "indirect")
    with pytest.raises(Conflict, match="has changed since you saw it"):
        adopt(article, admin, residents, "first")
    assert not review.adjudications.exists()


@pytest.mark.parametrize("index", [0, 1, 2], ids=["of the first", "of the second", "of both"])
def test_sent_twice_is_settled_once(
    disputed: tuple[Article, SecondReview], admin: User, editor: User, index: int
) -> None:
    article, review = disputed
    dispute = disputes.disputes(review)[index]
    one = adopt(article, admin, dispute, "second")
    assert adopt(article, admin, dispute, "second").pk == one.pk
    with pytest.raises(Refused, match="settled already"):
        adopt(article, editor, dispute, "second")
    with pytest.raises(Refused, match="settled already"):
        adopt(article, admin, dispute, "first")
    assert review.adjudications.count() == 1


def test_settling_leaves_other_articles_alone(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    other = ready_article("She said no.", [])
    Article.objects.filter(pk=other.pk).update(status=Article.Status.QUEUED)
    adopt(article, admin, disputes.disputes(review)[0], "second")
    assert status(other) == "queued"


def test_nothing_is_settled_in_what_was_reopened(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    for _each in range(3):
        adopt(article, admin, disputes.disputes(review)[0], "second")
    actions.reopen(article.pk, admin)
    own = article.annotations.filter(status="approved")[0]
    actions.reject(own.pk, own.version, admin)
    (dispute,) = disputes.disputes(review)
    with pytest.raises(Refused, match="Nothing is disputed"):
        adopt(article, admin, dispute, "second")


def test_the_second_persons_labels_are_closed_once_they_are_done(
    disputed: tuple[Article, SecondReview], second: User
) -> None:
    _article, review = disputed
    label = copies(review)[0]
    with pytest.raises(Refused, match="This second review is done"):
        actions.reject(label.pk, label.version, second)


def test_differences_that_go_at_the_desk_let_the_article_be_finished(
    disputed: tuple[Article, SecondReview], editor: User, admin: User
) -> None:
    article, review = disputed
    claim, port, residents = disputes.disputes(review)
    adopt(article, admin, port, "first")
    adopt(article, admin, residents, "first")
    assert claim.mine is not None
    actions.reject(claim.mine.pk, claim.mine.version, admin)
    assert actions.finish(article.pk, editor).status == "finished"
    review.refresh_from_db()
    assert review.settled_at is not None


def test_reopened_it_needs_a_new_second_review(
    disputed: tuple[Article, SecondReview], editor: User, second: User
) -> None:
    article, review = disputed
    last = None
    for dispute in disputes.disputes(review):
        last = adopt(article, second, dispute, "first")
    assert last is not None
    actions.reopen(article.pk, editor)
    with pytest.raises(Refused, match="Nothing is disputed"):
        adjudicate.take_back(article.pk, editor, last.pk)
    assert actions.finish(article.pk, second).status == "second-review"
    again = second_review.begin(article.pk, editor)
    assert again.pk != review.pk
    assert len(copies(again)) == 3, "again as the machine proposed them"


def test_nothing_is_exported_before_two_people_agree(editor: User, second: User) -> None:
    def exported() -> int:
        return approved(Filters()).count()

    article = waiting_article(editor)
    assert exported() == 0
    review = second_review.begin(article.pk, second)
    for copy in copies(review):
        actions.approve(copy.pk, 1, second)
    actions.finish(article.pk, second)
    assert exported() == 0
    for dispute in disputes.disputes(review):
        adopt(article, second, dispute, "first")
    assert exported() == 3
    (record,) = approved_records(Filters())
    assert len(record.attributions) == 3
    actions.reopen(article.pk, editor)
    assert exported() == 0

    other = ready_article("The office said it rains.", [{"cue": ["said"], "content": ["it rains"]}])
    only = other.annotations.get()
    actions.approve(only.pk, 1, editor)
    assert exported() == 1, "without a second review, as ever"


def test_an_article_that_only_the_second_labelled_teaches_that_there_is_nothing(
    editor: User, second: User
) -> None:
    article = ready_article(
        "The office said it rains.", [{"cue": ["said"], "content": ["it rains"]}]
    )
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    actions.reject(article.annotations.get().pk, 1, editor)
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, second)
    actions.approve(copies(review)[0].pk, 1, second)
    actions.finish(article.pk, second)
    adopt(article, second, disputes.disputes(review)[0], "first")
    assert [(r.id, r.attributions) for r in finished_records()] == [(article.key, ())]


def test_the_database_itself_keeps_adjudications(
    disputed: tuple[Article, SecondReview], admin: User
) -> None:
    article, review = disputed
    adjudication = adopt(article, admin, disputes.disputes(review)[0], "first")
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: review.adjudications.update(by_name="x"), "never changed"),
        (lambda: review.adjudications.all().delete(), "never changed or deleted"),
        (lambda: make(verdict="maybe", first=adjudication.first), "verdict_known"),
        (lambda: make(verdict="first"), "of_a_label"),
        (lambda: make(verdict="second", first=adjudication.first), "second_decides"),
        (lambda: make(verdict="nobody", first=adjudication.first), "verdict_known"),
    ]

    def make(**values: object) -> None:
        Adjudication.objects.create(second_review=review, by=admin, by_name="admin", **values)

    for attempt, reason in attempts:
        with pytest.raises(IntegrityError, match=reason), transaction.atomic():
            attempt()
