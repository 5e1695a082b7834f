"""Calls as prompts of the runtime's earlier integration write them, with the defaults that it filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.arguments import parse_call
from admonster_fb.bot.registry import names
from admonster_fb.errors import ParameterError
from admonster_fb.models.campaign import BUDGETS

_BIDS = frozenset({"bid_strategy", "bid_amount", "bid_constraints"})
_LIST = frozenset({"ad_account_id", "name", "description", "subtype"})
"""The arguments of a custom audience that is a list of customers."""
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "create_campaign": {"special_ad_categories": []},
    "create_adset": {"billing_event": "IMPRESSIONS"},
    "preview_ad": {"ad_format": "DESKTOP_FEED_STANDARD"},
    "get_delivery_estimate": {"optimization_goal": "LINK_CLICKS"},
    "create_custom_audience": {},
    "create_lookalike_audience": {"ratio": 0.01},
}


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
    op = names().get(name, name)
    if op not in _DEFAULTS:
        return call
    args = {**_DEFAULTS[op], **args}
    if op == "create_adset":
        if args.keys() & BUDGETS and not _BIDS & args.keys():
            args["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
        if isinstance(args.get("targeting"), Mapping):
            args["targeting"] = {"targeting_automation": {"advantage_audience": 0}, **args["targeting"]}
    elif op == "create_custom_audience" and args.keys() <= _LIST and args.get("subtype") in (None, "CUSTOM"):
        args["customer_file_source"] = "USER_PROVIDED_ONLY"
    elif op == "create_lookalike_audience":
        args = {"name": f"Lookalike {args.get('country', '')} {args['ratio']}", **args}
    return {"op": name, "args": args}
