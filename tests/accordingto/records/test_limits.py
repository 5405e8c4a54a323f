"""What is too much for one article is refused, with the place and the limit; what is just so much
is taken.
"""

from typing import Any

import pytest

from accordingto.pipeline.component import build_pipeline
from accordingto.records import limits
from accordingto.records.article import RecordError, parse_record
from accordingto.records.limits import MAX_OVERLAP, MAX_PIECES, check_attributions
from accordingto.text.normalise import MAX_CLUSTER, TextError, normalise_text


def nested(depth: int) -> dict[str, Any]:
    text = "a" * (3 * depth)
    return {
        "text": text,
        "attributions": [{"content": [[i, len(text) - i]]} for i in range(depth)],
    }


def beside(count: int) -> list[list[int]]:
    return [[2 * i, 2 * i + 1] for i in range(count)]


def text_of(count: int) -> str:
    return "a " * count


def attributions(count: int) -> dict[str, Any]:
    return {"text": text_of(count), "attributions": [{"cue": [p]} for p in beside(count)]}


def pieces(count: int) -> dict[str, Any]:
    return {"text": text_of(count), "attributions": [{"content": beside(count)}]}


def pieces_in_all(count: int) -> dict[str, Any]:
    each = MAX_PIECES // 2
    places = beside(count)
    listed = [{"content": places[i : i + each]} for i in range(0, count, each)]
    return {"text": text_of(count), "attributions": listed}


def sentences(count: int) -> dict[str, Any]:
    return {"text": text_of(count), "sentences": beside(count)}


LIMITS = [
    (attributions, "MAX_ATTRIBUTIONS", 50, "attributions: has 51 attributions"),
    (pieces, "MAX_PIECES", 50, r"attributions\[0\].content: has 51 pieces"),
    (pieces_in_all, "MAX_PIECES_IN_ALL", 2_000, "attributions: have more than 2000 pieces"),
    (nested, "MAX_OVERLAP", 50, r"\[50\].content: is one of more than 50 .* character 50"),
    (sentences, "MAX_SENTENCES", 50, "sentences: has 51 sentences"),
]


@pytest.mark.parametrize(("record", "name", "limit", "reason"), LIMITS)
def test_the_limit_is_taken_and_one_more_refused_with_its_place(
    record: Any, name: str, limit: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits themselves are compared with the documents."""
    monkeypatch.setattr(limits, name, limit)
    parse_record(record(limit))
    with pytest.raises(RecordError, match=reason):
        parse_record(record(limit + 1))


def test_pieces_that_only_meet_do_not_lie_over_one_place() -> None:
    steps = [{"source": [[i, i + 1]], "cue": [[i + 1, i + 2]]} for i in range(2 * MAX_OVERLAP)]
    parse_record({"text": "a" * 2_000, "attributions": steps})


@pytest.mark.parametrize(
    ("first", "repeated", "last"),
    [
        ("a", "\u200d", ""),
        ("👩\u200d", "👩\u200d", ""),
        ("", "\u1100", ""),
        ("", "\u0600", "a"),
        ("क", "\u0903", ""),
        ("🇫🇷", "\u200d", ""),
    ],
    ids=["joiners", "emoji", "jamo", "prepended", "vowel signs", "flag"],
)
def test_a_character_has_so_many_code_points_and_no_more(
    first: str, repeated: str, last: str
) -> None:
    times = (MAX_CLUSTER - len(first + last)) // len(repeated)
    text = f"Well, {first + repeated * times + last} and more"
    assert normalise_text(text) == text
    with pytest.raises(TextError, match="more than 64 code points in one character at character 6"):
        normalise_text(f"Well, {first + repeated * (times + 1) + last} and more")


def test_many_short_characters_in_a_row_are_no_long_one() -> None:
    text = "🇫🇷" * 1000 + "한" * 1000 + "की" * 1000
    assert normalise_text(text) == text


def test_a_short_word_beside_a_long_piece_is_told_apart_without_reading_the_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the words of many attributions over the whole text, that would take hours."""
    from accordingto.records import values  # noqa: PLC0415 - to count what it calls

    read: list[str] = []

    def counting(run: str) -> str:
        read.append(run)
        return run

    monkeypatch.setattr(values, "in_one_form", counting)
    with pytest.raises(RecordError, match="is 'b', and the text has"):
        parse_record({"text": "a " * 1000, "attributions": [{"content": [[0, 1999, "b"]]}]})
    assert len(read) == 1


@pytest.mark.parametrize("hostile", ["he said ", "and said ", "she said he said that "])
def test_the_rules_pile_up_no_more_than_is_taken(hostile: str) -> None:
    nlp = build_pipeline("rules")
    check_attributions(nlp("Ada " + hostile * 1_000)._.attributions)
