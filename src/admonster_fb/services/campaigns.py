"""Campaigns. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import campaign as sdk
from typing_extensions import Unpack

from admonster_fb.models._params import checked
from admonster_fb.models.campaign import Campaign, CampaignCreate, CampaignUpdate
from admonster_fb.models.common import StatusList
from admonster_fb.models.copies import CampaignCopy, Copied
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge


class Campaigns(Service):
    """The edge `campaigns` and its nodes."""

    @op("get_campaign", group="campaign", access="read", then=("get_insights", "list_adsets"))
    def get(self, campaign_id: str, *, fields: Sequence[str] = Campaign.fields()) -> Campaign:
        """Read a campaign; a deleted one too.

        >>> fb.campaigns.get(campaign_id).status
        'PAUSED'
        """
        node = self._sdk(sdk.Campaign, node_id(campaign_id, "campaign_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), Campaign)

    @no_op("list_campaigns shows page by page what `iter` gives")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = Campaign.fields(), **params: Unpack[StatusList]
    ) -> builtins.list[Campaign]:
        """Read all campaigns of an account, to the last page. Archived ones come only when asked for.

        >>> [campaign.status for campaign in fb.campaigns.list("act_1", effective_status=["ARCHIVED"])]
        ['ARCHIVED']
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @op(
        "list_campaigns",
        group="campaign",
        access="read",
        aliases={"status": "effective_status"},
        then=("get_campaign", "get_insights"),
    )
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = Campaign.fields(), **params: Unpack[StatusList]
    ) -> Edge[Campaign]:
        """Read the campaigns of an account, page by page as they are wanted. Archived ones come only when asked for.

        >>> next(iter(fb.campaigns.iter("act_1", fields=["name"]))).name
        'Autumn sale'
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(account.get_campaigns, checked(StatusList, params), fields), Campaign)

    @op(
        "create_campaign",
        group="campaign",
        access="write",
        effect="create",
        changes="campaigns",
        past="created",
        cost="nothing while PAUSED; up to its budget once ACTIVE",
        then=("create_adset",),
    )
    def create(
        self, ad_account_id: str, *, fields: Sequence[str] = Campaign.fields(), **params: Unpack[CampaignCreate]
    ) -> Campaign:
        """Create a campaign; it starts PAUSED unless `status` says otherwise.

        Budgets are minor units of the account's currency (5000 is 50.00 USD) or `"50.00 USD"`, and never defaulted.
        With a campaign budget, `bid_strategy` is LOWEST_COST_WITHOUT_CAP unless given (Meta's own default would ask
        every ad set for a bid); without one, ad sets do not share theirs unless
        `is_adset_budget_sharing_enabled=True` (Meta demands that one says). Meta: ad-campaign-group, Creating.

        >>> fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[]).status
        'PAUSED'
        """
        parent = account_id(ad_account_id)
        account = self._sdk(adaccount.AdAccount, parent)
        said = self._ready("campaign", CampaignCreate, params, parent)
        call = self._call(account.create_campaign, said, fields)
        return self._transport.create(call, Campaign)

    @op(
        "update_campaign",
        group="campaign",
        access="write",
        effect="update",
        changes="campaigns",
        past="updated",
        cost="status=ACTIVE or a higher budget can spend",
        then=("get_campaign",),
    )
    def update(self, campaign_id: str, **params: Unpack[CampaignUpdate]) -> None:
        """Change a campaign. `status="ARCHIVED"` cannot be taken back but by deleting.

        >>> fb.campaigns.update(campaign_id, daily_budget="25.00 USD")
        """
        changes = self._ready("campaign", CampaignUpdate, params, node_id(campaign_id, "campaign_id"), update=True)
        self._transport.change(self._call(self._sdk(sdk.Campaign, campaign_id).api_update, changes))

    @no_op("duplicate_campaign copies the whole tree, of any size")
    def copies(self, campaign_id: str, **params: Unpack[CampaignCopy]) -> Copied:
        """Copy a campaign, PAUSED unless `status_option` says otherwise; without its ad sets unless `deep_copy`.

        Meta copies at most 3 objects in one call: `workflows.duplicate` copies any number. `api_facts.md` section 1.6.

        >>> fb.campaigns.copies(campaign_id, rename_options={"rename_suffix": " 2"}).id.isdigit()
        True
        """
        node = self._sdk(sdk.Campaign, node_id(campaign_id, "campaign_id"))
        said = {"status_option": "PAUSED"} | checked(CampaignCopy, params)
        return self._transport.copy(self._call(node.create_copy, said), "copied_campaign_id")

    @op(
        "delete_campaign",
        group="campaign",
        access="destroy",
        effect="remove",
        changes="campaigns",
        past="deleted",
        cost="gone for good, with its ad sets and ads",
    )
    def delete(self, campaign_id: str) -> None:
        """Delete a campaign with its ad sets and ads, for good; its figures stay readable by id.

        >>> fb.campaigns.delete(campaign_id)
        """
        node = self._sdk(sdk.Campaign, node_id(campaign_id, "campaign_id"))
        self._transport.change(self._call(node.api_delete))
