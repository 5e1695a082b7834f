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
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, parse_number

PARTS = tuple(sorted({*get_args(ActionBreakdown)} - {"action_type"}))
_NAMES = frozenset(PARTS) | {"action_type"}


def action_key(entry: Mapping[str, Any]) -> str:
    """Return the key of an entry: its action type, with the values of other action breakdowns in brackets.

    >>> action_key({"action_type": "post_reaction", "action_reaction": "wow", "value": "1"})
    'post_reaction[wow]'
    """
    kind = str(entry.get("action_type", ""))
    if len(entry) < 3:  # only a type and a value, as nearly always
        return kind
    parts = [str(entry[name]) for name in PARTS if entry.get(name) is not None]
    return f"{kind}[{','.join(parts)}]" if parts else kind


def action_windows(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attribution windows that an entry has separate values for.

    >>> [*action_windows({"action_type": "purchase", "value": "3", "7d_click": "2"})]
    ['7d_click']
    """
    return (name for name in entry if name != "value" and name not in _NAMES)


class Actions(Mapping[str, int | Decimal]):
    """Values by action type in the default attribution window; types without an action are absent.

    Types overlap (`purchase` contains those of the pixel, of the app, …): never add them up. `raw` is Meta's list.

    >>> Actions([{"action_type": "purchase", "value": "3", "7d_click": "2"}])["purchase"]
    3
    """

    __slots__ = ("_by_type", "raw")

    def __init__(self, raw: list[Any]) -> None:
        self.raw = raw
        self._by_type: dict[str, int | Decimal] | None = None

    def _values(self) -> dict[str, int | Decimal]:
        if self._by_type is None:
            entries = (entry for entry in self.raw if isinstance(entry, dict))
            values = ((action_key(entry), parse_number(entry.get("value"))) for entry in entries)
            self._by_type = {name: value for name, value in values if value is not None}
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
        """Return the value within an attribution window, which the query must have requested.

        >>> Actions([{"action_type": "purchase", "value": "3", "7d_click": "2"}]).window("purchase", "7d_click")
        2
        """
        found = (entry for entry in self.raw if isinstance(entry, dict) and action_key(entry) == action_type)
        return parse_number(next(found, {}).get(window))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a list without validating its entries: reports have hundreds of thousands of rows."""
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
"""The name in action types of each `custom_event_type`."""
_BY_EVENT = frozenset({"OFFSITE_CONVERSIONS", "VALUE", "ONSITE_CONVERSIONS", "OUTCOME_SALES"})

# Several metrics of a goal count the same actions more or less widely: the first one present is used, never a sum.
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
    """Return the metrics that count the results of a goal, the best one first; none for an unknown goal.

    >>> result_metrics("OFFSITE_CONVERSIONS", "LEAD")[0]
    'actions.lead'
    """
    if goal not in _BY_EVENT:
        return RESULT_METRICS.get(goal, ())
    action = EVENT_ACTIONS.get(event or "PURCHASE")
    return (
        (f"actions.{action}", f"actions.omni_{action}", f"actions.offsite_conversion.fb_pixel_{action}")
        if action
        else ()
    )


def first_metric(row: InsightsRow, metrics: Sequence[str]) -> int | Decimal | None:
    """Return the first of the metrics that a row has.

    >>> first_metric(InsightsRow(reach=9), ["actions.lead", "reach"])
    9
    """
    for name in metrics:
        figure, _, action_type = name.partition(".")
        value = row.action(action_type, figure=figure) if action_type else getattr(row, figure, None)
        if isinstance(value, int | Decimal):
            return value
    return None


class InsightsRow(Node):
    """Metrics of one object in one window of days. Money is in major units of `account_currency`; ctr is in percent.

    Meta omits a metric that is zero or unknown: it is `None`, not 0. All fields that `fb.insights.describe` knows have
    their type, also those not declared here.

    >>> InsightsRow.from_api({"spend": "4.50", "unique_clicks": "3"}).unique_clicks
    3
    """

    NOT_ASKED: ClassVar = frozenset(
        {"campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name", "objective"}
        | {"age", "gender", "country", "region", "publisher_platform", "platform_position"}
        | {"impression_device", "device_platform", "action_values", "purchase_roas"}
    )
    """Names of objects above or below the requested level, breakdowns, and less common metrics."""

    date_start: str | None = None
    """First day, YYYY-MM-DD in the account's time zone."""
    date_stop: str | None = None
    """Last day, included, YYYY-MM-DD in the account's time zone."""
    account_id: str | None = None
    """ID of the ad account, without `act_`."""
    account_name: str | None = None
    """Name of the ad account."""
    account_currency: str | None = None
    """ISO code of the currency of all amounts."""
    campaign_id: str | None = None
    """ID of the campaign."""
    campaign_name: str | None = None
    """Name of the campaign."""
    adset_id: str | None = None
    """ID of the ad set."""
    adset_name: str | None = None
    """Name of the ad set."""
    ad_id: str | None = None
    """ID of the ad."""
    ad_name: str | None = None
    """Name of the ad."""
    objective: str | None = None
    """Objective of the campaign."""
    impressions: int | None = None
    """Times an ad was on screen for the first time."""
    reach: int | None = None
    """People who saw an ad, an estimate. Cannot be added up over rows."""
    frequency: Decimal | None = None
    """Impressions per person reached."""
    clicks: int | None = None
    """Clicks of any kind on the ad."""
    inline_link_clicks: int | None = None
    """Clicks on links to the advertiser's destinations, 1-day click window."""
    spend: Decimal | None = None
    """Money spent, in major units; an estimate until the account is billed."""
    cpc: Decimal | None = None
    """Spend per click of any kind, in major units."""
    cpm: Decimal | None = None
    """Spend per 1,000 impressions, in major units."""
    ctr: Decimal | None = None
    """Clicks of any kind per 100 impressions (percent)."""
    actions: Actions | None = None
    """Actions by type. Types overlap, as `purchase` and `offsite_conversion.fb_pixel_purchase`: never add them up."""
    cost_per_action_type: Actions | None = None
    """Spend per action by type, in major units."""
    action_values: Actions | None = None
    """Value of the actions by type, in major units; types overlap."""
    purchase_roas: Actions | None = None
    """Value of purchases per unit of spend."""
    age: str | None = None
    """Breakdown: age range."""
    gender: str | None = None
    """Breakdown: male, female or unknown."""
    country: str | None = None
    """Breakdown: ISO code of the country."""
    region: str | None = None
    """Breakdown: name of the region."""
    publisher_platform: str | None = None
    """Breakdown: facebook, instagram, audience_network, messenger, threads, …"""
    platform_position: str | None = None
    """Breakdown: placement within the platform."""
    impression_device: str | None = None
    """Breakdown: device on which the ad was seen."""
    device_platform: str | None = None
    """Breakdown: mobile or desktop."""

    if TYPE_CHECKING:  # the most common of the fields that are read by their kind
        optimization_goal: str | None = None
        """Optimization goal of the ad set."""
        attribution_setting: str | None = None
        """Attribution windows of the ad set, or mixed."""
        unique_clicks: int | None = None
        """People who clicked anywhere on the ad, an estimate."""
        unique_inline_link_clicks: int | None = None
        """People who clicked a link of the ad, an estimate."""
        inline_post_engagement: int | None = None
        """All engagement with the ad, 1-day click window."""
        cpp: Decimal | None = None
        """Spend per 1,000 people reached, in major units."""
        unique_ctr: Decimal | None = None
        """People who clicked per 100 people reached (percent)."""
        inline_link_click_ctr: Decimal | None = None
        """Link clicks per 100 impressions (percent)."""
        cost_per_inline_link_click: Decimal | None = None
        """Spend per link click, in major units."""
        unique_actions: Actions | None = None
        """People with an action, by type."""
        conversions: Actions | None = None
        """Conversions by standard and custom event."""
        conversion_values: Actions | None = None
        """Value of the conversions, in major units."""
        outbound_clicks: Actions | None = None
        """Clicks that lead off Meta's apps."""
        cost_per_outbound_click: Actions | None = None
        """Spend per click that leads off Meta's apps, in major units."""
        video_thruplay_watched_actions: Actions | None = None
        """Video plays to the end, or of at least 15 seconds."""
        website_purchase_roas: Actions | None = None
        """Value of website purchases per unit of spend."""
    else:

        def __getattr__(self, name: str) -> Any:
            """Return a field that is not declared by its kind: numbers as numbers, `None` if Meta omitted it."""
            if name not in FIELDS:
                return super().__getattr__(name)
            value = (self.__pydantic_extra__ or {}).get(name)
            kind = FIELD_KINDS[FIELDS[name].kind]
            if kind.by_type:
                return Actions(value) if isinstance(value, list) else value
            parsed = parse_number(value) if kind.number and value is not None else None
            return value if parsed is None else parsed

    def action(self, action_type: str, *, window: str | None = None, figure: str = "actions") -> int | Decimal | None:
        """Return the value of an action type; `None` if there was no such action, or it was not requested.

        `window` (`7d_click`, …) must be one that the query requested in `action_attribution_windows`; `figure` is the
        list of actions to read.

        >>> row = InsightsRow.from_api({"actions": [{"action_type": "purchase", "value": "3", "7d_click": "2"}]})
        >>> row.action("purchase"), row.action("purchase", window="7d_click"), row.action("lead")
        (3, 2, None)
        """
        actions = getattr(self, figure, None)
        if not isinstance(actions, Actions):
            return None
        return actions.get(action_type) if window is None else actions.window(action_type, window)

    def results(self, goal: str | None = None, *, event: str | None = None) -> int | Decimal | None:
        """Return the number of results of a goal; `None` if there were none, or the goal is unknown.

        `goal` is the ad set's `optimization_goal` or the campaign's `objective`. Default: the row's own. For
        OFFSITE_CONVERSIONS and VALUE pass the ad set's `custom_event_type` as `event`. Default: PURCHASE.

        >>> InsightsRow.from_api({"actions": [{"action_type": "link_click", "value": "9"}]}).results("LINK_CLICKS")
        9
        """
        goal = goal or self.optimization_goal or self.objective
        return first_metric(self, result_metrics(goal, event)) if goal else None

    def cost_per_result(self, goal: str | None = None, *, event: str | None = None) -> Decimal | None:
        """Return spend divided by `results`, in major units; `None` without results or spend.

        >>> row = InsightsRow.from_api({"spend": "4.50", "reach": "9"})
        >>> row.cost_per_result("REACH")
        Decimal('0.50')
        """
        results = self.results(goal, event=event)
        return self.spend / results if results and self.spend is not None else None

    @property
    def roas(self) -> Decimal | None:
        """Value of purchases per unit of spend: Meta's own value, or else purchase value divided by spend.

        >>> InsightsRow.from_api({"purchase_roas": [{"action_type": "omni_purchase", "value": "3.2"}]}).roas
        Decimal('3.2')
        """
        for kind in ("omni_purchase", "purchase"):
            roas = self.action(kind, figure="purchase_roas")
            value = self.action(kind, figure="action_values")
            if roas is not None:
                return Decimal(roas)
            if value is not None and self.spend:
                return value / self.spend
        return None


@with_config(STRICT)
class DailyQuery(TypedDict, total=False):
    """What to report, for each day. Meta: insights, Parameters (`docs/meta-rules.md#insights`).

    >>> query: DailyQuery = {"level": "ad", "breakdowns": ["age", "gender"]}
    """

    level: Level
    """Objects that rows are about. Default: the object's own level."""
    breakdowns: list[Breakdown | str]
    """Dimensions that split the rows, such as age."""
    action_breakdowns: list[ActionBreakdown | str]
    """Dimensions that split the lists of actions."""
    action_attribution_windows: list[ActionAttributionWindow | str]
    """Attribution windows to report separately, such as 7d_click."""
    filtering: list[Filter]
    """Conditions on the rows."""


@with_config(STRICT)
class InsightsQuery(DailyQuery, total=False):
    """What to report. Meta: insights, Parameters (`docs/meta-rules.md#insights`).

    >>> query: InsightsQuery = {"days": 7, "level": "campaign", "sort": ["spend_descending"]}
    """

    days: Annotated[int, Field(ge=1, le=1130)]
    """Whole days up to yesterday, 1 to 1130."""
    date_preset: DatePreset | str
    """Named window of days. Default: last_30d."""
    time_range: TimeRange
    """Window of days."""
    time_ranges: list[TimeRange]
    """Several windows; a row for each."""
    time_increment: int | str
    """Days per row (1 to 90), "monthly" or "all_days"."""
    action_report_time: Literal["conversion", "impression", "mixed"]
    """When actions count; Meta ignores it since June 2025."""
    sort: list[str]
    """Order of the rows: ["spend_descending"]."""
    limit: Annotated[int, Field(ge=1)]
    """Rows per page, not in total."""
    after: str
    """Cursor of the page to continue after."""
    default_summary: bool
    """Whether the page's `summary` totals the fields over all rows."""
    summary: list[str]
    """Fields to total over all rows, in the page's `summary`."""
    summary_action_breakdowns: list[ActionBreakdown | str]
    """Dimensions that split the lists of actions in the summary."""
    use_account_attribution_setting: bool
    """Whether to use the attribution windows of the account."""
    use_unified_attribution_setting: bool
    """Whether to use those of the ad sets; Meta ignores it since June 2025."""
    product_id_limit: int
    """Maximum number of products with the breakdown product_id."""
