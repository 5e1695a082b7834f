"""What Meta takes of an audience: its kind, its rule, its likeness. `api_facts.md` section 8; guides/audience-rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from admonster_fb.errors import MISSING, Violation

Params = Mapping[str, Any]
DAY = 86400
MOST_RULES, MOST_FILTERS = 10, 100
LONGEST = {
    "pixel": 180, "app": 180, "page": 730, "ig_business": 730, "canvas": 730, "lead": 90, "ig_lead_generation": 90,
    "shopping_page": 365, "shopping_ig": 365, "ar_experience": 365, "ar_effects": 365,
}  # fmt: skip
"""Days that Meta keeps events of a kind of source. Of other kinds nothing is known here."""
OWNERS = {"page_": "page", "lead_generation_": "lead", "ig_": "ig_business", "instant_shopping_": "canvas"}
"""How the events of a kind of source begin."""
LIKES = "page_liked"
EQUAL = frozenset({"=", "eq"})
AGGREGATIONS = frozenset({"count", "sum", "avg", "min", "max", "time_spent", "last_event_time_field"})
RANGES = frozenset({"in_range", "not_in_range"})
RATIO = "0.01 to 0.20 in steps of 0.01 (1 % to 20 % of a country's people)"
SEEDS = "one of origin_audience_id, lookalike_spec.origin_ids (campaigns, ad sets) and lookalike_spec.page_id"


def violations(params: Params, *, update: bool = False) -> list[Violation]:
    """Return all that is wrong with a new audience, or with what an update brings.

    >>> [each.field for each in violations({"name": "A", "subtype": "CUSTOM"})]
    ['customer_file_source']
    """
    found = [*_name(params), *_days(params)]
    if not update:
        found += _kind(params)
    if "rule" in params:
        found += rule_violations(params["rule"])
    if "lookalike_spec" in params:
        found += _likeness(params, update=update)
    return found


def _name(params: Params) -> Iterator[Violation]:
    if "name" in params and not params["name"].strip():
        yield Violation("name", params["name"], "a name that is not empty")


def _days(params: Params) -> Iterator[Violation]:
    days = params.get("retention_days")
    if days is not None and not 1 <= days <= 180:
        yield Violation("retention_days", days, "1 to 180 days; a rule says longer ones in retention_seconds")


def _kind(params: Params) -> Iterator[Violation]:
    subtype, has_rule = params.get("subtype"), "rule" in params
    if subtype == "CUSTOM" and not has_rule and "customer_file_source" not in params:
        yield Violation("customer_file_source", MISSING, "where the list comes from, such as USER_PROVIDED_ONLY")
    if subtype == "CUSTOM" and has_rule:
        yield Violation("rule", params["rule"], "no rule for a customer list; no subtype for an audience of events")
    if subtype == "LOOKALIKE" and "lookalike_spec" not in params:
        yield Violation("lookalike_spec", MISSING, '{"ratio": 0.01, "country": "US"} and a seed')
    if subtype != "LOOKALIKE" and "lookalike_spec" in params:
        yield Violation("subtype", MISSING if subtype is None else subtype, "LOOKALIKE, for a lookalike_spec")
    if subtype is None and not has_rule and "lookalike_spec" not in params:
        yield Violation(
            "subtype", MISSING, "CUSTOM with customer_file_source, LOOKALIKE with lookalike_spec, or a rule"
        )
    if subtype in TOLD_BY_RULE and not has_rule:
        yield Violation("rule", MISSING, f"what people did, for {subtype}: AudienceRule builds it")
    if params.get("is_value_based") and subtype != "CUSTOM":
        yield Violation("is_value_based", True, "customer lists only (subtype CUSTOM)")


TOLD_BY_RULE = frozenset({"WEBSITE", "APP", "ENGAGEMENT", "OFFLINE_CONVERSION", "VIDEO"})
"""Kinds that the rule tells: since 2018 Meta takes no subtype for them, except for videos."""


def rule_violations(rule: Any) -> list[Violation]:
    """Return all that is wrong with a rule.

    >>> rule = {"inclusions": {"operator": "or", "rules": [{"event_sources": [{"id": "1", "type": "lead"}],
    ...     "retention_seconds": 100 * 86400}]}}
    >>> [each.allowed for each in rule_violations(rule)]
    ['up to 90 days (7776000) for lead']
    """
    if isinstance(rule, list):
        return [*_videos(rule)]
    inside, outside = rule.get("inclusions"), rule.get("exclusions")
    if not inside or not inside["rules"]:
        return [Violation("rule.inclusions", MISSING, "at least one rule")]
    found: list[Violation] = []
    count = len(inside["rules"]) + len(outside["rules"] if outside else ())
    if count > MOST_RULES:
        found.append(Violation("rule", f"{count} rules", f"{MOST_RULES} rules at most, exclusions among them"))
    for name, part in (("inclusions", inside), ("exclusions", outside)):
        for number, each in enumerate(part["rules"] if part else ()):
            found += _event_rule(each, f"rule.{name}.rules.{number}")
    return [*found, *_likes([*inside["rules"], *(outside["rules"] if outside else ())])]


def _videos(rule: Sequence[Any]) -> Iterator[Violation]:
    if not rule:
        yield Violation("rule", [], "at least one video")
    for number, each in enumerate(rule):
        for name in ("object_id", "event_name"):
            if not each.get(name):
                yield Violation(
                    f"rule.{number}.{name}", MISSING, "the video's id" if name == "object_id" else "an event"
                )


def _event_rule(rule: Params, path: str) -> Iterator[Violation]:
    sources = rule.get("event_sources") or []
    if not sources:
        yield Violation(f"{path}.event_sources", MISSING, 'where events come from: [{"id": …, "type": "pixel"}]')
    leaves = [*_leaves(rule.get("filter") or {}, f"{path}.filter")]
    if len(leaves) > MOST_FILTERS:
        yield Violation(f"{path}.filter", f"{len(leaves)} filters", f"{MOST_FILTERS} filters at most")
    events = [str(leaf.get("value")) for _, leaf in leaves if leaf.get("field") == "event"]
    yield from _retention(rule, path, [str(each["type"]) for each in sources], events)
    for where, leaf in leaves:
        yield from _leaf(leaf, where, {str(each["type"]) for each in sources})
    if "aggregation" in rule:
        yield from _aggregation(rule["aggregation"], f"{path}.aggregation")


def _retention(rule: Params, path: str, kinds: Sequence[str], events: Sequence[str]) -> Iterator[Violation]:
    seconds, name = rule.get("retention_seconds"), f"{path}.retention_seconds"
    if seconds is None:
        yield Violation(name, MISSING, "for how long events count, in seconds: 2592000 is 30 days")
    elif LIKES in events:
        if seconds:
            yield Violation(name, seconds, f"0 for {LIKES}: it holds who likes the Page now")
    elif seconds == 0:
        yield Violation(name, seconds, "from 86400 (a day) on")
    else:
        for kind in dict.fromkeys(kinds):
            most = LONGEST.get(kind)
            if most is not None and seconds > most * DAY:
                yield Violation(name, seconds, f"up to {most} days ({most * DAY}) for {kind}")


def _leaves(node: Params, path: str) -> Iterator[tuple[str, Params]]:
    """Yield the single conditions of a filter, however deep."""
    if "field" in node:
        yield path, node
    for number, each in enumerate(node.get("filters") or ()):
        if isinstance(each, Mapping):
            yield from _leaves(each, f"{path}.filters.{number}")


def _leaf(leaf: Params, path: str, kinds: set[str]) -> Iterator[Violation]:
    for name in ("operator", "value"):
        if name not in leaf:
            yield Violation(f"{path}.{name}", MISSING, "required")
    if leaf.get("field") != "event" or "operator" not in leaf:
        return
    if leaf["operator"] not in EQUAL:
        yield Violation(f"{path}.operator", leaf["operator"], '"=" for an event')
    owner = next((kind for start, kind in OWNERS.items() if str(leaf.get("value")).startswith(start)), None)
    known = kinds & {*OWNERS.values()}
    if owner and known and owner not in known:
        yield Violation(f"{path}.value", leaf["value"], f"an event of {', '.join(sorted(known))}, not of {owner}")


def _aggregation(told: Params, path: str) -> Iterator[Violation]:
    kind = told.get("type")
    if kind not in AGGREGATIONS:
        yield Violation(f"{path}.type", MISSING if kind is None else kind, f"one of {', '.join(sorted(AGGREGATIONS))}")
    if kind in {"sum", "avg", "min", "max"} and "field" not in told:
        yield Violation(f"{path}.field", MISSING, f"what to take the {kind} of")
    for name in ("operator", "value"):
        if name not in told:
            yield Violation(f"{path}.{name}", MISSING, "required")
    if told.get("method") == "percentile" and told.get("operator") not in RANGES:
        yield Violation(f"{path}.operator", told.get("operator", MISSING), "in_range or not_in_range, for percentile")


def _likes(rules: Sequence[Params]) -> Iterator[Violation]:
    """People who like a Page are an audience of their own."""
    events = {
        str(leaf.get("value"))
        for rule in rules
        for _, leaf in _leaves(rule.get("filter") or {}, "")
        if leaf.get("field") == "event" and str(leaf.get("value")).startswith("page_")
    }
    if LIKES in events and len(events) > 1:
        yield Violation("rule", sorted(events), f"{LIKES} alone: Meta combines it with no other event of the Page")


def _likeness(params: Params, *, update: bool) -> Iterator[Violation]:
    spec, path = params["lookalike_spec"], "lookalike_spec"
    if not update:
        seeds = [each for each in ("origin_ids", "page_id") if spec.get(each)]
        if len(seeds) + ("origin_audience_id" in params) != 1:
            given = [*seeds, *(["origin_audience_id"] if "origin_audience_id" in params else [])]
            yield Violation("origin_audience_id", given or MISSING, SEEDS)
        wanted = {"origin_ids": "campaign_conversions", "page_id": "page_like"}.get(seeds[0]) if seeds else None
        if wanted and spec.get("conversion_type") != wanted:
            yield Violation(f"{path}.conversion_type", spec.get("conversion_type", MISSING), wanted)
    whole = spec.get("type") in ("similarity", "reach")
    if ("ratio" in spec) == whole:
        yield Violation(
            f"{path}.ratio", spec.get("ratio", MISSING), "exactly one of ratio and type (similarity, reach)"
        )
    yield from _ratios(spec, path)
    places = [name for name in ("country", "location_spec") if spec.get(name)]
    if len(places) != 1:
        yield Violation(f"{path}.country", places or MISSING, "exactly one of country and location_spec")


def _ratios(spec: Params, path: str) -> Iterator[Violation]:
    for name in ("ratio", "starting_ratio"):
        if name in spec and not _is_step(spec[name], 0 if name == "starting_ratio" else 1):
            yield Violation(f"{path}.{name}", spec[name], RATIO)
    if "starting_ratio" in spec and "ratio" in spec and spec["starting_ratio"] >= spec["ratio"]:
        yield Violation(f"{path}.starting_ratio", spec["starting_ratio"], f"less than ratio ({spec['ratio']})")


def _is_step(ratio: float, least: int) -> bool:
    steps = Decimal(str(ratio)) * 100
    return steps == steps.to_integral_value() and least <= steps <= 20
