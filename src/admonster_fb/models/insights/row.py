"""Insights. https://developers.facebook.com/docs/marketing-api/reference/ads-insights"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, GetCoreSchemaHandler, with_config
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from admonster_fb.enums import ActionAttributionWindow, ActionBreakdown, Breakdown, DatePreset, Level
from admonster_fb.models._node import Node
from admonster_fb.models._params import STRICT
from admonster_fb.models.common import Filter, TimeRange
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, number

PARTS = tuple(sorted({*get_args(ActionBreakdown)} - {"action_type"}))
_NAMES = frozenset(PARTS) | {"action_type"}


def action_key(entry: Mapping[str, Any]) -> str:
    """Return what an entry is about: its action type, and in brackets the values of other action breakdowns.

    >>> action_key({"action_type": "post_reaction", "action_reaction": "wow", "value": "1"})
    'post_reaction[wow]'
    """
    kind = str(entry.get("action_type", ""))
    if len(entry) < 3:  # only a type and a value, as nearly always
        return kind
    parts = [str(entry[name]) for name in PARTS if entry.get(name) is not None]
    return f"{kind}[{','.join(parts)}]" if parts else kind


def action_windows(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attribution windows for which an entry has a value of its own."""
    return (name for name in entry if name != "value" and name not in _NAMES)


class Actions(Mapping[str, int | Decimal]):
    """Values by action type in the default attribution window; a type that did not happen is not there.

    Types contain one another (`purchase` those of the pixel, of the app, …): never add them up. `raw` is Meta's list.

    >>> Actions([{"action_type": "purchase", "value": "3", "7d_click": "2"}])["purchase"]
    3
    """

    __slots__ = ("_by_type", "raw")

    def __init__(self, raw: list[Any]) -> None:
        self.raw = raw
        self._by_type: dict[str, int | Decimal] | None = None

    def _values(self) -> dict[str, int | Decimal]:
        if self._by_type is None:
            read = ((action_key(entry), number(entry.get("value"))) for entry in self.raw if isinstance(entry, dict))
            self._by_type = {name: value for name, value in read if value is not None}
        return self._by_type

    def __getitem__(self, action_type: str) -> int | Decimal:
        return self._values()[action_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __eq__(self, other: object) -> bool:
        return self.raw == other.raw if isinstance(other, Actions) else self._values() == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Actions({self._values()!r})"

    def window(self, action_type: str, window: str) -> int | Decimal | None:
        """Return the value within one attribution window, which the query must have asked for."""
        found = (entry for entry in self.raw if isinstance(entry, dict) and action_key(entry) == action_type)
        return number(next(found, {}).get(window))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a list as it comes, without a look at what is in it: rows come by the hundred thousand."""
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda actions: actions.raw),
        )

    @classmethod
    def _read(cls, value: Any) -> Actions:
        if value.__class__ is list:
            return cls(value)
        if isinstance(value, Actions):
            return value
        raise ValueError("a list of actions")


EVENT_ACTIONS = {
    "PURCHASE": "purchase",
    "LEAD": "lead",
    "ADD_TO_CART": "add_to_cart",
    "ADD_PAYMENT_INFO": "add_payment_info",
    "ADD_TO_WISHLIST": "add_to_wishlist",
    "COMPLETE_REGISTRATION": "complete_registration",
    "CONTENT_VIEW": "view_content",
    "INITIATED_CHECKOUT": "initiate_checkout",
    "SEARCH": "search",
    "CONTACT": "contact",
    "SCHEDULE": "schedule",
    "SUBSCRIBE": "subscribe",
    "START_TRIAL": "start_trial",
    "SUBMIT_APPLICATION": "submit_application",
    "FIND_LOCATION": "find_location",
    "CUSTOMIZE_PRODUCT": "customize_product",
    "DONATE": "donate",
}
"""The word for a `custom_event_type` in action types."""
_BY_EVENT = frozenset({"OFFSITE_CONVERSIONS", "VALUE", "ONSITE_CONVERSIONS", "OUTCOME_SALES"})

# Where several are named they count the same more or less widely: the first that is there stands, never their sum.
RESULT_METRICS: dict[str, tuple[str, ...]] = {
    "REACH": ("reach",),
    "IMPRESSIONS": ("impressions",),
    "AD_RECALL_LIFT": ("estimated_ad_recallers",),
    "LINK_CLICKS": ("actions.link_click", "inline_link_clicks"),
    "LANDING_PAGE_VIEWS": ("actions.omni_landing_page_view", "actions.landing_page_view"),
    "POST_ENGAGEMENT": ("actions.post_engagement",),
    "PAGE_LIKES": ("actions.like",),
    "EVENT_RESPONSES": ("actions.rsvp",),
    "THRUPLAY": ("video_thruplay_watched_actions.video_view",),
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS": ("video_continuous_2_sec_watched_actions.video_view",),
    "CONVERSATIONS": ("actions.onsite_conversion.messaging_conversation_started_7d",),
    "LEAD_GENERATION": ("actions.onsite_conversion.lead_grouped", "actions.leadgen_grouped", "actions.lead"),
    "QUALITY_LEAD": ("actions.onsite_conversion.lead_grouped", "actions.leadgen_grouped", "actions.lead"),
    "APP_INSTALLS": ("actions.omni_app_install", "actions.mobile_app_install"),
    "APP_INSTALLS_AND_OFFSITE_CONVERSIONS": ("actions.omni_app_install", "actions.mobile_app_install"),
    "PROFILE_VISIT": ("instagram_profile_visits",),
    "OUTCOME_AWARENESS": ("reach",),
    "OUTCOME_TRAFFIC": ("actions.link_click", "inline_link_clicks"),
    "OUTCOME_ENGAGEMENT": ("actions.post_engagement",),
    "OUTCOME_LEADS": ("actions.lead", "actions.onsite_conversion.lead_grouped"),
    "OUTCOME_APP_PROMOTION": ("actions.omni_app_install", "actions.mobile_app_install"),
}


def result_metrics(goal: str, event: str | None = None) -> tuple[str, ...]:
    """Return the figures in which results of a goal stand, the best first; none for a goal that is not known here.

    >>> result_metrics("OFFSITE_CONVERSIONS", "LEAD")[0]
    'actions.lead'
    """
    if goal not in _BY_EVENT:
        return RESULT_METRICS.get(goal, ())
    word = EVENT_ACTIONS.get(event or "PURCHASE")
    return (f"actions.{word}", f"actions.omni_{word}", f"actions.offsite_conversion.fb_pixel_{word}") if word else ()


def first_metric(row: InsightsRow, figures: Sequence[str]) -> int | Decimal | None:
    """Return the first of the figures that the row has."""
    for name in figures:
        figure, _, action_type = name.partition(".")
        value = row.action(action_type, figure=figure) if action_type else getattr(row, figure, None)
        if isinstance(value, int | Decimal):
            return value
    return None


class InsightsRow(Node):
    """Figures of one object over one window. Money is in major units of `account_currency`; ctr is in percent.

    Meta leaves out a figure that is zero or unknown: it reads `None`, not 0. Every field that `fb.insights.describe`
    knows reads as its type, also those not declared here.
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
    """By action type. Overlapping: `purchase` contains `offsite_conversion.fb_pixel_purchase`. Never add them up."""
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

    if TYPE_CHECKING:  # the most wanted of those that are read by what the dictionary says of them
        optimization_goal: str | None = None
        attribution_setting: str | None = None
        unique_clicks: int | None = None
        unique_inline_link_clicks: int | None = None
        inline_post_engagement: int | None = None
        cpp: Decimal | None = None
        unique_ctr: Decimal | None = None
        inline_link_click_ctr: Decimal | None = None
        cost_per_inline_link_click: Decimal | None = None
        unique_actions: Actions | None = None
        conversions: Actions | None = None
        conversion_values: Actions | None = None
        outbound_clicks: Actions | None = None
        cost_per_outbound_click: Actions | None = None
        video_thruplay_watched_actions: Actions | None = None
        website_purchase_roas: Actions | None = None
    else:

        def __getattr__(self, name: str) -> Any:
            """Return what is no declared field by its kind: a number as a number, `None` if Meta left it out."""
            if name not in FIELDS:
                return super().__getattr__(name)
            value = (self.__pydantic_extra__ or {}).get(name)
            kind = FIELD_KINDS[FIELDS[name].kind]
            if kind.by_type:
                return Actions(value) if isinstance(value, list) else value
            read = number(value) if kind.number and value is not None else None
            return value if read is None else read

    def action(self, action_type: str, *, window: str | None = None, figure: str = "actions") -> int | Decimal | None:
        """Return the figure of one action type; `None` if it did not happen, or was not asked for.

        `window` (`7d_click`, …) must be one that the query asked for in `action_attribution_windows`.

        >>> row = InsightsRow.from_api({"actions": [{"action_type": "purchase", "value": "3", "7d_click": "2"}]})
        >>> row.action("purchase"), row.action("purchase", window="7d_click"), row.action("lead")
        (3, 2, None)
        """
        actions = getattr(self, figure, None)
        if not isinstance(actions, Actions):
            return None
        return actions.get(action_type) if window is None else actions.window(action_type, window)

    def results(self, goal: str | None = None, *, event: str | None = None) -> int | Decimal | None:
        """Return how often happened what `goal` aims at; `None` if it did not, or if that is not known.

        `goal` is the ad set's `optimization_goal` or the campaign's `objective`; the row's own unless given. For
        OFFSITE_CONVERSIONS and VALUE say the ad set's `custom_event_type` as `event`; PURCHASE unless given.

        >>> InsightsRow.from_api({"actions": [{"action_type": "link_click", "value": "9"}]}).results("LINK_CLICKS")
        9
        """
        goal = goal or self.optimization_goal or self.objective
        return first_metric(self, result_metrics(goal, event)) if goal else None

    def cost_per_result(self, goal: str | None = None, *, event: str | None = None) -> Decimal | None:
        """Return spend divided by `results`, in major units; `None` if there was no result or no spend is known.

        >>> row = InsightsRow.from_api({"spend": "4.50", "reach": "9"})
        >>> row.cost_per_result("REACH")
        Decimal('0.50')
        """
        found = self.results(goal, event=event)
        return self.spend / found if found and self.spend is not None else None

    @property
    def roas(self) -> Decimal | None:
        """Value of purchases per unit of spend: Meta's own, or else purchase value divided by spend."""
        for kind in ("omni_purchase", "purchase"):
            told = self.action(kind, figure="purchase_roas")
            value = self.action(kind, figure="action_values")
            if told is not None:
                return Decimal(told)
            if value is not None and self.spend:
                return value / self.spend
        return None


@with_config(STRICT)
class DailyQuery(TypedDict, total=False):
    """What to report, of one day after the other. Meta: insights, Parameters; `api_facts.md` section 5."""

    level: Annotated[Level, Field(description="one row per what; the object's own level unless given")]
    breakdowns: list[Breakdown | str]
    action_breakdowns: list[ActionBreakdown | str]
    action_attribution_windows: list[ActionAttributionWindow | str]
    filtering: list[Filter]


@with_config(STRICT)
class InsightsQuery(DailyQuery, total=False):
    """What to report. Meta: insights, Parameters; `api_facts.md` section 5."""

    days: Annotated[int, Field(description="whole days up to yesterday", ge=1, le=1130)]
    date_preset: Annotated[DatePreset | str, Field(description="last_30d unless given")]
    time_range: TimeRange
    time_ranges: list[TimeRange]
    time_increment: Annotated[int | str, Field(description="days per row (1 to 90), monthly or all_days")]
    action_report_time: Annotated[
        Literal["conversion", "impression", "mixed"], Field(description="Meta ignores it since June 2025")
    ]
    sort: Annotated[list[str], Field(description='["spend_descending"]')]
    limit: Annotated[int, Field(description="rows per page, not in all", ge=1)]
    after: str
    default_summary: bool
    summary: Annotated[list[str], Field(description="fields to total over all rows, in the page's `summary`")]
    summary_action_breakdowns: list[ActionBreakdown | str]
    use_account_attribution_setting: bool
    use_unified_attribution_setting: Annotated[bool, Field(description="Meta ignores it since June 2025")]
    product_id_limit: int
