"""Campaigns, ad sets and ads: created, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import convert, creatives, project, times, validation
from admonster_fb.sandbox.errors import GraphError, NotModelled, missing_object
from admonster_fb.sandbox.insights.delivery import spent_total
from admonster_fb.sandbox.money import to_minor
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

# Review of a new ad: over after the first minute (facts, 1.3: PENDING_REVIEW first, then the chosen status).
REVIEW = timedelta(minutes=1)
# Specs that would create a whole tree in one call.
INLINE_SPECS = ("campaign_spec", "adset_spec")
_UNSET_BUDGETS = {"daily_budget": "0", "lifetime_budget": "0"}

# What a new object answers beyond what its creator sent. The order is defaults, sent fields, derived ones.
DEFAULTS: dict[str, dict[str, Any]] = {
    "Campaign": {
        "status": "ACTIVE",
        "buying_type": "AUCTION",
        "special_ad_categories": [],
        "source_campaign_id": "0",
        "can_use_spend_cap": True,
        "budget_rebalance_flag": False,
        "is_skadnetwork_attribution": False,
        "start_time": times.NO_START,
    },
    "AdSet": {
        "status": "ACTIVE",
        **_UNSET_BUDGETS,
        "pacing_type": ["standard"],
        "is_dynamic_creative": False,
        "lifetime_imps": 0,
        "recurring_budget_semantics": False,
        "source_adset_id": "0",
        "use_new_app_click": False,
        "destination_type": "UNDEFINED",
    },
    "Ad": {"status": "ACTIVE", "source_ad_id": "0", "bid_type": "ABSOLUTE_OCPM", "last_updated_by_app_id": "1"},
}


def create(call: Call, account: Node, kind: str) -> dict[str, Any]:
    """Create an object under an account, or only check it when asked to."""
    for name in INLINE_SPECS:
        if name in call.params:
            raise NotModelled(call.method, call.path, f"{name} creates a tree in one call")
    validation.check("create", kind, None, account, call.params, call.store)
    zone_name = str(account.data["timezone_name"])
    sent = convert.fields_of("create", kind, validation.normalise(kind, call.params), zone_name)
    if validate_only(call):
        return {"success": True}
    now = times.stamp(call.store.clock(), zone_name)
    head = {"account_id": account.data["account_id"], "created_time": now, "updated_time": now}
    data = {**DEFAULTS[kind], **{k: v for k, v in sent.items() if v is not None}, **head}
    DERIVE[kind](call, account, data)
    return created(call, call.store.add(kind, data), _HIDDEN[kind](call))


def created(call: Call, node: Node, hidden: dict[str, Any] | None = None) -> dict[str, Any]:
    """Answer a creation: the id, or the node when `fields` asks for more (read-after-write)."""
    node.hidden.update(hidden or {})
    wanted = project.selections(call.params)
    return project.render(call, node, wanted) if wanted else {"id": node.id}


def update(call: Call, node: Node) -> dict[str, Any]:
    """Change an object. What Meta answers does not say what became of it."""
    validation.check("update", node.kind, node, call.world.account_of(node), call.params, call.store)
    zone_name = call.world.zone_of(node)
    changes = convert.fields_of("update", node.kind, validation.normalise(node.kind, call.params), zone_name)
    if "creative" in changes:
        changes["creative"] = {"id": creatives.resolve(call, node, changes["creative"])}
    if validate_only(call):
        return {"success": True}
    _apply(node, changes)
    node.data["updated_time"] = times.stamp(call.store.clock(), zone_name)
    if node.kind == "Campaign":
        _move_budgets(call, node)
    wanted = project.selections(call.params)
    return {"success": True} if not wanted else {**project.render(call, node, wanted), "success": True}


def delete(call: Call, node: Node) -> dict[str, Any]:
    """Set the status DELETED; the object can still be read by its id."""
    node.data["status"] = "DELETED"
    node.data["updated_time"] = times.stamp(call.store.clock(), call.world.zone_of(node))
    return {"success": True}


def update_account(call: Call, account: Node) -> dict[str, Any]:
    """Change an account. Its spend cap is written in major units and read in minor ones."""
    validation.check("update", "AdAccount", account, account, call.params, call.store)
    if validate_only(call):
        return {"success": True}
    params = dict(call.params)
    cap = params.pop("spend_cap", None)
    changes = convert.fields_of("update", "AdAccount", params, account.data["timezone_name"])
    _apply(account, changes)
    if cap is not None:
        account.data["spend_cap"] = _minor_cap(cap, account.data["currency"])
        _restart_spending(call, account)
    _cap_action(call, account, str(params.get("spend_cap_action", "")))
    return {"success": True}


def validate_only(call: Call) -> bool:
    """Tell whether the call asks for a check without a change."""
    options = call.params.get("execution_options") or []
    return "validate_only" in (options if isinstance(options, list) else str(options))


def _apply(node: Node, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            node.data.pop(name, None)
        else:
            node.data[name] = value


def _minor_cap(cap: Any, currency: str) -> str:
    try:
        return str(to_minor(cap, currency))
    except ArithmeticError:
        raise GraphError(100, message="(#100) Param spend_cap must be a number greater than or equal to 0") from None


def _cap_action(call: Call, account: Node, action: str) -> None:
    if action == "delete":
        account.data["spend_cap"] = "0"
    elif action == "reset":
        _restart_spending(call, account)


def _restart_spending(call: Call, account: Node) -> None:
    """Count from here: a cap only counts what is spent after it was set."""
    account.hidden["spent_before_reset"] = spent_total(call.store, account)


def _move_budgets(call: Call, campaign: Node) -> None:
    """Keep budgets on one level: a campaign budget empties the ad sets', `adset_budgets` hands it down."""
    for each in call.params.get("adset_budgets") or []:
        if (adset := call.find(str(each.get("adset_id")))) is None:
            raise missing_object("POST", str(each.get("adset_id")))
        adset.data.update({k: str(v) for k, v in each.items() if k in _UNSET_BUDGETS})
        for name in (*_UNSET_BUDGETS, "bid_strategy"):
            campaign.data.pop(name, None)
    for name in _UNSET_BUDGETS:
        if name in call.params and name in campaign.data:
            other = next(each for each in _UNSET_BUDGETS if each != name)
            campaign.data.pop(other, None)
            for adset in call.store.children(campaign.id, "AdSet"):
                adset.data.update(_UNSET_BUDGETS)


def _derive_campaign(_call: Call, _account: Node, data: dict[str, Any]) -> None:
    if data["special_ad_categories"] == ["NONE"]:
        data["special_ad_categories"] = []
    if any(name in data for name in _UNSET_BUDGETS):
        # Meta's trap (facts, 1.1): a campaign budget without a strategy bids with a cap.
        data.setdefault("bid_strategy", "LOWEST_COST_WITH_BID_CAP")
        data.setdefault("pacing_type", ["standard"])


def _derive_adset(call: Call, _account: Node, data: dict[str, Any]) -> None:
    campaign = _parent(call, data, str(data.get("campaign_id")), "Campaign")
    data.setdefault("start_time", data["created_time"])
    if not any(name in campaign.data for name in _UNSET_BUDGETS):
        data.setdefault(
            "bid_strategy", "LOWEST_COST_WITH_BID_CAP" if "bid_amount" in data else "LOWEST_COST_WITHOUT_CAP"
        )
    click, view = (
        {"event_type": f"{event}_THROUGH", "window_days": days} for event, days in (("CLICK", 7), ("VIEW", 1))
    )
    data.setdefault("attribution_spec", [click, view])
    data["targeting"] = _full_targeting(data.get("targeting") or {})


def _parent(call: Call, data: dict[str, Any], node_id: str, kind: str) -> Node:
    """Return the object above, which must be of the right kind and in the same account."""
    node = call.find(node_id)
    if node is None or node.kind != kind or node.data["account_id"] != data["account_id"]:
        raise missing_object("POST", node_id)
    return node


def _full_targeting(targeting: dict[str, Any]) -> dict[str, Any]:
    """Return targeting as it reads back: with the ages and location types nobody sent."""
    full = {"age_max": 65, "age_min": 18, **targeting}
    if isinstance(geo := full.get("geo_locations"), dict):
        full["geo_locations"] = {"location_types": ["home", "recent"], **geo}
    full.setdefault("targeting_automation", {"advantage_audience": 1})
    return full


def _derive_ad(call: Call, account: Node, data: dict[str, Any]) -> None:
    adset = _parent(call, data, str(call.params.get("adset_id")), "AdSet")
    data["campaign_id"] = adset.data["campaign_id"]
    data["creative"] = {"id": creatives.resolve(call, account, call.params.get("creative"))}


def _ad_hidden(call: Call) -> dict[str, Any]:
    return {"review_until": (call.store.clock() + REVIEW).isoformat()}


def _nothing_hidden(_call: Call) -> dict[str, Any]:
    return {}


DERIVE: dict[str, Callable[[Call, Node, dict[str, Any]], None]] = {
    "Campaign": _derive_campaign,
    "AdSet": _derive_adset,
    "Ad": _derive_ad,
}
_HIDDEN: dict[str, Callable[[Call], dict[str, Any]]] = {
    "Campaign": _nothing_hidden,
    "AdSet": _nothing_hidden,
    "Ad": _ad_hidden,
}
