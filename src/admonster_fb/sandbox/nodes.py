"""Campaigns, ad sets and ads: created, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import activities, convert, creatives, need, project, schedules, status, times, validation
from admonster_fb.sandbox.errors import NotModelled, missing_object
from admonster_fb.sandbox.history import NEW_OBJECTS
from admonster_fb.sandbox.validation.case import BUDGETS, budget_of
from admonster_fb.sandbox.world import Call, Node

NO_BUDGETS = dict.fromkeys(BUDGETS, "0")
_OTHER_BUDGET = dict(zip(BUDGETS, reversed(BUDGETS), strict=True))
# Meta's trap (`docs/meta-rules.md`, Campaigns): a campaign budget without a strategy bids with a cap.
TRAP = "LOWEST_COST_WITH_BID_CAP"
AUTOMATIC = "LOWEST_COST_WITHOUT_CAP"


def adsets_of(call: Call, campaign: Node) -> list[Node]:
    """Return a campaign's ad sets, archived and deleted ones too."""
    return list(call.store.children(campaign.id, "AdSet")) if campaign.kind == "Campaign" else []


def move(call: Call, campaign: Node) -> None:
    """Keep budgets on one level: a campaign budget clears those of ad sets, `adset_budgets` clears the campaign's."""
    if call.params.get("adset_budgets"):
        _hand_down(call, campaign, call.params["adset_budgets"])
    for name in BUDGETS:
        if name in call.params and name in campaign.data:
            _take_up(call, campaign, name)
    _set_bids(call, campaign)


def _hand_down(call: Call, campaign: Node, amounts: list[dict[str, Any]]) -> None:
    strategy = campaign.data.pop("bid_strategy", None)
    for row in amounts:
        adset = call.store.nodes[str(row["adset_id"])]
        adset.data |= {**NO_BUDGETS, **{name: str(row[name]) for name in BUDGETS if row.get(name)}}
        # The ad sets take over the bid strategy of their campaign, unless one is sent.
        if chosen := row.get("bid_strategy") or strategy:
            adset.data["bid_strategy"] = chosen
    for name in (*BUDGETS, "pacing_type"):
        campaign.data.pop(name, None)
    campaign.data.setdefault("is_adset_budget_sharing_enabled", False)


def _take_up(call: Call, campaign: Node, name: str) -> None:
    adsets = adsets_of(call, campaign)
    campaign.data.pop(next(other for other in BUDGETS if other != name), None)
    had_budgets = [adset for adset in adsets if budget_of(adset)]
    used = {adset.data.get("bid_strategy") for adset in had_budgets}
    # A guess: ad sets that all bid alike lend their strategy to the campaign.
    campaign.data.setdefault("bid_strategy", used.pop() or TRAP if len(used) == 1 else TRAP)
    campaign.data.setdefault("pacing_type", ["standard"])
    for adset in adsets:
        adset.data |= NO_BUDGETS
    for adset in had_budgets:
        adset.data.pop("bid_strategy", None)


def _set_bids(call: Call, campaign: Node) -> None:
    if "bid_strategy" in call.params and call.params["bid_strategy"] == AUTOMATIC and budget_of(campaign):
        for adset in adsets_of(call, campaign):
            adset.data.pop("bid_amount", None)
    for adset_id, amount in (call.params.get("adset_bid_amounts") or {}).items():
        call.store.nodes[str(adset_id)].data["bid_amount"] = int(amount)


# Review of a new ad: over after the first minute (`docs/meta-rules.md`, Ads).
REVIEW = timedelta(minutes=1)
# Specs that would create a whole tree in one call.
INLINE_SPECS = ("campaign_spec", "adset_spec")

CONVERSIONS = frozenset({"OFFSITE_CONVERSIONS", "VALUE"})


def create(call: Call, account: Node, kind: str) -> dict[str, Any]:
    """Create an object under an account, or only validate it (`validate_only`)."""
    for name in INLINE_SPECS:
        if name in call.params:
            raise NotModelled(call.method, call.path, f"{name} creates a tree in one call")
    validation.check("create", kind, None, account, call.params, call.store)
    zone_name = str(account.data["timezone_name"])
    sent = convert.fields_of("create", kind, _stored(call, kind), zone_name)
    periods = _scheduled(call, account)
    if validation.is_dry(call.params):
        return {"success": True}
    now = times.stamp(call.store.clock(), zone_name)
    head = {"account_id": account.data["account_id"], "created_time": now, "updated_time": now}
    # The order is defaults, sent fields, derived ones.
    data = {**NEW_OBJECTS[kind], **{k: v for k, v in sent.items() if v is not None}, **head}
    DERIVE[kind](call, account, data)
    node = insert(call, kind, data)
    activities.note_created(call, node)
    for period in periods:
        schedules.add(call, node, period)
    return project.created(call, node)


def insert(call: Call, kind: str, data: dict[str, Any]) -> Node:
    """Store a new object; an ad goes into review."""
    node = call.store.add(kind, data)
    if kind == "Ad":
        _submit(call, node)
    return node


def update(call: Call, node: Node) -> dict[str, Any]:
    """Change an object. Meta's response does not contain the new values."""
    validation.check("update", node.kind, node, call.world.account_of(node), call.params, call.store)
    zone_name = call.world.zone_of(node)
    changes = convert.fields_of("update", node.kind, _stored(call, node.kind), zone_name)
    if "creative" in changes:
        changes["creative"] = {"id": creatives.resolve(call, node, changes["creative"])}
    periods = _scheduled(call, node)
    if validation.is_dry(call.params):
        return {"success": True}
    with activities.watched(call, node, *adsets_of(call, node)):
        lay(node.data, changes)
        if node.kind == "AdSet":
            node.data |= {other: "0" for name, other in _OTHER_BUDGET.items() if float(changes.get(name) or 0)}
        if node.kind == "Campaign":
            move(call, node)
    for period in periods:
        schedules.add(call, node, period)
    node.data["updated_time"] = times.stamp(call.store.clock(), zone_name)
    if "creative" in changes and node.hidden.pop(status.DISAPPROVAL, None):
        _submit(call, node)
    return project.updated(call, node)


def _stored(call: Call, kind: str) -> dict[str, Any]:
    params = validation.normalise(kind, call.params)
    if not call.world.rewrites:
        return params
    merged = {"optimization_goal": "IMPRESSIONS"} if params.get("optimization_goal") == "REACH" else {}
    return {**params, **({"name": str(params["name"]).strip()} if "name" in params else {}), **merged}


def delete(call: Call, node: Node) -> dict[str, Any]:
    """Set the status DELETED; the object can still be read by its id."""
    with activities.watched(call, node):
        node.data["status"] = "DELETED"
    node.data["updated_time"] = times.stamp(call.store.clock(), call.world.zone_of(node))
    return {"success": True}


def lay(data: dict[str, Any], changes: dict[str, Any]) -> None:
    """Lay changes over fields; None clears a field."""
    data.update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del data[name]


def _scheduled(call: Call, near: Node) -> list[dict[str, Any]]:
    """Return the times of high demand that come with a write, checked. `near` is the account or the object itself."""
    periods = need.rows("budget_schedule_specs", call.params.get("budget_schedule_specs") or [])
    has_budget = any(call.params.get(name) for name in NO_BUDGETS) or budget_of(near) is not None
    for period in periods:
        schedules.check(call, near, period, has_budget=has_budget)
    return periods


def _submit(call: Call, ad: Node) -> None:
    ad.hidden["review_until"] = (call.store.clock() + REVIEW).isoformat()


def _derive_campaign(_call: Call, _account: Node, data: dict[str, Any]) -> None:
    if data["special_ad_categories"] == ["NONE"]:
        data["special_ad_categories"] = []
    if any(name in data for name in NO_BUDGETS):
        data.setdefault("bid_strategy", TRAP)
        data.setdefault("pacing_type", ["standard"])


def _derive_adset(call: Call, _account: Node, data: dict[str, Any]) -> None:
    campaign = _parent(call, data, str(data.get("campaign_id")), "Campaign")
    data.setdefault("start_time", data["created_time"])
    if not any(name in campaign.data for name in NO_BUDGETS):
        data.setdefault("bid_strategy", TRAP if "bid_amount" in data else AUTOMATIC)
    data.setdefault("attribution_spec", _attribution(data))
    data["targeting"] = _full_targeting(data.get("targeting") or {})


def _attribution(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the widest attribution that a goal may have (`docs/meta-rules.md`, Attribution windows)."""
    if data.get("optimization_goal") not in CONVERSIONS:
        windows = {"CLICK_THROUGH": 1}
    elif (data.get("promoted_object") or {}).get("application_id"):
        windows = {"CLICK_THROUGH": 7}
    else:
        windows = {"CLICK_THROUGH": 7, "VIEW_THROUGH": 1}
    return [{"event_type": event, "window_days": days} for event, days in windows.items()]


def _parent(call: Call, data: dict[str, Any], node_id: str, kind: str) -> Node:
    """Return the object above, which must be of the right kind and in the same account."""
    node = call.find(node_id)
    if node is None or node.kind != kind or node.data["account_id"] != data["account_id"]:
        raise missing_object("POST", node_id)
    return node


def _full_targeting(targeting: dict[str, Any]) -> dict[str, Any]:
    """Return targeting as it reads back: with default ages and location types."""
    full = {"age_max": 65, "age_min": 18, **targeting}
    if isinstance(geo := full.get("geo_locations"), dict):
        full["geo_locations"] = {"location_types": ["home", "recent"], **geo}
    full.setdefault("targeting_automation", {"advantage_audience": 1})
    return full


def _derive_ad(call: Call, account: Node, data: dict[str, Any]) -> None:
    adset = _parent(call, data, str(call.params.get("adset_id")), "AdSet")
    data["campaign_id"] = adset.data["campaign_id"]
    data["creative"] = {"id": creatives.resolve(call, account, call.params.get("creative"))}


DERIVE: dict[str, Callable[[Call, Node, dict[str, Any]], None]] = {
    "Campaign": _derive_campaign,
    "AdSet": _derive_adset,
    "Ad": _derive_ad,
}
