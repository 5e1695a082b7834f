"""The changes that a write makes, object by object, computed from its arguments and from what is read first.

`describe_changes` takes the function registered for the op, else it goes by what the op declares: updates, creates and
removals of campaigns, ad sets and ads are alike, and of anything else only the arguments are known.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from admonster_fb.analysis.daily_exposure import is_same, max_daily_delivery
from admonster_fb.bot.plans.classify import is_same_targeting
from admonster_fb.bot.plans.plan import PRIVATE, Arguments
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.bot.render.delivery import lost
from admonster_fb.bot.render.values import quoted
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, InvalidParameterError, ParameterError
from admonster_fb.models._node import parse_time, zone_of
from admonster_fb.models._params import checked_with_untyped
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.models.launch import kind_of
from admonster_fb.models.post import Promotable
from admonster_fb.money import minor_text, whole
from admonster_fb.objects import DELIVERS, GONE, OBJECTS
from admonster_fb.operation import OpSpec
from admonster_fb.rules.ad_rules import can_spend, in_money
from admonster_fb.services._validation import INLINE
from admonster_fb.workflows.bulk import BULK, bulk_changes, paused_in

Describe = Callable[[StateSnapshot, Arguments], Iterable[Change]]
TIMES = frozenset({"start_time", "end_time", "stop_time", "time_start", "time_end"})
_NOT_WRITTEN = frozenset({"verify_ids", "fields", "execution_options"})
"""Arguments that do not become part of the object."""
_FOR_ADSETS = {"adset_budgets", "adset_bid_amounts"}
NEW = "new "  # stands before the number of the change that makes a parent, where its ID belongs
MAX_CREATIVES = 6  # ads of which the creatives are read to show them
_STATUS_OF = {"archived": "ARCHIVED", "restored": "ACTIVE"}
"""The status that an op sets which has no argument for it, by its verb."""
_PLACES = ("id", "campaign_id", "adset_id")
_MOST_SHOWN = {"campaigns": 4, "adsets": 6, "ads": 4}
"""How much of what is activated is shown: it fits into a text with all else of its plan."""
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "adsets": ("targeting", "adset_schedule", "optimization_goal", "promoted_object"),
    "ads": ("creative",),
}
"""The fields of copied objects that a plan shows, besides those that every plan reads."""
_AUDIENCE = ("id", "name", "account_id", "subtype")
_RULE = ("id", "name", "status", "account_id", "evaluation_spec", "execution_spec", "schedule_spec")

_BY_OP: dict[str, Describe] = {}


def describe_changes(snapshot: StateSnapshot, op: OpSpec, arguments: Arguments) -> list[Change]:
    """Return the changes that an op would make, ads with what they show. Nothing is sent."""
    return _with_creatives(snapshot, [*_changes(snapshot, op, arguments)], str(arguments.get("ad_account_id", "")))


def _with_creatives(snapshot: StateSnapshot, changes: list[Change], account: str) -> list[Change]:
    """Return changes in which the first ads have what their creatives show instead of an ID."""
    ads = [change for change in changes if change.node == "ads"][:MAX_CREATIVES]
    ids = [_creative_id(fields) for change in ads for fields in (change.before, change.after)]
    shown = snapshot.read_creatives({node_id for node_id in ids if node_id})
    known = snapshot.objects.get("ads", {}).values()

    def expand(fields: Arguments) -> Arguments:
        creative = shown.get(_creative_id(fields)) or fields.get("creative")
        owner = account or next((f"act_{row['account_id']}" for row in known if row.get("account_id")), "")
        if creative and owner.startswith("act_") and creative not in shown.values() and isinstance(creative, dict):
            creative = snapshot.name_forms(snapshot.name_images(owner, creative))
        return {**fields, "creative": creative} if creative else fields

    expanded = {id(ad): dataclasses.replace(ad, before=expand(ad.before), after=expand(ad.after)) for ad in ads}
    return [expanded.get(id(change), change) for change in changes]


def _creative_id(fields: Arguments) -> str:
    creative = fields.get("creative")
    return str(creative.get("creative_id") or creative.get("id") or "") if isinstance(creative, Mapping) else ""


def _changes(snapshot: StateSnapshot, op: OpSpec, arguments: Arguments) -> Iterable[Change]:
    if op.name in BULK:
        return describe_updates(snapshot, op.changes, bulk_changes(op.name, arguments))
    if op.name in _BY_OP:
        return _BY_OP[op.name](snapshot, arguments)
    if op.changes not in DELIVERS:
        return _read_before(snapshot, op, describe_generic(op, arguments))
    if op.effect == "create":
        account, params = arguments["ad_account_id"], _without(arguments, "ad_account_id", "verify_ids")
        snapshot.check(getattr(snapshot.fb, op.changes).create, account, **params)
        if only_validates(params):
            return []
        return _new(op.changes, _as_read(snapshot, account, _with_typed_parents(_without(params, *_NOT_WRITTEN))))
    key = OBJECTS[op.changes].id_argument
    if op.effect != "remove":
        return describe_updates(snapshot, op.changes, {arguments[key]: _without(arguments, key)})
    [row] = snapshot.read(op.changes, [arguments[key]])
    before = {name: row[name] for name in ("status", *BUDGETS) if row.get(name)}
    return [Change(op.changes, row["id"], row["name"], before, {"status": "ARCHIVED"} if op.past == "archived" else {})]


def describe_generic(op: OpSpec, arguments: Arguments) -> Iterator[Change]:
    """Yield the change of an op of which only its declaration and arguments are known."""
    if only_validates(arguments):
        return
    key = OBJECTS[op.changes].id_argument if op.changes in OBJECTS else ""
    shown = _without(arguments, *PRIVATE, key, "ad_account_id")
    node_id = str(arguments[key]) if key in arguments else None
    if op.access == "destroy":
        yield Change(op.changes, node_id, None, {"status": "ACTIVE", **shown}, {})
    elif op.effect in ("create", "add"):
        yield Change(op.changes, None, arguments.get("name"), {}, shown or {"status": "new"})
    else:
        shown |= {"status": _STATUS_OF[op.past]} if op.past in _STATUS_OF else {}
        yield Change(op.changes, node_id, None, dict.fromkeys(shown), shown)


def _read_before(snapshot: StateSnapshot, op: OpSpec, changes: Iterable[Change]) -> Iterator[Change]:
    """Yield changes with the values that an update or a removal finds, if the object can be read.

    An ID of a campaign, ad set or ad is refused: Meta would change or delete that, whatever the op is for.
    """
    kind = OBJECTS.get(op.changes)
    service: Any = getattr(snapshot.fb, kind.attribute or kind.edge, None) if kind and kind.model_path else None
    for change in changes:
        if change.id is None or op.effect not in ("update", "remove") or not hasattr(service, "get"):
            yield change
            continue
        known = OBJECTS[op.changes].model.model_fields
        names = [name for name in dict.fromkeys(("name", *(change.after or ("status",)))) if name in known]
        node = service.get(change.id, fields=[*dict.fromkeys(("id", *names, OBJECTS[op.changes].own_field))])
        row = snapshot.add_fields(op.changes, change.id, **{name: getattr(node, name) for name in names})
        before = {name: row[name] for name in names if name in change.after or not change.after}
        yield dataclasses.replace(change, name=row.get("name"), before=before or {"id": change.id})


def describe_updates(snapshot: StateSnapshot, edge: str, updates: Mapping[str, Arguments]) -> Iterator[Change]:
    """Yield the changes of updates by object ID; fields that stay the same are left out."""
    for node_id, params in updates.items():
        snapshot.check(getattr(snapshot.fb, edge).update, node_id, **_without(params, "verify_ids"))
    written = {node_id: params for node_id, params in updates.items() if not only_validates(params)}
    names = {name for params in written.values() for name in params}
    rows = {row["id"]: row for row in snapshot.read(edge, written, sorted(names))} if written else {}
    for node_id, params in written.items():
        after = _as_read(snapshot, node_id, _without(params, *_NOT_WRITTEN, *_FOR_ADSETS))
        yield from _field_changes(edge, rows[node_id], _without(after, "budget_schedule_specs"))
        for schedule in after.get("budget_schedule_specs") or ():
            yield Change("budget_schedules", None, None, {}, {**schedule, "ad_object_id": node_id})
        yield from _adset_changes(snapshot, rows[node_id], params)


def _field_changes(edge: str, row: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    new = {name: value for name, value in after.items() if not is_same(_old_value(row, name, value), value)}
    if shown := new or dict(after):
        yield Change(edge, row["id"], row["name"], {name: _old_value(row, name, shown[name]) for name in shown}, shown)


def _old_value(row: Mapping[str, Any], name: str, value: Any) -> Any:
    """Return the present value of a field, in the notation of the new value if both are the same."""
    old = row.get(name)
    same = name == "creative" and _creative_id(row) == _creative_id({name: value}) != ""
    if name == "targeting" and old and isinstance(value, Mapping):
        same = is_same_targeting(old, value)
    if name in TIMES and old is not None and isinstance(value, str):
        same = parse_time(old) == parse_time(value)
    return value if same else old


def _as_read(snapshot: StateSnapshot, node_id: str, params: Arguments) -> dict[str, Any]:
    """Return parameters as Meta would return them: amounts in minor units, times in the account's time zone."""
    fields = snapshot.fb.in_minor_units(params, node_id)
    for name in TIMES & fields.keys():
        time = parse_time(fields[name], zone := snapshot.fb.timezone(node_id))
        fields[name] = time.astimezone(zone_of(zone)).isoformat() if time else None
    return fields


def read_delivering(snapshot: StateSnapshot, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return what changes activate, and all within it, as new objects are shown: its money, people, ads and times."""
    on = {str(change.id) for change in changes if change.before and change.after.get("status") == "ACTIVE"}
    above = {str(row[key]) for row in _rows(snapshot, on, ("id",)) for key in ("campaign_id", "adset_id") if key in row}
    if not (campaigns := {str(row.get("campaign_id") or row["id"]) for row in _rows(snapshot, on, ("id",))}):
        return ()
    snapshot.read_trees(sorted(campaigns), _SHOWN)
    found = []
    for edge, most in _MOST_SHOWN.items():
        rows = [row for row in _rows(snapshot, on, _PLACES, [edge]) if row.get("status") not in GONE]
        rows = [row for row in rows if edge != "campaigns" or any(row.get(name) for name in BUDGETS)]
        parents = _rows(snapshot, above - on, ("id",), [edge] if edge == "adsets" else ())
        rows += [row for row in parents if row not in rows]  # an ad set of a campaign that is activated too
        names = ("status", *BUDGETS, "spend_cap", "start_time", "end_time", *_SHOWN.get(edge, ()))
        for row in rows[:most]:
            known = {name: row[name] for name in sorted(names) if row.get(name)}  # in the order of a stored plan
            found.append(Change(edge, row["id"], row["name"], {}, known))
        if rows[most:]:
            snapshot.warnings.append(f"{len(rows) - most:,} more {OBJECTS[edge].plural} in it are not shown")
    accounts = [str(row["account_id"]) for row in _rows(snapshot, on, ("id",))]
    return tuple(_with_creatives(snapshot, found, f"act_{accounts[0]}"))


def _rows(
    snapshot: StateSnapshot, ids: set[str], places: Iterable[str], edges: Iterable[str] = DELIVERS
) -> list[dict[str, Any]]:
    """Return the rows that were read of objects that have one of these IDs in one of their places."""
    rows = [row for edge in edges for row in snapshot.objects.get(edge, {}).values()]
    return [row for row in rows if any(str(row.get(place)) in ids for place in places)]


def _adset_changes(snapshot: StateSnapshot, campaign: Mapping[str, Any], params: Arguments) -> Iterator[Change]:
    """Yield what the update of a campaign does to its ad sets: budgets that replace the campaign's own, and bids."""
    if not _FOR_ADSETS & params.keys():
        return
    minor = snapshot.fb.in_minor_units({name: params[name] for name in _FOR_ADSETS & params.keys()}, campaign["id"])
    after: dict[str, dict[str, Any]] = {}
    for budget in minor.get("adset_budgets", ()):
        amounts = after.setdefault(budget["adset_id"], {})
        for name, amount in _without(budget, "adset_id").items():  # of one that is named twice, the highest counts
            amounts[name] = max(amounts.get(name, 0), amount)
    for adset_id, bid in minor.get("adset_bid_amounts", {}).items():
        after.setdefault(str(adset_id), {})["bid_amount"] = bid
    if ended := {name: campaign[name] for name in BUDGETS if campaign.get(name) and "adset_budgets" in minor}:
        yield Change("campaigns", campaign["id"], campaign["name"], ended, dict.fromkeys(ended, 0))
    for row in snapshot.read("adsets", after):
        yield from _field_changes("adsets", row, after[row["id"]])


def _with_typed_parents(params: Arguments) -> dict[str, Any]:
    """Return parameters in which amounts of parents made in the same call are money."""
    inline = {name: params[name] for name in INLINE.keys() & params.keys() if params[name]}
    made = {name: checked_with_untyped(INLINE[name][1], spec)[0] for name, spec in inline.items()}
    return {**params, **{name: _with_typed_parents(spec) for name, spec in made.items()}}


def _new(edge: str, fields: Arguments) -> list[Change]:
    """Return a new object after the parents that are made in the same call."""
    made: list[Change] = []
    for key, above in (("campaign", "campaigns"), ("adset", "adsets")):
        if isinstance(spec := fields.get(f"{key}_spec"), Mapping) and spec:
            made = _new(above, spec)
            fields = {**_without(fields, f"{key}_spec"), f"{key}_id": f"{NEW}{len(made) - 1}"}
    return [*made, Change(edge, None, fields.get("name"), {}, {"status": "PAUSED", **fields})]


def only_validates(arguments: Arguments) -> bool:
    """Return whether Meta is asked to validate only, so that nothing is written."""
    rows = next((arguments[edge] for edge in DELIVERS if arguments.get(edge)), ())
    if parts := [row for row in rows if "id" in row]:  # of a bulk update, not of a launch
        return all(map(only_validates, parts))
    return "validate_only" in (arguments.get("execution_options") or ())


def _without(fields: Arguments, *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def describes(op: str) -> Callable[[Describe], Describe]:
    """Register the function that describes the changes of one op."""
    return functools.partial(_BY_OP.setdefault, op)


@describes("activate_campaign")
def _activate(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the activations, the campaign first; all in it is read, so that what is new makes the plan stale."""
    found = paused_in(snapshot.fb, arguments["campaign_id"])
    snapshot.read_trees([arguments["campaign_id"]])
    for edge in DELIVERS:
        yield from describe_updates(snapshot, edge, {node_id: {"status": "ACTIVE"} for node_id in found[edge]})


@describes("update_adset")
def _update_adset(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the update of an ad set; `countries` and ages are its targeting with another part."""
    from admonster_fb.workflows.duplicate.rebuild import PARTS, with_parts

    node_id, params = arguments["adset_id"], _without(arguments, "adset_id", *PARTS)
    if parts := {name: arguments[name] for name in PARTS if arguments.get(name) is not None}:
        [row] = snapshot.read("adsets", [node_id], ["targeting"])
        params["targeting"] = with_parts(params.get("targeting") or row.get("targeting"), parts)
    return describe_updates(snapshot, "adsets", {node_id: params})


@describes("scale_campaign")
def _scale(snapshot: StateSnapshot, arguments: Arguments) -> list[Change]:
    from admonster_fb.workflows.scale import compute_shares

    shares = compute_shares(snapshot.fb, **arguments)
    if shares.requested > shares.limit.minor:
        snapshot.warnings.append(f"cut to max_daily_budget, {shares.limit}")
    amounts = {node_id: ("daily_budget", old, new) for node_id, (old, new) in shares.amounts.items()}
    return _amount_changes(snapshot, "campaigns" if shares.of_campaign else "adsets", amounts)


def _amount_changes(snapshot: StateSnapshot, edge: str, amounts: Mapping[str, tuple[str, Any, Any]]) -> list[Change]:
    """Return the changes of amounts: field, before and after by object ID."""
    rows = [(row, *amounts[row["id"]]) for row in snapshot.read(edge, amounts)] if amounts else []
    return [
        Change(edge, row["id"], row["name"], {name: old}, {name: new}) for row, name, old, new in rows if old != new
    ]


@describes("duplicate_campaign")
def _duplicate_campaign(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the copies of a campaign and, unless `deep` is false, of all in it; with overrides it is a launch."""
    from admonster_fb.workflows.duplicate.fields import check_losses, schedule_losses
    from admonster_fb.workflows.duplicate.rebuild import rebuild
    from admonster_fb.workflows.launch.op import preview

    source, deep, allow_loss = arguments["campaign_id"], arguments.get("deep", True), arguments.get("allow_loss") or ()
    [campaign] = snapshot.read("campaigns", [source])
    overrides: Any = _without(arguments, "campaign_id", "new_name", "deep", "allow_loss")
    if overrides:
        rebuilt = rebuild(snapshot.fb, source, arguments.get("new_name"), overrides, deep=deep, allow_loss=allow_loss)
        changes = [*preview(snapshot.fb, {"ad_account_id": rebuilt.account, **rebuilt.spec})]
        adsets = [node_id for place, node_id in rebuilt.sources.items() if kind_of(place) == "adsets"]
        copies = [change.after for change in changes if change.node == "adsets"]
        if {"targeting", "countries"} & overrides.keys():
            for row, copy in zip(snapshot.read("adsets", adsets, _SHOWN["adsets"]), copies, strict=False):
                _warn_of_loss(snapshot, row, copy)
        yield from changes
        return
    yield _copy("campaigns", campaign, arguments.get("new_name"))
    if deep:
        snapshot.read_trees([source], _SHOWN)
    rows = [campaign, *(row for row in snapshot.objects.get("adsets", {}).values() if deep)]
    check_losses(schedule_losses(snapshot.fb, rows, allow_loss))
    for edge in ("adsets", "ads") if deep else ():
        yield from (_copy(edge, row) for row in _rows(snapshot, {source}, ["campaign_id"], [edge]))


@describes("duplicate_adset")
def _duplicate_adset(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the copy of an ad set with its overrides and, unless `deep` is false, of its ads."""
    from admonster_fb.workflows.duplicate.fields import check_losses, losses, schedule_losses, unsupported
    from admonster_fb.workflows.duplicate.rebuild import in_countries

    source = arguments["adset_id"]
    check_losses(unsupported(arguments))
    [adset] = snapshot.read("adsets", [source], _SHOWN["adsets"])
    own = _without(arguments, "adset_id", "new_name", "deep", "allow_loss", "countries")
    overrides = _as_read(snapshot, source, own)
    if "countries" in arguments:
        targeting = overrides.get("targeting", adset.get("targeting") or {})
        overrides["targeting"] = in_countries(targeting, arguments["countries"])
    budgets = dict.fromkeys(BUDGETS) if any(overrides.get(name) for name in BUDGETS) else {}
    yield _copy("adsets", {**adset, **budgets, **overrides}, arguments.get("new_name"), overrides)
    _warn_of_loss(snapshot, adset, overrides)
    allow_loss = arguments.get("allow_loss") or ()
    lost_fields = losses(snapshot.fb, {"adsets": [source]}, allow_loss) if overrides else ()
    check_losses([*schedule_losses(snapshot.fb, [adset], allow_loss), *lost_fields])
    if arguments.get("deep", True):
        snapshot.read_trees([adset["campaign_id"]], _SHOWN)
        yield from (_copy("ads", row) for row in _rows(snapshot, {source}, ["adset_id"], ["ads"]))


@describes("duplicate_ad")
def _duplicate_ad(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    from admonster_fb.workflows.duplicate.rebuild import changed_creative

    [ad] = snapshot.read("ads", [arguments["ad_id"]], _SHOWN["ads"])
    overrides = {"adset_id": arguments.get("adset_id") or ad["adset_id"]}
    if changes := changed_creative(snapshot.fb, arguments["ad_id"], arguments.get("creative_parameters") or {}):
        creative = snapshot.read_creatives({_creative_id(ad)}).get(_creative_id(ad), {})
        shown = {name: value for name, value in {**creative, **changes}.items() if name not in ("id", "body")}
        overrides["creative"] = snapshot.name_images(f"act_{ad['account_id']}", shown)
    yield _copy("ads", ad, arguments.get("new_name"), overrides)


def _warn_of_loss(snapshot: StateSnapshot, source: Arguments, copy: Arguments) -> None:
    if "targeting" in copy and (gone := lost(source.get("targeting"), copy["targeting"])):
        snapshot.warnings.append(f"the copy of {source['name']} loses: {', '.join(gone)}")


def _copy(edge: str, row: Arguments, name: Any = None, overrides: Arguments | None = None) -> Change:
    names = (*BUDGETS, "start_time", "end_time", *_SHOWN.get(edge, ()))
    after = {"status": "PAUSED", **{name: row[name] for name in names if row.get(name)}, **(overrides or {})}
    return Change(edge, None, name or f"{row['name']} - Copy", {}, after)


@describes("boost_post")
def _boost(snapshot: StateSnapshot, arguments: Arguments) -> Iterable[Change]:
    from admonster_fb.workflows.boost import chosen_and_spec, in_own_names
    from admonster_fb.workflows.launch.op import preview

    account, params = arguments["ad_account_id"], _without(arguments, "ad_account_id")
    [post, *skipped], spec = chosen_and_spec(snapshot.fb, account, params)  # type: ignore[arg-type]
    if "partnership_ad_code" not in params and params.get("post", "best") == "best":
        snapshot.notes += _why_best(snapshot.fb, account, post, skipped)
    try:
        changes = [*preview(snapshot.fb, {"ad_account_id": account, **spec})]
    except ParameterError as error:
        raise in_own_names(error, params) from None
    return [_with_details(snapshot, account, params["days"], post, change) for change in changes]


def _why_best(fb: FacebookAds, account: str, post: Promotable, skipped: list[Promotable]) -> Iterator[str]:
    """Yield of which days a post is the best, and the better ones that Meta calls ineligible."""
    today = fb.today(account)
    days = f"the 7 days up to now ({today - timedelta(days=7)} to {today})"
    yield f"The best post of {days} has an engagement of {post.engagement:,} (reactions, comments and shares)."
    for each in skipped[:3]:
        why = f": {quoted(each.reason)}" if each.reason else ", without a reason"
        yield f"Skipped {quoted(each.text[:60] or each.id)} with {each.engagement:,}: Meta calls it ineligible{why}"


def _with_details(snapshot: StateSnapshot, account: str, days: int, post: Promotable, change: Change) -> Change:
    """Return a change of a boost with what its owner asks: which post it is, and how much it is in all."""
    after = dict(change.after)
    if change.node == "ads":
        after["creative"] = {**after["creative"], **snapshot.about_post(account, post)}
    elif change.node == "adsets" and (daily := after.get("daily_budget")):
        each, in_all = (_money(snapshot.fb, account, amount) for amount in (daily, daily * days))
        after["total"] = f"{each} a day for {days} days, about {in_all}"
    return dataclasses.replace(change, after=after)


@describes("hide_comment")
def _hide_comment(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    node = snapshot.fb.posts.comment(arguments["comment_id"], page_id=arguments.get("page_id"))
    before = {"hidden": bool(node.is_hidden or node.hidden)}
    yield Change("comments", node.id, None, before, {"hidden": arguments.get("hidden", True)})


@describes("unsubscribe_page")
def _unsubscribe_page(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the end of a Page's subscription; the Page itself stays."""
    page = snapshot.fb.pages.get(arguments["page_id"], fields=["id", "name"])
    names = [name for app in snapshot.fb.webhooks.of_page(page.id) for name in app.subscribed_fields or ()]
    row = snapshot.add_fields("accounts", page.id, name=page.name, subscribed_fields=names)
    yield Change("subscribed_apps", page.id, row["name"], {"subscribed_fields": names}, {})


@describes("launch_campaign")
def _launch(snapshot: StateSnapshot, arguments: Arguments) -> Iterable[Change]:
    from admonster_fb.workflows.launch.op import preview

    if arguments.get("send_again"):
        snapshot.warnings.append("what may exist already and does not show is created, perhaps a second time")
    return preview(snapshot.fb, arguments)


@describes("create_budget_schedule")
def _budget_schedule(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield a budget schedule; the campaign or ad set that holds the budget is read for what it adds to a day."""
    holder = arguments["ad_object_id"]
    snapshot.check(snapshot.fb.budget_schedules.create, holder, **_without(arguments, "ad_object_id"))
    try:
        [row] = snapshot.read("adsets", [holder])
    except InvalidParameterError:  # a campaign has no field campaign_id
        [row] = snapshot.read("campaigns", [holder])
    after = _as_read(snapshot, holder, arguments)
    yield Change("budget_schedules", None, row["name"], {}, {"recurrence_type": "ONE_TIME", **after})


@describes("update_spending_limit")
def _spending_limit(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    account, limit, action = (arguments.get(name) for name in ("ad_account_id", "spending_limit", "spend_cap_action"))
    if account is None or (limit is None) == (action is None):
        return  # the op reports what is wrong
    node = snapshot.fb.adaccounts.get(account, fields=["id", "name", "spend_cap", "amount_spent"])
    row = snapshot.add_fields("adaccounts", account, name=node.name, spend_cap=node.spend_cap or 0)
    before = {"spend_cap": row["spend_cap"]}
    after = {"spend_cap": 0} if action == "delete" else {**before, "spend_cap_action": "reset"}
    spent, money = whole(node.amount_spent) or 0, functools.partial(_money, snapshot.fb, account)
    left = max((whole(row["spend_cap"]) or 0) - spent, 0)
    if limit is not None:
        new = snapshot.fb.in_minor_units({"spend_cap": limit}, account)
        # A new limit counts only what is spent after it: it is a raise if it is more than what was left.
        after = {**after, **new} if row["spend_cap"] and left < new["spend_cap"] and node.amount_spent else new
        if spent:
            in_all = f"{money(spent + new['spend_cap'])} in all with it"
            snapshot.warnings.append(f"the {money(spent)} spent before does not count towards it: {in_all}")
    if row["spend_cap"] and "spend_cap_action" in after:
        counted = f"{money(after['spend_cap'])} can be spent from now on, not {money(left)}"
        snapshot.warnings.append(f"spend is counted from zero again: {counted}")
    if row["spend_cap"] and (not after["spend_cap"] or after["spend_cap"] > left):
        snapshot.warnings.append(_freed(snapshot, account, "the higher limit" if after["spend_cap"] else "no limit"))
    yield Change("adaccounts", account, node.name, before, after)


def _money(fb: FacebookAds, account: str, minor: int) -> str:
    return minor_text(minor, fb.currency(account))


def _freed(snapshot: StateSnapshot, account: str, limit: str) -> str:
    try:
        most = _money(snapshot.fb, account, max_daily_delivery(snapshot.read_account(account)))
    except FacebookAdsError:  # Meta does not let it be read: the plan is as good without
        return f"with {limit} on the account, its campaigns spend again; how much a day could not be read"
    return f"with {limit} on the account, what is on in it may spend up to {most} a day by its budgets"


@describes("apply_recommendation")
def _recommendation(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the budgets that a recommendation raises; what Meta does not say is a warning."""
    from admonster_fb.workflows.recommendations import prepare_application

    account, signature = arguments["ad_account_id"], arguments["recommendation_signature"]
    found = prepare_application(snapshot.fb, account, signature, arguments.get("budgets"))
    yield from _amount_changes(snapshot, found.edge, found.raises)
    if not found.raises:
        snapshot.warnings.append("Meta does not say what this may spend: it can raise budgets or copy ad sets")
        about = {"type": found.recommendation.type, "object_ids": found.recommendation.object_ids}
        yield Change("recommendations", signature, found.recommendation.type, {}, {**about, "may_spend": "unknown"})


@describes("create_ad_rule")
def _create_rule(snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield a new rule; one that can spend is DISABLED by default."""
    params = _without(arguments, "ad_account_id", "fields")
    snapshot.check(snapshot.fb.adrules.create, arguments["ad_account_id"], **params)
    after = snapshot.fb.in_minor_units(in_money(params, []), arguments["ad_account_id"])
    status = "DISABLED" if can_spend(after["execution_spec"]) else "ENABLED"
    yield Change("adrules_library", None, after["name"], {}, {"status": status, **after})


@describes("setup_performance_alert")
def _create_alert(_snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    """Yield the rule of an alert; it notifies or pauses, and never spends."""
    from admonster_fb.workflows.alerts import ACTIONS

    filters = [
        {"field": row.get("metric"), "operator": row.get("operator"), "value": row.get("threshold", row.get("value"))}
        for row in arguments["conditions"]
    ]
    action = ACTIONS.get(str(arguments.get("action", "notify")).lower(), "unknown")
    specs = {"evaluation_spec": {"filters": filters}, "execution_spec": {"execution_type": action}}
    yield Change("adrules_library", None, arguments.get("name"), {}, {"status": "ENABLED", **specs})


def _change_rule(snapshot: StateSnapshot, arguments: Arguments, after: Arguments | None = None) -> Iterator[Change]:
    """Yield the change of a rule, with the fields that decide whether it can spend; without `after` an update."""
    rule_id, params = arguments["rule_id"], _without(arguments, "rule_id")
    if after is None:
        snapshot.check(snapshot.fb.adrules.update, rule_id, **params)
    row = snapshot.add("adrules_library", snapshot.fb.adrules.get(rule_id, fields=_RULE), _RULE)
    if after is None:
        fields = snapshot.fb.in_minor_units(in_money(params, []), rule_id)
        after = {name: value for name, value in fields.items() if not is_same(row.get(name), value)} or fields
    before = {name: row.get(name) for name in sorted({*after, "status", "execution_spec"} - {"runs"})}
    yield Change("adrules_library", row["id"], row["name"], before, after)


def _change_audience(snapshot: StateSnapshot, arguments: Arguments, people: str | None = None) -> Iterator[Change]:
    """Yield the change of an audience: what happens to its people; "" if it is deleted, `None` if they are replaced."""
    if people is None:
        from admonster_fb.workflows.audience_upload import usable_people

        usable, rows = usable_people(**_without(arguments, "audience_id"))  # without usable rows it is refused now
        people = f"replaced by {usable:,} (usable rows of {rows:,})"
    audience = snapshot.fb.customaudiences.get(arguments["audience_id"], fields=_AUDIENCE)
    row = snapshot.add("customaudiences", audience, _AUDIENCE)
    file = {"csv_path": arguments["csv_path"]} if "csv_path" in arguments else {}
    after = {"people": people, **file} if people else {}
    yield Change("customaudiences", row["id"], row["name"], {"subtype": row["subtype"]}, after)


_BY_OP.update(
    update_ad_rule=_change_rule,
    delete_ad_rule=functools.partial(_change_rule, after={}),
    execute_ad_rule=functools.partial(_change_rule, after={"runs": "now"}),
    replace_audience_users=_change_audience,
    delete_audience=functools.partial(_change_audience, people=""),
    add_users_to_audience=functools.partial(_change_audience, people="added"),
    remove_users_from_audience=functools.partial(_change_audience, people="removed"),
)


@describes("create_lookalike_tiers")
def _lookalike_tiers(_snapshot: StateSnapshot, arguments: Arguments) -> Iterator[Change]:
    for ratio in arguments["tiers"]:
        yield Change("customaudiences", None, arguments["name"], {}, {"subtype": "LOOKALIKE", "ratio": ratio})
