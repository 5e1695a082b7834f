"""The goal matrix: objective, destination, goal, billing event, promoted object and attribution that go together.

Source: `docs/meta-rules.md#goal-matrix`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

Thing = Literal["site", "app", "catalog", "other"]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One way to run an objective.

    `destination` is the `destination_type`, or None to leave it out. `billing` and `attribution` are by goal.

    >>> rows()[0].billing["REACH"]
    ('IMPRESSIONS',)
    """

    objective: str
    destination: str | None
    goals: tuple[str, ...]
    billing: Mapping[str, tuple[str, ...]]
    promoted_object: tuple[str, ...]
    attribution: Mapping[str, tuple[str, ...]]
    thing: Thing = "other"
    note: str = ""
    doubtful: bool = False
    """Whether only other programs use it, or sources disagree."""
    ended: bool = False
    """Whether new ad sets are refused while existing ones continue."""

    @property
    def description(self) -> str:
        """The note, with "doubtful" if the row is."""
        return "; ".join(filter(None, (self.note, "doubtful" if self.doubtful else "")))


_SITE = "OFFSITE_CONVERSIONS LANDING_PAGE_VIEWS LINK_CLICKS REACH IMPRESSIONS"
_APP = "OFFSITE_CONVERSIONS APP_INSTALLS_AND_OFFSITE_CONVERSIONS LINK_CLICKS REACH"
_TRAFFIC_SITE = "LINK_CLICKS LANDING_PAGE_VIEWS REACH IMPRESSIONS"
_SHOWN = "AD_RECALL_LIFT REACH IMPRESSIONS THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"
_VIDEO = "THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"
_SALES_SITE = "OFFSITE_CONVERSIONS VALUE LANDING_PAGE_VIEWS LINK_CLICKS REACH IMPRESSIONS"
_CATALOG = "LINK_CLICKS OFFSITE_CONVERSIONS VALUE"
_PROFILE = "VISIT_INSTAGRAM_PROFILE PROFILE_VISIT"
_EVENT = "pixel_id custom_event_type"
_STORE = "application_id object_store_url"
_SALES_CHAT = f"page_id {_EVENT}"
_STORE_NOTE = "of a store: place_page_set_id instead"

_Line = tuple[str, str, str, str, Thing, str]
"""Objective, destinations ("-" for none), goals, keys of the promoted object, what is promoted, note."""

_LISTED: tuple[_Line, ...] = (
    ("AWARENESS", "-", _SHOWN, "page_id", "other", _STORE_NOTE),
    ("TRAFFIC", "-", _TRAFFIC_SITE, "", "site", ""),
    ("TRAFFIC", "-", "LINK_CLICKS REACH", _STORE, "app", ""),
    ("TRAFFIC", "MESSENGER", "LINK_CLICKS REACH IMPRESSIONS", "", "other", ""),
    ("TRAFFIC", "WHATSAPP", "LINK_CLICKS REACH IMPRESSIONS", "page_id", "other", ""),
    ("TRAFFIC", "PHONE_CALL", "QUALITY_CALL LINK_CLICKS", "", "other", ""),
    ("TRAFFIC", "INSTAGRAM_PROFILE", _PROFILE, "page_id", "other", "page_id: from memory"),
    ("ENGAGEMENT", "ON_POST", "POST_ENGAGEMENT REACH", "", "other", ""),
    ("ENGAGEMENT", "ON_VIDEO", _VIDEO, "", "other", ""),
    ("ENGAGEMENT", "ON_PAGE", "PAGE_LIKES", "page_id", "other", ""),
    ("ENGAGEMENT", "ON_EVENT", "EVENT_RESPONSES POST_ENGAGEMENT REACH IMPRESSIONS", "", "other", ""),
    ("ENGAGEMENT", "MESSENGER", "CONVERSATIONS LINK_CLICKS LEAD_GENERATION", "page_id", "other", ""),
    ("ENGAGEMENT", "WHATSAPP INSTAGRAM_DIRECT", "CONVERSATIONS LINK_CLICKS", "page_id", "other", ""),
    ("ENGAGEMENT", "-", _SITE, _EVENT, "site", ""),
    ("ENGAGEMENT", "-", _APP, _STORE, "app", ""),
    ("LEADS", "ON_AD", "LEAD_GENERATION QUALITY_LEAD", "page_id", "other", ""),
    ("LEADS", "LEAD_FROM_MESSENGER", "LEAD_GENERATION", "page_id", "other", "no new ones since v24"),
    ("LEADS", "LEAD_FROM_IG_DIRECT", "LEAD_GENERATION", "page_id", "other", ""),
    ("LEADS", "PHONE_CALL", "QUALITY_CALL", "page_id", "other", ""),
    ("LEADS", "- WEBSITE", _SITE, _EVENT, "site", ""),
    ("LEADS", "-", _APP, _STORE, "app", ""),
    ("SALES", "- WEBSITE", _SALES_SITE, _EVENT, "site", ""),
    ("SALES", "-", "OFFSITE_CONVERSIONS LINK_CLICKS REACH", f"{_STORE} custom_event_type", "app", ""),
    ("SALES", "MESSENGER", "CONVERSATIONS OFFSITE_CONVERSIONS LINK_CLICKS IMPRESSIONS REACH", _SALES_CHAT, "other", ""),
    ("SALES", "WHATSAPP", "OFFSITE_CONVERSIONS LINK_CLICKS IMPRESSIONS REACH", _SALES_CHAT, "other", ""),
    ("SALES", "PHONE_CALL", "QUALITY_CALL", "page_id", "other", ""),
    ("SALES", "WEBSITE", _CATALOG, "product_set_id", "catalog", "campaign: product_catalog_id"),
    ("APP_PROMOTION", "-", f"APP_INSTALLS {_APP.replace(' REACH', '')} VALUE", _STORE, "app", ""),
)
_CHATS = (
    "MESSAGING_INSTAGRAM_DIRECT_MESSENGER MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP "
    "MESSAGING_INSTAGRAM_DIRECT_WHATSAPP MESSAGING_MESSENGER_WHATSAPP"
)
_LEFT_OUT = "Meta's pages leave it out"
_DOUBTFUL: tuple[_Line, ...] = (
    ("AWARENESS", "WEBSITE MESSENGER WHATSAPP INSTAGRAM_DIRECT", _SHOWN, "page_id", "other", _LEFT_OUT),
    ("TRAFFIC", "WEBSITE", _TRAFFIC_SITE, "", "site", _LEFT_OUT),
    ("TRAFFIC", "APP", "LINK_CLICKS REACH", _STORE, "app", _LEFT_OUT),
    ("ENGAGEMENT", _CHATS, "CONVERSATIONS LINK_CLICKS", "page_id", "other", "from memory"),
    ("ENGAGEMENT", "PHONE_CALL", "QUALITY_CALL LINK_CLICKS", "", "other", "goals are not documented"),
    ("ENGAGEMENT", "WEBSITE", _SITE, _EVENT, "site", _LEFT_OUT),
    ("ENGAGEMENT LEADS", "APP", _APP, _STORE, "app", _LEFT_OUT),
    ("SALES", "APP", "OFFSITE_CONVERSIONS LINK_CLICKS REACH", f"{_STORE} custom_event_type", "app", _LEFT_OUT),
    ("APP_PROMOTION", "APP", f"APP_INSTALLS {_APP.replace(' REACH', '')} VALUE", _STORE, "app", _LEFT_OUT),
)

EXTRA_BILLING = {
    "LINK_CLICKS": ("LINK_CLICKS",),
    "THRUPLAY": ("THRUPLAY",),
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS": ("TWO_SECOND_CONTINUOUS_VIDEO_VIEWS",),
}
"""Billing events besides IMPRESSIONS, which every goal accepts. Source: `docs/meta-rules.md#billing-events`."""
DOUBTFUL_BILLING = frozenset({("PAGE_LIKES", "PAGE_LIKES")})
"""Goal and billing event that one page of Meta's lists (cost-per-action-ads) and another does not."""

_CLICK = ("1d_click",)
_CLICKS = ("1d_click", "7d_click")
_CLICKS_VIEW = (*_CLICKS, "1d_click+1d_view", "7d_click+1d_view")
_INSTALL = ("1d_click", "1d_click+1d_ev", "1d_click+1d_view", "1d_click+1d_ev+1d_view")


def _windows(goal: str, thing: Thing, objective: str) -> tuple[str, ...]:
    if goal == "OFFSITE_CONVERSIONS":
        return _CLICKS if thing == "app" or objective == "OUTCOME_TRAFFIC" else _CLICKS_VIEW
    return _INSTALL if goal == "APP_INSTALLS" else _CLICK


def _rows(line: _Line, *, doubtful: bool) -> Iterator[MatrixRow]:
    objectives, destinations, goals, promoted, thing, note = line
    for objective in (f"OUTCOME_{name}" for name in objectives.split()):
        for destination in destinations.split():
            goal_names = tuple(goals.split())
            yield MatrixRow(
                objective,
                None if destination == "-" else destination,
                goal_names,
                MappingProxyType({goal: ("IMPRESSIONS", *EXTRA_BILLING.get(goal, ())) for goal in goal_names}),
                tuple(promoted.split()),
                MappingProxyType({goal: _windows(goal, thing, objective) for goal in goal_names}),
                thing,
                note,
                doubtful,
                ended=destination == "LEAD_FROM_MESSENGER",
            )


@cache
def rows() -> list[MatrixRow]:
    """Return all rows of the matrix, the doubtful ones last.

    >>> rows()[1].objective, rows()[1].destination, rows()[1].goals[0]
    ('OUTCOME_TRAFFIC', None, 'LINK_CLICKS')
    """
    sure = [row for line in _LISTED for row in _rows(line, doubtful=False)]
    return sure + [row for line in _DOUBTFUL for row in _rows(line, doubtful=True)]
