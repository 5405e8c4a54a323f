"""A long article has parts: none is too large, and together they are the article."""

import pytest

from accordingto.attribution import Offsets
from annotations.desk.parts import COST, LABELS, Part, cut, part_at
from annotations.desk.text_markup import SpanRow, chunk_offsets, paragraph_offsets, paragraphs

type Span = tuple[int, int, int]


def chunks_of(text: str) -> list[Offsets]:
    return [c for start, end in paragraph_offsets(text) for c in chunk_offsets(text, start, end)]


def parts_of(text: str, spans: list[Span]) -> list[Part]:
    first: dict[int, int] = {}
    for start, _end, pk in spans:
        first[pk] = min(start, first.get(pk, start))
    return cut(len(text), chunks_of(text), spans, first.values())


def size(text: str, spans: list[Span], part: Part) -> int:
    """Bytes of a part as the page has it."""
    rows = [SpanRow(start, end, "content", pk) for start, end, pk in spans]
    numbers = {pk: pk for _start, _end, pk in spans}
    found = paragraphs(text, rows, numbers, [], (part.start, part.end))
    return sum(len(chunk.markup) for each in found for chunk in each.chunks)


def nested(blocks: int, depth: int) -> tuple[str, list[Span]]:
    width = 2 * depth
    spans = [
        (block * width + i, (block + 1) * width - i, block * depth + i)
        for block in range(blocks)
        for i in range(depth)
    ]
    return "a" * (blocks * width), spans


def turns(count: int) -> tuple[str, list[Span]]:
    line = "AL: yes, he did.\n"
    places = range(0, count * len(line), len(line))
    spans = [
        (at + start, at + end, number)
        for number, at in enumerate(places)
        for start, end in ((0, 2), (2, 3), (4, 16))
    ]
    return line * count, spans


LONG: dict[str, tuple[str, list[Span]]] = {
    "nothing": ("", []),
    "one line": ("word " * 500_000, []),
    "short lines": ("a\n" * 100_000, []),
    "nested": nested(100, 90),
    "turns": turns(10_000),
    "over all": ("word " * 300_000, [(i, 1_500_000 - i, i) for i in range(100)]),
}


@pytest.mark.parametrize("kind", LONG)
def test_parts_make_up_the_article_and_none_is_too_large(kind: str) -> None:
    text, spans = LONG[kind]
    parts = parts_of(text, spans)
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == len(text)
    assert [(p.number, p.count) for p in parts] == [
        (n, len(parts)) for n in range(1, len(parts) + 1)
    ]
    starts = {start for start, _end in chunks_of(text)}
    assert all(part.start in starts for part in parts[1:])
    for part in parts:
        assert size(text, spans, part) < 1.2 * COST


def test_no_part_has_more_attributions_than_its_page_can_show() -> None:
    text, spans = turns(10_000)
    parts = parts_of(text, spans)
    for part in parts:
        begin = {pk for start, _end, pk in spans if part.start <= start < part.end}
        assert len(begin) <= LABELS


def test_a_part_ends_where_no_attribution_is_cut() -> None:
    text, spans = turns(3_000)
    # Every tenth turn goes on over four lines.
    spans = [(s, e + 4 * 17 if n % 30 == 2 else e, pk) for n, (s, e, pk) in enumerate(spans)]
    parts = parts_of(text, spans)
    assert len(parts) > 5
    for part in parts[1:]:
        assert not any(start < part.start < end for start, end, _pk in spans)


def test_what_usual_articles_have_fits_into_one_part() -> None:
    text, spans = turns(LABELS)
    assert len(parts_of(text + "word " * 24_000, spans)) == 1


@pytest.mark.parametrize(("offset", "number"), [(0, 1), (9, 1), (10, 2), (19, 2), (20, 2), (99, 2)])
def test_the_part_of_a_place(offset: int, number: int) -> None:
    parts = [Part(0, 10, 1, 2), Part(10, 20, 2, 2)]
    assert part_at(parts, offset).number == number
