"""Campaigns. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import campaign as sdk

from admonster_fb.models.campaign import Campaign, CampaignCreate, CampaignUpdate
from admonster_fb.models.common import StatusList
from admonster_fb.models.copies import CampaignCopy, Copied
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id

op = ops_of("campaign", "campaigns")


class Campaigns(ListingService):
    """The edge `campaigns` of an ad account, and its nodes."""

    @op("get_campaign", access="read", then=("get_insights", "list_adsets"))
    def get(self, campaign_id: str, *, fields: Fields = None) -> Campaign:
        """Return a campaign. Works for deleted campaigns too.

        >>> fb.campaigns.get(campaign_id).status
        'PAUSED'
        """
        return self._get(self._node(sdk.Campaign, campaign_id, "campaign_id"), Campaign, fields)

    @op("list_campaigns", access="read", aliases={"status": "effective_status"}, then=("get_campaign", "get_insights"))
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[StatusList]) -> Edge[Campaign]:
        """List the campaigns of an ad account. Page by page.

        Meta leaves out archived and deleted campaigns unless `effective_status` names these statuses.

        >>> next(iter(fb.campaigns.iter("act_1", fields=["name"]))).name
        'Autumn sale'
        """
        return self._edge(self._account(ad_account_id).get_campaigns, Campaign, checked(StatusList, params), fields)

    @op("create_campaign", effect="create", then=("create_adset",))
    @costs("nothing while PAUSED; up to its budget once ACTIVE")
    def create(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[CampaignCreate]) -> Campaign:
        """Create a campaign. Default `status`: PAUSED.

        There is no default budget. With a campaign budget, `bid_strategy` defaults to LOWEST_COST_WITHOUT_CAP, since
        Meta's own default requires a bid on every ad set. Without one, `is_adset_budget_sharing_enabled` defaults to
        False, since Meta requires a value. Meta: ad-campaign-group, Creating.

        >>> fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[]).status
        'PAUSED'
        """
        valid = self._validated("campaign", CampaignCreate, params, account_id(ad_account_id))
        return self._create(self._account(ad_account_id).create_campaign, Campaign, valid, fields)

    @op("update_campaign", effect="update", cost="status=ACTIVE or a higher budget can spend", then=("get_campaign",))
    def update(self, campaign_id: str, **params: Unpack[CampaignUpdate]) -> None:
        """Update a campaign. `status="ARCHIVED"` is irreversible: an archived campaign can only be deleted.

        >>> fb.campaigns.update(campaign_id, daily_budget="25.00 USD")
        """
        changes = self._validated("campaign", CampaignUpdate, params, node_id(campaign_id, "campaign_id"), update=True)
        self._change(self._sdk(sdk.Campaign, campaign_id).api_update, changes)

    @no_op("duplicate_campaign copies the whole tree, of any size")
    def copies(self, campaign_id: str, **params: Unpack[CampaignCopy]) -> Copied:
        """Copy a campaign. Default `status_option`: PAUSED; default `deep_copy`: False, without its ad sets.

        Meta copies at most 3 objects in one call. `workflows.duplicate` copies any number.
        `docs/meta-rules.md#copies`.

        >>> fb.campaigns.copies(campaign_id, rename_options={"rename_suffix": " 2"}).id.isdigit()
        True
        """
        node = self._node(sdk.Campaign, campaign_id, "campaign_id")
        valid = {"status_option": "PAUSED"} | self._checked(CampaignCopy, params)
        return self._transport.copy(self._call(node.create_copy, valid), "copied_campaign_id")

    @op("delete_campaign", effect="remove", cost="gone for good, with its ad sets and ads")
    def delete(self, campaign_id: str) -> None:
        """Delete a campaign and all in it. Its ad sets and ads go too; insights stay readable by id.

        >>> fb.campaigns.delete(campaign_id)
        """
        self._change(self._node(sdk.Campaign, campaign_id, "campaign_id").api_delete)
