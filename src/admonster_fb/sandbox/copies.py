"""Copies of campaigns, ad sets and ads, with what is under them or without (`docs/meta-rules.md`, Copies)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from admonster_fb.sandbox import activities, creatives, need, nodes, spec, status, times, validation
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, NotModelled, missing_object, not_list, not_one_of, refuse
from admonster_fb.sandbox.validation.case import BUDGETS
from admonster_fb.sandbox.world import Call, Node

STATUS_OPTIONS = ("PAUSED", "ACTIVE", "INHERITED_FROM_SOURCE")
STRATEGIES = ("ONLY_TOP_LEVEL_RENAME", "DEEP_RENAME", "NO_RENAME")
SUFFIX = " - Copy"
# Not certain: the notes say at most three objects beneath, the recorded refusal speaks of fewer than three in all.
MOST_CHILDREN = 3
PARENT = {"AdSet": "campaign_id", "Ad": "adset_id"}
CHILD = {"Campaign": "AdSet", "AdSet": "Ad"}
SOURCE = {"Campaign": "source_campaign_id", "AdSet": "source_adset_id", "Ad": "source_ad_id"}
ANSWER = {"Campaign": "copied_campaign_id", "AdSet": "copied_adset_id", "Ad": "copied_ad_id"}
TYPES = {"Campaign": "campaign", "AdSet": "ad_set", "Ad": "ad"}
# Parameters that change the copy in ways that are not documented.
NOT_MODELLED = ("migrate_to_advantage_plus", "parameter_overrides", "create_dco_adset")
# What Meta worked out itself: no part of what a creator would send.
DERIVED = frozenset({"status", "start_time", "end_time", "stop_time", "pacing_type"})
# What belongs to the source alone.
DROPPED = frozenset({"id", "is_budget_schedule_enabled"})
EMPTY = (None, "", "0", "UNDEFINED")
# What a creative is made of; the rest follows from it.
CONTENT = frozenset({*validation.creative.SOURCES, "degrees_of_freedom_spec", "url_tags", "product_set_id"})


@dataclass(slots=True)
class Copying:
    """One call, and the pairs of source and copy so far."""

    call: Call
    account: Node
    deep: bool
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


def create(call: Call, source: Node) -> dict[str, Any]:
    """Copy an object. Nothing is left of a copy that fails half-way."""
    _check(call, source)
    account = call.world.account_of(source)
    if account is None:
        raise missing_object(call.method, source.id)
    work = Copying(call, account, truth(call.params.get("deep_copy", False)))
    if work.deep and sum(1 for _ in _beneath(call, source)) > MOST_CHILDREN:
        raise refuse(1885194)
    overrides = {link: str(call.params[link]) for link in _links(source) if call.params.get(link)}
    try:
        top = _copy(work, source, overrides)
    except GraphError:
        for _, made in work.pairs:
            call.store.remove(made.id)
        raise
    for _, made in work.pairs:
        activities.note_created(call, made)
    rows = [{"ad_object_type": TYPES[old.kind], "source_id": old.id, "copied_id": new.id} for old, new in work.pairs]
    return {ANSWER[source.kind]: top.id, "ad_object_ids": rows}


def _check(call: Call, source: Node) -> None:
    for name in NOT_MODELLED:
        if call.params.get(name) not in (None, "", False, "false", {}, []):
            raise NotModelled(call.method, call.path, name)
    if (option := call.params.get("status_option")) and option not in STATUS_OPTIONS:
        raise not_one_of("status_option", STATUS_OPTIONS)
    if not isinstance(rename := call.params.get("rename_options") or {}, dict):
        raise not_list("rename_options")
    if (strategy := rename.get("rename_strategy")) and strategy not in STRATEGIES:
        raise not_one_of("rename_options[rename_strategy]", STRATEGIES)
    # An ad set or ad may be copied away from a deleted parent; the new parent is checked when the copy is made.
    moved = any(call.params.get(link) for link in _links(source))
    parents = (call.store.get(str(source.data.get(link))) for link, _ in status.PARENTS.get(source.kind, ()))
    for node in (source, *(() if moved else parents)):
        if node and node.data.get("status") == "DELETED":
            subcode, title, _ = status.REFUSALS[node.kind, "DELETED"]
            raise GraphError(100, subcode, user_title=title, user_msg="You can't copy what has been deleted.")


def _links(source: Node) -> tuple[str, ...]:
    return (PARENT[source.kind],) if source.kind in PARENT else ()


def _children(call: Call, node: Node) -> list[Node]:
    """Return the children that a deep copy includes: those not archived or deleted."""
    kind = CHILD.get(node.kind)
    found = list(call.store.children(node.id, kind)) if kind else []
    return [child for child in found if child.data["status"] not in status.GONE]


def _beneath(call: Call, node: Node) -> list[Node]:
    children = _children(call, node)
    return children + [item for child in children for item in _beneath(call, child)]


def _copy(work: Copying, source: Node, overrides: dict[str, Any]) -> Node:
    call, zone_name = work.call, str(work.account.data["timezone_name"])
    now = times.stamp(call.store.clock(), zone_name)
    data = {name: copy.deepcopy(value) for name, value in source.data.items() if name not in DROPPED}
    data |= {"name": _name(work, source), "status": _status(call, source), SOURCE[source.kind]: source.id}
    data |= {"created_time": now, "updated_time": now, **overrides}
    data |= _schedule(call, source, zone_name) if source.kind == "AdSet" else {}
    if source.kind == "Ad":
        data |= {"creative": {"id": _creative(call, source, top=not work.pairs)}}
    _check_copy(work, source.kind, data)
    if source.kind == "Ad":
        data["campaign_id"] = call.store.nodes[data["adset_id"]].data["campaign_id"]
    made = nodes.insert(call, source.kind, data)
    work.pairs.append((source, made))
    for child in _children(call, source) if work.deep else ():
        _copy(work, child, {PARENT[child.kind]: made.id, "campaign_id": data.get("campaign_id", made.id)})
    return made


def _check_copy(work: Copying, kind: str, data: dict[str, Any]) -> None:
    """Check a copy by the rules of a creation: its new parent may want other things than its old one."""
    writable = spec.writable_fields(kind, "create") | {PARENT.get(kind, "name")}
    sent = {name: value for name, value in data.items() if name in writable - DERIVED and value not in EMPTY}
    params = {name: value for name, value in sent.items() if not (name in BUDGETS and str(value) == "0")}
    params["name"] = data["name"]  # "0" is one
    params |= {name: data[name] for name in ("status", "end_time") if data.get(name)}
    if kind == "Campaign":
        params.setdefault("special_ad_categories", [])
    validation.check("create", kind, None, work.account, params, work.call.store)


def _name(work: Copying, source: Node) -> str:
    options = work.call.params.get("rename_options") or {}
    strategy = options.get("rename_strategy", STRATEGIES[0])
    name = str(source.data["name"])
    if strategy == "NO_RENAME" or (strategy == "ONLY_TOP_LEVEL_RENAME" and work.pairs):
        return name
    return f"{options.get('rename_prefix') or ''}{name}{options.get('rename_suffix', SUFFIX) or ''}"


def _status(call: Call, source: Node) -> str:
    option = str(call.params.get("status_option") or "PAUSED")
    chosen = str(source.data["status"]) if option == "INHERITED_FROM_SOURCE" else option
    return "PAUSED" if chosen in status.GONE else chosen


def _schedule(call: Call, source: Node, zone_name: str) -> dict[str, str]:
    """Return the times of a copied ad set: those sent, else its source's; what is over begins again now."""
    now = call.store.clock()
    names = ("start_time", "end_time")
    start, end = (times.parse(source.data[n], zone_name, n) if source.data.get(n) else None for n in names)
    if start and end and end <= now:
        start, end = now, now + (end - start)
    sent = {n: times.parse(call.params[n], zone_name, n) for n in names if call.params.get(n)}
    moments = {"start_time": start, "end_time": end, **sent}
    return {name: times.stamp(moment, zone_name) for name, moment in moments.items() if moment}


def _creative(call: Call, ad: Node, *, top: bool) -> str:
    """Return the creative of a copied ad: the same one, or one with the parameters sent laid over its content."""
    creative_id = str(ad.data["creative"]["id"])
    changes = call.params.get("creative_parameters")
    if not changes or not top:
        return creative_id
    need.fields("creative_parameters", changes)
    content = {name: value for name, value in call.store.nodes[creative_id].data.items() if name in CONTENT}
    return creatives.resolve(call, ad, {"name": ad.data["name"], **content, **changes})
