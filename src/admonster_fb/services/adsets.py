"""Ad sets. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import adset as sdk
from facebook_business.adobjects import campaign

from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetUpdate
from admonster_fb.models.common import StatusList
from admonster_fb.models.copies import AdSetCopy, Copied
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id

op = ops_of("adset", "adsets")
_ALIASES = {
    **dict.fromkeys(("status", "status_filter"), "effective_status"),
    **dict.fromkeys(("campaign_id", "ad_account_id"), "parent_id"),
}


class AdSets(ListingService):
    """The edge `adsets` of an ad account or a campaign, and its nodes."""

    @op("get_adset", access="read", then=("list_ads", "get_insights"))
    def get(self, adset_id: str, *, fields: Fields = None) -> AdSet:
        """Return an ad set. Works for deleted ad sets too.

        >>> fb.adsets.get(adset_id).billing_event
        'IMPRESSIONS'
        """
        return self._get(self._node(sdk.AdSet, adset_id, "adset_id"), AdSet, fields)

    @op("list_adsets", access="read", aliases=_ALIASES, also=("list_adsets_for_account",), then=("get_adset",))
    def iter(self, parent_id: str, *, fields: Fields = None, **params: Unpack[StatusList]) -> Edge[AdSet]:
        """List the ad sets of a campaign or an account. Page by page; an account is `act_…`.

        Meta leaves out archived and deleted ad sets unless `effective_status` names these statuses.

        >>> next(iter(fb.adsets.iter(campaign_id))).name
        'US 25-45'
        """
        parent = self._account_or(campaign.Campaign, parent_id, "parent_id")
        return self._edge(parent.get_ad_sets, AdSet, checked(StatusList, params), fields)

    @no_op("create_adset looks up the ids of its targeting first")
    def create(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[AdSetCreate]) -> AdSet:
        """Create an ad set. Default `status`: PAUSED.

        A budget (minor units or `"50.00 USD"`) is required unless the campaign has one. There is no default budget. A
        `lifetime_budget` requires `end_time`. Meta requires `targeting_automation.advantage_audience`, 0 or 1, and in
        the EU `dsa_beneficiary` and `dsa_payor`. Meta: ad-campaign, Creating.

        >>> fb.adsets.create("act_1", name="CA", campaign_id=campaign_id, daily_budget="10.00 USD",
        ...     optimization_goal="LINK_CLICKS", billing_event="IMPRESSIONS",
        ...     bid_strategy="LOWEST_COST_WITHOUT_CAP",
        ...     targeting={"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}},
        ... ).daily_budget
        1000
        """
        valid = self._validated("adset", AdSetCreate, params, account_id(ad_account_id))
        return self._create(self._account(ad_account_id).create_ad_set, AdSet, valid, fields)

    @no_op("update_adset looks up the ids of its targeting first")
    def update(self, adset_id: str, **params: Unpack[AdSetUpdate]) -> None:
        """Update an ad set. A new `targeting` replaces the old one as a whole.

        Meta accepts at most 4 budget changes per hour.

        >>> fb.adsets.update(adset_id, name="US 30-45")
        """
        changes = self._validated("adset", AdSetUpdate, params, node_id(adset_id, "adset_id"), update=True)
        self._change(self._sdk(sdk.AdSet, adset_id).api_update, changes)

    @no_op("duplicate_adset copies its ads too, however many")
    def copies(self, adset_id: str, **params: Unpack[AdSetCopy]) -> Copied:
        """Copy an ad set. Default `status_option`: PAUSED; default `deep_copy`: False, without its ads.

        The copy of an ad set that has ended starts now and runs as long as the original. `docs/meta-rules.md#copies`.

        >>> fb.adsets.copies(adset_id).id != adset_id
        True
        """
        node = self._node(sdk.AdSet, adset_id, "adset_id")
        valid = {"status_option": "PAUSED"} | self._checked(AdSetCopy, params)
        return self._transport.copy(self._call(node.create_copy, valid), "copied_adset_id")

    @op("delete_adset", effect="remove", cost="gone for good, with its ads")
    def delete(self, adset_id: str) -> None:
        """Delete an ad set and its ads. This is permanent; insights stay readable by id.

        >>> fb.adsets.delete(adset_id)
        """
        self._change(self._node(sdk.AdSet, adset_id, "adset_id").api_delete)
