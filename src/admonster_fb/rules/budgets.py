"""Budgets of campaigns, ad sets and accounts. `api_facts.md` sections 1.1, 1.2 and 4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from admonster_fb.models._facts import names
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import BUDGETS, NO_SPEND_CAP, CampaignCreate
from admonster_fb.money import OFFSETS
from admonster_fb.rules.core import Kind, Problem, Rule, Subject
from admonster_fb.rules.values import later, mapping, moment, money

_AMOUNTS = tuple(dict.fromkeys((*names(CampaignCreate, money=True), *names(AdSetCreate, money=True))))
_SPEND_LIMITS = {
    "daily_min_spend_target": "daily_budget",
    "daily_spend_cap": "daily_budget",
    "lifetime_min_spend_target": "lifetime_budget",
    "lifetime_spend_cap": "lifetime_budget",
}
"""What bounds an ad set's share of a campaign budget, and the budget that it goes with."""
_ROWS = {
    **dict.fromkeys(("LINK_CLICKS", "CLICKS", "PAGE_LIKES", "POST_ENGAGEMENT"), "min_daily_budget_high_freq"),
    **dict.fromkeys(("APP_INSTALLS", "OFFER_CLAIMS"), "min_daily_budget_low_freq"),
    **dict.fromkeys(("THRUPLAY", "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"), "min_daily_budget_video_views"),
    "IMPRESSIONS": "min_daily_budget_imp",
}
"""The column of `minimum_budgets` for what is paid for."""
DAY = timedelta(days=1)


def _currency(subject: Subject) -> Iterator[Problem]:
    ours = subject.context.currency
    if ours is None:
        return
    for name in _AMOUNTS:
        named = money(subject.params[name]) if name in subject.params else None
        if named is not None and named.currency != ours:
            yield Problem(
                name, f"{named} is in {named.currency}; the account's currency is {ours}", subject.params[name]
            )


def _both(subject: Subject) -> Iterator[Problem]:
    if len(subject.budgets) == 2:
        yield Problem("lifetime_budget", "daily_budget is given too; one at most", subject.params["lifetime_budget"])


def _zero(subject: Subject) -> Iterator[Problem]:
    given = [name for name in BUDGETS if name in subject.params]
    if given and all(subject.amount(name) == 0 for name in given) and not subject.campaign_budgets:
        yield Problem(given[0], f"{given[0]} is 0; a budget is more than 0", 0)


def _level(subject: Subject) -> Iterator[Problem]:
    if not subject.campaign_budgets:
        return
    for name in subject.budgets:
        message = f"the campaign has its own {', '.join(subject.campaign_budgets)}, so its ad sets have none"
        yield Problem(name, message, subject.params[name])


def _missing(subject: Subject) -> Iterator[Problem]:
    if subject.campaign_budgets == {} and not any(name in subject.params for name in BUDGETS):
        message = "neither the campaign nor the ad set has a budget; exactly one of daily_budget and lifetime_budget"
        yield Problem("daily_budget", message)


def _minimum(subject: Subject) -> Iterator[Problem]:
    least = subject.context.min_daily_budget
    if least is None:
        return
    for name, amount in subject.budgets.items():
        if amount < least:
            yield Problem(name, f"{amount} minor units; the account's least is {least} a day", subject.params[name])


def _minimum_of_billing(subject: Subject) -> Iterator[Problem]:
    row, billing = subject.context.minimum_budgets, subject.text("billing_event")
    daily = subject.amount("daily_budget")
    if row is None or billing is None or not daily:
        return
    column = _ROWS.get(billing)
    least = subject.minor(row.get(column)) if column else None
    if least is not None and daily < least and daily >= (subject.context.min_daily_budget or 0):
        message = f"{daily} minor units; for {billing} the account's least seems to be {least} a day"
        yield Problem("daily_budget", message, subject.params["daily_budget"])


def _per_day(subject: Subject) -> Iterator[Problem]:
    least, whole = subject.context.min_daily_budget, subject.amount("lifetime_budget")
    start, end = moment(subject.params.get("start_time")) or subject.context.now, moment(subject.params.get("end_time"))
    if least is None or not whole or start is None or end is None or not later(end, start):
        return
    days = max((end - start) / DAY, 1.0)
    if whole >= least > whole / days:
        message = f"{whole} minor units over {days:.0f} days is less than the account's least a day, {least}"
        yield Problem("lifetime_budget", message, subject.params["lifetime_budget"])


def _lifetime_end(subject: Subject) -> Iterator[Problem]:
    if subject.amount("lifetime_budget") and not subject.params.get("end_time"):
        yield Problem("end_time", "a lifetime budget needs an end")


def _campaign_lifetime_end(subject: Subject) -> Iterator[Problem]:
    if "lifetime_budget" in (subject.campaign_budgets or ()) and not subject.params.get("end_time"):
        yield Problem("end_time", "the campaign has a lifetime budget, which needs an end")


def _whole_day(subject: Subject) -> Iterator[Problem]:
    if not subject.amount("daily_budget"):
        return
    end = moment(subject.params.get("end_time"))
    start = moment(subject.params.get("start_time")) or (None if subject.update else subject.context.now)
    if start is not None and end is not None and later(end, start) and end - start <= DAY:
        message = "a daily budget needs a schedule of more than 24 hours"
        yield Problem("end_time", message, subject.params["end_time"])


def _spend_limits(subject: Subject) -> Iterator[Problem]:
    if (budgets := subject.campaign_budgets) is None:
        return
    for name, budget in _SPEND_LIMITS.items():
        if subject.amount(name) not in (None, 0, NO_SPEND_CAP) and budget not in budgets:
            yield Problem(
                name, f"{name} goes only with the campaign's {budget}, which it has not", subject.params[name]
            )


def _target_above_cap(subject: Subject) -> Iterator[Problem]:
    for span in ("daily", "lifetime"):
        target, cap = subject.amount(f"{span}_min_spend_target"), subject.amount(f"{span}_spend_cap")
        if target is not None and cap is not None and target > cap:
            yield Problem(f"{span}_min_spend_target", f"{target} is more than {span}_spend_cap, {cap}", target)


def _targets_in_all(subject: Subject) -> Iterator[Problem]:
    for name, budget in subject.budgets.items():
        target = f"{name.removesuffix('_budget')}_min_spend_target"
        sum_of_all = sum(subject.minor(child.get(target)) or 0 for child in subject.children)
        if sum_of_all > budget:
            message = f"{budget} is less than the {target} of the ad sets together, {sum_of_all}"
            yield Problem(name, message, subject.params[name])


def _sharing_daily(subject: Subject) -> Iterator[Problem]:
    shared = mapping(subject.campaign).get("is_adset_budget_sharing_enabled") is True
    if shared and subject.amount("lifetime_budget"):
        message = "ad sets that share their budgets have daily ones only"
        yield Problem("lifetime_budget", message, subject.params["lifetime_budget"])


def _account_currency(subject: Subject) -> Iterator[Problem]:
    given = subject.text("currency")
    if given is not None and given not in OFFSETS:
        yield Problem("currency", f"{given} is not one of Meta's currencies: {', '.join(sorted(OFFSETS))}", given)


def _account_cap(subject: Subject) -> Iterator[Problem]:
    cap, least = subject.amount("spend_cap"), subject.context.min_daily_budget
    if cap and least is not None and cap < least:
        message = f"{cap} minor units is less than one day's least budget, {least}"
        yield Problem("spend_cap", message, subject.params["spend_cap"])


def _account_cap_action(subject: Subject) -> Iterator[Problem]:
    action, cap = subject.text("spend_cap_action"), subject.amount("spend_cap")
    if action is not None and action not in ("reset", "delete"):
        yield Problem("spend_cap_action", f"{action}; allowed: reset, delete", action)
    elif action == "delete" and cap:
        yield Problem("spend_cap_action", f"delete takes the cap away, yet spend_cap is {cap}", action)


_LOW = "Raise the budget; amounts are minor units of the account's currency."
_BELOW = "Take the ad set's budget away, or end the campaign's (adset_budgets)."


def _shared(kind: Kind, about: str) -> tuple[Rule, ...]:
    return (
        Rule("currency", kind, "error", None, None, "api_facts 4", "Give it in the account's currency.", _currency),
        Rule("one-budget", kind, "error", 100, None, about, "Give a daily or a lifetime budget, not both.", _both),
        Rule("budget-zero", kind, "error", 100, 1885272, about, "Give a budget above 0, or leave it out.", _zero),
        Rule("budget-minimum", kind, "error", 100, 1885272, "api_facts 4", _LOW, _minimum),
    )


_ADSET = "api_facts 1.2"
RULES: tuple[Rule, ...] = (
    *_shared("campaign", "api_facts 1.1"),
    *_shared("adset", _ADSET),
    Rule(
        "targets-in-all",
        *("campaign", "error", 100, 2238055, "api_facts 6"),
        "Raise the campaign's budget or lower the ad sets' targets.",
        _targets_in_all,
    ),
    Rule("budget-level", "adset", "error", 100, 1885621, "api_facts 1.1", _BELOW, _level),
    Rule(
        "budget-missing",
        *("adset", "error", 100, None, _ADSET),
        "Give daily_budget, or lifetime_budget and end_time.",
        _missing,
        create_only=True,
    ),
    Rule("budget-minimum-billing", "adset", "warning", 100, 1885272, "api_facts 4", _LOW, _minimum_of_billing),
    Rule("budget-per-day", "adset", "warning", 100, 1885272, "api_facts 4", "Raise it or end sooner.", _per_day),
    Rule("lifetime-end", "adset", "error", 100, None, _ADSET, "Give end_time.", _lifetime_end, create_only=True),
    Rule(
        "campaign-lifetime-end",
        *("adset", "warning", 100, None, _ADSET),
        "Give end_time.",
        _campaign_lifetime_end,
        create_only=True,
    ),
    Rule("daily-24h", "adset", "error", 100, None, _ADSET, "End later, or use lifetime_budget.", _whole_day),
    Rule(
        "spend-limit-level",
        *("adset", "error", 100, None, _ADSET),
        "Give the campaign that budget, or leave the limit out.",
        _spend_limits,
    ),
    Rule("spend-target-cap", "adset", "warning", 100, None, _ADSET, "Lower the target.", _target_above_cap),
    Rule("sharing-daily", "adset", "error", 100, 4834009, "api_facts 1.1", "Use daily_budget.", _sharing_daily),
    Rule("account-currency", "account", "error", None, None, "api_facts 4", "Choose one of them.", _account_currency),
    Rule(
        "account-cap-low",
        *("account", "warning", None, None, "api_facts 4"),
        'Write it with its currency ("500.00 USD") if major units were meant.',
        _account_cap,
    ),
    Rule(
        "account-cap-action", "account", "error", 100, None, "api_facts 4", "Give one of the two.", _account_cap_action
    ),
)
