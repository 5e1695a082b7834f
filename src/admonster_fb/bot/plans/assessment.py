"""The assessment of a write before it is sent: its changes, their classes, impact on spend, refusals and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace

from admonster_fb.analysis.daily_exposure import apply_changes, delivering, has_ended, max_daily_delivery
from admonster_fb.bot.plans import classify
from admonster_fb.bot.plans.changes import NEW, describe_changes
from admonster_fb.bot.plans.classify import DESTROY, SPEND, changed_fields, destroys
from admonster_fb.bot.plans.limits import SpendImpact, violations
from admonster_fb.bot.plans.plan import Arguments, Changes
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.bot.plans.store import MemoryPlans
from admonster_fb.bot.registry import Op
from admonster_fb.client import FacebookAds
from admonster_fb.errors import POLICY, FacebookAdsError, NotFoundError, ParameterError, Violation
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, GONE, OBJECTS, facts_of
from admonster_fb.operation import OpSpec
from admonster_fb.transport.rate_limits import BLOCK_PERCENT, MANAGEMENT, THROTTLE_PERCENT, Usage
from admonster_fb.workflows.bulk import BULK
from admonster_fb.workflows.scale import LEARNING

_PLACES = frozenset({"campaign_id", "campaign_ids", "adset_id", "ad_id", "ad_object_id"})
"""Arguments with the IDs of objects that deliver."""
_AUDIENCE_OPS = frozenset({"delete_audience", "replace_audience_users"})
"""Ops that take people out of an audience that ad sets may use."""
_ACCOUNTS = ("to_account_id", "ad_account_id", "parent_id", "object_id")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a write would do."""

    snapshot: StateSnapshot
    changes: Changes
    classes: frozenset[str]
    account: str | None
    impact: SpendImpact | None  # `None` if the write touches no budget and nothing that delivers
    late: Future[Assessment] | None = None  # what is still being read of a write that is sent without it

    @property
    def adds(self) -> int:
        """The most it can add to a day, in minor units; 0 if nothing was computed."""
        return self.impact.adds if self.impact else 0

    def calls(self, op: OpSpec) -> int:
        """Return how many calls of the write count against Meta's rate limits."""
        return max(1, len(self.changes)) if op.call_per_object else 1


def assess(
    fb: FacebookAds, policy: SpendPolicy, store: MemoryPlans, op: Op, arguments: Arguments, *, full: bool = False
) -> Assessment:
    """Return what a write would do, to spend where it can rise or end (`full`: always). Raises `ParameterError`."""
    snapshot = StateSnapshot(fb)
    changes = tuple(describe_changes(snapshot, op.spec, arguments))
    classes = classify.change_classes(changes, op.access, snapshot.is_active)
    accounts = [*_accounts(snapshot, policy, arguments, changes)]
    check_accounts(policy, accounts)
    account = next(iter(accounts), None)
    limited = policy.caps or policy.chat_max_increase_percent is not None
    if SPEND in classes and limited and len(several := snapshot.accounts()) > 1:
        allowed = "one account per call of what can raise spend: the policy's limits count by account"
        raise ParameterError([Violation("account", ", ".join(several), allowed, POLICY)])
    impact = _impact(snapshot, account, op, changes, classes, bool(policy.caps), full) if account else None
    if impact is not None:
        classes |= {SPEND} if impact.adds > 0 else set()
        baseline = store.baseline(fb, impact.account)
        found = violations(policy, impact, baseline, lambda: max_daily_delivery(snapshot.read_account(impact.account)))
        if refused := [replace(each, source=POLICY) for each in found]:
            raise ParameterError(refused)
    return Assessment(snapshot, changes, frozenset(classes), account, impact)


def _accounts(snapshot: StateSnapshot, policy: SpendPolicy, arguments: Arguments, changes: Changes) -> Iterator[str]:
    """Yield the accounts to which something would be written, each once; "unknown" for one that cannot be read."""
    rows = [row for rows in snapshot.objects.values() for row in rows.values()]
    read = [str(row["account_id"]) for row in rows if "account_id" in row]
    single = [arguments[name] for name in _ACCOUNTS if str(arguments.get(name, "")).startswith("act_")]
    several = [str(account) for account in arguments.get("ad_account_ids") or ()]
    if launches := [arguments[name] for name in ("rollback", "resume") if arguments.get(name)]:
        from admonster_fb.workflows.launch.journal import LaunchJournal  # here: few writes need it

        launches = [str(LaunchJournal.load(launch_id).account) for launch_id in launches]
    found = dict.fromkeys(f"act_{account.removeprefix('act_')}" for account in (*launches, *single, *read, *several))
    if policy.accounts is not None:
        found |= dict.fromkeys(_owners(snapshot, arguments, changes, known=bool(found)))
    yield from found


def _owners(snapshot: StateSnapshot, arguments: Arguments, changes: Changes, *, known: bool) -> Iterator[str]:
    """Yield the accounts of the objects that a write names: those that it changes, and those that it changes them in.

    If no account is `known`, another object that it names tells it, such as an audience.
    """
    ids = {str(change.id) for change in changes if change.node in DELIVERS}
    for name in _PLACES & arguments.keys():
        ids.update(arguments[name] if isinstance(arguments[name], list) else [str(arguments[name])])
    others = [str(value) for name, value in arguments.items() if name.endswith("_id") and str(value).isdecimal()]
    for node_id in sorted(each for each in ids if each.isdecimal()) or ([] if known else others[:1]):
        try:
            yield snapshot.fb.owner(node_id)
        except NotFoundError:
            continue  # of a launch that is rolled back, it may be gone
        except FacebookAdsError:
            yield "unknown"


def check_accounts(policy: SpendPolicy, accounts: list[str]) -> None:
    """Raise `ParameterError` if a policy allows no write, or none to one of these accounts."""
    if policy.read_only:
        raise ParameterError([Violation("op", "a write", "ops that read: the policy is read_only", POLICY)])
    if policy.accounts is None:
        return
    if refused := [account for account in accounts or ["unknown"] if account not in policy.accounts]:
        allowed = f"{', '.join(sorted(policy.accounts)) or 'none'}: the policy's accounts"
        raise ParameterError([Violation("account", account, allowed, POLICY) for account in refused])


def _impact(
    snapshot: StateSnapshot, account: str, op: Op, changes: Changes, classes: set[str], capped: bool, full: bool
) -> SpendImpact | None:
    """Return the impact on spend; campaigns are read only where spend can rise or end."""
    touched = [change for change in changes if change.node in (*DELIVERS, "budget_schedules")]
    limited = SPEND in classes or capped
    if not touched and not (capped and SPEND in classes):
        return None
    ends = bool(classes & {SPEND, DESTROY}) or any(_ends(change) or destroys(change) for change in touched)
    campaign_ids = [*_campaign_ids(snapshot, touched)] if full or ends else []
    currency = snapshot.fb.currency(account) if campaign_ids or limited else ""
    with_parents = any(str(change.after.get("campaign_id")).startswith(NEW) for change in touched)
    if campaign_ids or with_parents:
        snapshot.read_trees_for_sums(campaign_ids, changes)
        before = snapshot.exposure(account)
        if op.name in BULK and any(map(classify.raises_spend, touched)):  # what lowers beside a raise may fail alone
            touched = [change for change in touched if not classify.lowers_spend(change) or _ends(change)]
        return SpendImpact(account, currency, changes, before, apply_changes(before, touched))
    return SpendImpact(account, currency, changes) if limited else None


def _ends(change: Change) -> bool:
    """Return whether a budget ends in a change: it moves to other objects, all in one request."""
    return any(name in BUDGETS and not value for name, value in changed_fields(change).items())


def _campaign_ids(snapshot: StateSnapshot, changes: list[Change]) -> Iterator[str]:
    """Yield the campaigns that changes belong to. A new campaign delivers nothing yet."""
    for change in changes:
        row = snapshot.row(change)
        if change.node == "campaigns" and change.id:
            yield change.id
        elif any(str(change.after.get(name)).startswith(NEW) for name in ("campaign_id", "adset_id")):
            continue
        elif campaign_id := row.get("campaign_id") or change.after.get("campaign_id"):
            yield str(campaign_id)
        elif change.node == "ads" and change.after.get("adset_id"):
            yield _campaign_of_adset(snapshot, str(change.after["adset_id"]))
        elif change.node == "budget_schedules":
            holder = str(change.after.get("ad_object_id"))
            is_campaign = holder in snapshot.objects.get("campaigns", {})
            yield holder if is_campaign else _campaign_of_adset(snapshot, holder)


def _campaign_of_adset(snapshot: StateSnapshot, adset_id: str) -> str:
    row = snapshot.objects.get("adsets", {}).get(adset_id) or snapshot.read("adsets", [adset_id])[0]
    return str(row["campaign_id"])


def plan_warnings(op: str, changes: Iterable[Change], impact: SpendImpact | None, snapshot: StateSnapshot) -> list[str]:
    """Return the warnings of a plan, each once."""
    changes = [*changes]
    found = [*_learning_phase(changes), *_no_delivery(changes, impact), *_of_each_change(changes, impact)]
    for change in changes if op in _AUDIENCE_OPS else ():
        dependents = snapshot.fb.customaudiences.dependants(str(change.id))
        found += [f"this audience is in use by {dependents.summary()}"] if dependents.any else []
    return [*dict.fromkeys([*snapshot.warnings, *found])]


def _learning_phase(changes: list[Change]) -> Iterator[str]:
    for change in changes:
        fields = changed_fields(change) if change.node in DELIVERS and change.before else {}
        budgets = [(change.before.get(name), fields[name] or 0) for name in BUDGETS if name in fields]
        relearn = any(fact.relearn for name, fact in facts_of(change.node).items() if name in fields)
        if relearn or any(old and abs(new - old) > old * LEARNING for old, new in budgets):
            yield "this may restart the learning phase: costs can rise for some days"


def _no_delivery(changes: list[Change], impact: SpendImpact | None) -> Iterator[str]:
    """Warn of ad sets that are activated, or in a campaign that is, but have ended; and if nothing delivers yet."""
    if impact is None or impact.after is None:
        return
    activated = {change.id for change in changes if changed_fields(change).get("status") == "ACTIVE"}
    ended_ids = [
        adset_id
        for adset_id, adset in impact.after.edge("adsets").items()
        if activated & {adset_id, str(adset.get("campaign_id"))} and has_ended(impact.after, adset.get("end_time"))
    ]
    if ended_ids:
        more = f" and {len(ended_ids) - 3} more" if ended_ids[3:] else ""
        yield f"ended already, will not deliver: ad set {', '.join(ended_ids[:3])}{more}; change end_time first"
    if activated and not delivering(impact.after):
        yield "will not deliver until campaign, ad set and ad are ACTIVE"


def _of_each_change(changes: list[Change], impact: SpendImpact | None) -> Iterator[str]:
    """Warn of what is irreversible, and of rules that spend automatically."""
    for change in changes:
        if change.node in DELIVERS and destroys(change):
            deleted = not change.after or change.after.get("status") == "DELETED"
            effect = "cannot be restored" if deleted else "cannot be activated again, only deleted"
            yield f"it {effect}{_children(change, impact)}"
            if change.node == "ads" and (adset := _emptied(change, changes, impact)):
                yield f"{adset} then has no ad left: nothing of it runs"
        rule = {**change.before, **change.after}
        if change.node == "adrules_library" and change.after and classify.rule_can_spend(rule):
            yield "Meta runs the rule automatically: what it will add to a day's spend is unknown"


def _emptied(change: Change, changes: list[Change], impact: SpendImpact | None) -> str:
    """Return the ad set of which the last ad goes; empty if others stay, or if its ads were not read."""
    ads = impact.before.edge("ads") if impact and impact.before else {}
    adset_id = ads.get(str(change.id), {}).get("adset_id")
    going = {each.id for each in changes if destroys(each)}
    left = [key for key, row in ads.items() if row.get("adset_id") == adset_id and row.get("status") not in GONE]
    return f"ad set {adset_id}" if adset_id and not {*left} - going else ""


def _children(change: Change, impact: SpendImpact | None) -> str:
    if impact is None or impact.before is None:
        return ""
    key = OBJECTS[change.node].id_argument
    counts = [
        (sum(1 for row in impact.before.edge(edge).values() if str(row.get(key)) == change.id), OBJECTS[edge])
        for edge in DELIVERS
        if edge != change.node
    ]
    text = " and ".join(f"{count:,} {kind.noun if count == 1 else kind.plural}" for count, kind in counts if count)
    return f"; so does everything in it: {text}" if text else ""


def rate_limit_status(usage: Usage, account: str | None) -> str:
    """Return in words whether the rate limits of an account allow calls now."""
    blocked = usage.blocked()
    if account in blocked or "*" in blocked:
        return "BLOCKED now: Meta has blocked this account for some time"
    if (used := usage.highest(account, MANAGEMENT)) is None:
        return "no limit is near"
    if used >= BLOCK_PERCENT:
        return f"BLOCKED now: {used:.0f} % of a limit is used"
    slowed = ": calls are slowed" if used >= THROTTLE_PERCENT else ""
    return f"{used:.0f} % of a limit used{slowed}"
