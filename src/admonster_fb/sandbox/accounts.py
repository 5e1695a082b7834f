"""Ad accounts: opened under a business, renamed, capped, and the tables that hang on them."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import activities, convert, need, nodes, project, seeding, times, users, validation
from admonster_fb.sandbox.convert import to_minor, whole
from admonster_fb.sandbox.errors import GraphError, bad_param, not_one_of
from admonster_fb.sandbox.insights.delivery import spent_total
from admonster_fb.sandbox.validation import budgets
from admonster_fb.sandbox.world import Call, Node

# Business and advertisers must all be named; NONE and UNFOUND are names too.
REQUIRED = ("name", "currency", "timezone_id", "end_advertiser", "media_agency", "partner")
ADVERTISERS = ("end_advertiser", "media_agency", "partner")
CAP_ACTIONS = ("delete", "reset")
CAPPED = activities.Event("ad_account_update_spend_limit", "Account spending limit updated", "BUDGET")
UNCAPPED = activities.Event("ad_account_remove_spend_limit", "Account spending limit removed", "BUDGET")
RESTARTED = activities.Event("ad_account_reset_spend_limit", "Account spending limit reset", "BUDGET")
# The internal value that holds what was spent before a reset.
SPENT_BEFORE = "spent_before_reset"


def create(call: Call, business: Node) -> dict[str, Any]:
    """Open an ad account under a business. Its creator manages it; it has no way to pay yet."""
    params = call.params
    for name in REQUIRED:
        need.something(name, params.get(name))
    currency, zone_name = str(params["currency"]), seeding.TIMEZONES.get(whole(params["timezone_id"]) or 0)
    if currency not in budgets.MINIMUM:
        raise GraphError(2607, message="(#2607) The ad account currency code is invalid for the call")
    if zone_name is None:
        raise bad_param("Param timezone_id must be a valid time zone id")
    account_id = f"act_{call.store.new_id()}"
    account = seeding.add_account(call.world, account_id, str(params["name"]), currency, zone_name, business.id)
    del account.data["funding_source"]
    account.data |= {name: str(params[name]) for name in ADVERTISERS}
    account.data["created_time"] = times.stamp(call.store.clock(), zone_name)
    _hand_over(call, account)
    requested = project.selections(params)
    if requested:
        return project.render(call, account, requested)
    named = {f"{name}_id": account.data[name] for name in ADVERTISERS}
    return {"id": account.id, "account_id": account.data["account_id"], "business_id": business.id, **named}


def update(call: Call, account: Node) -> dict[str, Any]:
    """Change an account. Its spend cap is written in major units and read in minor ones.

    How often the cap may be changed is a limit, and limits are in `quota.py`.
    """
    validation.check("update", "AdAccount", account, account, call.params, call.store)
    params = dict(call.params)
    cap, action = params.pop("spend_cap", None), params.get("spend_cap_action")
    minor = None if cap is None else _minor_cap(cap, str(account.data["currency"]))
    if action and action not in CAP_ACTIONS:
        raise not_one_of("spend_cap_action", CAP_ACTIONS)
    if validation.is_dry(call.params):
        return {"success": True}
    changes = convert.fields_of("update", "AdAccount", params, account.data["timezone_name"])
    nodes.apply(account, changes)
    if minor is not None:
        _set_cap(call, account, minor)
    if action:
        _act(call, account, str(action))
    return {"success": True}


def _hand_over(call: Call, account: Node) -> None:
    """Give the creator's tokens access to the account, and the creator all tasks in it."""
    for token in call.world.tokens.tokens.values():
        if token.user_id == call.token.user_id:
            token.accounts.append(account.id)
    business = str(account.hidden["business"])
    creator = call.store.get(call.token.user_id)
    for person in call.store.children(business, "BusinessUser"):
        if creator and person.data["name"] == creator.data["name"]:
            account.hidden[users.ASSIGNED] = {person.id: list(users.TASKS)}


def _minor_cap(cap: Any, currency: str) -> int:
    try:
        minor = to_minor(cap, currency)
    except ArithmeticError:
        minor = -1
    if minor < 0:
        raise bad_param("Param spend_cap must be a number greater than or equal to 0")
    return minor


def _set_cap(call: Call, account: Node, minor: int) -> None:
    """Set a limit, which counts only what is spent from now on; 0 removes it."""
    if minor == 0:
        _act(call, account, "delete")
        return
    old = account.data["spend_cap"]
    account.data["spend_cap"] = str(minor)
    account.hidden[SPENT_BEFORE] = spent_total(call.store, account)
    activities.note(call, account, CAPPED, {"old_value": old, "new_value": str(minor)})


def _act(call: Call, account: Node, action: str) -> None:
    if action == "reset":
        account.hidden[SPENT_BEFORE] = spent_total(call.store, account)
        activities.note(call, account, RESTARTED)
        return
    # Without a limit the account reports its total spend again.
    account.hidden.pop(SPENT_BEFORE, None)
    activities.note(call, account, UNCAPPED, {"old_value": account.data["spend_cap"], "new_value": "0"})
    account.data["spend_cap"] = "0"
