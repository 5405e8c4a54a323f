"""Article files pre-labelled."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from accordingto.batch import OfflineSummary, prelabel_file
from accordingto.pipeline.component import build_pipeline
from accordingto.records import limits

NLP = build_pipeline("rules")
TEXT = "Ana said that it leaks.\nJo said that it does not."


def run(tmp_path: Path, *rows: object, **options: Any) -> tuple[OfflineSummary, list[Any]]:
    """Pre-label these rows; the summary and the rows that were written."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    summary = prelabel_file(source, target, NLP, **options)
    written = target.read_text().splitlines() if target.exists() else []
    return summary, [json.loads(line) for line in written]


def judged(cue: tuple[int, int], **values: Any) -> dict[str, Any]:
    return {
        "cue": [list(cue)],
        "status": "rejected",
        "reviewed_by": "edith",
        "reviewed_at": "2026-02-01T09:00:00+00:00",
    } | values


def test_sentences_and_proposals_are_added(tmp_path: Path) -> None:
    summary, [row] = run(tmp_path, {"id": "1", "text": TEXT})
    assert summary == OfflineSummary(articles=1, attributions=2, written=True)
    assert [TEXT[start:end] for start, end in row["sentences"]] == TEXT.splitlines()
    first = row["attributions"][0]
    [[start, end]] = first["content"]
    assert TEXT[start:end] == "that it leaks"
    assert first["status"] == "proposed"
    assert first["origin"] == "model:rules-1"
    assert 0 < first["confidence"] <= 1


def test_offsets_stand_on_the_text_that_is_written(tmp_path: Path) -> None:
    _summary, [row] = run(tmp_path, {"text": "\ufeffCafe\u0301\r\nAna said that it leaks."})
    [[start, end]] = row["attributions"][0]["source"]
    assert row["text"] == "Café\nAna said that it leaks."
    assert row["text"][start:end] == "Ana"


def test_the_output_labelled_again_is_the_same(tmp_path: Path) -> None:
    _summary, rows = run(tmp_path, {"text": TEXT, "extra": [1]})
    summary, again = run(tmp_path, *rows)
    assert again == rows
    assert summary.replaced == 2


def test_what_a_person_judged_stays_and_is_not_proposed_again(tmp_path: Path) -> None:
    start = TEXT.index("said")
    kept = judged((start, start + 4), id="mine", source=[[0, 3]], content=[[9, 12]])
    old = {"cue": [[0, 3]], "id": "old"}
    summary, [row] = run(tmp_path, {"text": TEXT, "attributions": [old, kept]})
    assert (summary.kept, summary.replaced, summary.attributions) == (1, 1, 1)
    assert [each["status"] for each in row["attributions"]] == ["rejected", "proposed"]
    assert row["attributions"][0] == kept


def test_a_corrected_proposal_keeps_its_id_to_itself(tmp_path: Path) -> None:
    _summary, [row] = run(tmp_path, {"text": TEXT})
    proposal = row["attributions"][0]
    corrected = judged((0, 3), id=proposal["id"])
    _summary, [row] = run(tmp_path, {"text": TEXT, "attributions": [corrected]})
    ids = [each["id"] for each in row["attributions"]]
    assert len(ids) == len(set(ids)) == 2


def test_unknown_keys_are_passed_on_behind_the_known(tmp_path: Path) -> None:
    extra = {"publisher": "The Pier", "annotators": [{"name": "é"}], "nothing": None}
    _summary, [row] = run(tmp_path, {**extra, "text": "x", "id": "1"})
    assert list(row) == ["schema", "id", "text", "sentences", *extra]
    assert {key: row[key] for key in extra} == extra


def test_one_bad_line_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text('"before"\n')
    summary, rows = run(tmp_path, {"text": "a"}, {"text": ""}, {"text": 1})
    assert not summary.written
    assert summary.refused == [(2, "text: is empty"), (3, "text: must be a string")]
    assert rows == ["before"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_partial_writes_the_good_lines(tmp_path: Path) -> None:
    summary, rows = run(
        tmp_path,
        {"text": "a"},
        {"text": ""},
        {"text": "b"},
        {"text": "c", "x": "\ud83d"},
        partial=True,
    )
    assert summary.written
    assert [line for line, _reason in summary.refused] == [2, 4]
    assert [row["text"] for row in rows] == ["a", "b"]


def test_gzip_in_and_out_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(gzip.compress(json.dumps({"text": TEXT}).encode()))
    first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    prelabel_file(source, first, NLP)
    prelabel_file(source, second, NLP)
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(gzip.decompress(first.read_bytes()))["text"] == TEXT


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "a"}\n')
    (tmp_path / "link.jsonl").symlink_to(source)
    for target in (source, tmp_path / "link.jsonl", tmp_path):
        with pytest.raises(FileExistsError):
            prelabel_file(source, target, NLP)
    assert source.read_text() == '{"text": "a"}\n'


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "a"}\n')

    def fail() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        prelabel_file(source, tmp_path / "out.jsonl", NLP, progress=fail)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_article_with_too_many_attributions_is_refused_and_the_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_ATTRIBUTIONS", 1)
    summary, [row] = run(
        tmp_path, {"text": TEXT}, {"text": TEXT.split("\n", maxsplit=1)[0]}, partial=True
    )
    assert summary.refused == [
        (1, "attributions: has 2 attributions, an article has at most 1"),
    ]
    assert summary.articles == 1
    assert len(row["attributions"]) == 1
