"""Two attributions that are one: never both on the list, whatever is done to get there."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import (
    adjudicate,
    second_review,
)
from annotations.actions.base import AlreadyThere, Conflict, Refused
from annotations.agreement.disputes import disputes
from annotations.models import Adjudication, Annotation, Source
from annotations.models.state import Spans, spans_of, state_of
from articles.models import Article
from tests.annotations.second_reviews import CLAIM, copies, waiting_article
from tests.builders import MAYOR, PORT, TEXT, ready_article, spans

type Person = Callable[..., User]

PORTS = spans(TEXT, **PORT)
OTHER = spans(TEXT, cue=["feared"], content=["the noise"])


@pytest.fixture
def port(article: Article) -> Annotation:
    """The second proposal of the article."""
    return article.annotations.order_by("start")[1]


def fresh(annotation: Annotation) -> Annotation:
    return Annotation.every.get(pk=annotation.pk)


def twins(article: Article) -> bool:
    """Whether two that count have the same spans."""
    live = [str(spans_of(a)) for a in article.annotations.exclude(status="rejected")]
    return len(set(live)) < len(live)


# ---- correcting ----


@pytest.mark.parametrize("status", ["proposed", "approved", "rejected"])
def test_a_correction_to_what_another_is_already_is_refused(
    mayor: Annotation, port: Annotation, editor: User, admin: User, status: str
) -> None:
    if status != "proposed":
        {"approved": actions.approve, "rejected": actions.reject}[status](port.pk, 1, admin)
    with pytest.raises(AlreadyThere, match=f"already in the list: {status}") as refused:
        actions.correct(mayor.pk, 1, editor, PORTS, "indirect")
    assert refused.value.other == port
    assert fresh(mayor).version == 1
    assert mayor.decisions.filter(action="edit").count() == 0


def test_the_other_quote_type_makes_no_other_attribution(
    mayor: Annotation, port: Annotation, editor: User
) -> None:
    with pytest.raises(AlreadyThere):
        actions.correct(mayor.pk, 1, editor, PORTS, "direct")
    assert actions.correct(port.pk, 1, editor, PORTS, "direct").quote_type == "direct"


@pytest.mark.parametrize("status", ["proposed", "approved", "rejected"])
def test_made_one_on_request_in_one_step(
    mayor: Annotation, port: Annotation, editor: User, status: str
) -> None:
    source = Source.objects.create(name="Port authority", kind="organisation")
    mayor = actions.set_source(mayor.pk, 1, editor, source)
    if status != "proposed":
        {"approved": actions.approve, "rejected": actions.reject}[status](port.pk, 1, editor)
    before = state_of(fresh(mayor)), state_of(fresh(port))
    seen = before[1]["version"]

    kept = actions.correct(mayor.pk, 2, editor, PORTS, "mixed", merge=seen)

    assert kept == port
    assert (kept.status, kept.quote_type, kept.resolved_source) == ("approved", "mixed", source)
    assert kept.reviewed_by == editor
    assert kept.origin == "model:test-1"
    assert kept.confidence == 0.8
    dropped = fresh(mayor)
    assert dropped.status == "rejected"
    assert spans_of(dropped) == {r: before[0][r] for r in ("source", "cue", "content")}
    logged = port.article.decisions.order_by("id")
    first, second = list(logged)[-2:]
    assert (first.action, second.action, first.batch) == ("reject", "edit", second.batch)

    actions.undo_latest(port.article_id, editor)
    now = state_of(fresh(mayor)), state_of(fresh(port))
    assert [{**state, "version": 0} for state in now] == [
        {**state, "version": 0} for state in before
    ]
    actions.redo_latest(port.article_id, editor)
    assert (fresh(mayor).status, fresh(port).status) == ("rejected", "approved")
    assert fresh(port).resolved_source == source
    actions.undo_latest(port.article_id, editor)
    assert fresh(port).status == status


def test_made_one_twice_is_made_one_once(
    mayor: Annotation, port: Annotation, editor: User, admin: User
) -> None:
    first = actions.correct(mayor.pk, 1, editor, PORTS, "mixed", merge=1)
    assert actions.correct(mayor.pk, 1, editor, PORTS, "mixed", merge=1) == first
    assert fresh(port).version == 2
    assert actions.correct(mayor.pk, 1, editor, PORTS, "", merge=1) == first, "by the words"
    for by, quote_type in ((admin, "mixed"), (editor, "direct")):
        with pytest.raises(Conflict):
            actions.correct(mayor.pk, 1, by, PORTS, quote_type, merge=1)


def test_nothing_is_made_one_with_what_has_changed_since(
    mayor: Annotation, port: Annotation, editor: User, admin: User
) -> None:
    actions.reject(port.pk, 1, admin)
    with pytest.raises(Conflict, match="rejected"):
        actions.correct(mayor.pk, 1, editor, PORTS, "indirect", merge=1)
    assert (fresh(mayor).status, fresh(mayor).version) == ("proposed", 1)


def test_its_own_source_stays_with_the_one_that_is_kept(
    mayor: Annotation, port: Annotation, editor: User
) -> None:
    one, other = (Source.objects.create(name=name, kind="person") for name in "AB")
    actions.set_source(mayor.pk, 1, editor, one)
    actions.set_source(port.pk, 1, editor, other)
    kept = actions.correct(mayor.pk, 2, editor, PORTS, "indirect", merge=2)
    assert kept.resolved_source == other
    assert fresh(mayor).resolved_source == one


# ---- taking back ----


def moved_away(port: Annotation, mayor: Annotation, editor: User) -> Annotation:
    """The port is corrected to something else, and the mayor to what the port was."""
    actions.correct(port.pk, 1, editor, OTHER, "indirect")
    return actions.correct(mayor.pk, 1, editor, PORTS, "indirect")


BACK: dict[str, Callable[[Annotation, User], object]] = {
    "undo": lambda a, by: actions.undo(a.pk, 2, by),
    "revert": lambda a, by: actions.revert(a.pk, 2, by, a.decisions.get(action="import").pk),
    "revert to before": lambda a, by: actions.revert(
        a.pk, 2, by, a.decisions.get(action="edit").pk, before=True
    ),
    "edit": lambda a, by: actions.correct(a.pk, 2, by, PORTS, "indirect"),
}


@pytest.mark.parametrize("way", BACK)
def test_nothing_goes_back_to_what_another_is_by_now(
    mayor: Annotation, port: Annotation, editor: User, way: str
) -> None:
    moved_away(port, mayor, editor)
    with pytest.raises(AlreadyThere, match="approved") as refused:
        BACK[way](port, editor)
    assert refused.value.other == mayor
    assert not twins(port.article)
    assert fresh(port).version == 2
    actions.reject(mayor.pk, 2, editor)
    if way != "edit":
        BACK[way](port, editor)  # now it may


REJECTED: dict[str, Callable[[Annotation, User], object]] = {
    "undo": lambda a, by: actions.undo(a.pk, 2, by),
    "approve": lambda a, by: actions.approve(a.pk, 2, by),
    "edit": lambda a, by: actions.correct(a.pk, 2, by, PORTS, "direct"),
    "revert": lambda a, by: actions.revert(a.pk, 2, by, a.decisions.get(action="import").pk),
}


@pytest.mark.parametrize("way", REJECTED)
def test_what_is_rejected_does_not_come_back_beside_its_twin(
    article: Article, mayor: Annotation, port: Annotation, editor: User, way: str
) -> None:
    actions.reject(port.pk, 1, editor)
    added = actions.add(article.pk, editor, OTHER, "indirect")
    # The other one was there before there was a guard.
    added.spans.all().delete()
    added.spans.bulk_create(
        type(span)(annotation=added, role=span.role, start=span.start, end=span.end)
        for span in port.spans.all()
    )
    article.annotations.filter(pk=added.pk).update(start=port.start)
    with pytest.raises(AlreadyThere):
        REJECTED[way](port, editor)
    assert fresh(port).status == "rejected"


def test_undoing_the_latest_brings_no_twin(
    mayor: Annotation, port: Annotation, editor: User, admin: User
) -> None:
    actions.correct(port.pk, 1, editor, OTHER, "indirect")
    actions.correct(mayor.pk, 1, admin, PORTS, "indirect")
    with pytest.raises(AlreadyThere):
        actions.undo_latest(port.article_id, editor)
    assert fresh(port).version == 2
    assert not twins(port.article)


def test_doing_again_brings_no_twin(
    mayor: Annotation, port: Annotation, editor: User, admin: User
) -> None:
    actions.correct(port.pk, 1, editor, OTHER, "indirect")
    actions.undo_latest(port.article_id, editor)
    actions.correct(mayor.pk, 1, admin, OTHER, "indirect")
    with pytest.raises(AlreadyThere):
        actions.redo_latest(port.article_id, editor)
    assert not twins(port.article)


# ---- twins that were there before ----


@pytest.fixture
def doubled(db: None, editor: User) -> tuple[Annotation, Annotation]:
    """Two proposals with the same spans, as a file may bring them."""
    one, two = ready_article(proposals=[PORT, PORT]).annotations.order_by("id")
    return one, two


def test_each_of_two_that_were_there_is_judged(
    doubled: tuple[Annotation, Annotation], editor: User
) -> None:
    one, two = doubled
    assert actions.approve(one.pk, 1, editor).status == "approved"
    assert actions.reject(two.pk, 1, editor).status == "rejected"


def test_the_one_that_counts_is_named_before_the_rejected_one(
    doubled: tuple[Annotation, Annotation], editor: User
) -> None:
    rejected, counts = doubled
    actions.reject(rejected.pk, 1, editor)
    with pytest.raises(AlreadyThere) as refused:
        actions.add(counts.article_id, editor, PORTS, "indirect")
    assert refused.value.other == counts


# ---- adding ----


def test_adding_what_was_rejected_says_so_and_names_it(
    article: Article, port: Annotation, editor: User, admin: User
) -> None:
    actions.reject(port.pk, 1, admin)
    with pytest.raises(AlreadyThere, match="rejected") as refused:
        actions.add(article.pk, editor, PORTS, "indirect")
    assert refused.value.other == port
    assert actions.approve(port.pk, refused.value.other.version, editor).status == "approved"


def test_the_page_leads_to_the_one_that_is_there(
    client: Client, article: Article, mayor: Annotation, port: Annotation, editor: User
) -> None:
    actions.reject(port.pk, 1, editor)
    client.force_login(editor)
    typed = {role: ", ".join(f"{s}-{e}" for s, e in pieces) for role, pieces in PORTS.items()}
    words = json.dumps({role: [TEXT[s:e] for s, e in pieces] for role, pieces in PORTS.items()})
    for path, data in (
        (reverse("review:add", args=[article.pk]), typed | {"version": "0", "key": "k"}),
        (reverse("review:edit", args=[mayor.pk]), typed | {"version": "1"}),
    ):
        response = client.post(path, data | {"quote_type": "indirect", "words": words})
        assert response.status_code == 422
        told = response.content.decode()
        assert "already in the list: rejected" in told
        assert f'<a href="#card-{port.pk}">' in told


# ---- whose labels they are ----


def test_a_proposal_that_nobody_saw_is_nobodys_twin(editor: User) -> None:
    article = ready_article(TEXT, [MAYOR, PORT])
    Article.objects.filter(pk=article.pk).update(blind=True)
    added = actions.add(article.pk, editor, PORTS, "indirect")
    assert added.origin == "person"
    with pytest.raises(AlreadyThere):
        actions.add(article.pk, editor, PORTS, "indirect")
    other = actions.add(article.pk, editor, OTHER, "indirect")
    assert actions.correct(other.pk, 1, editor, spans(TEXT, **MAYOR), "mixed").status == "approved"


def test_the_labels_of_two_people_are_no_twins(editor: User, admin: User) -> None:
    article = waiting_article(editor)
    review = second_review.begin(article.pk, admin)
    first = copies(review)[0]
    added = actions.add(article.pk, admin, CLAIM, "indirect", review=review)
    assert added.second_review == review
    changed = actions.correct(first.pk, 1, admin, OTHER, "indirect")
    assert changed.status == "approved"
    with pytest.raises(AlreadyThere) as refused:
        actions.correct(copies(review)[1].pk, 1, admin, OTHER, "indirect")
    assert refused.value.other == changed


def test_settling_for_what_the_first_person_rejected_beside_another_reading(
    editor: User, admin: User, person: Person
) -> None:
    other = person("editors", "third")
    article = ready_article(TEXT, [PORT])
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    port = article.annotations.get()
    actions.reject(port.pk, 1, editor)
    reading: Spans = spans(TEXT, **PORT | {"content": ["the work takes six"]})
    mine = actions.add(article.pk, editor, reading, "indirect")
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, admin)
    actions.approve(copies(review)[0].pk, 1, admin)
    actions.finish(article.pk, admin)
    (dispute,) = disputes(review)
    assert (dispute.mine, dispute.theirs) == (mine, copies(review)[0])

    adjudication = adjudicate.adopt(
        article.pk, other, dispute.first_id, dispute.second_id, version=1, which="second"
    )

    assert (fresh(port).status, fresh(mine).status) == ("approved", "rejected")
    article.refresh_from_db()
    assert article.status == "finished"
    adjudicate.take_back(article.pk, other, adjudication.pk)
    assert (fresh(port).status, fresh(mine).status) == ("rejected", "approved")
    assert Adjudication.objects.count() == 2
    with pytest.raises(Refused):
        actions.finish(article.pk, other)
