"""Insights. https://developers.facebook.com/docs/marketing-api/reference/ads-insights"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, cast, get_args

import msgspec
from msgspec import Raw
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from admonster_fb.enums import ActionAttributionWindow, ActionBreakdown, Breakdown, DatePreset, Level, OpenEnum
from admonster_fb.models._lazy import decoded, row_of
from admonster_fb.models._node import Node
from admonster_fb.models._params import Open, Params
from admonster_fb.models.common import Filter, TimeRange
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, by_type, parse_number

PARTS = tuple(sorted({*get_args(ActionBreakdown)} - {"action_type"}))
_NAMES = frozenset(PARTS) | {"action_type"}


def action_key(entry: Mapping[str, Any]) -> str:
    """Return the key of an entry: its action type, with the values of other action breakdowns in brackets."""
    kind = str(entry.get("action_type", ""))
    if len(entry) < 3 and kind:  # only a type and a value, as nearly always
        return kind
    parts = [str(entry[name]) for name in PARTS if entry.get(name) is not None]
    return f"{kind}[{','.join(parts)}]" if parts else kind


def entries(cell: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield key, attribution window and value of each figure in a list by type; "" is the default window.

    Keys are action types as in `action_key`, or indicators of Meta's results. A key that occurs again gets a number.
    All forms of a row (models, columns, text) read lists by this function.

    >>> [*entries([{"action_type": "purchase", "value": "3", "7d_click": "2"}])]
    [('purchase', '', '3'), ('purchase', '7d_click', '2')]
    >>> [*entries([{"indicator": "actions:lead", "values": [{"value": "5", "attribution_windows": ["default"]}]}])]
    [('actions:lead', '', '5')]
    """
    if not isinstance(cell, list):
        yield from () if cell is None else [("", "", cell)]
        return
    seen: set[tuple[str, str]] = set()
    for entry in cell:
        for key, window, value in _figures(entry, cell):
            unique, number = (key, window), 1
            while unique in seen:
                number += 1
                unique = (f"{key}#{number}", window)
            seen.add(unique)
            yield *unique, value


def _figures(entry: Any, cell: list[Any]) -> Iterator[tuple[str, str, Any]]:
    if not isinstance(entry, dict):
        yield from () if entry is None else [("", "", cell)]
    elif "indicator" in entry:
        values = entry.get("values") or ([entry] if "value" in entry else [{}])
        for part in _listed(values):
            part = part if isinstance(part, dict) else {"value": part}
            windows = ",".join(map(str, _listed(part.get("attribution_windows") or [])))
            yield str(entry["indicator"]), "" if windows == "default" else windows, part.get("value")
    else:
        key = action_key(entry)
        if entry.get("value") is not None:
            yield key, "", entry["value"]
        others = (name for name in entry if name != "value" and name not in _NAMES)
        yield from ((key, name, entry[name]) for name in others if entry[name] is not None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    action_type: str
    value: str


_ENTRIES = msgspec.json.Decoder(list[_Entry])


class Actions(Mapping[str, int | Decimal]):
    """Values by action type, or by indicator of Meta's results, in the default attribution window.

    Types overlap (`purchase` contains those of the pixel, of the app, …): never add them up. `raw` is Meta's list.

    >>> Actions([{"action_type": "purchase", "value": "3", "7d_click": "2"}])["purchase"]
    3
    """

    __slots__ = ("_figures", "_raw")

    def __init__(self, raw: list[Any] | bytes) -> None:
        self._raw = raw
        self._figures: dict[str, dict[str, int | Decimal]] | None = None

    @property
    def raw(self) -> list[Any]:
        """Meta's list. It is decoded when it is first read: few of a report's many lists ever are."""
        raw = self._raw
        if not isinstance(raw, bytes):
            return raw
        try:
            self._raw = json.loads(raw)
        except ValueError:
            self._raw = [raw.decode("utf-8", "replace")]
        return cast("list[Any]", self._raw)

    def _values(self, window: str = "") -> dict[str, int | Decimal]:
        if self._figures is None:
            self._figures = self._plain_figures() or self._all_figures()
        return self._figures.get(window, {})

    def _plain_figures(self) -> dict[str, dict[str, int | Decimal]] | None:
        """Return the figures of an encoded list whose entries are a type and a whole or decimal number each."""
        raw = self._raw  # once: another thread may decode it meanwhile
        if not isinstance(raw, bytes):
            return None
        try:
            plain = _ENTRIES.decode(raw)
        except ValueError:
            return None
        figures = {
            each.action_type: int(value)
            if (value := each.value).isdecimal() and value.isascii()
            else parse_number(value)
            for each in plain
        }
        if len(figures) < len(plain) or None in figures.values() or "" in figures:
            return None
        return {"": cast("dict[str, int | Decimal]", figures)}

    def _all_figures(self) -> dict[str, dict[str, int | Decimal]]:
        figures: dict[str, dict[str, int | Decimal]] = {"": {}}
        for key, within, value in entries(self.raw):
            if (number := parse_number(value)) is not None:
                figures.setdefault(within, {})[key] = number
        return figures

    def __getitem__(self, action_type: str) -> int | Decimal:
        return self._values()[action_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __eq__(self, other: object) -> bool:
        raw = other.raw if isinstance(other, Actions) else other
        return self.raw == raw if isinstance(raw, list) else self._values() == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Actions({self._values()!r})"

    def window(self, action_type: str, window: str) -> int | Decimal | None:
        """Return the value within an attribution window, which the query must have requested."""
        return self._values(window).get(action_type)

    def whole(self, action_type: str, window: str = "") -> int | Decimal | None:
        """Return the value of a type, the sum of its parts if an action breakdown has split it.

        >>> Actions([{"action_type": "lead", "action_device": name, "value": "2"} for name in "ab"]).whole("lead")
        4
        """
        values = self._values(window)
        if action_type in values:
            return values[action_type]
        parts = [value for key, value in values.items() if key.startswith(f"{action_type}[")]
        return sum(parts) if parts else None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a list without validating its entries: reports have hundreds of thousands of rows."""
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda cell: getattr(cell, "raw", cell)),
        )

    @classmethod
    def _read(cls, value: Any) -> Actions:
        if value.__class__ is list or value.__class__ is bytes:
            return cls(value)
        if isinstance(value, Actions):
            return value
        raise ValueError("a list of actions")


_SAME_NAME = (
    *("PURCHASE", "LEAD", "ADD_TO_CART", "ADD_PAYMENT_INFO", "ADD_TO_WISHLIST", "COMPLETE_REGISTRATION", "SEARCH"),
    *("CONTACT", "SCHEDULE", "SUBSCRIBE", "START_TRIAL", "SUBMIT_APPLICATION", "FIND_LOCATION", "CUSTOMIZE_PRODUCT"),
    "DONATE",
)
EVENT_ACTIONS = {
    **{event: event.lower() for event in _SAME_NAME},
    "CONTENT_VIEW": "view_content",
    "INITIATED_CHECKOUT": "initiate_checkout",
}
"""The name in action types of each `custom_event_type`."""
_BY_EVENT = frozenset({"OFFSITE_CONVERSIONS", "VALUE", "ONSITE_CONVERSIONS", "OUTCOME_SALES"})
_OMNI_NAMES = {"initiate_checkout": "initiated_checkout"}


def action_names(action: str) -> tuple[str, ...]:
    """Return the action types that count an event, in the order in which all figures look for them.

    The first counts everywhere, the second what Meta adds up under the plain name, the third the website's pixel.

    >>> action_names("purchase")
    ('omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase')
    """
    more = ("onsite_conversion.lead_grouped", "leadgen_grouped") if action == "lead" else ()
    return (f"omni_{_OMNI_NAMES.get(action, action)}", action, f"offsite_conversion.fb_pixel_{action}", *more)


def event_metrics(action: str) -> tuple[str, ...]:
    """Return the metrics that count an event, in the order of `action_names`."""
    return tuple(f"actions.{name}" for name in action_names(action))


# Several metrics of a goal count the same actions more or less widely: the first one present is used, never a sum.
_CLICKS = ("actions.link_click", "inline_link_clicks")
_FORMS = ("actions.onsite_conversion.lead_grouped", "actions.leadgen_grouped", "actions.lead")
_INSTALLS = ("actions.omni_app_install", "actions.mobile_app_install")
RESULT_METRICS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("REACH", "OUTCOME_AWARENESS"), ("reach",)),
    "IMPRESSIONS": ("impressions",),
    "AD_RECALL_LIFT": ("estimated_ad_recallers",),
    **dict.fromkeys(("LINK_CLICKS", "OUTCOME_TRAFFIC"), _CLICKS),
    "LANDING_PAGE_VIEWS": ("actions.omni_landing_page_view", "actions.landing_page_view"),
    **dict.fromkeys(("POST_ENGAGEMENT", "OUTCOME_ENGAGEMENT"), ("actions.post_engagement",)),
    "PAGE_LIKES": ("actions.like",),
    "EVENT_RESPONSES": ("actions.rsvp",),
    "THRUPLAY": ("video_thruplay_watched_actions.video_view",),
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS": ("video_continuous_2_sec_watched_actions.video_view",),
    "CONVERSATIONS": ("actions.onsite_conversion.messaging_conversation_started_7d",),
    **dict.fromkeys(("LEAD_GENERATION", "QUALITY_LEAD"), _FORMS),
    **dict.fromkeys(("APP_INSTALLS", "APP_INSTALLS_AND_OFFSITE_CONVERSIONS", "OUTCOME_APP_PROMOTION"), _INSTALLS),
    "PROFILE_VISIT": ("instagram_profile_visits",),
    "OUTCOME_LEADS": event_metrics("lead"),
}


def result_metrics(goal: str, event: str | None = None) -> tuple[str, ...]:
    """Return the metrics that count the results of a goal, the best one first; none for an unknown goal."""
    if goal not in _BY_EVENT:
        return RESULT_METRICS.get(goal, ())
    action = EVENT_ACTIONS.get(event or "PURCHASE")
    return event_metrics(action) if action else ()


def result_kind(goal: str, event: str | None = None) -> str:
    """Return the metric that names the results of a goal; empty for an unknown goal."""
    metrics = result_metrics(goal, event)
    plain = [name for name in metrics if goal in _BY_EVENT or goal == "OUTCOME_LEADS"][1:2]
    return next(iter((*plain, *metrics)), "")


class Result(NamedTuple):
    """The results of a row.

    >>> InsightsRow(reach=9, objective="REACH").result()
    Result(value=9, kind='reach', by_meta=False)
    """

    value: int | Decimal | None
    """Number of results; `None` if there were none, or if Meta has several that cannot be added up."""
    kind: str
    """The metric that counts them, such as `actions.lead`; "" if it is not known."""
    by_meta: bool
    """Whether the number is Meta's own `results`; otherwise it is read from the metrics of the goal."""


def first_metric(row: InsightsRow, metrics: Sequence[str]) -> int | Decimal | None:
    """Return the first of the metrics that a row has."""
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

    NOT_REQUESTED: ClassVar = frozenset(
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
    results: Actions | None = None
    """Meta's own count of results, by indicator such as `actions:lead`; a row's `result()` reads it."""
    cost_per_result: Actions | None = None
    """Spend per result as Meta counts them, by indicator, in major units."""
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
            row = row_of(self)
            if name not in FIELDS or name in type(self).model_fields:
                return super().__getattr__(name)  # a declared field that pydantic has to read, or has just read
            value = (self.__pydantic_extra__ or {}).get(name) if row is None else getattr(row, name, None)
            kind = FIELD_KINDS[FIELDS[name].kind]
            if kind.by_type:
                if value.__class__ is Raw and bytes(value).startswith(b"["):
                    return self._read_list(value)
                return Actions(value) if isinstance(value, list) else decoded(value)
            value = decoded(value)
            parsed = parse_number(value) if kind.number and value is not None else None
            return value if parsed is None else parsed

    LISTS: ClassVar = frozenset(
        {"actions", "cost_per_action_type", "action_values", "purchase_roas", "results", "cost_per_result"}
    )

    @classmethod
    def _is_text(cls, name: str) -> bool:
        plain = name not in cls.model_fields and name in FIELDS and FIELDS[name].kind != "histogram"
        return not by_type(name) if plain else super()._is_text(name)

    @staticmethod
    def _read_list(cell: Any) -> Actions:
        body = bytes(cell)
        if not body.startswith(b"["):
            raise ValueError
        return Actions(body)

    def _store_misfit(self, name: str, value: Any) -> None:
        if isinstance(value, str) and name in FIELDS and FIELD_KINDS[FIELDS[name].kind].by_type:
            self.__dict__[name] = value  # Meta sends `results` as one number too
        else:
            super()._store_misfit(name, value)

    def action(self, action_type: str, *, window: str | None = None, figure: str = "actions") -> int | Decimal | None:
        """Return the value of an action type; `None` if there was no such action, or it was not requested.

        `window` (`7d_click`, …) must be one that the query requested in `action_attribution_windows`; `figure` is the
        list of actions to read. A type that an action breakdown has split is the sum of its parts, where they add up.

        >>> row = InsightsRow.from_api({"actions": [{"action_type": "purchase", "value": "3", "7d_click": "2"}]})
        >>> row.action("purchase"), row.action("purchase", window="7d_click"), row.action("lead")
        (3, 2, None)
        """
        actions = getattr(self, figure, None)
        if not isinstance(actions, Actions):
            return None
        adds_up = figure in FIELDS and FIELDS[figure].additive
        return (actions.whole if adds_up else actions.window)(action_type, window or "")

    def result(self, goal: str | None = None, *, event: str | None = None) -> Result | None:
        """Return the number of results and what they are; `None` if the goal is unknown and Meta has not counted.

        Meta's own `results` are used if the query requested them, unless they are of another kind than `goal`.
        Otherwise the first metric of the goal that the row has counts. Attribution windows are never added up.
        `goal` is the ad set's `optimization_goal` or the campaign's `objective`. Default: the row's own. For
        OFFSITE_CONVERSIONS and VALUE pass the ad set's `custom_event_type` as `event`. Default: PURCHASE.

        >>> row = InsightsRow.from_api({"actions": [{"action_type": "link_click", "value": "9"}]})
        >>> row.result("LINK_CLICKS").value
        9
        """
        goal_name = goal or self.optimization_goal or self.objective or ""
        metrics = result_metrics(goal_name, event)
        kind, value = _only(self.results)
        if kind is not None and (not goal or kind in ("", *metrics)):
            return Result(value, kind or (result_kind(goal_name, event) if value is not None else ""), by_meta=True)
        return Result(first_metric(self, metrics), result_kind(goal_name, event), by_meta=False) if metrics else None

    def result_cost(self, goal: str | None = None, *, event: str | None = None) -> Decimal | None:
        """Return the cost per result, in major units: Meta's own, or else spend divided by `result`.

        >>> row = InsightsRow.from_api({"spend": "4.50", "reach": "9"})
        >>> row.result_cost("REACH")
        Decimal('0.50')
        """
        result = self.result(goal, event=event)
        cost = _only(self.cost_per_result)[1] if (result is None or result.by_meta) and not goal else None
        if cost is not None:
            return Decimal(cost)
        return self.spend / result.value if result and result.value and self.spend is not None else None

    @property
    def roas(self) -> Decimal | None:
        """Value of purchases per unit of spend: Meta's own value, or else purchase value divided by spend.

        >>> InsightsRow.from_api({"purchase_roas": [{"action_type": "omni_purchase", "value": "3.2"}]}).roas
        Decimal('3.2')
        """
        for kind in action_names("purchase"):
            roas = self.action(kind, figure="purchase_roas")
            value = self.action(kind, figure="action_values")
            if roas is not None:
                return Decimal(roas)
            if value is not None and self.spend:
                return value / self.spend
        return None


def _only(cell: Any) -> tuple[str | None, int | Decimal | None]:
    """Return metric and value of a list by indicator: no metric without a list, no value if there are several."""
    found = [*entries(cell.raw if isinstance(cell, Actions) else cell)]
    values = [(key, window, value) for key, window, value in found if value is not None] or found
    default = [each for each in values if not each[1]] or values
    kinds = {key for key, *_ in found}
    kind = kinds.pop().replace(":", ".", 1) if len(kinds) == 1 else "" if kinds else None
    return kind, parse_number(default[0][2]) if len(default) == 1 and len({key for key, *_ in values}) == 1 else None


class DailyQuery(Params, total=False):
    """What to report, for each day. Meta: insights, Parameters (`docs/meta-rules.md#insights`).

    >>> query: DailyQuery = {"level": "ad", "breakdowns": ["age", "gender"]}
    """

    level: Level
    """Objects that rows are about. Default: the object's own level."""
    breakdowns: list[OpenEnum[Breakdown]]
    """Dimensions that split the rows, such as age."""
    action_breakdowns: list[OpenEnum[ActionBreakdown]]
    """Dimensions that split the lists of actions."""
    action_attribution_windows: list[OpenEnum[ActionAttributionWindow]]
    """Attribution windows to report separately, such as 7d_click."""
    filtering: list[Filter]
    """Conditions on the rows."""


class InsightsQuery(DailyQuery, total=False):
    """What to report. Meta: insights, Parameters (`docs/meta-rules.md#insights`).

    >>> query: InsightsQuery = {"days": 7, "level": "campaign", "sort": ["spend_descending"]}
    """

    days: Annotated[int, Field(ge=1, le=1130)]
    """Whole days up to yesterday."""
    date_preset: OpenEnum[DatePreset]
    """Named window of days. Default: last_30d."""
    time_range: TimeRange
    """Window of days."""
    time_ranges: list[TimeRange]
    """Several windows; a row for each."""
    time_increment: int | str
    """Days per row (1 to 90), "monthly" or "all_days"."""
    action_report_time: Annotated[Literal["conversion", "impression", "mixed"], Open()]
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
    summary_action_breakdowns: list[OpenEnum[ActionBreakdown]]
    """Dimensions that split the lists of actions in the summary."""
    use_account_attribution_setting: bool
    """Whether to use the attribution windows of the account."""
    use_unified_attribution_setting: bool
    """Whether to use those of the ad sets; Meta ignores it since June 2025."""
    product_id_limit: int
    """Maximum number of products with the breakdown product_id."""
