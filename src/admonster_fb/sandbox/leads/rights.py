"""A Page and what its token is for: rights, terms, and the refusal of calls with another token."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import project
from admonster_fb.sandbox.auth import Token
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.oauth import pages
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

NEEDS_PAGE = GraphError(190, message="(#190) This method must be called with a Page Access Token")
_LEAD_FIELDS = ("has_lead_access", "access_token")


def check(call: Call, page_id: str, *scopes: str, system: bool = False) -> None:
    """Raise Meta's error unless the call comes with the Page's token, which holds these scopes.

    With `system`, a system user's own token will do, as one live account has shown.
    """
    token = call.token
    if token.profile_id != page_id and not (system and token.kind == "SYSTEM_USER"):
        raise NEEDS_PAGE
    for scope in scopes:
        token.check_scope(((scope,), f"Requires {scope} permission to manage the object"))
    page = call.store.nodes[page_id]
    if page.hidden.get("tasks") is not None and not {"ADVERTISE", "MANAGE"} & {*page.hidden["tasks"]}:
        raise GraphError(200, message="(#200) The user has no permission to advertise for this Page")


def read(call: Call, page: Node) -> dict[str, Any]:
    """Return a Page. Its token comes with a person's token that has a role there, its lead rights with its own."""
    asked = project.selections(call.params) or []
    if "pages_read_engagement" not in call.token.scopes and any(each.name in _LEAD_FIELDS for each in asked):
        message = (
            "(#100) Object does not exist, cannot be loaded due to missing permission or reviewable feature, or does "
            "not support this operation. This endpoint requires the 'pages_read_engagement' permission"
        )
        raise GraphError(100, message=message)
    data = {**page.data, **_rights(page, call.token)}
    if call.token.kind in ("USER", "SYSTEM_USER") and page.hidden.get("token", True):
        data["access_token"] = pages.token_of(call.world, call.token, page.id).value
    return project.render(call, Node(page.id, "Page", data, page.hidden), project.selections(call.params))


def _rights(page: Node, token: Token) -> dict[str, Any]:
    reason = page.hidden.get("no_lead_access")
    granted = "leads_retrieval" in token.scopes
    access: dict[str, Any] = {
        "app_has_leads_permission": granted,
        "user_has_leads_permission": not reason,
        "is_page_admin": True,
        "enabled_lead_access_manager": bool(reason),
        "can_access_lead": granted and not reason,
    }
    access |= {"failure_reason": reason, "failure_resolution": "Ask an admin of the business."} if reason else {}
    accepted = page.hidden.get("terms", True)
    return {"has_lead_access": access, "leadgen_tos_accepted": accepted, "promotion_eligible": True}
