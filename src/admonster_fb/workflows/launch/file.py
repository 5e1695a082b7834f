"""Launch files: a YAML or JSON file as the declaration of a launch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.workflows.launch.expand import expand
from admonster_fb.workflows.launch.journal import PREFIX, LaunchJournal, journal_folder
from admonster_fb.workflows.launch.parse import ParsedFile, parse_file


def load(path: str | Path) -> dict[str, Any]:
    r"""Return the launch that a YAML or JSON file declares; paths in it are relative to the file.

    Raises `ParameterError` that names the line or the field. YAML needs the extra `yaml`.

    >>> _ = Path("sale.yaml").write_text("preset: traffic\ncampaign: {name: Sale}")
    >>> load("sale.yaml")
    {'preset': 'traffic', 'campaign': {'name': 'Sale'}}
    """
    file = Path(path)
    launch, folder = parse_file(file).data, file.resolve().parent
    for kind in ("images", "videos"):
        if isinstance(sources := launch.get(kind), dict):
            launch[kind] = {name: _absolute(source, folder) for name, source in sources.items()}
    return launch


def _absolute(source: Any, folder: Path) -> Any:
    return str(folder / source) if isinstance(source, str) and "://" not in source else source


def with_lines(error: ParameterError, path: str | Path) -> ParameterError:
    r"""Return an error with the file's name and line in front of each field that the file holds.

    >>> _ = Path("sale.yaml").write_text("campaign:\n  name: Sale")
    >>> error = with_lines(ParameterError([Violation("campaign.name", "Sale", "another name")]), "sale.yaml")
    >>> error.violations[0].field
    'sale.yaml, line 2, campaign.name'
    """
    try:
        parsed = parse_file(Path(path))
    except ParameterError:
        return error
    return ParameterError([*_with_lines(error, parsed, Path(path).name)], request=error.request)


def _with_lines(error: ParameterError, parsed: ParsedFile, name: str) -> Iterator[Violation]:
    for violation in error.violations:
        place = tuple(violation.field.split("."))
        # The line of the value, or of the closest object around it.
        lines = (parsed.lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in parsed.lines)
        line = next(lines, None)
        yield violation if line is None else replace(violation, field=f"{name}, line {line}, {violation.field}")


def find_launches(path: str | Path) -> list[LaunchJournal]:
    """Return the launches of this machine with exactly the content of a file, newest first."""
    spec = json.loads(json.dumps(expand(load(path))))
    journals = map(_read_journal, journal_folder().glob(f"{PREFIX}*.jsonl"))
    found = [journal for journal in journals if journal is not None and journal.spec == spec]
    return sorted(found, key=lambda journal: journal.started, reverse=True)


def _read_journal(path: Path) -> LaunchJournal | None:
    try:
        return LaunchJournal.load(path)
    except (FacebookAdsError, OSError, ValueError):  # another process is creating it, or it is no journal
        return None
