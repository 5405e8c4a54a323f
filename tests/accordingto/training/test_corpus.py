"""From gold files to files to train on."""

import json
from pathlib import Path
from typing import Any

import pytest

from accordingto.batch import BadFileError
from accordingto.training.corpus import write_training_data


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gold(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_gold_files_with_and_without_status(tmp_path: Path) -> None:
    cue = {"cue": [[3, 7]]}
    signed = cue | {"reviewed_by": "ada", "reviewed_at": "2026-01-02T03:04:05Z"}
    file = gold(
        tmp_path / "gold.jsonl",
        {"text": "He said so.", "attributions": [cue], "publisher": "x", "discard": [["a", []]]},
        {"text": "He said it.", "attributions": [cue | {"status": "proposed"}]},
        {"text": "He said no.", "attributions": [signed | {"status": "rejected"}]},
        {"text": "He said yes.", "attributions": [signed | {"status": "approved"}]},
    )
    held_out = gold(tmp_path / "held.jsonl", {"text": "She said so.", "attributions": []})

    data = write_training_data(tmp_path / "out", [file], (), held_out)

    written = {row["text"]: row for row in rows(data.train)}
    assert {text: len(row["attributions"]) for text, row in written.items()} == {
        "He said so.": 1,
        "He said it.": 0,
        "He said no.": 0,
        "He said yes.": 1,
    }
    assert written["He said so."]["discard"] == [["a", []]]
    assert [row["text"] for row in rows(data.held_out)] == ["She said so."]


def test_one_in_ten_is_held_out_and_always_the_same(tmp_path: Path) -> None:
    file = gold(tmp_path / "gold.jsonl", *({"text": f"Article {n}."} for n in range(200)))
    one = write_training_data(tmp_path / "one", [file], (), None)
    two = write_training_data(tmp_path / "two", [file], (), None)
    assert one.train_articles + one.held_out_articles == 200
    assert 5 <= one.held_out_articles <= 40
    assert rows(one.held_out) == rows(two.held_out)
    assert not {r["text"] for r in rows(one.held_out)} & {r["text"] for r in rows(one.train)}


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = gold(tmp_path / "gold.jsonl", {"text": "Fine."}, {"text": ""})
    with pytest.raises(BadFileError, match=r"gold\.jsonl, line 2: text"):
        write_training_data(tmp_path / "out", [file], (), None)


@pytest.mark.parametrize("name", ["train.jsonl", "held-out.jsonl"])
def test_what_was_given_is_never_written_over(tmp_path: Path, name: str) -> None:
    file = gold(tmp_path / name, {"text": "Fine."}, {"text": "Good."})
    before = file.read_bytes()
    with pytest.raises(ValueError, match="would be overwritten"):
        write_training_data(tmp_path, [file], (), None)
    with pytest.raises(ValueError, match="would be overwritten"):
        write_training_data(tmp_path, [], (), file)
    assert file.read_bytes() == before


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"train\.jsonl would have no article"):
        write_training_data(tmp_path / "out", [], (), None)
