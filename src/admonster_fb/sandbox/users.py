"""The people of a business, and which of them may do what in an ad account."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import activities, need
from admonster_fb.sandbox.errors import missing_object, refuse
from admonster_fb.sandbox.world import Call, Node

# Person → tasks, in the account.
ASSIGNED = "assigned_users"
# From the most to the least; each can be assigned alone.
TASKS = ("MANAGE", "ADVERTISE", "ANALYZE", "DRAFT")
ADDED = activities.Event("ad_account_add_user_to_role", "User added to ad account")
REMOVED = activities.Event("ad_account_remove_user_from_role", "User removed from ad account")


def assigned(call: Call, account: Node) -> list[Node]:
    """Return the users of one business with access to the account, as rows of `assigned_users`."""
    business = call.params.get("business")
    held: dict[str, list[str]] = account.hidden.get(ASSIGNED, {})
    people = [user for user in map(call.store.get, held) if user and user.data["business_id"] == str(business)]
    return [_row(user, held[user.id]) for user in people]


def check(call: Call) -> None:
    """Refuse a request for the account's users without `business`."""
    business = need.value("business", call.params.get("business"))
    found = call.find(str(business))
    if found is None or found.kind != "Business":
        raise missing_object(call.method, str(business))


def assign(call: Call, account: Node) -> dict[str, Any]:
    """Assign a person tasks in the account; they replace the person's tasks."""
    user = _user(call, account)
    need.something("tasks", call.params.get("tasks"))
    tasks = call.params["tasks"]
    if not isinstance(tasks, list) or not tasks or set(map(str, tasks)) - set(TASKS):
        raise refuse(1752129)
    held = account.hidden.setdefault(ASSIGNED, {})
    held[user.id] = [task for task in TASKS if task in tasks]
    activities.note(call, account, ADDED, {"old_value": None, "new_value": user.data["name"]})
    return {"success": True}


def remove(call: Call, account: Node) -> dict[str, Any]:
    """Remove a person from the account."""
    user = _user(call, account)
    if account.hidden.get(ASSIGNED, {}).pop(user.id, None) is None:
        raise missing_object(call.method, user.id)
    activities.note(call, account, REMOVED, {"old_value": user.data["name"], "new_value": None})
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
