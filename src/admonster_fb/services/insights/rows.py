"""The rows of a query, in every shape: models, pages, frames, files."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.services.insights import export as files
from admonster_fb.services.insights import frames
from admonster_fb.services.insights.columns import ordered
from admonster_fb.services.insights.query import Query
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class InsightsEdge(Edge[InsightsRow]):
    """Rows of figures, page by page as they are wanted; `meta` says what they are about."""

    def __init__(self, query: Query, call: Call, transport: Transport) -> None:
        super().__init__(transport.api, call, InsightsRow)
        self.query = query
        self._transport = transport

    @cached_property
    def meta(self) -> InsightsMeta:
        """Window, time zone, currency, attribution and what may be added up; asks for the account once."""
        return self.query.about(self._transport)

    @property
    def about(self) -> str:
        """What to know of all rows, in a line."""
        never = f"; never add up {', '.join(self.meta.not_additive)}" if self.meta.not_additive else ""
        return "".join([f"Figures: {self.meta}{never}", *(f"\nNote: {note}" for note in self.meta.notes)])

    @overload
    def frame(self, as_: Literal["polars"] = "polars") -> pl.DataFrame: ...

    @overload
    def frame(self, as_: Literal["pandas"]) -> pd.DataFrame: ...

    @overload
    def frame(self, as_: str) -> pl.DataFrame | pd.DataFrame: ...

    def frame(self, as_: str = "polars") -> pl.DataFrame | pd.DataFrame:
        """Read all rows as a DataFrame; see `fb.insights.frame`.

        >>> fb.insights.iter("act_1", level="campaign", days=7).frame().height > 0
        True
        """
        if as_ not in ("polars", "pandas"):
            raise ParameterError([Violation("as_", as_, "polars or pandas")])
        made = frames.frame(self.bodies(), self.query.shape)
        if as_ == "polars":
            return made
        frames.optional("pandas", extra="")
        frames.optional("pyarrow")
        return made.to_pandas(use_pyarrow_extension_array=True)

    def to_csv(self, path: str | Path, *, overwrite: bool = False) -> files.Exported:
        """Write all rows to a CSV file; see `fb.insights.to_csv`.

        >>> fb.insights.iter("act_1", days=7, time_increment=1).to_csv("week.csv").rows
        7
        """
        return self._export(Path(path), overwrite, parquet=False)

    def to_parquet(self, path: str | Path, *, overwrite: bool = False) -> files.Exported:
        """Write all rows to a Parquet file; see `fb.insights.to_parquet`.

        >>> fb.insights.iter("act_1", days=7, time_increment=1).to_parquet("week.parquet").rows
        7
        """
        frames.optional("polars")
        frames.optional("pyarrow")
        return self._export(Path(path), overwrite, parquet=True)

    def _export(self, path: Path, overwrite: bool, *, parquet: bool) -> files.Exported:
        with files.in_place_of(path, overwrite=overwrite) as file, files.Spool(path.parent) as spool:
            for rows in self.raw():
                spool.add(rows)
            names = ordered(spool.names, self.query.fields, self.query.breakdowns)
            if parquet:
                told = {"admonster_fb": str(self.meta), "additive": ",".join(self.meta.additive)}
                files.write_parquet(file, spool, names, told)
            else:
                files.write_csv(file, spool, names)
            return files.Exported(str(path), spool.rows, tuple(names), self.meta)
