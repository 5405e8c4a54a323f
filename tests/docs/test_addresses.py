"""Every address of the site that the documents name is answered by something."""

import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from tests.docs.reading import PRESENT, inline, name_of

# Numbers and words that stand for an address's parts.
PLACES = {"format": "jsonl"}


def addresses(text: str) -> list[str]:
    """What stands in backticks and looks like an address of the site: from slash to slash."""
    return [each for each in inline(text) if re.fullmatch(r"/(?:[\w<>-]+/)*", each)]


@pytest.mark.parametrize("path", PRESENT, ids=name_of)
def test_addresses_in_a_document_resolve(path: Path) -> None:
    missing = []
    for address in addresses(path.read_text(encoding="utf-8")):
        filled = re.sub(r"<(\w+)>", lambda found: PLACES.get(found[1], "1"), address)
        try:
            resolve(filled)
        except Resolver404:
            missing.append(address)
    assert missing == []


def test_addresses_are_found_and_told_from_paths() -> None:
    assert addresses("`/sources/<pk>/` `/etc/x.env` `docs/` `/`") == ["/sources/<pk>/", "/"]
    with pytest.raises(Resolver404):
        resolve("/source/1/")
