"""Transcripts: whose turn it is stands before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accordingto.attribution import Attribution
from accordingto.pipeline.component import build_pipeline
from accordingto.pipeline.transcripts import turns, with_turns
from accordingto.text.normalise import GraphemeBoundaries, normalise_text

TALK = (
    "ANA SMITH: The ferry will not run on Sunday.\n"
    "LUND: Why is that?\n"
    "SMITH: The crew is ill, the doctor says.\n"
)


def read(text: str) -> list[tuple[str, ...]]:
    """Speaker and what was said, piece by piece."""
    return [
        (text[slice(*turn.source[0])], *(text[start:end] for start, end in turn.content))
        for turn in turns(text)
    ]


def test_each_turn_is_its_speakers() -> None:
    assert read(TALK) == [
        ("ANA SMITH", "The ferry will not run on Sunday"),
        ("LUND", "Why is that"),
        ("SMITH", "The crew is ill, the doctor says"),
    ]
    assert [TALK[slice(*turn.cue[0])] for turn in turns(TALK)] == [":"] * 3
    assert {turn.quote_type for turn in turns(TALK)} == {"direct"}


@pytest.mark.parametrize("extractor", ["network", "rules"])
def test_both_extractors_read_them_among_other_news(extractor: str) -> None:
    before = "The mayor said that the pier leaks.\n\n"
    after = "\n\nThe city said that the ferry is old."
    text = before + TALK.strip() + after
    found = build_pipeline(extractor)(text)._.attributions
    assert [text[slice(*each.source[0])] for each in found] == [
        "The mayor", "ANA SMITH", "LUND", "SMITH", "The city",
    ]  # fmt: skip


def test_what_shares_text_with_a_turn_gives_way_to_it() -> None:
    inside = TALK.index("the doctor")
    doctor = Attribution(
        ((inside, inside + 10),), ((inside + 11, inside + 15),), ((0, 3),), "indirect", 0.9
    )
    assert with_turns(TALK, [doctor]) == turns(TALK)


@pytest.mark.parametrize(
    ("line", "speaker", "said"),
    [
        ("MR. O’NEILL-BRANDT: No.", "MR. O’NEILL-BRANDT", "No"),
        ("SEN. CRUZ (R-TX): No.", "SEN. CRUZ", "No"),
        ("LUND [on screen]: No.", "LUND", "No"),
        ("[00:01:12] LUND: No.", "LUND", "No"),
        ("0:12 LUND: No.", "LUND", "No"),
        ("“LUND: No.", "LUND", "No"),
        ("LUND:\nNo.", "LUND", "No"),
        ("LUND: “No.”", "LUND", "“No.”"),
        ("LUND: He said: go!", "LUND", "He said: go"),
        ("LUND: No 👍🏽.", "LUND", "No 👍🏽"),
        ("MÜLLER: Nein.", "MÜLLER", "Nein"),
    ],
)
def test_forms_of_a_turn(line: str, speaker: str, said: str) -> None:
    assert (speaker, said) in read(f"SMITH: Yes?\n\n{line}\n\nSMITH: Oh.")


def test_names_in_small_letters() -> None:
    text = "Ana Smith: Why?\n\nUrsula von der Leyen: It leaks.\n\nSmith: I see."
    assert read(text)[1] == ("Ursula von der Leyen", "It leaks")


def test_a_turn_of_several_paragraphs() -> None:
    text = "SMITH: Why?\n\nLUND: It leaks.\n\nIt is old.\n\nSMITH: I see.\n\nThey left."
    assert read(text)[1:] == [("LUND", "It leaks.\n\nIt is old"), ("SMITH", "I see")]


def test_an_aside_parts_a_turn() -> None:
    text = "SMITH: Why?\n\nLUND: It leaks.\n\n(APPLAUSE)\n\nIt is old.\n\nSMITH: I see."
    assert read(text)[1] == ("LUND", "It leaks", "It is old")


def test_in_quotation_marks_each_paragraph_of_a_turn_opens_anew() -> None:
    text = '"SMITH: Why?\n\n"LUND: It leaks.\n\n"It is old.\n\nThey laughed.\n\n"SMITH: I see."'
    assert read(text)[1] == ("LUND", 'It leaks.\n\n"It is old')


def test_a_story_between_two_turns_is_nobodys_turn() -> None:
    story = "They had met in May.\n\nIt was warm.\n\nThe pier was closed.\n\n"
    text = f"SMITH: Why?\n\nLUND: It leaks.\n\n{story}SMITH: I see."
    assert read(text)[1] == ("LUND", "It leaks")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mayor: Pier leaks.\n\nThe mayor said so.",  # one headline
        "Clinton: 547.\n\nSanders: 46.\n\nClinton: 2,316.\n\nSanders: 1,547.",  # a table
        "Iowa: Ann Lee.\n\nNevada: Bo Chan.\n\nOhio: Cy Dahl.",  # a list
        "Sanders: Win big.\n\nTrump: Move on.\n\nCruz: Hang on.",  # headings
        "Q: Why?\n\nA: It leaks.\n\nQ: And now?\n\nA: We wait.",  # no names
        "SMITH: Yes.\n\nSMITH: No.\n\nSMITH: Perhaps.",  # nobody to talk with
        "see http://a.example: x\nsee http://a.example: y\nsee http://b.example: z",
    ],
)
def test_no_talk(text: str) -> None:
    assert turns(text) == []


LINE = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "“", '"', "0:12 ", "  "]),
    st.sampled_from(["SMITH", "LUND", "Ana Smith", "Smith", "يوسف", "S", ""]),
    st.sampled_from([": ", ":", " (x): ", ":\u0301 ", " "]),
    st.text('aB é\u0301👍🏽\u200d”").،(\n', max_size=12),
)


@given(st.lists(LINE, max_size=12).map("\n".join).map(normalise_text))
def test_turns_lie_on_the_text_in_order(text: str) -> None:
    boundaries = GraphemeBoundaries(text)
    at = 0
    for turn in turns(text):
        for start, end in (*turn.source, *turn.cue, *turn.content):
            assert at <= start < end <= len(text)
            assert start in boundaries
            assert end in boundaries
            assert text[start:end].strip()
            at = end
