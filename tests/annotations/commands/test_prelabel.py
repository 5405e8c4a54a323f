"""The command that pre-labels, on files: the library's own."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accordingto import command_line

TEXT = "Ana said that it leaks."


def prelabel(source: Path, target: Path, *options: str) -> str:
    errors = StringIO()
    call_command("prelabel", f"--input={source}", f"--output={target}", *options, stderr=errors)
    return errors.getvalue()


def test_a_file_is_labelled_as_by_the_library(tmp_path: Path) -> None:
    source, ours, theirs = (tmp_path / name for name in ("in.jsonl", "ours", "theirs"))
    source.write_text(json.dumps({"text": TEXT}))
    assert "1 attributions in 1 articles" in prelabel(source, ours)
    assert command_line.main(["prelabel", str(source), str(theirs)]) == 0
    assert ours.read_bytes() == theirs.read_bytes() != b""


def test_a_refused_line_fails_the_command(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(f"{json.dumps({'text': TEXT})}\n{{}}\n")
    with pytest.raises(CommandError, match="was not written"):
        prelabel(source, target)
    assert not target.exists()
    with pytest.raises(CommandError, match="refused"):
        prelabel(source, target, "--partial")
    assert len(target.read_text().splitlines()) == 1
