"""Quotation marks go back to the span they belong to."""

import pytest

from accordingto.text.quotation_marks import with_quotes


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("She said: “It leaks,” and left.", "It leaks", "“It leaks,”"),
        ("She said: “It leaks 👍🏽,” and left.", "It leaks", "“It leaks 👍🏽,”"),
        ("She said: “It leaks … 👨‍👩‍👧!” and left.", "It leaks", "“It leaks … 👨‍👩‍👧!”"),
        ("She said it leaks 👍🏽 “badly”.", "it leaks", "it leaks"),
        ("She said: “It leaks” and “it drips”.", "it drips", "“it drips”"),
        ('She said: "It leaks," and left.', "It leaks", '"It leaks,"'),
    ],
)
def test_a_content_keeps_its_quotation_marks(text: str, found: str, whole: str) -> None:
    start = text.index(found)
    begin, end = with_quotes(text, start, start + len(found))
    assert text[begin:end] == whole
