"""Constants of ad rules (Meta's pages "Evaluation Spec", "Execution Spec", "Schedule Based Rules")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.insights.periods import MONTHS_KEPT, PRESETS, months_before
from admonster_fb.sandbox.spec import names_in

RULE = "AdRule"
SCHEDULE, TRIGGER = "SCHEDULE", "TRIGGER"
STATUSES = ("ENABLED", "DISABLED", "DELETED", "HAS_ISSUES")
# Level of a rule: kind of node. From the top down.
LEVELS = {"CAMPAIGN": "Campaign", "ADSET": "AdSet", "AD": "Ad"}
LEVEL_OF = {kind: level for level, kind in LEVELS.items()}
# Prefixes of fields, and the kinds of objects they refer to.
OWNERS = {"campaign": "Campaign", "adset": "AdSet", "ad": "Ad"}
OPERATORS = (
    *("GREATER_THAN", "LESS_THAN", "EQUAL", "NOT_EQUAL", "IN_RANGE", "NOT_IN_RANGE"),
    *("IN", "NOT_IN", "CONTAIN", "NOT_CONTAIN", "ANY", "ALL", "NONE"),
)
METRIC_OPERATORS = ("GREATER_THAN", "LESS_THAN", "EQUAL", "NOT_EQUAL", "IN_RANGE", "NOT_IN_RANGE")
TRIGGER_TYPES = names_in("METADATA_CREATION METADATA_UPDATE STATS_MILESTONE STATS_CHANGE DELIVERY_INSIGHTS_CHANGE")
SCHEDULE_TYPES = ("DAILY", "HOURLY", "SEMI_HOURLY", "CUSTOM")
OPTION_OPERATORS = ("EQUAL", "IN")
UNITS = ("ACCOUNT_CURRENCY", "PERCENTAGE")


@dataclass(frozen=True, slots=True)
class Execution:
    """The requirements of an action: how its rules are evaluated, and the level of objects it applies to."""

    evaluated: tuple[str, ...] = (SCHEDULE, TRIGGER)
    level: str = ""
    option: str = ""


# The nine that Meta describes, then those it only lists: of these nothing is known, so nothing is refused.
EXECUTIONS: dict[str, Execution] = {
    "NOTIFICATION": Execution(),
    "PAUSE": Execution(),
    "UNPAUSE": Execution(),
    "CHANGE_BUDGET": Execution((SCHEDULE,), "ADSET", "change_spec"),
    "CHANGE_CAMPAIGN_BUDGET": Execution((SCHEDULE,), "CAMPAIGN", "change_spec"),
    "CHANGE_BID": Execution((SCHEDULE,), "ADSET", "change_spec"),
    "ROTATE": Execution((SCHEDULE,), "AD"),
    "REBALANCE_BUDGET": Execution((SCHEDULE,), "ADSET", "rebalance_spec"),
    "PING_ENDPOINT": Execution((TRIGGER,)),
    **dict.fromkeys(
        (
            *("DCO", "ADD_INTEREST_RELAXATION", "ADD_QUESTIONNAIRE_INTERESTS", "INCREASE_RADIUS", "UPDATE_CREATIVE"),
            *("UPDATE_LAX_BUDGET", "UPDATE_LAX_DURATION", "AUDIENCE_CONSOLIDATION"),
            *("AUDIENCE_CONSOLIDATION_ASK_FIRST", "AD_RECOMMENDATION_APPLY"),
        ),
        Execution(),
    ),
}

# Last day of a preset counted back from today, and its first; None is as far back as there are figures. Unlike those
# of Insights, LAST_<n>_DAYS include today; LAST_<n>D do not.
_SPANS: dict[str, tuple[int | None, int]] = {
    "LIFETIME": (None, 0),
    "TODAY": (0, 0),
    "YESTERDAY": (1, 1),
    **{f"LAST_{days}_DAYS": (days - 1, 0) for days in (2, 3, 7, 14, 28, 30)},
    **{f"LAST_{days}D": (days, 1) for days in (2, 3, 7, 14, 28, 30)},
    **{f"LAST_ND_{days}_8": (days, 8) for days in (14, 30, 60, 120, 180)},
    **{f"LAST_ND_{days}_29": (days, 29) for days in (60, 120, 180)},
    "LAST_ND_LIFETIME_8": (None, 8),
    "LAST_ND_LIFETIME_29": (None, 29),
}
_CALENDAR = ("THIS_MONTH", "THIS_WEEK_MON_TODAY", "THIS_WEEK_SUN_TODAY")
TIME_PRESETS = (*_SPANS, *_CALENDAR)
WITH_TODAY = frozenset({*_CALENDAR, *(name for name, (_, last) in _SPANS.items() if last == 0)})


def days_of(preset: str, today: date, born: date) -> tuple[date, date]:
    """Return the first and the last day of a time preset; an object has no figures before it was `born`.

    >>> days_of("LAST_7_DAYS", date(2026, 11, 8), date(2026, 1, 1))[0].isoformat()
    '2026-11-02'
    """
    if preset in _CALENDAR:
        return PRESETS[preset.lower()](today)
    first, last = _SPANS[preset]
    until = today - timedelta(days=last)
    since = max(born, months_before(today, MONTHS_KEPT)) if first is None else today - timedelta(days=first)
    return min(since, until), until


def filters_of(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the filters of a rule's fields (or of the parameters of a new one)."""
    spec = rule.get("evaluation_spec")
    return (
        [condition for condition in listed(spec.get("filters")) if isinstance(condition, dict)]
        if isinstance(spec, dict)
        else []
    )


def value_of(filters: list[dict[str, Any]], field: str) -> Any:
    """Return the value of the filter on a field, None without one."""
    return next((condition.get("value") for condition in filters if condition.get("field") == field), None)


def ids_of(filters: list[dict[str, Any]]) -> list[str]:
    """Return the ids a rule is limited to; only a filter without a prefix names the objects themselves."""
    found = [
        condition
        for condition in filters
        if condition.get("field") == "id" and condition.get("operator") in ("IN", "EQUAL")
    ]
    return [str(one) for item in found for one in (listed(item.get("value")) or [item.get("value")])]


def option_of(rule: dict[str, Any], field: str) -> Any:
    """Return the value of an execution option, None without one."""
    options = (rule.get("execution_spec") or {}).get("execution_options")
    return next((option.get("value") for option in listed(options) if option.get("field") == field), None)
