"""Sentences that may hide an attribution: which are marked, and who may clear them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from annotations import finishing, missed, review
from annotations.attribution.types import Offsets
from annotations.deciding import Refused
from annotations.desk import Desk
from annotations.missed import missed_sentences
from articles.models import Article
from tests.builders import ready_article

SENTENCE = "The mayor said so."


def marked(text: str, covered: list[Offsets] | None = None) -> bool:
    return missed_sentences(text, [(0, len(text))], covered or []) != []


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
    ("covered", "is_marked"),
    [
        ([], True),
        ([(0, 18)], False),
        ([(4, 9)], False),
        ([(0, 1)], False),
        ([(17, 18)], False),
        ([(17, 90)], False),
        ([(18, 90)], True),
    ],
)
def test_a_sentence_that_any_piece_touches_hides_nothing(
    covered: list[Offsets], is_marked: bool
) -> None:
    assert marked(SENTENCE, covered) is is_marked


def test_a_content_over_several_sentences_covers_them_all() -> None:
    text = "“A said.” “B said.” “C said.” “D said.”"
    sentences = [(0, 9), (10, 19), (20, 29), (30, 39)]
    assert missed_sentences(text, sentences, [(0, 29), (2, 4)]) == [(30, 39)]
    assert missed_sentences(text, sentences, [(12, 22)]) == [(0, 9), (30, 39)]


@given(
    st.lists(st.integers(0, 120), unique=True, max_size=12).map(sorted),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=8),
)
def test_a_sentence_is_marked_exactly_where_no_piece_reaches_it(
    cuts: list[int], raw: list[tuple[int, int]]
) -> None:
    text = '"' * 120
    sentences = list(zip(cuts[::2], cuts[1::2], strict=False))
    pieces = [(min(piece), max(piece)) for piece in raw if piece[0] != piece[1]]
    assert missed_sentences(text, sentences, pieces) == [
        (start, end)
        for start, end in sentences
        if not any(s < end and start < e for s, e in pieces)
    ]


HIDING = "The bridge closes.\n\nThe pilot said no. Residents feared noise, they said. It rained."


@pytest.fixture
def hiding(db: None) -> Article:
    proposals = [{"source": ["they"], "cue": ["said."], "content": ["Residents feared noise"]}]
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

    missed.clear(hiding.pk, PILOT, editor)

    sentence = hiding.sentences.get(start=PILOT)
    assert sentence.cleared_by == editor
    assert sentence.cleared_at is not None
    assert suspects(hiding, admin) == []
    assert hiding.sentences.filter(cleared_at__isnull=False).count() == 1


@pytest.mark.django_db
def test_a_rejected_proposal_was_looked_at_so_its_sentence_is_not_marked(
    hiding: Article, editor: User
) -> None:
    annotation = hiding.annotations.get()
    review.reject(annotation.pk, 1, editor)
    assert suspects(hiding, editor) == ["The pilot said no."]


@pytest.mark.django_db
def test_in_a_blind_sample_hidden_proposals_do_not_give_themselves_away(
    hiding: Article, editor: User
) -> None:
    Article.objects.filter(pk=hiding.pk).update(blind=True)
    assert suspects(hiding, editor) == ["The pilot said no.", "Residents feared noise, they said."]


@pytest.mark.django_db
@pytest.mark.parametrize("start", [0 + 1, -1, 10**6, 10**30])
def test_where_no_sentence_starts_nothing_is_cleared(
    hiding: Article, editor: User, start: int
) -> None:
    with pytest.raises(Refused, match="No sentence starts there"):
        missed.clear(hiding.pk, start, editor)
    assert not hiding.sentences.filter(cleared_at__isnull=False).exists()


@pytest.mark.django_db
def test_in_a_finished_article_nothing_is_cleared(hiding: Article, editor: User) -> None:
    review.approve(hiding.annotations.get().pk, 1, editor)
    finishing.finish(hiding.pk, editor)
    with pytest.raises(Refused, match="finished"):
        missed.clear(hiding.pk, PILOT, editor)
    assert hiding.sentences.get(start=PILOT).cleared_by is None


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
        missed.clear(hiding.pk, PILOT, who)  # type: ignore[arg-type]
    else:
        with pytest.raises(PermissionDenied):
            missed.clear(hiding.pk, PILOT, who)  # type: ignore[arg-type]
    assert hiding.sentences.filter(cleared_at__isnull=False).exists() is may
