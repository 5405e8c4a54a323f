"""Labels of two people are paired without each being held against every other."""

from typing import cast

import pytest

from accordingto.evaluation import Triple
from annotations.agreement import alignment
from annotations.agreement.alignment import differences
from annotations.models import Annotation
from annotations.models.state import Spans


def labels(count: int, *, first_id: int, quote_type: str) -> list[Annotation]:
    """Labels beside each other, which only exist here."""
    made = []
    for index in range(count):
        label = Annotation(pk=first_id + index, start=10 * index, quote_type=quote_type)
        made.append(label)
    return made


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what is held against each other."""
    count = [0]
    closeness = alignment._closeness

    def counting(*pieces: Triple) -> float:
        count[0] += 1
        return closeness(*pieces)

    def spans_of(label: Annotation) -> Spans:
        at = label.start
        return {"source": [], "cue": [(at, at + 4)], "content": [(at + 5, at + 9)]}

    monkeypatch.setattr(alignment, "_closeness", counting)
    monkeypatch.setattr(alignment, "spans_of", spans_of)
    return count


def test_only_labels_that_share_text_are_compared(compared: list[int]) -> None:
    text = "said yes, " * 2_000
    first = labels(2_000, first_id=1, quote_type="direct")
    second = labels(2_000, first_id=10_001, quote_type="indirect")
    found = differences(text, first, second)
    assert len(found) == 2_000
    assert all(
        cast("Annotation", each.mine).start == cast("Annotation", each.theirs).start
        for each in found
    )
    assert compared == [2_000]
