"""Whose yes applies a plan. A model may answer a form by itself, and a person in a chat reads fast: on a live account a
yes there counts for little. The approval page, a terminal and the host's own code count for everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from admonster_fb.bot.plans.classify import DESTROY, SPEND, raises_spend, raising_fields, untyped
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.stops import UNREAD
from admonster_fb.errors import ParameterError
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.money import minor_text
from admonster_fb.objects import DELIVERS

Channel = Literal["model", "chat", "host"]
"""How a plan is applied: by the model's call alone; by a person's yes in a form, a chat or a runtime's button; by the
host: its approval page, a terminal, its own code."""

_NAMES = "SpendPolicy, FACEBOOK_CHAT_MAX_INCREASE_PERCENT, FACEBOOK_CHAT_MAX_ADDED_DAILY"


def beyond_chat(policy: SpendPolicy, plan: Plan, added: Callable[[], int]) -> str:
    """Return why a yes in a chat does not apply a plan, "" if it does; `added` returns what such added in a day."""
    percent = policy.chat_max_increase_percent
    if policy.apply_by != "host" or percent is None:
        return ""
    if DESTROY in plan.kinds:
        stops = any(change.node in DELIVERS for change in plan.changes)
        return f"A yes in a form or chat removes nothing{' (status=PAUSED stops spend at once)' if stops else ''}"
    if SPEND not in plan.kinds:
        return ""
    steep = [each for each in plan.raises if each.after > each.day_ago + int(each.day_ago * percent / 100)]
    if not steep and _raises_amounts_only(plan):
        return ""
    allowed = f"amounts that rise by at most {Decimal(percent):f} % within a day"
    if steep and plan.currency:
        before, after = (minor_text(amount, plan.currency) for amount in (steep[0].day_ago, steep[0].after))
        allowed += f" (this one: {before.removesuffix(f' {plan.currency}')} → {after})"
    beyond = _beyond_ceiling(policy, plan, added)
    who = f"Only who runs this bot can lift that ({_NAMES})"
    return beyond and f"A yes in a form or chat counts for {allowed}{beyond}. {who}"


def _raises_amounts_only(plan: Plan) -> bool:
    """Return whether all that raises spend is amounts whose rise is known in percent."""
    known = {(each.id, each.field) for each in plan.raises}

    def is_amount(change: Change) -> bool:
        if change.node == "budget_schedules":
            return (str(change.after.get("ad_object_id")), "day") in known
        fields = raising_fields(change) if change.before else set()
        return bool(fields) and all(name in BUDGETS or (change.id, name) in known for name in fields)

    known_state = UNREAD not in plan.warnings and plan.adds <= rise(plan)
    return known_state and all(map(is_amount, filter(raises_spend, plan.changes)))


def _beyond_ceiling(policy: SpendPolicy, plan: Plan, added: Callable[[], int]) -> str:
    """Return why a plan is not below the policy's ceiling in money; "" if it is."""
    name = "chat_max_added_daily"
    raised = [each for each in plan.changes if raises_spend(each)]
    known = all(change.node in (*DELIVERS, "budget_schedules") and not untyped(change) for change in raised)
    if policy.chat_max_added_daily is None:
        return f"; the policy sets no {name} for others"
    if not known or UNREAD in plan.warnings:
        return f"; what this one adds to a day is not known, so the policy's {name} does not cover it"
    try:
        ceiling = policy.cap(name, str(plan.account))
    except ParameterError:
        ceiling = None
    if ceiling is None:
        return f"; the policy's {name} names no amount for {plan.account}"
    if ceiling.currency != plan.currency:
        return f"; the policy's {name} is {ceiling}, but {plan.account} is in {plan.currency}"
    total = max(added() + max(plan.adds, rise(plan)), rise(plan, "day_ago"))
    if total <= ceiling.minor:
        return ""
    return f" and for at most {ceiling} more a day (with this one: {minor_text(total, plan.currency)})"


def rise(plan: Plan, since: Literal["before", "day_ago"] = "before") -> int:
    """Return by how much the budgets of a plan rise together, in minor units."""
    most: Counter[str] = Counter()
    for each in plan.raises:
        if each.field in (*BUDGETS, "day"):
            most[each.id] = max(most[each.id], each.after - int(getattr(each, since)))
    return most.total()
