"""Insights. https://developers.facebook.com/docs/marketing-api/reference/ads-insights"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import ActionAttributionWindow, ActionBreakdown, Breakdown, DatePreset, Level
from admonster_fb.models._read import Node
from admonster_fb.models._write import STRICT
from admonster_fb.models.common import Filter, TimeRange


@with_config(ConfigDict(extra="allow"))
class AdsActionStats(TypedDict, total=False):
    """One action type and its value, in all and per attribution window. All are strings, as Meta sends them."""

    action_type: str
    value: str


Actions = list[AdsActionStats]


class InsightsRow(Node):
    """Figures of one object over one window. Money is in major units of `account_currency`; ctr is in percent.

    Meta leaves out a figure that is zero or unknown: it reads `None`, not 0.
    """

    NOT_ASKED: ClassVar = frozenset(
        {"campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name", "objective"}
        | {"age", "gender", "country", "region", "publisher_platform", "platform_position"}
        | {"impression_device", "device_platform", "action_values", "purchase_roas"}
    )
    """Names of what is above or below the level asked for, breakdowns, and figures that few want."""

    date_start: str | None = None
    """YYYY-MM-DD in the account's time zone, included."""
    date_stop: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    account_currency: str | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None
    adset_id: str | None = None
    adset_name: str | None = None
    ad_id: str | None = None
    ad_name: str | None = None
    objective: str | None = None
    impressions: int | None = None
    reach: int | None = None
    """People; cannot be added up over rows."""
    frequency: Decimal | None = None
    clicks: int | None = None
    inline_link_clicks: int | None = None
    spend: Decimal | None = None
    cpc: Decimal | None = None
    cpm: Decimal | None = None
    ctr: Decimal | None = None
    actions: Actions | None = None
    """Overlapping: `purchase` contains `offsite_conversion.fb_pixel_purchase`. Never add them up."""
    cost_per_action_type: Actions | None = None
    action_values: Actions | None = None
    purchase_roas: Actions | None = None
    age: str | None = None
    gender: str | None = None
    country: str | None = None
    region: str | None = None
    publisher_platform: str | None = None
    platform_position: str | None = None
    impression_device: str | None = None
    device_platform: str | None = None


@with_config(STRICT)
class InsightsQuery(TypedDict, total=False):
    """What to report. Meta: insights, Parameters."""

    level: Annotated[Level, Field(description="one row per what; the object's own level unless given")]
    date_preset: Annotated[DatePreset | str, Field(description="last_30d unless given")]
    time_range: TimeRange
    time_ranges: list[TimeRange]
    time_increment: Annotated[int | str, Field(description="days per row (1 to 90), monthly or all_days")]
    breakdowns: list[Breakdown | str]
    action_breakdowns: list[ActionBreakdown | str]
    action_attribution_windows: list[ActionAttributionWindow | str]
    filtering: list[Filter]
    sort: Annotated[list[str], Field(description='["spend_descending"]')]
    limit: Annotated[int, Field(description="rows per page, not in all", ge=1)]
    after: str
    use_account_attribution_setting: bool
    use_unified_attribution_setting: bool
    product_id_limit: int
