"""What words say by themselves: names and descriptions, kinds, and names in their plain form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accordingto.sources import names
from accordingto.sources.folding import plain

DESCRIPTIONS = [
    ("An executive", "anonymous"),
    ("the executive", "anonymous"),
    ("critics", "anonymous"),
    ("Critics", "anonymous"),
    ("senior government official", "anonymous"),
    ("source", "anonymous"),
    ("European diplomat", "anonymous"),
    ("a Middle Eastern envoy", "anonymous"),
    ("a police spokesman", "anonymous"),
    ("residents", "anonymous"),
    ("Residents of the Lake District", "anonymous"),
    ("White House officials", "anonymous"),
    ("New Zealand farmers", "anonymous"),
    ("a South Korean fisherman", "anonymous"),
    ("Google employees", "anonymous"),
    ("one witness", "anonymous"),
    ("Labour MPs", "anonymous"),
    ("a Syrian baker", "anonymous"),
    ("people close to the talks", "anonymous"),
    ("Nurses who spoke on condition of anonymity", "anonymous"),
    ("new owner", "anonymous"),
    ("his sister", "person"),
    ("Obama’s lawyer", "person"),
    ("the mayor of Springfield", "person"),
    ("Mayor of Springfield", "person"),
    ("a spokesman for the ministry", "person"),
    ("the Foreign Secretary", "person"),
    ("the port authority", "organisation"),
    ("Harbour board", "organisation"),
    ("Police in Springfield", "organisation"),
    ("an American company", "organisation"),
    ("human rights organizations", "organisation"),
    ("a Pentagon report", "document"),
    ("Court papers", "document"),
]
NAMES = [
    ("Ada Lindqvist", "person"),
    ("Lindqvist", "person"),
    ("Mr. Cook", "person"),
    ("the director, Luc Ferrand", "person"),
    ("bin Laden", "person"),
    ("王小明", "person"),
    ("the Syrian government", "organisation"),
    ("Hong Kong police", "organisation"),
    ("Ministry of Defence", "organisation"),
    ("University of Oxford", "organisation"),
    ("Bank of England", "organisation"),
    ("New Zealand", "organisation"),
    ("the Port Authority", "organisation"),
    ("General Motors", "organisation"),
    ("U.N.", "organisation"),
    ("Syria TV", "media outlet"),
    ("the Evening Herald", "media outlet"),
]


@pytest.mark.parametrize(("words", "kind"), DESCRIPTIONS)
def test_a_description_has_no_name_and_its_kind(words: str, kind: str) -> None:
    assert (names.is_description(words), names.guess_kind(words)) == (True, kind)


@pytest.mark.parametrize(("words", "kind"), NAMES)
def test_a_name_is_no_description(words: str, kind: str) -> None:
    assert (names.is_description(words), names.guess_kind(words)) == (False, kind)


def test_a_capital_at_the_start_of_a_sentence_is_no_name_where_the_text_knows_the_word() -> None:
    assert not names.is_description("Hauliers")
    persons = names.Persons("The hauliers met. Hauliers said no, Lindqvist said yes.")
    assert names.is_description("Hauliers", persons.common)
    assert not names.is_description("Lindqvist", persons.common)


def test_a_name_with_a_soft_hyphen_is_one_name_where_it_stands() -> None:
    text = "So said Ada Lind\u00adqvist on Monday."
    (mention,) = names.Persons(text).mentions
    assert mention.name == "Ada Lindqvist"
    assert text[mention.start : mention.end] == "Ada Lind\u00adqvist"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Lind\u00adqvist", "Lindqvist"),
        ("Ada\u00a0\u202fLindqvist\u2028", "Ada Lindqvist"),
        ("\u2067Ada\u2069\u200e \ufeffLindqvist\u200b", "Ada Lindqvist"),
        ("Bjo\u0308rk", "Björk"),
        ("Ada\u200d Lind\u200cqvist\u2060", "Ada Lindqvist"),
        ("Ada\x07", "Ada"),
        ("\u3164\u00ad", ""),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("\u200cنمی\u200c \u200cخواهم", "نمی خواهم"),
        ("श्री\u200d", "श्री"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_what_nobody_sees_makes_no_second_name(typed: str, stored: str) -> None:
    assert plain(typed) == stored


INVISIBLE = st.sampled_from("\u00ad\u200b\u200c\u200d\u200e\u202e\u2066\u2069\ufeff\u2060\u061c")
LETTERS = st.characters(codec="utf-8", categories=("L", "M", "N", "P", "Zs"))


@given(st.text(st.one_of(LETTERS, INVISIBLE), max_size=30))
def test_the_plain_form_is_final(name: str) -> None:
    assert plain(plain(name)) == plain(name)


@given(st.lists(st.one_of(st.sampled_from("AdaLindqvst ö"), INVISIBLE), max_size=30))
def test_invisible_characters_change_no_latin_name(characters: list[str]) -> None:
    seen = [each for each in characters if each in "AdaLindqvst ö"]
    assert plain("".join(characters)) == " ".join("".join(seen).split())


PIECES = st.sampled_from(
    [
        "😀 ",
        "Mrs. ",
        "Ada ",
        "Lind\u00adqvist ",
        "e\u0301",
        "said. ",
        "\n",
        "de ",
        "“",
        "Ines’s ",
        "X",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.integers(0, 50))
def test_every_mention_stands_where_it_says(text: str, offset: int) -> None:
    persons = names.Persons(text, offset)
    for mention in [*persons.mentions, *persons.named(0, 10_000)]:
        words = text[mention.start - offset : mention.end - offset]
        assert names.without_titles(plain(words)) == mention.name


@pytest.mark.parametrize("unit", ["U.", "U.U. ", "Dr. ", "Ab of ", "’", "J.-P. "])
def test_a_source_of_the_same_again_and_again_is_read(unit: str) -> None:
    """Looked at from every place anew, a source as long as this would take hours."""
    words = unit * 20_000
    assert len(names.cleaned(words)) <= len(words)
    assert names.guess_kind(words, "") in ("", "person", "organisation")


def test_names_of_a_stretch_are_found_without_reading_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    persons = names.Persons("so Ada Lindqvist and Jon Ek left. " * 500)
    assert len(persons.named(0, 34 * 500)) == 1_000
    read: list[str] = []

    def counting(words: str) -> str:
        read.append(words)
        return words

    monkeypatch.setattr(names, "without_titles", counting)
    for start in range(0, 34 * 500, 34):
        assert [each.name for each in persons.named(start, start + 34)] == [
            "Ada Lindqvist",
            "Jon Ek",
        ]
    assert len(read) == 1_000


def test_the_full_name_is_the_nearest_before_with_a_title_that_may_be_its_own() -> None:
    text = "Mr. Ada Ek came. Jon Ek came. Mrs. Eva Ek came. Then Ek said so. Ben Ek left."
    persons = names.Persons(text)

    def full_name(position: int, title: str = "") -> str:
        found = persons.full_name("Ek", position, title)
        return found.name if found else ""

    then = text.index("Then")
    assert full_name(then) == "Eva Ek"
    assert full_name(then, "male") == "Jon Ek"
    assert full_name(then, "female") == "Eva Ek"
    assert full_name(len(text)) == "Ben Ek"
    assert full_name(0, "female") == "Jon Ek"
    assert persons.alone == {"ek"}
