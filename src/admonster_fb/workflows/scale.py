"""More budget for what works, never beyond a limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._facts import Fact
from admonster_fb.models._params import STRICT, MinorUnits, checked
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.money import Money
from admonster_fb.operation import no_op, op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.services.adsets import AdSets
    from admonster_fb.services.campaigns import Campaigns

LEARNING = Decimal("0.2")
"""A change by more than this share is widely seen to restart Meta's learning phase; Meta names no number."""
_FIELDS = ("name", "account_id", *BUDGETS, "effective_status")


@with_config(STRICT)
class _Amounts(TypedDict, total=False):
    max_daily_budget: Annotated[MinorUnits, Fact(spend="limit")]
    daily_budget: Annotated[MinorUnits, Fact(spend="budget")]


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """One daily budget before and after; `error` is why Meta has not changed it."""

    id: str
    before: Money
    after: Money
    error: FacebookAdsError | None = None


@dataclass(frozen=True, slots=True)
class Scaled:
    """What scaling a campaign changed: its own daily budget, or those of its ad sets."""

    changes: list[BudgetChange]
    warnings: list[str] = field(default_factory=list)


@op(
    "scale_campaign",
    group="campaign",
    access="write",
    effect="update",
    changes="campaigns",
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
    max_daily_budget: Annotated[MinorUnits, Field(description="of the whole campaign; nothing goes beyond it")],
    factor: Annotated[float, Field(gt=0, le=10, description="1.2 is 20 % more")] | None = None,
    daily_budget: Annotated[MinorUnits, Field(description="of the whole campaign, instead of a factor")] | None = None,
) -> Scaled:
    """Scale a campaign's daily budget, or those of its ad sets where they have them, by a factor or to an amount.

    What would go beyond `max_daily_budget` is cut to it; parts of the smallest unit are dropped. An ad set's budget can
    change 4 times an hour. Lifetime budgets are not scaled: they would be spent faster, not longer.

    >>> fb.campaigns.update(campaign_id, daily_budget="20.00 USD")
    >>> [change] = scale_campaign(fb, campaign_id, factor=1.2, max_daily_budget="22.00 USD").changes
    >>> str(change.after)
    '$22.00 USD'
    """
    shares = scaled(fb, campaign_id, max_daily_budget, factor, daily_budget)
    changes = _change(fb, fb.campaigns if shares.of_campaign else fb.adsets, shares.amounts, shares.limit.currency)
    return Scaled([*changes], [*_warnings(shares.total, shares.wanted, shares.limit)])


@dataclass(frozen=True, slots=True)
class Shares:
    """What scaling would set: for each object that has a budget, the old and the new one."""

    amounts: dict[str, tuple[int, int]]
    names: dict[str, str | None]
    of_campaign: bool
    total: int
    wanted: int
    limit: Money


@no_op("scale_campaign sets what this reckons")
def scaled(
    fb: FacebookAds,
    campaign_id: str,
    max_daily_budget: int | str | Money,
    factor: float | None = None,
    daily_budget: int | str | Money | None = None,
) -> Shares:
    """Return what scaling a campaign would set, without setting it.

    >>> fb.campaigns.update(campaign_id, daily_budget="20.00 USD")
    >>> scaled(fb, campaign_id, "22.00 USD", 1.2).amounts[campaign_id]
    (2000, 2200)
    """
    if (factor is None) == (daily_budget is None):
        given = MISSING if factor is None else "both"
        raise ParameterError([Violation("factor", given, "exactly one of factor and daily_budget")])
    campaign = fb.campaigns.get(campaign_id, fields=["id", *_FIELDS])
    currency = fb.currency(campaign_id)
    said = {"max_daily_budget": max_daily_budget} | ({} if daily_budget is None else {"daily_budget": daily_budget})
    amounts = fb.in_minor_units(checked(_Amounts, said), campaign_id)
    limit = Money.from_minor(amounts["max_daily_budget"], currency)
    holders = _holders(fb, campaign)
    total = sum(node.daily_budget or 0 for node in holders)
    product = (total * Decimal(str(factor or 0))).to_integral_value(ROUND_FLOOR)
    wanted = amounts.get("daily_budget", int(product))
    new = min(wanted, limit.minor)
    shares = {node.id: (node.daily_budget or 0, new * (node.daily_budget or 0) // total) for node in holders}
    names = {node.id: node.name for node in holders}
    return Shares(shares, names, holders == [campaign], total, wanted, limit)


def _holders(fb: FacebookAds, campaign: Campaign) -> list[Campaign] | list[AdSet]:
    """Return what has the daily budget: the campaign, or its ad sets that are not put away."""
    if campaign.lifetime_budget:
        raise ParameterError(
            [Violation("campaign_id", campaign.id, "a campaign with a daily budget, not a lifetime one")]
        )
    if campaign.daily_budget:
        return [campaign]
    adsets = fb.adsets.list(campaign.id, fields=["id", *_FIELDS], limit=200)
    if any(adset.lifetime_budget for adset in adsets):
        raise ParameterError([Violation("campaign_id", campaign.id, "ad sets with daily budgets, not lifetime ones")])
    if not (adsets := [adset for adset in adsets if adset.daily_budget]):
        raise ParameterError([Violation("campaign_id", campaign.id, "a campaign with a budget, or with ad sets")])
    return adsets


def _change(
    fb: FacebookAds, edge: Campaigns | AdSets, shares: dict[str, tuple[int, int]], currency: str
) -> Iterator[BudgetChange]:
    """Set the new budgets, 50 to a request; what stays the same is not sent."""
    with fb.batch() as batch:
        items = {
            node_id: batch.add(edge.update, node_id, daily_budget=new)
            for node_id, (old, new) in shares.items()
            if new != old
        }
    for node_id, (old, new) in shares.items():
        error = items[node_id].error if node_id in items else None
        yield BudgetChange(node_id, Money.from_minor(old, currency), Money.from_minor(new, currency), error)


def _warnings(total: int, wanted: int, limit: Money) -> Iterator[str]:
    new = min(wanted, limit.minor)
    if wanted > limit.minor:
        yield f"Cut to the limit of {limit} a day."
    if abs(new - total) > total * LEARNING:
        yield "A change of more than 20 % may restart the learning phase: costs can rise for some days."
