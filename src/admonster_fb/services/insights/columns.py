"""Rows of insights as columns: one per field, and one per action type."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from admonster_fb.models._node import Map
from admonster_fb.models.insights.fields import FIELDS, by_type
from admonster_fb.models.insights.row import entries

Columns = dict[str, list[Any]]


def columns_of(rows: Sequence[Map]) -> Columns:
    """Return the cells of rows by column, as Meta sent them, `None` if a row has no value.

    Lists of actions become a column per type: `actions.purchase`, `actions.purchase.7d_click` for a requested window,
    `actions.post_reaction[wow]` with an action breakdown. Other lists and objects become JSON, and integers beyond 64
    bits text: in a column of numbers SQLite then holds the nearest real number, and Parquet no value.

    >>> columns_of([{"spend": "1.50", "actions": [{"action_type": "lead", "value": "2"}]}, {"spend": "2"}])
    {'spend': ['1.50', '2'], 'actions.lead': ['2', None]}
    """
    made: Columns = {}
    for name in dict.fromkeys(itertools.chain.from_iterable(rows)):
        cells = [row.get(name) for row in rows]
        if _is_list_of_actions(name, cells):
            _spread(name, cells, made)
        elif any(cell.__class__ is not str and _text(cell) is not cell for cell in cells):
            made[name] = [_text(cell) for cell in cells]
        else:
            made[name] = cells
    return made


def _is_list_of_actions(name: str, cells: list[Any]) -> bool:
    """Return whether a field is a list of actions. For an unknown field, its first list decides."""
    if name in FIELDS:
        return by_type(name)
    first = next((cell for cell in cells if isinstance(cell, list) and cell), None)
    return first is not None and all(
        isinstance(part, dict) and not part.keys().isdisjoint(("action_type", "indicator")) for part in first
    )


class _ByType(dict[tuple[str, str], list[Any]]):
    """The columns of one list of actions, by key and window. A column is added when its type first occurs."""

    def __init__(self, name: str, made: Columns, count: int) -> None:
        self._name, self._made, self._count = name, made, count

    def __missing__(self, about: tuple[str, str]) -> list[Any]:
        key, window = about
        name = ".".join([self._name, *([key] if key or window else []), *([window] if window else [])])
        name = name.replace("\0", "\ufffd")  # no store takes it in the name of a column
        self[about] = cells = self._made.setdefault(name, [None] * self._count)
        return cells


def _spread(name: str, cells: list[Any], made: Columns) -> None:
    """Write a list of actions into one column per type."""
    columns = _ByType(name, made, len(cells))
    for number, cell in enumerate(cells):
        for key, window, value in entries(cell):
            columns[key, window][number] = _text(value)


def _text(cell: Any) -> Any:
    """Return a cell that every store holds: lists and objects as JSON, an integer beyond 64 bits as text."""
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell) if isinstance(cell, int) and cell.bit_length() > 63 else cell


def ordered(found: Iterable[str], fields: Sequence[str], breakdowns: Sequence[str] = ()) -> list[str]:
    """Return column names in order: days, breakdowns, then the requested fields, action types by name.

    A field that no row has is a column too, unless it is a list of actions, whose types are unknown then.

    >>> ordered(["spend", "actions.b", "actions.a"], ["actions", "spend", "clicks"])
    ['date_start', 'date_stop', 'actions.a', 'actions.b', 'spend', 'clicks']
    """
    names = sorted(found)
    made = ["date_start", "date_stop", *breakdowns]
    for field in fields:
        own = [name for name in names if name == field or name.startswith(f"{field}.")]
        made += own or ([] if by_type(field) else [field])
    return [*dict.fromkeys([*made, *names])]
