"""Ad sets. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount, campaign
from facebook_business.adobjects import adset as sdk
from typing_extensions import Unpack

from admonster_fb.models._params import checked
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetUpdate
from admonster_fb.models.common import StatusList
from admonster_fb.models.copies import AdSetCopy, Copied
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, account_or_node_id, node_id
from admonster_fb.transport.paging import Edge


class AdSets(Service):
    """The edge `adsets` and its nodes."""

    @op("get_adset", group="adset", access="read", then=("list_ads", "get_insights"))
    def get(self, adset_id: str, *, fields: Sequence[str] = AdSet.fields()) -> AdSet:
        """Read an ad set; a deleted one too.

        >>> fb.adsets.get(adset_id).billing_event
        'IMPRESSIONS'
        """
        node = self._sdk(sdk.AdSet, node_id(adset_id, "adset_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), AdSet)

    @no_op("list_adsets shows page by page what `iter` gives")
    def list(
        self, parent_id: str, *, fields: Sequence[str] = AdSet.fields(), **params: Unpack[StatusList]
    ) -> builtins.list[AdSet]:
        """Read all ad sets of a campaign, or of an account (`act_…`), to the last page.

        >>> [adset.name for adset in fb.adsets.list(campaign_id)]
        ['US 25-45']
        """
        return [*self.iter(parent_id, fields=fields, **params)]

    @op(
        "list_adsets",
        group="adset",
        access="read",
        aliases={"status": "effective_status", "campaign_id": "parent_id", "ad_account_id": "parent_id"},
        then=("get_adset",),
    )
    def iter(
        self, parent_id: str, *, fields: Sequence[str] = AdSet.fields(), **params: Unpack[StatusList]
    ) -> Edge[AdSet]:
        """Read the ad sets of a campaign, or of an account (`act_…`), page by page as they are wanted.

        >>> next(iter(fb.adsets.iter(campaign_id))).name
        'US 25-45'
        """
        kind = adaccount.AdAccount if str(parent_id).startswith("act_") else campaign.Campaign
        parent = self._sdk(kind, account_or_node_id(parent_id, "parent_id"))
        return self._transport.edge(self._call(parent.get_ad_sets, checked(StatusList, params), fields), AdSet)

    @no_op("create_adset looks up the ids of its targeting first")
    def create(
        self, ad_account_id: str, *, fields: Sequence[str] = AdSet.fields(), **params: Unpack[AdSetCreate]
    ) -> AdSet:
        """Create an ad set; it starts PAUSED unless `status` says otherwise.

        A budget (minor units or `"50.00 USD"`) is needed unless the campaign has one, and is never defaulted; a
        `lifetime_budget` needs `end_time`. Meta wants `targeting_automation.advantage_audience` said, 0 or 1, and for
        the EU `dsa_beneficiary` and `dsa_payor`. Meta: ad-campaign, Creating.

        >>> fb.adsets.create("act_1", name="CA", campaign_id=campaign_id, daily_budget="10.00 USD",
        ...     optimization_goal="LINK_CLICKS", billing_event="IMPRESSIONS",
        ...     bid_strategy="LOWEST_COST_WITHOUT_CAP",
        ...     targeting={"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}},
        ... ).daily_budget
        1000
        """
        parent = account_id(ad_account_id)
        said = self._ready("adset", AdSetCreate, params, parent)
        account = self._sdk(adaccount.AdAccount, parent)
        return self._transport.create(self._call(account.create_ad_set, said, fields), AdSet)

    @no_op("update_adset looks up the ids of its targeting first")
    def update(self, adset_id: str, **params: Unpack[AdSetUpdate]) -> None:
        """Change an ad set. `targeting` replaces the old as a whole; a budget can change 4 times an hour.

        >>> fb.adsets.update(adset_id, name="US 30-45")
        """
        changes = self._ready("adset", AdSetUpdate, params, node_id(adset_id, "adset_id"), update=True)
        self._transport.change(self._call(self._sdk(sdk.AdSet, adset_id).api_update, changes))

    @no_op("duplicate_adset copies its ads too, however many")
    def copies(self, adset_id: str, **params: Unpack[AdSetCopy]) -> Copied:
        """Copy an ad set, PAUSED unless `status_option` says otherwise; without its ads unless `deep_copy`.

        One that has ended begins now, for as long as the first. `api_facts.md` section 1.6.

        >>> fb.adsets.copies(adset_id).id != adset_id
        True
        """
        node = self._sdk(sdk.AdSet, node_id(adset_id, "adset_id"))
        said = {"status_option": "PAUSED"} | checked(AdSetCopy, params)
        return self._transport.copy(self._call(node.create_copy, said), "copied_adset_id")

    @op(
        "delete_adset",
        group="adset",
        access="destroy",
        effect="remove",
        changes="adsets",
        past="deleted",
        cost="gone for good, with its ads",
    )
    def delete(self, adset_id: str) -> None:
        """Delete an ad set with its ads, for good; its figures stay readable by id.

        >>> fb.adsets.delete(adset_id)
        """
        self._transport.change(self._call(self._sdk(sdk.AdSet, node_id(adset_id, "adset_id")).api_delete))
