"""When ads run, and how often a person sees them. `api_facts.md` section 1.2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules.core import Kind, Problem, Rule, Subject, Test
from admonster_fb.rules.values import items, later, mapping, moment, rows, text, texts, whole

MINUTES = 24 * 60
_ZONES = ("USER", "ADVERTISER")
_FREQUENT = frozenset({"REACH", "THRUPLAY"})


def _order(begins: str, ends: str) -> Test:
    def test(subject: Subject) -> Iterator[Problem]:
        if begins not in subject.params or ends not in subject.params:
            return
        start, end = moment(subject.params[begins]), moment(subject.params[ends])
        if start is not None and end is not None and later(end, start) is False:
            yield Problem(ends, f"{end.isoformat()} is not after {begins}, {start.isoformat()}", subject.params[ends])

    return test


def _past(subject: Subject) -> Iterator[Problem]:
    now, end = subject.context.now, moment(subject.params.get("end_time"))
    if now is not None and end is not None and later(end, now) is False:
        yield Problem("end_time", f"{end.isoformat()} is past", subject.params["end_time"])


def _hours(subject: Subject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, row in rows(subject.params.get("adset_schedule", ())):
        yield f"adset_schedule.{place}", row


def _parts(subject: Subject) -> Iterator[Problem]:
    for path, row in _hours(subject):
        start, end = whole(row.get("start_minute")), whole(row.get("end_minute"))
        for name, minute in (("start_minute", start), ("end_minute", end)):
            if minute is not None and not 0 <= minute <= MINUTES:
                yield Problem(f"{path}.{name}", f"{minute}; allowed: 0 to {MINUTES}, minutes of a day", minute)
        if start is not None and end is not None and end <= start:
            yield Problem(f"{path}.end_minute", f"{end} is not after start_minute, {start}", end)
        for day in items(row.get("days")):
            if (number := whole(day)) is not None and not 0 <= number <= 6:
                yield Problem(f"{path}.days", f"{number}; allowed: 0 (Sunday) to 6", number)
        zone = text(row.get("timezone_type"))
        if zone is not None and zone not in _ZONES:
            yield Problem(f"{path}.timezone_type", f"{zone}; allowed: {', '.join(_ZONES)}", zone)


def _whole_hours(subject: Subject) -> Iterator[Problem]:
    for path, row in _hours(subject):
        for name in ("start_minute", "end_minute"):
            if (minute := whole(row.get(name))) is not None and minute % 60:
                yield Problem(f"{path}.{name}", f"{minute} is not a whole hour", minute)


def _pacing(subject: Subject) -> list[str]:
    return texts(subject.params.get("pacing_type")) + texts(mapping(subject.campaign).get("pacing_type"))


def _hours_pacing(subject: Subject) -> Iterator[Problem]:
    if not subject.params.get("adset_schedule"):
        return
    if "day_parting" not in _pacing(subject):
        yield Problem("pacing_type", 'hours of the day need pacing_type ["day_parting"]')


def _hours_budget(subject: Subject) -> Iterator[Problem]:
    if subject.params.get("adset_schedule") and (subject.budgets | (subject.campaign_budgets or {})).keys() == {
        "daily_budget"
    }:
        yield Problem("adset_schedule", "hours of the day need a lifetime budget")


def _pacing_level(subject: Subject) -> Iterator[Problem]:
    if subject.campaign_budgets and (given := texts(subject.params.get("pacing_type"))):
        yield Problem("pacing_type", "with a campaign budget pacing is set on the campaign", given)


def _frequency_goal(subject: Subject) -> Iterator[Problem]:
    goal = subject.text("optimization_goal")
    if subject.params.get("frequency_control_specs") and goal is not None and goal not in _FREQUENT:
        message = f"only with the goals REACH and THRUPLAY; the goal is {goal}"
        yield Problem("frequency_control_specs", message, subject.params["frequency_control_specs"])


def _frequency(subject: Subject) -> Iterator[Problem]:
    for place, row in rows(subject.params.get("frequency_control_specs", ())):
        path = f"frequency_control_specs.{place}"
        for name in ("interval_days", "max_frequency"):
            if (given := whole(row.get(name))) is not None and not 1 <= given <= 90:
                yield Problem(f"{path}.{name}", f"{given}; allowed: 1 to 90", given)
        for name, allowed in (("event", ("IMPRESSIONS",)), ("type", ("CAP", "TARGET"))):
            if (said := text(row.get(name))) is not None and said not in allowed:
                yield Problem(f"{path}.{name}", f"{said}; allowed: {', '.join(allowed)}", said)


_ABOUT = "api_facts 1.2"
_TIMES: tuple[tuple[Kind, str, str, str], ...] = (
    ("campaign", "start_time", "stop_time", "api_facts 1.1"),
    ("adset", "start_time", "end_time", _ABOUT),
    ("ad", "ad_schedule_start_time", "ad_schedule_end_time", "api_facts 1.3"),
)
RULES: tuple[Rule, ...] = (
    *(
        Rule("end-after-start", kind, "error", 100, None, about, "End after the start.", _order(begins, ends))
        for kind, begins, ends, about in _TIMES
    ),
    Rule("end-past", "adset", "error", 100, 1487033, "api_facts 6", "Choose a later end.", _past),
    Rule("hours", "adset", "error", 100, None, _ABOUT, "Use minutes of the day and days 0 to 6.", _parts),
    Rule("hours-whole", "adset", "warning", 100, None, _ABOUT, "Use whole hours: 540 is 9:00.", _whole_hours),
    Rule(
        "hours-pacing",
        *("adset", "warning", 100, None, _ABOUT),
        'Give pacing_type ["day_parting"].',
        _hours_pacing,
        create_only=True,
    ),
    Rule("hours-budget", "adset", "warning", 100, None, _ABOUT, "Use lifetime_budget and end_time.", _hours_budget),
    Rule(
        "pacing-level",
        "adset",
        "warning",
        100,
        None,
        "api_facts 1.1",
        "Set pacing_type on the campaign.",
        _pacing_level,
    ),
    Rule("frequency-goal", "adset", "error", 100, None, _ABOUT, "Optimise for REACH or THRUPLAY.", _frequency_goal),
    Rule("frequency", "adset", "error", 100, None, _ABOUT, "Use values in these bounds.", _frequency),
)
