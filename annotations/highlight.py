"""The article's text cut into paragraphs and segments, each knowing the spans that cover it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from annotations.models import Annotation, Span


@dataclass(frozen=True, slots=True)
class Mark:
    """One span over a segment, with what the page needs to show it."""

    annotation_id: int
    number: int
    role: str
    status: str
    starts_here: bool

    @property
    def label(self) -> str:
        """Number and role in short, as in ``3C``: colour is never the only sign."""
        return f"{self.number}{'q' if self.role == Span.Role.CUE else self.role[0]}".upper()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that the same spans cover; ``start`` in code points of the article."""

    start: int
    text: str
    marks: tuple[Mark, ...]

    @property
    def classes(self) -> str:
        """Class names: each role and status that covers the segment."""
        return " ".join(sorted({m.role for m in self.marks} | {m.status for m in self.marks}))

    @property
    def annotation_ids(self) -> str:
        return " ".join(dict.fromkeys(str(m.annotation_id) for m in self.marks))

    @property
    def label(self) -> str:
        """The labels of the spans that begin with this segment."""
        return " ".join(m.label for m in self.marks if m.starts_here)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of the text; ``start`` and ``end`` in code points of the article."""

    start: int
    end: int
    segments: tuple[Segment, ...]


def paragraph_offsets(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every line of the text that is not blank."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def paragraphs(
    text: str,
    annotations: Iterable[Annotation],
    numbers: dict[int, int],
    touching: Iterable[tuple[int, int]] | None = None,
) -> list[Paragraph]:
    """The paragraphs of the text with the spans of all annotations that are not rejected.

    ``numbers`` gives the number that the page calls an annotation by its id. With ``touching``,
    only the paragraphs that one of those (start, end) reaches into.
    """
    spans = sorted(
        (
            (span.start, span.end, span.role, annotation)
            for annotation in annotations
            if annotation.status != Annotation.Status.REJECTED
            for span in annotation.spans.all()
        ),
        key=lambda row: row[:3],
    )
    wanted = None if touching is None else list(touching)
    found = []
    first = 0  # spans before this one ended before the paragraph
    for start, end in paragraph_offsets(text):
        while first < len(spans) and spans[first][1] <= start:
            first += 1
        if wanted is not None and not any(s < end and start < e for s, e in wanted):
            continue
        inside = []
        for row in spans[first:]:
            if row[0] >= end:
                break
            if row[1] > start:
                inside.append(row)
        found.append(Paragraph(start, end, tuple(_segments(text, start, end, inside, numbers))))
    return found


def _segments(
    text: str,
    start: int,
    end: int,
    spans: list[tuple[int, int, str, Annotation]],
    numbers: dict[int, int],
) -> Iterator[Segment]:
    cuts = {start, end}
    for span_start, span_end, _role, _annotation in spans:
        cuts |= {max(span_start, start), min(span_end, end)}
    ordered = sorted(cuts)
    for left, right in pairwise(ordered):
        marks = tuple(
            Mark(
                annotation_id=annotation.pk,
                number=numbers[annotation.pk],
                role=role,
                status=annotation.status,
                starts_here=span_start == left,
            )
            for span_start, span_end, role, annotation in spans
            if span_start <= left and right <= span_end
        )
        yield Segment(left, text[left:right], marks)
