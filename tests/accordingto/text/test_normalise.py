"""One form of every text, and where offsets go."""

import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from accordingto.text.normalise import (
    MAX_MARKS,
    GraphemeBoundaries,
    TextError,
    map_offsets,
    normalise_text,
)

# What normalising changes, and what it must leave alone.
PARTS = st.sampled_from(
    [
        "\ufeff",
        "\0",
        "\r\n",
        "\r",
        "\n",
        "\u2028",
        "\u2029",
        "\v",
        "\f",
        "\x85",
        "e",
        "\u0301",
        "\u0323",
        "é",
        "\u1100",
        "\u1161",
        "\u0958",
        "\u00a0",
        "🙂",
        "👩\u200d👧",
        "🇫🇷",
        "x",
        " ",
    ]
)
TEXTS = st.lists(PARTS, max_size=20).map("".join)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\ufeffa", "a"),
        ("a\ufeffb", "ab"),
        ("\ufeff\ufeffa\n\ufeffb", "a\nb"),
        ("a\u2028b\u2029c\vd\fe\x85f\r\n", "a\nb\nc\nd\ne\nf\n"),
        ("\0\ufeff\ufeffa", "a"),
        ("a\0b", "ab"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("e\u0301", "é"),
        ("a\u00a0b\u2009c", "a\u00a0b\u2009c"),
        ("", ""),
    ],
)
def test_normalised_text(raw: str, text: str) -> None:
    assert normalise_text(raw) == text


@pytest.mark.parametrize("raw", ["ab\ud83d", "\udc00"])
def test_half_a_surrogate_pair_is_refused_with_its_place(raw: str) -> None:
    with pytest.raises(TextError, match=f"character {len(raw) - 1}"):
        normalise_text(raw)


@settings(max_examples=150)
@given(TEXTS)
def test_normalising_twice_changes_nothing_more(raw: str) -> None:
    text = normalise_text(raw)
    assert normalise_text(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert "\0" not in text
    assert not set("\r\v\f\x85\u2028\u2029\ufeff") & set(text)


@settings(max_examples=150)
@given(TEXTS, st.data())
def test_mapped_offsets_cut_the_same_text(raw: str, data: st.DataObject) -> None:
    """What lies between two offsets is the same text, normalised."""
    text = normalise_text(raw)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    try:
        mapped = map_offsets(raw, text, [start, end])
    except TextError:
        parts = [normalise_text(part) for part in (raw[:start], raw[start:end], raw[end:])]
        assert "".join(parts) != text or any(
            part.startswith("\ufeff") for part in (raw[start:], raw[end:])
        )
        return
    assert text[: mapped[start]] == normalise_text(raw[:start])
    cut = text[mapped[start] : mapped[end]]
    assert cut.lstrip("\ufeff") == normalise_text(raw[start:end])


def test_offsets_move_past_what_was_taken_out() -> None:
    raw = "\ufeffa\0b\r\nce\u0301 x"
    text = normalise_text(raw)
    assert map_offsets(raw, text, [0, 1, 2, 4, 6, 7, 9, 11]) == {
        0: 0, 1: 0, 2: 1, 4: 2, 6: 3, 7: 4, 9: 5, 11: 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "offset"),
    [("a\r\nb", 2), ("a\r\n\nb", 2), ("xe\u0301", 2), ("\u1100\u1161", 1), ("e\0\u0301", 1)],
)
def test_offset_inside_what_became_one_is_refused(raw: str, offset: int) -> None:
    with pytest.raises(TextError, match=f"offset {offset} is inside"):
        map_offsets(raw, normalise_text(raw), [0, offset, len(raw)])


@pytest.mark.parametrize("offset", [-1, 4])
def test_offset_outside_the_text_is_refused(offset: int) -> None:
    with pytest.raises(TextError, match="outside"):
        map_offsets("abc", "abc", [offset])


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("plain", set()),
        ("“curly”", set()),
        ("a👩‍👧b", {2, 3}),
        ("🇫🇷🇮🇹", {1, 3}),
        ("👍🏽", {1}),
        ("ne\u0303\u0301", {2, 3}),
        ("a\r\nb", {2}),
    ],
)
def test_grapheme_boundaries(text: str, inside: set[int]) -> None:
    boundaries = GraphemeBoundaries(text)
    expected = set(range(len(text) + 1)) - inside
    assert {offset for offset in range(-2, len(text) + 3) if offset in boundaries} == expected


JOINING = [
    "🇫",
    "🇷",
    "\u0301",
    "\u200d",
    "a",
    "👩",
    "\u0903",
    "\u0600",
    "\r",
    "\n",
    " ",
    "\u1100",
    "\u1161",
]


@given(st.lists(st.sampled_from(JOINING), max_size=12).map("".join))
def test_boundaries_are_those_of_unicode_where_flags_stand_in_a_row(text: str) -> None:
    characters = regex.finditer(r"\X", text)
    inside = {offset for each in characters for offset in range(each.start() + 1, each.end())}
    boundaries = GraphemeBoundaries(text)
    assert {offset for offset in range(len(text) + 1) if offset not in boundaries} == inside


def test_flags_of_a_whole_text_are_looked_at_once() -> None:
    """Looked at from the first again for each of them, they would take days."""
    text = "🇫🇷" * 1_000_000
    boundaries = GraphemeBoundaries(text)
    assert 1_000_000 in boundaries
    assert 1_000_001 not in boundaries


def test_as_many_marks_in_a_row_as_any_writing_has_are_taken() -> None:
    text = "a" + "\u0323" * MAX_MARKS
    assert normalise_text(text) == "ạ" + "\u0323" * (MAX_MARKS - 1)


@pytest.mark.parametrize("marks", ["\u0301", "\u0301\u0323", "\u05b0"])
def test_more_marks_in_a_row_are_refused_before_they_are_put_in_order(marks: str) -> None:
    with pytest.raises(TextError, match="more than 30 combining marks in a row at character 3"):
        normalise_text("Zal" + marks * 1_000_000)
