"""Two decisions at the same moment: each lock of the review, with the decision that it holds up.

In every test somebody has decided and is not committed yet while another person decides. Where the
lock is taken out, the other one decides on what is about to change.
"""

import itertools
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotations import actions
from annotations.actions import adjudicate, second_review, source_registry
from annotations.actions.base import Conflict, Refused, decide, locked_article
from annotations.agreement.disputes import disputes
from annotations.models import Adjudication, Annotation, Decision, SecondReview, Source
from annotations.models.state import state_of
from annotations.queue import sampling
from articles.models import Article, Lease
from tests.annotations.at_once import another_connection, start, while_uncommitted
from tests.annotations.second_reviews import CLAIM, copies, disputed_article, waiting_article
from tests.builders import TEXT, spans

pytestmark = pytest.mark.django_db(transaction=True)

type Act = Callable[[], object]
type Person = Callable[..., User]

HARBOUR = spans(TEXT, source=["The harbour bridge"], cue=["closes"])


@pytest.fixture
def other(person: Person) -> User:
    return person("editors", "other")


def logged(article: Article) -> list[str]:
    """What the log says was done in the article, in order."""
    return list(article.decisions.values_list("action", flat=True))


def refusal(outcome: object) -> str:
    """Why it was refused."""
    assert isinstance(outcome, Refused), outcome
    return str(outcome)


def judged(article: Article, by: User) -> list[Annotation]:
    """All proposals of the article, approved."""
    return [actions.approve(each.pk, each.version, by) for each in article.annotations.all()]


# ---- one annotation ----

ON_ONE: dict[str, Callable[[Annotation, User], object]] = {
    "approve": lambda a, by: actions.approve(a.pk, 1, by),
    "reject": lambda a, by: actions.reject(a.pk, 1, by),
    "edit": lambda a, by: actions.correct(a.pk, 1, by, HARBOUR, "indirect"),
    "resolve": lambda a, by: actions.name_source(a.pk, 1, by, "Ada Lindqvist", "person"),
    "undo": lambda a, by: actions.undo(a.pk, 1, by),
    "revert": lambda a, by: actions.revert(a.pk, 1, by, a.decisions.get().pk),
    "flag": lambda a, by: actions.flag(a.pk, 1, by, "Is this her name?"),
}
EARLY = {name: ON_ONE[name] for name in ("approve", "reject", "resolve")} | {
    "edit": lambda a, by: actions.correct(a.pk, 1, by, CLAIM, "indirect"),
}
BESIDE = {("approve", "edit"), ("resolve", "edit"), *((early, "flag") for early in EARLY)}
"""What is done beside an earlier decision, and leaves it as it is."""


@pytest.mark.parametrize(("early", "late"), list(itertools.product(EARLY, ON_ONE)))
def test_of_two_decisions_on_one_version_one_is_made(
    mayor: Annotation, editor: User, other: User, early: str, late: str
) -> None:
    article = mayor.article
    before = logged(article)
    outcome = while_uncommitted(
        lambda: EARLY[early](mayor, editor), lambda: ON_ONE[late](mayor, other)
    )
    mayor = Annotation.objects.get(pk=mayor.pk)
    if (early, late) in BESIDE:
        assert isinstance(outcome, Annotation), outcome
        assert mayor.version == 3
        assert logged(article) == [*before, early, late]
        kept = mayor.decisions.get(action=early).after
        assert kept is not None
        assert mayor.resolved_source_id == kept["resolved_source"]
        if late == "flag":
            assert state_of(mayor) == kept | {"version": 3, "flag": "Is this her name?"}
        return
    assert isinstance(outcome, Conflict), outcome
    assert editor.username in str(outcome)
    assert mayor.version == 2
    assert logged(article) == [*before, early]


def test_corrections_of_different_roles_at_once_are_both_kept(
    article: Article, mayor: Annotation, editor: User, other: User
) -> None:
    words = {"cue": ["told reporters"], "content": ["“We cannot wait any longer,”"]}
    of_source = spans(TEXT, source=["Ada Lindqvist"], **words)
    of_content = spans(TEXT, source=["Mayor Ada Lindqvist"], cue=["told"], content=words["content"])
    first = actions.correct(
        mayor.pk, 1, editor, spans(TEXT, source=["Mayor Ada Lindqvist"], **words), "direct"
    )

    outcome = while_uncommitted(
        lambda: actions.correct(mayor.pk, first.version, editor, of_source, "direct"),
        lambda: actions.correct(mayor.pk, first.version, other, of_content, "direct"),
    )

    assert isinstance(outcome, Annotation)
    assert {s.role: TEXT[s.start : s.end] for s in outcome.spans.all()} == {
        "source": "Ada Lindqvist",
        "cue": "told",
        "content": "“We cannot wait any longer,”",
    }


def test_the_same_decision_sent_twice_at_once_is_done_once(
    article: Article, mayor: Annotation, editor: User
) -> None:
    outcome = while_uncommitted(
        lambda: actions.approve(mayor.pk, 1, editor), lambda: actions.approve(mayor.pk, 1, editor)
    )
    assert isinstance(outcome, Annotation)
    assert outcome.version == 2
    assert logged(article)[-2:] == ["import", "approve"]


def test_a_change_sees_the_annotation_as_it_is_under_the_lock(
    article: Article, mayor: Annotation, editor: User, other: User
) -> None:
    def change(annotation: Annotation) -> None:
        annotation.quote_type = "mixed"

    def late() -> object:
        return decide(
            mayor.pk, 1, other, Decision.Action.EDIT, change, merges=lambda _now, _seen: True
        )

    outcome = while_uncommitted(lambda: actions.reject(mayor.pk, 1, editor), late)
    assert isinstance(outcome, Annotation)
    assert (outcome.version, outcome.status, outcome.quote_type) == (3, "rejected", "mixed")


def test_a_decision_on_a_proposal_that_is_being_replaced_is_refused(
    article: Article, mayor: Annotation, editor: User
) -> None:
    proposal = Annotation.objects.create(
        article=article, status="proposed", quote_type="direct", start=0, run=mayor.run
    )
    key = proposal.pk

    def replace() -> None:
        locked_article(article.pk)
        proposal.delete()

    outcome = while_uncommitted(replace, lambda: actions.approve(key, 1, editor))
    assert "This proposal is gone" in refusal(outcome)


# ---- an article ----


LOCKING: dict[str, Callable[[Annotation, User], object]] = {
    "approve": lambda a, by: actions.approve(a.pk, 1, by),
    "add": lambda a, by: actions.add(a.article_id, by, HARBOUR, "indirect"),
    "merge": lambda a, by: source_registry.merge(
        a.resolved_source_id or 0, Source.objects.create(name="Ada B. Lindqvist").pk, by
    ),
}


@pytest.mark.parametrize("act", LOCKING)
def test_nobody_waits_to_open_an_article_in_which_something_is_decided(
    article: Article, mayor: Annotation, editor: User, other: User, act: str
) -> None:
    ada = Source.objects.create(name="Ada Lindqvist")
    Annotation.objects.filter(pk=mayor.pk).update(resolved_source=ada)
    mayor.refresh_from_db()

    def open_it() -> object:
        return Lease.objects.create(article=article, person=other, until=timezone.now())

    with another_connection() as pool, transaction.atomic():
        LOCKING[act](mayor, editor)
        assert start(pool, open_it).done(), "it waits for the decision"


def test_adding_the_same_twice_at_once_adds_one(
    article: Article, editor: User, other: User
) -> None:
    outcome = while_uncommitted(
        lambda: actions.add(article.pk, editor, HARBOUR, "indirect"),
        lambda: actions.add(article.pk, other, HARBOUR, "indirect"),
    )
    assert "already" in refusal(outcome)
    assert article.annotations.filter(start=0).count() == 1


def test_an_addition_sent_twice_at_once_is_done_once(article: Article, editor: User) -> None:
    outcome = while_uncommitted(
        lambda: actions.add(article.pk, editor, HARBOUR, "indirect", key="mine"),
        lambda: actions.add(article.pk, editor, HARBOUR, "indirect", key="mine"),
    )
    assert outcome == article.annotations.get(start=0)
    assert logged(article).count("add") == 1


def test_approving_the_rest_twice_at_once_approves_once(
    article: Article, editor: User, other: User
) -> None:
    seen = dict(article.annotations.values_list("pk", "version"))
    outcome = while_uncommitted(
        lambda: actions.approve_all(article.pk, seen, editor),
        lambda: actions.approve_all(article.pk, seen, other),
    )
    assert "3 of these" in refusal(outcome)
    assert set(article.annotations.values_list("reviewed_by", "version")) == {(editor.pk, 2)}
    assert logged(article).count("approve") == 3


def test_approving_the_rest_does_not_approve_what_is_rejected_at_that_moment(
    article: Article, mayor: Annotation, editor: User, other: User
) -> None:
    seen = dict(article.annotations.values_list("pk", "version"))
    outcome = while_uncommitted(
        lambda: actions.reject(mayor.pk, 1, editor),
        lambda: actions.approve_all(article.pk, seen, other),
    )
    assert "1 of these" in refusal(outcome)
    assert article.annotations.filter(status="approved").count() == 0


def test_undoing_twice_at_once_takes_back_two(article: Article, editor: User) -> None:
    judged(article, editor)
    outcome = while_uncommitted(
        lambda: actions.undo_latest(article.pk, editor),
        lambda: actions.undo_latest(article.pk, editor),
    )
    assert isinstance(outcome, list), outcome
    assert article.annotations.filter(status="approved").count() == 1
    assert logged(article)[-2:] == ["undo", "undo"]


def test_doing_again_twice_at_once_does_two(article: Article, editor: User) -> None:
    judged(article, editor)
    actions.undo_latest(article.pk, editor)
    actions.undo_latest(article.pk, editor)
    outcome = while_uncommitted(
        lambda: actions.redo_latest(article.pk, editor),
        lambda: actions.redo_latest(article.pk, editor),
    )
    assert isinstance(outcome, list), outcome
    assert article.annotations.filter(status="approved").count() == 3
    assert logged(article)[-2:] == ["redo", "redo"]


def test_an_undo_does_not_take_back_what_another_decides_at_that_moment(
    article: Article, mayor: Annotation, editor: User, other: User
) -> None:
    actions.approve(mayor.pk, 1, editor)
    outcome = while_uncommitted(
        lambda: actions.reject(mayor.pk, 2, other), lambda: actions.undo_latest(article.pk, editor)
    )
    assert other.username in refusal(outcome)
    assert Annotation.objects.get(pk=mayor.pk).status == "rejected"


# ---- finishing ----

IN_FINISHED: dict[str, Callable[[Annotation, User], object]] = {
    "reject": lambda a, by: actions.reject(a.pk, 2, by),
    "undo": lambda a, by: actions.undo(a.pk, 2, by),
    "add": lambda a, by: actions.add(a.article_id, by, HARBOUR, "indirect"),
    "undo_latest": lambda a, by: actions.undo_latest(a.article_id, by),
    "redo_latest": lambda a, by: actions.redo_latest(a.article_id, by),
    "approve_all": lambda a, by: actions.approve_all(a.article_id, {a.pk: 2}, by),
    "clear": lambda a, by: actions.clear_sentence(a.article_id, 0, by),
    "finish": lambda a, by: actions.finish(a.article_id, by),
}


@pytest.mark.parametrize("late", IN_FINISHED)
def test_nothing_is_decided_in_an_article_that_is_being_finished(
    article: Article, editor: User, other: User, late: str
) -> None:
    mayor = judged(article, editor)[0]
    before = logged(article)
    outcome = while_uncommitted(
        lambda: actions.finish(article.pk, other), lambda: IN_FINISHED[late](mayor, editor)
    )
    assert "finished" in refusal(outcome)
    assert logged(article) == [*before, "finish"]
    article.refresh_from_db()
    assert article.finished_by == other
    assert not article.sentences.filter(clearings__isnull=False).exists()


def test_an_article_is_not_finished_while_a_decision_is_taken_back(
    article: Article, editor: User, other: User
) -> None:
    judged(article, editor)
    outcome = while_uncommitted(
        lambda: actions.undo_latest(article.pk, editor),
        lambda: actions.finish(article.pk, other),
    )
    assert "1 proposal" in refusal(outcome)
    article.refresh_from_db()
    assert article.status == "ready"


def test_an_article_is_reopened_once(article: Article, editor: User, other: User) -> None:
    judged(article, editor)
    actions.finish(article.pk, editor)
    outcome = while_uncommitted(
        lambda: actions.reopen(article.pk, editor), lambda: actions.reopen(article.pk, other)
    )
    assert "not finished" in refusal(outcome)
    assert logged(article).count("reopen") == 1


def test_no_second_review_is_required_of_an_article_that_is_being_judged(
    article: Article, mayor: Annotation, editor: User, admin: User
) -> None:
    required = while_uncommitted(
        lambda: actions.approve(mayor.pk, 1, editor),
        lambda: sampling.require_second_review(article.pk, admin),
    )
    assert required is False
    article.refresh_from_db()
    assert not article.needs_second_review


# ---- the second review ----


def test_one_person_begins_a_second_review(editor: User, other: User, admin: User) -> None:
    article = waiting_article(editor)
    outcome = while_uncommitted(
        lambda: second_review.begin(article.pk, other),
        lambda: second_review.begin(article.pk, admin),
    )
    assert other.username in refusal(outcome)
    review = SecondReview.objects.get()
    assert review.second == other
    assert len(copies(review)) == 3, "proposed once"


def test_begun_twice_at_once_a_second_review_has_its_proposals_once(
    editor: User, other: User
) -> None:
    article = waiting_article(editor)
    while_uncommitted(
        lambda: second_review.begin(article.pk, other),
        lambda: second_review.begin(article.pk, other),
    )
    assert len(copies(SecondReview.objects.get())) == 3


def test_an_article_is_not_withdrawn_from_who_begins(editor: User, other: User) -> None:
    article = waiting_article(editor)
    outcome = while_uncommitted(
        lambda: second_review.begin(article.pk, other),
        lambda: second_review.withdraw(article.pk, editor),
    )
    assert other.username in refusal(outcome)
    assert SecondReview.objects.get().second == other


def test_no_second_review_is_begun_at_an_article_that_is_withdrawn(
    editor: User, other: User
) -> None:
    article = waiting_article(editor)
    outcome = while_uncommitted(
        lambda: second_review.withdraw(article.pk, editor),
        lambda: second_review.begin(article.pk, other),
    )
    assert "not waiting for a second review" in refusal(outcome)
    article.refresh_from_db()
    assert article.status == "ready"


def test_a_second_review_is_handed_back_once(editor: User, other: User, admin: User) -> None:
    article = waiting_article(editor)
    second_review.begin(article.pk, other)
    outcome = while_uncommitted(
        lambda: second_review.hand_back(article.pk, other),
        lambda: second_review.hand_back(article.pk, admin),
    )
    assert "Nobody has begun" in refusal(outcome)
    assert SecondReview.objects.count() == 2


def test_a_second_review_that_is_being_done_is_not_handed_back(
    editor: User, other: User, admin: User
) -> None:
    article = waiting_article(editor)
    for copy in copies(second_review.begin(article.pk, other)):
        actions.approve(copy.pk, copy.version, other)
    outcome = while_uncommitted(
        lambda: actions.finish(article.pk, other),
        lambda: second_review.hand_back(article.pk, admin),
    )
    assert "not waiting for a second review" in refusal(outcome)
    assert SecondReview.objects.get().done_at


def test_a_difference_is_settled_once(
    editor: User, other: User, admin: User, person: Person
) -> None:
    third = person("editors", "third")
    article, review = disputed_article(editor, other)
    dispute = next(each for each in disputes(review) if each.mine and each.theirs)

    def adopt(by: User, which: adjudicate.Which) -> Act:
        return lambda: adjudicate.adopt(
            article.pk,
            by,
            dispute.first_id,
            dispute.second_id,
            version=dispute.version,
            which=which,
        )

    outcome = while_uncommitted(adopt(admin, "second"), adopt(third, "first"))
    assert "settled already" in refusal(outcome)
    assert list(review.adjudications.values_list("verdict", flat=True)) == ["second"]


def test_a_adjudication_is_taken_back_once(editor: User, other: User, admin: User) -> None:
    article, review = disputed_article(editor, other)
    dispute = disputes(review)[0]
    adjudication = adjudicate.adopt(
        article.pk,
        admin,
        dispute.first_id,
        dispute.second_id,
        version=dispute.version,
        which="first",
    )
    outcome = while_uncommitted(
        lambda: adjudicate.take_back(article.pk, admin, adjudication.pk),
        lambda: adjudicate.take_back(article.pk, other, adjudication.pk),
    )
    assert "latest adjudication" in refusal(outcome)
    assert Adjudication.objects.count() == 2
