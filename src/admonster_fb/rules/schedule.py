"""Rules of schedules and frequency. Source: `docs/meta-rules.md#budgets-and-bids`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from admonster_fb.money import whole
from admonster_fb.rules.core import ParameterView, Problem, rule
from admonster_fb.rules.goal_matrix import FREQUENCY_GOALS, GOALS_OF
from admonster_fb.rules.values import items, later, mapping, moment, rows, text, texts

MINUTES_A_DAY = 24 * 60
_ZONES = ("USER", "ADVERTISER")


def _end_after_start(begins: str, ends: str, view: ParameterView) -> Iterator[Problem]:
    start, end = moment(view.params.get(begins)), moment(view.params.get(ends))
    if start is not None and end is not None and later(end, start) is False:
        yield Problem(ends, f"{end.isoformat()} is not after {begins}, {start.isoformat()}", view.params[ends])


for _kind, _start, _end in (
    ("campaign", "start_time", "stop_time"),
    ("adset", "start_time", "end_time"),
    ("ad", "ad_schedule_start_time", "ad_schedule_end_time"),
):
    _test = partial(_end_after_start, _start, _end)
    rule("end-after-start", _kind, "D Ad set reference", fix="End after the start.")(_test)


@rule("end-past", "adset", "D Error reference", subcode=1487033)
def _past(view: ParameterView) -> Iterator[Problem]:
    """Choose a later end."""
    now, end = view.context.now, moment(view.params.get("end_time"))
    if now is not None and end is not None and later(end, now) is False:
        yield Problem("end_time", f"{end.isoformat()} is in the past", view.params["end_time"])


@rule("hours", "adset", "D Ad scheduling")
def _parts(view: ParameterView) -> Iterator[Problem]:
    """Use minutes of the day and days 0 to 6."""
    for place, row in rows(view.params.get("adset_schedule")):
        path = f"adset_schedule.{place}"
        start, end = whole(row.get("start_minute")), whole(row.get("end_minute"))
        for name, minute in (("start_minute", start), ("end_minute", end)):
            if minute is not None and not 0 <= minute <= MINUTES_A_DAY:
                yield Problem(f"{path}.{name}", f"{minute}; allowed: 0 to {MINUTES_A_DAY}, minutes of a day", minute)
        if start is not None and end is not None and end <= start:
            yield Problem(f"{path}.end_minute", f"{end} is not after start_minute, {start}", end)
        for day in items(row.get("days")):
            if (number := whole(day)) is not None and not 0 <= number <= 6:
                yield Problem(f"{path}.days", f"{number}; allowed: 0 (Sunday) to 6", number)
        zone = text(row.get("timezone_type"))
        if zone is not None and zone.upper() not in _ZONES:
            yield Problem(f"{path}.timezone_type", f"{zone}; allowed: {', '.join(_ZONES)}", zone)


@rule("hours-whole", "adset", "F budgets-and-bids")
def _whole_hours(view: ParameterView) -> Iterator[Problem]:
    """Use whole hours: 540 is 9:00."""
    for place, row in rows(view.params.get("adset_schedule")):
        for name in ("start_minute", "end_minute"):
            if (minute := whole(row.get(name))) is not None and minute % 60:
                yield Problem(f"adset_schedule.{place}.{name}", f"{minute} is not a whole hour", minute)


@rule("hours-pacing", "adset", "F budgets-and-bids", create_only=True)
def _hours_pacing(view: ParameterView) -> Iterator[Problem]:
    """Give pacing_type ["day_parting"]."""
    pacing = texts(view.params.get("pacing_type")) + texts(mapping(view.campaign).get("pacing_type"))
    if view.params.get("adset_schedule") and "day_parting" not in pacing:
        yield Problem("pacing_type", 'adset_schedule needs pacing_type ["day_parting"]')


@rule("hours-budget", "adset", "F budgets-and-bids")
def _hours_budget(view: ParameterView) -> Iterator[Problem]:
    """Use lifetime_budget and end_time."""
    if view.params.get("adset_schedule") and (view.budgets | (view.campaign_budgets or {})).keys() == {"daily_budget"}:
        yield Problem("adset_schedule", "adset_schedule needs a lifetime budget")


@rule("pacing-level", "adset", "F campaigns")
def _pacing_level(view: ParameterView) -> Iterator[Problem]:
    """Set pacing_type on the campaign."""
    if view.campaign_budgets and (value := texts(view.params.get("pacing_type"))):
        yield Problem("pacing_type", "with a campaign budget, pacing is set on the campaign", value)


@rule("frequency-goal", "adset", "D Ad set reference")
def _frequency_goal(view: ParameterView) -> Iterator[Problem]:
    """Optimise for REACH or THRUPLAY."""
    goal = view.text("optimization_goal")
    if view.params.get("frequency_control_specs") and goal is not None and goal not in FREQUENCY_GOALS:
        message = f"only with the goals REACH and THRUPLAY; the goal is {goal}"
        fitting = sorted(FREQUENCY_GOALS.intersection(GOALS_OF.get(view.objective or "", FREQUENCY_GOALS)))
        floor = view.params.get("bid_constraints") or view.text("bid_strategy") == "LOWEST_COST_WITH_MIN_ROAS"
        fix = "Leave frequency_control_specs out." if floor else f"Optimise for {' or '.join(fitting)}."
        yield Problem("frequency_control_specs", message, view.params["frequency_control_specs"], fix)


@rule("frequency", "adset", "D Frequency control specs")
def _frequency(view: ParameterView) -> Iterator[Problem]:
    """Use values in these bounds."""
    for place, row in rows(view.params.get("frequency_control_specs", ())):
        path = f"frequency_control_specs.{place}"
        for name in ("interval_days", "max_frequency"):
            if (value := whole(row.get(name))) is not None and not 1 <= value <= 90:
                yield Problem(f"{path}.{name}", f"{value}; allowed: 1 to 90", value)
        for name, allowed in (("event", ("IMPRESSIONS",)), ("type", ("CAP", "TARGET"))):
            if (choice := text(row.get(name))) is not None and choice not in allowed:
                sources = "F budgets-and-bids" if name == "type" else None  # no page lists what types are refused
                yield Problem(f"{path}.{name}", f"{choice}; allowed: {', '.join(allowed)}", choice, None, sources)
