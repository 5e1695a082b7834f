"""Scaling the daily budgets of a campaign, never beyond a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated

from pydantic import Field

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._facts import Fact
from admonster_fb.models._params import MinorUnits, OwnAmount, Params, checked, given
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.money import Money
from admonster_fb.operation import no_op, ops_of

op = ops_of("campaign", "campaigns")

LEARNING = Decimal("0.2")
"""A change by more than this share often restarts Meta's learning phase. Meta publishes no number."""
_FIELDS = ("name", "account_id", *BUDGETS, "effective_status")


_MAXIMUM = Field(description="of the whole campaign: the sum of its ad sets, if they have the budgets")


class _Amounts(Params, total=False):
    max_daily_budget: Annotated[OwnAmount, Fact(spend="limit")]
    daily_budget: Annotated[MinorUnits, Fact(spend="budget")]


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """One daily budget before and after; `error` if Meta did not change it."""

    id: str
    before: Money
    after: Money
    error: FacebookAdsError | None = None


@dataclass(frozen=True, slots=True)
class Scaled:
    """The result of scaling a campaign: the changes of its daily budget, or of its ad sets' budgets."""

    changes: list[BudgetChange]
    warnings: list[str] = field(default_factory=list)


@op(
    "scale_campaign",
    effect="update",
    past="scaled",
    call_per_object=True,
    cumulative=True,
    cost="lets more be spent a day, up to max_daily_budget",
    then=("get_insights", "get_campaign"),
)
def scale_campaign(
    fb: FacebookAds,
    campaign_id: str,
    *,
    max_daily_budget: Annotated[OwnAmount, _MAXIMUM],
    factor: Annotated[float, Field(gt=0, le=10, description="1.2 is 20 % more")] | None = None,
    daily_budget: Annotated[MinorUnits, Field(description="of the whole campaign, instead of a factor")] | None = None,
) -> Scaled:
    """Scale daily budgets by a factor or to an amount. The campaign's own, or those of its ad sets.

    The result is limited to `max_daily_budget`; fractions of a minor unit are dropped. An increase whose limit is below
    the present budget is refused: it would lower it. An ad set's budget can change 4 times an hour. Lifetime budgets
    are refused: they would be spent faster, not longer.

    >>> fb.campaigns.update(campaign_id, daily_budget="20.00 USD")
    >>> [change] = scale_campaign(fb, campaign_id, factor=1.2, max_daily_budget="22.00 USD").changes
    >>> str(change.after)
    '$22.00 USD'
    """
    shares = compute_shares(fb, campaign_id, max_daily_budget, factor, daily_budget)
    edge, limit = fb.campaigns if shares.of_campaign else fb.adsets, shares.limit
    with fb.batch() as batch:  # 50 per request; unchanged ones are not sent
        items = {
            node_id: batch.add(edge.update, node_id, daily_budget=new)
            for node_id, (old, new) in shares.amounts.items()
            if new != old
        }
    changes = []
    for node_id, amounts in shares.amounts.items():
        error = items[node_id].error if node_id in items else None
        before, after = (Money.from_minor(each, limit.currency) for each in amounts)
        changes.append(BudgetChange(node_id, before, after, error))
    warnings = [f"Reduced to the limit of {limit} a day."] if shares.requested > limit.minor else []
    if abs(min(shares.requested, limit.minor) - shares.total) > shares.total * LEARNING:
        warnings.append("A change of more than 20 % may restart the learning phase: costs can rise for some days.")
    return Scaled(changes, warnings)


@dataclass(frozen=True, slots=True)
class Shares:
    """The budgets that scaling would set: the old and the new one by ID, in minor units."""

    amounts: dict[str, tuple[int, int]]
    names: dict[str, str | None]
    of_campaign: bool
    total: int
    requested: int
    limit: Money


@no_op("scale_campaign sets these budgets")
def compute_shares(
    fb: FacebookAds,
    campaign_id: str,
    max_daily_budget: str | Money,
    factor: float | None = None,
    daily_budget: int | str | Money | None = None,
) -> Shares:
    """Return the budgets that scaling a campaign would set; nothing is changed.

    >>> fb.campaigns.update(campaign_id, daily_budget="20.00 USD")
    >>> compute_shares(fb, campaign_id, "22.00 USD", 1.2).amounts[campaign_id]
    (2000, 2200)
    """
    if (factor is None) == (daily_budget is None):
        value = MISSING if factor is None else "both"
        raise ParameterError([Violation("factor", value, "exactly one of factor and daily_budget")])
    campaign = fb.campaigns.get(campaign_id, fields=["id", *_FIELDS])
    currency = fb.currency(campaign_id)
    arguments = given(max_daily_budget=max_daily_budget, daily_budget=daily_budget)
    amounts = fb.in_minor_units(checked(_Amounts, arguments), campaign_id)
    limit = Money.from_minor(amounts["max_daily_budget"], currency)
    holders = _holders(fb, campaign)
    if odd := [node.id for node in holders if not isinstance(node.daily_budget, int)]:
        raise FacebookAdsError(f"the daily budget of {', '.join(odd)} is no amount of minor units", retryable=True)
    total = sum(node.daily_budget or 0 for node in holders)
    product = (total * Decimal(str(factor or 0))).to_integral_value(ROUND_FLOOR)
    requested = amounts.get("daily_budget", int(product))
    new = min(requested, limit.minor)
    if new < total < requested or (new < total and factor is not None and factor > 1):
        adsets = 0 if holders == [campaign] else len(holders)
        of = f"the present sum of its {adsets} ad sets, which this limits" if adsets else "the present daily budget"
        present = Money.from_minor(total, currency)
        allowed = f"at least {present}, {of}: this increase would lower it. To lower it: daily_budget"
        allowed += "; to set each ad set by itself: bulk_update_adsets" if adsets else ""
        raise ParameterError([Violation("max_daily_budget", str(limit), allowed)])
    shares = {node.id: (node.daily_budget or 0, new * (node.daily_budget or 0) // total) for node in holders}
    names = {node.id: node.name for node in holders}
    return Shares(shares, names, holders == [campaign], total, requested, limit)


def _holders(fb: FacebookAds, campaign: Campaign) -> list[Campaign] | list[AdSet]:
    """Return what has the daily budget: the campaign, or its ad sets that are not archived."""
    if campaign.daily_budget and not campaign.lifetime_budget:
        return [campaign]
    if campaign.lifetime_budget:
        allowed = "a campaign with a daily budget, not a lifetime one"
    else:
        adsets = fb.adsets.list(campaign.id, fields=["id", *_FIELDS], limit=200)
        lifetime = any(adset.lifetime_budget for adset in adsets)
        if (holders := [adset for adset in adsets if adset.daily_budget]) and not lifetime:
            return holders
        allowed = "a campaign with a budget, or with ad sets"
        allowed = "ad sets with daily budgets, not lifetime ones" if lifetime else allowed
    raise ParameterError([Violation("campaign_id", campaign.id, allowed)])
