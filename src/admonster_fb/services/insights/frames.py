"""Rows as polars data frames. polars (the extra `data`) is imported only where it is used."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, get_args

from pydantic_core import from_json

from admonster_fb._optional import optional
from admonster_fb.enums import ActionAttributionWindow
from admonster_fb.models.insights.fields import BY_INDICATOR, FIELD_KINDS, FIELDS, by_type
from admonster_fb.models.insights.row import PARTS
from admonster_fb.services.insights.columns import Columns, columns_of, ordered

if TYPE_CHECKING:
    import polars as pl

_SPLITS = (*PARTS, *get_args(ActionAttributionWindow))
_PAGES_AT_ONCE = 40
"""Pages held as JSON before they become columns: about twenty thousand rows."""


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

    @property
    def plain(self) -> bool:
        """Whether all fields are known, and each is text or a list of actions."""
        return bool(self.fields) and all(
            name in FIELDS and FIELDS[name].kind != "histogram" and name not in BY_INDICATOR
            for name in (*self.fields, *self.breakdowns)
        )

    def is_plain(self, body: bytes) -> bool:
        """Return whether a page has no parts and windows of actions but the requested ones."""
        known = {"action_type", *self.action_breakdowns, *self.windows}
        return not any(name not in known and f'"{name}":'.encode() in body for name in _SPLITS)


def frame_of(columns: Columns, names: Sequence[str], count: int) -> pl.DataFrame:
    """Return a data frame of cells as Meta sent them: counts Int64, other metrics Float64, days Date, the rest text.

    Text where a number is expected becomes null.

    >>> frame_of({"clicks": ["1", None], "spend": ["1.50", "2"]}, ["spend", "clicks"], 2).sum().row(0)
    (3.5, 1)
    """
    polars = optional("polars")
    return polars.DataFrame([_series(polars, name, columns.get(name) or [None] * count) for name in names])  # type: ignore[no-any-return]


def _series(polars: Any, name: str, cells: list[Any]) -> Any:
    try:
        text = polars.Series(name, cells, dtype=polars.String)
    except TypeError:  # older responses have numbers among the texts
        text = polars.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=polars.String)
    return _typed(polars, name, text)


def _typed(polars: Any, name: str, text: Any) -> Any:
    """Return a column, or an expression for it, with the type of its field."""
    field = FIELDS.get(name.partition(".")[0])
    kind = FIELD_KINDS[field.kind] if field else None
    if field and field.kind == "date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if kind is None or kind.number is None:
        return text
    return text.cast(polars.Int64 if kind.number is int else polars.Float64, strict=False)


def frame(bodies: Iterable[bytes], shape: Shape) -> pl.DataFrame:
    """Return a data frame of pages of JSON.

    polars parses the JSON, several times as fast as Python objects. Pages that it refuses (a number instead of a list,
    an unknown field) go through Python objects, without loss.

    >>> frame([b'{"data":[{"spend":"1.50","clicks":"3"}]}'], Shape(("spend", "clicks"))).row(0)
    (None, None, 1.5, 3)
    """
    polars = optional("polars")
    parts = [frame_of({}, [name for name in shape.columns if not by_type(name)], 0)]
    pages = iter(bodies)
    while group := [*islice(pages, _PAGES_AT_ONCE)]:
        try:
            plain = shape.plain and all(map(shape.is_plain, group))
            parts.append(_parse_fast(polars, group, shape) if plain else _parse_rows(group))
        except polars.exceptions.PolarsError:
            parts.append(_parse_rows(group))
    whole = polars.concat(parts, how="diagonal", rechunk=True)
    return whole.select(ordered(whole.columns, shape.fields, shape.breakdowns))  # type: ignore[no-any-return]


def _parse_rows(bodies: Sequence[bytes]) -> pl.DataFrame:
    """Parse pages into Python objects first."""
    rows: list[Any] = []
    for body in bodies:
        data = from_json(body, cache_strings="keys")["data"]
        rows += [data] if isinstance(data, dict) else [row for row in data if isinstance(row, dict)]
    columns = columns_of(rows)
    return frame_of(columns, [*columns], len(rows))


def _parse_fast(polars: Any, bodies: Sequence[bytes], shape: Shape) -> pl.DataFrame:
    """Parse pages with polars only."""
    by = [name for name in PARTS if name in shape.action_breakdowns]
    texts = ("action_type", "value", *shape.windows, *by)
    actions = polars.List(polars.Struct(dict.fromkeys(texts, polars.String)))
    cells = {name: actions if by_type(name) else polars.String for name in shape.columns}
    schema = {"data": polars.List(polars.Struct(cells))}
    read = [polars.read_json(io.BytesIO(body), schema=schema)["data"].list.explode() for body in bodies]
    rows = polars.concat([part.drop_nulls().struct.unnest() for part in read]).with_row_index(_ROW)
    lists = [name for name in cells if by_type(name)]
    frame = rows.select(_ROW, *(_typed(polars, name, polars.col(name)) for name in cells if name not in lists))
    for name in lists:
        long = rows.select(_ROW, name).explode(name).drop_nulls(name).unnest(name)
        for window in ("value", *shape.windows):
            frame = frame.join(_wide(polars, long, name, window, by), on=_ROW, how="left")
    return frame.drop(_ROW)  # type: ignore[no-any-return]


_ROW = "\0row"


def _wide(polars: Any, actions: Any, name: str, window: str, by: Sequence[str]) -> Any:
    """Return one column per action type, as `columns_of` does."""
    about = polars.col("action_type").fill_null("")
    if by:
        parts = polars.concat_list(by).list.drop_nulls()
        about += polars.when(parts.list.len() > 0).then("[" + parts.list.join(",") + "]").otherwise(polars.lit(""))
    column = polars.when(about == "").then(polars.lit(name)).otherwise(polars.lit(f"{name}.") + about)
    if window != "value":
        actions = actions.drop_nulls(window)
        column = polars.lit(f"{name}.") + about + polars.lit(f".{window}")
    long = actions.select(_ROW, column.alias("column"), _typed(polars, name, polars.col(window)).alias("cell"))
    return long.pivot(on="column", index=_ROW, values="cell")  # a type twice in a row is an error: the other way
