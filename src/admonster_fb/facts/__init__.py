"""What the library knows of Meta, as data with sources: rows of JSON files, readable in `docs/meta-rules.md`.

Each file has one subject; its heading and its columns are explained in that page. Every row says where the fact comes
from (`source`), how far it can be trusted (`tier`: D Meta's documentation, R a recorded answer, S Meta's SDK, X other
people's experience, M memory) and how old the copy is (`date`). A row with `stay_open` marks a contradiction or a gap:
accept both readings and never refuse because of it.

>>> {row.currency: row.offset for row in rows("currencies")}["JPY"]
1
>>> [row.statement for row in rows("copies") if row.subject == "Answer, campaign"]
['copied_campaign_id.']
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any


class Row(SimpleNamespace):
    """A fact about Meta: the columns of its file as attributes, lists as tuples, and where it comes from."""

    source: str
    tier: str
    date: dt.date
    stay_open = False


def names() -> list[str]:
    """Return the names of the files; `sources`, the pages that rows cite, is apart."""
    found = (file.name.removesuffix(".json") for file in files(__name__).iterdir() if file.name.endswith(".json"))
    return sorted(name for name in found if name != "sources")


def heading(name: str) -> tuple[str, str]:
    """Return the heading of a file in `docs/meta-rules.md`, and the paragraph under it."""
    return _file(name)["section"], _file(name)["about"]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Return the rows of a file. Raises `FileNotFoundError` if there is no such file."""
    return tuple(Row(**{key: _value(key, value) for key, value in row.items()}) for row in _file(name)["rows"])


def ended(version: str, today: dt.date) -> dt.date | None:
    """Return the day on which ads calls of a version ended; `None` if they have not, or Meta has not named a day."""
    until = next((row.marketing_until for row in rows("versions") if row.version == version), None)
    end = dt.date.fromisoformat(until) if until else None
    return end if end and end <= today else None


FRESH = dt.timedelta(days=30)
"""How long a fact counts as checked."""


def stale(today: dt.date) -> dict[str, tuple[int, dt.date]]:
    """Return, by file, how many facts were checked more than 30 days ago, and the oldest day."""
    old = {name: [row.date for row in rows(name) if today - row.date > FRESH] for name in names()}
    return {name: (len(dates), min(dates)) for name, dates in old.items() if dates}


@cache
def _file(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((files(__name__) / f"{name}.json").read_text(encoding="utf-8"))
    return read


def _value(key: str, value: Any) -> Any:
    if key == "date":
        return dt.date.fromisoformat(value)
    return tuple(_value("", each) for each in value) if isinstance(value, list) else value
