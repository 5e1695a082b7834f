"""Rules of insights queries: what Meta refuses, or answers with nothing, and what it accepts instead.

Breakdowns that are not named here are left to Meta. Source: `docs/meta-rules.md#insights`, `#breakdowns`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, get_args

from admonster_fb.enums import ActionAttributionWindow, ActionBreakdown, Breakdown
from admonster_fb.errors import Violation
from admonster_fb.models.insights import dates
from admonster_fb.models.insights.fields import FIELDS
from admonster_fb.rules import core
from admonster_fb.rules.core import rule

HOURLY = frozenset({"hourly_stats_aggregated_by_advertiser_time_zone", "hourly_stats_aggregated_by_audience_time_zone"})
_ASSETS = ("ad_format", "body", "call_to_action", "description", "image", "link_url", "title", "video")
ASSETS = frozenset(f"{name}_asset" for name in _ASSETS)
NOT_FOR_ACCOUNTS = frozenset({"image_asset", "video_asset", "place_page_id"})
ASSET_METRICS = frozenset({"impressions", "clicks", "spend", "reach", "actions", "action_values"})
PLATFORMS = ("publisher_platform", "platform_position", "impression_device")
CARDS = frozenset({"action_carousel_card_id", "action_carousel_card_name"})

# The combinations that Meta documents, and those with device_platform, which it accepts too.
COMBINATIONS: tuple[tuple[str, ...], ...] = (
    *(("age",), ("gender",), ("age", "gender"), ("country",), ("region",), ("comscore_market",), ("product_id",)),
    *(PLATFORMS[:1], PLATFORMS[:2], PLATFORMS, ("publisher_platform", "impression_device")),
    *(("device_platform",), ("publisher_platform", "device_platform"), (*PLATFORMS[:2], "device_platform")),
    *((name,) for name in sorted(HOURLY)),
    *((name,) for name in sorted(ASSETS)),
    *(("frequency_value",), ("place_page_id",), ("mmm",), ("app_id", "skan_conversion_id")),
)
_LEGAL = frozenset(frozenset(names) for names in COMBINATIONS)
_CHECKED = frozenset().union(*_LEGAL) | {"impression_device"}
WITH_CARDS = (("impression_device",), ("country",), ("age",), ("gender",), ("age", "gender"))
ALONE_IN_ACTIONS = (
    frozenset({"device_platform", "comscore_market", "frequency_value", "place_page_id", "mmm", "app_id"}) | ASSETS
)
"""Breakdowns that combine with no action breakdown except `action_type`, which is always present."""

_WINDOWS = frozenset(get_args(ActionAttributionWindow))
_BREAKDOWNS = frozenset(get_args(Breakdown))
_SPLITS = frozenset(get_args(ActionBreakdown))
OPERATORS = (
    *("EQUAL", "NOT_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL"),
    *("IN_RANGE", "NOT_IN_RANGE", "CONTAIN", "NOT_CONTAIN", "IN", "NOT_IN", "STARTS_WITH", "ENDS_WITH"),
    *("ANY", "ALL", "NONE"),
)
_OPERATOR_SIGNS = {"=": "EQUAL", "==": "EQUAL", "!=": "NOT_EQUAL", ">": "GREATER_THAN", "<": "LESS_THAN"}
_OPERATOR_SIGNS |= {">=": "GREATER_THAN_OR_EQUAL", "<=": "LESS_THAN_OR_EQUAL"}
_OPERATOR_SIGNS |= {"GT": "GREATER_THAN", "LT": "LESS_THAN", "LIKE": "CONTAIN"}
_OPERATOR_SIGNS |= {"GTE": "GREATER_THAN_OR_EQUAL", "LTE": "LESS_THAN_OR_EQUAL"}
_OPERATOR_SIGNS |= {"IS": "EQUAL", "EQ": "EQUAL", "IS_NOT": "NOT_EQUAL", "NE": "NOT_EQUAL", "NEQ": "NOT_EQUAL"}
REPEATING = frozenset({"product_id"}) | {name for name in _BREAKDOWNS if name.startswith("product_")}
"""Breakdowns by product: Meta repeats what happened off its apps in each of their rows."""
GONE_WINDOWS = frozenset({"7d_view", "28d_view"})
LISTED_OPERATORS = frozenset({"IN", "NOT_IN", "IN_RANGE", "NOT_IN_RANGE", "ANY", "ALL", "NONE"})
_SORT = re.compile(r"([\w.]+?)(:[\w.]+?)?(?:[\s_-]+(asc|desc)[a-z]*)?", re.IGNORECASE)
PEOPLE = re.compile(r"reach|frequency|cpp|unique_\w+|cost_per_unique_\w+")
_UNIQUE_OR_VIDEO = re.compile(r"(?:cost_per_)?unique_\w+|video_\w+")
_QUARTERS = re.compile(r"video_p\d+_watched_actions")
DATE_PARAMETERS = ("time_ranges", "time_range", "days", "date_preset")
"""The parameters of time; Meta goes by the first of its own that is there."""
_ONE_DATE_PARAMETER = "one of days, date_preset, time_range and time_ranges"


@dataclass(frozen=True, slots=True)
class ValidatedQuery:
    """A query with valid types. `today` is the account's date; `fields` is empty if the caller named none."""

    params: Mapping[str, Any]
    fields: tuple[str, ...]
    of_account: bool
    today: date
    report: bool = False
    """Whether it is an asynchronous report."""

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The breakdowns, in the order given."""
        return tuple(map(str, self.params.get("breakdowns") or ()))

    @property
    def action_breakdowns(self) -> tuple[str, ...]:
        """The action breakdowns, in the order given."""
        return tuple(map(str, self.params.get("action_breakdowns") or ()))

    @property
    def level(self) -> str:
        """The level, or an empty text if it is not known."""
        return str(self.params.get("level") or ("account" if self.of_account else ""))


violations = partial(core.violations, "insights")
"""Return all violations of a query with valid types."""
doubts = partial(core.doubts, "insights")
"""Return the warnings about a query with valid types: what Meta answers with nothing, or may not know."""


def windows(query: Mapping[str, Any], today: date) -> tuple[dates.Window, ...]:
    """Return the date ranges of a query; none for invalid dates. `maximum` is 37 months, today included."""
    ranges = query.get("time_ranges") or ([query["time_range"]] if query.get("time_range") else None)
    if ranges is not None:
        parsed = [(_date(span["since"]), _date(span["until"])) for span in ranges]
        return tuple((since, until) for since, until in parsed if since and until)
    if query.get("days"):
        return (dates.last(query["days"], today),)
    if query.get("date_preset") in ("maximum", "data_maximum"):
        return ((dates.months_before(today, dates.TOTALS_MONTHS), today),)
    preset = dates.PRESETS.get(str(query.get("date_preset") or "last_30d"))
    return (preset(today),) if preset else ()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@rule("insights-one-time", "insights", "L days is this library's, and its window another one")
def _one_time(query: ValidatedQuery) -> Iterator[Violation]:
    named = [name for name in DATE_PARAMETERS if query.params.get(name) is not None]
    if len(named) > 1 and "days" in named:
        yield from (Violation(name, query.params[name], _ONE_DATE_PARAMETER) for name in named)
    elif len(named) > 1:
        for name in named[1:]:
            yield Violation(name, query.params[name], f"Meta goes by {named[0]} and ignores {name} with it", _DATES)
    if "time_ranges" in named and query.params.get("time_increment") not in (None, "all_days"):
        why = "no time_increment with time_ranges (each range is one row); or time_range with time_increment"
        yield Violation("time_increment", query.params["time_increment"], why, _DATES)


_DATES = "F insights"


@rule("insights-dates", "insights", "D Insights parameters")
def _dates(query: ValidatedQuery) -> Iterator[Violation]:
    ranges = [("time_range", query.params["time_range"])] if query.params.get("time_range") else []
    ranges += [(f"time_ranges.{n}", span) for n, span in enumerate(query.params.get("time_ranges") or ())]
    for name, span in ranges:
        days = {part: _date(span[part]) for part in ("since", "until")}
        for part, day in days.items():
            if day is None:
                yield Violation(f"{name}.{part}", span[part], "a day of the calendar, YYYY-MM-DD")
        since, until = days["since"], days["until"]
        if since and until and since > until:
            yield Violation(f"{name}.since", span["since"], f"a day not after until ({until})")


@rule("insights-preset", "insights", "R (#100) last_30_days is not a valid date_preset")
def _preset(query: ValidatedQuery) -> Iterator[Violation]:
    name = query.params.get("date_preset")
    if name is not None and name not in dates.PRESETS and name not in ("maximum", "data_maximum"):
        text = re.sub(r"\W+", "_", str(name).strip()).lower()
        text = re.sub(r"^(?:last|past)_(\d+)_?d(?:ays)?$", r"last_\1d", text)
        near = _PRESETS.get(text) or difflib.get_close_matches(text, [*dates.PRESETS, "maximum"], n=2)
        allowed = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join([*dates.PRESETS, 'maximum'])}"
        yield Violation("date_preset", name, f"{allowed}, or days=N", "" if near else NEW)


_PRESETS = dict.fromkeys(("lifetime", "all_time", "all"), ("maximum",))
"""Presets that people name by another word; Meta has refused `lifetime`."""
NEW = "S AdsInsights"  # the evidence about a value that the SDK's lists do not have: it may be new


@rule("insights-increment", "insights", "D Insights parameters")
def _increment(query: ValidatedQuery) -> Iterator[Violation]:
    step = query.params.get("time_increment")
    named = step is None or step in ("monthly", "all_days")
    if not named and not (re.fullmatch("[1-9][0-9]?", str(step)) and int(str(step)) <= 90):
        yield Violation("time_increment", step, "1 to 90 days, monthly or all_days")


@rule("insights-level", "insights", "R 1/99")
def _level(query: ValidatedQuery) -> Iterator[Violation]:
    if query.params.get("level") == "account" and not query.of_account:
        yield Violation("level", "account", "campaign, adset or ad (or no level): not above the object; Meta: 1/99")


_WINDOW = re.compile(r"(\d+)[\s_-]*d(?:ays?)?[\s_-]*(click|view|e)[a-z\s_-]*", re.IGNORECASE)


def _window(name: str) -> str:
    """Return the window that a misspelt one means; empty for one that Meta knows, or that is like none."""
    if name in _WINDOWS:
        return ""
    found = _WINDOW.fullmatch(name.strip())
    kind = found[2].lower() if found else ""
    known = f"{found[1]}d_{'ev' if kind == 'e' else kind}" if found else ""
    near = known or "".join(difflib.get_close_matches(name, _WINDOWS, n=1))
    return near if near in _WINDOWS else ""


@rule("insights-attribution", "insights", core.MISSPELT)
def _attribution(query: ValidatedQuery) -> Iterator[Violation]:
    for number, window in enumerate(query.params.get("action_attribution_windows") or ()):
        field, meant = f"action_attribution_windows.{number}", _window(str(window))
        if meant in GONE_WINDOWS:
            yield Violation(field, window, f"{_LIVE_WINDOWS} ({meant} {_GONE_SINCE})")
        elif meant:
            yield Violation(field, window, f"did you mean {meant}?")
        elif window in GONE_WINDOWS:
            yield Violation(field, window, f"{_LIVE_WINDOWS}: {window} {_GONE_SINCE}", "F insights")


_LIVE_WINDOWS = "1d_view, 1d_ev, 1d_click, 7d_click or 28d_click"
_GONE_SINCE = "is answered with nothing since 12 January 2026, and without an error"


@rule("insights-market", "insights", "D Out-of-cycle changes")
def _market(query: ValidatedQuery) -> Iterator[Violation]:
    if "dma" in query.breakdowns:
        yield Violation("breakdowns", "dma", "comscore_market, by which Meta replaced it on 22 June 2026")


@rule("insights-combination", "insights", "D Breakdowns; R 2/1504041")
def _combination(query: ValidatedQuery) -> Iterator[Violation]:
    chosen = frozenset(query.breakdowns)
    if not chosen or not chosen <= _CHECKED or chosen in _LEGAL:
        return
    if chosen == {"impression_device"} and any(name.startswith("action_") for name in _beyond_type(query)):
        return
    fitting = [" + ".join(names) for names in COMBINATIONS if chosen & {*names}]
    allowed = f"one of these combinations: {'; '.join(fitting)} (Meta: 2/1504041 or 100)"
    yield Violation("breakdowns", [*query.breakdowns], allowed)


def _beyond_type(query: ValidatedQuery) -> list[str]:
    return [name for name in query.action_breakdowns if name != "action_type"]


@rule("insights-actions", "insights", "D Breakdowns")
def _actions(query: ValidatedQuery) -> Iterator[Violation]:
    beyond = _beyond_type(query)
    if not beyond or not query.breakdowns:
        return
    chosen = frozenset(query.breakdowns)
    if CARDS & {*beyond} and chosen not in map(frozenset, WITH_CARDS):
        allowed = f"none, or {'; '.join(map(' + '.join, WITH_CARDS))}, with carousel cards"
        yield Violation("breakdowns", [*query.breakdowns], allowed)
    elif "action_reaction" in beyond:
        yield Violation("breakdowns", [*query.breakdowns], "no breakdown with action_reaction")
    elif "action_device" in beyond and not chosen <= {*PLATFORMS}:
        yield Violation("breakdowns", [*query.breakdowns], f"some of {', '.join(PLATFORMS)} with action_device")
    elif alone := sorted(chosen & ALONE_IN_ACTIONS):
        allowed = f"only action_type with the breakdown {', '.join(alone)}"
        yield Violation("action_breakdowns", [*query.action_breakdowns], allowed)


@rule("insights-objects", "insights", "D Breakdowns")
def _objects(query: ValidatedQuery) -> Iterator[Violation]:
    if query.level == "account" and (wrong := sorted(NOT_FOR_ACCOUNTS & {*query.breakdowns})):
        yield Violation("breakdowns", wrong, "another breakdown, or level campaign, adset or ad: not for accounts")
    if "mmm" in query.breakdowns and not query.report:
        yield Violation("breakdowns", "mmm", "an asynchronous report: Meta gives this breakdown in no other")


_HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
_WORDS = {"placement": "publisher_platform", "platform": "publisher_platform", "device": "device_platform"}
_WORDS |= dict.fromkeys(("hour", "hours", "hourly", "hour_of_day", "by_hour"), _HOUR)
_WORDS |= dict.fromkeys(("dma", "dmas", "market", "metro"), "comscore_market")
"""Breakdowns that people name by another word."""


def _breakdown(name: str, known: frozenset[str]) -> str:
    """Return the breakdown that a misspelt one means; empty for one that Meta knows, or that may be new."""
    if name in known:
        return ""
    text = name.strip().lower().replace(" ", "_").replace("-", "_")
    cutoff = 0.9 if "_" in text else 0.75
    return _WORDS.get(text) or "".join(difflib.get_close_matches(text, sorted(known - {"dma"}), 1, cutoff))


@rule("insights-breakdown", "insights", "L a known value is misspelt")
def _unknown(query: ValidatedQuery) -> Iterator[Violation]:
    named = {"breakdowns": (query.breakdowns, _BREAKDOWNS), "action_breakdowns": (query.action_breakdowns, _SPLITS)}
    for field, (names, known) in named.items():
        other, its = next((name, values) for name, (_, values) in named.items() if name != field)
        for number, name in enumerate(names):
            if name in its - known:
                yield Violation(f"{field}.{number}", name, f'did you mean {other}=["{name}"]?')
            elif meant := _breakdown(name, known):
                yield Violation(f"{field}.{number}", name, f"did you mean {meant}?")


def _field(name: str) -> str:
    """Return the field that a name in another spelling or number means; empty for one that Meta knows, or may have."""
    text = re.sub(r"[\s-]+", "_", name.strip()).lower()
    if name in FIELDS or name in _BREAKDOWNS or name in _MEANT:
        return ""
    near = {text, _MEANT.get(text, ""), f"{text}s", text.removesuffix("s")} & {*FIELDS, *_MEANT.values()}
    return min(near, default="")


def missing(breakdowns: Sequence[str], name: str) -> str:
    """Return why Meta has no value of the field `name` with these breakdowns; an empty text if it has."""
    chosen = {*breakdowns}
    if chosen & HOURLY and (name in ("reach", "frequency", "cpp") or _UNIQUE_OR_VIDEO.fullmatch(name)):
        return "by the hour Meta counts neither people nor videos, and returns 0 for reach"
    if "region" in chosen and _QUARTERS.fullmatch(name):
        return "region has no video quarters"
    is_metric = name in FIELDS and FIELDS[name].kind not in ("id", "name", "date", "breakdown")
    if chosen & ASSETS and is_metric and name not in ASSET_METRICS:
        return f"assets have only {', '.join(sorted(ASSET_METRICS))}"
    return ""


_MEANT = {
    **dict.fromkeys(("roas", "return_on_ad_spend"), "purchase_roas"),
    "cpa": "cost_per_result or cost_per_action_type",
    **dict.fromkeys(("cost_per_action", "cost_per_purchase", "cost_per_lead", "cpl"), "cost_per_action_type"),
    **dict.fromkeys(("cost", "amount_spent"), "spend"),
    "conversion_rate": "actions and clicks",
    **dict.fromkeys(("purchase", "purchases"), "actions, which holds purchases"),
    **dict.fromkeys(("lead", "leads"), "actions, which holds leads"),
    **dict.fromkeys(("revenue", "purchase_value"), "action_values"),
    "link_clicks": "inline_link_clicks",
    "link_ctr": "inline_link_click_ctr",
    "link_cpc": "cost_per_inline_link_click",
    "video_views": "video_play_actions",
    "thruplays": "video_thruplay_watched_actions",
}
"""Names that people use for figures and Meta's fields do not have, with Meta's."""


@rule("insights-fields", "insights", "D Breakdowns; R (#100) page_fans is not valid for fields param")
def _fields(query: ValidatedQuery) -> Iterator[Violation]:
    for number, name in enumerate(query.fields):
        meant = _field(name) or _MEANT.get(name, "")
        by = _WORDS.get(known := meant or name, known)
        if by in _BREAKDOWNS:
            yield Violation(f"fields.{number}", name, f'figures; breakdowns=["{by}"] splits the rows by it')
        elif meant:
            yield Violation(f"fields.{number}", name, f"did you mean {meant}?")
        elif why := missing(query.breakdowns, name):
            refused = name.startswith("video_") and {*query.breakdowns} & HOURLY  # "cannot be requested", says Meta
            doubt = "" if refused else "F breakdowns"
            yield Violation(f"fields.{number}", name, f"fields without it, or other breakdowns: {why}", doubt)
    if "frequency_value" in query.breakdowns and query.fields and "reach" not in query.fields:
        yield Violation("fields", [*query.fields], "fields with reach, which frequency_value splits")


@rule("insights-sorting", "insights", "D Insights parameters; L a known value is misspelt")
def _sorting(query: ValidatedQuery) -> Iterator[Violation]:
    sort = query.params.get("sort") or []
    if len(sort) > 1:
        yield Violation("sort", sort, "one element: Meta sorts by one field only")
    for number, order in enumerate(sort):
        if meant := _order(order):
            yield Violation(f"sort.{number}", order, f"did you mean {meant}? _ascending or _descending ends it")


def _order(text: str) -> str:
    """Return the order that a misspelt one means; empty for one that Meta may know. Without an end it is ascending."""
    if not (found := _SORT.fullmatch(text.strip())):
        return "spend_descending"
    way = {"a": "_ascending", "d": "_descending"}.get((found[3] or "").lower()[:1], "")
    right = f"{_field(found[1]) or found[1]}{found[2] or ''}{way}"
    return "" if right == text else right


@rule("insights-filters", "insights", "L a known value is misspelt; L the value does not have the operator's form")
def _filters(query: ValidatedQuery) -> Iterator[Violation]:
    for number, entry in enumerate(query.params.get("filtering") or ()):
        operator, value = entry["operator"], entry["value"]
        text = operator.strip().upper().replace(" ", "_")
        meant = _OPERATOR_SIGNS.get(text) or "".join(difflib.get_close_matches(text, OPERATORS, n=1))
        if meant and operator not in OPERATORS:
            yield Violation(f"filtering.{number}.operator", operator, f"did you mean {meant}?")
        if operator in LISTED_OPERATORS and not isinstance(value, list):
            yield Violation(f"filtering.{number}.value", value, f"a list, for {operator}")
        elif operator.endswith("IN_RANGE") and len(value) != 2:
            yield Violation(f"filtering.{number}.value", value, "[from, to]")


@rule("insights-retention", "insights", "D Insights; R 3018")
def _check_retention(query: ValidatedQuery) -> Iterator[Violation]:
    name = next((name for name in DATE_PARAMETERS if query.params.get(name) is not None), "date_preset")
    longest = query.params.get(name) in ("maximum", "data_maximum")
    starts = [since for since, _ in windows(query.params, query.today)]
    for first, why in sorted(_limits(query)) if starts and not longest else ():
        if min(starts) < first:
            doubt = "" if why is _TOTALS else "F insights-retention"
            yield Violation(name, query.params.get(name), f"days from {first} on ({why})", doubt)


def first_day(query: ValidatedQuery) -> tuple[date, str]:
    """Return the first day whose rows Meta still has for a query, and why none is earlier."""
    return max(_limits(query))


_TOTALS = "Meta stores metrics for 37 months; Meta: 3018"


def _limits(query: ValidatedQuery) -> Iterator[tuple[date, str]]:
    """Yield first days of Meta's data. It refuses earlier ones for totals; for details it has answered with nothing."""
    chosen, people = {*query.breakdowns}, [field for field in query.fields if PEOPLE.fullmatch(field)]
    yield dates.months_before(query.today, dates.TOTALS_MONTHS), _TOTALS
    if chosen & HOURLY:
        yield dates.months_before(query.today, dates.DETAIL_MONTHS), "Meta stores hours for 13 months"
    if "frequency_value" in chosen:
        yield dates.months_before(query.today, dates.FREQUENCY_MONTHS), "Meta stores frequency_value for 6 months"
    if chosen and people and not query.report:
        why = f"with breakdowns Meta stores {', '.join(people)} for 13 months; a report has them at times"
        yield dates.months_before(query.today, dates.DETAIL_MONTHS), why


def reaches_back(query: Mapping[str, Any], today: date) -> bool:
    """Return whether a range begins within two days of a limit, so that the account's own date matters."""
    starts = [since for since, until in windows(query, today) if until < today]
    stored = dates.TOTALS_MONTHS, dates.DETAIL_MONTHS, dates.FREQUENCY_MONTHS
    limits = [dates.months_before(today, months) for months in stored]
    return any(abs(since - limit) <= 2 * dates.DAY for since in starts for limit in limits)


def allowed_fields(query: ValidatedQuery, defaults: Sequence[str]) -> tuple[str, ...]:
    """Return the default fields that Meta has for a query; the others are left out, not refused."""
    available = [name for name in defaults if not missing(query.breakdowns, name)]
    first = dates.months_before(query.today, dates.DETAIL_MONTHS)
    old = any(since < first for since, _ in windows(query.params, query.today))
    return tuple(name for name in available if not (old and query.breakdowns and PEOPLE.fullmatch(name)))
