"""Every property of the threat model has a test, which is there."""

import re

import pytest

from tests.docs.reading import ROOT

MODEL = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
PROVIDED = MODEL[MODEL.index("## Properties provided") : MODEL.index("## Properties not provided")]
ROWS = [line for line in PROVIDED.splitlines() if line.startswith("| ")]
PROPERTIES = [row for row in ROWS if not row.startswith("| property")]
SEVERITIES = {"critical", "high", "medium", "low"}


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize("row", PROPERTIES, ids=lambda row: cells(row)[0][:60])
def test_a_property_has_its_sign_its_severity_and_tests_that_are_there(row: str) -> None:
    _property, sign, severity, shown = cells(row)
    assert sign
    assert severity in SEVERITIES
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
    assert tests
    for path, name in tests:
        code = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {name}\(", code, re.MULTILINE), f"{path} has no {name}"


def test_there_are_properties() -> None:
    assert len(PROPERTIES) > 20
