"""The objects that match all filters of a rule (Meta's page "Evaluation Spec").

Filters read the figures of Insights so: money in minor units, rates as Insights shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.sandbox import insights, times
from admonster_fb.sandbox.adrules import properties as words
from admonster_fb.sandbox.adrules.properties import RuleNotModelled, filters_of, value_of
from admonster_fb.sandbox.convert import listed, offset
from admonster_fb.sandbox.world import Node, World

Row = dict[str, Any]
Answer = Callable[[Row, "Subject"], Decimal | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """An object whose metrics are requested."""

    world: World
    node: Node

    @property
    def account(self) -> Node:
        """Return its ad account."""
        return self.world.store.nodes[f"act_{self.node.data['account_id']}"]

    @property
    def offset(self) -> int:
        """Return how many minor units make one major unit."""
        return offset(str(self.account.data["currency"]))


ALIASES = {"daily_ratio_spent": ("TODAY", "daily_budget"), "lifetime_ratio_spent": ("LIFETIME", "lifetime_budget")}
# What an ad set is there for, as an action type; other goals count another figure.
RESULTS = {
    "LINK_CLICKS": "link_click",
    "LANDING_PAGE_VIEWS": "landing_page_view",
    "POST_ENGAGEMENT": "post_engagement",
    **dict.fromkeys(("LEAD_GENERATION", "QUALITY_LEAD"), "onsite_conversion.lead_grouped"),
    "CONVERSATIONS": "onsite_conversion.messaging_conversation_started_7d",
    "APP_INSTALLS": "mobile_app_install",
}
_EVENTS = {"CONTENT_VIEW": "view_content", "INITIATED_CHECKOUT": "initiate_checkout"}


def metric(subject: Subject, field: str, preset: str) -> Decimal | None:
    """Return a figure over the days of a preset; None where there is none, as a cost of nothing."""
    if field in ALIASES:
        return _share_of_budget(subject, *ALIASES[field])
    account = subject.account
    today = subject.world.clock().astimezone(times.zone(str(account.data["timezone_name"]))).date()
    since, until = words.days_of(preset, today, date.fromisoformat(str(subject.node.data["created_time"])[:10]))
    query = {"time_range": {"since": since.isoformat(), "until": until.isoformat()}, "fields": _FIELDS}
    rows = insights.query(subject.world.store, subject.node, query)
    row = rows[0] if rows else {}
    if answer := METRICS.get(field):
        return answer(row, subject)
    if field.startswith("offsite_conversion.fb_pixel_"):
        return _action(row, field)
    raise RuleNotModelled(f"the field {field}")


def _share_of_budget(subject: Subject, preset: str, budget: str) -> Decimal | None:
    adset = subject.world.owner(subject.node, "adset")
    amount = Decimal(str((adset or subject.node).data.get(budget) or 0))
    spent = metric(subject, "spent", preset)
    return spent / amount if amount and spent is not None else None


def _number(row: Row, name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))


def _plain(name: str) -> Answer:
    return lambda row, _: _number(row, name)


def _rate(name: str, *, is_money: bool = False) -> Answer:
    """A rate is nothing where it is not in the row: there is no cost of no clicks."""
    return lambda row, subject: Decimal(row[name]) * (subject.offset if is_money else 1) if name in row else None


def _action(row: Row, action_type: str, name: str = "actions") -> Decimal:
    return sum((Decimal(item["value"]) for item in row.get(name, ()) if item["action_type"] == action_type), Decimal())


def _actions(action_type: str) -> Answer:
    return lambda row, _: _action(row, action_type)


def _cost(counted: Answer) -> Answer:
    def answer(row: Row, subject: Subject) -> Decimal | None:
        count = counted(row, subject)
        return _number(row, "spend") * subject.offset / count if count else None

    return answer


def _results(row: Row, subject: Subject) -> Decimal:
    """Count what the ad sets are there for. A campaign's are those of its first ad set."""
    node = subject.node
    if node.kind == "Campaign":
        node = next(iter(subject.world.store.children(node.id, "AdSet")), node)
    elif node.kind == "Ad":
        node = subject.world.store.nodes[str(node.data["adset_id"])]
    goal = str(node.data.get("optimization_goal"))
    if goal in ("IMPRESSIONS", "REACH"):
        return _number(row, goal.lower())
    if goal in ("OFFSITE_CONVERSIONS", "VALUE"):
        event = str((node.data.get("promoted_object") or {}).get("custom_event_type"))
        return _action(row, f"offsite_conversion.fb_pixel_{_EVENTS.get(event, event.lower())}")
    if goal == "THRUPLAY":
        return _action(row, "video_view", "video_thruplay_watched_actions")
    return _action(row, RESULTS.get(goal, "link_click"))


def _result_rate(row: Row, subject: Subject) -> Decimal | None:
    shown = _number(row, "impressions")
    return _results(row, subject) * 100 / shown if shown else None


def _website_roas(row: Row, _: Subject) -> Decimal | None:
    found = row.get("website_purchase_roas")
    return Decimal(found[0]["value"]) if found else None


METRICS: dict[str, Answer] = {
    **{name: _plain(name) for name in ("impressions", "clicks", "reach", "unique_clicks")},
    "unique_impressions": _plain("reach"),
    "spent": lambda row, subject: _number(row, "spend") * subject.offset,
    **{name: _rate(name) for name in ("ctr", "frequency")},
    "link_ctr": _rate("inline_link_click_ctr"),
    **{name: _rate(name, is_money=True) for name in ("cpc", "cpm", "cpp", "cost_per_unique_click")},
    "results": _results,
    **dict.fromkeys(("cost_per", "cpa"), _cost(_results)),
    "result_rate": _result_rate,
    "website_purchase_roas": _website_roas,
    **{f"cost_per_{name}": _cost(_actions(name)) for name in ("link_click", "post_engagement", "mobile_app_install")},
    **{
        f"cost_per_{event}_fb": _cost(_actions(f"offsite_conversion.fb_pixel_{event}"))
        for event in ("view_content", "add_to_cart", "initiate_checkout", "purchase", "lead")
    },
    **{name: _actions(name) for name in ("link_click", "post", "post_engagement", "post_reaction", "view_content")},
    "mobile_app_install": _actions("mobile_app_install"),
    "post_comment": _actions("comment"),
    "leadgen": _actions("onsite_conversion.lead_grouped"),
}
_FIELDS = [
    *("impressions", "clicks", "reach", "unique_clicks", "spend", "ctr", "frequency", "inline_link_click_ctr"),
    *("cpc", "cpm", "cpp", "cost_per_unique_click", "actions", "website_purchase_roas"),
    "video_thruplay_watched_actions",
]


# Filters that define the scope and the days.
SCOPE = frozenset({"entity_type", "time_preset", "attribution_window"})
# What a rule without a filter on it looks at: objects that deliver or will, and for UNPAUSE those that still could.
_ALIVE = {"field": "effective_status", "operator": "IN", "value": ["ACTIVE", "PENDING_REVIEW"]}
_NOT_GONE = {"field": "effective_status", "operator": "NOT_IN", "value": ["DELETED", "ARCHIVED"]}


def matches_of(world: World, rule: Node) -> list[Node]:
    """Return the objects that satisfy all filters of a rule now, oldest first."""
    filters = _complete(rule)
    return [node for node in candidates(world, rule) if _passes(world, node, filters)]


def passes(world: World, rule: Node, node: Node) -> bool:
    """Return whether an object satisfies all filters of a rule that governs it."""
    return _passes(world, node, _complete(rule))


def governs(world: World, rule: Node, node: Node) -> bool:
    """Return whether a rule names an object, or looks at all of its level."""
    return any(candidate.id == node.id for candidate in candidates(world, rule))


def candidates(world: World, rule: Node) -> Iterator[Node]:
    """Yield the objects a rule looks at: those it names, or all of its level in its account."""
    filters = filters_of(rule.data)
    level = level_of(world, str(rule.data["account_id"]), filters)
    named = words.ids_of(filters)
    for node in world.store.children(f"act_{rule.data['account_id']}", words.LEVELS.get(level, "")):
        if not named or node.id in named:
            yield node


def level_of(world: World, account_id: str, filters: list[dict[str, Any]]) -> str:
    """Return the level of a rule: the one it names, else that of the objects it names; empty if there is none."""
    if entity_type := value_of(filters, "entity_type"):
        return str(entity_type)
    found = (world.store.get(item) for item in words.ids_of(filters))
    levels = {words.LEVEL_OF.get(node.kind, "") for node in found if node and node.data.get("account_id") == account_id}
    return levels.pop() if len(levels) == 1 else ""


def _complete(rule: Node) -> list[dict[str, Any]]:
    filters = filters_of(rule.data)
    if any(condition.get("field") == "effective_status" for condition in filters):
        return filters
    wakes = (rule.data.get("execution_spec") or {}).get("execution_type") == "UNPAUSE"
    return [_NOT_GONE if wakes else _ALIVE, *filters]


def _passes(world: World, node: Node, filters: list[dict[str, Any]]) -> bool:
    preset = str(value_of(filters, "time_preset") or "LIFETIME")
    return all(_holds(world, node, condition, preset) for condition in filters if condition["field"] not in SCOPE)


def _holds(world: World, node: Node, condition: dict[str, Any], preset: str) -> bool:
    name = words.take_apart(str(condition["field"]))
    if words.is_metric(name.field):
        subject = world.owner(node, name.owner)
        actual: Any = metric(Subject(world, subject), name.field, name.preset or preset) if subject else None
    else:
        actual = words.metadata(world, node, name)
    # What is not there satisfies nothing: no cost is neither low nor high.
    return actual is not None and _OPERATORS[str(condition["operator"])](actual, condition.get("value"))


def _decimal(value: Any) -> Decimal | None:
    """Parse a number, or a list of one number; return None for anything else."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    try:
        number = Decimal(str(alone))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _above(actual: Any, value: Any) -> bool:
    left, right = _decimal(actual), _decimal(value)
    return left is not None and right is not None and left > right


def _texts(value: Any) -> set[str]:
    return {str(item) for item in (value if isinstance(value, list) else [value])}


def _equal(actual: Any, value: Any) -> bool:
    number = _decimal(actual)
    return str(actual) in _texts(value) or (number is not None and number == _decimal(value))


def _within(actual: Any, value: Any) -> bool:
    low, high = (listed(value) or [value, value])[:2]
    return not _above(low, actual) and not _above(actual, high) and _decimal(actual) is not None


def _contains(actual: Any, value: Any) -> bool:
    return str(value).lower() in str(actual).lower()


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "GREATER_THAN": _above,
    "LESS_THAN": lambda actual, value: _above(value, actual),
    "EQUAL": _equal,
    "NOT_EQUAL": lambda actual, value: not _equal(actual, value),
    "IN_RANGE": _within,
    "NOT_IN_RANGE": lambda actual, value: not _within(actual, value),
    "IN": lambda actual, value: str(actual) in _texts(value),
    "NOT_IN": lambda actual, value: str(actual) not in _texts(value),
    "CONTAIN": _contains,
    "NOT_CONTAIN": lambda actual, value: not _contains(actual, value),
    "ANY": lambda actual, value: bool(_texts(actual) & _texts(value)),
    "ALL": lambda actual, value: _texts(value) <= _texts(actual),
    "NONE": lambda actual, value: not _texts(actual) & _texts(value),
}
