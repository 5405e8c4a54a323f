"""What an extractor returns: linked attributions as offsets into a text."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from spacy.tokens import Doc

type Offsets = tuple[int, int]
"""Start and end in Unicode code points of the text, end exclusive."""

type QuoteType = Literal["direct", "indirect", "mixed"]
type Role = Literal["source", "cue", "content"]

ROLES: tuple[Role, ...] = ("source", "cue", "content")


class RolePieces(Protocol):
    """Anything with the pieces of the three roles: a proposal, or what a record says."""

    @property
    def source(self) -> tuple[Offsets, ...]: ...
    @property
    def cue(self) -> tuple[Offsets, ...]: ...
    @property
    def content(self) -> tuple[Offsets, ...]: ...


@dataclass(frozen=True, slots=True)
class Attribution:
    """One proposal: the pieces of each role in text order, and how sure the extractor is.

    A role may have several pieces; only ``source`` may have none. ``confidence`` is an
    estimate of the probability that an editor approves the attribution unchanged (0 to 1).
    """

    source: tuple[Offsets, ...]
    cue: tuple[Offsets, ...]
    content: tuple[Offsets, ...]
    quote_type: QuoteType
    confidence: float

    @property
    def start(self) -> int:
        """Where the first piece of any role begins."""
        return min(start for start, _ in (*self.source, *self.cue, *self.content))

    def pieces(self, role: Role) -> tuple[Offsets, ...]:
        """The pieces of one role, in text order."""
        pieces: tuple[Offsets, ...] = getattr(self, role)
        return pieces


class Extractor(Protocol):
    """Finds attributions in tokenised documents with sentence starts set."""

    version: str
    """Names what made a proposal, on every exported record: ``model:<version>``."""

    def predict(self, docs: Iterable[Doc]) -> Iterable[list[Attribution]]:
        """One list of attributions a document, in reading order. Leaves the docs unchanged.

        May read documents ahead of what it has given.
        """
        ...


@runtime_checkable
class Saveable(Protocol):
    """An extractor with files of its own, which a saved pipeline takes along."""

    def to_disk(self, folder: Path) -> None:
        """Write the files into a folder, which need not be there."""
        ...

    def from_disk(self, folder: Path) -> None:
        """Use the files of a folder from now on."""
        ...
