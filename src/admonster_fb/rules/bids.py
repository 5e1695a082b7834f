"""Rules of bids of ad sets. Source: `docs/meta-rules.md#budgets-and-bids`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import get_args

from admonster_fb.enums import BidStrategy
from admonster_fb.rules.campaign import CAPPED
from admonster_fb.rules.core import ParameterView, Problem, rule, unknown_value
from admonster_fb.rules.goal_matrix import GOALS_OF, is_app_sale
from admonster_fb.rules.values import mapping, number, text, texts

AUTOMATIC = "LOWEST_COST_WITHOUT_CAP"
ROAS = "LOWEST_COST_WITH_MIN_ROAS"
ROAS_FLOORS = (100, 10_000_000)


def _campaigns(view: ParameterView) -> str | None:
    """Return the bid strategy that the campaign sets for its ad sets."""
    return text(mapping(view.campaign).get("bid_strategy")) if view.campaign_budgets else None


def _strategy(view: ParameterView) -> str | None:
    """Return the effective bid strategy; a bid without a strategy means a bid cap."""
    if chosen := _campaigns(view) or view.text("bid_strategy"):
        return chosen
    alone = view.amount("bid_amount") and view.campaign is not None and not view.campaign_budgets
    return "LOWEST_COST_WITH_BID_CAP" if alone and not view.update else None


_KNOWN = frozenset(get_args(BidStrategy))


@rule("bid-unknown", "campaign adset", "F budgets-and-bids", code=None)
def _unknown(view: ParameterView) -> Iterable[Problem]:
    """Make sure that Meta has it."""
    return unknown_value("bid_strategy", view.params.get("bid_strategy"), _KNOWN, "bid strategy")


@rule("bid-required", "adset", "R 100/2490487; D Bid strategy", subcode=2490487, create_only=True)
def _required(view: ParameterView) -> Iterator[Problem]:
    """Give bid_amount."""
    strategy = _strategy(view)
    if strategy in CAPPED and view.params.get("bid_amount") is None:
        yield Problem("bid_amount", f"{strategy} needs a bid_amount")


def _no_bid(strategy: str, message: str, view: ParameterView) -> Iterator[Problem]:
    if _strategy(view) == strategy and view.amount("bid_amount"):
        yield Problem("bid_amount", f"{strategy} {message}", view.params["bid_amount"])


rule("bid-roas", "adset", "D Bid strategy", fix="Leave bid_amount out.")(partial(_no_bid, ROAS, "takes no bid_amount"))
_fix = "Leave bid_amount out, or choose COST_CAP or LOWEST_COST_WITH_BID_CAP."
rule("bid-automatic", "adset", "F error-numbers", subcode=1885204, fix=_fix)(
    partial(_no_bid, AUTOMATIC, "bids automatically")
)


@rule("bid-least", "adset", "D Ad set reference")
def _minimum_bid(view: ParameterView) -> Iterator[Problem]:
    """Raise bid_amount; it is in minor units."""
    amount, billing = view.amount("bid_amount"), view.text("billing_event")
    minimum = 2 if view.context.currency == "USD" and billing == "IMPRESSIONS" else 1
    if amount is not None and amount < minimum:
        yield Problem("bid_amount", f"{amount} minor units; minimum: {minimum}", view.params["bid_amount"])


@rule("bid-budget", "adset", "F minimum-budgets")
def _budget_ratio(view: ParameterView) -> Iterator[Problem]:
    """Raise the budget or lower the bid."""
    bid = 0 if _strategy(view) == AUTOMATIC else view.amount("bid_amount") or 0
    for name, budget in view.budgets.items():
        if budget < 5 * bid:
            message = f"{budget} is less than 5 times the bid of {bid}: too little for the learning phase"
            yield Problem(name, message, view.params[name])


def _floor(view: ParameterView) -> object:
    return mapping(view.params.get("bid_constraints")).get("roas_average_floor")


@rule("roas-required", "adset", "D Bid strategy", subcode=2490487, create_only=True)
def _roas_required(view: ParameterView) -> Iterator[Problem]:
    """Give bid_constraints={"roas_average_floor": 15000} for a ROAS of 1.5."""
    if _strategy(view) == ROAS and _floor(view) is None:
        yield Problem("bid_constraints.roas_average_floor", f"{ROAS} needs a floor")


@rule("roas-range", "adset", "D Bid strategy")
def _roas_range(view: ParameterView) -> Iterator[Problem]:
    """Give the ROAS times 10,000: 1.5 is 15000."""
    floor = number(_floor(view))
    low, high = ROAS_FLOORS
    if floor is not None and not (low <= floor <= high and floor == int(floor)):
        times = f" ({floor:g} as a ROAS is {round(floor * 10_000)})" if 0 < floor < low else ""
        message = f"{floor:g}; allowed: whole numbers from {low} to {high}, the ROAS times 10,000{times}"
        yield Problem("bid_constraints.roas_average_floor", message, _floor(view))


@rule("roas-goal", "adset", "D Bid strategy")
def _roas_goal(view: ParameterView) -> Iterator[Problem]:
    """Optimise for VALUE, or drop the floor."""
    goal = view.text("optimization_goal")
    if goal not in (None, "VALUE") and (_floor(view) is not None or _strategy(view) == ROAS):
        app_sale = is_app_sale(view.objective, view.text("destination_type"), view.promoted)
        capped = bool(view.params.get("frequency_control_specs"))
        fits = "VALUE" in GOALS_OF.get(view.objective or "", ("VALUE",)) and not app_sale and not capped
        fix = None if fits else "Drop the floor."
        yield Problem("optimization_goal", f"a ROAS floor needs the goal VALUE; given {goal}", goal, fix)


@rule("roas-strategy", "adset", "F budgets-and-bids")
def _roas_strategy(view: ParameterView) -> Iterator[Problem]:
    """Set bid_strategy to LOWEST_COST_WITH_MIN_ROAS."""
    strategy = _strategy(view)
    if _floor(view) is not None and strategy not in (None, ROAS):
        fix = f"Set bid_strategy to {ROAS}, and leave bid_amount out." if view.params.get("bid_amount") else None
        yield Problem("bid_constraints", f"a ROAS floor goes with {ROAS}; the strategy is {strategy}", fix=fix)


@rule("cost-cap-billing", "adset", "D Bid strategy")
def _cost_cap_billing(view: ParameterView) -> Iterator[Problem]:
    """Bill by IMPRESSIONS."""
    billing = view.text("billing_event")
    if _strategy(view) == "COST_CAP" and billing not in (None, "IMPRESSIONS"):
        yield Problem("billing_event", f"COST_CAP is billed by IMPRESSIONS only; given {billing}", billing)


def _cost_cap_pacing(pacing: str, message: str, view: ParameterView) -> Iterator[Problem]:
    if _strategy(view) == "COST_CAP" and pacing in texts(view.params.get("pacing_type")):
        yield Problem("pacing_type", message, view.params["pacing_type"])


rule("cost-cap-pacing", "adset", "D Bid strategy", fix="Leave pacing_type out.")(
    partial(_cost_cap_pacing, "no_pacing", "COST_CAP needs standard pacing")
)
rule("cost-cap-hours", "adset", "F budgets-and-bids", fix="Leave day_parting out.")(
    partial(_cost_cap_pacing, "day_parting", "Meta documents COST_CAP with standard pacing only")
)


@rule("strategy-level", "adset", "F campaigns")
def _level(view: ParameterView) -> Iterator[Problem]:
    """Leave bid_strategy to the campaign."""
    value, campaigns = view.text("bid_strategy"), _campaigns(view)
    if value and campaigns and value != campaigns:
        message = f"{value}, but the campaign budget is bid with {campaigns}"
        yield Problem("bid_strategy", message, value)


@rule("sharing-one-strategy", "adset", "D Ad set budget sharing", subcode=4834009)
def _sharing(view: ParameterView) -> Iterator[Problem]:
    """Leave bid_strategy out, or use the campaign's."""
    campaign = mapping(view.campaign)
    value, shared = view.text("bid_strategy"), text(campaign.get("bid_strategy"))
    if campaign.get("is_adset_budget_sharing_enabled") is True and value and shared and value != shared:
        message = f"ad sets that share budgets have the campaign's bid strategy, {shared}; given {value}"
        yield Problem("bid_strategy", message, value)
