"""The pictures and tables that follow from the code are those of the code as it is."""

import pytest

from docs.generate import PARTS, ROOT, with_part


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_up_to_date(name: str) -> None:
    file, make = PARTS[name]
    text = (ROOT / file).read_text(encoding="utf-8")
    assert with_part(text, name, make()) == text, "run: make docs"


def test_a_part_replaces_what_is_in_its_place_and_nothing_else() -> None:
    text = "a <!-- generated: x -->\nold\n<!-- end: x --> b"
    assert with_part(text, "x", "new") == "a <!-- generated: x -->\nnew\n<!-- end: x --> b"
    with pytest.raises(ValueError, match="no place"):
        with_part(text, "y", "new")
