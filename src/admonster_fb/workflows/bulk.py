"""Archiving objects, and updating many of a kind at once: 50 per request, each with its own result."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Required

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation, collecting
from admonster_fb.models._facts import names
from admonster_fb.models.ad import AdUpdate
from admonster_fb.models.adset import AdSetUpdate
from admonster_fb.models.campaign import CampaignUpdate
from admonster_fb.objects import DELIVERS, OBJECTS
from admonster_fb.operation import no_op, op

_ARCHIVE_COST = "stops delivery; cannot be made active again, only deleted"
BULK: Mapping[str, str] = {f"bulk_update_{edge}": edge for edge in DELIVERS}
"""The edge of the objects that each bulk op updates, which is also its argument with one row per object."""


class CampaignChange(CampaignUpdate, total=False):
    """The update of one campaign."""

    id: Required[str]


class AdSetChange(AdSetUpdate, total=False):
    """The update of one ad set."""

    id: Required[str]


class AdChange(AdUpdate, total=False):
    """The update of one ad."""

    id: Required[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """The result of one update: `error` is `None` if Meta made it."""

    id: str
    error: FacebookAdsError | None = None


_ROWS = Field(description='[{"id": …, and what to change}]')
_IDS = Field(description="or: these, all with the same other arguments")
_COST = "status=ACTIVE or a higher budget can spend, for each of them"


_many = functools.partial(op, effect="update", past="sent", call_per_object=True, cost=_COST)


@_many("bulk_update_campaigns", group="campaign", changes="campaigns", like="update_campaign", then=("list_campaigns",))
def bulk_update_campaigns(
    fb: FacebookAds,
    *,
    campaigns: Annotated[list[CampaignChange] | None, _ROWS] = None,
    campaign_ids: Annotated[list[str] | None, _IDS] = None,
    **change: Unpack[CampaignUpdate],
) -> list[Changed]:
    """Update many campaigns at once. Each in its own way (`campaigns`) or all in the same (`campaign_ids`).

    All are validated before any is sent. If Meta refuses one, the others are still updated. A bot's updates that only
    lower spend are sent before the others, which may need a plan.

    >>> bulk_update_campaigns(fb, campaign_ids=[campaign_id], status="PAUSED")[0].error is None
    True
    """
    return _update(fb, "campaigns", _changes_by_id("campaigns", campaigns, campaign_ids, change))


@_many("bulk_update_adsets", group="adset", changes="adsets", like="update_adset", then=("list_adsets",))
def bulk_update_adsets(
    fb: FacebookAds,
    *,
    adsets: Annotated[list[AdSetChange] | None, _ROWS] = None,
    adset_ids: Annotated[list[str] | None, _IDS] = None,
    **change: Unpack[AdSetUpdate],
) -> list[Changed]:
    """Update many ad sets at once. Each in its own way (`adsets`) or all in the same (`adset_ids`).

    >>> bulk_update_adsets(fb, adset_ids=[adset_id], status="PAUSED")[0].error is None
    True
    """
    return _update(fb, "adsets", _changes_by_id("adsets", adsets, adset_ids, change))


@_many("bulk_update_ads", group="ad", changes="ads", like="update_ad", then=("list_ads",))
def bulk_update_ads(
    fb: FacebookAds,
    *,
    ads: Annotated[list[AdChange] | None, _ROWS] = None,
    ad_ids: Annotated[list[str] | None, _IDS] = None,
    **change: Unpack[AdUpdate],
) -> list[Changed]:
    """Update many ads at once. Each in its own way (`ads`) or all in the same (`ad_ids`).

    >>> bulk_update_ads(fb, ad_ids=[ad_id], status="PAUSED")[0].error is None
    True
    """
    return _update(fb, "ads", _changes_by_id("ads", ads, ad_ids, change))


def _update(fb: FacebookAds, edge: str, changes: Mapping[str, Any]) -> list[Changed]:
    """Update objects of an edge, 50 per request. Raises `ParameterError` with the violations of all, unsent."""
    # The accounts of objects whose new amounts name a currency are read at once.
    amounts = names({"campaigns": CampaignUpdate, "adsets": AdSetUpdate, "ads": AdUpdate}[edge], money=True)
    new = {node_id: [change[name] for name in change.keys() & amounts] for node_id, change in changes.items()}
    ids = [each for each in new if each.isdecimal() and not all(isinstance(amount, int) for amount in new[each])]
    with fb.batch() as batch:
        reads = {node_id: batch.add(getattr(fb, edge).get, node_id, fields=["account_id"]) for node_id in ids}
    unreadable = {node_id: item.error for node_id, item in reads.items() if item.error is not None}
    batch, items, violations = fb.batch(), {}, list[Violation]()
    for number, (node_id, rest) in enumerate(changes.items()):
        if node_id not in unreadable:
            with collecting(violations, f"{edge}.{number}"):
                items[node_id] = batch.add(getattr(fb, edge).update, node_id, **rest)
    if violations:
        raise ParameterError(violations)
    batch.run()
    return [Changed(node_id, unreadable.get(node_id) or items[node_id].error) for node_id in changes]


def _changes_by_id(edge: str, rows: Any, ids: list[str] | None, change: Mapping[str, Any]) -> dict[str, Any]:
    if (rows is None) == (ids is None):
        value = MISSING if rows is None else "both"
        raise ParameterError([Violation(edge, value, f"exactly one of {edge} and {OBJECTS[edge].id_argument}s")])
    if rows is not None and change:
        raise ParameterError([Violation(name, value, f"an update within {edge}") for name, value in change.items()])
    pairs = [(str(row.get("id", "")), row) for row in rows or ()] or [(id, change) for id in ids or ()]
    if duplicates := [node_id for node_id, times in Counter(node_id for node_id, _ in pairs).items() if times > 1]:
        raise ParameterError([Violation(edge, ", ".join(duplicates), f"each {OBJECTS[edge].noun} once")])
    if len({"validate_only" in (row.get("execution_options") or ()) for _, row in pairs}) > 1:
        raise ParameterError([Violation(edge, "validate_only for some", "validate_only for all or for none")])
    return {node_id: {name: value for name, value in row.items() if name != "id"} for node_id, row in pairs}


@no_op("the arguments of a bulk update, normalized")
def bulk_changes(op_name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the updates of a bulk op by object ID. Raises `ParameterError` if its arguments are ambiguous.

    >>> bulk_changes("bulk_update_ads", {"ad_ids": ["1"], "status": "PAUSED"})
    {'1': {'status': 'PAUSED'}}
    """
    edge, ids = BULK[op_name], f"{OBJECTS[BULK[op_name]].id_argument}s"
    change = {name: value for name, value in arguments.items() if name not in (edge, ids)}
    return _changes_by_id(edge, arguments.get(edge), arguments.get(ids), change)


@_many(
    "activate_campaign",
    group="campaign",
    changes="campaigns",
    cost="up to the budgets of all that is in it",
    then=("status", "list_ads"),
)
def activate_campaign(fb: FacebookAds, campaign_id: str) -> list[Changed]:
    """Activate a campaign with all in it. Its ad sets and ads that are PAUSED become ACTIVE, as one plan.

    The campaign itself comes last, and stays as it is if Meta refuses one of them.

    >>> all(each.error is None for each in activate_campaign(fb, campaign_id))
    True
    """
    done: list[Changed] = []
    for edge, ids in paused_in(fb, campaign_id).items():
        if any(each.error for each in done) and edge == "campaigns":
            stopped = FacebookAdsError("not activated: Meta refused an ad set or ad in it")
            return [*done, *(Changed(node_id, stopped) for node_id in ids)]
        done += _update(fb, edge, {node_id: {"status": "ACTIVE"} for node_id in ids})
    return done


@no_op("what activate_campaign activates")
def paused_in(fb: FacebookAds, campaign_id: str) -> dict[str, list[str]]:
    """Return the IDs of all that is PAUSED in a campaign by edge, the campaign itself last.

    >>> [*paused_in(fb, campaign_id)]
    ['ads', 'adsets', 'campaigns']
    """
    fields = ["id", "status"]
    with fb.batch() as batch:
        edges: Any = {"ads": fb.ads.iter, "adsets": fb.adsets.iter}
        items = {edge: batch.add(read, campaign_id, fields=fields, limit=500) for edge, read in edges.items()}
        campaign = batch.add(fb.campaigns.get, campaign_id, fields=fields)
    found: dict[str, Any] = {edge: item.result() for edge, item in items.items()} | {"campaigns": [campaign.result()]}
    return {edge: [node.id for node in nodes if node.status == "PAUSED"] for edge, nodes in found.items()}


@op("archive_campaign", group="campaign", effect="remove", changes="campaigns", past="archived", cost=_ARCHIVE_COST)
def archive_campaign(fb: FacebookAds, campaign_id: str) -> None:
    """Archive a campaign. It stops delivering, lists omit it, its figures stay. It can only be deleted then.

    >>> archive_campaign(fb, campaign_id)
    """
    fb.campaigns.update(campaign_id, status="ARCHIVED")


@op("archive_adset", group="adset", effect="remove", changes="adsets", past="archived", cost=_ARCHIVE_COST)
def archive_adset(fb: FacebookAds, adset_id: str) -> None:
    """Archive an ad set. It stops delivering, lists omit it, its figures stay. It can only be deleted then.

    >>> archive_adset(fb, adset_id)
    """
    fb.adsets.update(adset_id, status="ARCHIVED")


@op("archive_ad", group="ad", effect="remove", changes="ads", past="archived", cost=_ARCHIVE_COST)
def archive_ad(fb: FacebookAds, ad_id: str) -> None:
    """Archive an ad. It stops delivering, lists omit it, its figures stay. It can only be deleted then.

    >>> archive_ad(fb, ad_id)
    """
    fb.ads.update(ad_id, status="ARCHIVED")
