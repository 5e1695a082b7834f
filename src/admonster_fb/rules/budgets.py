"""Rules of budgets of campaigns, ad sets and accounts. Source: `docs/meta-rules.md#minimum-budgets`, `#campaigns`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from admonster_fb.models._facts import names
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import BUDGETS, NO_SPEND_CAP, CampaignCreate
from admonster_fb.money import OFFSETS, Money
from admonster_fb.rules.core import ParameterView, Problem, rule
from admonster_fb.rules.values import later, mapping, moment, money

_AMOUNTS = tuple(dict.fromkeys((*names(CampaignCreate, money=True), *names(AdSetCreate, money=True))))
_SPEND_LIMITS = {
    f"{span}_{limit}": f"{span}_budget" for span in ("daily", "lifetime") for limit in ("min_spend_target", "spend_cap")
}
"""The limits of an ad set's share of a campaign budget, and the budget that each needs."""
_MINIMUM_COLUMNS = {
    **dict.fromkeys(("LINK_CLICKS", "CLICKS", "PAGE_LIKES", "POST_ENGAGEMENT"), "min_daily_budget_high_freq"),
    **dict.fromkeys(("APP_INSTALLS", "OFFER_CLAIMS"), "min_daily_budget_low_freq"),
    **dict.fromkeys(("THRUPLAY", "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"), "min_daily_budget_video_views"),
    "IMPRESSIONS": "min_daily_budget_imp",
}
"""The column of `minimum_budgets` by billing event."""
DAY = timedelta(days=1)


@rule("currency", "campaign adset", "L amounts in a foreign currency are never sent", code=None)
def _currency(view: ParameterView) -> Iterator[Problem]:
    """Give it in the account's currency."""
    ours = view.context.currency
    for name in _AMOUNTS if ours else ():
        named = money(view.params.get(name))
        if named is not None and named.currency != ours:
            yield Problem(name, f"{named} is in {named.currency}; the account's currency is {ours}", view.params[name])


@rule("one-budget", "campaign adset", "D Budgets")
def _both(view: ParameterView) -> Iterator[Problem]:
    """Give a daily or a lifetime budget, not both."""
    if len(view.budgets) == 2:
        message = "daily_budget is given too; only one of the two is allowed"
        yield Problem("lifetime_budget", message, view.params["lifetime_budget"])


@rule("budget-zero", "campaign adset", "R 100/1885272; D Budgets", subcode=1885272)
def _zero(view: ParameterView) -> Iterator[Problem]:
    """Give a budget above 0, or leave it out."""
    names = [name for name in BUDGETS if name in view.params]
    if names and all(view.amount(name) == 0 for name in names) and not view.campaign_budgets:
        yield Problem(names[0], f"{names[0]} is 0; a budget is more than 0", 0)


@rule("budget-level", "adset", "D Error reference; R 100/1885621", subcode=1885621)
def _level(view: ParameterView) -> Iterator[Problem]:
    """Remove the ad set's budget, or the campaign's (adset_budgets)."""
    above = view.campaign_budgets or {}
    for name in view.budgets if above else ():
        message = f"the campaign has its own {', '.join(above)}, so its ad sets cannot have one"
        yield Problem(name, message, view.params[name])


@rule("budget-missing", "adset", "D Ad set reference", create_only=True)
def _missing(view: ParameterView) -> Iterator[Problem]:
    """Give daily_budget, or lifetime_budget and end_time."""
    reserved = view.params.get("rf_prediction_id")  # the prediction has the budget
    if view.campaign_budgets == {} and not reserved and not any(name in view.params for name in BUDGETS):
        message = "neither the campaign nor the ad set has a budget; exactly one of daily_budget and lifetime_budget"
        yield Problem("daily_budget", message)


@rule("budget-minimum", "campaign adset", "R 100/1885272; D Budgets", subcode=1885272)
def _minimum(view: ParameterView) -> Iterator[Problem]:
    """Raise the budget; amounts are minor units of the account's currency."""
    least = view.context.min_daily_budget
    for name, amount in view.budgets.items():
        if least is not None and amount < least:
            message = f"{amount} minor units; the account's minimum is {least} a day"
            yield Problem(name, message, view.params[name], _readings(view, amount, least))


def _readings(view: ParameterView, amount: int, least: int) -> str:
    """Return the least budget, and both things that a bare number may mean."""
    currency = view.context.currency
    if currency is None:
        return f"{least} or more, in minor units of the account's currency"
    readings = both_readings(amount, currency)
    return f"{Money.from_minor(least, currency)} or more a day{f': {readings}' if readings else ''}"


def both_readings(amount: int, currency: str) -> str:
    """Return what a bare amount is, and how to write what it looks like; "" if the currency has no minor units."""
    meant = Money.from_major(amount, currency)
    if meant.minor == amount:
        return ""
    typed = f"{meant.amount:f} {currency}"
    return f'{amount} is {Money.from_minor(amount, currency)}; write "{typed}" if that is meant'


@rule("budget-minimum-billing", "adset", "F minimum-budgets", subcode=1885272)
def _minimum_of_billing(view: ParameterView) -> Iterator[Problem]:
    """Raise the budget; amounts are minor units of the account's currency."""
    row, billing = view.context.minimum_budgets, view.text("billing_event")
    daily = view.amount("daily_budget")
    if row is None or billing is None or not daily:
        return
    least = view.minor(row.get(_MINIMUM_COLUMNS.get(billing, "")))
    if least is not None and daily < least and daily >= (view.context.min_daily_budget or 0):
        message = f"{daily} minor units; for {billing} the account's minimum seems to be {least} a day"
        yield Problem("daily_budget", message, view.params["daily_budget"])


@rule("budget-per-day", "adset", "F minimum-budgets", subcode=1885272)
def _per_day(view: ParameterView) -> Iterator[Problem]:
    """Raise it or end sooner."""
    least, whole = view.context.min_daily_budget, view.amount("lifetime_budget")
    start, end = moment(view.params.get("start_time")) or view.context.now, moment(view.params.get("end_time"))
    if least is None or not whole or start is None or end is None or not later(end, start):
        return
    days = max((end - start) / DAY, 1.0)
    if whole >= least > whole / days:
        message = f"{whole} minor units over {days:.0f} days is less than the account's minimum a day, {least}"
        yield Problem("lifetime_budget", message, view.params["lifetime_budget"])


@rule("lifetime-end", "adset", "D Budgets", create_only=True)
def _lifetime_end(view: ParameterView) -> Iterator[Problem]:
    """Give end_time."""
    if view.amount("lifetime_budget") and not view.params.get("end_time"):
        yield Problem("end_time", "a lifetime budget needs an end_time")


@rule("campaign-lifetime-end", "adset", "F budgets-and-bids", create_only=True)
def _campaign_lifetime_end(view: ParameterView) -> Iterator[Problem]:
    """Give end_time."""
    if "lifetime_budget" in (view.campaign_budgets or ()) and not view.params.get("end_time"):
        yield Problem("end_time", "the campaign has a lifetime budget, which needs an end_time")


@rule("daily-24h", "adset", "D Ad set reference")
def _whole_day(view: ParameterView) -> Iterator[Problem]:
    """End later, or use lifetime_budget."""
    end = moment(view.params.get("end_time")) if view.amount("daily_budget") else None
    start = moment(view.params.get("start_time")) or (None if view.update else view.context.now)
    if start is not None and end is not None and later(end, start) and end - start <= DAY:
        message = "a daily budget needs a schedule of more than 24 hours"
        yield Problem("end_time", message, view.params["end_time"])


@rule("spend-limit-level", "adset", "D Ad set reference")
def _spend_limits(view: ParameterView) -> Iterator[Problem]:
    """Give the campaign that budget, or leave the limit out."""
    budgets = view.campaign_budgets
    for name, budget in _SPEND_LIMITS.items():
        if budgets is not None and budget not in budgets and view.amount(name) not in (None, 0, NO_SPEND_CAP):
            yield Problem(name, f"{name} needs the campaign's {budget}, which is not set", view.params[name])


@rule("spend-target-cap", "adset", "F budgets-and-bids")
def _target_above_cap(view: ParameterView) -> Iterator[Problem]:
    """Lower the target."""
    for span in ("daily", "lifetime"):
        target, cap = view.amount(f"{span}_min_spend_target"), view.amount(f"{span}_spend_cap")
        if target is not None and cap is not None and target > cap:
            yield Problem(f"{span}_min_spend_target", f"{target} is more than {span}_spend_cap, {cap}", target)


@rule("targets-in-all", "campaign", "D Advantage campaign budget", subcode=2238055)
def _targets_in_all(view: ParameterView) -> Iterator[Problem]:
    """Raise the campaign's budget or lower the ad sets' targets."""
    for name, budget in view.budgets.items():
        target = f"{name.removesuffix('_budget')}_min_spend_target"
        sum_of_all = sum(view.minor(child.get(target)) or 0 for child in view.children)
        if sum_of_all > budget:
            message = f"{budget} is less than the total {target} of the ad sets, {sum_of_all}"
            yield Problem(name, message, view.params[name])


@rule("sharing-daily", "adset", "D Ad set budget sharing", subcode=4834009)
def _sharing_daily(view: ParameterView) -> Iterator[Problem]:
    """Use daily_budget."""
    shared = mapping(view.campaign).get("is_adset_budget_sharing_enabled") is True
    if shared and view.amount("lifetime_budget"):
        message = "ad sets that share their budgets can only have daily budgets"
        yield Problem("lifetime_budget", message, view.params["lifetime_budget"])


@rule("account-currency", "account", "D Currencies", code=None)
def _account_currency(view: ParameterView) -> Iterator[Problem]:
    """Choose one of them."""
    value = view.text("currency")
    if value == "LKR":
        message = "LKR is in Meta's SDK, but not in its table of currencies: amounts in it cannot be written"
        yield Problem("currency", message, value, "Write amounts in minor units.", "D Currencies; not S enum")
    elif value is not None and value not in OFFSETS:
        yield Problem("currency", f"{value} is not one of Meta's currencies: {', '.join(sorted(OFFSETS))}", value)


@rule("account-cap-low", "account", "F minimum-budgets", code=None)
def _account_cap(view: ParameterView) -> Iterator[Problem]:
    """Write it with its currency ("500.00 USD") if major units were meant."""
    cap, least = view.amount("spend_cap"), view.context.min_daily_budget
    if cap and least is not None and cap < least:
        message = f"{cap} minor units is less than the minimum budget of one day, {least}"
        yield Problem("spend_cap", message, view.params["spend_cap"])


@rule("account-cap-action", "account", "D Ad account reference")
def _account_cap_action(view: ParameterView) -> Iterator[Problem]:
    """Give one of the two."""
    action, cap = view.text("spend_cap_action"), view.amount("spend_cap")
    if action is not None and action not in ("reset", "delete"):
        yield Problem("spend_cap_action", f"{action}; allowed: reset, delete", action)
    elif action == "delete" and cap:
        yield Problem("spend_cap_action", f"delete removes the cap, but spend_cap is {cap}", action)
