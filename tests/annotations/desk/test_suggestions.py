"""Suggestions of who a source span speaks of, and taking one up."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accordingto.records.article import ArticleRecord, AttributionRecord
from accordingto.sources import names
from annotations import actions
from annotations.actions import second_review, source_registry
from annotations.actions.base import Conflict, Refused
from annotations.desk import suggestions as desk_suggestions
from annotations.desk.suggestions import Suggestion, suggestions
from annotations.models import Annotation, Decision, Source, SourceAlias, SourceChange
from annotations.queue.intake import ingest_record
from articles.models import Article
from tests.annotations.second_reviews import copies, waiting_article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db

MAYOR_TOLD = {"source": ["Ada Lindqvist"], "cue": ["told"]}
STORY = """The city wants a new bridge. Mrs. Ada Lindqvist welcomed it.

Mr. Omar Haddad opposed the plan with human rights organizations, who warn of costs. Lindqvist \
called that premature. He disagreed, and she added that it was late.

According to Syria TV, the council met. It reported a quarrel."""


def suggested(article: Article) -> dict[str, Suggestion]:
    """Suggestions by the words of the source span."""
    annotations = list(article.annotations.prefetch_related("spans"))
    found = suggestions(article, annotations)
    words = {}
    for annotation in annotations:
        if annotation.pk in found:
            span = next(s for s in annotation.spans.all() if s.role == "source")
            words[article.text[span.start : span.end]] = found[annotation.pk]
    return words


def story(*sources_in_it: str, text: str = STORY) -> Article:
    """The story with an attribution for each of the sources. A "|" ends those that are told from
    others by the words after them.
    """
    records = []
    for words in sources_in_it:
        start = text.index(words.replace("|", ""))
        end = start + len(words.partition("|")[0])
        records.append(
            AttributionRecord(
                source=((start, end),),
                cue=((0, 3),),
                quote_type="indirect",
                confidence=0.8,
                origin="model:test-1",
            )
        )
    record = ArticleRecord(text=text, attributions=tuple(records))
    return ingest_record(record, by=None).article


def source_at(article: Article, words: str) -> Annotation:
    """The annotation whose source span begins with these words' first occurrence."""
    start = article.text.index(words)
    return Annotation.objects.get(article=article, spans__role="source", spans__start=start)


@pytest.mark.parametrize(
    ("words", "name", "kind"),
    [
        ("Mayor Ada Lindqvist", "Ada Lindqvist", "person"),
        ("Sen. Ada Lindqvist’s", "Ada Lindqvist", "person"),
        ("Mr. Haddad", "Haddad", "person"),
        ("Italian Prime Minister Ada Lindqvist", "Ada Lindqvist", "person"),
        ("Ada Lindqvist, the mayor of Springfield,", "Ada Lindqvist", "person"),
        ("company spokesman Omar Haddad", "Omar Haddad", "person"),
        ("Dr. Maria de la Cruz", "Maria de la Cruz", "person"),
        ("“Syria  TV”", "Syria TV", "media outlet"),
        ("the port authority", "port authority", "organisation"),
        ("General Motors", "General Motors", "organisation"),
        ("U.N.", "U.N.", "organisation"),
        ("a report published on Tuesday", "report published on Tuesday", "document"),
        ("two officials", "two officials", "anonymous"),
        ("a person familiar with the matter", "person familiar with the matter", "anonymous"),
        ("residents", "residents", "anonymous"),
        ("the director, Luc Ferrand", "Luc Ferrand", "person"),
        ("The brother, Jon", "Jon", "person"),
        ("a spokesman for Mayor R. J. Pell", "spokesman for Mayor R. J. Pell", "person"),
        ("the report, seen by us", "report, seen by us", "document"),
        ("Beatriz Lam of the group Safe Wards", "Beatriz Lam", "person"),
        ("Nurses who spoke on condition of anonymity", None, "anonymous"),
        ("", "", ""),
        ("…", "", ""),
    ],
)
def test_words_are_cleaned_and_their_kind_guessed(words: str, name: str | None, kind: str) -> None:
    expected = words if name is None else name
    assert (names.cleaned(words), names.guess_kind(words)) == (expected, kind)


@pytest.mark.parametrize(
    ("before", "phrase"),
    [
        ("criticism from human rights organizations,", "human rights organizations"),
        ("He met Ada Lindqvist, the mayor,", "Ada Lindqvist"),
        ("a spokesman for the ministry,", "spokesman for the ministry"),
        ("the report", "report"),
        ("", ""),
        ("and then:", ""),
    ],
)
def test_what_who_refers_to_stands_right_before_it(before: str, phrase: str) -> None:
    assert names.phrase_before(f"{before} who said so", len(before) + 1) == phrase


def test_the_outlet_of_the_article_is_a_media_outlet() -> None:
    assert names.guess_kind("The Beacon", "The Beacon") == "media outlet"
    assert names.guess_kind("the Beacon", "Beacon") == "media outlet"


def test_a_registered_source_of_the_same_name_is_suggested() -> None:
    known = Source.objects.create(name="Syria tv", kind="media outlet")
    expected = Suggestion("Syria tv", "media outlet", known.pk, "same name")
    assert suggested(story("Syria TV")) == {"Syria TV": expected}


def test_a_registered_name_keeps_its_article() -> None:
    known = Source.objects.create(name="The Beacon", kind="media outlet")
    text = "It rained, the Beacon reported."
    assert suggested(story("the Beacon", text=text))["the Beacon"].source_id == known.pk


def test_of_several_kinds_of_one_name_the_fitting_one_is_suggested() -> None:
    Source.objects.create(name="Syria TV", kind="organisation")
    outlet = Source.objects.create(name="Syria TV", kind="media outlet")
    assert suggested(story("Syria TV"))["Syria TV"].source_id == outlet.pk


def test_another_name_is_suggested_with_the_reason() -> None:
    known = Source.objects.create(name="Syrian Television", kind="media outlet")
    known.aliases.create(name="Syria TV")
    found = suggested(story("Syria TV"))["Syria TV"]
    assert (found.name, found.source_id) == ("Syrian Television", known.pk)
    assert found.reason == "also known as “Syria TV”"


def shared_alias() -> list[Source]:
    found = [Source.objects.create(name=name, kind="person") for name in ("Ann Ray", "Bea Ray")]
    SourceAlias.objects.bulk_create(SourceAlias(source=source, name="Ray") for source in found)
    return found


def test_a_shared_name_is_suggested_for_whom_the_article_or_outlet_knows(editor: User) -> None:
    _ann, bea = shared_alias()
    text = "The hall was full. Ray spoke."
    article = story("Ray| spoke", text=text)
    assert "Ray" not in suggested(article), "nobody can tell which"

    first = source_at(article, "Ray spoke")
    other = ready_article("Yesterday Ray spoke.", [{"source": ["Ray"], "cue": ["spoke"]}])
    Article.objects.update(outlet="The Beacon")
    actions.set_source(first.pk, first.version, editor, bea)
    other.refresh_from_db()
    assert suggested(other)["Ray"].source_id == bea.pk, "known in the outlet"
    Article.objects.filter(pk=other.pk).update(outlet="Elsewhere")
    other.refresh_from_db()
    assert "Ray" not in suggested(other)


def test_a_shared_name_is_whom_the_article_calls_so_elsewhere(editor: User) -> None:
    _ann, bea = shared_alias()
    article = story("Ray| spoke", "Ray| sat", text="The hall was full. Ray spoke. Then Ray sat.")
    first = source_at(article, "Ray spoke")
    actions.set_source(first.pk, 1, editor, bea)
    assert suggested(article)["Ray"].source_id == bea.pk


def test_another_name_that_may_not_be_seen_or_is_of_a_description_is_not_suggested(
    editor: User,
) -> None:
    known = Source.objects.create(name="Syrian Television", kind="media outlet")
    source_registry.set_aliases(known.pk, editor, ["Syria TV"])
    first = story("Syria TV", text="Syria TV spoke.").annotations.get()
    actions.set_source(first.pk, 1, editor, known)
    assert suggested(story("Syria TV"))["Syria TV"].source_id == known.pk
    Article.objects.filter(pk=first.article_id).update(status=Article.Status.SECOND_REVIEW)
    later = story("Syria TV", text="It rained, Syria TV reported.")
    assert suggested(later)["Syria TV"].source_id is None, "only the first of two people named it"

    hall = story("Hall TV", text="Hall TV spoke.").annotations.get()
    actions.name_source(hall.pk, 1, editor, "executive", "anonymous")
    other = story("Hall TV", text="It rained, Hall TV reported.")
    assert suggested(other)["Hall TV"].source_id is None, "another article's executive"


@pytest.mark.parametrize(
    ("words", "name"), [("X" * 1000, "X" * 1000), ("X" * 1001, None), ("…", None)]
)
def test_what_cannot_be_a_name_is_not_suggested(words: str, name: str | None) -> None:
    found = suggested(story(words, text=f"It rained, {words} reported."))
    assert [each.name for each in found.values()] == ([name] if name else [])


def test_an_outlet_with_a_surname_for_a_name_is_no_person() -> None:
    article = story("Lindqvist| rep", text="Ada Lindqvist came. It rained, Lindqvist reported.")
    article.outlet = "Lindqvist"
    found = suggested(article)["Lindqvist"]
    assert (found.name, found.kind) == ("Lindqvist", "media outlet")


def test_a_surname_is_the_full_name_that_the_article_gives() -> None:
    known = Source.objects.create(name="Ada Lindqvist", kind="person")
    found = suggested(story("Lindqvist| called", "Mr. Omar Haddad"))
    assert found["Lindqvist"].source_id == known.pk
    assert found["Lindqvist"].reason == "surname of “Ada Lindqvist”, named in the article"
    assert found["Mr. Omar Haddad"].name == "Omar Haddad"
    assert found["Mr. Omar Haddad"].source_id is None
    assert found["Mr. Omar Haddad"].reason == "as the article words it"


def test_a_surname_in_the_registry_gives_way_to_another_full_name_in_the_article() -> None:
    other = Source.objects.create(name="Ingrid Lindqvist", kind="person")
    other.aliases.create(name="Lindqvist")
    assert suggested(story("Lindqvist| called"))["Lindqvist"].name == "Ada Lindqvist"


def test_a_pronoun_means_the_only_one_who_fits() -> None:
    found = suggested(
        story(
            "Mr. Omar Haddad", "Lindqvist| called", "He| dis", "Syria TV", "It| rep", "who", "she"
        )
    )
    assert "who" not in found, "organizations have no name"
    assert "It" not in found
    assert found["He"].name == "Omar Haddad"
    assert found["she"].name == "Ada Lindqvist"
    assert found["she"].reason == "the only one named before that “she” fits"


def mentioned(article: Article, suggestion: Suggestion) -> str:
    assert suggestion.mention is not None
    return article.text[slice(*suggestion.mention)]


def test_a_suggestion_says_where_in_the_text_it_was_taken_from() -> None:
    text = (
        "😀 The hall was full. Mrs. Ada Lindqvist, who chairs it, spoke. Lindqvist sat. She left."
    )
    article = story("who", "Lindqvist| sat", "She| left", "Mrs. Ada Lindqvist", text=text)
    found = suggested(article)
    assert mentioned(article, found["who"]) == "Ada Lindqvist"
    assert found["who"].reason == "the name right before “who”"
    assert mentioned(article, found["Lindqvist"]) == "Mrs. Ada Lindqvist"
    assert mentioned(article, found["She"]) == "Lindqvist", "the latest mention before it"
    assert found["Mrs. Ada Lindqvist"].mention is None, "it stands there itself"


@pytest.mark.parametrize(
    ("text", "pronoun"),
    [
        ("Ada Lindqvist met Ines Tavares. She laughed.", "She| laughed"),
        ("Ada Lindqvist spoke. A woman in the hall rose. She laughed.", "She| laughed"),
        ("Ada Lindqvist spoke of his sister. She laughed.", "She| laughed"),
        ("Rowan Lindqvist came. An executive rose. He laughed.", "He| laughed"),
        ("Goldman Sachs fell. He laughed.", "He| laughed"),
        ("Ada Lindqvist spoke. It rained. The sun came. Then it rained. She left.", "She| left"),
        ("Ada Lindqvist spoke. Then Tavares rose. She laughed.", "She| laughed"),
        ("Ada Lindqvist said: “My friend came. She laughed.”", "She| laughed"),
        ("Ada Lindqvist spoke.\n\nIt rained.\n\nThe sun came.\n\nShe left.", "She| left"),
        ("Ada Lindqvist spoke. He laughed.", "He| laughed"),
        ("Ada Lindqvist and Omar Haddad spoke. They laughed.", "They| laughed"),
        ("The council met at Syria TV. It laughed.", "It| laughed"),
        ("Villagers on Capitol Hill, who sat, laughed.", "who| sat"),
        ("Ada Lindqvist and Ines Tavares, who sat, laughed.", "who| sat"),
        ("The port authority, which sat, laughed.", "which| sat"),
        ("Ada Lindqvist told reporters. Her| sister laughed.".replace("|", ""), "Her| sister"),
    ],
)
def test_a_pronoun_that_may_mean_somebody_else_means_nobody(text: str, pronoun: str) -> None:
    assert suggested(story(pronoun, text=text)) == {}


@pytest.mark.parametrize(
    ("text", "pronoun", "name"),
    [
        ("Ada Lindqvist met Omar Haddad. She laughed.", "She| laughed", "Ada Lindqvist"),
        ("Ada Lindqvist, the mayor, spoke. She laughed.", "She| laughed", "Ada Lindqvist"),
        ("The mayor, Ada Lindqvist, spoke. She laughed.", "She| laughed", "Ada Lindqvist"),
        ("Ada Lindqvist spoke of a man. She laughed.", "She| laughed", "Ada Lindqvist"),
        ("Mr. R. J. Pell spoke. He laughed.", "He| laughed", "R. J. Pell"),
        ("Ada Lindqvist rose.\n\n“Yes,” Lindqvist said. She sat.", "She| sat", "Ada Lindqvist"),
        ("It was Ada Lindqvist, who sat.", "who| sat", "Ada Lindqvist"),
    ],
)
def test_a_pronoun_that_can_mean_one_person_only(text: str, pronoun: str, name: str) -> None:
    (found,) = suggested(story(pronoun, text=text)).values()
    assert found.name == name


def test_of_two_who_fit_the_one_just_quoted_goes_on_speaking() -> None:
    text = "Ines Tavares left. “Yes,” Ada Lindqvist said on Monday. “No,” she added."
    found = suggested(story("Ada Lindqvist", "she| added", text=text))
    assert found["she"].name == "Ada Lindqvist"
    assert "she" not in suggested(story("she| added", text=text + " It rained."))
    rejected = story("Ada Lindqvist", "she| added", text=text + " The sun came.")
    Annotation.objects.filter(pk=source_at(rejected, "Ada").pk).update(
        status="rejected", reviewer="Ann", reviewed_at=timezone.now()
    )
    assert suggested(rejected) == {}


def test_who_was_just_quoted_may_be_worded_as_a_surname_with_more() -> None:
    text = (
        "Ann Singer met Ines Tavares. It rained. It rained on.\n\n"
        "“Yes,” was Singer’s word. “No,” she added."
    )
    found = suggested(story("Singer’s| word", "she| added", text=text))
    assert found["she"].name == "Ann Singer"


def test_she_is_no_organisation_that_an_earlier_span_is_said_to_be(editor: User) -> None:
    text = "The mayor spoke. Then Ada Lindqvist laughed. Lindqvist sat. She left."
    article = story("Lindqvist| sat", "She| left", text=text)
    group = Source.objects.create(name="Lindqvist Group", kind="organisation")
    actions.set_source(source_at(article, "Lindqvist sat").pk, 1, editor, group)
    assert suggested(article)["She"].name == "Ada Lindqvist"


def test_he_is_nobody_whose_title_is_a_womans() -> None:
    text = "Mr. Omar Haddad met Mrs. Ada Lindqvist. He laughed. Then she left."
    found = suggested(story("He| l", "she", text=text))
    assert found["He"].name == "Omar Haddad"
    assert found["she"].name == "Ada Lindqvist"
    alone = "Mrs. Ada Lindqvist came. He laughed."
    assert suggested(story("He| l", text=alone)) == {}


def test_a_pronoun_follows_whom_the_earlier_span_is_said_to_be(editor: User) -> None:
    text = "The mayor spoke. Then Ada Lindqvist laughed. Lindqvist sat. She left."
    article = story("Lindqvist| sat", "She| left", text=text)
    earlier = source_at(article, "Lindqvist sat")
    known = Source.objects.create(name="Ada B. Lindqvist", kind="person")
    actions.set_source(earlier.pk, 1, editor, known)
    she = source_at(article, "She left")
    # Also where the page asks for this one only.
    assert suggestions(article, [she])[she.pk].source_id == known.pk


def test_none_for_the_rejected_the_resolved_and_those_without_a_source(editor: User) -> None:
    article = story(
        "Syria TV",
        "Mr. Omar Haddad",
        "we| s",
        "one of them",
        text=STORY + " We, we said, one of them.",
    )
    tv, omar = source_at(article, "Syria TV"), source_at(article, "Mr. Omar")
    actions.reject(tv.pk, 1, editor)
    actions.set_source(omar.pk, 1, editor, Source.objects.create(name="Omar Haddad", kind="person"))
    assert suggested(article) == {}
    nobody = ready_article("It is said so.", [{"cue": ["is said"], "content": ["so"]}])
    assert suggested(nobody) == {}


def test_what_is_hidden_of_a_blind_sample_is_in_no_suggestion() -> None:
    text = "Ines Tavares met Ada Lindqvist. Then Lindqvist spoke. She left."
    article = story("Lindqvist| spoke", "She| left", text=text)
    assert suggested(article)["She"].name == "Ada Lindqvist", "a machine saw her speak"
    Article.objects.filter(pk=article.pk).update(blind=True)
    article.refresh_from_db()
    assert "She" not in suggested(article)


@pytest.mark.parametrize("count", [2, 120])
def test_the_number_of_queries_stays(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shared_alias()
    text = "Ray met.\n\nIt rained.\n\nAda Lindqvist came. She sat. "
    text += "".join(f"Witness{n} spoke. " for n in range(count))
    article = story("Ray| met", "She| sat", *(f"Witness{n}" for n in range(count)), text=text)
    annotations = list(article.annotations.prefetch_related("spans"))
    with django_assert_num_queries(4):
        assert len(suggestions(article, annotations)) == count + 1


@pytest.mark.parametrize("role", ["editors", "admins"])
def test_accepting_creates_the_source_and_its_other_name(
    person: Callable[[str], User], mayor: Annotation, role: str
) -> None:
    by = person(role)
    changed = actions.name_source(mayor.pk, 1, by, " Ada  M. Lindqvist ", "person")
    source = changed.resolved_source
    assert source is not None
    assert (source.name, source.kind) == ("Ada M. Lindqvist", "person")
    assert [alias.name for alias in source.aliases.all()] == ["Ada Lindqvist"]
    assert [(c.action, c.by) for c in source.changes.all()] == [("create", by), ("alias", by)]
    decision = changed.decisions.last()
    assert decision is not None
    assert decision.after is not None
    assert (decision.action, decision.after["source_name"]) == ("resolve", "Ada M. Lindqvist")
    assert changed.version == 2


def test_accepting_finds_the_live_source_however_it_is_capitalised(
    editor: User, mayor: Annotation
) -> None:
    known = Source.objects.create(name="Ada Lindqvist", kind="person")
    Source.objects.create(name="Ada Lindqvist", kind="organisation")
    changed = actions.name_source(mayor.pk, 1, editor, "ada lindqvist", "person")
    assert changed.resolved_source == known
    assert not known.aliases.exists(), "its own name is no other name"


@pytest.mark.parametrize("words", ["An executive", "the executive", "Executive", "critics"])
def test_a_description_of_another_article_is_never_suggested(editor: User, words: str) -> None:
    first = story("The executive", text="The executive spoke.").annotations.get()
    actions.name_source(first.pk, 1, editor, "executive", "person")
    Source.objects.create(name="critics", kind="anonymous")  # of an earlier release
    Source.objects.create(name="Ada Lindqvist", kind="person").aliases.create(name="executive")
    text = f"It rained. {words} left." if words[0].isupper() else f"It rained, {words} left."
    assert suggested(story(words, text=text)) == {}


def test_a_description_that_somebody_names_on_purpose_belongs_to_its_article(editor: User) -> None:
    texts = ["The executive spoke. The executive sat. An executive left.", "The executive rose."]
    first = story("The executive| sp", "The executive| sa", "An executive", text=texts[0])
    second = story("The executive", text=texts[1])
    one, same, other = first.annotations.order_by("start")
    named = actions.name_source(one.pk, 1, editor, "executive", "anonymous").resolved_source
    elsewhere = actions.name_source(
        second.annotations.get().pk, 1, editor, "Executive", "anonymous"
    ).resolved_source
    assert named is not None
    assert elsewhere is not None
    assert named != elsewhere, "another article's executive is another one"
    assert (named.article, elsewhere.article) == (first, second)
    found = suggestions(first, list(first.annotations.prefetch_related("spans")))
    assert found[same.pk].source_id == named.pk
    assert found[same.pk].reason == "called so in this article"
    assert other.pk not in found, "“an executive” may be another one"
    again = actions.name_source(same.pk, 1, editor, "The executive", "anonymous").resolved_source
    assert again != named, "what is typed is what counts"
    assert not SourceAlias.objects.exists(), "“The executive” is no name"


def test_a_name_typed_in_lower_case_is_the_name_in_the_registry(
    editor: User, mayor: Annotation
) -> None:
    known = Source.objects.create(name="Ada Lindqvist", kind="person")
    assert (
        actions.name_source(mayor.pk, 1, editor, "ada lindqvist", "person").resolved_source == known
    )


def test_accepting_the_name_of_a_merged_source_means_the_one_it_went_into(
    editor: User, mayor: Annotation
) -> None:
    into = Source.objects.create(name="Ada Lindqvist", kind="person")
    Source.objects.create(name="A. Lindqvist", kind="person", merged_into=into)
    assert (
        actions.name_source(mayor.pk, 1, editor, "A. Lindqvist", "person").resolved_source == into
    )


def test_only_a_name_becomes_another_name(editor: User, article: Article) -> None:
    port = article.annotations.all()[1]
    source = actions.name_source(port.pk, 1, editor, "Port of Springfield", "organisation")
    assert source.resolved_source is not None
    assert not source.resolved_source.aliases.exists(), "“port authority” is no name"
    text = "Executives laughed."
    executives = ready_article(text, [{"source": ["Executives"], "cue": ["laughed"]}])
    annotation = executives.annotations.get()
    source = actions.name_source(annotation.pk, 1, editor, "Syria TV", "media outlet")
    assert source.resolved_source is not None
    assert not source.resolved_source.aliases.exists(), "“Executives” is no name"


def test_accepting_twice_is_accepting_once(editor: User, mayor: Annotation) -> None:
    first = actions.name_source(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    again = actions.name_source(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    assert again.version == first.version == 2
    assert Source.objects.count() == SourceChange.objects.count() == 1


def test_a_stale_or_refused_name_leaves_nothing_behind(
    editor: User, admin: User, fact_checker: User, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, admin)
    with pytest.raises(Conflict):
        actions.name_source(mayor.pk, 1, editor, "Somebody Else", "person")
    for name, kind in [("", "person"), ("x" * 10_000, "person"), ("Ada", "cat"), ("a\0b", "")]:
        with pytest.raises(Refused):
            actions.name_source(mayor.pk, 2, editor, name, kind)
    with pytest.raises(PermissionDenied):
        actions.name_source(mayor.pk, 2, fact_checker, "Ada Lindqvist", "person")
    for act in (actions.name_source, actions.approve_named):
        with pytest.raises(PermissionDenied):  # whatever else is wrong with it
            act(mayor.pk, 1, fact_checker, "", "cat")
    assert not Source.objects.exists()
    assert not SourceChange.objects.exists()


def test_approving_with_a_name_is_two_decisions_and_one_undo(
    editor: User, mayor: Annotation
) -> None:
    done = actions.approve_named(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    assert (done.status, str(done.resolved_source), done.version) == (
        "approved",
        "Ada Lindqvist",
        3,
    )
    naming_it, approval = done.decisions.exclude(action="import")
    assert (naming_it.action, approval.action) == ("resolve", "approve")
    assert naming_it.batch == approval.batch is not None
    again = actions.approve_named(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    assert (again.version, Decision.objects.exclude(action="import").count()) == (3, 2)

    def stands() -> tuple[str, str, int]:
        mayor.refresh_from_db()
        return mayor.status, str(mayor.resolved_source), mayor.version

    actions.undo_latest(mayor.article_id, editor)
    assert stands() == ("proposed", "None", 5)
    actions.redo_latest(mayor.article_id, editor)
    assert stands() == ("approved", "Ada Lindqvist", 7)
    actions.undo(mayor.pk, 7, editor)
    assert stands() == ("proposed", "None", 9)
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo(mayor.pk, 9, editor)
    actions.redo_latest(mayor.article_id, editor)
    assert stands() == ("approved", "Ada Lindqvist", 11)
    with pytest.raises(Refused, match="nothing to redo"):
        actions.redo_latest(mayor.article_id, editor)


def test_an_approval_with_a_name_is_all_or_nothing(
    editor: User, admin: User, fact_checker: User, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, admin)
    for by, version, name, error in [
        (editor, 1, "Ada Lindqvist", Conflict),
        (editor, 2, "", Refused),
        (editor, 2, "x" * 1001, Refused),
        (fact_checker, 2, "Ada Lindqvist", PermissionDenied),
    ]:
        with pytest.raises(error):
            actions.approve_named(mayor.pk, version, by, name, "person")
    for each in mayor.article.annotations.filter(status="proposed"):
        actions.approve(each.pk, each.version, editor)
    actions.finish(mayor.article_id, editor)
    with pytest.raises(Refused, match="finished"):
        actions.approve_named(mayor.pk, 2, editor, "Ada Lindqvist", "person")
    mayor.refresh_from_db()
    assert (mayor.reviewer, mayor.resolved_source) == (admin.username, None)
    assert not Source.objects.exists()


@pytest.mark.parametrize("named", [False, True])
def test_two_decisions_of_others_are_no_approval_with_a_name(
    editor: User, admin: User, mayor: Annotation, *, named: bool
) -> None:
    if named:
        actions.approve_named(mayor.pk, 1, admin, "Ada Lindqvist", "person")
    else:
        actions.approve(mayor.pk, 1, admin)
        actions.flag(mayor.pk, 2, admin, "Sure?")
    with pytest.raises(Conflict):
        actions.approve_named(mayor.pk, 1, editor, "Ada Lindqvist", "person")


def test_approving_with_the_name_it_has_already_approves(editor: User, mayor: Annotation) -> None:
    actions.name_source(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    for _twice in range(2):
        done = actions.approve_named(mayor.pk, 2, editor, "Ada Lindqvist", "person")
        assert (done.status, done.version) == ("approved", 3)


def test_the_key_approves_with_the_name_only_where_it_was_asked_to(
    client: Client, editor: User, mayor: Annotation
) -> None:
    client.force_login(editor)
    url = reverse("review:approve", args=[mayor.pk])
    data = {"version": 1, "name": "Ada Lindqvist", "kind": "person"}
    client.post(url, data)
    mayor.refresh_from_db()
    assert (mayor.status, mayor.resolved_source) == ("approved", None)
    response = client.post(url, data | {"version": 2, "named": "1", "name": " "})
    assert (response.status_code, Source.objects.count()) == (409, 0)
    client.post(url, data | {"version": 2, "named": "1"})
    mayor.refresh_from_db()
    assert (mayor.version, str(mayor.resolved_source)) == (4, "Ada Lindqvist")


def finished_article(by: User) -> tuple[Article, list[Annotation]]:
    article = ready_article()
    for annotation in article.annotations.all():
        actions.approve(annotation.pk, 1, by)
    actions.finish(article.pk, by)
    article.refresh_from_db()
    return article, list(article.annotations.all())


def test_naming_is_undone_and_done_again_in_a_finished_article(editor: User, admin: User) -> None:
    article, (mayor, port, _residents) = finished_article(editor)
    signature = mayor.reviewer, mayor.reviewed_at
    actions.name_source(mayor.pk, 2, admin, "Ada Lindqvist", "person")
    actions.undo(mayor.pk, 3, editor)
    with pytest.raises(Refused, match="finished"):
        actions.undo(mayor.pk, 4, editor)
    actions.redo_latest(article.pk, editor)
    actions.name_source(port.pk, 2, editor, "Port of Springfield", "organisation")
    actions.undo_latest(article.pk, editor)
    actions.redo_latest(article.pk, editor)
    mayor.refresh_from_db()
    port.refresh_from_db()
    assert str(mayor.resolved_source) == "Ada Lindqvist"
    assert str(port.resolved_source) == "Port of Springfield"
    assert (mayor.status, mayor.reviewer, mayor.reviewed_at) == ("approved", *signature)
    stands = Article.objects.get(pk=article.pk)
    assert (stands.status, stands.finished_at) == ("finished", article.finished_at)


def test_nothing_but_naming_is_undone_in_a_finished_article(editor: User) -> None:
    article, (mayor, _port, _residents) = finished_article(editor)
    for act in (
        lambda: actions.undo(mayor.pk, 2, editor),
        lambda: actions.undo_latest(article.pk, editor),
        lambda: actions.redo_latest(article.pk, editor),
        lambda: actions.approve(mayor.pk, 2, editor),
        lambda: actions.flag(mayor.pk, 2, editor, "?"),
    ):
        with pytest.raises(Refused, match="finished"):
            act()
    named = ready_article("Ada Lindqvist told Ines Tavares so.", [MAYOR_TOLD])
    annotation = named.annotations.get()
    actions.approve_named(annotation.pk, 1, editor, "Ada Lindqvist", "person")
    actions.finish(named.pk, editor)
    with pytest.raises(Refused, match="finished"):
        actions.undo(annotation.pk, 3, editor)


def test_nothing_is_named_while_an_article_waits_for_a_second_review(
    editor: User, mayor: Annotation
) -> None:
    Article.objects.filter(pk=mayor.article_id).update(status=Article.Status.SECOND_REVIEW)
    with pytest.raises(Refused, match="waiting for a second"):
        actions.name_source(mayor.pk, 1, editor, "Ada Lindqvist", "person")
    assert not Source.objects.exists()


def test_a_second_person_s_labels_are_named_no_more_once_the_article_is_finished(
    editor: User, admin: User
) -> None:
    article = waiting_article(editor)
    label = copies(second_review.begin(article.pk, admin))[0]
    Article.objects.filter(pk=article.pk).update(
        status=Article.Status.FINISHED, finished_by=admin, finished_at=timezone.now()
    )
    with pytest.raises(Refused, match="finished"):
        actions.name_source(label.pk, label.version, admin, "Ada Lindqvist", "person")
    assert not Source.objects.exists()


def test_only_sources_near_a_pronoun_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    far = "Ada Holm told him. " * 5 + "It rained on the town. " * 2_000
    article = story("Ada Holm", "he| said", text=f"{far}Jon Ek came. Then he said so.")
    read: list[int] = []
    speaker = desk_suggestions._speaker

    def counting(start: int, *rest: Any) -> Any:
        read.append(start)
        return speaker(start, *rest)

    monkeypatch.setattr(desk_suggestions, "_speaker", counting)
    suggested(article)
    assert read
    assert all(start > len(far) for start in read)
