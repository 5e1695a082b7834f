"""Calls as prompts of the runtime's earlier integration write them, with the defaults that it filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from admonster_fb.bot.arguments import parse_call
from admonster_fb.bot.registry import names
from admonster_fb.errors import ParameterError
from admonster_fb.models.campaign import BUDGETS

_BIDS = frozenset({"bid_strategy", "bid_amount", "bid_constraints"})


def with_defaults(call: Any) -> Any:
    """Return a model's call with the defaults of the earlier integration; a call that cannot be read as it is.

    Campaigns have no special ad category; previews show the desktop feed; ad sets pay for impressions, and their
    targeting is used as written. There is no default budget.

    >>> with_defaults({"op": "preview_ad", "args": {"ad_id": "1"}})["args"]["ad_format"]
    'DESKTOP_FEED_STANDARD'
    """
    try:
        name, args = parse_call(call)
    except ParameterError:
        return call
    fill = _FILLED.get(names().get(name, name))
    return {"op": name, "args": fill(args)} if fill else call


def _adset(args: Mapping[str, Any]) -> dict[str, Any]:
    filled = {"billing_event": "IMPRESSIONS", **args}
    if filled.keys() & BUDGETS and not _BIDS & filled.keys():
        filled["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    if isinstance(filled.get("targeting"), Mapping):
        filled["targeting"] = {"targeting_automation": {"advantage_audience": 0}, **filled["targeting"]}
    return filled


def _audience(args: Mapping[str, Any]) -> dict[str, Any]:
    if {*args} <= {"ad_account_id", "name", "description", "subtype"} and args.get("subtype") in (None, "CUSTOM"):
        return {"customer_file_source": "USER_PROVIDED_ONLY", **args}
    return dict(args)


def _lookalike(args: Mapping[str, Any]) -> dict[str, Any]:
    ratio = args.get("ratio", 0.01)
    return {"ratio": ratio, "name": f"Lookalike {args.get('country', '')} {ratio}", **args}


def _default(**defaults: Any) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda args: {**defaults, **args}


_FILLED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "create_campaign": _default(special_ad_categories=[]),
    "create_adset": _adset,
    "preview_ad": _default(ad_format="DESKTOP_FEED_STANDARD"),
    "get_delivery_estimate": _default(optimization_goal="LINK_CLICKS"),
    "create_custom_audience": _audience,
    "create_lookalike_audience": _lookalike,
}
