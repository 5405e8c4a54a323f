"""A folder of the network's weights: its files, and whether they are what they should be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).resolve().parents[2] / "model"
"""The folder of the weights that ship."""

META = "meta.json"
FILES = ("model.onnx", "tokenizer.json")

SHIPPED = {
    META: "ebefa467014949d25465120c5f84537417afd4c026b65d4bae5c84a94c256269",
    "model.onnx": "17971b5cee4ee4c9ce6fb077d5530161e85c6b48e0bf2a84780d3cd7287d5da2",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""The SHA-256 sums of the weights that ship. They stand here, not beside the files: who exchanges
those could exchange the sums there as well. New weights that ship need new ones."""


class WeightsError(RuntimeError):
    """The weights cannot be used; the message names the file."""


def sums_of(folder: Path) -> dict[str, str]:
    """The SHA-256 sums of a folder's files, by name. Raise WeightsError where one is missing."""
    return {name: _sum(folder / name) for name in (META, *FILES)}


def read_meta(folder: Path, sums: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The description of the weights in a folder, after checking that every file is there and
    whole.

    ``sums`` are those that the files must have, from a place that is trusted more than the folder.
    Those of the weights that ship are known; any others without sums are compared with their own
    description, which finds accidents only.
    """
    path = folder / META
    if folder == WEIGHTS:
        sums = SHIPPED
    if sums is not None:
        _check(path, sums)
    try:
        meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        described: dict[str, str] = dict(meta["sha256"])
    except FileNotFoundError as error:
        raise WeightsError(f"{path} is missing: the learned pre-labeller has no weights") from error
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} is not a description of weights") from error
    for name in FILES:
        _check(folder / name, described if sums is None else sums)
    return meta


def _sum(file: Path) -> str:
    if not file.is_file():
        raise WeightsError(f"{file} is missing")
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _check(file: Path, sums: Mapping[str, str]) -> None:
    found = _sum(file)
    if found != sums.get(file.name):
        raise WeightsError(f"{file} is corrupt: its SHA-256 is {found}, not {sums.get(file.name)}")
