"""The rows of a query in every form (models, pages, data frames, files), at once or by a report job."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from admonster_fb._optional import optional
from admonster_fb.errors import APIError, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._lazy import Layout
from admonster_fb.models._node import Map
from admonster_fb.models.insights.fields import by_type, parse_number
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.services.insights import export, jobs
from admonster_fb.services.insights.columns import columns_of_page, ordered
from admonster_fb.services.insights.jobs import ReportJob, ReportJobs, ReportState
from admonster_fb.services.insights.query import PAGE_SIZE, Query
from admonster_fb.storage import writing
from admonster_fb.transport.api import RawResponse, StoredResponse
from admonster_fb.transport.paging import Ahead, Edge, Page, PageStore, is_too_much_data, raw_page
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    Parse = Callable[[RawResponse, str], Page[Any]]


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
    """Yield a store of pages. After an error that may pass, the next block of the same key gets it again."""
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


class Report(ReportJobs, InsightsEdge):
    """A report job. Its rows are read like those of any query; reading waits until the report is done.

    `step` does what can be done now and never waits; `wait` waits until it is done. A run that fails or is skipped is
    submitted again, then split: by date, by object, by field. Rows arrive part by part; a `sort` holds within a part.
    """

    def __init__(self, query: Query, transport: Transport, run_id: str = "") -> None:
        dated = query.dated(transport)
        InsightsEdge.__init__(self, dated, Call("GET", (run_id or query.object_id, "insights")), transport)
        ReportJobs.__init__(self, dated, transport, run_id)

    def __repr__(self) -> str:
        if not hasattr(self, "root"):  # its query was refused
            return "Report()"
        return f"Report({self.id!r}, {self.state.status}, {self.state.percent}%)"

    def wait(self, progress: Callable[[ReportState], None] | None = None, *, timeout: float | None = None) -> Report:
        """Wait until the report is done, and return it. `progress` is called with its state after each step.

        A run is submitted again after 60 minutes. Raises `FacebookAdsError` after `timeout` seconds (default: no
        limit); the report continues at Meta, and you can wait for it again.

        >>> fb.insights.report("act_1", days=7).wait().state.percent
        100
        """
        deadline = None if timeout is None else self._clock.now() + timedelta(seconds=timeout)
        while not (state := self.step()).done:
            if progress:
                progress(state)
            pause = self._pause
            if deadline is not None and self._clock.now() + pause > deadline:
                message = f"report {self.id} is at {state.percent} percent after {timeout:g} s"
                advice = "Wait for it again, or request fewer days or fields."
                raise FacebookAdsError(message, advice=advice, retryable=True)
            self._clock.sleep(pause.total_seconds())
        if progress:
            progress(state)
        return self

    def check_readable(self) -> None:
        """Raise Meta's error if the rows of a finished run cannot be read yet.

        >>> fb.insights.report("act_1", days=7).wait().check_readable()
        """
        for job in self.root.leaves():
            self._api.send(replace(self._read(job), params={"limit": 1}, once=True), raw_page)

    def rows(self) -> Iterator[InsightsRow]:
        """Yield every row once, after waiting for the report.

        >>> report = fb.insights.report("act_1", level="campaign", days=7)
        >>> sum(1 for row in report.rows()) == len(fb.insights.list("act_1", level="campaign", days=7))
        True
        """
        return iter(self)

    def _walk(self, parse: Parse, page: Page[Any] | None, ahead: Ahead[Any] | None = None) -> Iterator[Page[Any]]:  # noqa: ARG002 - its runs have their own pages
        """Yield the pages of all parts, after all are done."""
        self.wait()
        yield from self._pages(self.root, parse)

    def _pages(self, job: ReportJob, parse: Parse) -> Iterator[Page[Any]]:
        if job.joined:
            body = json.dumps({"data": self._joined(job)}).encode()
            yield parse(StoredResponse(body), self._call.name)
            return
        for part in job.parts:
            yield from self._pages(part, parse)
        if not job.parts:
            yield from self._readable(job, parse)

    def _joined(self, job: ReportJob) -> list[Map]:
        """Return rows joined from parts with different fields."""
        keys, rows = jobs.row_keys(job.query), dict[tuple[Any, ...], Map]()
        for part in job.parts:
            for page in self._pages(part, raw_page):
                for row in page.data:
                    rows.setdefault(tuple(row.get(key) for key in keys), {}).update(row)
        requested = {"date_start", "date_stop", *job.query.fields, *self.query.breakdowns}
        return [{name: value for name, value in row.items() if name in requested} for row in rows.values()]

    def _read(self, job: ReportJob) -> Call:
        return Call("GET", (job.run_id, "insights"), {"limit": PAGE_SIZE}, kind="AdsInsights")

    def _readable(self, job: ReportJob, parse: Parse) -> Iterator[Page[Any]]:
        """Yield the pages of one run. At first, some of Meta's servers may not have them although the run is done."""
        pause, deadline = jobs.MIN_PAUSE, self._clock.now() + jobs.MAX_RUN_TIME
        while True:
            edge = Edge(self._api, self._read(job), InsightsRow)
            edge._store = self._store
            pages = edge._walk(parse, None)
            try:
                first = next(pages)
            except APIError as error:
                if not is_not_readable_yet(error) or self._clock.now() > deadline:
                    raise
                self._clock.sleep(pause.total_seconds())
                pause = min(pause * 1.5, jobs.MAX_PAUSE)
                continue
            yield first
            yield from pages
            return


def is_not_readable_yet(error: APIError) -> bool:
    """Return whether an error says that the rows of a finished run are not readable yet. Meta also sends 100/33."""
    return error.code == 2601 or error.error_subcode in (1815107, 33)


class Rows(InsightsEdge):
    """The rows of a query that Meta answers at once, fetched page by page on demand."""

    _report_if_large = False

    def or_report(self) -> Rows:
        """Return the same rows, read by a report job if Meta says that the query is too large.

        Reading then waits for the report, which may take minutes. Otherwise nothing changes.

        >>> fb.insights.iter("act_1", level="ad", days=7).or_report().frame().height > 0
        True
        """
        copied = copy.copy(self)
        copied._report_if_large = True
        return copied

    def _walk(self, parse: Parse, page: Page[Any] | None, ahead: Ahead[Any] | None = None) -> Iterator[Page[Any]]:
        pages = super()._walk(parse, page, ahead)
        if self._report_if_large:
            try:
                page = next(pages)  # later pages are not tried: the report would repeat rows
            except APIError as error:
                if not is_too_much_data(error):
                    raise
                # an export that goes on has begun the report
                reports = {} if self._store is None else self._store.sources
                key = self._call.name + str(self.query)
                report: Report = reports.setdefault(key, Report(self.query, self._transport))
                report._store = self._store
                pages = report._walk(parse, None)
            else:
                yield page
        yield from pages

    def _fetch(self, call: Call, parse: Parse) -> tuple[Call, Page[Any]]:
        """Fetch a page. Unlike `Edge`, do not retry with half the rows if a report can answer."""
        return (call, self._send(call, parse)) if self._report_if_large else super()._fetch(call, parse)
