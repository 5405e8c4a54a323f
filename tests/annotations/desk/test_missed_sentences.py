"""Sentences that may hide an attribution: which are marked, who may clear them, and taking back."""

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from accordingto.attribution import Offsets
from accordingto.pipeline.missed import missed_sentences
from annotations import actions
from annotations.actions import second_review
from annotations.actions.base import Refused
from annotations.desk.desk import Desk
from annotations.models import Annotation, Clearing, Decision
from articles.models import Article
from tests.builders import ready_article


def marked(text: str, **covered: str) -> bool:
    """Whether the text is marked, as one sentence, with these words of each role covered."""
    pieces = [
        (text.index(word), text.index(word) + len(word), role)
        for role, words in covered.items()
        for word in words.split("|")
    ]
    return missed_sentences(text, [(0, len(text))], pieces) != []


@pytest.mark.parametrize(
    "text",
    [
        'It was "fine" again.',
        "It was “fine” again.",
        "Es war „gut“ so.",
        "C’était « bien » ainsi.",
        "Es war »gut« so.",
        "C’était ‹bien› ainsi.",
        "首相は「大丈夫」だ。",
        "『本』である。",
        "The mayor SAID so.",
        "She says so.",
        "They were warned.",
        "According to the port, it rains.",
        "He told her.",
    ],
)
def test_quotation_marks_and_words_of_saying_make_a_sentence_suspicious(text: str) -> None:
    assert marked(text)


@pytest.mark.parametrize(
    "text",
    ["It rained all day.", "The mayor's car is red.", "Unsaidness reigned.", "It’s hers.", "   "],
)
def test_other_sentences_are_left_alone(text: str) -> None:
    assert not marked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Documents filed with the county put the price at $3 million.",
        "The report lists four faults.",
        "He was accused of fraud.",
        "In the words of one sailor, it is a wreck.",
        "The reportedly sick mayor stayed at home.",
        "The union criticised the plan.",
    ],
)
def test_other_ways_of_reporting_make_a_sentence_suspicious(text: str) -> None:
    assert marked(text)


@pytest.mark.parametrize(
    ("text", "covered", "is_marked"),
    [
        # The cue accounts for its word, whatever else is covered.
        ("The mayor said so.", {"cue": "said"}, False),
        ("The mayor said so.", {"source": "The mayor"}, True),
        ("The mayor said so.", {"content": "so"}, True),
        ("The mayor said so.", {"content": "The mayor said so"}, True),
        # One attribution within another's content.
        (
            "Strand said the engineer had told her that the pier was sound.",
            {"source": "Strand", "cue": "said", "content": "the engineer had told her that"},
            True,
        ),
        (
            "Strand said the engineer had told her that the pier was sound.",
            {"cue": "said|had told her", "content": "the engineer had told her that"},
            False,
        ),
        ("“She told me, ‘No,’” Dunne recalled.", {"cue": "recalled", "content": "“She"}, True),
        (
            "“She told me, ‘No,’” Dunne recalled.",
            {"cue": "recalled", "content": "“She told me, ‘No,’”"},
            True,
        ),
        # What a speaker says of themselves is no attribution of its own.
        (
            "“I think we said no,” he said.",
            {"cue": "he said", "content": "“I think we said no,”"},
            False,
        ),
        # Forms that are as often nouns.
        ("He said charges and reports piled up.", {"cue": "said", "content": "charges"}, False),
        ("He said it reports that.", {"cue": "said", "content": "it reports that"}, True),
        ("He said claims that it sank are false.", {"cue": "said"}, True),
        ("He said claims were false.", {"cue": "said"}, False),
        ("He said he claims it.", {"cue": "said"}, True),
        ("It claims so, Dunne said.", {"cue": "said"}, True),
        ("Dunne said yes to claims that", {"cue": "said"}, True),
        ("Claims were false, it", {"content": "false"}, False),
        ("She said so and claims", {"cue": "said"}, False),
        # A reporting verb of the speaker's own words, the pronoun one to three words before it.
        ("“I never ever said so”", {"content": "“I never ever said so”"}, False),
        ("“I said so”", {"content": "“I said so”"}, False),
        ("“I was out; nobody had said so”", {"content": "“I was out; nobody had said so”"}, True),
        ("“I would not have said so”", {"content": "“I would not have said so”"}, True),
        # Each quotation by a piece of its own, its marks inside or outside.
        ("He said “yes” and “no”.", {"cue": "said", "content": "yes"}, True),
        ("He said “yes” and “no”.", {"cue": "said", "content": "“yes”|“no”"}, False),
        ("He said “yes” and “no”.", {"cue": "said", "content": "yes|no"}, False),
        ("Big “Mike” Jones said no.", {"source": "Big “Mike” Jones", "cue": "said"}, False),
        ("It was “.", {}, True),
    ],
)
def test_each_mark_and_reporting_word_needs_a_piece_of_its_own(
    text: str, covered: dict[str, str], *, is_marked: bool
) -> None:
    assert marked(text, **covered) is is_marked


def test_a_content_over_several_sentences_covers_their_marks() -> None:
    text = "“A sat.” “B sat.” “C sat.” “D sat.”"
    sentences = [(0, 8), (9, 17), (18, 26), (27, 35)]
    assert missed_sentences(text, sentences, [(0, 26, "content")]) == [(27, 35)]
    assert missed_sentences(text, sentences, [(10, 23, "content")]) == [(0, 8), (27, 35)]


@given(
    st.lists(st.integers(0, 120), unique=True, max_size=12).map(sorted),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=8),
)
def test_a_word_is_accounted_for_exactly_where_a_cue_reaches_it(
    cuts: list[int], raw: list[tuple[int, int]]
) -> None:
    text = "said " * 24
    sentences: list[Offsets] = list(zip(cuts[::2], cuts[1::2], strict=False))
    cues = [(min(piece), max(piece), "cue") for piece in raw if piece[0] != piece[1]]

    def hides(start: int, end: int) -> bool:
        words = [(at, at + 4) for at in range(0, 120, 5) if start <= at and at + 4 <= end]
        return any(not any(s < b and a < e for s, e, _role in cues) for a, b in words)

    found = missed_sentences(text, sentences, cues)
    assert found == [(start, end) for start, end in sentences if hides(start, end)]


HIDING = "The bridge closes.\n\nThe pilot said no. Residents hate noise, they said. It rained."


@pytest.fixture
def hiding(db: None) -> Article:
    proposals = [{"source": ["they"], "cue": ["said."], "content": ["Residents hate noise"]}]
    return ready_article(HIDING, proposals)


PILOT = HIDING.index("The pilot")


def suspects(article: Article, who: User) -> list[str]:
    desk = Desk(Article.objects.get(pk=article.pk), who)
    return [HIDING[start:end] for start, end in desk.all_missed]


@pytest.mark.django_db
def test_a_cleared_sentence_is_marked_no_more_and_names_who_looked(
    hiding: Article, editor: User, admin: User
) -> None:
    assert suspects(hiding, editor) == ["The pilot said no."]

    actions.clear_sentence(hiding.pk, PILOT, editor)

    clearing = Clearing.objects.get()
    assert (clearing.sentence.start, clearing.by, clearing.second_review) == (PILOT, editor, None)
    assert suspects(hiding, admin) == []
    logged = Decision.objects.get(action="clear")
    assert (logged.article, logged.by, logged.annotation) == (hiding, editor, None)
    place = {"start": PILOT, "end": PILOT + 18, "second_review": False}
    assert logged.before == {**place, "cleared": False}
    assert logged.after == {**place, "cleared": True}


@pytest.mark.django_db
def test_sent_twice_it_is_cleared_once_and_by_one(
    hiding: Article, editor: User, admin: User
) -> None:
    for _each in range(2):
        actions.clear_sentence(hiding.pk, PILOT, editor)
    with pytest.raises(Refused, match=f"{editor.username} has cleared"):
        actions.clear_sentence(hiding.pk, PILOT, admin)
    assert Clearing.objects.get().by == editor
    assert Decision.objects.filter(action="clear").count() == 1


@pytest.mark.django_db
def test_a_clearing_is_undone_and_done_again_in_turn_with_other_decisions(
    hiding: Article, editor: User, admin: User
) -> None:
    annotation = hiding.annotations.get()
    actions.approve(annotation.pk, 1, editor)
    actions.clear_sentence(hiding.pk, PILOT, editor)
    assert actions.undo_latest(hiding.pk, editor) == [hiding.sentences.get(start=PILOT)]
    assert suspects(hiding, admin) == ["The pilot said no."]
    assert [each.pk for each in actions.undo_latest(hiding.pk, editor)] == [annotation.pk]
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo_latest(hiding.pk, editor)
    actions.redo_latest(hiding.pk, editor)
    actions.redo_latest(hiding.pk, editor)
    assert suspects(hiding, admin) == []
    actions.undo_latest(hiding.pk, editor)
    logged = Decision.objects.filter(annotation=None).values_list("action", flat=True)
    assert list(logged) == ["clear", "undo", "redo", "undo"]
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo_latest(hiding.pk, admin)


@pytest.mark.django_db
def test_a_clearing_in_a_finished_article_is_not_taken_back(hiding: Article, editor: User) -> None:
    actions.approve(hiding.annotations.get().pk, 1, editor)
    actions.clear_sentence(hiding.pk, PILOT, editor)
    actions.finish(hiding.pk, editor)
    with pytest.raises(Refused, match="finished"):
        actions.undo_latest(hiding.pk, editor)
    assert Clearing.objects.get().by == editor


@pytest.mark.django_db
def test_sentences_are_cleared_and_taken_back_each_by_itself(
    hiding: Article, editor: User, admin: User
) -> None:
    actions.clear_sentence(hiding.pk, HIDING.index("It rained"), admin)
    actions.clear_sentence(hiding.pk, PILOT, editor)
    assert suspects(hiding, editor) == []
    actions.undo_latest(hiding.pk, editor)
    assert suspects(hiding, editor) == ["The pilot said no."]
    assert Clearing.objects.get().by == admin


@pytest.mark.django_db
def test_a_clearing_that_is_taken_back_by_one_press_is_taken_back_once(
    hiding: Article, editor: User
) -> None:
    actions.approve(hiding.annotations.get().pk, 1, editor)
    actions.clear_sentence(hiding.pk, 0, editor)
    actions.clear_sentence(hiding.pk, PILOT, editor)
    press = uuid.uuid4()
    for _sent in range(2):
        changed = actions.undo_latest(hiding.pk, editor, press=press)
        assert changed == [hiding.sentences.get(start=PILOT)]
    assert Clearing.objects.get().sentence.start == 0


@pytest.mark.django_db
def test_what_another_cleared_meanwhile_is_not_done_again(
    hiding: Article, editor: User, admin: User
) -> None:
    actions.clear_sentence(hiding.pk, PILOT, editor)
    actions.undo_latest(hiding.pk, editor)
    actions.clear_sentence(hiding.pk, PILOT, admin)
    with pytest.raises(Refused, match="Somebody else has looked"):
        actions.redo_latest(hiding.pk, editor)
    assert Clearing.objects.get().by == admin


@pytest.mark.django_db
def test_in_a_second_review_each_clears_for_themselves(
    hiding: Article, editor: User, admin: User, person: Callable[..., User]
) -> None:
    second = person("editors", "second")
    Article.objects.filter(pk=hiding.pk).update(needs_second_review=True)
    actions.approve(hiding.annotations.get().pk, 1, editor)
    actions.clear_sentence(hiding.pk, PILOT, editor)
    actions.finish(hiding.pk, editor)
    for who in (editor, admin, second):
        with pytest.raises(Refused, match="waiting for a second review"):
            actions.clear_sentence(hiding.pk, PILOT, who)
    review = second_review.begin(hiding.pk, second)
    assert suspects(hiding, second) == ["The pilot said no."], "not led by the first"
    with pytest.raises(Refused, match="another person's second review"):
        actions.clear_sentence(hiding.pk, PILOT, admin, review)

    actions.clear_sentence(hiding.pk, PILOT, second, review)

    assert suspects(hiding, second) == []
    clearings = Clearing.objects.order_by("id").values_list("by__username", "second_review")
    assert list(clearings) == [(editor.username, None), ("second", review.pk)]


@pytest.mark.django_db
def test_begun_again_a_second_review_has_its_clearings(
    hiding: Article, editor: User, person: Callable[..., User]
) -> None:
    second = person("editors", "second")
    Article.objects.filter(pk=hiding.pk).update(needs_second_review=True)
    actions.approve(hiding.annotations.get().pk, 1, editor)
    actions.finish(hiding.pk, editor)
    actions.clear_sentence(hiding.pk, PILOT, second, second_review.begin(hiding.pk, second))
    second_review.hand_back(hiding.pk, second)
    review = second_review.begin(hiding.pk, second)
    assert suspects(hiding, second) == []
    actions.undo_latest(hiding.pk, second, review)
    assert suspects(hiding, second) == ["The pilot said no."]
    actions.redo_latest(hiding.pk, second, review)
    assert suspects(hiding, second) == []


@pytest.mark.django_db
def test_what_was_cleared_in_an_earlier_second_review_is_past(
    hiding: Article, editor: User, person: Callable[..., User]
) -> None:
    second = person("editors", "second")
    Article.objects.filter(pk=hiding.pk).update(needs_second_review=True)
    actions.approve(hiding.annotations.get().pk, 1, editor)
    actions.finish(hiding.pk, editor)
    review = second_review.begin(hiding.pk, second)
    actions.approve(Annotation.every.get(second_review=review).pk, 1, second)
    actions.clear_sentence(hiding.pk, PILOT, second, review)
    assert actions.finish(hiding.pk, second).status == "finished"
    actions.reopen(hiding.pk, editor)
    actions.finish(hiding.pk, editor)
    again = second_review.begin(hiding.pk, second)
    assert suspects(hiding, second) == ["The pilot said no."]
    with pytest.raises(Refused, match="nothing to undo"):
        actions.undo_latest(hiding.pk, second, again)


@pytest.mark.django_db
def test_the_database_keeps_one_clearing_a_look(hiding: Article, editor: User) -> None:
    actions.clear_sentence(hiding.pk, PILOT, editor)
    sentence = hiding.sentences.get(start=PILOT)
    with pytest.raises(IntegrityError, match="clearing_once_a_second_review"):
        Clearing.objects.create(sentence=sentence, by=editor)


@pytest.mark.django_db
def test_the_database_knows_what_was_cleared(hiding: Article, editor: User) -> None:
    with pytest.raises(IntegrityError, match="decision_clear_of_a_sentence"):
        Decision.objects.create(article=hiding, action="clear", by=editor, by_name="x")


@pytest.mark.django_db
def test_a_rejected_proposal_was_looked_at_so_its_sentence_is_not_marked(
    hiding: Article, editor: User
) -> None:
    annotation = hiding.annotations.get()
    actions.reject(annotation.pk, 1, editor)
    assert suspects(hiding, editor) == ["The pilot said no."]


@pytest.mark.django_db
def test_in_a_blind_sample_hidden_proposals_do_not_give_themselves_away(
    hiding: Article, editor: User
) -> None:
    Article.objects.filter(pk=hiding.pk).update(blind=True)
    assert suspects(hiding, editor) == ["The pilot said no.", "Residents hate noise, they said."]


@pytest.mark.django_db
@pytest.mark.parametrize("start", [0 + 1, -1, 10**6, 10**30])
def test_where_no_sentence_starts_nothing_is_cleared(
    hiding: Article, editor: User, start: int
) -> None:
    with pytest.raises(Refused, match="No sentence starts there"):
        actions.clear_sentence(hiding.pk, start, editor)
    assert not Clearing.objects.exists()


@pytest.mark.django_db
def test_in_a_finished_article_nothing_is_cleared(hiding: Article, editor: User) -> None:
    actions.approve(hiding.annotations.get().pk, 1, editor)
    actions.finish(hiding.pk, editor)
    with pytest.raises(Refused, match="finished"):
        actions.clear_sentence(hiding.pk, PILOT, editor)
    assert not Clearing.objects.exists()
    assert not Decision.objects.filter(action="clear").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "may"),
    [("editors", True), ("admins", True), ("fact-checkers", False), ("anonymous", False)],
)
def test_who_may_clear_a_sentence(
    hiding: Article, person: Callable[[str], User], role: str, may: bool
) -> None:
    who = AnonymousUser() if role == "anonymous" else person(role)
    if may:
        actions.clear_sentence(hiding.pk, PILOT, who)  # type: ignore[arg-type]
    else:
        with pytest.raises(PermissionDenied):
            actions.clear_sentence(hiding.pk, PILOT, who)  # type: ignore[arg-type]
    assert Clearing.objects.exists() is may
