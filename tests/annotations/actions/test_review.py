"""What people can do to annotations, what they cannot, and what is kept of it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from annotations import actions
from annotations.actions import (
    base,
)
from annotations.models import Annotation, Decision, Source, Span, state
from articles.models import Article
from tests.builders import MAYOR, RESIDENTS, TEXT, ready_article, spans, words_of

pytestmark = pytest.mark.django_db

FIXED = spans(TEXT, source=["Ada Lindqvist"], cue=["told"], content=["“We cannot wait"])


def test_approving_signs_the_annotation_and_logs_the_decision(
    mayor: Annotation, editor: User
) -> None:
    approved = actions.approve(mayor.pk, 1, editor)

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
    rejected = actions.reject(mayor.pk, 1, editor)
    assert rejected.status == "rejected"
    assert words_of(rejected) == MAYOR


def test_a_corrected_annotation_is_the_persons_and_no_longer_the_machines(
    mayor: Annotation, editor: User
) -> None:
    edited = actions.correct(mayor.pk, 1, editor, FIXED, "direct")

    assert words_of(edited)["source"] == ["Ada Lindqvist"]
    assert (edited.status, edited.quote_type, edited.origin) == ("approved", "direct", "person")
    assert edited.confidence is None


def test_changing_only_the_quote_type_leaves_the_spans_the_machines(
    mayor: Annotation, editor: User
) -> None:
    same = spans(TEXT, **MAYOR)
    edited = actions.correct(mayor.pk, 1, editor, same, "direct")
    assert (edited.quote_type, edited.origin, edited.confidence) == ("direct", "model:test-1", 0.8)


def test_adding_a_missed_attribution(article: Article, editor: User) -> None:
    added = actions.add(article.pk, editor, FIXED, "direct")
    assert (added.status, added.origin, added.reviewer) == ("approved", "person", editor.username)
    assert list(added.decisions.values_list("action", flat=True)) == ["add"]


def test_adding_the_same_twice_is_refused(article: Article, editor: User) -> None:
    actions.add(article.pk, editor, FIXED, "direct")
    with pytest.raises(base.Refused, match="already in the list"):
        actions.add(article.pk, editor, FIXED, "direct")


def test_undo_goes_back_step_by_step_to_the_proposal(mayor: Annotation, editor: User) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.correct(mayor.pk, 2, editor, FIXED, "direct")

    once = actions.undo(mayor.pk, 3, editor)
    assert (once.status, once.origin) == ("approved", "model:test-1")
    assert words_of(once) == MAYOR
    twice = actions.undo(mayor.pk, 4, editor)
    twice.refresh_from_db()
    assert (twice.status, twice.reviewer, twice.reviewed_by) == ("proposed", "", None)
    with pytest.raises(base.Refused, match="nothing to undo"):
        actions.undo(mayor.pk, 5, editor)


def test_undo_by_another_person_restores_the_first_ones_signature(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.reject(mayor.pk, 2, admin)
    undone = actions.undo(mayor.pk, 3, admin)
    undone.refresh_from_db()
    assert (undone.status, undone.reviewed_by) == ("approved", editor)


def test_undoing_an_addition_rejects_it(article: Article, editor: User) -> None:
    added = actions.add(article.pk, editor, FIXED, "direct")
    assert actions.undo(added.pk, 1, editor).status == "rejected"


@pytest.mark.parametrize("version", [0, 1, 3, 99])
def test_a_stale_or_forged_version_changes_nothing(
    mayor: Annotation, editor: User, admin: User, version: int
) -> None:
    actions.reject(mayor.pk, 1, admin)
    before = Decision.objects.count()

    with pytest.raises(base.Conflict) as conflict:
        actions.correct(mayor.pk, version, editor, FIXED, "direct")

    mayor.refresh_from_db()
    assert (mayor.status, mayor.version, words_of(mayor)) == ("rejected", 2, MAYOR)
    assert Decision.objects.count() == before
    assert conflict.value.current.status == "rejected"
    if version == 1:
        assert conflict.value.seen is not None
        assert conflict.value.seen["status"] == "proposed"


@pytest.mark.parametrize("act", [actions.approve, actions.reject])
def test_the_same_click_twice_is_one_decision(
    mayor: Annotation, editor: User, act: Callable[[int, int, User], Annotation]
) -> None:
    act(mayor.pk, 1, editor)
    assert act(mayor.pk, 1, editor).version == 2
    assert mayor.decisions.filter(by=editor).count() == 1


def test_a_click_on_a_page_from_before_other_changes_is_no_second_click(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.flag(mayor.pk, 1, admin, "Sure?")
    actions.approve(mayor.pk, 2, editor)
    with pytest.raises(base.Conflict):
        actions.approve(mayor.pk, 1, editor)


def test_a_version_that_never_was_is_no_second_click(mayor: Annotation, editor: User) -> None:
    actions.correct(mayor.pk, 1, editor, FIXED, "direct")
    with pytest.raises(base.Conflict):
        actions.correct(mayor.pk, 99, editor, FIXED, "direct")


def test_a_forged_version_of_what_nobody_decided_on_is_a_conflict(
    article: Article, mayor: Annotation, editor: User
) -> None:
    fresh = Annotation.objects.create(
        article=article, status="proposed", quote_type="direct", start=0, run=mayor.run
    )
    with pytest.raises(base.Conflict, match="has changed since you saw it"):
        actions.approve(fresh.pk, 7, editor)


def test_what_is_not_there_is_refused(mayor: Annotation, editor: User) -> None:
    with pytest.raises(base.Refused, match="This proposal is gone"):
        actions.approve(mayor.pk + 9999, 1, editor)


@pytest.mark.parametrize("status", ["queued", "prelabelling"])
def test_nothing_is_decided_in_an_article_that_is_not_ready(
    article: Article, mayor: Annotation, editor: User, status: str
) -> None:
    Article.objects.filter(pk=article.pk).update(status=status)
    for act in (
        lambda: actions.approve(mayor.pk, 1, editor),
        lambda: actions.add(article.pk, editor, FIXED, "direct"),
        lambda: actions.finish(article.pk, editor),
    ):
        with pytest.raises(base.Refused, match="not ready"):
            act()


def test_finishing_needs_every_proposal_judged(article: Article, editor: User) -> None:
    first, *others = article.annotations.all()
    for annotation in others:
        actions.approve(annotation.pk, 1, editor)
    with pytest.raises(base.Refused, match="1 proposal still awaits"):
        actions.finish(article.pk, editor)

    actions.reject(first.pk, 1, editor)
    finished = actions.finish(article.pk, editor)

    assert (finished.status, finished.finished_by) == ("finished", editor)
    with pytest.raises(base.Refused, match="finished"):
        actions.undo(first.pk, 2, editor)
    assert actions.reopen(article.pk, editor).status == "ready"
    assert actions.undo(first.pk, 2, editor).status == "proposed"


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ({"cue": [(0, 99_999)]}, "outside the article's text"),
        ({"cue": [(8, 4)]}, "outside the article's text"),
        ({"cue": [(5, 5)]}, "outside the article's text"),
        ({"cue": [(38, 40)]}, "only white space"),
        ({"cue": [(0, 5), (3, 8)]}, "overlaps another piece"),
        ({"source": [(0, 5)]}, "needs a cue or a content"),
        ({}, "needs a cue or a content"),
        ({"speaker": [(0, 5)], "cue": [(0, 5)]}, "role that does not exist"),
    ],
)
def test_spans_that_cannot_be_are_refused(
    mayor: Annotation, editor: User, roles: state.Spans, reason: str
) -> None:
    with pytest.raises(base.Refused, match=reason):
        actions.correct(mayor.pk, 1, editor, roles, "direct")
    mayor.refresh_from_db()
    assert (mayor.status, words_of(mayor)) == ("proposed", MAYOR)


def test_pieces_of_a_role_may_touch(mayor: Annotation, editor: User) -> None:
    touching: state.Spans = {"cue": [(0, 3), (3, 11)]}
    assert state.spans_of(actions.correct(mayor.pk, 1, editor, touching, "direct"))["cue"] == [
        [0, 3],
        [3, 11],
    ]


def test_a_span_never_cuts_an_emoji(editor: User) -> None:
    article = ready_article("The family 👩‍👩‍👧 said hello.", [])
    family = article.text.index("👩")
    with pytest.raises(base.Refused, match="splits a character"):
        actions.add(article.pk, editor, {"cue": [(family, family + 1)]}, "direct")
    assert actions.add(article.pk, editor, {"cue": [(family, family + 5)]}, "direct")


def test_a_quote_type_that_does_not_exist_is_refused(mayor: Annotation, editor: User) -> None:
    with pytest.raises(base.Refused, match="shouted"):
        actions.correct(mayor.pk, 1, editor, FIXED, "shouted")


@pytest.mark.parametrize("role", ["fact-checkers", "anonymous", "inactive"])
def test_only_reviewers_decide(role: str, mayor: Annotation, person: Callable[[str], User]) -> None:
    who = (
        AnonymousUser()
        if role == "anonymous"
        else person("editors" if role == "inactive" else role)
    )
    who.is_active = role != "inactive"
    attempts: list[Callable[[], object]] = [
        lambda: actions.approve(mayor.pk, 1, who),  # type: ignore[arg-type]
        lambda: actions.reject(mayor.pk, 1, who),  # type: ignore[arg-type]
        lambda: actions.undo(mayor.pk, 1, who),  # type: ignore[arg-type]
        lambda: actions.correct(mayor.pk, 1, who, FIXED, "direct"),  # type: ignore[arg-type]
        lambda: actions.add(mayor.article_id, who, FIXED, "direct"),  # type: ignore[arg-type]
        lambda: actions.flag(mayor.pk, 1, who, "note"),  # type: ignore[arg-type]
        lambda: actions.set_source(mayor.pk, 1, who, None),  # type: ignore[arg-type]
        lambda: actions.revert(mayor.pk, 1, who, 1),  # type: ignore[arg-type]
        lambda: actions.approve_all(mayor.article_id, {mayor.pk: 1}, who),  # type: ignore[arg-type]
        lambda: actions.finish(mayor.article_id, who),  # type: ignore[arg-type]
        lambda: actions.reopen(mayor.article_id, who),  # type: ignore[arg-type]
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
    actions.approve(mayor.pk, 1, editor)
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


def with_mayor(**roles: list[str]) -> state.Spans:
    """The mayor's spans, with some roles changed."""
    return spans(TEXT, **(MAYOR | roles))


def test_corrections_of_different_roles_are_merged(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.correct(mayor.pk, 1, admin, with_mayor(source=["Ada Lindqvist"]), "indirect")

    merged = actions.correct(mayor.pk, 1, editor, with_mayor(cue=["told"]), "indirect")

    assert words_of(merged) == MAYOR | {"source": ["Ada Lindqvist"], "cue": ["told"]}
    assert (merged.version, merged.reviewed_by, merged.status) == (3, editor, "approved")
    decision = merged.decisions.latest("id")
    assert decision.before is not None
    assert decision.before["reviewer"] == admin.username


def test_a_correction_of_the_quote_type_is_merged_with_one_of_the_spans(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.correct(mayor.pk, 1, admin, with_mayor(), "mixed")
    merged = actions.correct(mayor.pk, 1, editor, with_mayor(cue=["told"]), "indirect")
    assert merged.quote_type == "mixed"
    assert words_of(merged)["cue"] == ["told"]


def test_a_correction_is_merged_with_an_approval_and_a_flag(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, admin)
    actions.flag(mayor.pk, 2, admin, "Is it her?")
    merged = actions.correct(mayor.pk, 1, editor, with_mayor(cue=["told"]), "indirect")
    assert words_of(merged)["cue"] == ["told"]
    assert (merged.flag, merged.reviewed_by) == ("Is it her?", editor)


def test_the_same_correction_by_two_people_is_no_conflict(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.correct(mayor.pk, 1, admin, FIXED, "direct")
    merged = actions.correct(mayor.pk, 1, editor, FIXED, "direct")
    assert words_of(merged)["source"] == ["Ada Lindqvist"]


@pytest.mark.parametrize(
    ("theirs", "their_type", "mine", "my_type"),
    [
        ({"source": ["Lindqvist"]}, "indirect", {"source": ["Ada Lindqvist"]}, "indirect"),
        ({"source": []}, "indirect", {"source": ["Ada Lindqvist"]}, "indirect"),
        ({"cue": ["told"], "source": ["Ada"]}, "direct", {"source": ["Mayor"]}, "mixed"),
        ({}, "direct", {}, "mixed"),
    ],
)
def test_corrections_of_the_same_role_conflict(
    *,
    mayor: Annotation,
    editor: User,
    admin: User,
    theirs: dict[str, list[str]],
    their_type: str,
    mine: dict[str, list[str]],
    my_type: str,
) -> None:
    actions.correct(mayor.pk, 1, admin, with_mayor(**theirs), their_type)
    with pytest.raises(base.Conflict, match=admin.username):
        actions.correct(mayor.pk, 1, editor, with_mayor(**mine), my_type)
    mayor.refresh_from_db()
    assert (mayor.version, mayor.reviewed_by, mayor.quote_type) == (2, admin, their_type)
    assert words_of(mayor) == MAYOR | theirs


def test_a_correction_of_what_another_rejected_conflicts(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.reject(mayor.pk, 1, admin)
    with pytest.raises(base.Conflict, match="rejected"):
        actions.correct(mayor.pk, 1, editor, FIXED, "direct")
    mayor.refresh_from_db()
    assert mayor.status == "rejected"


def test_a_merge_that_cannot_be_is_refused(mayor: Annotation, editor: User, admin: User) -> None:
    """One took the cue out, the other the content: together nothing would be left."""
    actions.correct(mayor.pk, 1, admin, with_mayor(cue=[]), "indirect")
    with pytest.raises(base.Refused, match="needs a cue or a content"):
        actions.correct(mayor.pk, 1, editor, with_mayor(content=[]), "indirect")
    assert words_of(mayor) == MAYOR | {"cue": []}


def test_a_correction_sent_twice_is_one(mayor: Annotation, editor: User) -> None:
    for _ in range(2):
        edited = actions.correct(mayor.pk, 1, editor, FIXED, "direct")
        assert edited.version == 2
    assert mayor.decisions.filter(action="edit").count() == 1


def test_a_merged_correction_sent_twice_is_one(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.correct(mayor.pk, 1, admin, with_mayor(source=["Ada Lindqvist"]), "indirect")
    for _ in range(2):
        merged = actions.correct(mayor.pk, 1, editor, with_mayor(cue=["told"]), "indirect")
        assert merged.version == 3
    assert mayor.decisions.filter(action="edit", by=editor).count() == 1


def test_a_correction_that_differs_from_the_one_before_is_not_taken_for_it(
    mayor: Annotation, editor: User
) -> None:
    actions.correct(mayor.pk, 1, editor, FIXED, "direct")
    with pytest.raises(base.Conflict):
        actions.correct(mayor.pk, 1, editor, with_mayor(source=["Lindqvist"]), "direct")
    assert words_of(mayor)["source"] == ["Ada Lindqvist"]


def test_an_addition_sent_twice_is_one(article: Article, editor: User, admin: User) -> None:
    first = actions.add(article.pk, editor, FIXED, "direct", key="new-1")
    assert actions.add(article.pk, editor, FIXED, "direct", key="new-1") == first
    assert article.annotations.count() == 4
    assert first.decisions.count() == 1
    with pytest.raises(base.Refused, match="already in the list"):
        actions.add(article.pk, admin, FIXED, "direct", key="new-1")
    with pytest.raises(base.Refused, match="has this id"):
        actions.add(article.pk, editor, {"cue": [(0, 3)]}, "direct", key="new-1")
    assert article.annotations.count() == 4


def test_a_flag_keeps_a_note_and_signs_nothing(mayor: Annotation, editor: User) -> None:
    actions.flag(mayor.pk, 1, editor, "  Who is “the mayor”? <script>alert(1)</script>\n")
    mayor.refresh_from_db()
    assert mayor.flag == "Who is “the mayor”? <script>alert(1)</script>"
    assert (mayor.status, mayor.reviewer, mayor.reviewed_by) == ("proposed", "", None)
    assert mayor.origin == "model:test-1"
    decision = mayor.decisions.latest("id")
    assert (decision.action, decision.by) == ("flag", editor)

    actions.flag(mayor.pk, 2, editor, " \n ")
    mayor.refresh_from_db()
    assert mayor.flag == ""


def test_a_flag_leaves_the_signature_of_who_approved(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, admin)
    flagged = actions.flag(mayor.pk, 2, editor, "Sure?")
    assert (flagged.status, flagged.reviewed_by) == ("approved", admin)


@pytest.mark.parametrize("length", [2001, 10_000])
def test_a_note_that_is_too_long_is_refused(mayor: Annotation, editor: User, length: int) -> None:
    with pytest.raises(base.Refused, match=f"{length} characters; at most 2000"):
        actions.flag(mayor.pk, 1, editor, "é" * length)
    mayor.refresh_from_db()
    assert (mayor.flag, mayor.version) == ("", 1)
    assert actions.flag(mayor.pk, 1, editor, "é" * 2000).flag == "é" * 2000


def test_a_flag_stands_beside_what_another_decided(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.correct(mayor.pk, 1, admin, FIXED, "direct")
    for _ in range(2):  # the answer was lost
        flagged = actions.flag(mayor.pk, 1, editor, "Sure?")
        assert (flagged.flag, flagged.reviewed_by, flagged.version) == ("Sure?", admin, 3)
    assert words_of(mayor)["source"] == ["Ada Lindqvist"]
    with pytest.raises(base.Conflict):
        actions.flag(mayor.pk, 1, admin, "Another note")
    mayor.refresh_from_db()
    assert mayor.flag == "Sure?"


def test_a_flag_sent_twice_is_one(mayor: Annotation, editor: User) -> None:
    for _ in range(2):
        assert actions.flag(mayor.pk, 1, editor, "Sure?").version == 2
    assert mayor.decisions.filter(action="flag").count() == 1


def test_approving_several_at_once_signs_each(article: Article, editor: User) -> None:
    pks = list(article.annotations.values_list("pk", flat=True))
    done = actions.approve_all(article.pk, dict.fromkeys(pks[:2], 1), editor)

    assert {each.pk for each in done} == set(pks[:2])
    approved = article.annotations.filter(status="approved")
    assert [(a.version, a.reviewed_by, a.reviewer) for a in approved] == [
        (2, editor, editor.username)
    ] * 2
    assert article.annotations.get(pk=pks[2]).version == 1
    decisions = Decision.objects.filter(action="approve")
    assert {each.by for each in decisions} == {editor}
    assert len({each.batch for each in decisions} - {None}) == 1
    assert [each.after and each.after["status"] for each in decisions] == ["approved"] * 2


@pytest.mark.parametrize("spoil", ["judged", "flagged", "of another article", "gone", "forged"])
def test_approving_several_is_all_or_none(
    article: Article, editor: User, admin: User, spoil: str
) -> None:
    versions = dict.fromkeys(article.annotations.values_list("pk", flat=True), 1)
    last = max(versions)
    if spoil == "judged":
        actions.approve(last, 1, admin)
    elif spoil == "flagged":
        actions.flag(last, 1, admin, "Wait")
    elif spoil == "of another article":
        other = ready_article(TEXT + "\nMore.", [RESIDENTS])
        versions[other.annotations.get().pk] = 1
    elif spoil == "gone":
        versions[last + 1000] = 1
    else:
        versions[last] = 7
    decisions = Decision.objects.count()

    with pytest.raises(base.Refused, match=r"1 of these have changed.*Nothing was approved"):
        actions.approve_all(article.pk, versions, editor)

    assert Decision.objects.count() == decisions
    assert not Annotation.objects.filter(reviewed_by=editor).exists()


def test_what_one_person_already_judged_is_refused_even_at_its_version(
    article: Article, mayor: Annotation, editor: User
) -> None:
    actions.reject(mayor.pk, 1, editor)
    with pytest.raises(base.Refused, match="1 of these"):
        actions.approve_all(article.pk, {mayor.pk: 2}, editor)
    mayor.refresh_from_db()
    assert mayor.status == "rejected"


def test_naming_the_source_signs_nothing_and_is_logged(mayor: Annotation, editor: User) -> None:
    ada = Source.objects.create(name="Ada Lindqvist", kind="person")
    for _ in range(2):
        assert actions.set_source(mayor.pk, 1, editor, ada).version == 2
    mayor.refresh_from_db()
    assert (mayor.resolved_source, mayor.status, mayor.reviewer) == (ada, "proposed", "")
    decision = mayor.decisions.get(action="resolve")
    assert decision.after is not None
    assert (decision.by, decision.after["source_name"]) == (editor, "Ada Lindqvist")

    actions.set_source(mayor.pk, 2, editor, None)
    mayor.refresh_from_db()
    assert mayor.resolved_source is None


def test_a_merged_source_is_named_no_more(mayor: Annotation, editor: User) -> None:
    into = Source.objects.create(name="Ada Lindqvist", kind="person")
    merged = Source.objects.create(name="A. Lindqvist", kind="person", merged_into=into)
    with pytest.raises(base.Refused, match="merged into another"):
        actions.set_source(mayor.pk, 1, editor, merged)


def test_a_stale_naming_conflicts(mayor: Annotation, editor: User, admin: User) -> None:
    ada = Source.objects.create(name="Ada Lindqvist", kind="person")
    actions.reject(mayor.pk, 1, admin)
    with pytest.raises(base.Conflict):
        actions.set_source(mayor.pk, 1, editor, ada)
    mayor.refresh_from_db()
    assert mayor.resolved_source is None


def test_an_annotation_goes_back_to_any_earlier_state(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, admin)
    signed = Annotation.objects.get(pk=mayor.pk).reviewed_at
    actions.correct(mayor.pk, 2, editor, FIXED, "direct")
    actions.flag(mayor.pk, 3, editor, "Sure?")
    actions.reject(mayor.pk, 4, editor)
    approval, correction = mayor.decisions.filter(action__in=["approve", "edit"]).order_by("id")

    back = actions.revert(mayor.pk, 5, editor, approval.pk)
    back.refresh_from_db()
    assert (back.status, back.reviewed_by, back.reviewed_at) == ("approved", admin, signed)
    assert (back.origin, back.flag, back.confidence) == ("model:test-1", "", 0.8)
    assert words_of(back) == MAYOR

    back = actions.revert(mayor.pk, 6, admin, correction.pk)
    back.refresh_from_db()
    assert (back.status, back.reviewed_by, back.origin) == ("approved", editor, "person")
    assert words_of(back)["source"] == ["Ada Lindqvist"]

    back = actions.revert(mayor.pk, 7, editor, approval.pk, before=True)
    back.refresh_from_db()
    assert (back.status, back.reviewer, back.reviewed_at) == ("proposed", "", None)
    assert back.origin == "model:test-1"

    latest = mayor.decisions.latest("id")
    assert (latest.action, latest.by, back.version) == ("revert", editor, 8)
    actions.undo(mayor.pk, 8, editor)
    assert words_of(mayor)["source"] == ["Ada Lindqvist"]


def test_an_annotation_goes_back_only_to_its_own_states(
    article: Article, mayor: Annotation, editor: User
) -> None:
    added = actions.add(article.pk, editor, FIXED, "direct")
    actions.approve(mayor.pk, 1, editor)
    own = mayor.decisions.get(action="approve")
    addition = added.decisions.get()
    for decision_id, before in ((addition.pk, False), (own.pk + 9999, False)):
        with pytest.raises(base.Refused, match="never in that state"):
            actions.revert(mayor.pk, 2, editor, decision_id, before=before)
    with pytest.raises(base.Refused, match="never in that state"):
        actions.revert(added.pk, 1, editor, addition.pk, before=True)
    mayor.refresh_from_db()
    assert (mayor.version, words_of(mayor)) == (2, MAYOR)


def test_going_back_from_a_stale_page_conflicts(
    mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, editor)
    approval = mayor.decisions.get(action="approve")
    actions.reject(mayor.pk, 2, admin)
    with pytest.raises(base.Conflict, match=f"^{admin.username} rejected"):
        actions.revert(mayor.pk, 2, editor, approval.pk)
    mayor.refresh_from_db()
    assert mayor.status == "rejected"
