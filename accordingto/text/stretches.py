"""Stretches of a text, merged, so that asking what touches them takes no longer for many."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accordingto.attribution import Offsets


class Stretches:
    """Stretches of text, merged where they overlap or meet; in code points, end exclusive."""

    def __init__(self, pieces: Iterable[Offsets]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(pieces):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def touch(self, start: int, end: int) -> bool:
        """Whether any of them has a code point of [start, end)."""
        index = bisect_right(self._ends, start)
        return index < len(self._starts) and self._starts[index] < end
