"""The library's own commands: what they print, where, and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accordingto import command_line
from accordingto.pipeline.network.weights import WeightsError

TEXT = "Ana said that it leaks."
GOLD = {
    "text": TEXT,
    "attributions": [{"source": [[0, 3]], "cue": [[4, 8]], "content": [[9, 22]]}],
}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write(tmp_path / "gold.jsonl", GOLD)


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def run(*arguments: object) -> int:
    return command_line.main([str(argument) for argument in arguments])


def test_prelabel_writes_a_file(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = gold.with_name("labelled.jsonl")
    assert run("prelabel", gold, target, "--extractor", "rules") == 0
    [attribution] = json.loads(target.read_text())["attributions"]
    assert attribution["origin"] == "model:rules-1"
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("1 attributions in 1 articles")


def test_the_network_labels_unless_another_is_asked_for(gold: Path) -> None:
    target = gold.with_name("labelled.jsonl")
    assert run("prelabel", gold, target) == 0
    [attribution] = json.loads(target.read_text())["attributions"]
    assert attribution["origin"].startswith("model:polnear-")


def test_refused_lines_are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = write(tmp_path / "in.jsonl", GOLD, {"text": 1}), tmp_path / "out.jsonl"
    arguments = ("prelabel", source, target, "--extractor", "rules")
    assert run(*arguments) == 1
    assert f"{source}, line 2: refused: text: must be a string" in capsys.readouterr().err
    assert not target.exists()
    assert run(*arguments, "--partial") == 1
    assert len(target.read_text().splitlines()) == 1


def test_evaluate_says_what_the_site_s_command_says(
    gold: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in ((), ("--json",), ("--extractor", "rules"), ("--predicted", str(gold))):
        assert run("evaluate", gold, *options) == 0
        ours = capsys.readouterr().out
        call_command("evaluate", str(gold), *options)
        assert capsys.readouterr().out == ours != ""


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "gold.jsonl has no articles"),
        ([GOLD, {"text": ""}], "gold.jsonl, line 2: text: is empty"),
    ],
)
def test_what_cannot_be_measured_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[Any], reason: str
) -> None:
    assert run("evaluate", write(tmp_path / "gold.jsonl", *rows), "--extractor", "rules") == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert reason in output.err


def test_a_file_that_is_not_there_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.jsonl"
    for arguments in (("prelabel", missing, tmp_path / "out.jsonl"), ("evaluate", missing)):
        assert run(*arguments, "--extractor", "rules") == 1
        assert "none.jsonl" in capsys.readouterr().err


def test_broken_weights_are_said_and_no_traceback_shown(
    gold: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(extractor: str) -> None:
        raise WeightsError("model.onnx is corrupt")

    monkeypatch.setattr(command_line, "build_pipeline", broken)
    assert run("evaluate", gold) == 1
    assert capsys.readouterr().err.strip() == "accordingto evaluate: model.onnx is corrupt"


@pytest.mark.parametrize("command", ["prelabel", "evaluate", "train"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")
    assert ended.value.code == 0
    assert f"accordingto {command}" in capsys.readouterr().out


def test_no_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
