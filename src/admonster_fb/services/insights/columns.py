"""Rows of insights as columns: one per field, and one per action type."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
from pydantic_core import from_json

from admonster_fb.models._node import Map
from admonster_fb.models.insights.fields import BY_INDICATOR, FIELDS, by_type
from admonster_fb.models.insights.row import PARTS, entries

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields and breakdowns that the rows of a query may have."""

    fields: tuple[str, ...]
    breakdowns: tuple[str, ...] = ()
    action_breakdowns: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Every field that a row may have. A list of actions is one field."""
        return [*dict.fromkeys(("date_start", "date_stop", *self.breakdowns, *self.fields))]


def columns_of_page(body: bytes, shape: Shape) -> tuple[int, Columns]:
    """Return the number of rows of a page of JSON and their columns, as `columns_of` makes them.

    Pages that are as the query says are decoded into structs, without a dict for each entry of a list.
    """
    decoder = _decoder(shape)
    try:
        rows = decoder.decode(body).data if decoder else None
        if rows is not None and (made := _columns_of_structs(rows, shape)) is not None:
            return len(rows), made
    except ValueError:
        pass
    data = from_json(body, cache_strings="keys")["data"]
    maps = [data] if isinstance(data, dict) else [row for row in data if isinstance(row, dict)]
    return len(maps), columns_of(maps)


@functools.lru_cache(64)
def _decoder(shape: Shape) -> msgspec.json.Decoder[Any] | None:
    """Return a decoder of pages whose known lists of actions are structs; `None` if a field is unknown."""
    names = shape.columns
    known = all(name in FIELDS and FIELDS[name].kind != "histogram" for name in names)
    if not known or not all(f"w{name}".isidentifier() for name in shape.windows):
        return None
    windows = {f"w{name}": name for name in shape.windows}  # 7d_click is no name in Python
    more: list[tuple[str, Any, Any]] = [(name, str, None) for name in (*_parts(shape), *windows)]
    options: Any = {"forbid_unknown_fields": True, "gc": False}
    fields: list[Any] = [("action_type", str), ("value", str, None), *more]
    entry = msgspec.defstruct("Entry", fields, rename=windows, **options)
    cells: list[tuple[str, Any, Any]] = [
        (name, Any if name in BY_INDICATOR else list[entry] if by_type(name) else str, None)  # type: ignore[valid-type]
        for name in names
    ]
    row: Any = msgspec.defstruct("Row", cells, **options)
    return msgspec.json.Decoder(msgspec.defstruct("Page", [("data", list[row])]))


def _parts(shape: Shape) -> list[str]:
    return [name for name in PARTS if name in shape.action_breakdowns]


def _columns_of_structs(rows: list[Any], shape: Shape) -> Columns | None:
    """Return the columns; `None` if a row has an action type twice."""
    made: Columns = {}
    for name, column in zip(shape.columns, zip(*map(msgspec.structs.astuple, rows), strict=True), strict=False):
        cells = [*column]  # none of them without rows
        if name in BY_INDICATOR:
            _spread(name, cells, made)
        elif not by_type(name):
            if cells.count(None) < len(cells):
                made[name] = cells
        elif not _spread_entries(name, cells, made, shape):
            return None
    return made


def _spread_entries(name: str, cells: list[Any], made: Columns, shape: Shape) -> bool:
    """Write lists of entries into one column per type; return `False` for a type that is there twice."""
    parts, rows = _parts(shape), [*enumerate(cell or () for cell in cells)]
    by_window = {window: _ByType(name, window, made, len(cells)) for window in ("", *shape.windows)}
    without, columns = 0, by_window[""]
    for number, cell in rows:
        for entry in cell:
            if (value := entry.value) is None:
                without += 1
            else:
                columns[_key(entry, parts) if parts else entry.action_type][number] = value
    for window in shape.windows:
        value_of, columns = attrgetter(f"w{window}"), by_window[window]
        for number, cell in rows:
            for entry in cell:
                if (value := value_of(entry)) is None:
                    without += 1
                else:
                    columns[_key(entry, parts)][number] = value
    written = {id(column): column for columns in by_window.values() for column in columns.values()}
    values = sum(len(cell) for _, cell in rows) * len(by_window) - without
    return values == sum(len(cells) - column.count(None) for column in written.values())


def _key(entry: Any, parts: Sequence[str]) -> str:
    """Return the key of an entry, as `action_key` does."""
    values = [value for part in parts if (value := getattr(entry, part)) is not None]
    return f"{entry.action_type}[{','.join(values)}]" if values else str(entry.action_type)


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


class _ByType(dict[str, list[Any]]):
    """The columns of one list of actions in one window, by key. A column is added when its type first occurs."""

    def __init__(self, name: str, window: str, made: Columns, count: int) -> None:
        self._name, self._window, self._made, self._count = name, window, made, count

    def __missing__(self, key: str) -> list[Any]:
        more = [key, self._window] if self._window else [key] if key else []
        name = ".".join([self._name, *more]).replace("\0", "\ufffd")  # no store takes it in the name of a column
        self[key] = cells = self._made.setdefault(name, [None] * self._count)
        return cells


def _spread(name: str, cells: list[Any], made: Columns) -> None:
    columns: dict[str, _ByType] = {}
    for number, cell in enumerate(cells):
        for key, window, value in entries(cell):
            if window not in columns:
                columns[window] = _ByType(name, window, made, len(cells))
            columns[window][key][number] = _text(value)


def _text(cell: Any) -> Any:
    """Return a cell that every store holds: lists and objects as JSON, an integer beyond 64 bits as text."""
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell) if isinstance(cell, int) and cell.bit_length() > 63 else cell


def ordered(found: Iterable[str], fields: Sequence[str], breakdowns: Sequence[str] = ()) -> list[str]:
    """Return column names in order: days, breakdowns, then the requested fields, action types by name.

    A field that no row has is a column too, unless it is a list of actions, whose types are unknown then.
    """
    names = sorted(found)
    made = ["date_start", "date_stop", *breakdowns]
    for field in fields:
        own = [name for name in names if name == field or name.startswith(f"{field}.")]
        made += own or ([] if by_type(field) else [field])
    return [*dict.fromkeys([*made, *names])]
