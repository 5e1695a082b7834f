"""Pixels. https://developers.facebook.com/docs/marketing-api/reference/ads-pixel"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Required

from admonster_fb.models._node import Map, NamedNode, Node, ScheduleTime, Time
from admonster_fb.models._params import Extra, Open, Params
from admonster_fb.models.adaccount import Business
from admonster_fb.models.budgetschedule import UnixTime
from admonster_fb.models.common import EdgeList

Aggregation = Literal[
    "browser_type", "custom_data_field", "device_os", "device_type", "event", "event_detection_method",
    "event_processing_results", "event_source", "event_total_counts", "event_value_count", "had_pii", "host",
    "match_keys", "pixel_fire", "url", "url_by_rule",
]  # fmt: skip


class AdsPixel(NamedNode):
    """A pixel, or dataset: what a website, an app or a shop reports to Meta.

    >>> AdsPixel.from_api({"id": "8", "last_fired_time": "2026-11-01T09:00:00+0000"}).last_fired_time.hour
    9
    """

    EXPANDED: ClassVar = {"owner_business": "owner_business{id,name}"}
    NOT_REQUESTED: ClassVar = frozenset({"code"})

    code: str | None = None
    """The snippet for the pages of a website."""
    creation_time: Time | None = None
    """Time of creation."""
    last_fired_time: ScheduleTime | None = None
    """Time of the last event; `None` if there was none."""
    is_unavailable: bool | None = None
    """Whether the pixel can no longer be used."""
    is_created_by_business: bool | None = None
    """Whether a business created the pixel."""
    owner_business: Business | None = None
    """Business that owns the pixel."""
    enable_automatic_matching: bool | None = None
    """Whether automatic advanced matching is on."""
    automatic_matching_fields: list[str] | None = None
    """Data used for automatic advanced matching: em, ph, fn, ln, ge, db, ct, st, zp, …"""
    first_party_cookie_status: str | None = None
    """Whether the pixel uses first-party cookies."""
    data_use_setting: str | None = None
    """What Meta may use the data for: ads and analytics, or analytics only."""
    is_consolidated_container: bool | None = None
    """Whether the pixel also receives offline and app events."""


class AdsPixelStats(Node):
    """What a pixel received in an hour, or in all.

    >>> AdsPixelStats.from_api({"aggregation": "event", "data": [{"value": "Purchase", "count": 3}]}).data[0]["count"]
    3
    """

    start_time: Time | None = None
    """Start of the hour."""
    aggregation: str | None = None
    """What the counts are grouped by."""
    data: list[Map] | None = None
    """Counts: `value` (an event, a browser, a URL, …) and `count`."""


@dataclass(frozen=True, slots=True)
class PixelCode:
    """The snippet of a pixel, for the pages of a website.

    >>> PixelCode("8", "<script>…</script>").pixel_id
    '8'
    """

    pixel_id: str
    """ID of the pixel."""
    code: str
    """HTML of the snippet."""


@dataclass(frozen=True, slots=True)
class PixelStats:
    """Totals of the events that a pixel received in a time range.

    >>> PixelStats(AdsPixel(id="8"), "event", datetime.min, datetime.max, {"Purchase": 3}).totals
    {'Purchase': 3}
    """

    pixel: AdsPixel
    """The pixel."""
    aggregation: str
    """What the totals are grouped by."""
    since: datetime
    """Start of the time range."""
    until: datetime
    """End of the time range."""
    totals: dict[str, int]
    """Number of events by group."""


class PixelCheck(Node):
    """A check of a pixel, mostly for catalog ads. Meta: ads-pixel, da_checks.

    >>> PixelCheck.from_api({"key": "pixel_decline", "result": "passed"}).result
    'passed'
    """

    key: str | None = None
    """Name of the check."""
    title: str | None = None
    """Title, in the language of the token's owner."""
    result: str | None = None
    """passed, failed or unavailable."""
    user_message: str | None = None
    """What is wrong."""


class EventQuality(Node):
    """The quality of one kind of web event. Meta: dataset quality.

    >>> EventQuality.from_api({"event_match_quality": {"composite_score": 6.1}}).score
    6.1
    """

    event_name: str | None = None
    """Name of the event, such as Purchase."""
    event_match_quality: Map | None = None
    """`composite_score`, 0 to 10, and `match_key_feedback` with the coverage of each kind of customer data."""
    event_coverage: Map | None = None
    """Share of events that the server sends too: `percentage` and `goal_percentage`, in percent."""
    data_freshness: Map | None = None
    """`upload_frequency`: real_time, hourly, daily, …"""

    @property
    def score(self) -> float | None:
        """Event match quality, 0 to 10."""
        return (self.event_match_quality or {}).get("composite_score")

    @property
    def deduplication(self) -> list[Map]:
        """How events of browser and server are recognized as one; Meta spells the field in two ways."""
        extra = self.model_extra or {}
        return extra.get("dedupe_key_feedback") or extra.get("dedup_key_feedback") or []


@dataclass(frozen=True, slots=True)
class PixelHealth:
    """How fresh, complete and recognizable the events of a pixel are.

    >>> PixelHealth(AdsPixel(id="8"), {"2026-11-01": {"Purchase": 3}}, {"BROWSER": 3}).sources["BROWSER"]
    3
    """

    pixel: AdsPixel
    """The pixel, with the time of its last event."""
    days: dict[str, dict[str, int]]
    """Number of events by day and name."""
    sources: dict[str, int]
    """Number of events by source: BROWSER, SERVER."""
    quality: list[EventQuality] = field(default_factory=list)
    """Match quality, coverage and deduplication by event."""
    checks: list[PixelCheck] = field(default_factory=list)
    """Checks for catalog ads."""
    notes: list[str] = field(default_factory=list)
    """What could not be read."""


class AdsPixelCreate(Params, total=False):
    """Parameters of a new pixel. Meta: ad-account/adspixels, Creating.

    >>> params: AdsPixelCreate = {"name": "Shop"}
    """

    name: Required[str]
    """Name of the pixel."""
    extra: Extra


class AdsPixelUpdate(Params, total=False):
    """Parameters of a change of a pixel. Meta: ads-pixel, Updating.

    >>> params: AdsPixelUpdate = {"enable_automatic_matching": True, "automatic_matching_fields": ["em", "ph"]}
    """

    name: str
    """Name of the pixel."""
    enable_automatic_matching: bool
    """Whether to use automatic advanced matching."""
    automatic_matching_fields: list[str]
    """Data to use for it: em, ph, fn, ln, ge, db, ct, st, zp, country, …"""
    first_party_cookie_status: Annotated[
        Literal["FIRST_PARTY_COOKIE_ENABLED", "FIRST_PARTY_COOKIE_DISABLED", "EMPTY"], Open()
    ]
    """Whether the pixel uses first-party cookies."""
    data_use_setting: Annotated[Literal["ADVERTISING_AND_ANALYTICS", "ANALYTICS_ONLY", "EMPTY"], Open()]
    """What Meta may use the data for: ads and analytics, or analytics only."""
    extra: Extra


class AdsPixelList(EdgeList, total=False):
    """Order of the pixels of an account.

    >>> params: AdsPixelList = {"sort_by": "LAST_FIRED_TIME"}
    """

    sort_by: Annotated[Literal["LAST_FIRED_TIME", "NAME"], Open()]
    """Field to sort by."""


class AdsPixelStatsQuery(Params, total=False):
    """What to count. Meta: ads-pixel/stats.

    >>> query: AdsPixelStatsQuery = {"aggregation": "url", "event": "Purchase"}
    """

    aggregation: Annotated[Aggregation, Open()]
    """What to group the counts by. Default: event."""
    event: str
    """Event to count, such as Purchase."""
    event_source: str
    """WEB_ONLY or SERVER_ONLY."""
    agent: str
    """Partner agent whose events are counted."""
    start_time: UnixTime
    """Start of the time range."""
    end_time: UnixTime
    """End of the time range."""
    limit: int
    """Hours per page, not in total."""
