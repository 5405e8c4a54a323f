"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from accordingto.files import draft_of


def test_it_takes_the_place_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("old")
    path.chmod(0o644)
    with draft_of(path) as draft:
        draft.write_text("new")
        assert path.read_text() == "old"
        assert draft.stat().st_mode & 0o777 == 0o600, "before anything is written"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600, "whatever the old one had"
    assert list(tmp_path.iterdir()) == [path]


def test_what_broke_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("old")

    def break_off() -> None:
        with draft_of(path) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_draft_that_was_given_up_changes_nothing(tmp_path: Path) -> None:
    with draft_of(tmp_path / "export.csv") as draft:
        draft.write_text("refused")
        draft.unlink()
    assert list(tmp_path.iterdir()) == []
