"""The figures of one object over one window, and figures written to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.enums import DatePreset
from admonster_fb.models.common import TimeRange
from admonster_fb.models.insights.row import InsightsQuery, InsightsRow
from admonster_fb.operation import op
from admonster_fb.services.insights.export import Exported
from admonster_fb.workflows.media import LocalPath

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

ALIASES = dict.fromkeys(("campaign_id", "adset_id", "ad_id", "ad_account_id", "id"), "object_id")


@op("get_insights", group="insights", access="read", aliases=ALIASES, then=("get_detailed_insights",))
def get_insights(
    fb: FacebookAds,
    object_id: str,
    *,
    days: Annotated[int, Field(ge=1, le=1130, description="whole days up to yesterday")] | None = None,
    date_preset: DatePreset | None = None,
    time_range: TimeRange | None = None,
) -> InsightsRow | None:
    """Read the totals of a campaign, ad set, ad or account over one window; `None` if nothing was delivered.

    >>> get_insights(fb, "act_1", days=7).account_currency
    'USD'
    """
    window: InsightsQuery = {}
    if days is not None:
        window["days"] = days
    if date_preset is not None:
        window["date_preset"] = date_preset
    if time_range is not None:
        window["time_range"] = time_range
    return next(iter(fb.insights.iter(object_id, **(window or {"date_preset": "last_30d"}))), None)


@op("export_insights_to_csv", group="insights", access="read", aliases=ALIASES)
def export_insights_to_csv(
    fb: FacebookAds,
    object_id: str,
    *,
    filename: Annotated[LocalPath, Field(description="a new file ending in .csv, or in .parquet for Parquet")],
    overwrite: bool = False,
    fields: Sequence[str] | None = None,
    **params: Unpack[InsightsQuery],
) -> Exported:
    """Write figures by level, day, breakdown, … to a CSV file, or a Parquet file if its name ends in .parquet.

    The file is there whole or not at all; an existing one is refused unless `overwrite`. `actions` become a column for
    each type. Takes what get_detailed_insights takes.

    >>> export_insights_to_csv(fb, "act_1", filename="week.csv", days=7, time_increment=1).rows
    7
    """
    parquet = Path(filename).suffix.lower() in (".parquet", ".pq")
    write = fb.insights.to_parquet if parquet else fb.insights.to_csv
    return write(object_id, filename, overwrite=overwrite, fields=fields, **params)
