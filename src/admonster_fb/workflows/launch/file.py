"""Launch files: a YAML or JSON file as the tree that a launch takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.workflows.launch.expand import expand
from admonster_fb.workflows.launch.journal import PREFIX, Notes, folder
from admonster_fb.workflows.launch.parse import Place, Told, read

_FILES = ("images", "videos")


def load(path: str | Path) -> dict[str, Any]:
    r"""Return the tree that a YAML or JSON file tells; paths in it are relative to the file.

    Raises `ParameterError` that names the line, or the way to a value. YAML needs the extra `yaml`.

    >>> _ = Path("sale.yaml").write_text("preset: traffic\ncampaign: {name: Sale}")
    >>> load("sale.yaml")
    {'preset': 'traffic', 'campaign': {'name': 'Sale'}}
    """
    file = Path(path)
    return _placed(read(file).data, file.resolve().parent)


def lined(error: ParameterError, path: str | Path) -> ParameterError:
    """Return an error with the line of the file beside each violation whose value is in it."""
    try:
        told = read(Path(path))
    except ParameterError:
        return error
    return ParameterError([*_lined(error, told, Path(path).name)], request=error.request)


def _lined(error: ParameterError, told: Told, name: str) -> Iterator[Violation]:
    for each in error.violations:
        line = _nearest(tuple(each.field.split(".")), told)
        yield each if line is None else replace(each, field=f"{name}, line {line}, {each.field}")


def _nearest(place: Place, told: Told) -> int | None:
    """Return the line of a value, or of what it lacks in."""
    while place:
        if place in told.lines:
            return told.lines[place]
        place = place[:-1]
    return None


def _placed(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a tree with the paths of its pictures and videos from the folder of its file on."""
    for name in _FILES:
        if isinstance(sources := told.get(name), dict):
            told[name] = {key: _path(value, folder) for key, value in sources.items()}
    return told


def _path(value: Any, folder: Path) -> Any:
    return str(folder / value) if isinstance(value, str) and "://" not in value else value


def launches_of(path: str | Path) -> list[Notes]:
    """Return the launches of this machine that were made of what a file says now, the newest first.

    >>> _ = Path("new.yaml").write_text("campaign: {name: Never launched}")
    >>> launches_of("new.yaml")
    []
    """
    whole = json.loads(json.dumps(expand(load(path))))
    found = [notes for journal in folder().glob(f"{PREFIX}*.jsonl") if (notes := _read(journal)) is not None]
    return sorted((notes for notes in found if notes.whole == whole), key=lambda notes: notes.at, reverse=True)


def _read(journal: Path) -> Notes | None:
    try:
        return Notes.read(journal)
    except (FacebookAdsError, OSError, ValueError):  # begun by another process this moment, or not ours
        return None
