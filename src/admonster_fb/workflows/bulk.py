"""Archiving objects, and updating many campaigns at once: 50 per request, each with its own result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Required

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._facts import names
from admonster_fb.models.campaign import CampaignUpdate
from admonster_fb.operation import no_op, op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds


_ARCHIVE_COST = "stops delivery; cannot be made active again, only deleted"


class CampaignChange(CampaignUpdate, total=False):
    """The update of one campaign."""

    id: Required[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """The result of one update: `error` is `None` if Meta made it."""

    id: str
    error: FacebookAdsError | None = None


@op(
    "bulk_update_campaigns",
    group="campaign",
    access="write",
    effect="update",
    changes="campaigns",
    past="sent",
    call_per_object=True,
    cost="status=ACTIVE or a higher budget can spend, for each of them",
    then=("list_campaigns",),
)
def bulk_update_campaigns(
    fb: FacebookAds,
    *,
    campaigns: Annotated[list[CampaignChange], Field(description='[{"id": …, and what to change}]')] | None = None,
    campaign_ids: Annotated[list[str], Field(description="or: these, all with the same other arguments")] | None = None,
    **change: Unpack[CampaignUpdate],
) -> list[Changed]:
    """Update many campaigns at once. Each in its own way (`campaigns`) or all in the same (`campaign_ids`).

    All are validated before any is sent. If Meta refuses one, the others are still updated. A bot's updates that only
    lower spend are sent before the others, which may need a plan.

    >>> bulk_update_campaigns(fb, campaign_ids=[campaign_id], status="PAUSED")[0].error is None
    True
    """
    changes = changes_by_id(campaigns, campaign_ids, change)
    unreadable = _look_up_accounts(fb, changes)
    batch, items, violations = fb.batch(), {}, []
    for number, (node_id, rest) in enumerate(changes.items()):
        try:
            if node_id not in unreadable:
                items[node_id] = batch.add(fb.campaigns.update, node_id, **rest)
        except ParameterError as error:
            violations += [replace(item, field=f"campaigns.{number}.{item.field}") for item in error.violations]
    if violations:
        raise ParameterError(violations)
    batch.run()
    return [Changed(node_id, unreadable.get(node_id) or items[node_id].error) for node_id in changes]


@op(
    "activate_campaign",
    group="campaign",
    access="write",
    effect="update",
    changes="campaigns",
    past="activated",
    call_per_object=True,
    cost="starts to spend its budgets",
    also=("start_campaign",),
    then=("get_campaign", "diagnose"),
)
def activate_campaign(fb: FacebookAds, campaign_id: str) -> list[Changed]:
    """Start a campaign with everything in it. Its ad sets and ads become ACTIVE, then the campaign itself.

    For a new campaign, in which all is PAUSED. What is archived stays.

    >>> activate_campaign(fb, campaign_id)[-1].error is None
    True
    """
    done = []
    for edge, ids in paused_in(fb, campaign_id).items():
        with fb.batch() as batch:
            items = {each: batch.add(getattr(fb, edge).update, each, status="ACTIVE") for each in ids}
        done += [Changed(each, item.error) for each, item in items.items()]
    return done


@no_op("activate_campaign activates it")
def paused_in(fb: FacebookAds, campaign_id: str) -> dict[str, dict[str, str]]:
    """Return what is PAUSED in a campaign, from the ads up: names by ID, by edge.

    >>> [*paused_in(fb, campaign_id)]
    ['ads', 'adsets', 'campaigns']
    """
    fields = ["id", "name", "status"]
    found: dict[str, Any] = {
        "ads": fb.ads.list(campaign_id, fields=fields, limit=500),
        "adsets": fb.adsets.list(campaign_id, fields=fields, limit=500),
        "campaigns": [fb.campaigns.get(campaign_id, fields=fields)],
    }
    return {edge: {each.id: each.name for each in nodes if each.status == "PAUSED"} for edge, nodes in found.items()}


def _look_up_accounts(fb: FacebookAds, changes: Mapping[str, Any]) -> dict[str, FacebookAdsError]:
    """Read the accounts of campaigns whose new amounts name a currency; return the errors by campaign ID."""
    amounts = names(CampaignUpdate, money=True)
    ids = [
        node_id
        for node_id, change in changes.items()
        if node_id.isdecimal() and any(not isinstance(change[name], int) for name in change.keys() & amounts)
    ]
    with fb.batch() as batch:
        items = {node_id: batch.add(fb.campaigns.get, node_id, fields=["account_id"]) for node_id in ids}
    return {node_id: item.error for node_id, item in items.items() if item.error is not None}


@no_op("the arguments of bulk_update_campaigns, normalized")
def changes_by_id(campaigns: Any, campaign_ids: list[str] | None, change: CampaignUpdate) -> dict[str, Any]:
    """Return the updates by campaign ID. Raises `ParameterError` if the arguments are ambiguous.

    >>> changes_by_id(None, ["1", "2"], {"status": "PAUSED"})
    {'1': {'status': 'PAUSED'}, '2': {'status': 'PAUSED'}}
    """
    if (campaigns is None) == (campaign_ids is None):
        value = MISSING if campaigns is None else "both"
        raise ParameterError([Violation("campaigns", value, "exactly one of campaigns and campaign_ids")])
    if campaigns is not None and change:
        raise ParameterError([Violation(name, value, "an update within campaigns") for name, value in change.items()])
    rows = [(str(row.get("id", "")), row) for row in campaigns or ()] or [(id, change) for id in campaign_ids or ()]
    if duplicates := [node_id for node_id, times in Counter(node_id for node_id, _ in rows).items() if times > 1]:
        raise ParameterError([Violation("campaigns", ", ".join(duplicates), "each campaign once")])
    if len({"validate_only" in (row.get("execution_options") or ()) for _, row in rows}) > 1:
        raise ParameterError([Violation("campaigns", "validate_only for some", "validate_only for all or for none")])
    return {node_id: {name: value for name, value in row.items() if name != "id"} for node_id, row in rows}


@op(
    "archive_campaign",
    group="campaign",
    access="destroy",
    effect="remove",
    changes="campaigns",
    past="archived",
    cost=_ARCHIVE_COST,
)
def archive_campaign(fb: FacebookAds, campaign_id: str) -> None:
    """Archive a campaign. It stops delivering, lists omit it, its figures stay. It can only be deleted then.

    >>> archive_campaign(fb, campaign_id)
    """
    fb.campaigns.update(campaign_id, status="ARCHIVED")


@op(
    "archive_adset",
    group="adset",
    access="destroy",
    effect="remove",
    changes="adsets",
    past="archived",
    cost=_ARCHIVE_COST,
)
def archive_adset(fb: FacebookAds, adset_id: str) -> None:
    """Archive an ad set. It stops delivering, lists omit it, its figures stay. It can only be deleted then.

    >>> archive_adset(fb, adset_id)
    """
    fb.adsets.update(adset_id, status="ARCHIVED")


@op("archive_ad", group="ad", access="destroy", effect="remove", changes="ads", past="archived", cost=_ARCHIVE_COST)
def archive_ad(fb: FacebookAds, ad_id: str) -> None:
    """Archive an ad. It stops delivering, lists omit it, its figures stay. It can only be deleted then.

    >>> archive_ad(fb, ad_id)
    """
    fb.ads.update(ad_id, status="ARCHIVED")
