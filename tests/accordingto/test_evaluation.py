"""The definitions of agreement, each on a case small enough to count by hand."""

import random

import pytest

from accordingto.attribution import Offsets
from accordingto.evaluation import Evaluation, Triple, trim_edges

TEXT = "Ana said, “the pier is very old.” Jo said no."


def at(words: str) -> tuple[Offsets, ...]:
    start = TEXT.index(words)
    return ((start, start + len(words)),)


GOLD = Triple(at("Ana"), at("said"), at("“the pier is very old.”"))


def evaluate(*predicted: Triple, gold: tuple[Triple, ...] = (GOLD,)) -> Evaluation:
    evaluation = Evaluation()
    evaluation.add(TEXT, predicted, gold)
    return evaluation


def test_edge_punctuation_and_white_space_do_not_count() -> None:
    found = evaluate(Triple(at("Ana "), at("said,"), at("the pier is very old")))
    assert found.exact["source"].f1 == found.exact["content"].f1 == found.linked_exact.f1 == 1


def test_a_piece_of_punctuation_alone_keeps_its_edges() -> None:
    assert trim_edges("Ana: no", (3, 4)) == (3, 4)
    assert trim_edges("Ana: no", (3, 6)) == (5, 6)


@pytest.mark.parametrize("piece", [(-1, 2), (2, 2), (3, 2), (0, 99)])
def test_a_piece_off_the_text_is_an_error(piece: Offsets) -> None:
    with pytest.raises(ValueError, match="does not lie"):
        trim_edges("Ana", piece)


def test_part_of_a_piece_overlaps_but_is_not_exact() -> None:
    found = evaluate(Triple(at("Ana"), at("said"), at("very old")))
    assert found.exact["content"].f1 == 0
    assert found.overlap["content"].f1 == 1
    assert found.linked_exact.f1 == 0
    assert found.linked_relaxed.f1 == 0  # two tokens of five


def test_relaxed_asks_for_half_of_the_tokens_and_the_source() -> None:
    enough = at("the pier is very")  # four of five words, and no marks on either side
    assert evaluate(Triple(at("Ana"), (), enough)).linked_relaxed.f1 == 1
    assert evaluate(Triple(at("Jo"), (), enough)).linked_relaxed.f1 == 0
    assert evaluate(Triple((), (), enough)).linked_relaxed.f1 == 0
    sourceless = Triple((), at("said"), GOLD.content)
    assert evaluate(Triple((), (), enough), gold=(sourceless,)).linked_relaxed.f1 == 1


def test_a_shared_source_is_one_piece() -> None:
    other = Triple(GOLD.source, at("no"), at("no"))
    found = evaluate(GOLD, gold=(GOLD, other))
    assert (found.exact["source"].predicted, found.exact["source"].gold) == (1, 1)
    assert found.exact["cue"].recall == 0.5
    assert found.linked_exact.recall == 0.5


def test_pairs_are_one_to_one() -> None:
    found = evaluate(GOLD, Triple(GOLD.source, (), at("the pier is very")))
    assert found.linked_relaxed.precision == 0.5
    assert found.linked_relaxed.recall == 1


def test_the_largest_pairing_is_found() -> None:
    """The first prediction could take either gold content, the second only the first of them."""
    text = "a b c d e f"
    both, left, right = (((0, 7),), ((0, 5),), ((2, 9),))
    evaluation = Evaluation()
    evaluation.add(
        text,
        [Triple((), (), both), Triple((), (), ((0, 3),))],
        [Triple((), (), left), Triple((), (), right)],
    )
    assert evaluation.linked_relaxed.recall == 1


def test_counts_add_up_over_articles() -> None:
    evaluation = Evaluation()
    evaluation.add(TEXT, [GOLD], [GOLD])
    evaluation.add(TEXT, [], [GOLD])
    evaluation.add("", [], [])
    assert evaluation.articles == 3
    assert evaluation.exact["cue"].recall == 0.5
    assert evaluation.exact["cue"].precision == 1
    assert evaluation.as_dict()["articles"] == 3


def test_nothing_on_either_side_scores_zero_without_dividing() -> None:
    assert evaluate(gold=()).linked_exact.f1 == 0


def test_overlap_agrees_with_comparing_every_pair() -> None:
    chance = random.Random(7)  # noqa: S311 - made-up spans

    def pieces() -> list[Triple]:
        starts = [chance.randrange(90) for _ in range(12)]
        return [Triple((), ((s, s + chance.randrange(1, 10)),), ()) for s in starts]

    ours, theirs = pieces(), pieces()
    evaluation = Evaluation()
    evaluation.add("x" * 100, ours, theirs)
    cues = {each.cue[0] for each in ours}, {each.cue[0] for each in theirs}
    for mine, other, found in (
        (*cues, evaluation.overlap["cue"].predicted_found),
        (*cues[::-1], evaluation.overlap["cue"].gold_found),
    ):
        assert found == sum(any(a[0] < b[1] and b[0] < a[1] for b in other) for a in mine)
