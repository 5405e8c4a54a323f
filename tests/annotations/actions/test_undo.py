"""Undo and redo of what a person did in an article, step by step."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations import actions
from annotations.actions.base import Refused
from annotations.models import Annotation, Decision
from annotations.models.state import Spans, state_of
from articles.models import Article
from tests.builders import PORT, TEXT, ready_article, spans, words_of
from tests.examples import examples

pytestmark = pytest.mark.django_db

FIXED = spans(TEXT, source=["Ada Lindqvist"], cue=["told"], content=["“We cannot wait"])
OTHER = spans(TEXT, cue=["feared"], content=["the noise"])


@pytest.fixture
def three(article: Article) -> list[Annotation]:
    return list(article.annotations.all())


def statuses(article: Article) -> list[str]:
    return list(article.annotations.values_list("status", flat=True))


def states(article_id: int) -> list[dict[str, Any]]:
    """All that decisions can change of all annotations, but the versions."""
    found = Annotation.objects.filter(article=article_id).order_by("id")
    return [
        {name: value for name, value in state_of(each).items() if name != "version"}
        for each in found
    ]


def test_undo_and_redo_go_through_the_article_step_by_step(
    article: Article, three: list[Annotation], editor: User
) -> None:
    mayor, port, residents = three
    actions.approve(port.pk, 1, editor)
    actions.reject(residents.pk, 1, editor)
    actions.correct(mayor.pk, 1, editor, FIXED, "direct")
    added = actions.add(article.pk, editor, OTHER, "indirect")
    done = states(article.pk)

    back = [actions.undo_latest(article.pk, editor)[0].pk for _ in range(4)]

    assert back == [added.pk, mayor.pk, residents.pk, port.pk]
    assert statuses(article) == ["proposed", "proposed", "proposed", "rejected"]
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo_latest(article.pk, editor)

    again = [actions.redo_latest(article.pk, editor)[0].pk for _ in range(4)]
    assert again == back[::-1]
    assert states(article.pk) == done
    with pytest.raises(Refused, match="nothing to redo"):
        actions.redo_latest(article.pk, editor)


def test_an_undo_and_a_redo_are_decisions_that_name_what_they_take_back(
    article: Article, three: list[Annotation], editor: User
) -> None:
    actions.approve(three[1].pk, 1, editor)
    actions.undo_latest(article.pk, editor)
    changed = actions.redo_latest(article.pk, editor)

    approval, undo, redo = three[1].decisions.exclude(action="import").order_by("id")
    assert [approval.action, undo.action, redo.action] == ["approve", "undo", "redo"]
    assert (undo.undoes, redo.undoes) == (approval, undo)
    assert undo.by == redo.by == editor
    assert [type(each) for each in changed] == [Annotation]
    assert Annotation.objects.get(pk=changed[0].pk).version == 4


def test_what_was_approved_in_one_go_is_undone_and_done_again_in_one_go(
    article: Article, three: list[Annotation], editor: User
) -> None:
    actions.reject(three[0].pk, 1, editor)
    actions.approve_all(article.pk, {each.pk: 1 for each in three[1:]}, editor)

    for _ in range(2):
        assert len(actions.undo_latest(article.pk, editor)) == 2
        assert statuses(article) == ["rejected", "proposed", "proposed"]
        assert len(actions.redo_latest(article.pk, editor)) == 2
        assert statuses(article) == ["rejected", "approved", "approved"]
    actions.undo_latest(article.pk, editor)
    actions.undo_latest(article.pk, editor)
    assert statuses(article) == ["proposed"] * 3


def test_one_of_a_batch_can_be_undone_alone_before_the_others(
    article: Article, three: list[Annotation], editor: User
) -> None:
    actions.approve_all(article.pk, {each.pk: 1 for each in three}, editor)
    actions.undo(three[1].pk, 2, editor)
    assert statuses(article) == ["approved", "proposed", "approved"]
    assert {each.pk for each in actions.undo_latest(article.pk, editor)} == {
        three[0].pk,
        three[2].pk,
    }
    assert statuses(article) == ["proposed"] * 3


def test_a_batch_that_another_decided_on_top_of_is_not_undone_in_part(
    article: Article, three: list[Annotation], editor: User, admin: User
) -> None:
    actions.approve_all(article.pk, {each.pk: 1 for each in three}, editor)
    actions.reject(three[2].pk, 2, admin)
    with pytest.raises(Refused, match=f"{admin.username} rejected this attribution after you"):
        actions.undo_latest(article.pk, editor)
    assert statuses(article) == ["approved", "approved", "rejected"]


def test_another_persons_later_decision_is_not_undone_by_mine(
    article: Article, three: list[Annotation], editor: User, admin: User
) -> None:
    actions.approve(three[0].pk, 1, editor)
    actions.correct(three[0].pk, 2, admin, FIXED, "direct")
    before = (states(article.pk), Decision.objects.count())

    with pytest.raises(Refused, match=f"{admin.username} corrected and approved"):
        actions.undo_latest(article.pk, editor)
    assert (states(article.pk), Decision.objects.count()) == before

    actions.undo_latest(article.pk, admin)
    undone = actions.undo_latest(article.pk, editor)[0]
    assert Annotation.objects.get(pk=undone.pk).status == "proposed"


def test_only_my_own_decisions_are_undone(
    article: Article, three: list[Annotation], editor: User, admin: User
) -> None:
    actions.approve(three[0].pk, 1, editor)
    actions.reject(three[1].pk, 1, admin)

    assert [each.pk for each in actions.undo_latest(article.pk, editor)] == [three[0].pk]
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo_latest(article.pk, editor)
    with pytest.raises(Refused, match="nothing to redo"):
        actions.redo_latest(article.pk, admin)
    assert statuses(article) == ["proposed", "rejected", "proposed"]


def test_undo_stays_in_the_article(article: Article, three: list[Annotation], editor: User) -> None:
    actions.approve(three[0].pk, 1, editor)
    elsewhere = ready_article(TEXT + "\nMore.", [PORT])
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo_latest(elsewhere.pk, editor)
    assert statuses(article)[0] == "approved"


def test_after_a_new_decision_nothing_is_done_again(
    article: Article, three: list[Annotation], editor: User
) -> None:
    actions.approve(three[0].pk, 1, editor)
    actions.undo_latest(article.pk, editor)
    actions.reject(three[1].pk, 1, editor)
    with pytest.raises(Refused, match="nothing to redo"):
        actions.redo_latest(article.pk, editor)
    assert statuses(article) == ["proposed", "rejected", "proposed"]


def test_nothing_is_done_again_over_what_another_decided_meanwhile(
    article: Article, three: list[Annotation], editor: User, admin: User
) -> None:
    actions.approve(three[0].pk, 1, editor)
    actions.undo_latest(article.pk, editor)
    actions.reject(three[0].pk, 3, admin)
    with pytest.raises(Refused, match=f"{admin.username} rejected"):
        actions.redo_latest(article.pk, editor)
    assert statuses(article)[0] == "rejected"


def test_redoing_an_addition_brings_its_signature_back(article: Article, editor: User) -> None:
    added = actions.add(article.pk, editor, OTHER, "indirect")
    signed = Annotation.objects.get(pk=added.pk).reviewed_at
    actions.undo_latest(article.pk, editor)
    assert Annotation.objects.get(pk=added.pk).status == "rejected"
    actions.redo_latest(article.pk, editor)
    again = Annotation.objects.get(pk=added.pk)
    assert (again.status, again.reviewed_at) == ("approved", signed)
    assert words_of(again)["cue"] == ["feared"]


def test_in_a_finished_article_nothing_is_undone_or_done_again(
    article: Article, three: list[Annotation], editor: User, admin: User
) -> None:
    actions.approve_all(article.pk, {each.pk: 1 for each in three}, editor)
    actions.finish(article.pk, editor)
    for step in (actions.undo_latest, actions.redo_latest):
        for by in (editor, admin):
            with pytest.raises(Refused, match="finished"):
                step(article.pk, by)
    assert statuses(article) == ["approved"] * 3


def test_what_nobody_judged_in_a_finished_blind_sample_is_not_undone(
    article: Article, mayor: Annotation, editor: User
) -> None:
    Article.objects.filter(pk=article.pk).update(blind=True)
    actions.finish(article.pk, editor)
    with pytest.raises(Refused, match="finished"):
        actions.undo(mayor.pk, 1, editor)


def test_a_press_that_is_sent_again_takes_back_and_does_again_once(
    article: Article, three: list[Annotation], editor: User
) -> None:
    mayor, port, residents = three
    actions.approve(mayor.pk, 1, editor)
    actions.approve_all(article.pk, {each.pk: 1 for each in (port, residents)}, editor)
    press, other = uuid.uuid4(), uuid.uuid4()
    for step, name, batch in (
        (actions.undo_latest, press, "proposed"),
        (actions.redo_latest, other, "approved"),
    ):
        for _sent in range(2):
            changed = step(article.pk, editor, press=name)
            assert {each.pk for each in changed} == {port.pk, residents.pk}
            assert statuses(article) == ["approved", batch, batch]
    actions.undo_latest(article.pk, editor)
    actions.undo_latest(article.pk, editor, press=uuid.uuid4())
    assert statuses(article) == ["proposed"] * 3


def test_a_press_is_its_persons_own(
    article: Article, three: list[Annotation], editor: User, admin: User
) -> None:
    press = uuid.uuid4()
    actions.approve(three[0].pk, 1, editor)
    actions.approve(three[1].pk, 1, admin)
    actions.undo_latest(article.pk, editor, press=press)
    actions.undo_latest(article.pk, admin, press=press)
    assert statuses(article) == ["proposed"] * 3


def test_who_takes_an_addition_back_signs_that_it_is_rejected(
    article: Article, editor: User, admin: User
) -> None:
    added = actions.add(article.pk, editor, OTHER, "indirect")
    actions.undo(added.pk, 1, admin)
    rejected = Annotation.objects.get(pk=added.pk)
    assert (rejected.status, rejected.reviewed_by) == ("rejected", admin)


@pytest.mark.parametrize("role", ["fact-checkers", "anonymous", "inactive"])
def test_only_reviewers_undo_and_do_again(
    article: Article, person: Callable[[str], User], role: str
) -> None:
    who = (
        AnonymousUser()
        if role == "anonymous"
        else person("editors" if role == "inactive" else role)
    )
    who.is_active = role != "inactive"
    for step in (actions.undo_latest, actions.redo_latest):
        with pytest.raises(PermissionDenied):
            step(article.pk, who)  # type: ignore[arg-type]


ACTIONS = st.tuples(
    st.sampled_from(["approve", "reject", "edit", "widen", "flag", "unflag", "add", "rest"]),
    st.integers(0, 2),
)


def shifted(to: int) -> Spans:
    return {"source": [(0, to + 1)], "content": [(20, 30)]}


class Worker:
    """Does what the steps say, and keeps what undo and redo must bring back."""

    def __init__(self, article: Article, who: User) -> None:
        self.article_id, self.who = article.pk, who
        self.pks = list(article.annotations.order_by("id").values_list("pk", flat=True))
        self.past = [states(self.article_id)]
        self.future: list[list[dict[str, Any]]] = []

    def do(self, name: str, which: int) -> None:
        pk = self.pks[which]
        version = Annotation.objects.get(pk=pk).version
        if name == "rest":
            left = Annotation.objects.filter(article=self.article_id, status="proposed")
            versions = dict(left.values_list("pk", "version"))
            if not versions:
                return
            actions.approve_all(self.article_id, versions, self.who)
        elif name == "add":
            start = Annotation.objects.filter(article=self.article_id).count()
            actions.add(self.article_id, self.who, {"cue": [(0, start + 3)]}, "mixed")
        else:
            {
                "approve": lambda: actions.approve(pk, version, self.who),
                "reject": lambda: actions.reject(pk, version, self.who),
                # Each to spans of its own: no two are the same.
                "edit": lambda: actions.correct(pk, version, self.who, shifted(which), "direct"),
                "widen": lambda: actions.correct(
                    pk, version, self.who, shifted(which + 3), "mixed"
                ),
                "flag": lambda: actions.flag(pk, version, self.who, f"Look at {which}"),
                "unflag": lambda: actions.flag(pk, version, self.who, ""),
            }[name]()
        self.past.append(states(self.article_id))
        self.future.clear()

    def undo(self) -> None:
        if len(self.past) == 1:
            with pytest.raises(Refused, match="nothing to undo"):
                actions.undo_latest(self.article_id, self.who)
            return
        actions.undo_latest(self.article_id, self.who)
        self.future.append(self.past.pop())
        self.check(self.past[-1])

    def redo(self) -> None:
        if not self.future:
            with pytest.raises(Refused, match="nothing to redo"):
                actions.redo_latest(self.article_id, self.who)
            return
        actions.redo_latest(self.article_id, self.who)
        self.past.append(self.future.pop())
        self.check(self.past[-1])

    def check(self, expected: list[dict[str, Any]]) -> None:
        now = states(self.article_id)
        # What was added and undone stays, rejected.
        assert now[: len(expected)] == expected
        assert {each["status"] for each in now[len(expected) :]} <= {"rejected"}


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(ACTIONS, st.tuples(st.sampled_from(["undo", "redo"]), st.just(0))), max_size=9
    )
)
def test_undoing_everything_and_doing_it_again_comes_out_the_same(
    steps: list[tuple[str, int]],
) -> None:
    with transaction.atomic():
        who = User.objects.create_superuser("worker")
        worker = Worker(ready_article(), who)
        for name, which in steps:
            if name == "undo":
                worker.undo()
            elif name == "redo":
                worker.redo()
            else:
                worker.do(name, which)
        done = len(worker.past) - 1
        for _ in range(done + 1):
            worker.undo()
        for _ in range(len(worker.future) + 1):
            worker.redo()
        transaction.set_rollback(True)
