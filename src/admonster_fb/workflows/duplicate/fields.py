"""What a copy that is created anew keeps: every field that Meta can read or write, carried, derived or refused.

*Carried*: read from the source and written to the copy. *Derived*: Meta or this library determines it, or it is no
state of the object. *Refused*: Meta can read and write it and this library cannot: a source that has it is not copied
unless `allow_loss` names the field. `copy_fields.json` lists the last two. Amounts are the source's or new ones; into
an account with another currency, each must be given anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any

from pydantic import Field

from admonster_fb.client import FacebookAds
from admonster_fb.errors import InvalidParameterError, ParameterError, Violation
from admonster_fb.models._facts import Fact, names
from admonster_fb.models._node import Node
from admonster_fb.models._params import OwnAmount, Params, checked, own_amount
from admonster_fb.models.ad import Ad, AdCreate
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adset import AdSet, AdSetCreate
from admonster_fb.models.campaign import Campaign, CampaignCreate
from admonster_fb.money import Money, MoneyError
from admonster_fb.workflows.creative import EXTRAS

Spec = dict[str, Any]
_NO_VALUE: tuple[Any, ...] = (None, "", [], {}, 0, "0", False, "DEFAULT", "UNSET", "NONE", "GUIDED_CREATION")
"""Values with which Meta returns a field that is not set, or that it sets itself."""
SCHEDULES = "budget_schedules"
"""What `allow_loss` calls the budget schedules of a source."""


@dataclass(frozen=True, slots=True)
class CopyFields:
    """The fields of one kind of object, by what a copy does with them."""

    model: type[Node]
    writable: frozenset[str]
    derived: frozenset[str]
    refusable: frozenset[str]
    """What Meta can write to a new object; refused as long as this library cannot."""

    @property
    def carried(self) -> frozenset[str]:
        """The fields that are read from the source and written to the copy."""
        return frozenset(self.model.model_fields.keys() & self.writable) - self.derived

    @property
    def refused(self) -> frozenset[str]:
        """The fields with which a source is not copied."""
        return self.refusable - self.carried


_TABLE = json.loads(resources.files(__package__).joinpath("copy_fields.json").read_text(encoding="utf-8"))


def _fields(edge: str, model: type[Node], writable: Iterable[str]) -> CopyFields:
    row = _TABLE[edge]
    derived = {*_TABLE["every object"]["derived"], *row["derived"]}
    return CopyFields(model, frozenset(writable), frozenset(derived), frozenset(row["refused"]))


_CONTENT = ("object_story_spec", "object_story_id", "source_instagram_media_id", "asset_feed_spec", "url_tags")
_OF_CREATIVES = {*_CONTENT, "degrees_of_freedom_spec", "product_set_id", *EXTRAS}
COPY_FIELDS: Mapping[str, CopyFields] = {
    "campaigns": _fields("campaigns", Campaign, CampaignCreate.__annotations__),
    "adsets": _fields("adsets", AdSet, AdSetCreate.__annotations__),
    "ads": _fields("ads", Ad, AdCreate.__annotations__),
    "adcreatives": _fields("adcreatives", AdCreative, _OF_CREATIVES),
}


def losses(fb: FacebookAds, nodes: Mapping[str, Iterable[str]], allowed: Iterable[str]) -> Iterator[Violation]:
    """Yield what sources have that a copy cannot carry; `nodes` are IDs by edge, `allowed` what may be left out."""
    names = {edge: sorted(COPY_FIELDS[edge].refused - {*allowed}) for edge in nodes}
    found = _read(fb, ((edge, node_id, names[edge]) for edge, ids in nodes.items() for node_id in ids))
    for edge in {edge for (edge, _), item in found.items() if isinstance(item.error, InvalidParameterError)}:
        # A field that Meta does not have for this app cannot be set either.
        keys = [key for key in found if key[0] == edge]
        with fb.batch() as batch:
            single = {name: batch.add(getattr(fb, edge).get, keys[0][1], fields=["id", name]) for name in names[edge]}
        known = [name for name, item in single.items() if not isinstance(item.error, InvalidParameterError)]
        found |= _read(fb, ((*key, known) for key in keys))
    for (edge, node_id), item in found.items():
        if isinstance(item.error, InvalidParameterError):
            continue
        node = item.result()
        for name in sorted({*names[edge]} & node.model_fields_set):
            if (value := getattr(node, name)) not in _NO_VALUE:
                yield lost_field(edge, node_id, name, value)


def _read(fb: FacebookAds, reads: Iterable[tuple[str, str, list[str]]]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    with fb.batch() as batch:
        for edge, node_id, names in reads:
            found[edge, node_id] = batch.add(getattr(fb, edge).get, node_id, fields=["id", *names])
    return found


def schedule_losses(
    fb: FacebookAds, holders: Iterable[Mapping[str, Any]], allowed: Iterable[str]
) -> Iterator[Violation]:
    """Yield the budget schedules of campaigns and ad sets, as fields, that are not over. A copy has none."""
    for holder in holders if SCHEDULES not in allowed else ():
        if holder.get("is_budget_schedule_enabled"):
            rows = fb.budget_schedules.iter(holder["id"])
            if ahead := [row for row in rows if not row.time_end or row.time_end > fb.now()]:
                edge = "adsets" if holder.get("campaign_id") else "campaigns"
                yield lost_field(edge, holder["id"], SCHEDULES, f"{len(ahead)} ahead")


def lost_field(edge: str, node_id: str, name: str, value: object) -> Violation:
    """Return the violation of a field that a copy cannot carry."""
    allowed = f'no value: a copy cannot carry it; allow_loss=["{name}"] leaves it out'
    return Violation(f"{edge}.{node_id}.{name}", value, allowed)


def unsupported(overrides: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the overrides that a copy does not take: it is always made, PAUSED, under `new_name`."""
    refused = {"name": "no value: new_name names the copy", "execution_options": "no value: a copy is always made"}
    refused = {"status": "PAUSED or no status: a copy never spends. Activate it afterwards", **refused}
    for name, allowed in refused.items():
        if name in overrides and (name, overrides[name]) != ("status", "PAUSED"):
            yield Violation(name, overrides[name], allowed)


def check_losses(violations: Iterable[Violation]) -> None:
    """Raise `ParameterError` if there are violations."""
    if found := [*violations]:
        raise ParameterError(found)


_OF_ADSETS = frozenset(names(AdSetCreate, money=True)) & AdSet.model_fields.keys()
AMOUNTS = frozenset(names(CampaignCreate, money=True)) & Campaign.model_fields.keys() | _OF_ADSETS
"""The amounts of campaigns and ad sets: budgets, bids, caps and minimums."""


_BY_SOURCE = Field(description='new amounts, by the source\'s ID: {"<ID>": {"daily_budget": "50.00 USD"}}')


class NewAmounts(Params, total=False):
    """Amounts of a copy that differ from its source's."""

    amounts: Annotated[dict[str, dict[str, OwnAmount]], Fact(spend="budget"), _BY_SOURCE]


def replace_amounts(nodes: Mapping[str, Spec], new: Mapping[str, Any]) -> Iterator[Violation]:
    """Replace the amounts of nodes, by their source's ID; yield those that no node has."""
    amounts = checked(NewAmounts, new).get("amounts", {})
    for source, values in amounts.items():
        fields = AMOUNTS & nodes.get(source, {}).keys()
        for name, value in values.items():
            if name in fields:
                nodes[source][name] = value
            else:
                known = ", ".join(sorted(fields)) or f"no amount; the copied objects are {', '.join(nodes)}"
                yield Violation(f"amounts.{source}.{name}", str(value), f"an amount that the source has: {known}")


def check_currencies(
    fb: FacebookAds, nodes: Mapping[str, Spec], new: Mapping[str, Any], accounts: tuple[str, str]
) -> Iterator[Violation]:
    """Yield the amounts that would keep their number but change their currency between two accounts."""
    before, after = map(fb.currency, accounts)
    if before == after:
        return
    for source, name in ((source, name) for source, node in nodes.items() for name in sorted(AMOUNTS & node.keys())):
        value, field = nodes[source][name], f"amounts.{source}.{name}"
        if isinstance(value, int) and value != new.get(name):
            words = f'{Money.from_minor(value, before)} of "{nodes[source]["name"]}"'
            allowed = f'a new amount in {after}: amounts={{"{source}": {{"{name}": "… {after}"}}}}'
            yield Violation(field, words, allowed)
            continue
        field = name if name in new else field
        try:
            amount = own_amount(value)
        except MoneyError as error:
            yield Violation(field, value, str(error))
            continue
        if amount.currency != after:
            yield Violation(field, str(amount), f"{after}, the currency of the ad account that is copied into")


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
