"""The figures of agreement: against published values, and as sums over articles."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from accordingto.evaluation import Triple
from annotations.agreement.measures import (
    AgreementFigures,
    agreement,
    alpha,
    counts_of,
    word_values,
)
from articles.models import Article
from tests.annotations.second_reviews import disputed_article

TEXT = "Rain is coming, the office said on Monday."
OFFICE = (16, 26)
SAID = (27, 31)
RAIN = (0, 14)


def alpha_of(one: str, other: str) -> float | None:
    """Alpha of two observers, who give each unit a letter."""
    matrix: Counter[tuple[str, str]] = Counter()
    for a, b in zip(one, other, strict=True):
        matrix[a, b] += 1
        matrix[b, a] += 1
    return alpha(matrix)


def test_alpha_of_krippendorffs_examples() -> None:
    """Krippendorff 2011, B (two observers, binary data) and A/C (two observers, nominal data)."""
    binary = alpha_of("0100000010", "1110010000")
    nominal = alpha_of("aabbdcccedda", "babbbcccEddd".lower())
    assert binary is not None
    assert nominal is not None
    assert round(binary, 3) == 0.095
    assert round(nominal, 3) == 0.692


def test_alpha_without_any_variation_is_unknown() -> None:
    assert alpha_of("aaaa", "aaaa") is None
    assert alpha({}) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_alpha_is_one_only_for_full_agreement_and_never_more(pairs: list[tuple[str, str]]) -> None:
    one, other = ("".join(each) for each in zip(*pairs, strict=True))
    value = alpha_of(one, other)
    turned = alpha_of(other, one)
    assert value == turned
    if value is not None:
        assert -1 <= value <= 1
        assert (value == 1) == (one == other)


def test_a_word_has_the_roles_that_touch_it() -> None:
    labels = [Triple((OFFICE,), (SAID,), (RAIN,)), Triple((), (), ((8, 19),))]
    assert word_values(TEXT, labels) == [
        "content",
        "content",
        "content",
        "source+content",
        "source",
        "cue",
        "none",
        "none",
    ]


def test_counts_of_an_article() -> None:
    first = [Triple((OFFICE,), (SAID,), (RAIN,))]
    second = [Triple((OFFICE,), (SAID,), ((0, 7),)), Triple((), (), ((32, 41),))]

    counts = counts_of(TEXT, first, second)

    assert {k: v for k, v in counts.items() if not k.startswith("words ")} == {
        "articles": 1,
        "source first": 1,
        "source second": 1,
        "source both": 1,
        "cue first": 1,
        "cue second": 1,
        "cue both": 1,
        "content first": 1,
        "content second": 2,
        "content both": 0,
        "linked first": 1,
        "linked second": 2,
        "linked both": 0,
        "relaxed first": 1,
        "relaxed second": 2,
        "relaxed both": 1,
    }
    assert sum(v for k, v in counts.items() if k.startswith("words ")) == 8
    figures = AgreementFigures.of(counts)
    assert (figures.source, figures.content, figures.linked_relaxed) == (1.0, 0.0, 2 / 3)
    assert AgreementFigures.of(counts_of(TEXT, second, first)) == figures, (
        "it does not matter who was first"
    )


def test_figures_of_sums_pool_the_articles() -> None:
    same = counts_of(
        TEXT, [Triple((OFFICE,), (SAID,), (RAIN,))], [Triple((OFFICE,), (SAID,), (RAIN,))]
    )
    none = counts_of(TEXT, [], [])
    both = Counter(same)
    both.update(none)
    assert AgreementFigures.of(none) == AgreementFigures(1, None, None, None, None, None, None)
    assert AgreementFigures.of(both) == AgreementFigures(2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


@pytest.mark.django_db
def test_by_pair_of_people_and_by_outlet(person: Callable[..., User], editor: User) -> None:
    second = person("editors", "second-person")
    assert agreement().by_people == []
    article, _review = disputed_article(editor, second)
    Article.objects.filter(pk=article.pk).update(outlet="Coast Gazette")

    found = agreement()

    assert [row.names for row in found.by_people] == [("editors-person", "second-person")]
    assert [row.names for row in found.by_outlet] == [("Coast Gazette",)]
    figures = found.by_people[0].figures
    assert figures == found.by_outlet[0].figures == found.all
    assert figures.articles == 1
    # The mayor alike, port and claim on one side each, the residents' content apart.
    assert figures.source == pytest.approx(2 * 2 / (2 + 3))
    assert figures.linked == pytest.approx(2 * 1 / (3 + 3))
    assert figures.alpha is not None
    assert 0 < figures.alpha < 1
