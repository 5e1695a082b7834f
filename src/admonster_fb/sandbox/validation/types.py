"""JSON types of parameters: what comes first, before any rule looks at a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.errors import not_list, plain
from admonster_fb.sandbox.validation.case import whole

_BUDGETS = {"daily_budget": "integer", "lifetime_budget": "integer"}
TYPES: dict[str, dict[str, str]] = {
    "Campaign": {
        **_BUDGETS,
        "spend_cap": "integer",
        "is_adset_budget_sharing_enabled": "boolean",
        "special_ad_categories": "list",
        "special_ad_category_country": "list",
        "promoted_object": "object",
        "adset_budgets": "list",
        "start_time": "date",
        "stop_time": "date",
    },
    "AdSet": {
        **_BUDGETS,
        "bid_amount": "integer",
        "daily_min_spend_target": "integer",
        "daily_spend_cap": "integer",
        "lifetime_min_spend_target": "integer",
        "lifetime_spend_cap": "integer",
        "is_dynamic_creative": "boolean",
        "bid_constraints": "object",
        "promoted_object": "object",
        "targeting": "object",
        "attribution_spec": "list",
        "frequency_control_specs": "list",
        "adset_schedule": "list",
        "start_time": "date",
        "end_time": "date",
    },
    "Ad": {"creative": "object", "tracking_specs": "container"},
    "AdCreative": {"object_story_spec": "object", "asset_feed_spec": "object", "degrees_of_freedom_spec": "object"},
}
_BOOLEANS = frozenset({"true", "false", "1", "0"})


def check_types(kind: str, params: dict[str, Any], zone_name: str) -> None:
    """Refuse values of the wrong JSON type."""
    for name, type_name in TYPES.get(kind, {}).items():
        value = params.get(name)
        if value is None or (value == "" and type_name != "integer"):
            continue
        if type_name == "date":
            times.parse(value, zone_name, name)
        else:
            CHECKS[type_name](name, value)


def _integer(name: str, value: Any) -> None:
    if whole(value) is None:
        raise plain(f"Param {name} must be an integer")


def _boolean(name: str, value: Any) -> None:
    if str(value).lower() not in _BOOLEANS:
        raise plain(f"Param {name} must be a boolean")


def _object(name: str, value: Any) -> None:
    # PHP does not tell an empty list from an empty object.
    if not isinstance(value, dict) and value != []:
        raise not_list(name)


def _list(name: str, value: Any) -> None:
    if not isinstance(value, list):
        raise not_list(name)


def _container(name: str, value: Any) -> None:
    if not isinstance(value, list | dict):
        raise not_list(name)


CHECKS: dict[str, Callable[[str, Any], None]] = {
    "integer": _integer,
    "boolean": _boolean,
    "object": _object,
    "list": _list,
    "container": _container,
}
