"""The registry of sources: renaming, other names, merging, splitting, and what undo makes of it."""

from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accordingto.records.article import ArticleRecord, AttributionRecord, ResolvedSource
from annotations import actions, permissions
from annotations.actions import source_registry
from annotations.actions.base import Conflict, Refused
from annotations.export.approved import Filters, approved_records
from annotations.models import Annotation, Decision, Source, SourceAlias, SourceChange
from annotations.models.visibility import in_sight
from annotations.queue.intake import ingest_record
from articles.models import Article
from tests.builders import MAYOR, PORT, ready_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> Source:
    return Source.objects.create(name="Ada Lindqvist", kind="person")


@pytest.fixture
def lindqvist(db: None) -> Source:
    source = Source.objects.create(name="A. Lindqvist", kind="person")
    source.aliases.create(name="The mayor")
    return source


def names(source: Source) -> list[str]:
    return [alias.name for alias in source.aliases.all()]


def finished(by: User, source: Source) -> Annotation:
    """An approved annotation of the source in a finished article."""
    article = ready_article(f"Mayor {source} told reporters yes.", [{"cue": ["told reporters"]}])
    annotation = article.annotations.get()
    actions.approve(annotation.pk, 1, by)
    actions.set_source(annotation.pk, 2, by, source)
    actions.finish(article.pk, by)
    annotation.refresh_from_db()
    return annotation


def test_renaming_writes_what_it_was(editor: User, ada: Source) -> None:
    source_registry.rename(ada.pk, editor, " Ada   Björk ", "organisation")
    ada.refresh_from_db()
    assert (ada.name, ada.kind) == ("Ada Björk", "organisation")
    change = SourceChange.objects.get()
    assert (change.action, change.by, change.by_name) == ("rename", editor, editor.username)
    assert change.before == {"name": "Ada Lindqvist", "kind": "person"}
    assert change.after == {"name": "Ada Björk", "kind": "organisation"}
    source_registry.rename(ada.pk, editor, "Ada Björk", "organisation")
    assert SourceChange.objects.count() == 1, "sent twice, done once"


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("A. Lindqvist", "person", "merge the two"),
        ("", "person", "needs a name"),
        (" \t ", "person", "needs a name"),
        ("x" * 10_000, "person", "10000 characters"),
        ("Ada", "cat", "“cat” does not exist"),
        ("A\0da", "person", "no text has"),
    ],
)
def test_a_bad_name_changes_nothing(
    *, editor: User, ada: Source, lindqvist: Source, name: str, kind: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        source_registry.rename(ada.pk, editor, name, kind)
    ada.refresh_from_db()
    assert ada.name == "Ada Lindqvist"
    assert not SourceChange.objects.exists()


def test_a_change_on_what_somebody_else_changed_meanwhile_is_refused(
    editor: User, admin: User, ada: Source
) -> None:
    seen = source_registry.latest_change(ada)
    source_registry.rename(ada.pk, admin, "Ada Björk", "person", seen=seen)
    with pytest.raises(source_registry.Stale, match=f"{admin.username} renamed this source"):
        source_registry.rename(ada.pk, editor, "Ada Berg", "person", seen=seen)
    with pytest.raises(source_registry.Stale):
        source_registry.set_aliases(ada.pk, editor, ["Ada Berg"], seen=seen)
    source_registry.rename(
        ada.pk, editor, "Ada Berg", "person", seen=source_registry.latest_change(ada)
    )
    source_registry.set_aliases(ada.pk, editor, ["Berg"], seen=source_registry.latest_change(ada))
    ada.refresh_from_db()
    assert (ada.name, names(ada)) == ("Ada Berg", ["Berg"])
    with pytest.raises(source_registry.Stale, match=f"{editor.username} changed the other names"):
        source_registry.rename(ada.pk, admin, "Ada", "person", seen=seen)


def test_other_names_are_replaced(editor: User, lindqvist: Source) -> None:
    wanted = ["Mayor  Ada", "", "Mayor Ada", "A. Lindqvist", "The mayor"]
    source_registry.set_aliases(lindqvist.pk, editor, wanted)
    assert names(lindqvist) == ["Mayor Ada", "The mayor"]
    change = SourceChange.objects.get()
    assert change.before == {"aliases": ["The mayor"]}
    assert change.after == {"aliases": ["Mayor Ada", "The mayor"]}
    source_registry.set_aliases(lindqvist.pk, editor, wanted)
    assert SourceChange.objects.count() == 1
    for bad in (["x" * 1001], [f"name {n}" for n in range(201)]):
        with pytest.raises(Refused):
            source_registry.set_aliases(lindqvist.pk, editor, bad)
    assert names(lindqvist) == ["Mayor Ada", "The mayor"]


def test_a_source_has_at_most_two_hundred_other_names(
    editor: User, ada: Source, mayor: Annotation
) -> None:
    source_registry.set_aliases(ada.pk, editor, [f"name {n}" for n in range(200)])
    actions.name_source(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    source_registry.add_alias(ada, "Mayor Ada", editor, mayor)
    assert len(names(ada)) == 200


def test_a_wording_that_a_curator_gave_already_stays_the_curators(
    editor: User, ada: Source, mayor: Annotation
) -> None:
    source_registry.set_aliases(ada.pk, editor, ["Mayor Ada"])
    actions.set_source(mayor.pk, 1, editor, ada)
    source_registry.add_alias(ada, "Mayor Ada", editor, mayor)
    actions.undo(mayor.pk, 2, editor)
    assert source_registry.names_of(ada) == ["Mayor Ada"]
    assert ada.changes.count() == 1


def test_merging_moves_all_that_was_said_and_every_name(
    editor: User, admin: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.set_source(mayor.pk, 1, editor, lindqvist)
    signed = finished(editor, lindqvist)

    source_registry.merge(lindqvist.pk, ada.pk, admin)

    assert set(Annotation.objects.filter(resolved_source=ada)) == {mayor, signed}
    assert names(ada) == ["A. Lindqvist", "The mayor"]
    lindqvist.refresh_from_db()
    assert (lindqvist.merged_into, names(lindqvist)) == (ada, [])
    change = SourceChange.objects.get()
    assert (change.source, change.other, change.action) == (lindqvist, ada, "merge")
    assert change.before is not None
    assert change.after is not None
    assert change.before["aliases"] == ["The mayor"]
    assert change.before["into"] == {"name": "Ada Lindqvist", "kind": "person", "aliases": []}
    assert change.after["into"]["aliases"] == ["A. Lindqvist", "The mayor"]
    assert change.after["moved"] == 2


def test_a_move_is_in_the_history_and_leaves_the_signature(
    editor: User, admin: User, ada: Source, lindqvist: Source
) -> None:
    signed = finished(editor, lindqvist)
    source_registry.merge(lindqvist.pk, ada.pk, admin)
    moved = Annotation.objects.get(pk=signed.pk)
    assert (moved.version, moved.reviewer) == (signed.version + 1, editor.username)
    assert moved.reviewed_at == signed.reviewed_at
    last = moved.decisions.last()
    assert last is not None
    assert (last.action, last.by) == ("move", admin)
    assert last.before is not None
    assert last.after is not None
    assert last.before["source_name"] == "A. Lindqvist"
    assert last.after["source_name"] == "Ada Lindqvist"
    assert SourceChange.objects.get().after == {
        "into": {
            "name": "Ada Lindqvist",
            "kind": "person",
            "aliases": ["A. Lindqvist", "The mayor"],
        },
        "moved": 1,
        "batch": str(last.batch),
    }
    assert Article.objects.get(pk=moved.article_id).status == "finished"


def test_merging_again_does_nothing_and_others_are_refused(
    editor: User, ada: Source, lindqvist: Source
) -> None:
    third = Source.objects.create(name="Mayor Ada", kind="person")
    with pytest.raises(Refused, match="into itself"):
        source_registry.merge(ada.pk, ada.pk, editor)
    with pytest.raises(Refused, match="does not exist"):
        source_registry.merge(ada.pk, 987654, editor)
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    assert source_registry.merge(lindqvist.pk, ada.pk, editor) == ada
    assert SourceChange.objects.count() == 1
    with pytest.raises(Refused, match="was merged"):
        source_registry.merge(ada.pk, lindqvist.pk, editor)
    with pytest.raises(Refused, match="was merged"):
        source_registry.merge(lindqvist.pk, third.pk, editor)
    with pytest.raises(Refused, match="was merged"):
        source_registry.rename(lindqvist.pk, editor, "Anything", "")


def test_what_was_merged_earlier_leads_on_at_once(
    editor: User, ada: Source, lindqvist: Source
) -> None:
    third = Source.objects.create(name="Mayor Ada", kind="person")
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    source_registry.merge(ada.pk, third.pk, editor)
    lindqvist.refresh_from_db()
    assert lindqvist.merged_into == third
    assert names(third) == ["A. Lindqvist", "Ada Lindqvist", "The mayor"]


def test_splitting_moves_what_was_named_to_a_new_source(
    editor: User, ada: Source, article: Article
) -> None:
    mayor, port, _residents = article.annotations.all()
    for annotation in (mayor, port):
        actions.set_source(annotation.pk, 1, editor, ada)
    other = source_registry.split(ada.pk, editor, [port.pk], "Port authority", "organisation")
    assert list(other.annotations.all()) == [port]
    assert list(ada.annotations.all()) == [mayor]
    changes = [(c.source, c.other, c.action) for c in SourceChange.objects.all()]
    assert changes == [(other, None, "create"), (ada, other, "split")]
    again = source_registry.split(ada.pk, editor, [port.pk], "Port authority", "organisation")
    assert (again, SourceChange.objects.count()) == (other, 2), "sent twice, done once"


@pytest.mark.parametrize("texts", [[0, 0], [0, 1]], ids=["one article", "two articles"])
def test_a_description_split_off_belongs_to_the_article_that_it_is_of(
    editor: User, ada: Source, article: Article, texts: list[int]
) -> None:
    articles = [article, ready_article("Somebody else told reporters so.", [{"cue": ["told"]}])]
    said = [articles[index].annotations.all()[n % (2 - index)] for n, index in enumerate(texts)]
    for annotation in said:
        actions.set_source(annotation.pk, 1, editor, ada)
    new = source_registry.split(
        ada.pk, editor, [each.pk for each in said], "an executive", "person"
    )
    assert new.article == (article if texts == [0, 0] else None)


def test_splitting_undoes_a_wrong_merge(
    editor: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.set_source(mayor.pk, 1, editor, lindqvist)
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    back = source_registry.split(ada.pk, editor, [mayor.pk], "A. Lindqvist", "person")
    assert back not in (ada, lindqvist)
    assert list(back.annotations.all()) == [mayor]


def test_a_split_names_only_what_the_source_said(
    editor: User, ada: Source, lindqvist: Source, article: Article
) -> None:
    mayor, port, _residents = article.annotations.all()
    actions.set_source(mayor.pk, 1, editor, ada)
    actions.set_source(port.pk, 1, editor, lindqvist)
    for ids in ([mayor.pk, port.pk], [mayor.pk, 987654]):
        with pytest.raises(Refused, match="1 of these are not this source's"):
            source_registry.split(ada.pk, editor, ids, "Somebody Else", "person")
    with pytest.raises(Refused, match="Choose"):
        source_registry.split(ada.pk, editor, [], "Somebody Else", "person")
    with pytest.raises(Refused, match="already has"):
        source_registry.split(ada.pk, editor, [mayor.pk], "Ada Lindqvist", "person")
    assert not SourceChange.objects.exists()
    assert list(ada.annotations.all()) == [mayor]


def test_somebody_who_saw_the_annotation_before_the_move_decides_again(
    editor: User, admin: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.set_source(mayor.pk, 1, editor, lindqvist)
    source_registry.merge(lindqvist.pk, ada.pk, admin)
    with pytest.raises(Conflict, match="gave another source to this attribution") as caught:
        actions.approve(mayor.pk, 2, editor)
    assert caught.value.seen is not None
    assert caught.value.seen["source_name"] == "A. Lindqvist"


def test_undo_takes_back_decisions_and_not_the_registry(
    editor: User, admin: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.set_source(mayor.pk, 1, editor, lindqvist)
    actions.approve(mayor.pk, 2, editor)
    source_registry.merge(lindqvist.pk, ada.pk, admin)

    undone = actions.undo(mayor.pk, 4, editor)
    assert (undone.status, undone.resolved_source) == ("proposed", ada)
    actions.redo_latest(mayor.article_id, editor)
    redone = Annotation.objects.get(pk=mayor.pk)
    assert (redone.status, redone.resolved_source) == ("approved", ada)
    actions.undo(mayor.pk, 6, editor)
    assert actions.undo(mayor.pk, 7, editor).resolved_source is None


def test_undo_leaves_a_split_as_it_is(editor: User, ada: Source, mayor: Annotation) -> None:
    actions.set_source(mayor.pk, 1, editor, ada)
    actions.approve(mayor.pk, 2, editor)
    other = source_registry.split(ada.pk, editor, [mayor.pk], "Ada Berg", "person")
    undone = actions.undo(mayor.pk, 4, editor)
    assert (undone.status, undone.resolved_source) == ("proposed", other)


def test_reverting_to_a_merged_source_gives_what_it_went_into(
    editor: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.set_source(mayor.pk, 1, editor, lindqvist)
    named = mayor.decisions.get(action="resolve")
    actions.set_source(mayor.pk, 2, editor, None)
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    assert actions.revert(mayor.pk, 3, editor, named.pk).resolved_source == ada


def test_no_annotation_is_left_with_a_merged_source(
    editor: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.set_source(mayor.pk, 1, editor, lindqvist)
    with pytest.raises(IntegrityError, match="still has annotations"), transaction.atomic():
        Source.objects.filter(pk=lindqvist.pk).update(merged_into=ada)
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    with pytest.raises(IntegrityError, match="was merged into another"), transaction.atomic():
        Annotation.objects.filter(pk=mayor.pk).update(resolved_source=lindqvist)
    third = Source.objects.create(name="Mayor Ada", kind="person")
    for source, into in ((third, lindqvist), (ada, third)):
        with pytest.raises(IntegrityError, match="into a live one"), transaction.atomic():
            Source.objects.filter(pk=source.pk).update(merged_into=into)


def test_the_export_names_the_live_source(
    editor: User, ada: Source, lindqvist: Source, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.set_source(mayor.pk, 2, editor, lindqvist)
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    source_registry.rename(ada.pk, editor, "Ada Björk", "person")
    (record,) = approved_records(Filters())
    assert record.attributions[0].resolved_source == ResolvedSource("Ada Björk", "person")


def test_an_import_that_names_a_merged_source_means_the_live_one(
    editor: User, ada: Source, lindqvist: Source
) -> None:
    source_registry.merge(lindqvist.pk, ada.pk, editor)

    def imported(name: str) -> Source | None:
        record = AttributionRecord(
            cue=((0, 3),),
            origin="model:x",
            resolved_source=ResolvedSource(name, "person"),
        )
        text = f"Yes, said {name}."
        article = ingest_record(ArticleRecord(text=text, attributions=(record,)), by=None).article
        return article.annotations.get().resolved_source

    assert imported("A. Lindqvist") == ada
    assert imported("Ada Lindqvist") == ada
    new = imported("Omar Haddad")
    assert new is not None
    change = new.changes.get()
    assert (change.action, change.by, change.by_name) == ("create", None, "command line")


def test_the_name_as_it_is_written_is_found_first(article: Article) -> None:
    Source.objects.create(name="ADA LINDQVIST", kind="person")
    exact = Source.objects.create(name="Ada Lindqvist", kind="person")
    assert source_registry.find("Ada Lindqvist", "person") == exact
    Source.objects.create(name="Bea Berg", kind="person")
    own = Source.objects.create(name="bea berg", kind="person", article=article)
    assert source_registry.find("bea berg", "person", article) == own


def test_a_name_that_was_merged_twice_means_the_latest(
    editor: User, ada: Source, lindqvist: Source
) -> None:
    source_registry.merge(lindqvist.pk, ada.pk, editor)
    again = source_registry.create("A. Lindqvist", "person", editor)
    other = Source.objects.create(name="Agnes Lindqvist", kind="person")
    source_registry.merge(again.pk, other.pk, editor)
    assert source_registry.find("A. Lindqvist", "person") == other


@pytest.mark.parametrize("role", ["editors", "admins"])
def test_editors_and_admins_may_curate(
    person: Callable[[str], User], ada: Source, role: str
) -> None:
    assert source_registry.rename(ada.pk, person(role), "Ada", "person").name == "Ada"


def test_fact_checkers_and_the_inactive_may_not(
    person: Callable[[str], User], fact_checker: User, ada: Source, lindqvist: Source
) -> None:
    inactive = person("editors")
    inactive.is_active = False
    acts: list[Callable[[User], Source]] = [
        lambda by: source_registry.rename(ada.pk, by, "Ada", "person"),
        lambda by: source_registry.set_aliases(ada.pk, by, ["Ada"]),
        lambda by: source_registry.merge(lindqvist.pk, ada.pk, by),
        lambda by: source_registry.split(ada.pk, by, [1], "Ada", "person"),
    ]
    for act in acts:
        for by in (fact_checker, inactive):
            with pytest.raises(PermissionDenied):
                act(by)
    assert not SourceChange.objects.exists()


def test_the_log_of_the_registry_is_for_good(editor: User, ada: Source) -> None:
    source_registry.rename(ada.pk, editor, "Ada", "person")
    for forbidden in (
        lambda: SourceChange.objects.update(by_name="nobody"),
        lambda: SourceChange.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()


@pytest.mark.parametrize("count", [1, 40])
def test_queries_of_a_merge_do_not_grow(
    editor: User,
    ada: Source,
    lindqvist: Source,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        text = f"{number}. “We cannot wait any longer,” Mayor Ada Lindqvist told reporters."
        article = ready_article(text, [{"source": MAYOR["source"], "cue": MAYOR["cue"]}])
        annotation = article.annotations.get()
        Annotation.objects.filter(pk=annotation.pk).update(resolved_source=lindqvist)
    editor.has_perm(permissions.CURATE)
    with django_assert_num_queries(18):
        source_registry.merge(lindqvist.pk, ada.pk, editor)
    assert Decision.objects.filter(action="move").count() == count


def test_a_name_of_one_source_may_be_another_name_of_others(
    editor: User, ada: Source, lindqvist: Source
) -> None:
    source_registry.set_aliases(ada.pk, editor, ["The mayor"])
    assert SourceAlias.objects.filter(name="The mayor").count() == 2


def test_naming_and_merging_at_once_end_well(
    editor: User, ada: Source, lindqvist: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source is merged between being found and being given to the annotation."""
    annotation = ready_article(proposals=[PORT]).annotations.get()

    def found(name: str, kind: str, _article: Article) -> Source:
        source_registry.merge(lindqvist.pk, ada.pk, editor)
        return Source(pk=lindqvist.pk, name=name, kind=kind)

    monkeypatch.setattr(source_registry, "find", found)
    with pytest.raises(Refused, match="was merged into another source"):
        actions.name_source(annotation.pk, 1, editor, "A. Lindqvist", "person")
    annotation.refresh_from_db()
    assert annotation.resolved_source is None


def listed() -> set[str]:
    return {source.name for source in source_registry.in_use()}


def test_an_undone_naming_leaves_nothing_that_people_see(editor: User, mayor: Annotation) -> None:
    named = actions.name_source(mayor.pk, 1, editor, "Ada B. Lindqvist", "person").resolved_source
    assert named is not None
    assert (listed(), source_registry.names_of(named)) == ({"Ada B. Lindqvist"}, ["Ada Lindqvist"])
    actions.undo(mayor.pk, 2, editor)
    assert (listed(), source_registry.names_of(named)) == (set(), [])
    actions.redo_latest(mayor.article_id, editor)
    assert (listed(), source_registry.names_of(named)) == ({"Ada B. Lindqvist"}, ["Ada Lindqvist"])
    other = actions.name_source(mayor.pk, 4, editor, "Ada C. Lindqvist", "person").resolved_source
    assert listed() == {"Ada C. Lindqvist"}
    again = actions.name_source(mayor.pk, 5, editor, "Ada B. Lindqvist", "person").resolved_source
    assert again == named != other
    assert SourceChange.objects.filter(action="create").count() == 2, "found again, not made again"


def test_an_undone_wording_is_no_name_of_a_source_that_stays(
    editor: User, ada: Source, article: Article
) -> None:
    source_registry.set_aliases(ada.pk, editor, ["The mayor"])
    text = "Yes, Lindqvist said. No, Lindqvist said."
    proposals = [{"source": ["Lindqvist"], "cue": [f"{word}, "]} for word in ("Yes", "No")]
    first, second = ready_article(text, proposals).annotations.all()
    actions.name_source(first.pk, 1, editor, "Ada Lindqvist", "person")
    assert source_registry.names_of(ada) == ["Lindqvist", "The mayor"]
    actions.undo(first.pk, 2, editor)
    assert source_registry.names_of(ada) == ["The mayor"]
    actions.name_source(second.pk, 1, editor, "Ada Lindqvist", "person")
    assert source_registry.names_of(ada) == ["Lindqvist", "The mayor"], "another one words it so"
    source_registry.set_aliases(ada.pk, editor, ["Lindqvist"])
    actions.undo(second.pk, 2, editor)
    assert source_registry.names_of(ada) == ["Lindqvist"], "a curator kept it"


@pytest.mark.parametrize("change", ["rename", "aliases", "merge", "split"])
def test_what_a_curator_touched_stays(
    editor: User, ada: Source, mayor: Annotation, change: str
) -> None:
    named = actions.name_source(mayor.pk, 1, editor, "Ines Tavares", "person").resolved_source
    untouched = source_registry.create("Rui Costa", "person", editor, by_naming=True)
    assert named is not None
    if change == "rename":
        source_registry.rename(named.pk, editor, "Ines M. Tavares", "person")
    elif change == "aliases":
        source_registry.set_aliases(named.pk, editor, ["Tavares"])
    elif change == "merge":
        source_registry.merge(ada.pk, named.pk, editor)
    else:
        source_registry.split(named.pk, editor, [mayor.pk], "Rui Tavares", "person")
    mayor.refresh_from_db()
    actions.set_source(mayor.pk, mayor.version, editor, None)
    assert Source.objects.get(pk=named.pk) in source_registry.in_use()
    assert untouched not in source_registry.in_use()


def test_the_second_person_sees_nothing_of_what_the_first_one_named(
    editor: User, admin: User, ada: Source, mayor: Annotation
) -> None:
    actions.name_source(mayor.pk, 1, editor, "Ada B. Lindqvist", "person")
    port = mayor.article.annotations.all()[1]
    actions.name_source(port.pk, 1, editor, "Ada Lindqvist", "person")
    Article.objects.filter(pk=mayor.article_id).update(status=Article.Status.SECOND_REVIEW)
    assert not in_sight(source_registry.in_use(), admin)
    assert source_registry.names_of(ada) == []


def test_a_name_that_no_index_could_hold_is_refused(editor: User, ada: Source) -> None:
    long = "".join(chr(0x4E00 + n * 7) for n in range(1000))
    lower = "Ⱥ" * 1000  # in lower case a byte longer
    for name in (long, lower):
        for act in (
            partial(source_registry.rename, ada.pk, editor, name, "person"),
            partial(source_registry.set_aliases, ada.pk, editor, [name]),
            partial(source_registry.create, name, "person", editor),
            partial(source_registry.find, name, "person"),
        ):
            with pytest.raises(Refused, match="at most 2000 bytes, this has 3000"):
                act()
    source_registry.add_alias(ada, long, editor)
    assert source_registry.names_of(ada) == []
    fits = long[:666] + "xy"
    assert len(fits.encode()) == source_registry.NAME_BYTES
    source_registry.rename(ada.pk, editor, fits, "person")
    source_registry.set_aliases(ada.pk, editor, [fits.swapcase()])


@pytest.mark.parametrize(
    "same", ["Ada Lind\u00adqvist", "\u2067Ada\u2069\u00a0Lindqvist\u200b", "ada lindqvist"]
)
def test_invisible_characters_make_no_second_name(
    editor: User, ada: Source, mayor: Annotation, same: str
) -> None:
    assert source_registry.find(same, "person") == ada
    assert actions.name_source(mayor.pk, 1, editor, same, "person").resolved_source == ada
    source_registry.add_alias(ada, "Ada\u00ad Lindqvist", editor)
    source_registry.set_aliases(ada.pk, editor, ["Ada\u200b Lindqvist", "The\u00a0mayor"])
    assert source_registry.names_of(ada) == ["The mayor"]
    assert source_registry.create("Bjo\u0308rk", "person", editor).name == "Björk"


def test_a_description_becomes_everybodys_when_it_gets_a_name(
    editor: User, article: Article
) -> None:
    port = article.annotations.all()[1]
    named = actions.name_source(
        port.pk, 1, editor, "port authority", "organisation"
    ).resolved_source
    assert named is not None
    assert named.article == article
    source_registry.rename(named.pk, editor, "Port Authority of Springfield", "organisation")
    named.refresh_from_db()
    assert named.article is None


def test_an_imported_description_belongs_to_its_article(db: None) -> None:
    found = []
    for text in ("One of them said so.", "Another of them said so."):
        attribution = AttributionRecord(
            cue=((0, 3),), origin="model:x", resolved_source=ResolvedSource("executive", "person")
        )
        record = ArticleRecord(text=text, attributions=(attribution, attribution))
        article = ingest_record(record, by=None).article
        (source,) = {each.resolved_source for each in article.annotations.all()}
        assert source is not None
        assert source.article == article
        found.append(source)
    assert found[0] != found[1]


def test_an_article_has_a_description_once(article: Article) -> None:
    other = ready_article("Somebody else told reporters so.", [{"cue": ["told reporters"]}])
    for each in (article, other, None):
        Source.objects.create(name="executive", kind="person", article=each)
    for each in (article, None):
        with pytest.raises(IntegrityError, match="source_once"), transaction.atomic():
            Source.objects.create(name="executive", kind="person", article=each)
