"""Bids of ad sets. `api_facts.md` section 1.2."""

from __future__ import annotations

from collections.abc import Iterator

from admonster_fb.rules.campaign import CAPPED
from admonster_fb.rules.core import Problem, Rule, Subject
from admonster_fb.rules.values import mapping, number, text, texts

FREE = "LOWEST_COST_WITHOUT_CAP"
ROAS = "LOWEST_COST_WITH_MIN_ROAS"
ROAS_FLOORS = (100, 10_000_000)


def _campaigns(subject: Subject) -> str | None:
    """Return the bid strategy that the campaign sets for its ad sets."""
    return text(mapping(subject.campaign).get("bid_strategy")) if subject.campaign_budgets else None


def _strategy(subject: Subject) -> str | None:
    """Return the bid strategy that holds; a bid alone means a cap."""
    if chosen := _campaigns(subject) or subject.text("bid_strategy"):
        return chosen
    alone = subject.amount("bid_amount") and subject.campaign is not None and not subject.campaign_budgets
    return "LOWEST_COST_WITH_BID_CAP" if alone and not subject.update else None


def _required(subject: Subject) -> Iterator[Problem]:
    strategy = _strategy(subject)
    if strategy in CAPPED and subject.params.get("bid_amount") is None:
        yield Problem("bid_amount", f"{strategy} needs a bid_amount")


def _with_roas(subject: Subject) -> Iterator[Problem]:
    if _strategy(subject) == ROAS and subject.amount("bid_amount"):
        yield Problem("bid_amount", f"{ROAS} takes no bid_amount", subject.params["bid_amount"])


def _with_free(subject: Subject) -> Iterator[Problem]:
    if _strategy(subject) == FREE and subject.amount("bid_amount"):
        yield Problem("bid_amount", f"{FREE} bids by itself", subject.params["bid_amount"])


def _least(subject: Subject) -> Iterator[Problem]:
    amount, billing = subject.amount("bid_amount"), subject.text("billing_event")
    least = 2 if subject.context.currency == "USD" and billing == "IMPRESSIONS" else 1
    if amount is not None and amount < least:
        yield Problem("bid_amount", f"{amount} minor units; least: {least}", subject.params["bid_amount"])


def _budget_ratio(subject: Subject) -> Iterator[Problem]:
    bid, budgets = subject.amount("bid_amount"), subject.budgets
    if not bid or _strategy(subject) == FREE:
        return
    for name, budget in budgets.items():
        if budget < 5 * bid:
            message = f"{budget} is less than 5 times the bid of {bid}: too little to learn from"
            yield Problem(name, message, subject.params[name])


def _floor(subject: Subject) -> object:
    return mapping(subject.params.get("bid_constraints")).get("roas_average_floor")


def _roas_required(subject: Subject) -> Iterator[Problem]:
    if _strategy(subject) == ROAS and _floor(subject) is None:
        yield Problem("bid_constraints.roas_average_floor", f"{ROAS} needs a floor")


def _roas_range(subject: Subject) -> Iterator[Problem]:
    floor = number(_floor(subject))
    low, high = ROAS_FLOORS
    if floor is not None and not (low <= floor <= high and floor == int(floor)):
        times = f" ({floor:g} as a ROAS is {round(floor * 10_000)})" if 0 < floor < low else ""
        message = f"{floor:g}; allowed: whole numbers from {low} to {high}, the ROAS times 10,000{times}"
        yield Problem("bid_constraints.roas_average_floor", message, _floor(subject))


def _roas_goal(subject: Subject) -> Iterator[Problem]:
    goal = subject.text("optimization_goal")
    if goal not in (None, "VALUE") and (_floor(subject) is not None or _strategy(subject) == ROAS):
        yield Problem("optimization_goal", f"a ROAS floor needs the goal VALUE; given {goal}", goal)


def _roas_strategy(subject: Subject) -> Iterator[Problem]:
    strategy = _strategy(subject)
    if _floor(subject) is not None and strategy not in (None, ROAS):
        yield Problem("bid_constraints", f"a ROAS floor goes with {ROAS}; the strategy is {strategy}")


def _cost_cap_billing(subject: Subject) -> Iterator[Problem]:
    billing = subject.text("billing_event")
    if _strategy(subject) == "COST_CAP" and billing not in (None, "IMPRESSIONS"):
        yield Problem("billing_event", f"COST_CAP is billed by IMPRESSIONS only; given {billing}", billing)


def _cost_cap_pacing(subject: Subject) -> Iterator[Problem]:
    if _strategy(subject) == "COST_CAP" and "no_pacing" in texts(subject.params.get("pacing_type")):
        yield Problem("pacing_type", "COST_CAP needs standard pacing", subject.params["pacing_type"])


def _cost_cap_hours(subject: Subject) -> Iterator[Problem]:
    if _strategy(subject) == "COST_CAP" and "day_parting" in texts(subject.params.get("pacing_type")):
        yield Problem("pacing_type", "COST_CAP is documented with standard pacing only", subject.params["pacing_type"])


def _level(subject: Subject) -> Iterator[Problem]:
    given, campaigns = subject.text("bid_strategy"), _campaigns(subject)
    if given and campaigns and given != campaigns:
        message = f"{given}, but the campaign budget is bid with {campaigns}"
        yield Problem("bid_strategy", message, given)


def _sharing(subject: Subject) -> Iterator[Problem]:
    campaign = mapping(subject.campaign)
    given, shared = subject.text("bid_strategy"), text(campaign.get("bid_strategy"))
    if campaign.get("is_adset_budget_sharing_enabled") is True and given and shared and given != shared:
        message = f"ad sets that share budgets have the campaign's bid strategy, {shared}; given {given}"
        yield Problem("bid_strategy", message, given)


_ABOUT = "api_facts 1.2"
RULES: tuple[Rule, ...] = (
    Rule("bid-required", "adset", "error", 100, 2490487, _ABOUT, "Give bid_amount.", _required, create_only=True),
    Rule("bid-roas", "adset", "error", 100, None, _ABOUT, "Leave bid_amount out.", _with_roas),
    Rule(
        "bid-automatic",
        *("adset", "warning", 100, 1885204, "api_facts 6"),
        "Leave bid_amount out, or choose COST_CAP or LOWEST_COST_WITH_BID_CAP.",
        _with_free,
    ),
    Rule("bid-least", "adset", "error", 100, None, _ABOUT, "Raise bid_amount; it is in minor units.", _least),
    Rule(
        "bid-budget", "adset", "warning", 100, None, "api_facts 4", "Raise the budget or lower the bid.", _budget_ratio
    ),
    Rule(
        "roas-required",
        *("adset", "error", 100, 2490487, _ABOUT),
        'Give bid_constraints={"roas_average_floor": 15000} for a ROAS of 1.5.',
        _roas_required,
        create_only=True,
    ),
    Rule("roas-range", "adset", "error", 100, None, _ABOUT, "Give the ROAS times 10,000: 1.5 is 15000.", _roas_range),
    Rule("roas-goal", "adset", "error", 100, None, _ABOUT, "Optimise for VALUE, or drop the floor.", _roas_goal),
    Rule("roas-strategy", "adset", "warning", 100, None, _ABOUT, f"Set bid_strategy to {ROAS}.", _roas_strategy),
    Rule("cost-cap-billing", "adset", "error", 100, None, _ABOUT, "Bill by IMPRESSIONS.", _cost_cap_billing),
    Rule("cost-cap-pacing", "adset", "error", 100, None, _ABOUT, "Leave pacing_type out.", _cost_cap_pacing),
    Rule("cost-cap-hours", "adset", "warning", 100, None, _ABOUT, "Leave day_parting out.", _cost_cap_hours),
    Rule(
        "strategy-level",
        *("adset", "warning", 100, None, "api_facts 1.1"),
        "Leave bid_strategy to the campaign.",
        _level,
    ),
    Rule(
        "sharing-one-strategy",
        *("adset", "error", 100, 4834009, "api_facts 1.1"),
        "Leave bid_strategy out, or use the campaign's.",
        _sharing,
    ),
)
