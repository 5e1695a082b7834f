"""Pixels. https://developers.facebook.com/docs/marketing-api/reference/ads-pixel"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node, ScheduleTime, Time
from admonster_fb.models._params import STRICT
from admonster_fb.models.adaccount import Business
from admonster_fb.models.budgetschedule import UnixTime
from admonster_fb.models.common import EdgeList

Aggregation = Literal[
    "browser_type", "custom_data_field", "device_os", "device_type", "event", "event_detection_method",
    "event_processing_results", "event_source", "event_total_counts", "event_value_count", "had_pii", "host",
    "match_keys", "pixel_fire", "url", "url_by_rule",
]  # fmt: skip


class AdsPixel(Node):
    """A pixel, or dataset: what a website, an app or a shop reports to Meta."""

    EXPANDED: ClassVar = {"owner_business": "owner_business{id,name}"}
    NOT_ASKED: ClassVar = frozenset({"code"})

    id: str = ""
    name: str | None = None
    code: str | None = None
    """The snippet for the pages of a website."""
    creation_time: Time | None = None
    last_fired_time: ScheduleTime | None = None
    is_unavailable: bool | None = None
    is_created_by_business: bool | None = None
    owner_business: Business | None = None
    enable_automatic_matching: bool | None = None
    automatic_matching_fields: list[str] | None = None
    first_party_cookie_status: str | None = None
    data_use_setting: str | None = None
    is_consolidated_container: bool | None = None
    """Whether it takes offline and app events too."""


class AdsPixelStats(Node):
    """What came in one hour, or in all: `data` counts by `value` (an event, a browser, a URL, …)."""

    start_time: Time | None = None
    aggregation: str | None = None
    data: list[Map] | None = None


@dataclass(frozen=True, slots=True)
class PixelCode:
    """The snippet of a pixel, for the pages of a website."""

    pixel_id: str
    code: str


@dataclass(frozen=True, slots=True)
class PixelStats:
    """What a pixel received within some days, added up: `totals` by event, or what `aggregation` says."""

    pixel: AdsPixel
    aggregation: str
    since: datetime
    until: datetime
    totals: dict[str, int]


@with_config(STRICT)
class AdsPixelCreate(TypedDict):
    """Parameters of a new pixel. Meta: ad-account/adspixels, Creating."""

    name: Required[str]


@with_config(STRICT)
class AdsPixelUpdate(TypedDict, total=False):
    """Changes of a pixel. Meta: ads-pixel, Updating."""

    name: str
    enable_automatic_matching: bool
    automatic_matching_fields: Annotated[list[str], Field(description="em, ph, fn, ln, ge, db, ct, st, zp, country, …")]
    first_party_cookie_status: Literal["FIRST_PARTY_COOKIE_ENABLED", "FIRST_PARTY_COOKIE_DISABLED", "EMPTY"]
    data_use_setting: Literal["ADVERTISING_AND_ANALYTICS", "ANALYTICS_ONLY", "EMPTY"]


@with_config(STRICT)
class AdsPixelList(EdgeList, total=False):
    """In which order to read pixels."""

    sort_by: Literal["LAST_FIRED_TIME", "NAME"]


@with_config(STRICT)
class AdsPixelStatsQuery(TypedDict, total=False):
    """What to count. Meta: ads-pixel/stats."""

    aggregation: Annotated[Aggregation, Field(description="event unless given")]
    event: Annotated[str, Field(description="only this event: Purchase")]
    event_source: Annotated[str, Field(description="WEB_ONLY or SERVER_ONLY")]
    agent: str
    start_time: UnixTime
    end_time: UnixTime
