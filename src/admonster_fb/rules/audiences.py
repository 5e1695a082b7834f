"""Rules of custom audiences, their event rules and lookalike specs. Source: `docs/meta-rules.md#audiences`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.rules import core
from admonster_fb.rules.core import rule

Params = Mapping[str, Any]
DAY = 86400
MAX_RULES, MAX_FILTERS = 10, 100
MAX_DAYS = {
    "pixel": 180, "app": 180, "page": 730, "ig_business": 730, "canvas": 730, "lead": 90, "ig_lead_generation": 90,
    "shopping_page": 365, "shopping_ig": 365, "ar_experience": 365, "ar_effects": 365,
}  # fmt: skip
"""Days for which Meta stores events, by kind of source. Other kinds are not checked."""
MAX_VIDEO_DAYS = 365  # days that people stay in an audience of videos, whose rule has no retention_seconds
OWNERS = {"page_": "page", "lead_generation_": "lead", "ig_": "ig_business", "instant_shopping_": "canvas"}
"""The kind of source by the beginning of its events."""
PLACELESS_FROM = 27  # version from which lookalikes have no country
LIKES = "page_liked"
EQUAL = frozenset({"=", "eq"})
AGGREGATIONS = frozenset({"count", "sum", "avg", "min", "max", "time_spent", "last_event_time_field"})
RANGES = frozenset({"in_range", "not_in_range"})
RATIO = "0.01 to 0.20 in steps of 0.01 (1 % to 20 % of a country's people)"
SEEDS = "one of origin_audience_id, lookalike_spec.origin_ids (campaigns, ad sets) and lookalike_spec.page_id"


def violations(params: Params, *, update: bool = False, version: str = "") -> list[Violation]:
    """Return all violations of a new audience's parameters, or of the parameters of an update.

    From `version` v27 on, a lookalike needs no country: creation no longer takes one (SDK for Node v27.0.0).
    """
    found = core.violations("audience", params, update)
    if not version or int(version.removeprefix("v").partition(".")[0]) < PLACELESS_FROM:
        return found
    return [each for each in found if each.field != "lookalike_spec.country" or each.given is not MISSING]


doubts = partial(core.doubts, "audience")
"""Return the warnings about the parameters of a new audience, or of an update: `doubts(params, update)`."""
_NOT_REFUSED = "F audiences"
"""The evidence of what Meta's pages do not name, and do not say that it is refused: a warning."""


@rule("audience-name", "audience", "D Custom audience")
def _name(params: Params, _: bool) -> Iterator[Violation]:
    if "name" in params and not params["name"].strip():
        yield Violation("name", params["name"], "a name that is not empty")


@rule("audience-days", "audience", "D Custom audience")
def _days(params: Params, _: bool) -> Iterator[Violation]:
    days, videos = params.get("retention_days"), isinstance(params.get("rule"), list)
    most = MAX_VIDEO_DAYS if videos else 180
    if days is not None and not 1 <= days <= most:
        longer = "" if videos else "; for longer times use retention_seconds in a rule"
        doubt = _NOT_REFUSED if videos and days > most else ""
        yield Violation("retention_days", days, f"1 to {most} days{longer}", doubt)


@rule("audience-subtype", "audience", "D Custom audiences; D Website audiences")
def _subtype(params: Params, update: bool) -> Iterator[Violation]:
    if update:
        return
    subtype, has_rule = params.get("subtype"), "rule" in params
    if subtype == "CUSTOM" and not has_rule and "customer_file_source" not in params:
        yield Violation("customer_file_source", MISSING, "the source of the list, such as USER_PROVIDED_ONLY")
    if subtype == "CUSTOM" and has_rule:
        yield Violation("rule", params["rule"], "no rule for a customer list; no subtype for an audience of events")
    if subtype == "LOOKALIKE" and "lookalike_spec" not in params:
        yield Violation("lookalike_spec", MISSING, '{"ratio": 0.01, "country": "US"} and a seed')
    if subtype != "LOOKALIKE" and "lookalike_spec" in params:
        yield Violation("subtype", MISSING if subtype is None else subtype, "LOOKALIKE, for a lookalike_spec")
    if subtype is None and not has_rule and "lookalike_spec" not in params:
        known = "CUSTOM with customer_file_source, LOOKALIKE with lookalike_spec, or a rule"
        yield Violation("subtype", MISSING, known, _NOT_REFUSED if params.keys() & _OTHER_SOURCES else "")
    if subtype in IMPLIED_BY_RULE and not has_rule:
        doubt = _NOT_REFUSED if params.keys() & _OTHER_SOURCES else ""
        yield Violation("rule", MISSING, f"the events, for {subtype}: build it with AudienceRule", doubt)
    if params.get("is_value_based") and subtype != "CUSTOM":
        yield Violation("is_value_based", True, "customer lists only (subtype CUSTOM)", _NOT_REFUSED)


_OTHER_SOURCES = frozenset(
    {"associated_audience_id", "claim_objective", "creation_params", "dataset_id", "event_source_group"}
    | {"event_sources", "inclusions", "list_of_accounts", "parent_audience_id", "product_set_id", "video_group_ids"}
    | {"whats_app_business_phone_number_id", "marketing_message_channels", "regulated_audience_spec"}
    | {"subscription_info"}
)
"""Parameters of the SDK's that say who is in an audience without a subtype or a rule of events."""
IMPLIED_BY_RULE = frozenset({"WEBSITE", "APP", "ENGAGEMENT", "OFFLINE_CONVERSION", "VIDEO"})
"""Subtypes that follow from the rule: since 2018 Meta accepts no subtype for them, except for videos."""


@rule("audience-rule", "audience", "D Audience rules")
def _rule(params: Params, _: bool) -> list[Violation]:
    return rule_violations(params["rule"]) if "rule" in params else []


def rule_violations(spec: Any) -> list[Violation]:
    """Return all violations of the rule of an audience."""
    if isinstance(spec, list):
        return [*_videos(spec)]
    inside, outside = spec.get("inclusions"), spec.get("exclusions")
    if not inside or not inside["rules"]:
        return [Violation("rule.inclusions", MISSING, "at least one rule")]
    found: list[Violation] = []
    count = len(inside["rules"]) + len(outside["rules"] if outside else ())
    if count > MAX_RULES:
        found.append(Violation("rule", f"{count} rules", f"at most {MAX_RULES} rules, including exclusions"))
    for name, part in (("inclusions", inside), ("exclusions", outside)):
        for number, event_rule in enumerate(part["rules"] if part else ()):
            found += _event_rule(event_rule, f"rule.{name}.rules.{number}")
    return [*found, *_likes([*inside["rules"], *(outside["rules"] if outside else ())])]


def _videos(spec: Sequence[Any]) -> Iterator[Violation]:
    if not spec:
        yield Violation("rule", [], "at least one video")
    for number, video in enumerate(spec):
        for name in ("object_id", "event_name"):
            if not video.get(name):
                allowed = "the video's id" if name == "object_id" else "an event"
                yield Violation(f"rule.{number}.{name}", MISSING, allowed)


def _event_rule(event_rule: Params, path: str) -> Iterator[Violation]:
    sources = event_rule.get("event_sources") or []
    if not sources:
        yield Violation(f"{path}.event_sources", MISSING, 'the sources of events: [{"id": …, "type": "pixel"}]')
    leaves = [*_leaves(event_rule.get("filter") or {}, f"{path}.filter")]
    if len(leaves) > MAX_FILTERS:
        yield Violation(f"{path}.filter", f"{len(leaves)} filters", f"at most {MAX_FILTERS} filters")
    events = [str(leaf.get("value")) for _, leaf in leaves if leaf.get("field") == "event"]
    yield from _retention(event_rule, path, [str(source["type"]) for source in sources], events)
    for where, leaf in leaves:
        yield from _leaf(leaf, where, {str(source["type"]) for source in sources})
    if "aggregation" in event_rule:
        yield from _aggregation(event_rule["aggregation"], f"{path}.aggregation")


def _retention(event_rule: Params, path: str, kinds: Sequence[str], events: Sequence[str]) -> Iterator[Violation]:
    seconds, name = event_rule.get("retention_seconds"), f"{path}.retention_seconds"
    if seconds is None:
        yield Violation(name, MISSING, "the time for which events count, in seconds: 2592000 is 30 days")
    elif LIKES in events:
        if seconds:
            yield Violation(name, seconds, f"0 for {LIKES}: the audience has the people who like the Page now")
    elif seconds == 0:
        yield Violation(name, seconds, "86400 (a day) or more")
    else:
        for kind in dict.fromkeys(kinds):
            most = MAX_DAYS.get(kind)
            if most is not None and seconds > most * DAY:
                yield Violation(name, seconds, f"up to {most} days ({most * DAY}) for {kind}")


def _leaves(node: Params, path: str) -> Iterator[tuple[str, Params]]:
    """Yield the conditions of a filter at any depth, each with its path."""
    if "field" in node:
        yield path, node
    for number, child in enumerate(node.get("filters") or ()):
        if isinstance(child, Mapping):
            yield from _leaves(child, f"{path}.filters.{number}")


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
        allowed = f"an event of {', '.join(sorted(known))}, not of {owner}"
        yield Violation(f"{path}.value", leaf["value"], allowed, _NOT_REFUSED)


def _aggregation(spec: Params, path: str) -> Iterator[Violation]:
    kind = spec.get("type")
    if kind not in AGGREGATIONS:
        yield Violation(f"{path}.type", MISSING if kind is None else kind, f"one of {', '.join(sorted(AGGREGATIONS))}")
    if kind in {"sum", "avg", "min", "max"} and "field" not in spec:
        yield Violation(f"{path}.field", MISSING, f"the field whose {kind} is computed")
    for name in ("operator", "value"):
        if name not in spec:
            yield Violation(f"{path}.{name}", MISSING, "required")
    if spec.get("method") == "percentile" and spec.get("operator") not in RANGES:
        yield Violation(f"{path}.operator", spec.get("operator", MISSING), "in_range or not_in_range, for percentile")


def _likes(rules: Sequence[Params]) -> Iterator[Violation]:
    """Yield a violation if the audience of people who like a Page has other events too."""
    events = {
        str(leaf.get("value"))
        for event_rule in rules
        for _, leaf in _leaves(event_rule.get("filter") or {}, "")
        if leaf.get("field") == "event" and str(leaf.get("value")).startswith("page_")
    }
    if LIKES in events and len(events) > 1:
        yield Violation("rule", sorted(events), f"{LIKES} alone: Meta combines it with no other event of the Page")


@rule("audience-lookalike", "audience", "D Lookalike audiences")
def _lookalike(params: Params, update: bool) -> Iterator[Violation]:
    if "lookalike_spec" not in params:
        return
    spec, path = params["lookalike_spec"], "lookalike_spec"
    if not update:
        seeds = [name for name in ("origin_ids", "page_id") if spec.get(name)]
        given = [*seeds, *(["origin_audience_id"] if "origin_audience_id" in params else [])]
        if len(given) != 1:
            doubt = "" if given or not spec.keys() & _OTHER_SEEDS else _NOT_REFUSED
            yield Violation("origin_audience_id", given or MISSING, SEEDS, doubt)
        conversion = {"origin_ids": "campaign_conversions", "page_id": "page_like"}.get(seeds[0]) if seeds else None
        if conversion and spec.get("conversion_type") != conversion:
            yield Violation(f"{path}.conversion_type", spec.get("conversion_type", MISSING), conversion)
    whole = spec.get("type") in ("similarity", "reach")
    if ("ratio" in spec) == whole:
        allowed = "exactly one of ratio and type (similarity, reach)"
        yield Violation(f"{path}.ratio", spec.get("ratio", MISSING), allowed)
    yield from _ratios(spec, path)
    places = [name for name in ("country", "location_spec") if spec.get(name)]
    if len(places) != 1:
        doubt = _NOT_REFUSED if not places and spec.get("target_countries") else ""
        yield Violation(f"{path}.country", places or MISSING, "exactly one of country and location_spec", doubt)


_OTHER_SEEDS = frozenset({"origin", "origin_event_name", "origin_event_source_name", "product_set_name"})
"""Seeds that only the SDK knows."""


def _ratios(spec: Params, path: str) -> Iterator[Violation]:
    for name, least in (("ratio", 1), ("starting_ratio", 0)):
        steps = Decimal(str(spec[name])) * 100 if name in spec else Decimal(least)
        if steps != steps.to_integral_value() or not least <= steps <= 20:
            yield Violation(f"{path}.{name}", spec[name], RATIO)
    if "starting_ratio" in spec and "ratio" in spec and spec["starting_ratio"] >= spec["ratio"]:
        yield Violation(f"{path}.starting_ratio", spec["starting_ratio"], f"less than ratio ({spec['ratio']})")
