"""Where sentences begin and end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accordingto.pipeline.sentences import build_segmenter, sentence_offsets

NLP = build_segmenter()


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_offsets(NLP(text))]


@pytest.mark.parametrize(
    "expected",
    [
        ["The bridge is closed.", "It will open in May."],
        ["U.S. officials met Mr. Brandt on Jan. 20 about No. 3 of the list.", "They left."],
        ["The ferry left the U.S.", "The crew stayed."],
        ["J. K. Marlowe wrote it.", "Nobody read it."],
        ["It opens at 9 a.m. on Monday.", "It closes at 5 p.m.", "The guards go home."],
        ["“We are ready.”", "She sat down."],
        ["(They were late.)", "Nobody minded."],
        ["“Are you sure?” he asked.", "“Yes!” she said."],
        ["‘It is over.’", "He left."],
        ["Well … it depends.", "He shrugged."],
        ["It went on . . .", "Then it stopped."],
        ["What?!", "No."],
        ["Rain fell on St. Ives and Mt. Hood."],
        ["He said 'Mrs. Lind was here.'", "She was not."],
        ["Er sagte nichts.", "Wir auch nicht."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_a_line_break_ends_a_sentence_without_a_period() -> None:
    text = "Harbour closes\n\nBy Jo Lund\nThe harbour closes, the\nboard said.\n\n"
    assert sentences(text) == [
        "Harbour closes",
        "By Jo Lund",
        "The harbour closes, the",
        "board said.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "a", ".", "“", "🙂", "\u00a0x"])
def test_tiny_texts(text: str) -> None:
    assert sentences(text) == ([text.strip()] if text.strip() else [])


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="aB1 .?!…\n\"“”')(\u00a0🙂é", max_size=80))
def test_sentences_are_in_order_trimmed_and_miss_only_white_space(text: str) -> None:
    offsets = sentence_offsets(NLP(text))
    position = 0
    for start, end in offsets:
        assert text[position:start].strip() == ""
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert text[position:].strip() == ""


def test_long_runs_without_white_space_keep_the_text() -> None:
    text = "“" * 3000 + "x" * 3000 + ". Done."
    doc = NLP(text)
    assert doc.text == text
    assert sentences(text)[-1] == "Done."
