"""What people can do to annotations, what they cannot, and what is kept of it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from annotations import deciding, finishing, review, undoing
from annotations.models import Annotation, Decision, Span
from articles.models import Article
from tests.builders import MAYOR, TEXT, ready_article, spans, words_of

pytestmark = pytest.mark.django_db

FIXED = spans(TEXT, source=["Ada Lindqvist"], cue=["told"], content=["“We cannot wait"])


def test_approving_signs_the_annotation_and_logs_the_decision(
    mayor: Annotation, editor: User
) -> None:
    approved = review.approve(mayor.pk, 1, editor)

    approved.refresh_from_db()
    assert (approved.status, approved.reviewed_by, approved.version) == ("approved", editor, 2)
    assert approved.reviewer == editor.username
    assert approved.origin == "model:test-1"
    decision = Decision.objects.latest("id")
    assert (decision.action, decision.by) == ("approve", editor)
    assert decision.before is not None
    assert decision.before["status"] == "proposed"
    assert decision.after is not None
    assert decision.after["status"] == "approved"


def test_rejecting_keeps_the_annotation_and_its_spans(mayor: Annotation, editor: User) -> None:
    rejected = review.reject(mayor.pk, 1, editor)
    assert rejected.status == "rejected"
    assert words_of(rejected) == MAYOR


def test_a_corrected_annotation_is_the_persons_and_no_longer_the_machines(
    mayor: Annotation, editor: User
) -> None:
    edited = review.edit(mayor.pk, 1, editor, FIXED, "direct")

    assert words_of(edited)["source"] == ["Ada Lindqvist"]
    assert (edited.status, edited.quote_type, edited.origin) == ("approved", "direct", "person")
    assert edited.confidence is None


def test_changing_only_the_quote_type_leaves_the_spans_the_machines(
    mayor: Annotation, editor: User
) -> None:
    same = spans(TEXT, **MAYOR)
    edited = review.edit(mayor.pk, 1, editor, same, "direct")
    assert (edited.quote_type, edited.origin, edited.confidence) == ("direct", "model:test-1", 0.8)


def test_adding_a_missed_attribution(article: Article, editor: User) -> None:
    added = review.add(article.pk, editor, FIXED, "direct")
    assert (added.status, added.origin, added.reviewer) == ("approved", "person", editor.username)
    assert list(added.decisions.values_list("action", flat=True)) == ["add"]


def test_adding_the_same_twice_is_refused(article: Article, editor: User) -> None:
    review.add(article.pk, editor, FIXED, "direct")
    with pytest.raises(deciding.Refused, match="already in the list"):
        review.add(article.pk, editor, FIXED, "direct")


def test_undo_goes_back_step_by_step_to_the_proposal(mayor: Annotation, editor: User) -> None:
    review.approve(mayor.pk, 1, editor)
    review.edit(mayor.pk, 2, editor, FIXED, "direct")

    once = undoing.undo(mayor.pk, 3, editor)
    assert (once.status, once.origin) == ("approved", "model:test-1")
    assert words_of(once) == MAYOR
    twice = undoing.undo(mayor.pk, 4, editor)
    twice.refresh_from_db()
    assert (twice.status, twice.reviewer, twice.reviewed_by) == ("proposed", "", None)
    with pytest.raises(deciding.Refused, match="nothing to undo"):
        undoing.undo(mayor.pk, 5, editor)


def test_undo_by_another_person_restores_the_first_ones_signature(
    mayor: Annotation, editor: User, admin: User
) -> None:
    review.approve(mayor.pk, 1, editor)
    review.reject(mayor.pk, 2, admin)
    undone = undoing.undo(mayor.pk, 3, admin)
    undone.refresh_from_db()
    assert (undone.status, undone.reviewed_by) == ("approved", editor)


def test_undoing_an_addition_rejects_it(article: Article, editor: User) -> None:
    added = review.add(article.pk, editor, FIXED, "direct")
    assert undoing.undo(added.pk, 1, editor).status == "rejected"


@pytest.mark.parametrize("version", [0, 1, 3, 99])
def test_a_stale_or_forged_version_changes_nothing(
    mayor: Annotation, editor: User, admin: User, version: int
) -> None:
    review.reject(mayor.pk, 1, admin)
    before = Decision.objects.count()

    with pytest.raises(deciding.Conflict) as conflict:
        review.edit(mayor.pk, version, editor, FIXED, "direct")

    mayor.refresh_from_db()
    assert (mayor.status, mayor.version, words_of(mayor)) == ("rejected", 2, MAYOR)
    assert Decision.objects.count() == before
    assert conflict.value.current.status == "rejected"
    if version == 1:
        assert conflict.value.seen is not None
        assert conflict.value.seen["status"] == "proposed"


def test_the_same_click_twice_is_one_decision(mayor: Annotation, editor: User) -> None:
    review.approve(mayor.pk, 1, editor)
    assert review.approve(mayor.pk, 1, editor).version == 2
    assert mayor.decisions.filter(action="approve").count() == 1


def test_finishing_needs_every_proposal_judged(article: Article, editor: User) -> None:
    first, *others = article.annotations.all()
    for annotation in others:
        review.approve(annotation.pk, 1, editor)
    with pytest.raises(deciding.Refused, match="1 proposal still awaits"):
        finishing.finish(article.pk, editor)

    review.reject(first.pk, 1, editor)
    finished = finishing.finish(article.pk, editor)

    assert (finished.status, finished.finished_by) == ("finished", editor)
    with pytest.raises(deciding.Refused, match="finished"):
        undoing.undo(first.pk, 2, editor)
    assert finishing.reopen(article.pk, editor).status == "ready"
    assert undoing.undo(first.pk, 2, editor).status == "proposed"


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ({"cue": [(0, 99_999)]}, "not on the article's text"),
        ({"cue": [(8, 4)]}, "not on the article's text"),
        ({"cue": [(5, 5)]}, "not on the article's text"),
        ({"cue": [(38, 40)]}, "only white space"),
        ({"cue": [(0, 5), (3, 8)]}, "overlaps another piece"),
        ({"source": [(0, 5)]}, "needs a cue or a content"),
        ({}, "needs a cue or a content"),
        ({"speaker": [(0, 5)], "cue": [(0, 5)]}, "role that does not exist"),
    ],
)
def test_spans_that_cannot_be_are_refused(
    mayor: Annotation, editor: User, roles: deciding.Spans, reason: str
) -> None:
    with pytest.raises(deciding.Refused, match=reason):
        review.edit(mayor.pk, 1, editor, roles, "direct")
    mayor.refresh_from_db()
    assert (mayor.status, words_of(mayor)) == ("proposed", MAYOR)


def test_a_span_never_cuts_an_emoji(editor: User) -> None:
    article = ready_article("The family 👩‍👩‍👧 said hello.", [])
    family = article.text.index("👩")
    with pytest.raises(deciding.Refused, match="cuts a character in two"):
        review.add(article.pk, editor, {"cue": [(family, family + 1)]}, "direct")
    assert review.add(article.pk, editor, {"cue": [(family, family + 5)]}, "direct")


def test_a_quote_type_that_does_not_exist_is_refused(mayor: Annotation, editor: User) -> None:
    with pytest.raises(deciding.Refused, match="shouted"):
        review.edit(mayor.pk, 1, editor, FIXED, "shouted")


@pytest.mark.parametrize("role", ["fact-checkers", "anonymous", "inactive"])
def test_only_reviewers_decide(role: str, mayor: Annotation, person: Callable[[str], User]) -> None:
    who = (
        AnonymousUser()
        if role == "anonymous"
        else person("editors" if role == "inactive" else role)
    )
    who.is_active = role != "inactive"
    attempts: list[Callable[[], object]] = [
        lambda: review.approve(mayor.pk, 1, who),  # type: ignore[arg-type]
        lambda: review.reject(mayor.pk, 1, who),  # type: ignore[arg-type]
        lambda: undoing.undo(mayor.pk, 1, who),  # type: ignore[arg-type]
        lambda: review.edit(mayor.pk, 1, who, FIXED, "direct"),  # type: ignore[arg-type]
        lambda: review.add(mayor.article_id, who, FIXED, "direct"),  # type: ignore[arg-type]
        lambda: finishing.finish(mayor.article_id, who),  # type: ignore[arg-type]
        lambda: finishing.reopen(mayor.article_id, who),  # type: ignore[arg-type]
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()
    mayor.refresh_from_db()
    assert mayor.version == 1


def refused_by_the_database(write: Callable[[], object], reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason), transaction.atomic():
        write()


def test_the_database_itself_keeps_the_invariants(
    article: Article, mayor: Annotation, editor: User
) -> None:
    review.approve(mayor.pk, 1, editor)
    rows = Annotation.objects.filter(pk=mayor.pk)
    proposed = Annotation.objects.filter(status="proposed")
    refused_by_the_database(lambda: rows.update(reviewer=""), "signed_when_reviewed")
    refused_by_the_database(lambda: rows.update(reviewed_at=None), "signed_when_reviewed")
    refused_by_the_database(lambda: rows.update(status="proposed"), "signed_when_reviewed")
    refused_by_the_database(lambda: proposed.update(reviewer="x"), "signed_when_reviewed")
    refused_by_the_database(lambda: proposed.update(run=None), "signed_when_reviewed")
    refused_by_the_database(lambda: rows.update(status="maybe"), "signed_when_reviewed")
    refused_by_the_database(lambda: rows.update(confidence=1.5), "probability")
    refused_by_the_database(lambda: mayor.spans.update(end=10_000), "after its article's text")
    refused_by_the_database(lambda: mayor.spans.update(role="speaker"), "span_role_known")
    refused_by_the_database(
        lambda: Span.objects.create(annotation=mayor, role="cue", start=9, end=9), "span_not_empty"
    )
    refused_by_the_database(lambda: Decision.objects.update(by_name="x"), "never changed")
    refused_by_the_database(
        lambda: Decision.objects.filter(pk=Decision.objects.latest("id").pk).delete(),
        "never changed or deleted",
    )
    articles = Article.objects.filter(pk=article.pk)
    refused_by_the_database(lambda: articles.update(text="Another text."), "never changes")
    refused_by_the_database(lambda: articles.update(text_sha256="0" * 64), "never changes")
    refused_by_the_database(lambda: articles.update(status="finished"), "finished_by_a_person")
    refused_by_the_database(lambda: articles.update(status="failed"), "failed_with_reason")
    refused_by_the_database(
        lambda: Article.objects.create(text="A text.", text_sha256="0" * 64), "not the SHA-256"
    )
    other = ready_article("Another article said so.", [])
    refused_by_the_database(lambda: rows.update(article=other), "another article")
