"""Audiences shared with other accounts (Meta's pages "Custom Audience Ad Accounts")."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.audiences.access import SHARED, check_owner
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, not_list, not_one_of, required
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

PERMISSIONS = ("targeting", "targeting_and_insights")
NOT_LINKED = "This ad account is not linked to a business."


def share(call: Call, audience: Node) -> dict[str, Any]:
    """Share an audience; what can't be shared is told of each account. `replace` takes it from all others."""
    check_owner(call, audience)
    owner = call.store.nodes[f"act_{audience.data['account_id']}"]
    ids = _accounts(call)
    permissions = call.params.get("permissions") or PERMISSIONS[1]
    if permissions not in PERMISSIONS:
        raise not_one_of("permissions", PERMISSIONS)
    if not owner.hidden.get("business"):
        title = "Ad Account Not Linked To A Business"
        raise GraphError(200, 1870050, "Permissions error", http_status=400, user_title=title, user_msg=NOT_LINKED)
    shared: dict[str, str] = {} if truth(call.params.get("replace", False)) else dict(audience.hidden.get(SHARED, {}))
    rows = [_share(call, owner, each, shared, str(permissions)) for each in ids]
    audience.hidden[SHARED] = shared
    return {"success": not any(row["errors"] for row in rows), "sharing_data": rows}


def _share(call: Call, owner: Node, bare: str, shared: dict[str, str], permissions: str) -> dict[str, Any]:
    account = call.store.get(f"act_{bare}")
    business = str(account.hidden.get("business") or "") if account and account.kind == "AdAccount" else ""
    errors = []
    if not business:
        errors.append(NOT_LINKED if account else "This ad account does not exist.")
    elif account is owner:
        errors.append("This ad account owns the audience.")
    else:
        shared[f"act_{bare}"] = permissions
    status = "NOT_SHARED" if errors else "SHARED"
    return {"ad_acct_id": bare, "business_id": business, "audience_share_status": status, "errors": errors}


def unshare(call: Call, audience: Node) -> dict[str, Any]:
    """Take an audience from accounts it was shared with."""
    check_owner(call, audience)
    shared = audience.hidden.get(SHARED, {})
    for bare in _accounts(call):
        shared.pop(f"act_{bare}", None)
    return {"success": True}


def _accounts(call: Call) -> list[str]:
    sent = call.params.get("adaccounts")
    if sent in (None, "", []):
        raise required("adaccounts")
    if not isinstance(sent, list):
        raise not_list("adaccounts")
    return [str(each).removeprefix("act_") for each in sent]
