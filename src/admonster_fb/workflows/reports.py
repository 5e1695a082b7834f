"""Reports that Meta makes in its own time, for bots: begun by one op, looked after and read by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.errors import APIError, RateLimited
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery, InsightsRow
from admonster_fb.operation import op
from admonster_fb.services.insights.export import Exported, writable
from admonster_fb.services.insights.jobs import ReportState
from admonster_fb.services.insights.report import late
from admonster_fb.services.insights.sync import Synced
from admonster_fb.workflows.insights import ALIASES
from admonster_fb.workflows.media import LocalPath

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.services.insights.report import Report


@dataclass(frozen=True, slots=True)
class ReportRows:
    """How far a report is, and once it is done its rows from `offset` on, or the file they were written to."""

    state: ReportState
    rows: tuple[InsightsRow, ...] = ()
    offset: int = 0
    more: bool = False
    about: str = ""
    requested: tuple[str, ...] = ()
    """The fields that the report was made with, if any were named."""
    everything: bool = False
    """Whether the report was made by another process, so that its fields are unknown."""
    currency: str = ""
    exported: Exported | None = None


@op("create_async_report", group="insights", access="read", aliases=ALIASES, then=("get_report",))
def create_async_report(
    fb: FacebookAds, object_id: str, *, fields: Sequence[str] | None = None, **params: Unpack[InsightsQuery]
) -> ReportState:
    """Have Meta make a report in its own time, for figures too many to be answered at once; get_report then reads it.

    Takes what get_detailed_insights takes, and never waits. Meta keeps reports for 30 days.

    >>> create_async_report(fb, "act_1", level="ad", time_increment=1, days=7).status
    'running'
    """
    state = fb.insights.report(object_id, fields=fields, **params).state
    if not state.report_id:
        raise RateLimited(message=f"the report could not be begun: {state.note}", retry_after=60)
    return state


@op("get_report", group="insights", access="read", aliases={"report_run_id": "report_id"}, then=("get_report",))
def get_report(
    fb: FacebookAds,
    report_id: str,
    *,
    offset: Annotated[int, Field(ge=0, description="how many rows to pass over")] = 0,
    limit: Annotated[int, Field(ge=1, le=500, description="how many rows to show")] = 25,
    filename: Annotated[LocalPath, Field(description="write all rows to a new .csv or .parquet file")] | None = None,
    overwrite: bool = False,
) -> ReportRows:
    """Tell how far a report is and, once it is done, read its rows or write them to a file. Never waits.

    Ask again after some seconds while it is not done. What fails or is too large is submitted again in parts meanwhile.

    >>> made = create_async_report(fb, "act_1", level="campaign", days=7)
    >>> fb.insights.reopen(made.report_id).wait().state.done, len(get_report(fb, made.report_id).rows) > 0
    (True, True)
    """
    report = fb.insights.reopen(report_id)
    if filename is not None:
        writable(Path(filename), overwrite=overwrite)
    state = report.step()
    if not state.done:
        return ReportRows(state)
    try:
        report.look()
    except APIError as error:
        if not late(error):
            raise
        return ReportRows(report.state)
    return _read(report, offset, limit) if filename is None else _written(report, Path(filename), overwrite)


def _read(report: Report, offset: int, limit: int) -> ReportRows:
    rows = tuple(islice(report.rows(), offset, offset + limit + 1))
    query = report.query
    return ReportRows(
        report.state,
        rows[:limit],
        offset,
        len(rows) > limit,
        report.about,
        requested=query.requested,
        everything=not query.fields,
        currency=report.meta.currency,
    )


def _written(report: Report, path: Path, overwrite: bool) -> ReportRows:
    write = report.to_parquet if path.suffix.lower() in (".parquet", ".pq") else report.to_csv
    return ReportRows(report.state, exported=write(path, overwrite=overwrite))


@op("sync_insights", group="insights", access="read", aliases=ALIASES)
def sync_insights(
    fb: FacebookAds,
    object_id: str,
    *,
    filename: Annotated[LocalPath, Field(description="a SQLite file ending in .sqlite or .db")],
    since: Annotated[date, Field(strict=False, description="first day; 28 days ago unless given or stored earlier")]
    | None = None,
    fields: Sequence[str] | None = None,
    **params: Unpack[DailyQuery],
) -> Synced:
    """Keep daily figures in a SQLite file: read the days it lacks, and again those that may still move (28 days).

    Killed at any moment, the next call completes it.

    >>> sync_insights(fb, "act_1", filename="figures.sqlite", level="campaign").days_stored
    28
    """
    return fb.insights.sync(object_id, filename, since=since, fields=fields, **params)
