"""Insights. https://developers.facebook.com/docs/marketing-api/insights"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Unpack

from facebook_business.adobjects import adreportrun

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights import fields as insights_fields
from admonster_fb.models.insights import metadata
from admonster_fb.models.insights.fields import FieldInfo
from admonster_fb.models.insights.report_run import AdReportRun
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery, InsightsRow
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Fields, ListingService, node_id
from admonster_fb.services.insights.query import Query, build_query
from admonster_fb.services.insights.rows import Report, Rows
from admonster_fb.services.insights.sync import Progress, Synced, sync

if TYPE_CHECKING:
    from admonster_fb.enums import InsightsField

    InsightsFields: TypeAlias = Sequence[InsightsField] | None
    """Fields that an editor completes; at run time any text, since Meta adds fields."""
else:
    InsightsFields = Fields


_IDS = dict.fromkeys(("campaign_id", "adset_id", "ad_id", "ad_account_id", "id"), "object_id")
op = ops_of("insights", "", aliases={**_IDS, "metrics": "fields"})


class Insights(ListingService):
    """The edge `insights` of an ad account, a campaign, an ad set or an ad."""

    @op(
        "get_detailed_insights",
        access="read",
        also=("get_account_insights", "get_campaign_insights", "get_adset_insights", "get_ad_insights"),
    )
    def iter(self, object_id: str, *, fields: InsightsFields = None, **query: Unpack[InsightsQuery]) -> Rows:
        """List insights by level, day or breakdown. Rows, page by page.

        Days are in the account's time zone. Money is in major units of its currency, `ctr` in percent. Meta leaves out
        a metric that is zero, and all rows of objects without activity. Default `fields`: the usual ones that Meta
        returns with these breakdowns. Default `limit`: 500 rows per page. Raises `ParameterError`, with what Meta
        accepts, for a query that Meta would refuse or answer with nothing. Meta: insights, Parameters.

        A query too large to be answered at once: `create_async_report`; from Python `iter(…).or_report()`.

        >>> rows = fb.insights.iter("act_1", date_preset="last_7d", time_increment=1)
        >>> sum(1 for row in rows), rows.meta.timezone_name
        (7, 'America/Los_Angeles')
        """
        built = build_query(self._transport, object_id, fields, query)
        edge = self._transport.edge(built.call(self._transport), InsightsRow)  # a batch takes the call here
        return Rows(built, edge._call, self._transport)

    @no_op("create_async_report begins it and get_report goes on")
    def report(
        self,
        object_id: str,
        *,
        report_run_id: str | None = None,
        fields: InsightsFields = None,
        **query: Unpack[InsightsQuery],
    ) -> Report:
        """Start a report job for a query that is too large to be answered at once.

        Accepts the parameters of `iter` and returns immediately. Near Meta's rate limit, the job is submitted later, by
        `step` or `wait`. `wait` waits for the job; `rows`, `frame`, `to_csv` and `to_parquet` wait and read it. With
        `report_run_id` it continues a run that another process submitted for the same query. Meta keeps reports for 30
        days. Meta: insights, Asynchronous jobs.

        >>> report = fb.insights.report("act_1", level="ad", time_increment=1, days=7)
        >>> report.wait().state.status, report.frame().height > 0
        ('done', True)
        """
        built = build_query(self._transport, object_id, fields, query, report=True)
        report = Report(built, self._transport, report_run_id or "")
        report.step()
        return report

    @no_op("get_report does it")
    def reopen(self, report_run_id: str) -> Report:
        """Return a report by its id.

        A report that this connection started is returned as it is. Of any other, only the one run is known: if it
        fails, the library cannot split it.

        >>> report = fb.insights.report("act_1", days=7)
        >>> fb.insights.reopen(report.id) is report
        True
        """
        run_id = node_id(report_run_id, "report_run_id")
        known = self._transport.reports.get(run_id)
        if isinstance(known, Report):
            return known
        node = self._sdk(adreportrun.AdReportRun, run_id)
        run = self._get(node, AdReportRun, ("id", "account_id", "date_start", "date_stop"))
        days = {"time_range": {"since": run.date_start, "until": run.date_stop}} if run.date_start else {}
        return Report(Query(f"act_{run.account_id}", days, ()), self._transport, run_id)

    @no_op("sync_insights does it for bots, within their folder for files")
    def sync(
        self,
        object_id: str,
        store: str | Path,
        *,
        since: date | str | None = None,
        until: date | str | None = None,
        lookback_days: int = 28,
        fields: InsightsFields = None,
        progress: Progress | None = None,
        **query: Unpack[DailyQuery],
    ) -> Synced:
        """Update daily insights, up to yesterday, in a SQLite file (.sqlite, .db) or a folder of Parquet files.

        Reads the days that are missing from `since` on, and again each day that was last read less than `lookback_days`
        after it, since Meta changes numbers for 28 days. With `until`, only days from `since` to it are read. Seven
        days at a time are replaced as a whole: after a crash at any moment, the next run completes the store. In
        SQLite, the table `insights_<level>_by_<breakdowns>` has the columns of `frame` and `source`, the id of the
        object; amounts are REAL. Parquet needs the extra `data`.

        >>> first, again = (fb.insights.sync("act_1", "figures.sqlite", level="campaign") for _ in range(2))
        >>> len(first.days_read), first.days_stored == again.days_stored
        (28, True)
        """
        first, last = _day("since", since), _day("until", until)
        if first and last and first > last:
            raise ParameterError([Violation("until", until, f"a day from {first} on")])
        if not 1 <= lookback_days <= 1130:
            raise ParameterError([Violation("lookback_days", lookback_days, "1 to 1130 days; figures move for 28")])
        return sync(self._transport, object_id, Path(store), first, last, lookback_days, fields, query, progress)

    @no_op("every answer with figures says its units")
    def describe(self, name: str) -> FieldInfo:
        """Return the meaning of a field: its unit, its levels, and whether its values may be added up.

        >>> fb.insights.describe("reach").additive
        False
        """
        return insights_fields.describe(name)

    @no_op("a bot asks Meta for the total")
    def total(self, rows: Iterable[InsightsRow], name: str) -> int | Decimal | None:
        """Add up a field (`spend`, `actions.purchase`, …) over rows. Returns `None` if no row has it.

        Raises `ParameterError` for people and ratios, which cannot be added up, and for amounts in two currencies.

        >>> days = fb.insights.list("act_1", days=7, time_increment=1)
        >>> fb.insights.total(days, "clicks") == sum(day.clicks or 0 for day in days)
        True
        """
        return metadata.total(rows, name)


def _day(name: str, given: date | str | None) -> date | None:
    with suppress(ValueError):
        day = date.fromisoformat(given) if isinstance(given, str) else given
        if isinstance(day, date | None):
            return day
    raise ParameterError([Violation(name, given, "a date: YYYY-MM-DD")])
