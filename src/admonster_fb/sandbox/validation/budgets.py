"""Budgets of both levels: amounts, minimums, and what was spent already."""

from __future__ import annotations

from datetime import datetime, timedelta

from admonster_fb.sandbox.insights.delivery import spent_on, spent_total
from admonster_fb.sandbox.money import offset
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import BUDGETS, Case, budget_of, whole
from admonster_fb.sandbox.validation.refusals import invalid, plain, refuse

# Smallest daily budgets in minor units: about a dollar's worth. Used where the account does not say.
MINIMUM = {
    "USD": 100, "EUR": 100, "GBP": 100, "CAD": 130, "AUD": 150, "CHF": 100, "BRL": 500, "MXN": 1800, "INR": 8500,
    "PLN": 400, "SEK": 1000, "DKK": 700, "NOK": 1000, "CZK": 2300, "TRY": 3200, "ZAR": 1900, "SGD": 140,
    "JPY": 150, "KRW": 1350, "CLP": 950, "COP": 4100, "HUF": 360, "IDR": 16000, "TWD": 32, "VND": 25000,
}  # fmt: skip
OTHER_MINIMUM = 100
CHANGES_PER_HOUR = 4


def check_amounts(case: Case) -> None:
    """Refuse two budgets at once, amounts that are none, and amounts below the currency's minimum."""
    sent = case.budgets_sent()
    if len(sent) == len(BUDGETS):
        raise invalid("lifetime_budget", "Two Budgets", "You can set a daily budget or a lifetime budget, not both.")
    for name in sent:
        amount = whole(case.params[name]) or 0
        if amount <= 0:
            raise plain(f"Param {name} must be an integer greater than 0")
        if amount < minimum(case.account):
            raise refuse(1885272, name, msg=_too_low(case.account))


def minimum(account: Node) -> int:
    """Return the smallest budget of an account, in minor units."""
    stated = whole(account.data.get("min_daily_budget"))
    return stated or MINIMUM.get(str(account.data.get("currency")), OTHER_MINIMUM)


def check_lowering(case: Case) -> None:
    """Refuse a budget lowered to less than 110 % of what was spent of it."""
    node = case.node
    if node is None:
        return
    for name in case.budgets_sent():
        before, after = whole(node.data.get(name)) or 0, whole(case.params[name]) or 0
        spent = _spent(case, node, name) if after < before else 0
        if after * 100 < spent * 110:
            raise refuse(1885650, name)


def check_frequency(case: Case) -> None:
    """Refuse the fifth change of an ad set's budget within an hour; remember this one."""
    node = case.node
    if node is None or not any(whole(case.params[n]) != whole(node.data.get(n)) for n in case.budgets_sent()):
        return
    now = case.store.clock()
    changes = [each for each in node.hidden.get("budget_changes", []) if _is_recent(each, now)]
    if len(changes) >= CHANGES_PER_HOUR:
        raise refuse(1487632, case.budgets_sent()[0])
    if not case.is_dry:
        node.hidden["budget_changes"] = [*changes, now.isoformat()]


def has_campaign_budget(campaign: Node) -> bool:
    """Tell whether the budget of a campaign's ad sets is the campaign's."""
    return budget_of(campaign) is not None


def _is_recent(moment: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(moment) < timedelta(hours=1)


def _spent(case: Case, node: Node, name: str) -> int:
    if name == "daily_budget":
        return spent_on(case.store, node, case.store.clock(), case.zone_name)
    return spent_total(case.store, node)


def _too_low(account: Node) -> str:
    currency = str(account.data.get("currency"))
    units = offset(currency)
    amount = minimum(account) / units
    return f"The budget is too low. It must be at least {amount:.{2 if units > 1 else 0}f} {currency}."
