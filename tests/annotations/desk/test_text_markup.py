"""The text of the page, in chunks and segments: nothing lost, nothing marked that is no span's."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from accordingto.attribution import ROLES, Offsets
from accordingto.text.normalise import GraphemeBoundaries, normalise_text
from annotations.desk.text_markup import (
    CHUNK,
    Chunk,
    SpanRow,
    chunk_offsets,
    chunks,
    chunks_touching,
    paragraphs,
)

LONGEST = CHUNK * 5 // 4 + 40
"""A chunk's bound: the cut may wait for the end of one character of several code points."""

WORDS = st.sampled_from(
    [
        "said ",
        "a",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\n\n  \n",
        "👩‍👩‍👧",
        "👍🏽",
        "🇩🇪",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "e\u0323\u0302\u0316",
        "x\u0301",
        "قال الوزير ",
        "אמר",
        "1️⃣",
        "“No,” ",
        "한국",
        "x" * 700,
        "👩‍👩‍👧" * 200,
        "🇩🇪" * 500,
        "word " * 150,
        "\u0915\u094d\u0937" * 300,
        "y" * 5000,
    ]
)
TEXTS = (
    st.lists(WORDS, min_size=1, max_size=8)
    .map(lambda words: normalise_text("".join(words)))
    .filter(str.strip)
)

APPROVED = {2, 3}


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[SpanRow], list[Offsets]]:
    """A text with spans of four annotations over it, and sentences that may hide another."""
    text = draw(TEXTS)
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    pieces = places.filter(lambda place: place[0] != place[1]).map(sorted)
    spans = []
    for start, end in draw(st.lists(pieces, max_size=6)):
        pk = draw(st.integers(1, 4))
        spans.append(SpanRow(start, end, draw(st.sampled_from(ROLES)), pk, pk in APPROVED))
    ends = draw(st.lists(st.integers(0, len(text)), unique=True, max_size=6))
    return text, spans, list(pairwise(sorted(ends)))[::2]


NUMBERS = {each: each * 10 for each in range(1, 5)}


@settings(max_examples=150, deadline=None)
@given(pages())
def test_the_page_has_every_paragraph_exactly(
    page: tuple[str, list[SpanRow], list[Offsets]],
) -> None:
    text, spans, missed = page
    found = paragraphs(text, spans, NUMBERS, missed)

    shown = {
        each.start: "".join(s.text for chunk in each.chunks for s in chunk.segments)
        for each in found
    }
    lines = {}
    start = 0
    for line in text.split("\n"):
        if line.strip():
            lines[start] = line
        start += len(line) + 1
    assert shown == lines
    for paragraph in found:
        end = paragraph.start
        for chunk in paragraph.chunks:
            assert chunk.start == end
            assert 0 < chunk.end - chunk.start <= LONGEST
            for segment in chunk.segments:
                assert segment.start == end
                assert segment.text == text[end : end + len(segment.text)]
                assert segment.text
                end += len(segment.text)
            assert end == chunk.end


@settings(max_examples=150, deadline=None)
@given(pages())
def test_a_character_has_just_the_marks_of_the_spans_over_it(
    page: tuple[str, list[SpanRow], list[Offsets]],
) -> None:
    text, spans, missed = page
    begun = []
    for paragraph in paragraphs(text, spans, NUMBERS, missed):
        for chunk in paragraph.chunks:
            for segment in chunk.segments:
                for place in {segment.start, segment.start + len(segment.text) - 1}:
                    over = [(s.annotation_id, s.role) for s in spans if s.start <= place < s.end]
                    marked = [(m.annotation_id, m.role) for m in segment.marks]
                    assert sorted(marked) == sorted(over)
                    judged = bool(over) and all(pk in APPROVED for pk, _role in over)
                    assert ("ok" in segment.classes.split()) == judged
                    suspect = [s for s, e in missed if s <= place < e]
                    assert ([] if segment.missed is None else [segment.missed]) == suspect
                begun += [
                    (segment.start, m.annotation_id, m.role) for m in segment.marks if m.starts_here
                ]
                assert all(m.number == NUMBERS[m.annotation_id] for m in segment.marks)
    starts = [(s.start, s.annotation_id, s.role) for s in spans if text[s.start] != "\n"]
    # Every span on a line that shows is labelled once, where it begins.
    assert set(begun) <= set(starts)
    assert len(begun) == len([each for each in starts if _shows(text, each[0])])


def _shows(text: str, place: int) -> bool:
    line = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return bool(text[line : end if end >= 0 else len(text)].strip())


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_no_chunk_cuts_a_character_in_two(text: str) -> None:
    boundaries = GraphemeBoundaries(text)
    for paragraph in paragraphs(text, [], {}):
        for chunk in paragraph.chunks:
            assert chunk.start in boundaries
            assert chunk.end in boundaries


@settings(max_examples=150, deadline=None)
@given(pages(), st.data())
def test_swapped_chunks_are_those_the_whole_page_has(
    page: tuple[str, list[SpanRow], list[Offsets]], data: st.DataObject
) -> None:
    text, spans, missed = page
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    pieces = [(start, end) for start, end in data.draw(st.lists(places, max_size=3))]
    whole: list[Chunk] = [
        chunk for each in paragraphs(text, spans, NUMBERS, missed) for chunk in each.chunks
    ]
    touched = [c for c in whole if any(s < c.end and c.start < e for s, e in pieces)]

    offsets = chunks_touching(text, pieces)

    assert chunks(text, offsets, spans, NUMBERS, missed) == touched


def test_a_long_paragraph_is_cut_behind_white_space() -> None:
    text = "word " * 1000
    found = list(chunk_offsets(text, 0, len(text)))
    assert len(found) > 3
    assert all(text[end - 1] == " " for _start, end in found)


def test_a_label_says_number_and_role_and_stands_once() -> None:
    text = "Ann said " + "so " * 700
    spans = [SpanRow(0, 3, "source", 1), SpanRow(4, 8, "cue", 1), SpanRow(9, 2000, "content", 1)]
    found = paragraphs(text, spans, {1: 7})
    labels = [s.label for c in found[0].chunks for s in c.segments if s.marks]
    assert labels[:3] == ["7S", "7Q", "7C"]
    assert len(labels) > 4
    assert not any(labels[3:]), "the content goes on in the next chunks, without a label"
