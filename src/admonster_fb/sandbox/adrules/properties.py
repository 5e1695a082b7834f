"""Words of ad rules (Meta's pages "Evaluation Spec", "Execution Spec", "Schedule Based Rules"); what filters read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from admonster_fb.sandbox import status, times
from admonster_fb.sandbox.convert import listed, mapping, objects
from admonster_fb.sandbox.insights.filters import MONTHS_KEPT, PRESETS, months_before
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.validation.case import budget_of
from admonster_fb.sandbox.world import OWNERS, Node, World

RULE = "AdRule"
SCHEDULE, TRIGGER = "SCHEDULE", "TRIGGER"
STATUSES = ("ENABLED", "DISABLED", "DELETED", "HAS_ISSUES")
# Level of a rule: kind of node. From the top down.
LEVELS = {"CAMPAIGN": "Campaign", "ADSET": "AdSet", "AD": "Ad"}
LEVEL_OF = {kind: level for level, kind in LEVELS.items()}
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
    **dict.fromkeys(("NOTIFICATION", "PAUSE", "UNPAUSE"), Execution()),
    "CHANGE_BUDGET": Execution((SCHEDULE,), "ADSET", "change_spec"),
    "CHANGE_CAMPAIGN_BUDGET": Execution((SCHEDULE,), "CAMPAIGN", "change_spec"),
    "CHANGE_BID": Execution((SCHEDULE,), "ADSET", "change_spec"),
    "ROTATE": Execution((SCHEDULE,), "AD"),
    "REBALANCE_BUDGET": Execution((SCHEDULE,), "ADSET", "rebalance_spec"),
    "PING_ENDPOINT": Execution((TRIGGER,)),
    **dict.fromkeys(
        names_in(
            "DCO ADD_INTEREST_RELAXATION ADD_QUESTIONNAIRE_INTERESTS INCREASE_RADIUS UPDATE_CREATIVE UPDATE_LAX_BUDGET "
            "UPDATE_LAX_DURATION AUDIENCE_CONSOLIDATION AUDIENCE_CONSOLIDATION_ASK_FIRST AD_RECOMMENDATION_APPLY"
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
    return objects(mapping(rule.get("evaluation_spec")).get("filters"))


def value_of(filters: list[dict[str, Any]], field: str) -> Any:
    """Return the value of the filter on a field, None without one."""
    return next((condition.get("value") for condition in filters if condition.get("field") == field), None)


def ids_of(filters: list[dict[str, Any]]) -> list[str]:
    """Return the ids a rule is limited to; only a filter without a prefix names the objects themselves."""
    naming = [each for each in filters if each.get("field") == "id" and each.get("operator") in ("IN", "EQUAL")]
    return [str(one) for item in naming for one in (listed(item.get("value")) or [item.get("value")])]


def option_of(rule: dict[str, Any], field: str) -> Any:
    """Return the value of an execution option, None without one."""
    options = (rule.get("execution_spec") or {}).get("execution_options")
    return next((option.get("value") for option in listed(options) if option.get("field") == field), None)


class RuleNotModelled(Exception):  # noqa: N818 - a plain statement, not a Graph error
    """A rule uses something of Meta's that the sandbox does not model."""


@dataclass(frozen=True, slots=True)
class Name:
    """A parsed field: `adset.yesterday_spent` is yesterday's spend of the ad set above."""

    owner: str
    preset: str
    field: str

    @property
    def has_time(self) -> bool:
        """Return whether it says which days it is of."""
        return bool(self.preset) or self.field.endswith("_ratio_spent")


_PREFIXES = {f"{preset.lower()}_": preset for preset in TIME_PRESETS}
_LONGEST_FIRST = sorted(_PREFIXES, key=len, reverse=True)
_WINDOW = re.compile(r"^(account_default|default|inline|\d+d_(view|click)(_\d+d_click)?):")
# Figures of Insights by name, and by how their names begin.
METRICS = frozenset(
    names_in(
        "impressions unique_impressions clicks unique_clicks spent results cost_per cpc cpm ctr cpa cpp reach "
        "frequency leadgen link_ctr result_rate mobile_app_install link_click like offsite_engagement post "
        "post_comment post_engagement post_like post_reaction view_content video_play vote website_purchase_roas "
        "mobile_app_purchase_roas daily_ratio_spent lifetime_ratio_spent"
    )
)
_BEGINNINGS = ("offsite_conversion", "offline_conversion", "app_custom_event", "cost_per_")


def is_metric(field: str) -> bool:
    """Return whether a field without prefixes is a figure of Insights."""
    return field in METRICS or field.startswith(_BEGINNINGS)


def take_apart(field: str) -> Name:
    """Read a field's prefixes: the level, then the time.

    >>> take_apart("adset.yesterday_spent")
    Name(owner='adset', preset='YESTERDAY', field='spent')
    """
    if field.startswith("aggregate(") or " " in field:
        raise RuleNotModelled(f"the aggregate or formula {field}")
    owner, _, rest = field.partition(".")
    if owner not in OWNERS:
        owner, rest = "", field
    if _WINDOW.match(rest):
        raise RuleNotModelled(f"the attribution window of {field}")
    prefix = next((item for item in _LONGEST_FIRST if rest.startswith(item)), "")
    bare = rest.removeprefix(prefix)
    # The aliases daily_… and lifetime_ratio_spent begin like a prefix and are whole names.
    if rest in METRICS or not prefix or not is_metric(bare):
        return Name(owner, "", rest)
    return Name(owner, _PREFIXES[prefix], bare)


# The object that has a property if a filter does not name one: an ad's objective is its campaign's.
_HOMES = {
    **dict.fromkeys(("objective", "buying_type", "spend_cap"), "campaign"),
    **dict.fromkeys(
        ("billing_event", "optimization_goal", "is_autobid", "daily_budget", "lifetime_budget", "bid_amount"), "adset"
    ),
    "budget_reset_period": "adset",
}
_NOT_MODELLED = frozenset(
    {"active_time", "estimated_budget_spending_percentage", "audience_reached_percentage", "placement.page_types"}
)
_MOMENTS = frozenset({"start_time", "stop_time", "created_time", "updated_time"})


def metadata(world: World, node: Node, name: Name) -> Any:
    """Return a property of an object or of one above it: moments in unix seconds, budgets in minor units."""
    if name.field in _NOT_MODELLED:
        raise RuleNotModelled(f"the field {name.field}")
    home = name.owner or _HOMES.get(name.field, "")
    # A campaign has no ad set above it: its own budget is meant.
    above = home if home and (OWNERS[home] == node.kind or f"{home}_id" in node.data) else ""
    subject = world.owner(node, above)
    if subject is None:
        return None
    if computed := _COMPUTED.get(name.field):
        return computed(world, subject)
    if name.field in _MOMENTS:
        value = subject.data.get(name.field) or subject.data.get(name.field.replace("stop", "end"))
        return times.unix(value, world.zone_of(subject)) if value else None
    if name.field not in _KNOWN:
        raise RuleNotModelled(f"the field {name.field}")
    return subject.data.get(name.field)


def _hours(world: World, node: Node) -> Decimal:
    age = world.clock() - times.parse(node.data["created_time"], world.zone_of(node))
    return Decimal(int(age.total_seconds())) / 3600


_COMPUTED: dict[str, Callable[[World, Node], Any]] = {
    "id": lambda _, node: node.id,
    "effective_status": lambda world, node: status.effective(world.store, node),
    "hours_since_creation": _hours,
    "current_time": lambda world, _: int(world.clock().timestamp()),
    "budget_reset_period": lambda _, node: {"daily_budget": "DAY", "lifetime_budget": "LIFETIME"}.get(
        budget_of(node) or ""
    ),
    "is_autobid": lambda _, node: not node.data.get("bid_amount"),
    "adlabel_ids": lambda _, node: [str(adlabel.get("id")) for adlabel in node.data.get("adlabels") or ()],
}
_KNOWN = frozenset({"name", *_HOMES})
