"""Rules of event audiences: the JSON that Meta accepts (`docs/meta-rules.md`, Audiences; Meta's "Audience Rules")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from admonster_fb.sandbox.audiences import state
from admonster_fb.sandbox.convert import listed, read_json, whole
from admonster_fb.sandbox.errors import GraphError, refuse
from admonster_fb.sandbox.world import Call

DAY = 86_400
MOST_RULES, MOST_FILTERS = 10, 100
# For how many days events of each source may be looked back, and what the audience is called.
SOURCES: dict[str, tuple[int, str]] = {
    "pixel": (180, state.WEBSITE),
    "app": (180, state.APP),
    "offline_events": (180, "OFFLINE_CONVERSION"),
    "lead": (90, state.ENGAGEMENT),
    **dict.fromkeys(("page", "ig_business", "canvas"), (730, state.ENGAGEMENT)),
    **dict.fromkeys(("video", "shopping_page", "shopping_ig", "ar_experience", "ar_effects"), (365, state.ENGAGEMENT)),
}
_PLAIN = ("contains", "not_contains", "is_any", "is_not_any", "starts_with")
EQUAL = frozenset({"=", "eq"})
OPERATORS = EQUAL | {
    *("!=", ">", ">=", "<", "<=", "neq", "gt", "gte", "lt", "lte", "regex_match"),
    *_PLAIN,
    *(f"i_{item}" for item in _PLAIN),
}
AGGREGATIONS = ("count", "sum", "avg", "min", "max", "time_spent", "last_event_time_field")
METHODS = ("absolute", "percentile")
# People who like a Page have no event date.
WITHOUT_END = "page_liked"
Json = dict[str, Any]


def invalid_rule(text: str) -> GraphError:
    """Return the refusal of a rule."""
    return refuse(1713098, "rule", msg=text)


def read(value: Any) -> Any:
    """Return a rule that came as JSON, or as text with JSON in it."""
    if (rule := read_json(value)) is None:
        raise invalid_rule("The rule is not valid JSON.")
    return rule


def is_of_videos(rule: Any) -> bool:
    """Return whether a rule is the list of watched videos, the one form that needs a subtype."""
    return isinstance(rule, list)


def _check_videos(rule: list[Any]) -> None:
    for item in rule:
        if not isinstance(item, dict) or not item.get("event_name") or not item.get("object_id"):
            raise invalid_rule("Each part of a video rule needs event_name and object_id.")
    if not rule:
        raise invalid_rule("The rule names no video.")


def check(call: Call, rule: Any) -> None:
    """Refuse a rule that Meta can't evaluate."""
    if is_of_videos(rule):
        _check_videos(rule)
        return
    if not isinstance(rule, dict) or not isinstance(rule.get("inclusions"), dict):
        raise invalid_rule("The rule needs inclusions.")
    parts = [part for name in ("inclusions", "exclusions") if (part := rule.get(name))]
    for part in parts:
        if not isinstance(part, dict) or part.get("operator") not in ("or", "and"):
            raise invalid_rule("Inclusions and exclusions need an operator: or, and.")
        if not listed(part.get("rules")):
            raise invalid_rule("Inclusions and exclusions need rules.")
    rules = [item for part in parts for item in part["rules"]]
    if len(rules) > MOST_RULES:
        raise invalid_rule(f"A rule can have up to {MOST_RULES} parts.")
    for item in rules:
        _check_part(call, item)
    if sum(len(list(_filters(item.get("filter")))) for item in rules) > MOST_FILTERS:
        raise invalid_rule(f"A rule can have up to {MOST_FILTERS} filters.")


def sources(rule: Any) -> list[Json]:
    """Return the event sources of a rule that has been checked."""
    parts = [rule.get("inclusions"), rule.get("exclusions")]
    return [source for part in parts if part for item in part["rules"] for source in item["event_sources"]]


def subtype(rule: Any) -> str:
    """Return what kind of audience a rule makes."""
    return state.VIDEO if is_of_videos(rule) else SOURCES[sources(rule)[0]["type"]][1]


def days(rule: Any) -> int:
    """Return for how many days people stay, by the longest part."""
    if is_of_videos(rule):
        return max((whole(item.get("retention_seconds")) or 0 for item in rule), default=0) // DAY
    return max(int(item["retention_seconds"]) for item in rule["inclusions"]["rules"]) // DAY


def _check_part(call: Call, part: Any) -> None:
    if not isinstance(part, dict) or not listed(part.get("event_sources")):
        raise invalid_rule("Each rule needs event_sources.")
    limits = [_check_source(call, source) for source in part["event_sources"]]
    seconds = whole(part.get("retention_seconds"))
    filters = list(_filters(part.get("filter")))
    liked = any(condition.get("value") == WITHOUT_END for condition in filters)
    if seconds is None or seconds < 0 or (seconds == 0) != liked:
        raise invalid_rule(f"retention_seconds must be more than 0, and 0 for {WITHOUT_END}.")
    if seconds > min(limits) * DAY:
        raise invalid_rule(f"retention_seconds can be up to {min(limits) * DAY} for these event sources.")
    for condition in filters:
        _check_filter(condition)
    _check_aggregation(part.get("aggregation"))


def _check_source(call: Call, source: Any) -> int:
    if not isinstance(source, dict) or source.get("type") not in SOURCES or not source.get("id"):
        raise invalid_rule(f"An event source needs an id and a type: {', '.join(sorted(SOURCES))}.")
    kind = {"pixel": "AdsPixel", "page": "Page"}.get(source["type"])
    found = call.find(str(source["id"]))
    if kind and (found is None or found.kind != kind):
        raise invalid_rule(f"There is no {source['type']} {source['id']} that this account can use.")
    return SOURCES[source["type"]][0]


def _filters(node: Any) -> Iterator[Json]:
    if node is None:
        return
    if not isinstance(node, dict):
        raise invalid_rule("A filter must be an object.")
    if "filters" not in node:
        yield node
        return
    if node.get("operator") not in ("or", "and"):
        raise invalid_rule("A group of filters needs an operator: or, and.")
    for condition in listed(node["filters"]):
        yield from _filters(condition)


def _check_filter(condition: Json) -> None:
    field, operator = condition.get("field"), condition.get("operator")
    if not field or operator not in OPERATORS or "value" not in condition:
        raise invalid_rule("A filter needs a field, an operator that exists and a value.")
    if field == "event" and operator not in EQUAL:
        raise invalid_rule("A filter of the field event needs the operator eq.")


def _check_aggregation(aggregation: Any) -> None:
    if aggregation is None:
        return
    if not isinstance(aggregation, dict) or aggregation.get("type") not in AGGREGATIONS:
        raise invalid_rule(f"An aggregation needs a type: {', '.join(AGGREGATIONS)}.")
    if aggregation.get("method", METHODS[0]) not in METHODS:
        raise invalid_rule(f"The method of an aggregation is one of {', '.join(METHODS)}.")
    if aggregation.get("operator") not in OPERATORS or "value" not in aggregation:
        raise invalid_rule("An aggregation needs an operator and a value.")
