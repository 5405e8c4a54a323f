"""The command that measures predictions."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

TEXT = "Ana said that it leaks."
GOLD = {
    "text": TEXT,
    "publisher": "a key of its own",
    "attributions": [
        {"id": "E1", "source": [[0, 3]], "cue": [[4, 8]], "content": [[9, 22]], "sure": True}
    ],
}
WRONG = {"text": TEXT, "attributions": [{"cue": [[4, 8]], "source": [], "content": [[14, 22]]}]}


def write(path: Path, *rows: object) -> Path:
    data = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def evaluate(*arguments: object) -> str:
    out = StringIO()
    call_command("evaluate", *map(str, arguments), stdout=out)
    return out.getvalue()


def linked(output: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(output)["linked"]["exact"]
    return values


def test_the_pipeline_is_measured_on_the_gold_texts(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl.gz", GOLD, {"text": "Nothing."})
    output = evaluate(gold, "--json")
    assert json.loads(output)["articles"] == 2
    assert linked(output) == {"precision": 1, "recall": 1, "f1": 1, "predicted": 1, "gold": 1}


def test_predictions_of_a_file_are_measured(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", GOLD)
    assert linked(evaluate(gold, "--predicted", gold, "--json"))["f1"] == 1
    wrong = write(tmp_path / "wrong.jsonl", WRONG)
    output = evaluate(gold, "--predicted", wrong, "--json")
    assert linked(output)["f1"] == 0
    assert json.loads(output)["roles"]["cue"]["exact"]["f1"] == 1
    assert json.loads(output)["roles"]["content"]["overlap"]["f1"] == 1


def test_the_table_names_every_measure(tmp_path: Path) -> None:
    table = evaluate(write(tmp_path / "gold.jsonl", GOLD)).splitlines()
    assert table[0] == "1 articles"
    assert [row.split("  ")[0] for row in table[2:]] == [
        f"{role}, {measure}"
        for role in ("source", "cue", "content")
        for measure in ("exact", "token overlap")
    ] + ["linked, exact", "linked, relaxed"]
    assert table[2].split()[-5:] == ["100.0%", "100.0%", "100.0%", "1", "1"]


def test_texts_are_compared_as_they_are_stored(tmp_path: Path) -> None:
    raw = {"text": "\ufeff" + TEXT, "attributions": [{"cue": [[5, 9]]}]}
    stored = {"text": TEXT, "attributions": [{"cue": [[4, 8]]}]}
    gold, predicted = write(tmp_path / "g.jsonl", raw), write(tmp_path / "p.jsonl", stored)
    output = json.loads(evaluate(gold, "--predicted", predicted, "--json"))
    assert output["roles"]["cue"]["exact"]["f1"] == 1


def test_rejected_attributions_count_on_neither_side(tmp_path: Path) -> None:
    rejected = {"text": TEXT, "attributions": [{"cue": [[4, 8]], "status": "rejected"}]}
    gold = write(tmp_path / "gold.jsonl", rejected)
    assert linked(evaluate(gold, "--predicted", gold, "--json"))["gold"] == 0


@pytest.mark.parametrize(
    ("rows", "others", "reason"),
    [
        ([], [], "no articles"),
        ([{"text": ""}], [{"text": ""}], "line 1: text: is empty"),
        ([GOLD, {"text": "x", "attributions": [{"cue": [[0, 9]]}]}], [GOLD] * 2, "line 2: .*cue"),
        ([GOLD], [GOLD, GOLD], "different numbers"),
        ([GOLD], [{"text": "Another."}], "texts differ"),
        ([GOLD], ["x"], "line 1: must be a JSON object"),
    ],
)
def test_what_cannot_be_measured_fails(
    tmp_path: Path, rows: list[object], others: list[object], reason: str
) -> None:
    gold, predicted = write(tmp_path / "g.jsonl", *rows), write(tmp_path / "p.jsonl", *others)
    with pytest.raises(CommandError, match=reason):
        evaluate(gold, "--predicted", predicted)


def test_a_missing_file_fails(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        evaluate(tmp_path / "none.jsonl")
