"""The rows of a query in every form: models, pages, data frames, files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.models._lazy import Layout
from admonster_fb.models.insights.fields import by_type, parse_number
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.services.insights import export
from admonster_fb.services.insights.columns import columns_of_page, ordered
from admonster_fb.services.insights.query import Query
from admonster_fb.storage import writing
from admonster_fb.transport.paging import Edge, PageStore
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


_OF_THE_WHOLE = ("days", "date_preset", "time_range", "action_attribution_windows", "action_breakdowns")
"""Parameters that the object's own totals have in common with its rows."""


class InsightsEdge(Edge[InsightsRow]):
    """Rows of insights, fetched page by page on demand. `meta` describes them."""

    READS_AHEAD = True

    def __init__(self, query: Query, call: Call, transport: Transport) -> None:
        super().__init__(transport.api, call, InsightsRow)
        self.query = query
        self._transport = transport

    @cached_property
    def _layout(self) -> Layout:
        return Layout(InsightsRow, self.query.shape.columns)

    @cached_property
    def meta(self) -> InsightsMeta:
        """Window, time zone, currency, attribution, and what may be added up. Reads no rows."""
        return self.query.metadata(self._transport)

    def whole(self) -> InsightsRow | None:
        """Read the requested object's own totals, with what objects spent that were deleted or archived since.

        Rows of a level leave such objects out. Returns `None` for rows of the object itself, for filtered rows, for
        several ranges, and if no field can be added up.

        >>> rows = fb.insights.iter("act_1", level="campaign", days=7, fields=["campaign_id", "spend"])
        >>> rows.whole().spend == sum(row.spend or 0 for row in rows)
        True
        """
        params = self.query.params
        fields = tuple(name for name in self.meta.additive if not by_type(name) or name in self.query.requested)
        below = params.get("level") not in (None, "account")
        if not (below and fields) or params.get("filtering") or params.get("time_ranges"):
            return None
        same: dict[str, Any] = {name: params[name] for name in _OF_THE_WHOLE if name in params}
        query = replace(self.query, params=same, fields=("account_currency", *fields))
        return next(iter(InsightsEdge(query, query.call(self._transport), self._transport)), None)

    def meta_of(self, rows: Iterable[InsightsRow]) -> InsightsMeta:
        """Return `meta`, with a note on what the object itself spent beyond these rows of the query. One request.

        >>> edge = fb.insights.iter("act_1", level="campaign", days=7)
        >>> edge.meta_of(edge) == edge.meta  # nothing was deleted
        True
        """
        return self._with_difference(sum((row.spend or Decimal(0) for row in rows), Decimal(0)))

    @property
    def about(self) -> str:
        """What holds for all rows, in one line and one more per note."""
        never = f"; never add up {', '.join(self.meta.not_additive)}" if self.meta.not_additive else ""
        return "".join([f"Figures: {self.meta}{never}", *(f"\nNote: {note}" for note in self.meta.notes)])

    @overload
    def frame(self, as_: Literal["polars"] = "polars") -> pl.DataFrame: ...

    @overload
    def frame(self, as_: Literal["pandas"]) -> pd.DataFrame: ...

    @overload
    def frame(self, as_: str) -> pl.DataFrame | pd.DataFrame: ...

    def frame(self, as_: str = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return all rows as a data frame. Needs the extra `data`, and pandas if `as_="pandas"`.

        Counts are Int64, other metrics Float64, days Date, and names, ids and breakdowns text. What Meta left out is
        null. Lists of actions become columns: `actions.purchase`, `actions.purchase.7d_click` for a requested
        attribution window, `actions.post_reaction[wow]` with an action breakdown.

        >>> fb.insights.iter("act_1", fields=["spend", "actions"], days=7, time_increment=1).frame()["spend"].dtype
        Float64
        """
        if as_ not in ("polars", "pandas"):
            raise ParameterError([Violation("as_", as_, "polars or pandas")])
        frame = export.frame(self.bodies(), self.query.shape)
        if as_ == "polars":
            return frame
        optional("pandas", extra="")
        optional("pyarrow")
        return frame.to_pandas(use_pyarrow_extension_array=True)

    def to_csv(self, path: str | Path, *, overwrite: bool = False) -> export.Exported:
        """Write all rows to a CSV file in UTF-8, with the columns of `frame` and Meta's own numbers.

        The file is complete or absent. Texts that a spreadsheet would run as a formula get a leading `'`. Memory does
        not grow with the rows. Raises `ParameterError` if the file exists, unless `overwrite`.

        >>> fb.insights.iter("act_1", days=7, time_increment=1).to_csv("week.csv").rows
        7
        """
        return self._export(Path(path), overwrite, parquet=False)

    def to_parquet(self, path: str | Path, *, overwrite: bool = False) -> export.Exported:
        """Write all rows to a Parquet file, with the columns and types of `frame`. Needs the extra `data`.

        The file is complete or absent. Its metadata holds `meta`. Memory does not grow with the rows. Raises
        `ParameterError` if the file exists, unless `overwrite`.

        >>> fb.insights.iter("act_1", days=7, time_increment=1).to_parquet("week.parquet").rows
        7
        """
        optional("polars")
        optional("pyarrow")
        return self._export(Path(path), overwrite, parquet=True)

    def _export(self, path: Path, overwrite: bool, *, parquet: bool) -> export.Exported:
        key, spend = f"{self._call.path} {self.query} {self._transport.cache.now().date()}", Decimal(0)
        try:
            with (
                export.new_file(path, overwrite=overwrite) as file,
                export.RowBuffer(path.parent) as buffer,
                resumable(self._transport, key, path.parent) as self._store,
            ):
                for body in self.bodies():
                    count, columns = columns_of_page(body, self.query.shape)
                    buffer.add_columns(count, columns)
                    spend += _sum(columns.get("spend", ()))
                names = ordered(buffer.names, self.query.fields, self.query.breakdowns)
                if parquet:
                    metadata = {"admonster_fb": str(self.meta), "additive": ",".join(self.meta.additive)}
                    export.write_parquet(file, buffer, names, metadata)
                else:
                    export.write_csv(file, buffer, names)
                return export.Exported(str(path), buffer.rows, tuple(names), self._with_difference(spend))
        finally:
            self._store = None

    def _with_difference(self, listed: Decimal) -> InsightsMeta:
        """Return `meta` with the spend of the object itself that no row has."""
        whole = self.whole() if "spend" in self.meta.additive else None
        more = ((whole.spend if whole else None) or listed) - listed
        why = "in no row" if self.meta.split else "by objects deleted or archived since, in no row"
        node, amount = self.query.object_id, f"{abs(more):f} {self.meta.currency} more"
        note = (
            f"{node} spent {amount}: {why}" if more > 0 else f"these rows spent {amount} than {node} itself: read again"
        )
        return replace(self.meta, notes=(*self.meta.notes, note)) if more else self.meta


def _sum(cells: Sequence[Any]) -> Decimal:
    """Return the sum of the cells that are numbers: an odd one costs no file."""
    with suppress(ArithmeticError):
        if {*map(type, cells)} <= {str, type(None)}:
            total = sum(map(Decimal, filter(None, cells)), Decimal(0))
            if total.is_finite():
                return total
    return Decimal(sum(number for cell in cells if (number := parse_number(cell)) is not None))


MAX_UNFINISHED = 5  # exports that a connection can go on with


@contextmanager
def resumable(transport: Transport, key: str, folder: Path) -> Iterator[PageStore]:
    """Yield a store of pages. After an error that may pass, the next block of the same key gets it again.

    >>> with resumable(fb._transport, "query", Path(".")) as store:
    ...     store.pages
    0
    """
    with writing(folder):
        store = transport.unfinished.pop(key, None) or PageStore(folder)
    try:
        yield store
    except FacebookAdsError as error:
        if error.retryable and store.pages:
            transport.unfinished[key] = store
            error.add_note(f"Pages read so far: {store.pages}, stored. The same call goes on after them.")
        raise
    finally:
        if key not in transport.unfinished:
            store.close()
        transport.forget_unfinished(MAX_UNFINISHED)
