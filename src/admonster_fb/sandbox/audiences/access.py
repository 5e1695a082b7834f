"""Permissions and shares of audiences: the owner may change them, once the terms are accepted."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.audiences import state
from admonster_fb.sandbox.audiences.state import STATUS
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, required
from admonster_fb.sandbox.world import Call, Node

PERMISSIONS = ("targeting", "targeting_and_insights")
NOT_LINKED = "This ad account is not linked to a business."


def share(call: Call, audience: Node) -> dict[str, Any]:
    """Share an audience and report the errors for each account. `replace` removes all other shares."""
    check_owner(call, audience)
    owner = call.store.nodes[f"act_{audience.data['account_id']}"]
    ids = _accounts(call)
    permissions = call.params.get("permissions") or PERMISSIONS[1]
    need.one_of("permissions", permissions, PERMISSIONS)
    if not owner.hidden.get("business"):
        raise GraphError(200, 1870050)
    shared: dict[str, str] = {} if truth(call.params.get("replace", False)) else dict(audience.hidden.get(SHARED, {}))
    rows = [_share(call, owner, object_id, shared, str(permissions)) for object_id in ids]
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
    """Remove the share of an audience from accounts."""
    check_owner(call, audience)
    shared = audience.hidden.get(SHARED, {})
    for bare in _accounts(call):
        shared.pop(f"act_{bare}", None)
    return {"success": True}


def _accounts(call: Call) -> list[str]:
    sent = call.params.get("adaccounts")
    if sent in (None, "", []):
        raise required("adaccounts")
    need.items("adaccounts", sent)
    return [str(item).removeprefix("act_") for item in sent]


SHARED = "shared"
LIST_TERMS, TOOLS_TERMS = "custom_audience_tos", "web_custom_audience_tos"
TERMS_URL = "https://www.facebook.com/customaudiences/app/tos/?act="


def accepted(account: Node, terms: str) -> bool:
    """Return whether an account has accepted terms."""
    return bool(account.data["tos_accepted"].get(terms))


def check_terms_to_create(account: Node, *, of_events: bool) -> None:
    """Refuse an account whose terms are not accepted: recorded for lists (2663), of event tools known by its number."""
    if of_events and not accepted(account, TOOLS_TERMS):
        raise GraphError(200, 1870092)
    if not of_events and not accepted(account, LIST_TERMS):
        where = f"{TERMS_URL}{account.data['account_id']}"
        raise GraphError(2663, message=f"(#2663) Terms of service has not been accepted. To accept, go to {where}")


def check_terms_to_upload(account: Node) -> None:
    """Refuse an account that has not accepted the terms of customer lists (`docs/meta-rules.md`, Error numbers)."""
    if not accepted(account, LIST_TERMS):
        where = f"{TERMS_URL}{account.data['account_id']}"
        raise GraphError(200, 1870090, user_msg=f"Please accept the Custom Audience Terms: {where}")


def check_owner(call: Call, audience: Node) -> None:
    """Refuse users without access to the account that owns an audience (recorded)."""
    if f"act_{audience.data['account_id']}" not in call.token.accounts:
        raise GraphError(200, message=f"(#200) The current user can not update audience {audience.id}")


def is_flagged(audience: Node) -> bool:
    """Return whether an audience was flagged."""
    return audience.hidden.get(STATUS) == state.FLAGGED
