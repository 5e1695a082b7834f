"""What a write would do, worked out before it is done: its changes, their kinds, their effect, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from admonster_fb.analysis.daily_exposure import Snapshot, applied, deliverable
from admonster_fb.bot.plans import many as many  # registers what its ops change
from admonster_fb.bot.plans import others
from admonster_fb.bot.plans.changes import DESCRIBED
from admonster_fb.bot.plans.classify import DESTROY, SPEND, changed, destroys, kinds
from admonster_fb.bot.plans.limits import Effect, violations
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.bot.plans.store import PlanStore
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS

if TYPE_CHECKING:
    from admonster_fb.bot.registry import Op
    from admonster_fb.client import FacebookAds

WINDOW = timedelta(days=1)
"""Within this time several raises of a budget count as one."""
_ACCOUNTS = ("to_account_id", "ad_account_id", "parent_id", "object_id")


@dataclass(frozen=True, slots=True)
class Review:
    """What a write would do."""

    look: Look
    changes: tuple[Change, ...]
    kinds: frozenset[str]
    account: str | None
    effect: Effect | None
    """`None` where no budget is touched and nothing that delivers."""


def review(
    fb: FacebookAds,
    policy: SpendPolicy,
    store: PlanStore,
    op: Op,
    arguments: Mapping[str, Any],
    *,
    full: bool = False,
) -> Review:
    """Return what a write would do. Raises `ParameterError` with all that the policy does not allow.

    What it does to a day's spend is worked out where it may rise or end, and with `full` of any change.
    """
    look = Look(fb)
    describe = DESCRIBED.get(op.name)
    told = describe(look, arguments) if describe else others.otherwise(op.spec, arguments)
    changes = tuple(told)
    found = kinds(changes, op.access)
    accounts = [*_accounts(look, policy, arguments, changes)]
    allowed(policy, accounts)
    account = next(iter(accounts), None)
    effect = _effect(look, account, changes, found, policy, full=full) if account else None
    if effect is not None:
        found |= {SPEND} if effect.adds > 0 else set()
        _within(look, policy, store, effect)
    return Review(look, changes, frozenset(found), account, effect)


def _accounts(
    look: Look, policy: SpendPolicy, arguments: Mapping[str, Any], changes: tuple[Change, ...]
) -> Iterator[str]:
    """Yield the accounts in which something would be written, each once."""
    read = [str(row["account_id"]) for rows in look.seen.values() for row in rows.values() if row.get("account_id")]
    given = [arguments[name] for name in _ACCOUNTS if str(arguments.get(name, "")).startswith("act_")]
    named = [str(each) for each in arguments.get("ad_account_ids") or ()]
    found = dict.fromkeys(f"act_{each.removeprefix('act_')}" for each in (*given, *read, *named))
    if not found and (policy.accounts is not None or any(each.node in DELIVERS for each in changes)):
        found = dict.fromkeys(_owner(look, arguments))
    yield from found


def _owner(look: Look, arguments: Mapping[str, Any]) -> Iterator[str]:
    """Yield the account of the first object among the arguments."""
    ids = [str(value) for name, value in arguments.items() if name.endswith("_id") and str(value).isdecimal()]
    for node_id in ids[:1]:
        try:
            yield look.fb.owner(node_id)
        except FacebookAdsError:
            return  # of no account that can be told: refused below


def allowed(policy: SpendPolicy, accounts: list[str]) -> None:
    """Raise `ParameterError` where a policy lets nothing be written, or not in one of these accounts."""
    if policy.read_only:
        raise ParameterError([Violation("op", "a write", "ops that read: the policy is read_only")])
    if policy.accounts is None:
        return
    told = ", ".join(sorted(policy.accounts)) or "none"
    wrong = [each for each in accounts or ["unknown"] if each not in policy.accounts]
    if wrong:
        raise ParameterError([Violation("account", each, f"{told}: the policy's accounts") for each in wrong])


def _effect(
    look: Look, account: str, changes: tuple[Change, ...], found: set[str], policy: SpendPolicy, *, full: bool
) -> Effect | None:
    """Return what the changes do to what can be spent; the campaigns are read only where that may rise or end."""
    touched = [each for each in changes if each.node in (*DELIVERS, "budget_schedules")]
    if not touched and not (policy.caps and SPEND in found):
        return None
    ids = [*dict.fromkeys(_campaigns(look, touched))] if full or _matters(touched, found) else []
    if ids:
        look.tree(ids)
    if not ids and not policy.caps and SPEND not in found:
        return None
    currency = look.fb.currency(account)
    before = look.snapshot(account) if ids else None
    return Effect(account, currency, changes, before, applied(before, touched) if before else None)


def _matters(touched: list[Change], found: set[str]) -> bool:
    """Tell whether the changes may let more be spent, or end something that delivers."""
    lifted = any(name in BUDGETS and not value for each in touched for name, value in changed(each).items())
    return bool(found & {SPEND, DESTROY}) or lifted or any(map(destroys, touched))


def _campaigns(look: Look, changes: list[Change]) -> Iterator[str]:
    """Yield the campaigns that changes are in; what is new and in none yet delivers nothing."""
    for change in changes:
        row = look.seen.get(change.node, {}).get(str(change.id), {})
        if change.node == "campaigns" and change.id:
            yield change.id
        elif found := row.get("campaign_id") or change.after.get("campaign_id"):
            yield str(found)
        elif change.node == "ads" and change.after.get("adset_id"):
            yield from _of_adset(look, str(change.after["adset_id"]))
        elif change.node == "budget_schedules":
            yield from _of_holder(look, str(change.after.get("ad_object_id")))


def _of_adset(look: Look, adset_id: str) -> Iterator[str]:
    rows = look.seen.get("adsets", {})
    row = rows.get(adset_id) or look.read("adsets", [adset_id])[0]
    yield str(row["campaign_id"])


def _of_holder(look: Look, holder: str) -> Iterator[str]:
    """Yield the campaign of what holds a budget: itself, or the one that an ad set is in."""
    yield from [holder] if holder in look.seen.get("campaigns", {}) else _of_adset(look, holder)


def _within(look: Look, policy: SpendPolicy, store: PlanStore, effect: Effect) -> None:
    since = look.fb.now() - WINDOW
    raises = store.raises(since) if policy.max_increase_percent is not None else []
    first = {(each.id, each.field): each.before for each in reversed(raises)}

    def whole() -> int:
        snapshot: Snapshot = look.account(effect.account)
        return deliverable(snapshot)

    wrong = [*violations(policy, effect, lambda node_id, name: first.get((node_id, name)), whole)]
    if wrong:
        raise ParameterError(wrong)
