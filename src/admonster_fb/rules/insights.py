"""What Meta refuses in a query of insights, or answers with nothing: told before, with what it takes instead.

Pure functions over the query; `api_facts.md` section 5. Breakdowns that are not named here are left to Meta.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from admonster_fb.errors import Violation
from admonster_fb.models.insights.dates import (
    DAY,
    DETAIL_MONTHS,
    FREQUENCY_MONTHS,
    PRESETS,
    TOTALS_MONTHS,
    Window,
    last,
    months_before,
)
from admonster_fb.models.insights.fields import FIELDS

HOURLY = frozenset({"hourly_stats_aggregated_by_advertiser_time_zone", "hourly_stats_aggregated_by_audience_time_zone"})
ASSETS = frozenset(
    {"ad_format_asset", "body_asset", "call_to_action_asset", "description_asset", "image_asset", "link_url_asset"}
    | {"title_asset", "video_asset"}
)
NOT_OF_ACCOUNTS = frozenset({"image_asset", "video_asset", "place_page_id"})
ASSET_FIGURES = frozenset({"impressions", "clicks", "spend", "reach", "actions", "action_values"})
PLATFORMS = ("publisher_platform", "platform_position", "impression_device")
CARDS = frozenset({"action_carousel_card_id", "action_carousel_card_name"})

# The combinations that Meta documents, and those with device_platform, which it takes too.
COMBINATIONS: tuple[tuple[str, ...], ...] = (
    *(("age",), ("gender",), ("age", "gender"), ("country",), ("region",), ("dma",), ("product_id",)),
    *(PLATFORMS[:1], PLATFORMS[:2], PLATFORMS, ("publisher_platform", "impression_device")),
    *(("device_platform",), ("publisher_platform", "device_platform"), (*PLATFORMS[:2], "device_platform")),
    *((name,) for name in sorted(HOURLY)),
    *((name,) for name in sorted(ASSETS)),
    *(("frequency_value",), ("place_page_id",), ("mmm",), ("app_id", "skan_conversion_id")),
)
_LEGAL = frozenset(frozenset(names) for names in COMBINATIONS)
_JUDGED = frozenset().union(*_LEGAL) | {"impression_device"}
WITH_CARDS = (("impression_device",), ("country",), ("age",), ("gender",), ("age", "gender"))
ALONE_IN_ACTIONS = frozenset({"device_platform", "dma", "frequency_value", "place_page_id", "mmm", "app_id"}) | ASSETS
"""Breakdowns that no action breakdown joins, but for `action_type`, which is always there."""

GONE_WINDOWS = frozenset({"7d_view", "28d_view"})
LISTED_OPERATORS = frozenset({"IN", "NOT_IN", "IN_RANGE", "NOT_IN_RANGE", "ANY", "ALL", "NONE"})
_SORT = re.compile(r"(?:actions:)?[\w.]+_(?:ascending|descending)")
PEOPLE = re.compile(r"reach|frequency|cpp|unique_\w+|cost_per_unique_\w+")
_UNIQUE_OR_VIDEO = re.compile(r"(?:cost_per_)?unique_\w+|video_\w+")
_QUARTERS = re.compile(r"video_p\d+_watched_actions")
WHICH = ("days", "date_preset", "time_range", "time_ranges")
_KINDS_OF_TIME = "one of days, date_preset, time_range and time_ranges"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the rules look at it. `today` is the account's date; `fields` are empty where none were named."""

    query: Mapping[str, Any]
    fields: tuple[str, ...]
    of_account: bool
    today: date
    report: bool = False
    """Whether Meta makes an asynchronous report of it."""

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The breakdowns, in the order given."""
        return tuple(map(str, self.query.get("breakdowns") or ()))

    @property
    def action_breakdowns(self) -> tuple[str, ...]:
        """The action breakdowns, in the order given."""
        return tuple(map(str, self.query.get("action_breakdowns") or ()))

    @property
    def level(self) -> str:
        """The level, as far as it is known."""
        return str(self.query.get("level") or ("account" if self.of_account else ""))


Rule = Callable[[Asked], Iterator[Violation]]


def windows(query: Mapping[str, Any], today: date) -> tuple[Window, ...]:
    """Return first and last days of what a query is about; none for `maximum`, or what is no date.

    >>> windows({"days": 2}, date(2026, 11, 1))
    ((datetime.date(2026, 10, 30), datetime.date(2026, 10, 31)),)
    """
    ranges = query.get("time_ranges") or ([query["time_range"]] if query.get("time_range") else None)
    if ranges is not None:
        read = [(_date(each["since"]), _date(each["until"])) for each in ranges]
        return tuple((since, until) for since, until in read if since and until)
    if query.get("days"):
        return (last(query["days"], today),)
    preset = PRESETS.get(str(query.get("date_preset") or "last_30d"))
    return (preset(today),) if preset else ()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _one_time(asked: Asked) -> Iterator[Violation]:
    given = [name for name in WHICH if asked.query.get(name) is not None]
    if len(given) > 1:
        yield from (Violation(name, asked.query[name], _KINDS_OF_TIME) for name in given)
    if "time_ranges" in given and asked.query.get("time_increment") not in (None, "all_days"):
        why = "nothing beside time_ranges (each range is one row); or time_range with time_increment"
        yield Violation("time_increment", asked.query["time_increment"], why)


def _dates(asked: Asked) -> Iterator[Violation]:
    ranges = [("time_range", asked.query["time_range"])] if asked.query.get("time_range") else []
    ranges += [(f"time_ranges.{n}", each) for n, each in enumerate(asked.query.get("time_ranges") or ())]
    for name, given in ranges:
        read = {part: _date(given[part]) for part in ("since", "until")}
        for part, day in read.items():
            if day is None:
                yield Violation(f"{name}.{part}", given[part], "a day of the calendar, YYYY-MM-DD")
        since, until = read["since"], read["until"]
        if since and until and since > until:
            yield Violation(f"{name}.since", given["since"], f"a day not after until ({until})")


def _preset(asked: Asked) -> Iterator[Violation]:
    name = asked.query.get("date_preset")
    if name is not None and name not in PRESETS and name not in ("maximum", "data_maximum"):
        near = difflib.get_close_matches(str(name), [*PRESETS, "maximum"], n=2)
        allowed = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join([*PRESETS, 'maximum'])}"
        yield Violation("date_preset", name, f"{allowed}, or days=N")


def _increment(asked: Asked) -> Iterator[Violation]:
    step = asked.query.get("time_increment")
    if step is None or step in ("monthly", "all_days"):
        return
    if not (str(step).isdecimal() and 1 <= int(step) <= 90) or isinstance(step, bool):
        yield Violation("time_increment", step, "1 to 90 days, monthly or all_days")


def _level(asked: Asked) -> Iterator[Violation]:
    if asked.query.get("level") == "account" and not asked.of_account:
        yield Violation("level", "account", "campaign, adset or ad (or none): not above the object; Meta: 1/99")


def _attribution(asked: Asked) -> Iterator[Violation]:
    for number, window in enumerate(asked.query.get("action_attribution_windows") or ()):
        if window in GONE_WINDOWS:
            why = "1d_view, 1d_ev, 1d_click, 7d_click or 28d_click"
            why += f" (since 12 January 2026 Meta answers {window} with nothing, and without an error)"
            yield Violation(f"action_attribution_windows.{number}", window, why)


def _combination(asked: Asked) -> Iterator[Violation]:
    chosen = frozenset(asked.breakdowns)
    if not chosen or not chosen <= _JUDGED or chosen in _LEGAL:
        return
    if chosen == {"impression_device"} and any(name.startswith("action_") for name in _beyond_type(asked)):
        return
    fitting = [" + ".join(names) for names in COMBINATIONS if chosen & {*names}]
    allowed = f"one of these combinations: {'; '.join(fitting)} (Meta: 2/1504041 or 100)"
    yield Violation("breakdowns", [*asked.breakdowns], allowed)


def _beyond_type(asked: Asked) -> list[str]:
    return [name for name in asked.action_breakdowns if name != "action_type"]


def _actions(asked: Asked) -> Iterator[Violation]:
    if asked.action_breakdowns and asked.fields and "actions" not in asked.fields:
        yield Violation("fields", [*asked.fields], "actions among them, which action_breakdowns break down")
    beyond = _beyond_type(asked)
    if not beyond or not asked.breakdowns:
        return
    chosen = frozenset(asked.breakdowns)
    if CARDS & {*beyond} and chosen not in map(frozenset, WITH_CARDS):
        allowed = f"none, or {'; '.join(' + '.join(each) for each in WITH_CARDS)}, beside carousel cards"
        yield Violation("breakdowns", [*asked.breakdowns], allowed)
    elif "action_reaction" in beyond:
        yield Violation("breakdowns", [*asked.breakdowns], "none beside action_reaction")
    elif "action_device" in beyond and not chosen <= {*PLATFORMS}:
        yield Violation("breakdowns", [*asked.breakdowns], f"some of {', '.join(PLATFORMS)} beside action_device")
    elif alone := sorted(chosen & ALONE_IN_ACTIONS):
        allowed = f"none but action_type beside the breakdown {', '.join(alone)}"
        yield Violation("action_breakdowns", [*asked.action_breakdowns], allowed)


def _objects(asked: Asked) -> Iterator[Violation]:
    if asked.level == "account" and (wrong := sorted(NOT_OF_ACCOUNTS & {*asked.breakdowns})):
        yield Violation("breakdowns", wrong, "another breakdown, or level campaign, adset or ad: not for accounts")
    if "mmm" in asked.breakdowns and not asked.report:
        yield Violation("breakdowns", "mmm", "an asynchronous report: Meta gives this breakdown in no other")


def missing(breakdowns: Sequence[str], name: str) -> str:
    """Return why Meta has no figure `name` with these breakdowns; nothing if it has.

    >>> missing(["region"], "video_p25_watched_actions")
    'region has no video quarters'
    """
    chosen = {*breakdowns}
    if chosen & HOURLY and (name in ("reach", "frequency", "cpp") or _UNIQUE_OR_VIDEO.fullmatch(name)):
        return "by the hour Meta counts no people and no videos, and answers reach with 0"
    if "region" in chosen and _QUARTERS.fullmatch(name):
        return "region has no video quarters"
    figure = name in FIELDS and FIELDS[name].kind not in ("id", "name", "date", "breakdown")
    if chosen & ASSETS and figure and name not in ASSET_FIGURES:
        return f"assets have only {', '.join(sorted(ASSET_FIGURES))}"
    return ""


def _figures(asked: Asked) -> Iterator[Violation]:
    for number, name in enumerate(asked.fields):
        if why := missing(asked.breakdowns, name):
            yield Violation(f"fields.{number}", name, f"fields without it, or other breakdowns: {why}")
    if "frequency_value" in asked.breakdowns and asked.fields and "reach" not in asked.fields:
        yield Violation("fields", [*asked.fields], "reach among them, which frequency_value breaks down")


def _sorting(asked: Asked) -> Iterator[Violation]:
    sort = asked.query.get("sort") or []
    if len(sort) > 1:
        yield Violation("sort", sort, "one element: Meta sorts by one figure only")
    for number, each in enumerate(sort):
        if not _SORT.fullmatch(each):
            allowed = 'a field with _ascending or _descending: "spend_descending", "actions:link_click_descending"'
            yield Violation(f"sort.{number}", each, allowed)


def _filters(asked: Asked) -> Iterator[Violation]:
    for number, each in enumerate(asked.query.get("filtering") or ()):
        name = f"filtering.{number}.value"
        if each["operator"] in LISTED_OPERATORS and not isinstance(each["value"], list):
            yield Violation(name, each["value"], f"a list, for {each['operator']}")
        elif each["operator"].endswith("IN_RANGE") and len(each["value"]) != 2:
            yield Violation(name, each["value"], "[from, to]")


def _kept(asked: Asked) -> Iterator[Violation]:
    """Tell what is older than Meta keeps."""
    name = next((name for name in WHICH if asked.query.get(name) is not None), "date_preset")
    starts = [since for since, _ in windows(asked.query, asked.today)]
    if not starts:
        return
    chosen, people = {*asked.breakdowns}, [field for field in asked.fields if PEOPLE.fullmatch(field)]
    limits = [(TOTALS_MONTHS, "Meta keeps figures for 37 months; Meta: 3018")]
    if chosen & HOURLY:
        limits.append((DETAIL_MONTHS, "Meta keeps hours for 13 months"))
    if "frequency_value" in chosen:
        limits.append((FREQUENCY_MONTHS, "Meta keeps frequency_value for 6 months"))
    if chosen and people:
        limits.append((DETAIL_MONTHS, f"with breakdowns Meta keeps {', '.join(people)} for 13 months"))
    for months, why in sorted(limits):
        first = months_before(asked.today, months)
        if min(starts) < first:
            yield Violation(name, asked.query.get(name), f"days from {first} on ({why})")
            return


RULES: tuple[Rule, ...] = (
    *(_one_time, _dates, _preset, _increment, _level, _attribution, _combination, _actions, _objects, _figures),
    *(_sorting, _filters, _kept),
)


def violations(asked: Asked) -> list[Violation]:
    """Return all that is wrong with a query, each with what would be right."""
    return [violation for rule in RULES for violation in rule(asked)]


def reaches_back(query: Mapping[str, Any], today: date) -> bool:
    """Tell whether it takes the account's own date to judge how old the figures are: within two days of a limit."""
    starts = [since for since, _ in windows(query, today)]
    limits = [months_before(today, months) for months in (TOTALS_MONTHS, DETAIL_MONTHS, FREQUENCY_MONTHS)]
    return any(abs(since - limit) <= 2 * DAY for since in starts for limit in limits)


def allowed_fields(asked: Asked, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return those of the usual fields that Meta has for this query: what no one named is left out, not refused."""
    kept = [name for name in wanted if not missing(asked.breakdowns, name)]
    first = months_before(asked.today, DETAIL_MONTHS)
    old = any(since < first for since, _ in windows(asked.query, asked.today))
    return tuple(name for name in kept if not (old and asked.breakdowns and PEOPLE.fullmatch(name)))
