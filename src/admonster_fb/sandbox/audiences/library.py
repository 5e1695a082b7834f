"""The calls of audiences: created under an account, changed, deleted for good."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import need, project, spec, times
from admonster_fb.sandbox.audiences import lookalikes, rules, state
from admonster_fb.sandbox.audiences.state import SHARED, check_owner, check_terms_to_create, is_flagged
from admonster_fb.sandbox.convert import objects, truth, whole
from admonster_fb.sandbox.errors import GraphError, NotModelled, bad_param, invalid, not_one_of, refuse, required
from admonster_fb.sandbox.world import Call, Node, Store

USED_IN = ("custom_audiences", "excluded_custom_audiences")


def of_account(call: Call, account: Node) -> list[Node]:
    """Return the audiences an account can use, newest first; with `pixel_id` those of one pixel."""
    own = list(call.store.children(account.id, state.AUDIENCE))
    shared = [each for each in call.store.of_kind(state.AUDIENCE) if account.id in each.hidden.get(SHARED, {})]
    pixel = call.params.get("pixel_id") if call.path.endswith("/customaudiences") else None
    found = [item for item in (*own, *shared) if pixel is None or item.data.get("pixel_id") == str(pixel)]
    return sorted(found, key=lambda audience: int(audience.data["time_created"]))[::-1]


def adsets_using(store: Store, audience: Node) -> list[Node]:
    """Return the ad sets that include or exclude an audience."""
    found = []
    for adset in store.of_kind("AdSet"):
        targeting = adset.data.get("targeting") or {}
        if audience.id in {str(item.get("id")) for name in USED_IN for item in objects(targeting.get(name))}:
            found.append(adset)
    return found


def ads(call: Call, audience: Node) -> list[Node]:
    """Return the ads that use an audience, as far as the caller sees them."""
    found = [ad for adset in adsets_using(call.store, audience) for ad in call.store.children(adset.id, "Ad")]
    return [ad for ad in found if call.find(ad.id)][::-1]


def accounts(call: Call, audience: Node) -> list[Node]:
    """Return the accounts an audience is shared with, by their ids without act_."""
    permission = call.params.get("permissions") if call.path.endswith("/adaccounts") else None
    shared: dict[str, str] = audience.hidden.get(SHARED, {})
    ids = [item.removeprefix("act_") for item, may in shared.items() if permission in (None, may)]
    return [Node(object_id, state.ACCOUNT_ROW, {"id": object_id}) for object_id in ids]


def uploads(call: Call, audience: Node) -> list[Node]:
    """Return the upload sessions of an audience, newest first; with `session_id` one of them."""
    session_id = call.params.get("session_id") if call.path.endswith("/sessions") else None
    rows = [
        _row(call, item)
        for item in state.sessions_of(audience)
        if session_id in (None, "") or item["id"] == str(session_id)
    ]
    return rows[::-1]


def _row(call: Call, session: state.Session) -> Node:
    """Return a session in Meta's format: all values are strings. The values of `stage` are the sandbox's own."""
    received, invalid = state.counts_of(session)
    open_still = state.is_open(call.world, session)
    data = {"session_id": session["id"], "num_received": received, "num_invalid_entries": invalid}
    data |= {"num_matched": (received - invalid) * state.MATCHED // 100, "progress": 0 if open_still else 100}
    data |= {"stage": "uploading" if open_still else "done", "start_time": times.unix(session["began"])}
    if session["ended"]:
        data["end_time"] = times.unix(session["ended"])
    return Node(f"{session['kind']}-{session['id']}", state.SESSION, {name: str(value) for name, value in data.items()})


Fields = dict[str, Any]
STORED = ("name", "description", "opt_out_link", "customer_file_source", "audience_labels")
# Parameters of audiences that the sandbox does not model.
NOT_MODELLED = ("claim_objective", "product_set_id", "regulated_audience_spec", "list_of_accounts", "video_group_ids")
# People of a rule's audience for each day they stay: the sandbox's own number, a little different for each audience.
A_DAY = 60


def create(call: Call, account: Node) -> Fields:
    """Create an audience of a list, of events or of a seed."""
    sent = call.params
    for name in NOT_MODELLED:
        if sent.get(name) or truth(sent.get("enable_fetch_or_create", False)):
            raise NotModelled(call.method, call.path, name)
    need.value("name", sent.get("name"))
    made = _kind(call)(call, account)
    _check_room(call, account, str(made["subtype"]))
    now = int(call.store.clock().timestamp())
    hidden = made.pop("hidden", {})
    stored = {name: sent[name] for name in STORED if sent.get(name) not in (None, "")}
    data = {**stored, **made, "account_id": account.data["account_id"], "time_created": now, "time_updated": now}
    audience = call.store.add(state.AUDIENCE, data)
    audience.hidden |= hidden
    return project.created(call, audience)


def _kind(call: Call) -> Any:
    subtype, rule = call.params.get("subtype"), call.params.get("rule")
    values = spec.values("AdAccount", "POST", "customaudiences", "subtype")
    if subtype in (state.LIST, state.LOOKALIKE):
        return {state.LIST: _list, state.LOOKALIKE: _lookalike}[str(subtype)]
    if subtype in state.TOLD_BY_RULE or subtype in (None, ""):
        need.something("rule" if subtype else "subtype", rule)
        return _of_events
    if subtype in values:
        raise NotModelled(call.method, call.path, f"subtype {subtype}")
    raise not_one_of("subtype", values)


def _list(call: Call, account: Node) -> Fields:
    check_terms_to_create(account, of_events=False)
    source = need.value("customer_file_source", call.params.get("customer_file_source"))
    need.one_of("customer_file_source", source, state.SOURCES)
    if call.params.get("rule"):
        raise bad_param("Param rule can't be used with subtype CUSTOM")
    made: Fields = {"subtype": state.LIST, "is_value_based": truth(call.params.get("is_value_based", False))}
    return {**made, "retention_days": _days(call.params) or 0}


def _of_events(call: Call, account: Node) -> Fields:
    sent, rule = call.params, rules.read(call.params["rule"])
    check_terms_to_create(account, of_events=True)
    videos = rules.is_of_videos(rule)
    if sent.get("subtype") and not (videos and sent["subtype"] in (state.ENGAGEMENT, state.VIDEO)):
        raise bad_param("Param subtype is not supported for audiences of events: leave it out")
    if videos and not sent.get("subtype"):
        raise required("subtype")
    rules.check(call, rule)
    days = _days(sent, videos=videos) or rules.days(rule)
    made: Fields = {"subtype": rules.subtype(rule), "rule": _rule_text(call), "retention_days": days}
    if made["subtype"] == state.WEBSITE:
        made["pixel_id"] = next(str(source["id"]) for source in rules.sources(rule) if source["type"] == "pixel")
    counted = _visitors(f"{account.id} {made['rule']}", days) if truth(sent.get("prefill", True)) else 0
    return {**made, "hidden": {state.PEOPLE: counted, state.READY_AT: _ready(call, state.PROCESSING)}}


def _lookalike(call: Call, account: Node) -> Fields:
    check_terms_to_create(account, of_events=False)
    sent = lookalikes.read(call.params.get("lookalike_spec"))
    seed = lookalikes.check(call, account, sent)
    hidden = {state.PEOPLE: lookalikes.size(sent), state.READY_AT: _ready(call, state.POPULATING)}
    hidden["origin"] = seed.id if seed else None
    return {"subtype": state.LOOKALIKE, "lookalike_spec": lookalikes.as_read(sent, seed), "hidden": hidden}


def _ready(call: Call, span: timedelta) -> str:
    return (call.store.clock() + span).isoformat()


def _visitors(key: str, days: int) -> int:
    return max(days, 1) * (A_DAY + hashlib.sha256(key.encode()).digest()[0] % A_DAY)


def _days(sent: Fields, *, videos: bool = False) -> int | None:
    if sent.get("retention_days") in (None, ""):
        return None
    days, most = whole(sent["retention_days"]), state.LONGEST_OF_VIDEOS if videos else state.LONGEST_RETENTION
    if days is None or not 1 <= days <= most:
        raise bad_param(f"Param retention_days must be from 1 to {most}")
    return days


def _rule_text(call: Call) -> str:
    raw = call.raw["rule"]
    return raw if isinstance(raw, str) else json.dumps(raw, separators=(",", ":"))


def _check_room(call: Call, account: Node, subtype: str) -> None:
    limit = state.LIMITS.get(subtype)
    same = [each for each in call.store.children(account.id, state.AUDIENCE) if each.data["subtype"] == subtype]
    if limit is not None and len(same) >= limit:
        text = f"An ad account can have up to {limit} audiences of the kind {subtype}."
        raise invalid("subtype", "Too Many Audiences", text)


def update(call: Call, audience: Node) -> Fields:
    """Change an audience's name, description or rule."""
    check_owner(call, audience)
    sent = call.params
    changed = {name for name in (*STORED, "rule", "retention_days") if sent.get(name) is not None}
    if is_flagged(audience):
        _check_flagged(audience, changed)
    if "name" in changed and not sent["name"]:
        raise required("name")
    if sent.get("customer_file_source") not in (None, *state.SOURCES):
        raise not_one_of("customer_file_source", state.SOURCES)
    if "lookalike_spec" in sent:
        raise NotModelled(call.method, call.path, "changing a lookalike_spec")
    changes = {name: sent[name] for name in STORED if name in changed}
    if (days := _days(sent, videos=audience.data["subtype"] == state.VIDEO)) is not None:
        changes["retention_days"] = days
    if "rule" in changed:
        changes |= _new_rule(call, audience)
    audience.data |= changes
    audience.data["time_updated"] = int(call.store.clock().timestamp())
    if is_flagged(audience):
        for name in (state.STATUS, state.FIELDS):
            audience.hidden.pop(name, None)
    return project.updated(call, audience)


def _check_flagged(audience: Node, changed: set[str]) -> None:
    if audience.data["subtype"] in (state.LIST, state.LOOKALIKE):
        raise refuse(1713228)
    if not set(audience.hidden.get(state.FIELDS) or ()) <= changed:
        raise refuse(1713231)


def _new_rule(call: Call, audience: Node) -> Fields:
    if audience.data["subtype"] in (state.LIST, state.LOOKALIKE):
        raise bad_param("Param rule can't be used with this kind of audience")
    rule = rules.read(call.params["rule"])
    rules.check(call, rule)
    if rules.subtype(rule) != audience.data["subtype"]:
        raise rules.invalid_rule("The rule of an audience can't change to another kind of event source.")
    days = rules.days(rule)
    audience.hidden[state.SHOWN] = state.people(call.world, audience)
    audience.hidden[state.PEOPLE] = _visitors(f"{audience.id} {_rule_text(call)}", days)
    audience.hidden[state.READY_AT] = _ready(call, state.PROCESSING)
    return {"rule": _rule_text(call), "retention_days": days}


def delete(call: Call, audience: Node) -> Fields:
    """Delete an audience: ads that use it stop (Meta's page "Custom Audience").

    Meta does not document the status of a stopped ad set; here it is paused. Its lookalikes can't be refreshed.
    """
    check_owner(call, audience)
    for adset in adsets_using(call.store, audience):
        if adset.data.get("status") == "ACTIVE":
            adset.data["status"] = "PAUSED"
    for item in state.lookalikes_of(call.world, audience):
        item.hidden[state.STATUS] = state.REFRESH_FAILED
    call.world.people.held.pop(audience.id, None)
    call.store.remove(audience.id)
    return {"success": True}


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
