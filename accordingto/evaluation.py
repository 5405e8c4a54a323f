"""How well predicted attributions agree with gold ones: counts added up article by article.

Definitions, all micro-averaged over articles (counts are added up, then divided):

- *Piece*: one run of text in one role. Its edges are trimmed of white space and punctuation, so
  that a comma or a quotation mark more or less is no mistake; a piece of nothing but punctuation
  (a colon used as a cue) keeps its edges. Per role an article has a set of unique pieces: a source
  shared by two attributions counts once.
- *Exact*: the same trimmed start and end.
- *Token overlap*: a piece is found when it shares at least one token with a piece of the other
  side, so precision is the share of predicted pieces that touch a gold piece and recall the share
  of gold pieces that touch a predicted one. As trimmed pieces begin and end inside a token, sharing
  a character says the same.
- *Linked, exact*: one attribution on each side with the same trimmed pieces in all three roles.
- *Linked, relaxed*: sources overlap (or both are absent) and the contents' tokens have a Jaccard
  index of at least one half. Attributions are paired one to one, as many as possible.

Taken between every two annotators of PolNeAR's sixteen multiply labelled training articles
(Newell, Margolin and Ruths, LREC 2018), these give human F1 scores of source 78.8 exact and 84.1
overlap, cue 70.7 and 81.5, content 71.5 and 88.1, linked 59.4 exact and 75.4 relaxed.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accordingto.attribution import ROLES, Offsets, Role, RolePieces

MIN_CONTENT_JACCARD = 0.5
# A word of more is none, and may hold any number of labels.
_TOKEN = re.compile(r"\w{1,100}|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Triple:
    """The pieces of one attribution and nothing else, for gold data without further labels."""

    source: tuple[Offsets, ...]
    cue: tuple[Offsets, ...]
    content: tuple[Offsets, ...]


@dataclass(slots=True)
class Counts:
    """How many predicted and gold items there are, and how many of each the other side has."""

    predicted: int = 0
    predicted_found: int = 0
    gold: int = 0
    gold_found: int = 0

    @property
    def precision(self) -> float:
        """Share of predicted items that are right, 0 to 1; 0 when nothing was predicted."""
        return self.predicted_found / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of gold items that were found, 0 to 1; 0 when there are none."""
        return self.gold_found / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def add(self, predicted: int, predicted_found: int, gold: int, gold_found: int) -> None:
        """Add one article's counts."""
        self.predicted += predicted
        self.predicted_found += predicted_found
        self.gold += gold
        self.gold_found += gold_found

    def as_dict(self) -> dict[str, float | int]:
        """Precision, recall and F1 (0 to 1), and the number of items on each side."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "predicted": self.predicted,
            "gold": self.gold,
        }


def _counts_by_role() -> dict[Role, Counts]:
    return {role: Counts() for role in ROLES}


@dataclass(slots=True)
class Evaluation:
    """Scores of a stream of articles: `add` each, then read the counts. Memory stays constant."""

    articles: int = 0
    exact: dict[Role, Counts] = field(default_factory=_counts_by_role)
    overlap: dict[Role, Counts] = field(default_factory=_counts_by_role)
    linked_exact: Counts = field(default_factory=Counts)
    linked_relaxed: Counts = field(default_factory=Counts)

    def add(self, text: str, predicted: Iterable[RolePieces], gold: Iterable[RolePieces]) -> None:
        """Count one article. Offsets on both sides are code points of ``text``."""
        predictions = [_trimmed(text, attribution) for attribution in predicted]
        golds = [_trimmed(text, attribution) for attribution in gold]
        self.articles += 1
        for role in ROLES:
            ours = {piece for item in predictions for piece in getattr(item, role)}
            theirs = {piece for item in golds for piece in getattr(item, role)}
            same = len(ours & theirs)
            self.exact[role].add(len(ours), same, len(theirs), same)
            self.overlap[role].add(
                len(ours), _touching(ours, theirs), len(theirs), _touching(theirs, ours)
            )
        same = (Counter(predictions) & Counter(golds)).total()
        self.linked_exact.add(len(predictions), same, len(golds), same)
        same = _relaxed_pairs(text, predictions, golds)
        self.linked_relaxed.add(len(predictions), same, len(golds), same)

    def as_dict(self) -> dict[str, object]:
        """Everything counted, as plain values for JSON."""
        return {
            "articles": self.articles,
            "roles": {
                role: {
                    "exact": self.exact[role].as_dict(),
                    "overlap": self.overlap[role].as_dict(),
                }
                for role in ROLES
            },
            "linked": {
                "exact": self.linked_exact.as_dict(),
                "relaxed": self.linked_relaxed.as_dict(),
            },
        }


def trim_edges(text: str, piece: Offsets) -> Offsets:
    """The piece without white space and punctuation at its edges, or unchanged if nothing is left.

    Raises `ValueError` when the piece does not lie on the text.
    """
    start, end = piece
    if not 0 <= start < end <= len(text):
        raise ValueError(f"piece {start}-{end} does not lie on a text of {len(text)} characters")
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return (start, end) if start < end else piece


def _is_edge(character: str) -> bool:
    return character.isspace() or unicodedata.category(character).startswith("P")


def _trimmed(text: str, attribution: RolePieces) -> Triple:
    def role(pieces: Sequence[Offsets]) -> tuple[Offsets, ...]:
        return tuple(sorted({trim_edges(text, piece) for piece in pieces}))

    return Triple(role(attribution.source), role(attribution.cue), role(attribution.content))


def _touching(pieces: set[Offsets], others: set[Offsets]) -> int:
    """How many of ``pieces`` share a character with one of ``others``, by one sweep over both."""
    found = 0
    reach = 0
    waiting = sorted(others, reverse=True)
    for start, end in sorted(pieces, key=lambda piece: piece[1]):
        # Others that begin before this end, and so before every later one's: only how far they
        # reach matters from here on.
        while waiting and waiting[-1][0] < end:
            reach = max(reach, waiting.pop()[1])
        found += reach > start
    return found


def _overlap(ours: Sequence[Offsets], theirs: Sequence[Offsets]) -> bool:
    if not ours and not theirs:
        return True
    return any(a[0] < b[1] and b[0] < a[1] for a in ours for b in theirs)


def _relaxed_pairs(text: str, predictions: Sequence[Triple], golds: Sequence[Triple]) -> int:
    """Size of the largest one-to-one pairing of attributions that agree in the relaxed sense."""
    spans = [match.span() for match in _TOKEN.finditer(text)] if predictions and golds else []
    ours = [_content_tokens(spans, each) for each in predictions]
    theirs = [_content_tokens(spans, each) for each in golds]
    ours_size, theirs_size = ([_size(ranges) for ranges in side] for side in (ours, theirs))
    candidates: list[list[int]] = [[] for _each in predictions]
    for (one, other), common in _shared_tokens(ours, theirs).items():
        either = ours_size[one] + theirs_size[other] - common
        if common >= MIN_CONTENT_JACCARD * either and _overlap(
            predictions[one].source, golds[other].source
        ):
            candidates[one].append(other)
    return _largest_pairing(candidates)


def _content_tokens(spans: Sequence[Offsets], attribution: Triple) -> list[Offsets]:
    """Ranges of indices into ``spans``, the text's tokens in order, of those that the content
    touches; in order, and no token twice.
    """
    ranges: list[Offsets] = []
    for start, end in attribution.content:
        first = bisect_right(spans, start, key=lambda span: span[1])
        last = bisect_left(spans, end, key=lambda span: span[0])
        if ranges and first < ranges[-1][1]:
            first, last = ranges[-1][0], max(last, ranges.pop()[1])
        if first < last:
            ranges.append((first, last))
    return ranges


def _size(ranges: Iterable[Offsets]) -> int:
    return sum(last - first for first, last in ranges)


def _shared_tokens(
    ours: Sequence[Sequence[Offsets]], theirs: Sequence[Sequence[Offsets]]
) -> Counter[tuple[int, int]]:
    """How many tokens each two contents share that share any: one walk over the text, with the
    ranges that are open there. It takes no longer for long contents than for short ones.
    """
    shared: Counter[tuple[int, int]] = Counter()
    waiting = sorted(
        (first, last, side, index)
        for side, contents in enumerate((ours, theirs))
        for index, ranges in enumerate(contents)
        for first, last in ranges
    )
    open_ranges: tuple[list[Offsets], list[Offsets]] = ([], [])
    for first, last, side, index in waiting:
        for each in open_ranges:
            each[:] = [(end, other) for end, other in each if end > first]
        for end, other in open_ranges[1 - side]:
            shared[(other, index) if side else (index, other)] += min(end, last) - first
        open_ranges[side].append((last, index))
    return shared


def _largest_pairing(candidates: Sequence[Sequence[int]]) -> int:
    """Maximum bipartite matching by augmenting paths: ``candidates[i]`` may pair with item i."""
    left_of: dict[int, int] = {}
    right_of: dict[int, int] = {}
    for root in range(len(candidates)):
        reached_by: dict[int, int] = {}
        queue = deque([root])
        free: int | None = None
        while queue and free is None:
            left = queue.popleft()
            for right in candidates[left]:
                if right in reached_by:
                    continue
                reached_by[right] = left
                if right not in left_of:
                    free = right
                    break
                queue.append(left_of[right])
        while free is not None:  # hand each left item on the path its new partner
            left = reached_by[free]
            previous = right_of.get(left)
            left_of[free], right_of[left] = left, free
            free = previous
    return len(left_of)
