"""What the other writes change: rules, schedules, limits, audiences, people; and any op that nothing is known of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from admonster_fb.bot.plans.changes import Arguments, Describe, as_read, describes, only_checks
from admonster_fb.bot.plans.classify import same
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.bot.plans.write_record import PRIVATE
from admonster_fb.errors import InvalidParameterError
from admonster_fb.models.change import Change
from admonster_fb.objects import OBJECTS
from admonster_fb.operation import OpSpec
from admonster_fb.rules.ad_rule_money import in_money
from admonster_fb.rules.ad_rules import can_spend
from admonster_fb.workflows.alerts import ACTIONS
from admonster_fb.workflows.audience_upload import usable_people

_RULE = ("name", "status", "account_id", "evaluation_spec", "execution_spec", "schedule_spec")


@describes("create_budget_schedule")
def schedule(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell the time in which a budget is another; its campaign is read for what it adds."""
    holder = given["ad_object_id"]
    look.check(look.fb.budget_schedules.create, holder, **{k: v for k, v in given.items() if k != "ad_object_id"})
    try:
        [row] = look.read("adsets", [holder])
    except InvalidParameterError:  # a campaign has no campaign_id
        [row] = look.read("campaigns", [holder])
    after = as_read(look, holder, given)
    yield Change("budget_schedules", None, row["name"], {}, {"recurrence_type": "ONE_TIME", **after})


@describes("update_spending_limit")
def limit(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell an account's spending limit before and after."""
    account = given["ad_account_id"]
    asked = [name for name in ("spending_limit", "spend_cap_action") if given.get(name) is not None]
    if len(asked) != 1:
        return  # the op itself says what is wrong
    read = look.fb.adaccounts.get(account, fields=["id", "name", "spend_cap"])
    before = look.note("adaccounts", account, name=read.name, spend_cap=read.spend_cap or 0)
    if (amount := given.get("spending_limit")) is not None:
        minor = look.fb.in_minor_units({"spend_cap": amount}, account)
        yield Change("adaccounts", account, read.name, {"spend_cap": before["spend_cap"]}, minor)
    elif given.get("spend_cap_action") == "delete":
        yield Change("adaccounts", account, read.name, {"spend_cap": before["spend_cap"]}, {"spend_cap": 0})
    elif given.get("spend_cap_action"):
        shown = {"spend_cap": before["spend_cap"]}
        yield Change("adaccounts", account, read.name, shown, {**shown, "spend_cap_action": "reset"})


@describes("create_ad_rule")
def new_rule(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell a new rule; what can spend begins DISABLED unless it is said otherwise."""
    said = {k: v for k, v in given.items() if k not in ("ad_account_id", "fields")}
    look.check(look.fb.adrules.create, given["ad_account_id"], **said)
    said = look.fb.in_minor_units(in_money(said, []), given["ad_account_id"])
    status = "DISABLED" if can_spend(said["execution_spec"]) else "ENABLED"
    yield Change("adrules_library", None, said["name"], {}, {"status": status, **said})


@describes("setup_performance_alert")
def alert(_look: Look, given: Arguments) -> Iterator[Change]:
    """Tell the rule of an alert: it notifies or pauses, and never spends."""
    filters = [
        {
            "field": each.get("metric"),
            "operator": each.get("operator"),
            "value": each.get("threshold", each.get("value")),
        }
        for each in given["conditions"]
    ]
    kind = ACTIONS.get(str(given.get("action", "notify")).lower(), "unknown")
    spec = {"execution_type": kind}
    after = {"status": "ENABLED", "evaluation_spec": {"filters": filters}, "execution_spec": spec}
    yield Change("adrules_library", None, given.get("name"), {}, after)


def _rule(look: Look, rule_id: str) -> dict[str, Any]:
    rule = look.fb.adrules.get(rule_id, fields=["id", *_RULE])
    return look.note("adrules_library", rule.id, **{name: getattr(rule, name) for name in _RULE})


@describes("update_ad_rule")
def old_rule(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell what becomes of a rule."""
    said = {k: v for k, v in given.items() if k != "rule_id"}
    look.check(look.fb.adrules.update, given["rule_id"], **said)
    row = _rule(look, given["rule_id"])
    said = look.fb.in_minor_units(in_money(said, []), given["rule_id"])
    after = {name: value for name, value in said.items() if not same(row.get(name), value)} or said
    yield Change("adrules_library", given["rule_id"], row["name"], _judged(row, after), after)


@describes("delete_ad_rule")
def rule_gone(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell which rule goes."""
    row = _rule(look, given["rule_id"])
    yield Change("adrules_library", given["rule_id"], row["name"], _judged(row, ()), {})


@describes("execute_ad_rule")
def rule_run(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell what a rule does that is run now, whether it is on or off."""
    row = _rule(look, given["rule_id"])
    yield Change("adrules_library", given["rule_id"], row["name"], _judged(row, ()), {"runs": "now"})


def _judged(row: Arguments, names: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a rule that change, and those that tell whether it can spend."""
    return {name: row.get(name) for name in sorted({*names, "status", "execution_spec"})}


@describes("replace_audience_users")
def replaced(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell by how many people those on a list are replaced; a list of no use is refused now, not when applied."""
    usable, rows = usable_people(**{name: value for name, value in given.items() if name != "audience_id"})
    yield from _people(f"replaced by {usable:,} (usable rows of {rows:,})")(look, given)


def _people(done: str) -> Describe:
    def describe(look: Look, given: Arguments) -> Iterator[Change]:
        found = look.fb.customaudiences.get(given["audience_id"], fields=["id", "name", "account_id", "subtype"])
        row = look.note("customaudiences", found.id, **{name: getattr(found, name) for name in _AUDIENCE})
        file = {"csv_path": given["csv_path"]} if "csv_path" in given else {}
        after = {"people": done, **file} if done else {}
        yield Change("customaudiences", found.id, row["name"], {"subtype": row["subtype"]}, after)

    return describe


_AUDIENCE = ("name", "account_id", "subtype")
for _op, _done in (
    ("delete_audience", ""),
    ("remove_users_from_audience", "taken out"),
    ("add_users_to_audience", "added"),
):
    describes(_op)(_people(_done))


@describes("create_lookalike_tiers")
def tiers(_look: Look, given: Arguments) -> Iterator[Change]:
    """Tell the audiences that are made, one for each tier."""
    yield from (
        Change("customaudiences", None, given["name"], {}, {"subtype": "LOOKALIKE", "ratio": ratio})
        for ratio in given["tiers"]
    )


def otherwise(op: OpSpec, given: Arguments) -> Iterator[Change]:
    """Tell what an op does that is not known: of an update the fields, of a create all, of a removal what goes.

    >>> spec = OpSpec("update_pixel", "pixel", "write", effect="update", changes="adspixels")
    >>> [*otherwise(spec, {"pixel_id": "1", "name": "Shop"})][0].after
    {'name': 'Shop'}
    """
    if only_checks(given):
        return
    key = OBJECTS[op.changes].id_argument if op.changes in OBJECTS else ""
    shown: dict[str, Any] = {k: v for k, v in given.items() if k not in PRIVATE and k not in (key, "ad_account_id")}
    node_id = str(given[key]) if key in given else None
    if op.access == "destroy":
        yield Change(op.changes, node_id, None, {"status": "ACTIVE", **shown}, {})
    elif op.effect in ("create", "add"):
        yield Change(op.changes, None, given.get("name"), {}, shown or {"status": "new"})
    else:
        yield Change(op.changes, node_id, None, dict.fromkeys(shown), shown)
