"""What `help` answers, and the names suggested for one that does not exist."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.registry import Op, names
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Node

MANY = 40
"""More ops than this are listed by the gist of what they do: each line counts in every conversation."""


def answer(ops: Mapping[str, Op], args: Mapping[str, Any]) -> str:
    """Return the list of ops, one op's schema and example (`op`), or the ops that match (`query`)."""
    unknown = [Violation(name, value, "op or query") for name, value in args.items() if name not in {"op", "query"}]
    if unknown:
        raise ParameterError(unknown)
    wanted, query = args.get("op"), args.get("query")
    if wanted:
        op = ops.get(names().get(str(wanted), str(wanted)))
        if op is None:
            raise ParameterError([Violation("op", wanted, nearest(str(wanted), ops))])
        return one(op)
    chosen = search(ops, str(query)) if query else list(ops.values())
    return listing(chosen) if chosen else f"No op matches. Groups: {', '.join(_groups(ops))}"


def listing(ops: list[Op]) -> str:
    """Return ops by group, one line each; of very many only the gist, so that one answer holds them all."""
    lines, told = [], _gist if len(ops) > MANY else _summary
    for group, members in itertools.groupby(ops, key=lambda op: op.spec.group):
        lines += [f"[{group}]", *(f"{op.name}: {told(op)}" for op in members)]
    return "\n".join([*lines, "Details: op=help args={op: NAME}"])


def _summary(op: Op) -> str:
    return op.summary


def _gist(op: Op) -> str:
    """Return a summary up to its first full stop, comma, semicolon, colon or bracket."""
    first = re.split(r"[,;:(]|\. ", op.summary)[0].strip().rstrip(".")
    return f"{first.removesuffix(' and').removesuffix(' or')}."


def one(op: Op) -> str:
    """Return all about one op."""
    parts = [
        f"{op.name} ({op.access}): {op.summary}",
        op.details,
        f"Cost: {op.spec.cost}" if op.spec.cost else "",
        f"Also called: {', '.join(op.spec.also)}" if op.spec.also else "",
        f"Other names of arguments: {', '.join(f'{a} = {b}' for a, b in op.spec.aliases.items())}"
        if op.spec.aliases
        else "",
        f"Example: {json.dumps(example(op), ensure_ascii=False)}",
        f"Arguments: {_in_lines(compact(op.schema))}",
    ]
    return "\n".join(part for part in parts if part)


def _in_lines(schema: dict[str, Any]) -> str:
    """Return a schema as JSON with a line for each argument, the definitions last: a long one is shown in parts."""
    parts, last = [], ("properties", "$defs")
    for key, value in sorted(schema.items(), key=lambda item: (item[0] in last, item[0] == "$defs")):
        if key in last:
            inner = ",\n".join(f"{_json(name)}:{_json(part)}" for name, part in value.items())
            parts.append(f"{_json(key)}:{{\n{inner}}}")
        else:
            parts.append(f"{_json(key)}:{_json(value)}")
    return f"{{{','.join(parts)}}}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def compact(schema: Any) -> Any:
    """Return a JSON Schema without titles and nulls, which say nothing."""
    if isinstance(schema, list):
        return [compact(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    kept = {key: compact(value) for key, value in schema.items() if key != "default" and not _is_title(key, value)}
    only = kept.get("anyOf")
    if isinstance(only, list) and len(only) == 1:
        kept = {**{key: value for key, value in kept.items() if key != "anyOf"}, **only[0]}
    return kept


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)


def search(ops: Mapping[str, Op], query: str) -> list[Op]:
    """Return the ops whose name, summary, group or arguments hold the words of the query, the best first."""
    words = query.lower().split()

    def score(op: Op) -> int:
        name, text = op.name, f"{op.summary} {op.details} {' '.join(op.schema['properties'])}".lower()
        return sum(3 * (word in name) + 2 * (word in op.spec.group) + (word in text) for word in words)

    found = [op for op in ops.values() if score(op)]
    return sorted(found, key=score, reverse=True)[:10]


def nearest(name: str, ops: Mapping[str, Op]) -> str:
    """Return what to say for a name that is no op: the three nearest."""
    known = [other for other, own in names().items() if own in ops]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
    return f"{', '.join(near)}, …: op=help lists all"


def example(op: Op) -> dict[str, Any]:
    """Return a call of the op with its required arguments."""
    schema = op.schema
    args = {name: _value(name) for name in schema.get("required", [])} | _SHOWN.get(op.name, {})
    return {"op": op.name, "args": {name: value for name, value in args.items() if name != "ad_account_id"}}


_SHOWN: dict[str, dict[str, Any]] = {
    "update_campaign": {"status": "PAUSED"},
    "launch_campaign": {
        "preset": "traffic",
        "campaign": {"name": "Autumn sale", "special_ad_categories": []},
        "images": {"hero": "hero.png"},
        "adsets": [
            {
                "name": "US",
                "daily_budget": "20.00 USD",
                "targeting": {"geo_locations": {"countries": ["US"]}},
                "ads": [
                    {
                        "name": "Hero",
                        "creative": {"page_id": "1", "link": "https://example.com/", "message": "New", "image": "hero"},
                    }
                ],
            }
        ],
    },
    "bulk_update_campaigns": {"campaign_ids": ["120210000000000001"], "status": "PAUSED"},
    "scale_campaign": {"factor": 1.2, "max_daily_budget": "60.00 USD"},
    "update_spending_limit": {"spending_limit": "2500.00 USD"},
    "duplicate_adset": {"new_name": "Autumn sale, Canada"},
    "update_adset": {"daily_budget": "25.00 USD"},
    "update_ad": {"status": "PAUSED"},
    "update_creative": {"name": "Autumn sale 2"},
    "preview_ad": {"ad_id": "120210000000000001"},
    "get_insights": {"days": 7},
    "get_detailed_insights": {"level": "campaign", "date_preset": "last_7d"},
    "export_insights_to_csv": {"filename": "insights.csv", "level": "campaign", "days": 7},
    "create_async_report": {"level": "ad", "days": 28, "time_increment": 1},
    "sync_insights": {"filename": "figures.sqlite", "level": "campaign"},
    "upload_image": {"image_path": "shoes.png"},
    "upload_video": {"video_path": "shoes.mp4", "title": "Warm feet"},
    "create_creative": {"page_id": "1", "link": "https://example.com/", "image_hash": "…", "message": "New in"},
    "list_campaigns": {"status": "ACTIVE", "limit": 10},
    "get_delivery_estimate": {
        "object_id": "act_1",
        "targeting_spec": {"geo_locations": {"countries": ["US"]}},
        "optimization_goal": "LINK_CLICKS",
    },
    "search_behaviors": {"q": "travel"},
    "setup_performance_alert": {"action": "pause_campaign"},
    "check_alerts": {
        "rules": [{"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000, "action": "pause"}]
    },
    "create_ad_rule": {"schedule_spec": {"schedule_type": "DAILY"}},
    "update_ad_rule": {"status": "DISABLED"},
    "create_ab_test": {"metric": "clicks"},
    "update_ab_test": {"name": "Which picture 2"},
    "search_locations": {"q": "California", "location_types": ["region"]},
    "create_custom_audience": {"name": "Visitors of shoes", "pixel_id": "604381177220931", "url_contains": ["/shoes"]},
    "create_lookalike_audience": {
        "origin_audience_id": "120210000000000001",
        "target_countries": ["US"],
        "ratio": 0.01,
    },
    "create_lookalike_tiers": {"origin_audience_id": "120210000000000001", "country": "US"},
    "update_audience": {"name": "Customers 2026"},
    "update_pixel": {"name": "Shop"},
    "create_custom_conversion": {
        "event_source_id": "604381177220931",
        "rule": {"and": [{"url": {"i_contains": "thankyou"}}]},
        "custom_event_type": "PURCHASE",
    },
    "update_custom_conversion": {"name": "Thank-you page"},
    "send_conversion_events": {
        "events": [
            {
                "event_name": "Purchase",
                "event_time": 1793534400,
                "action_source": "physical_store",
                "user_data": {"em": "mary@example.com"},
                "custom_data": {"value": 12.5, "currency": "USD"},
            }
        ]
    },
}
"""What an example shows beyond the required arguments."""
_EXAMPLES: dict[str, Any] = {
    "special_ad_categories": [],
    "objective": "OUTCOME_TRAFFIC",
    "optimization_goal": "LINK_CLICKS",
    "billing_event": "IMPRESSIONS",
    "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    "targeting_spec": {"geo_locations": {"countries": ["US"]}, "age_min": 25, "age_max": 45},
    "q": "coffee",
    "ad_format": "MOBILE_FEED_STANDARD",
    "name": "Autumn sale",
    "currency": "USD",
    "timezone_id": 1,
    "end_advertiser": "NONE",
    "tasks": ["ANALYZE"],
    "user": "100000000000001",
    "budget_value": "10.00 USD",
    "budget_value_type": "ABSOLUTE",
    "time_start": "2026-11-27T00:00:00+0000",
    "time_end": "2026-11-30T00:00:00+0000",
    "creative": "120210000000000001",
    "conditions": [{"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000}],
    "evaluation_spec": {
        "evaluation_type": "SCHEDULE",
        "filters": [
            {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
            {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
            {"field": "cost_per", "operator": "GREATER_THAN", "value": "20.00 USD"},
        ],
    },
    "execution_spec": {"execution_type": "PAUSE"},
    "cells": [{"campaign_ids": ["120210000000000001"]}, {"campaign_ids": ["120210000000000002"]}],
    "start_date": "2026-12-01",
    "end_date": "2026-12-14",
    "tiers": [0.01, 0.03, 0.05],
    "ad_account_ids": ["act_2"],
    "parent_id": "act_1",
    "object_id": "120210000000000001",
    "plan_id": "plan_3f8a1c29d04b7e65a2c1",
}


def _value(name: str) -> Any:
    if name in _EXAMPLES:
        return _EXAMPLES[name]
    return "120210000000000001" if name.endswith("_id") else "…"


def done(op: Op, value: Any) -> str:
    """Return the first line of the text of a write."""
    past = _PAST.get(op.name.split("_", 1)[0], "done")
    if value is None:
        return f"OK: {past}."
    return f"OK: {past}, as it is now:" if isinstance(value, Node) else f"OK: {past}:"


_PAST = {
    "add": "added",
    "bulk": "sent",
    "create": "created",
    "duplicate": "copied",
    "remove": "removed",
    "scale": "scaled",
    "update": "updated",
    "delete": "deleted",
    "archive": "archived",
    "upload": "uploaded",
    "send": "sent",
    "setup": "set up",
    "share": "shared",
    "unshare": "taken back",
    "execute": "begun",
    "discard": "discarded",
}


def _groups(ops: Mapping[str, Op]) -> list[str]:
    return list(dict.fromkeys(op.spec.group for op in ops.values()))
