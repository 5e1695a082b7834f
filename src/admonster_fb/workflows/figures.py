"""The figures of one object, over a window said in days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from admonster_fb.enums import DatePreset
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.common import TimeRange
from admonster_fb.models.insights import InsightsQuery, InsightsRow
from admonster_fb.opspec import op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

# Windows Meta resolves itself; for any other number of days the account's date has to be asked for.
_PRESETS: dict[int, DatePreset] = {
    1: "yesterday", 3: "last_3d", 7: "last_7d", 14: "last_14d", 28: "last_28d", 30: "last_30d", 90: "last_90d"
}  # fmt: skip


@op(
    "get_insights",
    group="insights",
    aliases={
        "campaign_id": "object_id",
        "adset_id": "object_id",
        "ad_id": "object_id",
        "ad_account_id": "object_id",
        "id": "object_id",
    },
    then=("get_detailed_insights",),
)
def get_insights(
    fb: FacebookAds,
    object_id: str,
    *,
    days: Annotated[int, Field(ge=1, le=1100, description="whole days up to yesterday")] | None = None,
    date_preset: DatePreset | None = None,
    time_range: TimeRange | None = None,
) -> InsightsRow | None:
    """Read the totals of a campaign, ad set, ad or account over one window; `None` if nothing was delivered.

    >>> get_insights(fb, "act_1", days=7).account_currency
    'USD'
    """
    given = {"days": days, "date_preset": date_preset, "time_range": time_range}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        allowed = "one of days, date_preset and time_range"
        raise ParameterError([Violation(name, given[name], allowed) for name in named])
    window: InsightsQuery = {"time_range": time_range} if time_range else {"date_preset": date_preset or "last_30d"}
    if days is not None:
        window = _last(fb, object_id, days)
    return next(iter(fb.insights.iter(object_id, **window)), None)


def _last(fb: FacebookAds, object_id: str, days: int) -> InsightsQuery:
    if days in _PRESETS:
        return {"date_preset": _PRESETS[days]}
    today = fb.today(object_id)
    since, until = today - timedelta(days=days), today - timedelta(days=1)
    return {"time_range": {"since": since.isoformat(), "until": until.isoformat()}}
