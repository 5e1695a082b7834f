"""Budgets of both levels: amounts, minimums, and what was spent already."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from importlib import resources

from admonster_fb.sandbox.convert import offset, whole
from admonster_fb.sandbox.errors import bad_param, invalid, refuse
from admonster_fb.sandbox.insights.delivery import spent_on, spent_total
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import BUDGETS, Case, is_dry

# Smallest daily budgets in minor units: about a dollar's worth. Also the list of the currencies Meta has.
MINIMUM: dict[str, int] = json.loads(resources.files(__package__).joinpath("minimum_budgets.json").read_bytes())
# How many times the smallest budget each kind of charge needs: `minimum_budgets` has a column for each. The amounts
# are those of Meta's help pages, one dollar, five and forty [memory].
FLOORS = {"imp": 1, "high_freq": 5, "low_freq": 40, "video_views": 5}
# What is charged for, by billing event; all else counts as impressions. Not the goal decides: ad sets that pay for
# impressions take a dollar a day whatever they optimise for.
CHARGED = {
    **dict.fromkeys(("APP_INSTALLS", "OFFER_CLAIMS", "PURCHASE"), "low_freq"),
    **dict.fromkeys(("CLICKS", "LINK_CLICKS", "PAGE_LIKES", "POST_ENGAGEMENT"), "high_freq"),
    **dict.fromkeys(("THRUPLAY", "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS", "VIDEO_VIEWS"), "video_views"),
}
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
            raise bad_param(f"Param {name} must be an integer greater than 0")
        lowest = minimum(case.account, case.value("billing_event"))
        if amount < lowest:
            raise refuse(1885272, name, msg=too_low(case.account, lowest))


def minimum(account: Node, billing_event: object = None) -> int:
    """Return the smallest budget of an account, in minor units, for what an ad set is charged for."""
    stated = whole(account.data.get("min_daily_budget"))
    smallest = stated or MINIMUM.get(str(account.data.get("currency")), OTHER_MINIMUM)
    return smallest * FLOORS[CHARGED.get(str(billing_event), "imp")]


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
    since = now - timedelta(hours=1)
    changes = [item for item in node.hidden.get("budget_changes", []) if datetime.fromisoformat(item) > since]
    if len(changes) >= CHANGES_PER_HOUR:
        raise refuse(1487632, case.budgets_sent()[0])
    if not is_dry(case.params):
        node.hidden["budget_changes"] = [*changes, now.isoformat()]


def _spent(case: Case, node: Node, name: str) -> int:
    if name == "daily_budget":
        return spent_on(case.store, node, case.store.clock(), case.zone_name)
    return spent_total(case.store, node)


def too_low(account: Node, lowest: int) -> str:
    """Return the error text for a budget below the minimum."""
    currency = str(account.data.get("currency"))
    units = offset(currency)
    return f"The budget is too low. It must be at least {lowest / units:.{2 if units > 1 else 0}f} {currency}."
