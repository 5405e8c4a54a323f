"""Trained weights pre-label only where their sums are known."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from pytest_django import Settings

from accordingto.pipeline.network.weights import FILES, META, WEIGHTS, WeightsError, sums_of
from annotations.management.commands import train
from annotations.models import PrelabelRun, TrainedWeights
from annotations.prelabelling.job import pipeline, prelabel_article
from annotations.prelabelling.weights import register, trained
from articles.models import Article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Weights that somebody trained."""
    return made_in(tmp_path / "mine")


def made_in(folder: Path) -> Path:
    shutil.copytree(WEIGHTS, folder)
    meta = json.loads((folder / META).read_text())
    (folder / META).write_text(json.dumps(meta | {"version": "mine-1"}))
    return folder


@pytest.fixture
def in_use(folder: Path, settings: Settings) -> Iterator[Path]:
    """They are what the settings name."""
    settings.WEIGHTS = str(folder)
    pipeline.cache_clear()
    yield folder
    pipeline.cache_clear()


def exchange(folder: Path, name: str) -> None:
    """Exchange a file and what its own description says of it."""
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    meta = json.loads((folder / META).read_text())
    meta["sha256"] = {each: sums_of(folder)[each] for each in FILES}
    (folder / META).write_text(json.dumps(meta, indent=2))


def test_those_that_ship_need_not_be_known() -> None:
    assert trained() is None


def test_known_ones_propose(in_use: Path) -> None:
    register(in_use)
    article = ready_article("“It leaks,” said Ana Ortiz, who runs the board.", [])
    Article.objects.filter(pk=article.pk).update(status=Article.Status.QUEUED)
    prelabel_article(article.pk)
    assert PrelabelRun.objects.get().model_version == "mine-1"
    assert article.annotations.exists()


def test_a_worker_does_not_begin_with_unknown_ones(in_use: Path) -> None:
    with pytest.raises(CommandError, match=r"are not known here.*register_weights .*mine"):
        call_command("worker", until_empty=True)
    with pytest.raises(WeightsError, match="not known here"):
        pipeline()


@pytest.mark.parametrize("name", [META, *FILES])
def test_what_was_exchanged_with_its_description_is_refused(in_use: Path, name: str) -> None:
    register(in_use)
    exchange(in_use, name)
    with pytest.raises(WeightsError, match="have changed since"):
        pipeline()


def test_registering_twice_is_once_and_other_ones_need_another_name(folder: Path) -> None:
    assert register(folder) == register(folder)
    exchange(folder, "tokenizer.json")
    with pytest.raises(WeightsError, match="Other weights are known here as mine-1"):
        register(folder)
    assert TrainedWeights.objects.get().sums != sums_of(folder)


def test_the_command_that_registers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("register_weights", folder)
    written = capsys.readouterr().out
    assert "Known here as mine-1" in written
    assert all(found in written for found in sums_of(folder).values())
    with pytest.raises(CommandError, match="is missing"):
        call_command("register_weights", folder / "nowhere")


def test_what_is_trained_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trains(options: dict[str, Path], *_: object) -> str:
        made_in(options["out"] / "weights")
        return "the figures"

    monkeypatch.setattr(train, "train", trains)
    call_command("train", approved=True, start=tmp_path, out=tmp_path / "out")
    with override_settings(WEIGHTS=str(tmp_path / "out" / "weights")):
        assert trained() is not None
