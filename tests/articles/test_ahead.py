"""Reading ahead in a thread."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from articles.readers.ahead import ITEMS, ahead


def test_everything_comes_in_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead(iter([]))) == []


def test_what_reading_raises_is_raised_after_what_came_before() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise EOFError("cut")

    read = ahead(broken())
    assert next(read) == 1
    with pytest.raises(EOFError, match="cut"):
        next(read)


def test_no_more_is_held_than_is_needed_and_closing_ends_the_thread() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            taken.append(len(taken))
            yield taken[-1]

    before = threading.active_count()
    with closing(ahead(endless())) as read:
        assert [next(read) for _ in range(3)] == [0, 1, 2]
        assert len(taken) <= 3 + ITEMS + 1
    assert threading.active_count() == before
