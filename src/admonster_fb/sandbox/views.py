"""The fields of nodes: stored values, and those that Meta computes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import resources
from typing import Any

from admonster_fb.sandbox import spec, targeting_help, times
from admonster_fb.sandbox.audiences import state
from admonster_fb.sandbox.audiences.state import DELIVERIES, OPERATIONS
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.insights.delivery import spent_on, spent_total
from admonster_fb.sandbox.pixels import stats
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.status import DISAPPROVAL, effective
from admonster_fb.sandbox.world import Node, World

ABSENT: Any = object()
"""A field without a value: left out of the answer, which is not the same as null."""

_FIELDS = json.loads(resources.files(__package__).joinpath("fields.json").read_bytes())
# The fields of a response if none are requested, and of a related node.
DEFAULT_FIELDS, REFERENCE_FIELDS = (
    {kind: names_in(names) for kind, names in _FIELDS[table].items()} for table in ("default", "reference")
)
# Readable, though the SDK's classes do not list them.
EXTRA_FIELDS = {kind: frozenset(names_in(names)) for kind, names in _FIELDS["extra"].items()}
# Rows of an edge that are no objects and have no id.
WITHOUT_ID = frozenset(kind for kind, names in DEFAULT_FIELDS.items() if "id" not in names)


def _named(path: str) -> Callable[[Node], str | None]:
    name = path.removeprefix("hidden.")
    return lambda node: (node.data if path == name else node.hidden).get(name)


# Fields that are other nodes, with the function that returns their id.
RELATIONS: dict[tuple[str, str], Callable[[Node], str | None]] = {
    **{(kind, field): _named(path) for kind, rows in _FIELDS["relations"].items() for field, path in rows.items()},
    ("Ad", "creative"): lambda node: (node.data.get("creative") or {}).get("id"),
    ("SavedAudience", "account"): lambda node: f"act_{node.data['account_id']}",
    ("AdsPixel", "owner_ad_account"): lambda node: f"act_{node.data['account_id']}",
}


def exists(kind: str, field: str) -> bool:
    """Return whether nodes of this kind have a field, filled or not."""
    return field in spec.readable_fields(kind) or field in EXTRA_FIELDS.get(kind, ()) or (kind, field) in RELATIONS


def read(world: World, node: Node, field: str) -> Any:
    """Return a field's value, or ABSENT."""
    if computed := COMPUTED.get((node.kind, field)) or COMPUTED.get(("*", field)):
        return computed(world, node)
    value = node.data.get(field, ABSENT)
    return ABSENT if value is None else value


def _remaining(world: World, node: Node) -> str:
    daily, lifetime = (int(node.data.get(name) or 0) for name in ("daily_budget", "lifetime_budget"))
    if not daily and not lifetime:
        return "0"
    store = world.store
    used = spent_on(store, node, world.clock(), world.zone_of(node)) if daily else spent_total(store, node)
    return str(max(0, (daily or lifetime) - used))


def counted_leads(name: str, world: World, form: Node) -> int:
    """Return a count of a form's leads; those of more than 90 days ago have expired."""
    leads = list(world.store.children(form.id, "Lead"))
    if name == "organic_leads_count":
        return sum(bool(lead.data["is_organic"]) for lead in leads)
    old = world.clock().timestamp() - 90 * 86_400
    return sum(lead.hidden["unix"] < old for lead in leads) if name == "expired_leads_count" else len(leads)


def _age(world: World, account: Node) -> float:
    created = times.parse(account.data["created_time"], "UTC")
    return round((world.clock() - created).total_seconds() / 86_400, 10)


def _offset_hours(world: World, account: Node) -> float:
    local: datetime = world.clock().astimezone(times.zone(account.data["timezone_name"]))
    shift = local.utcoffset()
    hours = shift.total_seconds() / 3_600 if shift else 0.0
    return int(hours) if hours.is_integer() else hours


def _review_feedback(_world: World, ad: Node) -> Any:
    found = ad.hidden.get(DISAPPROVAL)
    return {"global": {found["policy"]: found["words"]}} if found else ad.data.get("ad_review_feedback", ABSENT)


def _issues(_world: World, ad: Node) -> Any:
    """Return the issues of an ad in the SDK's format, with the code of a rejected ad."""
    found = ad.hidden.get(DISAPPROVAL)
    if not found:
        return ad.data.get("issues_info", ABSENT)
    texts = {"error_summary": "Ad Was Rejected", "error_message": found["words"]}
    return [{"level": "AD", "error_code": 2490427, **texts, "error_type": "HARD_ERROR"}]


DELIVERING = ("Campaign", "AdSet", "Ad")
COMPUTED: dict[tuple[str, str], Callable[[World, Node], Any]] = {
    **{(kind, "configured_status"): lambda _, node: node.data.get("status", ABSENT) for kind in DELIVERING},
    **{(kind, "effective_status"): lambda world, node: effective(world.store, node) for kind in DELIVERING},
    ("Ad", "ad_review_feedback"): _review_feedback,
    ("Ad", "issues_info"): _issues,
    ("Campaign", "budget_remaining"): _remaining,
    ("AdSet", "budget_remaining"): _remaining,
    ("Campaign", "special_ad_category"): lambda _, node: str((node.data.get("special_ad_categories") or ["NONE"])[0]),
    ("AdAccount", "amount_spent"): lambda world, account: str(
        max(0, spent_total(world.store, account) - int(account.hidden.get("spent_before_reset", 0)))
    ),
    ("AdAccount", "age"): _age,
    ("AdAccount", "timezone_offset_hours_utc"): _offset_hours,
    ("CustomAudience", "operation_status"): lambda *args: state.read_status(OPERATIONS, state.operation(*args)),
    ("CustomAudience", "delivery_status"): lambda *args: state.read_status(DELIVERIES, state.delivery(*args)),
    ("CustomAudience", "data_source"): state.read_source,
    ("CustomAudience", "lookalike_audience_ids"): lambda *args: [n.id for n in state.lookalikes_of(*args)] or ABSENT,
    ("CustomAudience", "permission_for_actions"): state.read_permissions,
    ("CustomAudience", "fields_violating_integrity_policy"): lambda _, node: node.hidden.get(state.FIELDS) or ABSENT,
    ("SavedAudience", "operation_status"): lambda _world, _node: {"code": 200, "description": "Normal"},
    ("SavedAudience", "sentence_lines"): lambda _world, node: targeting_help.lines(node.data["targeting"]),
    ("AdsPixel", "code"): stats.code,
    **{
        ("LeadgenForm", name): partial(counted_leads, name)
        for name in ("leads_count", "expired_leads_count", "organic_leads_count")
    },
    ("LeadgenForm", "page"): lambda world, form: {
        "id": form.data["page_id"],
        "name": world.store.nodes[form.data["page_id"]].data["name"],
    },
    ("AdsPixel", "last_fired_time"): lambda *args: stats.last_fired(*args) or ABSENT,
}
for _kind in ("CustomAudience", "SavedAudience"):
    COMPUTED[_kind, "approximate_count_lower_bound"] = lambda *args: state.bounds(*args)[0]
    COMPUTED[_kind, "approximate_count_upper_bound"] = lambda *args: state.bounds(*args)[1]


def nonexisting(kind: str, field: str) -> GraphError:
    """Return the refusal of a field that this kind of node does not have."""
    message = f"(#100) Tried accessing nonexisting field ({field}) on node type ({spec.NODE_TYPES.get(kind, kind)})"
    return GraphError(100, message=message)
