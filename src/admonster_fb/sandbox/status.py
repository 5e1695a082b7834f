"""The status machine: what may become what, and the effective status that parents and review impose."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.store import Node, Store

# Parents from the nearest up, each with the word a paused one puts on its children.
PARENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "AdSet": (("campaign_id", "CAMPAIGN_PAUSED"),),
    "Ad": (("campaign_id", "CAMPAIGN_PAUSED"), ("adset_id", "ADSET_PAUSED")),
}
GONE = ("DELETED", "ARCHIVED")
HIDDEN_BY_DEFAULT = frozenset(GONE)
# The fields and statuses that an archived or deleted object still accepts.
FROZEN: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "ARCHIVED": (frozenset({"name", "status"}), frozenset({"DELETED", "ARCHIVED"})),
    "DELETED": (frozenset({"name"}), frozenset({"DELETED"})),
}
REFUSALS: dict[tuple[str, str], tuple[int | None, str, str]] = {
    ("Campaign", "DELETED"): (1487566, "Campaign Deleted", "You can't edit a campaign that has been deleted."),
    ("AdSet", "DELETED"): (1487056, "Ad Set Deleted", "You can't edit an ad set that has been deleted."),
    ("Ad", "DELETED"): (None, "Ad Deleted", "You can't edit an ad that has been deleted."),
    ("Campaign", "ARCHIVED"): (None, "Campaign Archived", "You can only change the name of an archived campaign."),
    ("AdSet", "ARCHIVED"): (None, "Ad Set Archived", "You can only change the name of an archived ad set."),
    ("Ad", "ARCHIVED"): (1885088, "Ad Archived", "You can only change the name of an archived ad."),
}
# The internal value of a rejected ad: policy and text.
DISAPPROVAL = "disapproval"
# The internal value of an object that Meta holds up: its effective status while its own is ACTIVE.
CONDITION = "condition"
# The internal value of an object that delivers nothing though all is active, and Meta does not say why.
QUIET = "quiet"
STATUSES = ("ACTIVE", "PAUSED", "DELETED", "ARCHIVED")
# Parameters that change nothing.
_NOT_CHANGES = frozenset({"access_token", "appsecret_proof", "fields", "execution_options", "method", "format"})


def effective(store: Store, node: Node, *, approved: bool = False) -> str:
    """Return the effective status, which is never stored; with `approved` as if the review had ended well."""
    own = str(node.data.get("status", "ACTIVE"))
    if own in GONE:
        return own
    parents = [(store.get(node.data.get(link, "")), word) for link, word in PARENTS.get(node.kind, ())]
    above = [(str(parent.data.get("status")), word) for parent, word in parents if parent]
    if gone := next((status for status, _ in above if status in GONE), None):
        return gone
    if node.hidden.get(DISAPPROVAL) and not approved:
        return "DISAPPROVED"
    if in_review(store, node) and not approved:
        return "PENDING_REVIEW"
    if own != "ACTIVE":
        return own
    paused = next((word for status, word in above if status == "PAUSED"), None)
    return paused or str(node.hidden.get(CONDITION) or ("WITH_ISSUES" if hard_issues(node) else own))


def hard_issues(node: Node) -> list[dict[str, Any]]:
    """Return the issues of an object that stop it (`error_type` HARD_ERROR)."""
    return [issue for issue in node.data.get("issues_info") or () if issue.get("error_type") == "HARD_ERROR"]


def is_held(node: Node) -> bool:
    """Return whether an object delivers nothing, whatever its status."""
    return bool(node.hidden.get(CONDITION) or node.hidden.get(QUIET) or hard_issues(node))


def in_review(store: Store, node: Node) -> bool:
    """Return whether a new ad still waits for its review."""
    until = node.hidden.get("review_until")
    return bool(until) and store.clock() < times.parse(until, "UTC")


def check_transition(node: Node, params: dict[str, Any]) -> None:
    """Refuse changes that an archived or deleted object does not accept, and unknown statuses."""
    status = params.get("status")
    if status is not None and status not in STATUSES:
        raise GraphError(100, message=f"(#100) Param status must be one of {{{', '.join(STATUSES)}}}")
    current = str(node.data.get("status"))
    if current not in FROZEN:
        return
    allowed, targets = FROZEN[current]
    changes = set(params) - _NOT_CHANGES
    if changes - allowed or (status is not None and status not in targets):
        subcode, title, text = REFUSALS.get((node.kind, current), (None, "Object Deleted", "You can't edit it."))
        raise GraphError(100, subcode, user_title=title, user_msg=text)
