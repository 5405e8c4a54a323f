"""Whose label goes with whose: the labels of two people on one text, paired where they differ."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from accordingto.attribution import ROLES, Offsets
from accordingto.evaluation import Triple
from annotations.models import Annotation
from annotations.models.state import spans_of

SOURCE_WEIGHT = 0.1
"""The source only decides between two equally good partners: one person says many things."""


@dataclass(frozen=True, slots=True)
class Label:
    """What one person says of one attribution; white space at the edges of a piece is dropped."""

    pieces: Triple
    quote_type: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two labels of one attribution that differ, or a label that only one of the two has.

    ``mine`` is the first person's, which is the article's own; ``theirs`` the second person's.
    ``differing`` names the roles (and ``quote_type``) that are not the same; all that are not
    empty where one of the two has no label.
    """

    number: int
    mine: Annotation | None
    theirs: Annotation | None
    differing: frozenset[str]

    @property
    def first_id(self) -> int:
        return self.mine.pk if self.mine else 0

    @property
    def second_id(self) -> int:
        return self.theirs.pk if self.theirs else 0

    @property
    def version(self) -> int:
        """The version of the article's own label; 0 where there is none."""
        return self.mine.version if self.mine else 0


def label_of(text: str, annotation: Annotation) -> Label:
    """The label of an annotation on the text."""
    spans = spans_of(annotation)
    pieces = {role: tuple(sorted(_stripped(text, s, e) for s, e in spans[role])) for role in ROLES}
    return Label(Triple(**pieces), annotation.quote_type)


def differences(
    text: str,
    first: Sequence[Annotation],
    second: Sequence[Annotation],
    settled: Collection[int] = (),
) -> list[Dispute]:
    """Where the approved labels of two people differ, in text order.

    A label that both have is no dispute, nor is one whose id is among the settled. The others are
    paired one to one, those that share most of their cue and content first.
    """
    mine = {a.pk: (a, label_of(text, a)) for a in first}
    theirs = {a.pk: (a, label_of(text, a)) for a in second}
    both = {label for _a, label in mine.values()} & {label for _a, label in theirs.values()}
    mine = {pk: own for pk, own in mine.items() if own[1] not in both and pk not in settled}
    theirs = {pk: own for pk, own in theirs.items() if own[1] not in both and pk not in settled}

    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _how, one, other in sorted(
        (-closeness, one, other)
        for one, other in _meeting(mine, theirs)
        if (closeness := _closeness(mine[one][1].pieces, theirs[other][1].pieces))
    ):
        if one not in partner and other not in taken:
            partner[one] = other
            taken.add(other)
    rows: list[tuple[Annotation | None, Annotation | None, Label | None, Label | None]] = [
        (annotation, None, label, None)
        if pk not in partner
        else (annotation, theirs[partner[pk]][0], label, theirs[partner[pk]][1])
        for pk, (annotation, label) in mine.items()
    ]
    rows += [(None, a, None, label) for pk, (a, label) in theirs.items() if pk not in taken]
    rows.sort(key=lambda row: min((a.start, a.pk) for a in row[:2] if a))
    return [
        Dispute(number, one, other, _differing(label, other_label))
        for number, (one, other, label, other_label) in enumerate(rows, start=1)
    ]


type _Labels = Mapping[int, tuple[Annotation, Label]]


def _meeting(mine: _Labels, theirs: _Labels) -> set[tuple[int, int]]:
    """The ids of those labels that share text in their cues or in their contents: one walk over the
    text for each, with the pieces that are open there.
    """
    found: set[tuple[int, int]] = set()
    for role in ("cue", "content"):
        pieces = sorted(
            (start, end, side, pk)
            for side, labels in enumerate((mine, theirs))
            for pk, (_annotation, label) in labels.items()
            for start, end in getattr(label.pieces, role)
        )
        open_pieces: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        for start, end, side, pk in pieces:
            others = open_pieces[1 - side]
            others[:] = [other for other in others if other[0] > start]
            found |= {(other, pk) if side else (pk, other) for _end, other in others}
            own = open_pieces[side]
            own[:] = [other for other in own if other[0] > start]
            own.append((end, pk))
    return found


def _stripped(text: str, start: int, end: int) -> Offsets:
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _differing(one: Label | None, other: Label | None) -> frozenset[str]:
    only = one or other
    assert only is not None  # noqa: S101 - a dispute has a label on one side at least
    if one is None or other is None:
        return frozenset(role for role in ROLES if getattr(only.pieces, role))
    roles = {r for r in ROLES if getattr(one.pieces, r) != getattr(other.pieces, r)}
    return frozenset(roles | ({"quote_type"} if one.quote_type != other.quote_type else set()))


def _closeness(one: Triple, other: Triple) -> float:
    """How much of cue and content two labels share: the sum of both Jaccard indices over
    characters, 0 where neither is shared, and a little more for a shared source.
    """
    shared = _jaccard(one.cue, other.cue) + _jaccard(one.content, other.content)
    return shared and shared + SOURCE_WEIGHT * _jaccard(one.source, other.source)


def _jaccard(ours: Sequence[Offsets], theirs: Sequence[Offsets]) -> float:
    """Share of the characters in either that are in both, 0 to 1; no role overlaps itself."""
    common = sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in ours for b in theirs)
    total = sum(end - start for start, end in (*ours, *theirs)) - common
    return common / total if total else 0.0
