"""Ad accounts: opened under a business, renamed, capped, and the people who may work in them."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import activities, convert, need, nodes, project, times, validation
from admonster_fb.sandbox.convert import to_minor, whole
from admonster_fb.sandbox.errors import GraphError, bad_param, missing_object, not_one_of, refuse
from admonster_fb.sandbox.history import SEED
from admonster_fb.sandbox.insights.delivery import spent_total
from admonster_fb.sandbox.validation import budgets
from admonster_fb.sandbox.world import Call, Node, World

# Business and advertisers must all be named; NONE and UNFOUND are names too.
REQUIRED = ("name", "currency", "timezone_id", "end_advertiser", "media_agency", "partner")
ADVERTISERS = ("end_advertiser", "media_agency", "partner")
CAP_ACTIONS = ("delete", "reset")
# The internal value that holds what was spent before a reset.
SPENT_BEFORE = "spent_before_reset"
# The internal value that holds each person's tasks.
ASSIGNED = "assigned_users"
# From the most to the least; each can be assigned alone.
TASKS = ("MANAGE", "ADVERTISE", "ANALYZE", "DRAFT")
# Meta's numbers for time zones, as far as they are sure: 7, 79, 105 and 106 are in public code and recordings, the
# others follow from Meta's order of countries.
TIMEZONES: dict[int, str] = {int(number): name for number, name in SEED["timezones"].items()}
TIMEZONE_IDS = {name: number for number, name in TIMEZONES.items()}
ACCOUNT_AGE = timedelta(days=900)
# What every account answers alike.
COMMON: dict[str, Any] = SEED["account"]


def create(call: Call, business: Node) -> dict[str, Any]:
    """Open an ad account under a business. Its creator manages it; it has no way to pay yet."""
    params = call.params
    for name in REQUIRED:
        need.something(name, params.get(name))
    currency, zone_name = str(params["currency"]), TIMEZONES.get(whole(params["timezone_id"]) or 0)
    if currency not in budgets.MINIMUM:
        raise GraphError(2607, message="(#2607) The ad account currency code is invalid for the call")
    if zone_name is None:
        raise bad_param("Param timezone_id must be a valid time zone id")
    account_id = f"act_{call.store.new_id()}"
    account = add_account(call.world, account_id, str(params["name"]), currency, zone_name, business.id)
    del account.data["funding_source"]
    account.data |= {name: str(params[name]) for name in ADVERTISERS}
    account.data["created_time"] = times.stamp(call.store.clock(), zone_name)
    _hand_over(call, account)
    if project.selections(params):
        return project.read(call, account)
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
    nodes.lay(account.data, changes)
    if minor is not None:
        _set_cap(call, account, minor)
    if action:
        _act(call, account, str(action))
    return {"success": True}


def _hand_over(call: Call, account: Node) -> None:
    for token in call.world.tokens.tokens.values():
        if token.user_id == call.token.user_id:
            token.accounts.append(account.id)
    business = str(account.hidden["business"])
    creator = call.store.get(call.token.user_id)
    for person in call.store.children(business, "BusinessUser"):
        if creator and person.data["name"] == creator.data["name"]:
            account.hidden[ASSIGNED] = {person.id: list(TASKS)}


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
    activities.note(call, account, "ad_account_update_spend_limit", {"old_value": old, "new_value": str(minor)})


def _act(call: Call, account: Node, action: str) -> None:
    if action == "reset":
        account.hidden[SPENT_BEFORE] = spent_total(call.store, account)
        activities.note(call, account, "ad_account_reset_spend_limit")
        return
    # Without a limit the account reports its total spend again.
    account.hidden.pop(SPENT_BEFORE, None)
    change = {"old_value": account.data["spend_cap"], "new_value": "0"}
    activities.note(call, account, "ad_account_remove_spend_limit", change)
    account.data["spend_cap"] = "0"


def add_account(world: World, account_id: str, name: str, currency: str, zone_name: str, business: str | None) -> Node:
    """Add an ad account owned by a business, or by a person."""
    owner = world.store.get(business) if business else None
    created = times.stamp(world.clock() - ACCOUNT_AGE, zone_name)
    smallest = budgets.MINIMUM.get(currency, budgets.OTHER_MINIMUM)
    data: dict[str, Any] = {
        **deepcopy(COMMON),
        "account_id": account_id.removeprefix("act_"),
        "name": name,
        "currency": currency,
        "timezone_name": zone_name,
        "timezone_id": TIMEZONE_IDS.get(zone_name, 1),
        "created_time": created,
        "min_daily_budget": smallest,
        # About a hundred dollars, as a smallest daily budget is about one.
        "min_campaign_group_spend_cap": str(100 * smallest),
        "is_personal": 0 if owner else 1,
        "business_name": owner.data["name"] if owner else "",
        "funding_source": world.store.new_id(),
    }
    if owner:
        data |= {"owner": owner.id, "end_advertiser": owner.id, "end_advertiser_name": owner.data["name"]}
    account = world.store.add("AdAccount", data, id=account_id)
    account.hidden["business"] = business
    # People of the owning business do in its account what they do in all of them.
    people = world.store.children(str(business), "BusinessUser")
    account.hidden[ASSIGNED] = {person.id: list(person.hidden["tasks"]) for person in people if person.hidden["tasks"]}
    return account


def assigned(call: Call, account: Node) -> list[Node]:
    """Return the users of one business with access to the account, as rows of `assigned_users`."""
    business = call.params.get("business")
    held: dict[str, list[str]] = account.hidden.get(ASSIGNED, {})
    people = [user for user in map(call.store.get, held) if user and user.data["business_id"] == str(business)]
    return [_row(user, held[user.id]) for user in people]


def check_business(call: Call) -> None:
    """Refuse a request for the account's users without `business`."""
    call.existing(need.value("business", call.params.get("business")), "Business")


def assign(call: Call, account: Node) -> dict[str, Any]:
    """Assign a person tasks in the account; they replace the person's tasks."""
    user = _user(call, account)
    need.something("tasks", call.params.get("tasks"))
    tasks = call.params["tasks"]
    if not isinstance(tasks, list) or not tasks or set(map(str, tasks)) - set(TASKS):
        raise refuse(1752129)
    held = account.hidden.setdefault(ASSIGNED, {})
    held[user.id] = [task for task in TASKS if task in tasks]
    change = {"old_value": None, "new_value": user.data["name"]}
    activities.note(call, account, "ad_account_add_user_to_role", change)
    return {"success": True}


def unassign(call: Call, account: Node) -> dict[str, Any]:
    """Remove a person from the account."""
    user = _user(call, account)
    if account.hidden.get(ASSIGNED, {}).pop(user.id, None) is None:
        raise missing_object(call.method, user.id)
    change = {"old_value": user.data["name"], "new_value": None}
    activities.note(call, account, "ad_account_remove_user_from_role", change)
    return {"success": True}


def _user(call: Call, account: Node) -> Node:
    """Return the person named, of the business that owns the account or of an agency of it."""
    user_id = need.value("user", call.params.get("user"))
    user = call.store.get(str(user_id))
    businesses = {account.hidden.get("business"), *account.hidden.get("agencies", ())}
    if user is None or user.kind != "BusinessUser" or user.data["business_id"] not in businesses:
        raise missing_object(call.method, str(user_id))
    return user


def _row(user: Node, tasks: list[str]) -> Node:
    data = {
        "id": user.id,
        "name": user.data["name"],
        "user_type": "BUSINESS_USER",
        "tasks": tasks,
        "permitted_tasks": list(TASKS),
        "business_id": user.data["business_id"],
    }
    return Node(user.id, "AssignedUser", data)
