"""Writes the parts of the documentation that follow from the code: `make docs`.

They stand between two comments, which name the part, in the files below; what is outside of them
is written by hand. A test compares them with the code (tests/docs/test_generated.py).
"""

import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
APPS = ("articles", "annotations")
FLOORS = "floors"
"""Id of import-linter's contract between the floors; the others of its type are within one."""


def floors() -> str:
    """The floors and the layers of rooms in each, as import-linter keeps them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = [c for c in settings["importlinter"]["contracts"] if c["type"] == "layers"]
    rooms = {name: c["layers"] for c in contracts for name in c.get("containers", [])}
    order: list[str] = next(c["layers"] for c in contracts if c["id"] == FLOORS)
    lines = ["flowchart TB"]
    for floor in order:
        layers = rooms.get(floor, [])
        names = [f"{floor}_{number}" for number, _layer in enumerate(layers)]
        if not layers:
            lines.append(f"    {floor}")
            continue
        lines += [f"    subgraph {floor}", "        direction TB"]
        for name, layer in zip(names, layers, strict=True):
            lines.append(f'        {name}["{layer.replace(" | ", " · ")}"]')
        lines += [f"        {upper} --> {lower}" for upper, lower in pairwise(names)]
        lines.append("    end")
    lines += [f"    {upper} --> {lower}" for upper, lower in pairwise(order)]
    return _fenced("mermaid", lines)


def relations() -> str:
    """The models and their foreign keys."""
    found = sorted(_relations())
    lines = ["erDiagram"]
    for (target, source, arrow), group in groupby(found, key=lambda each: each[:3]):
        names = ", ".join(name for *_rest, name in group)
        lines.append(f'    {target} {arrow} {source} : "{names}"')
    return _fenced("mermaid", lines)


def _relations() -> Iterator[tuple[str, str, str, str]]:
    for model in _models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey):
                one = "|o" if field.null else "||"
                many = "o|" if isinstance(field, models.OneToOneField) else "o{"
                target = field.related_model._meta.object_name
                yield str(target), model.__name__, f"{one}--{many}", field.name


def model_list() -> str:
    """A row for each model: where it is, and the first sentence of its docstring."""
    rows = ["| model | file | what a row is |", "|---|---|---|"]
    for model in _models():
        file = model.__module__.replace(".", "/") + ".py"
        rows.append(f"| `{model.__name__}` | `{file}` | {_first_sentence(model)} |")
    return "\n".join(rows)


def addresses() -> str:
    """A row for each address of the site."""
    rows = ["| address | name | view |", "|---|---|---|"]
    for route, name, view in sorted(_routes(get_resolver())):
        rows.append(f"| `/{route}` | `{name}` | `{view}` |")
    return "\n".join(rows)


def _routes(
    resolver: URLResolver, before: str = "", namespace: str = ""
) -> Iterator[tuple[str, str, str]]:
    for each in resolver.url_patterns:
        route = before + re.sub(r"<\w+:(\w+)>", r"<\1>", str(each.pattern))
        if isinstance(each, URLPattern):
            view: Any = getattr(each.callback, "view_class", each.callback)
            yield route, namespace + (each.name or ""), f"{view.__module__}.{view.__name__}"
        else:
            inner = f"{each.namespace}:" if each.namespace else ""
            yield from _routes(each, route, namespace + inner)


def _models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def _first_sentence(model: type[models.Model]) -> str:
    words = " ".join((model.__doc__ or "").split()).replace("``", "`")
    return re.split(r"(?<=\.)\s", words)[0]


def _fenced(language: str, lines: list[str]) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "floors": ("docs/architecture.md", floors),
    "relations": ("docs/architecture.md", relations),
    "models": ("docs/architecture.md", model_list),
    "addresses": ("docs/addresses.md", addresses),
}
"""Each part: the file it stands in, and what makes it."""


def with_part(text: str, name: str, part: str) -> str:
    """The text with the part in the place of the one that is there."""
    start, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
    before, found_start, rest = text.partition(start)
    _old, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise ValueError(f"there is no place for the part {name!r}")
    return f"{before}{start}\n{part}\n{end}{after}"


def main() -> None:
    """Bring every part up to date."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    for name, (file, make) in PARTS.items():
        path = ROOT / file
        text = path.read_text(encoding="utf-8")
        path.write_text(with_part(text, name, make()), encoding="utf-8")


if __name__ == "__main__":
    main()
