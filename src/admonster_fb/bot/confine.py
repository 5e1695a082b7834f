"""Paths that a language model wrote, confined to the folder that the host allows.

A parameter whose type is `LocalPath` or `PathOrUrl` is a path, at any depth. Nothing here goes by a parameter's name.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.paths import HARD_LINK, is_url

Schema = Mapping[str, Any]
Change = Callable[[str, str, bool], str]
SETTINGS = ".env"
"""The file from which the policy is read: whoever writes it sets the limits of a bot that starts in its folder."""
_DISABLED = "no path: file access is disabled. The host enables it: `files=` (MCP: --files) names the folder"


def confine_paths(arguments: Mapping[str, Any], schema: Schema, files: Path | None) -> dict[str, Any]:
    """Return checked arguments with each path as a real path within `files`, the folder that the host allows.

    Raises `ParameterError` for a path outside it or of no regular file, and for any path if the host allows no folder.
    """
    found: list[Violation] = []

    def confined(place: str, path: str, folder: bool) -> str:
        real, problem = _real_path(path, files, folder=folder)
        if problem:
            found.append(Violation(place, path, problem))
        return real

    resolved = map_paths(arguments, schema, confined)
    if found:
        raise ParameterError(found)
    return dict(resolved)


def needs_file(schema: Schema) -> bool:
    """Return whether an op's JSON Schema has a required parameter that is a path."""
    properties = schema["properties"]
    return any(
        branch.get("format") in ("path", "path-or-folder")
        for name in schema.get("required", ())
        for branch in _branches(properties[name], schema.get("$defs", {}))
    )


def map_paths(arguments: Any, schema: Schema, change: Change) -> Any:
    """Return arguments with `change(place, path, may_be_folder)` instead of each path that their schema declares."""
    return _mapped(arguments, [schema], schema.get("$defs", {}), "", change)


def _mapped(value: Any, schemas: Iterable[Schema], defs: Schema, place: str, change: Change) -> Any:
    branches = [branch for schema in schemas for branch in _branches(schema, defs)]
    if not branches:
        return value
    if isinstance(value, str):
        kinds = {branch.get("format") for branch in branches}
        is_path = kinds & {"path", "path-or-folder"} or ("path-or-url" in kinds and not is_url(value))
        return change(place, value, "path-or-folder" in kinds) if is_path else value
    dot = f"{place}." if place else ""
    if isinstance(value, Mapping):
        return {key: _mapped(item, _below(branches, key), defs, f"{dot}{key}", change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [branch["items"] for branch in branches if isinstance(branch.get("items"), Mapping)]
        return [_mapped(item, items, defs, f"{dot}{number}", change) for number, item in enumerate(value)]
    return value


def _branches(schema: Schema, defs: Schema) -> Iterator[Schema]:
    """Yield a schema and all that it refers to or combines: a value may follow any of them."""
    yield schema
    if "$ref" in schema:
        yield from _branches(defs[schema["$ref"].rsplit("/", 1)[-1]], defs)
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(word, ()):
            yield from _branches(branch, defs)


def _below(branches: Iterable[Schema], key: str) -> list[Schema]:
    found = [branch.get("properties", {}).get(key, branch.get("additionalProperties")) for branch in branches]
    return [schema for schema in found if isinstance(schema, Mapping)]


def _real_path(path: str, files: Path | None, *, folder: bool) -> tuple[str, str]:
    """Return the real path, and a problem if it may not be used. Whether something exists outside is not said."""
    if files is None:
        return path, _DISABLED
    root = files.resolve()
    try:
        real = (root / path).resolve()
        if not real.is_relative_to(root):
            return path, "a path within the folder for files"
        if real.name.lower() == SETTINGS:
            return str(real), f"another name than {SETTINGS}, which holds the host's settings"
        found = real.stat()
        if folder and stat.S_ISDIR(found.st_mode) and real != root:
            for each in (path.lstat() for path in real.rglob("*")):
                if not (stat.S_ISDIR(each.st_mode) or (stat.S_ISREG(each.st_mode) and each.st_nlink == 1)):
                    return str(real), "a folder without links, pipes and devices"
            return str(real), ""
    except FileNotFoundError:  # a file to write
        return str(real), ""
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a loop of symbolic links
        return path, "a path within the folder for files"
    if not stat.S_ISREG(found.st_mode):
        return str(real), "a regular file: no folder, device, pipe or socket"
    return str(real), HARD_LINK if found.st_nlink > 1 and root != Path(root.anchor) else ""
