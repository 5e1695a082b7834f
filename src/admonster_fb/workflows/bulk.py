"""Many campaigns changed at once: 50 to a request, each with its own result."""

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


class CampaignChange(CampaignUpdate, total=False):
    """What to change of one campaign."""

    id: Required[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """How the change of one object ended: `error` is `None` where Meta has made it."""

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
    campaign_ids: Annotated[list[str], Field(description="or: these, all with the one change given beside")]
    | None = None,
    **change: Unpack[CampaignUpdate],
) -> list[Changed]:
    """Change many campaigns, each in its own way (`campaigns`) or all in one (`campaign_ids` and the change).

    All are checked before any is sent; what Meta refuses of one does not keep it from the others.

    >>> bulk_update_campaigns(fb, campaign_ids=[campaign_id], status="PAUSED")[0].error is None
    True
    """
    changes = changes_by_id(campaigns, campaign_ids, change)
    lost = _look_up_accounts(fb, changes)
    batch, items, wrong = fb.batch(), {}, []
    for number, (node_id, rest) in enumerate(changes.items()):
        try:
            if node_id not in lost:
                items[node_id] = batch.add(fb.campaigns.update, node_id, **rest)
        except ParameterError as error:
            wrong += [replace(each, field=f"campaigns.{number}.{each.field}") for each in error.violations]
    if wrong:
        raise ParameterError(wrong)
    batch.run()
    return [Changed(node_id, lost.get(node_id) or items[node_id].error) for node_id in changes]


def _look_up_accounts(fb: FacebookAds, changes: Mapping[str, Any]) -> dict[str, FacebookAdsError]:
    """Learn the accounts of campaigns whose amounts change, 50 to a request; return what could not be read."""
    amounts = names(CampaignUpdate, money=True)
    ids = [node_id for node_id, change in changes.items() if change.keys() & amounts and node_id.isdecimal()]
    with fb.batch() as batch:
        items = {node_id: batch.add(fb.campaigns.get, node_id, fields=["account_id"]) for node_id in ids}
    return {node_id: item.error for node_id, item in items.items() if item.error is not None}


@no_op("what bulk_update_campaigns is asked, put in order")
def changes_by_id(campaigns: Any, campaign_ids: list[str] | None, change: CampaignUpdate) -> dict[str, Any]:
    """Return what to change by id. Raises `ParameterError` where it is not clear.

    >>> changes_by_id(None, ["1", "2"], {"status": "PAUSED"})
    {'1': {'status': 'PAUSED'}, '2': {'status': 'PAUSED'}}
    """
    if (campaigns is None) == (campaign_ids is None):
        given = MISSING if campaigns is None else "both"
        raise ParameterError([Violation("campaigns", given, "exactly one of campaigns and campaign_ids")])
    if campaigns is not None and change:
        raise ParameterError([Violation(name, value, "a change of one of campaigns") for name, value in change.items()])
    rows = [(str(row.get("id", "")), row) for row in campaigns or ()] or [(each, change) for each in campaign_ids or ()]
    if twice := [node_id for node_id, times in Counter(node_id for node_id, _ in rows).items() if times > 1]:
        raise ParameterError([Violation("campaigns", ", ".join(twice), "each campaign once")])
    return {node_id: {name: value for name, value in row.items() if name != "id"} for node_id, row in rows}
