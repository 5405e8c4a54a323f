"""The table of what one article may hold has the limits of the code."""

from pathlib import Path

import pytest

from accordingto.records import limits, values
from accordingto.text import normalise

FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("text", values.MAX_TEXT_LENGTH),
        ("title, outlet, address, author, names and any other string", values.MAX_FIELD_LENGTH),
        ("an id", values.MAX_ID_BYTES),
        ("combining marks in a row", normalise.MAX_MARKS),
        ("code points of one character", normalise.MAX_CLUSTER),
        ("attributions", limits.MAX_ATTRIBUTIONS),
        ("pieces of a role", limits.MAX_PIECES),
        ("pieces in all", limits.MAX_PIECES_IN_ALL),
        ("pieces over one place of the text", limits.MAX_OVERLAP),
        ("sentences", limits.MAX_SENTENCES),
    ],
)
def test_each_limit_is_in_the_table(what: str, limit: int) -> None:
    assert f"| {what} | {limit:,}" in FORMATS.read_text(encoding="utf-8")
