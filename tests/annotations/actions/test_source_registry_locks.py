"""Changes of the registry at the same moment, each with the lock that holds one of them up."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from annotations import actions
from annotations.actions import source_registry
from annotations.actions.base import Refused
from annotations.models import Annotation, Source, SourceChange
from articles.models import Article
from tests.annotations.at_once import (
    PATIENCE,
    another_connection,
    elsewhere,
    start,
    while_uncommitted,
)
from tests.builders import ready_article

pytestmark = pytest.mark.django_db(transaction=True)


def source(name: str) -> Source:
    return Source.objects.create(name=name, kind="person")


def said_by(who: Source | None, name: str) -> Annotation:
    """Something that the source said, in an article of its own."""
    article = ready_article(f"{name} said yes.", [{"source": [name], "cue": ["said"]}])
    article.annotations.update(resolved_source=who)
    return article.annotations.get()


def refusal(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return str(outcome)


def test_of_two_new_names_one_is_given(admin: User) -> None:
    who = source("Ann")
    seen = source_registry.latest_change(who)
    outcome = while_uncommitted(
        lambda: source_registry.rename(who.pk, admin, "Anna", "person", seen=seen),
        lambda: source_registry.rename(who.pk, admin, "Anne", "person", seen=seen),
    )
    assert isinstance(outcome, source_registry.Stale), outcome
    who.refresh_from_db()
    assert who.name == "Anna"


def test_the_log_of_two_renames_is_a_chain(admin: User) -> None:
    who = source("Ann")
    while_uncommitted(
        lambda: source_registry.rename(who.pk, admin, "Anna", "person"),
        lambda: source_registry.rename(who.pk, admin, "Anne", "person"),
    )
    first, second = SourceChange.objects.filter(action="rename")
    assert first.after == second.before


def test_of_two_lists_of_other_names_one_is_kept(admin: User) -> None:
    who = source("Ann")
    seen = source_registry.latest_change(who)
    outcome = while_uncommitted(
        lambda: source_registry.set_aliases(who.pk, admin, ["A."], seen=seen),
        lambda: source_registry.set_aliases(who.pk, admin, ["B."], seen=seen),
    )
    assert isinstance(outcome, source_registry.Stale), outcome
    assert [alias.name for alias in who.aliases.all()] == ["A."]


@pytest.mark.parametrize("late", ["rename", "set_aliases", "merge", "merge back", "split"])
def test_nothing_is_done_to_a_source_that_is_being_merged(admin: User, late: str) -> None:
    one, two = source("Ann"), source("Anna")
    annotation = said_by(one, "Ann")
    third = source("Ana")
    late_calls: dict[str, Callable[[], object]] = {
        "rename": lambda: source_registry.rename(one.pk, admin, "Anne", "person"),
        "set_aliases": lambda: source_registry.set_aliases(one.pk, admin, ["A."]),
        "merge": lambda: source_registry.merge(one.pk, third.pk, admin),
        "merge back": lambda: source_registry.merge(two.pk, one.pk, admin),
        "split": lambda: source_registry.split(one.pk, admin, [annotation.pk], "Anne", "person"),
    }
    outcome = while_uncommitted(
        lambda: source_registry.merge(one.pk, two.pk, admin), late_calls[late]
    )
    assert "was merged" in refusal(outcome)
    assert list(Annotation.objects.values_list("resolved_source", flat=True)) == [two.pk]
    assert list(Source.objects.exclude(merged_into=None)) == [one]


def test_nothing_is_split_off_to_a_source_that_is_being_merged(admin: User) -> None:
    one, two, third = source("Ann"), source("Anna"), source("Ana")
    annotation = said_by(one, "Ann")
    outcome = while_uncommitted(
        lambda: source_registry.merge(two.pk, third.pk, admin),
        lambda: source_registry.split(one.pk, admin, [annotation.pk], "Anna", "person"),
    )
    assert "was merged" in refusal(outcome)
    annotation.refresh_from_db()
    assert annotation.resolved_source == one


def test_merging_twice_at_once_is_done_once(admin: User) -> None:
    one, two = source("Ann"), source("Anna")
    said_by(one, "Ann")
    outcome = while_uncommitted(
        lambda: source_registry.merge(one.pk, two.pk, admin),
        lambda: source_registry.merge(one.pk, two.pk, admin),
    )
    assert outcome == two
    assert SourceChange.objects.filter(action="merge").count() == 1


def test_splitting_twice_at_once_is_done_once(admin: User) -> None:
    one = source("Ann")
    annotation = said_by(one, "Ann")

    def split() -> object:
        return source_registry.split(one.pk, admin, [annotation.pk], "Anne", "person")

    outcome = while_uncommitted(split, split)
    assert isinstance(outcome, Source), outcome
    assert outcome.name == "Anne"
    assert SourceChange.objects.filter(action="split").count() == 1


def test_a_merge_waits_for_decisions_on_what_it_moves(admin: User, editor: User) -> None:
    one, two = source("Ann"), source("Anna")
    annotation = said_by(one, "Ann")
    outcome = while_uncommitted(
        lambda: actions.approve(annotation.pk, 1, editor),
        lambda: source_registry.merge(one.pk, two.pk, admin),
    )
    assert outcome == two
    annotation.refresh_from_db()
    assert (annotation.status, annotation.version) == ("approved", 3)
    approved, moved = annotation.decisions.exclude(action="import")
    assert moved.before == approved.after


def test_a_decision_waits_for_a_merge(admin: User, editor: User) -> None:
    one, two = source("Ann"), source("Anna")
    annotation = said_by(one, "Ann")
    outcome = while_uncommitted(
        lambda: source_registry.merge(one.pk, two.pk, admin),
        lambda: actions.approve(annotation.pk, 1, editor),
    )
    assert isinstance(outcome, Refused), outcome
    annotation.refresh_from_db()
    assert (annotation.status, annotation.version) == ("proposed", 2)


def test_a_merged_source_is_given_to_nothing_at_that_moment(admin: User, editor: User) -> None:
    one, two = source("Ann"), source("Anna")
    annotation = said_by(None, "Ann")
    outcome = while_uncommitted(
        lambda: source_registry.merge(one.pk, two.pk, admin),
        lambda: actions.name_source(annotation.pk, 1, editor, "Ann", "person"),
    )
    assert "was merged" in refusal(outcome)
    annotation.refresh_from_db()
    assert annotation.resolved_source is None


def test_a_merge_takes_along_what_the_source_is_given_at_that_moment(
    admin: User, editor: User
) -> None:
    one, two = source("Ann"), source("Anna")
    annotation = said_by(None, "Ann")
    outcome = while_uncommitted(
        lambda: actions.name_source(annotation.pk, 1, editor, "Ann", "person"),
        lambda: source_registry.merge(one.pk, two.pk, admin),
    )
    assert outcome == two
    annotation.refresh_from_db()
    assert (annotation.resolved_source, annotation.version) == (two, 3)


def test_changes_of_different_sources_do_not_wait_for_each_other(admin: User) -> None:
    one, two = source("Ann"), source("Bea")
    with another_connection() as pool, transaction.atomic():
        source_registry.rename(one.pk, admin, "Anna", "person")
        late = start(pool, lambda: source_registry.rename(two.pk, admin, "Beate", "person"))
        assert late.done()


def test_a_merge_does_not_wait_for_an_article_that_came_in_late(
    admin: User, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds sources by then: whoever decides in that article may wait for one of them."""
    one, two = source("Ann"), source("Anna")
    annotation = said_by(None, "Ann")
    said_by(None, "Bea")
    lock = source_registry._lock

    def decide() -> None:
        transaction.set_autocommit(False)
        Article.objects.select_for_update(no_key=True).get(pk=annotation.article_id)

    with another_connection() as other:

        def late(ids: list[int]) -> dict[int, Source]:
            elsewhere(lambda: actions.name_source(annotation.pk, 1, editor, "Ann", "person"))
            other.submit(decide).result(PATIENCE)
            return lock(ids)

        monkeypatch.setattr(source_registry, "_lock", late)
        with pytest.raises(Refused, match="Try again"):
            source_registry.merge(one.pk, two.pk, admin)
    annotation.refresh_from_db()
    assert annotation.resolved_source == one


def test_a_new_source_is_made_once(editor: User) -> None:
    one, two = said_by(None, "Ann"), said_by(None, "Ann Lee")

    def accept(annotation: Annotation) -> Callable[[], object]:
        return lambda: actions.name_source(annotation.pk, 1, editor, "Ann Lee", "person")

    outcome = while_uncommitted(accept(one), accept(two))
    assert isinstance(outcome, Annotation), outcome
    assert Annotation.objects.values("resolved_source").distinct().count() == 1
    assert SourceChange.objects.filter(action="create").count() == 1
