"""Amounts of a copy: its source's, or new ones. Into an account with another currency, each must be given anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._facts import Fact, names
from admonster_fb.models._params import OwnAmount, Params, checked, own_amount
from admonster_fb.models.adset import AdSet, AdSetCreate
from admonster_fb.models.campaign import Campaign, CampaignCreate
from admonster_fb.money import Money, MoneyError

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Spec = dict[str, Any]
_OF_ADSETS = frozenset(names(AdSetCreate, money=True)) & AdSet.model_fields.keys()
FIELDS = frozenset(names(CampaignCreate, money=True)) & Campaign.model_fields.keys() | _OF_ADSETS
"""The amounts of campaigns and ad sets: budgets, bids, caps and minimums."""


class NewAmounts(Params, total=False):
    """Amounts of a copy that differ from its source's."""

    amounts: Annotated[
        dict[str, dict[str, OwnAmount]],
        Fact(spend="budget"),
        Field(description='new amounts, by the source\'s ID: {"<ID>": {"daily_budget": "50.00 USD"}}'),
    ]


def replace_amounts(nodes: Mapping[str, Spec], new: Mapping[str, Any]) -> Iterator[Violation]:
    """Replace the amounts of nodes, by their source's ID; yield those that no node has.

    >>> node = {"daily_budget": 6000}
    >>> [*replace_amounts({"1": node}, {"amounts": {"1": {"daily_budget": "50.00 USD"}}})], node
    ([], {'daily_budget': Money('50.00 USD')})
    """
    amounts = checked(NewAmounts, new).get("amounts", {})
    for source, values in amounts.items():
        fields = FIELDS & nodes.get(source, {}).keys()
        for name, value in values.items():
            if name in fields:
                nodes[source][name] = value
            else:
                known = ", ".join(sorted(fields)) or f"no amount; the copied objects are {', '.join(nodes)}"
                yield Violation(f"amounts.{source}.{name}", str(value), f"an amount that the source has: {known}")


def check_currencies(
    fb: FacebookAds, nodes: Mapping[str, Spec], new: Mapping[str, Any], accounts: tuple[str, str]
) -> Iterator[Violation]:
    """Yield the amounts that would keep their number but change their currency between two accounts.

    >>> node = {"name": "A", "daily_budget": 6000}
    >>> [violation.given for violation in check_currencies(fb, {"1": node}, {}, ("act_1", "act_2"))]
    ['$60.00 USD of "A"']
    """
    before, after = map(fb.currency, accounts)
    if before == after:
        return
    for source, node in nodes.items():
        for name in sorted(FIELDS & node.keys()):
            if isinstance(node[name], int) and node[name] != new.get(name):
                words = f'{Money.from_minor(node[name], before)} of "{node["name"]}"'
                allowed = f'a new amount in {after}: amounts={{"{source}": {{"{name}": "… {after}"}}}}'
                yield Violation(f"amounts.{source}.{name}", words, allowed)
            else:
                yield from _check_new(name if name in new else f"amounts.{source}.{name}", node[name], after)


def _check_new(field: str, value: object, currency: str) -> Iterator[Violation]:
    try:
        amount = own_amount(value)
    except MoneyError as error:
        yield Violation(field, value, str(error))
    else:
        if amount.currency != currency:
            yield Violation(field, str(amount), f"{currency}, the currency of the ad account that is copied into")


def check_same_currency(fb: FacebookAds, adset_id: str, campaign_id: str) -> None:
    """Raise `ParameterError` with the amounts of an ad set if a campaign's account has another currency."""
    before, after = fb.currency(adset_id), fb.currency(campaign_id)
    if before == after:
        return
    adset = fb.adsets.get(adset_id, fields=["id", *sorted(_OF_ADSETS)])
    amounts = {name: getattr(adset, name) for name in sorted(_OF_ADSETS)}
    words = ", ".join(f"{name} {Money.from_minor(value, before)}" for name, value in amounts.items() if value)
    allowed = f"a campaign in {before}, not {after}: the copy would have {words}. duplicate_campaign takes new amounts"
    raise ParameterError([Violation("campaign_id", campaign_id, allowed)])
