"""Insights. https://developers.facebook.com/docs/marketing-api/insights"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from facebook_business.adobjects import adreportrun
from typing_extensions import Unpack

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights import fields as insights_fields
from admonster_fb.models.insights import metadata as insights_meta
from admonster_fb.models.insights.fields import FieldInfo
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.report_run import AdReportRun
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery, InsightsRow
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, node_id
from admonster_fb.services.insights import export as files
from admonster_fb.services.insights.query import Query, ask
from admonster_fb.services.insights.report import Report, Rows
from admonster_fb.services.insights.sync import Progress, Synced, sync

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class Insights(Service):
    """The edge `insights` of an account, a campaign, an ad set or an ad."""

    @no_op("get_detailed_insights shows page by page what `iter` gives")
    def list(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> builtins.list[InsightsRow]:
        """Read all rows, to the last page. No activity in the window means no rows.

        >>> [row.campaign_name for row in fb.insights.list("act_1", level="campaign", sort=["spend_descending"])][0]
        'Juniper Roast | Sales | Evergreen'
        """
        return [*self.iter(object_id, fields=fields, **query)]

    @op(
        "get_detailed_insights",
        group="insights",
        access="read",
        aliases={
            "campaign_id": "object_id",
            "adset_id": "object_id",
            "ad_id": "object_id",
            "ad_account_id": "object_id",
            "id": "object_id",
        },
    )
    def iter(self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]) -> Rows:
        """Read figures by level, day, breakdown, …: rows, page by page as they are wanted.

        Pages hold 500 rows unless `limit` says otherwise. Days are the account's. Money is in major units of its
        currency, ctr in percent; a figure that is zero is absent. Unless `fields` names them, they are the usual ones
        that Meta has with these breakdowns. What Meta would refuse, or answer with nothing, raises `ParameterError`
        with what it takes instead. Where the query may be too large for an answer at once, take
        `iter(…).or_report()`. Meta: insights, Parameters.

        >>> report = fb.insights.iter("act_1", date_preset="last_7d", time_increment=1)
        >>> sum(1 for row in report), report.meta.timezone_name
        (7, 'America/Los_Angeles')
        """
        asked = ask(self._transport, object_id, fields, query)
        edge = self._transport.edge(asked.call(self._transport), InsightsRow)  # here a batch takes it
        return Rows(asked, edge._call, self._transport)

    @no_op("create_async_report begins it and get_report goes on")
    def report(
        self,
        object_id: str,
        *,
        report_run_id: str | None = None,
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> Report:
        """Have Meta make a report in its own time, for queries too large to be answered at once.

        Takes what `iter` takes. Returns as soon as it is submitted, or not yet where limits hold it back. `wait` waits
        for it; `rows`, `frame`, `to_csv` and the rest wait and read it. With `report_run_id` goes on with a run that an
        earlier process submitted for the same query. Meta keeps reports for 30 days. Meta: insights, Asynchronous jobs.

        >>> report = fb.insights.report("act_1", level="ad", time_increment=1, days=7)
        >>> report.wait().state.status, report.frame().height > 0
        ('done', True)
        """
        report = Report(
            ask(self._transport, object_id, fields, query, report=True), self._transport, report_run_id or ""
        )
        report.step()
        return report

    @no_op("get_report does it")
    def reopen(self, report_run_id: str) -> Report:
        """Return a report by its id: as it is if this connection made it, else one single run, which is not split.

        >>> made = fb.insights.report("act_1", days=7)
        >>> fb.insights.reopen(made.id) is made
        True
        """
        run_id = node_id(report_run_id, "report_run_id")
        known = self._transport.reports.get(run_id)
        return known if isinstance(known, Report) else self._attached(run_id)

    def _attached(self, run_id: str) -> Report:
        """Return a run of which only the id is known: what it reports on is what it says."""
        sdk = self._sdk(adreportrun.AdReportRun, run_id)
        call = self._call(sdk.api_get, fields=("id", "account_id", "date_start", "date_stop"))
        run = self._transport.node(call, AdReportRun)
        days = {"time_range": {"since": run.date_start, "until": run.date_stop}} if run.date_start else {}
        return Report(Query(f"act_{run.account_id}", days, ()), self._transport, run_id)

    @no_op("every answer with figures says it")
    def meta(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> InsightsMeta:
        """Return what the figures of a query are about, without reading them.

        >>> print(fb.insights.meta("act_2", days=2))
        2026-10-30 to 2026-10-31, days of Asia/Tokyo, amounts in JPY, attribution as set on the ad sets; figures after \
2026-10-04 may still move
        """
        return ask(self._transport, object_id, fields, query).about(self._transport)

    @overload
    def frame(
        self,
        object_id: str,
        *,
        as_: Literal["polars"] = "polars",
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> pl.DataFrame: ...

    @overload
    def frame(
        self,
        object_id: str,
        *,
        as_: Literal["pandas"],
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> pd.DataFrame: ...

    @no_op("a bot reads rows, or has them written to a file with export_insights_to_csv")
    def frame(
        self,
        object_id: str,
        *,
        as_: Literal["polars", "pandas"] = "polars",
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> pl.DataFrame | pd.DataFrame:
        """Read all rows as a DataFrame, made column by column; needs the extra `data` (and pandas, if asked for).

        Counts are Int64, all other figures Float64, days Date, names, ids and breakdowns text; what Meta left out is
        null. Lists of actions become columns: `actions.purchase`, `actions.purchase.7d_click` for an attribution
        window that was asked for, `actions.post_reaction[wow]` with an action breakdown.

        >>> fb.insights.frame("act_1", fields=["spend", "actions"], days=7, time_increment=1)["spend"].dtype
        Float64
        """
        return self.iter(object_id, fields=fields, **query).frame(as_)

    @no_op("export_insights_to_csv does it for bots, within their folder for files")
    def to_csv(
        self,
        object_id: str,
        path: str | Path,
        *,
        overwrite: bool = False,
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> files.Exported:
        """Write all rows to a CSV file in UTF-8, columns as in `frame`, figures exactly as Meta wrote them.

        The file is there whole or not at all. Texts that a spreadsheet would take for a formula get a `'` before them.
        Memory does not grow with the rows. Raises `ParameterError` if the file exists, unless `overwrite`.

        >>> fb.insights.to_csv("act_1", "week.csv", days=7, time_increment=1).rows
        7
        """
        return self.iter(object_id, fields=fields, **query).to_csv(path, overwrite=overwrite)

    @no_op("export_insights_to_csv does it for bots, within their folder for files")
    def to_parquet(
        self,
        object_id: str,
        path: str | Path,
        *,
        overwrite: bool = False,
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> files.Exported:
        """Write all rows to a Parquet file, with the columns and types of `frame`; needs the extra `data`.

        The file is there whole or not at all, and what its figures are about stands in its metadata. Memory does not
        grow with the rows. Raises `ParameterError` if the file exists, unless `overwrite`.

        >>> fb.insights.to_parquet("act_1", "week.parquet", days=7, time_increment=1).rows
        7
        """
        return self.iter(object_id, fields=fields, **query).to_parquet(path, overwrite=overwrite)

    @no_op("sync_insights does it for bots, within their folder for files")
    def sync(
        self,
        object_id: str,
        store: str | Path,
        *,
        since: date | str | None = None,
        lookback_days: int = 28,
        fields: Sequence[str] | None = None,
        progress: Progress | None = None,
        **query: Unpack[DailyQuery],
    ) -> Synced:
        """Keep daily figures up to yesterday in a SQLite file (.sqlite, .db) or a folder of Parquet files.

        Reads what is missing from `since` on (a date; `lookback_days` ago unless given or stored earlier), and again
        each day that was last read less than `lookback_days` after it, since figures move for 28 days. Days are
        replaced whole, seven at a time: killed at any moment, the next run completes it. In SQLite
        `insights_<level>_by_<breakdowns>` holds the rows, with columns as in `frame` and `source`, the object they were
        read for; amounts are REAL. `progress` is told how many blocks of days are done, and of how many. Parquet needs
        the extra `data`.

        >>> first, again = (fb.insights.sync("act_1", "figures.sqlite", level="campaign") for _ in range(2))
        >>> len(first.days_read), first.days_stored == again.days_stored
        (28, True)
        """
        day = None if since is None else _day(since)
        if not 1 <= lookback_days <= 1130:
            raise ParameterError([Violation("lookback_days", lookback_days, "1 to 1130 days; figures move for 28")])
        return sync(self._transport, object_id, Path(store), day, lookback_days, fields, query, progress)

    @no_op("every answer with figures says its units")
    def describe(self, name: str) -> FieldInfo:
        """Return what a field means: its unit, levels, and whether rows of it may be added up.

        >>> fb.insights.describe("reach").additive
        False
        """
        return insights_fields.describe(name)

    @no_op("a bot asks Meta for the total")
    def total(self, rows: Iterable[InsightsRow], name: str) -> int | Decimal | None:
        """Add up a figure over rows: `spend`, `actions.purchase`, …; `None` if no row tells it.

        Raises `ParameterError` for people and ratios, which cannot be added up, and for amounts in two currencies.

        >>> days = fb.insights.list("act_1", days=7, time_increment=1)
        >>> fb.insights.total(days, "clicks") == sum(day.clicks or 0 for day in days)
        True
        """
        return insights_meta.total(rows, name)


def _day(given: date | str) -> date:
    try:
        return given if isinstance(given, date) else date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ParameterError([Violation("since", given, "a date: YYYY-MM-DD")]) from None
