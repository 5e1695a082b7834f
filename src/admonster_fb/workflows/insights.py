"""Ops over insights: totals of one object, export to files, asynchronous reports and stored daily figures."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.client import FacebookAds
from admonster_fb.enums import DatePreset
from admonster_fb.errors import APIError, RateLimited
from admonster_fb.models._params import FileOrFolder, LocalPath, given
from admonster_fb.models.common import TimeRange
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery, InsightsRow
from admonster_fb.operation import op
from admonster_fb.services.insights.export import Exported, check_writable
from admonster_fb.services.insights.jobs import ReportState
from admonster_fb.services.insights.rows import is_not_readable_yet
from admonster_fb.services.insights.service import InsightsFields
from admonster_fb.services.insights.sync import Synced

ALIASES = dict.fromkeys(("campaign_id", "adset_id", "ad_id", "ad_account_id", "id"), "object_id")
_SINCE = Field(strict=False, description="first day. Default: 28 days ago, or the first stored day")
_reads = functools.partial(op, group="insights", access="read")


@_reads("get_insights", aliases=ALIASES, then=("get_detailed_insights",))
def get_insights(
    fb: FacebookAds,
    object_id: str,
    *,
    days: Annotated[int, Field(ge=1, le=1130, description="whole days up to yesterday")] | None = None,
    date_preset: DatePreset | None = None,
    time_range: TimeRange | None = None,
) -> InsightsRow | None:
    """Return the totals of a campaign, ad set, ad or account. `None` if nothing was delivered.

    Default period: `last_30d`. By age, day, campaign or ad: get_detailed_insights.

    >>> get_insights(fb, "act_1", days=7).account_currency
    'USD'
    """
    window = given(days=days, date_preset=date_preset, time_range=time_range) or {"date_preset": "last_30d"}
    return next(iter(fb.insights.iter(object_id, **window)), None)


@_reads("export_insights_to_csv", aliases=ALIASES, like="get_detailed_insights")
def export_insights_to_csv(
    fb: FacebookAds,
    object_id: str,
    *,
    filename: Annotated[LocalPath, Field(description="a new file ending in .csv, or in .parquet for Parquet")],
    overwrite: bool = False,
    fields: InsightsFields = None,
    **params: Unpack[InsightsQuery],
) -> Exported:
    """Write insights to a file. By level, day or breakdown; CSV, or Parquet if the name ends in .parquet.

    Takes the parameters of get_detailed_insights. The file is complete or absent; an existing one is refused unless
    `overwrite`. `actions` become one column per type.

    >>> export_insights_to_csv(fb, "act_1", filename="week.csv", days=7, time_increment=1).rows
    7
    """
    rows = fb.insights.iter(object_id, fields=fields, **params)
    write = rows.to_parquet if _is_parquet(filename) else rows.to_csv
    return write(filename, overwrite=overwrite)


@dataclass(frozen=True, slots=True)
class ReportRows:
    """The state of a report; once it is done, its rows from `offset` on, or the file with all rows."""

    state: ReportState
    rows: tuple[InsightsRow, ...] = ()
    offset: int = 0
    more: bool = False
    about: str = ""
    requested: tuple[str, ...] = ()
    """The fields that the report was made with, if any were named."""
    everything: bool = False
    """Whether another process made the report, so that its fields are unknown."""
    meta: InsightsMeta | None = None
    total: InsightsRow | None = None
    """With the first rows: the totals of the object itself."""
    exported: Exported | None = None


@_reads("create_async_report", aliases=ALIASES, like="get_detailed_insights", then=("get_report",))
def create_async_report(
    fb: FacebookAds, object_id: str, *, fields: InsightsFields = None, **params: Unpack[InsightsQuery]
) -> ReportState:
    """Start a report too large for one response. Read it with get_report.

    Takes the parameters of get_detailed_insights. Does not wait. Meta stores reports for 30 days.

    >>> create_async_report(fb, "act_1", level="ad", time_increment=1, days=7).status
    'running'
    """
    state = fb.insights.report(object_id, fields=fields, **params).state
    if not state.report_id:
        raise RateLimited(message=f"the report could not be started: {state.note}", retry_after=60)
    return state


@_reads("get_report", aliases={"report_run_id": "report_id"}, also=("get_async_report_status",), then=("get_report",))
def get_report(
    fb: FacebookAds,
    report_id: str,
    *,
    offset: Annotated[int, Field(ge=0, description="number of rows to skip")] = 0,
    limit: Annotated[int, Field(ge=1, le=500, description="number of rows to return")] = 25,
    filename: Annotated[LocalPath, Field(description="write all rows to a new .csv or .parquet file")] | None = None,
    overwrite: bool = False,
) -> ReportRows:
    """Return a report. Its state and its rows. It does not wait; it can write the rows to a file.

    Call it again after some seconds while the report runs. Parts that fail or are too large are submitted again.

    >>> state = create_async_report(fb, "act_1", level="campaign", days=7)
    >>> fb.insights.reopen(state.report_id).wait().state.done, len(get_report(fb, state.report_id).rows) > 0
    (True, True)
    """
    report = fb.insights.reopen(report_id)
    if filename is not None:
        check_writable(Path(filename), overwrite=overwrite)
    state = report.step()
    if not state.done:
        return ReportRows(state)
    try:
        report.check_readable()
    except APIError as error:
        if not is_not_readable_yet(error):
            raise
        return ReportRows(report.state)
    if filename is not None:
        write = report.to_parquet if _is_parquet(filename) else report.to_csv
        return ReportRows(report.state, exported=write(Path(filename), overwrite=overwrite))
    rows, query = tuple(islice(report.rows(), offset, offset + limit + 1)), report.query
    total = report.whole() if rows and not offset else None
    about = report.about, query.requested, not query.fields, report.meta
    return ReportRows(report.state, rows[:limit], offset, len(rows) > limit, *about, total)


def _is_parquet(filename: str | Path) -> bool:
    return Path(filename).suffix.lower() in (".parquet", ".pq")


@_reads("sync_insights", aliases=ALIASES)
def sync_insights(
    fb: FacebookAds,
    object_id: str,
    *,
    filename: Annotated[FileOrFolder, Field(description="a .sqlite or .db file, or a folder for Parquet")],
    since: Annotated[date, _SINCE] | None = None,
    fields: InsightsFields = None,
    **params: Unpack[DailyQuery],
) -> Synced:
    """Store daily figures in SQLite or Parquet. Reads missing days, and days whose figures may still change (28 days).

    If the process dies, the next call completes the work.

    >>> sync_insights(fb, "act_1", filename="figures.sqlite", level="campaign").days_stored
    28
    """
    return fb.insights.sync(object_id, filename, since=since, fields=fields, **params)
