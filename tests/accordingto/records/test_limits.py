"""What is too much for one article is refused, with the place and the limit; what is just so much
is taken.
"""

from typing import Any

import pytest

from accordingto.records.article import RecordError, parse_record
from accordingto.records.limits import (
    MAX_ATTRIBUTIONS,
    MAX_OVERLAP,
    MAX_PIECES,
    MAX_PIECES_IN_ALL,
    MAX_SENTENCES,
)
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
    (attributions, MAX_ATTRIBUTIONS, "attributions: has 50001 attributions"),
    (pieces, MAX_PIECES, r"attributions\[0\].content: has 1001 pieces"),
    (pieces_in_all, MAX_PIECES_IN_ALL, "attributions: have more than 300000 pieces"),
    (nested, MAX_OVERLAP, r"attributions\[100\].content: is one of more than 100 .* character 100"),
    (sentences, MAX_SENTENCES, "sentences: has 100001 sentences"),
]


@pytest.mark.parametrize(("record", "limit", "reason"), LIMITS)
def test_the_limit_is_taken_and_one_more_refused_with_its_place(
    record: Any, limit: int, reason: str
) -> None:
    parse_record(record(limit))
    with pytest.raises(RecordError, match=reason):
        parse_record(record(limit + 1))


def test_pieces_that_only_meet_do_not_lie_over_one_place() -> None:
    steps = [{"source": [[i, i + 1]], "cue": [[i + 1, i + 2]]} for i in range(2 * MAX_OVERLAP)]
    parse_record({"text": "a" * 1000, "attributions": steps})


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
