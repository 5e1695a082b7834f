"""Rows as polars data frames. polars (the extra `data`) is imported only where it is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from admonster_fb._optional import optional
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, by_type
from admonster_fb.services.insights.columns import Columns, Shape, columns_of_page, ordered

if TYPE_CHECKING:
    import polars as pl


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

    >>> frame([b'{"data":[{"spend":"1.50","clicks":"3"}]}'], Shape(("spend", "clicks"))).row(0)
    (None, None, 1.5, 3)
    """
    polars = optional("polars")
    parts = [frame_of({}, [name for name in shape.columns if not by_type(name)], 0)]
    for body in bodies:
        count, columns = columns_of_page(body, shape)
        parts.append(frame_of(columns, [*columns], count))
    whole = polars.concat(parts, how="diagonal", rechunk=True)
    return whole.select(ordered(whole.columns, shape.fields, shape.breakdowns))  # type: ignore[no-any-return]
