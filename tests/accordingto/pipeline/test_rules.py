"""What the rules propose, on sentences of our own."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accordingto.attribution import ROLES, Attribution
from accordingto.pipeline.component import build_pipeline

NLP = build_pipeline("rules")


def find(text: str) -> list[Attribution]:
    found: list[Attribution] = NLP(text)._.attributions
    return found


def read(text: str) -> list[tuple[str, str, str]]:
    """Source, cue and content of every attribution, pieces joined by a bar."""

    def words(attribution: Attribution) -> tuple[str, str, str]:
        source, cue, content = (
            "|".join(text[start:end] for start, end in attribution.pieces(role)) for role in ROLES
        )
        return source, cue, content

    return [words(attribution) for attribution in find(text)]


@pytest.mark.parametrize(
    ("text", "source", "cue", "content"),
    [
        (
            "The mayor said that the pier is not safe.",
            "The mayor",
            "said",
            "that the pier is not safe",
        ),
        ("Ana Ortiz says the pier is safe.", "Ana Ortiz", "says", "the pier is safe"),
        ("“It leaks,” said Ana Ortiz.", "Ana Ortiz", "said", "“It leaks,”"),
        ('"It leaks," Ms. Ortiz said.', "Ms. Ortiz", "said", '"It leaks,"'),
        ("''It leaks,'' he said.", "he", "said", "''It leaks,''"),
        (
            "“It leaks,” said Ana Ortiz, who runs the pier. “It always has.”",
            "Ana Ortiz, who runs the pier",
            "said",
            "“It leaks,”|“It always has.”",
        ),
        ('"The pier," she added, "is old."', "she", "added", '"The pier,"|"is old."'),
        ("The pier is old, she said.", "she", "said", "The pier is old"),
        (
            "According to the board, the pier is old.",
            "the board",
            "According to",
            "the pier is old",
        ),
        (
            "The pier is old, according to the board.",
            "the board",
            "according to",
            "The pier is old",
        ),
        ("It is reported that the pier is old.", "", "It is reported", "that the pier is old"),
        (
            "There were critics, who warn that the pier is old.",
            "critics",
            "warn",
            "that the pier is old",
        ),
        (
            "Mayor Ortiz, who took office on May 2, 2025, had previously vowed to close it.",
            "Mayor Ortiz",
            "had previously vowed",
            "to close it",
        ),
        (
            "Ortiz, the mayor, argued that it leaks.",
            "Ortiz, the mayor",
            "argued",
            "that it leaks",
        ),
        ("She told reporters that it leaks.", "She", "told", "that it leaks"),
        ("The mayor said on Monday that it leaks.", "The mayor", "said", "that it leaks"),
        ("The mayor criticized the plan.", "The mayor", "criticized", "the plan"),
        ("THE MAYOR SAID THAT IT LEAKS", "THE MAYOR", "SAID", "THAT IT LEAKS"),
        ("محمد الأحمد said that it leaks 🙂.", "محمد الأحمد", "said", "that it leaks 🙂"),
        ("🙂 “It leaks 👍🏽,” she said.", "she", "said", "🙂 “It leaks 👍🏽,”"),
    ],
)
def test_patterns(text: str, source: str, cue: str, content: str) -> None:
    assert read(text) == [(source, cue, content)]


def test_quotation_over_sentences_and_paragraphs_is_one_content() -> None:
    text = "The mayor said: “We will rebuild. We must.\n\n“We will do it by spring.”\n\nShe left."
    content = "“We will rebuild. We must.\n\n“We will do it by spring.”"
    assert read(text) == [("The mayor", "said", content)]


def test_nested_attributions_are_both_found() -> None:
    text = "Lund said the deputy told reporters that it leaks."
    assert read(text) == [
        ("Lund", "said", "the deputy told reporters that it leaks"),
        ("the deputy", "told", "that it leaks"),
    ]


def test_two_cues_share_a_source() -> None:
    text = "Lund said that it leaks and added that it is old."
    assert read(text) == [("Lund", "said", "that it leaks"), ("Lund", "added", "that it is old")]


def test_contrasting_clauses_part_their_contents() -> None:
    text = "While supporters argue that it is safe, critics contend that it leaks."
    assert read(text) == [
        ("supporters", "argue", "that it is safe"),
        ("critics", "contend", "that it leaks"),
    ]


@pytest.mark.parametrize(
    ("text", "quote_type"),
    [
        ("She said that it leaks.", "indirect"),
        ("“It leaks,” she said.", "direct"),
        ("She said that it “leaks a lot.”", "mixed"),
    ],
)
def test_quote_type(text: str, quote_type: str) -> None:
    assert [attribution.quote_type for attribution in find(text)] == [quote_type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "“",
        "said",
        "\n\n",
        "The annual report on claims is late.",
        "The pier is old and it leaks.",
        "他说这是一个测试。",
        "Der Bürgermeister erklärte, der Steg sei alt.",
    ],
)
def test_nothing_to_find(text: str) -> None:
    assert find(text) == []


WORDS = """said told according to that who X Ana , . “ ” " : and he it is warned 🙂 ( )"""


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([*WORDS.split(), "\n"]), max_size=30).map(" ".join))
def test_proposals_lie_on_the_text_whatever_it_is(text: str) -> None:
    for attribution in find(text):
        assert attribution.cue
        assert attribution.content
        assert 0 <= attribution.confidence <= 1
        for role in ROLES:
            pieces = attribution.pieces(role)
            assert list(pieces) == sorted(pieces)
            for start, end in pieces:
                assert 0 <= start < end <= len(text)
                assert text[start:end] == text[start:end].strip()
            for (_, end), (start, _) in pairwise(pieces):
                assert end <= start
