"""Ads. https://developers.facebook.com/docs/marketing-api/reference/adgroup"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import ad as sdk
from facebook_business.adobjects import adcreative, adset

from admonster_fb.enums import AdFormat
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models.ad import Ad, AdCreate, AdPreview, AdUpdate
from admonster_fb.models.common import StatusList
from admonster_fb.models.copies import AdCopy, Copied
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id

op = ops_of("ad", "ads")
_ALIASES = {
    **dict.fromkeys(("status", "status_filter"), "effective_status"),
    **dict.fromkeys(("adset_id", "campaign_id", "ad_account_id"), "parent_id"),
}


class Ads(ListingService):
    """The edge `ads` of an ad account, a campaign or an ad set, its nodes and their previews."""

    @op("get_ad", access="read", then=("preview_ad", "get_insights"))
    def get(self, ad_id: str, *, fields: Fields = None) -> Ad:
        """Return an ad. Works for deleted ads too.

        >>> fb.ads.get(ad_id).effective_status
        'PENDING_REVIEW'
        """
        return self._get(self._node(sdk.Ad, ad_id, "ad_id"), Ad, fields)

    @op("list_ads", access="read", aliases=_ALIASES, then=("get_ad",))
    def iter(self, parent_id: str, *, fields: Fields = None, **params: Unpack[StatusList]) -> Edge[Ad]:
        """List the ads of an ad set, a campaign or an account. Page by page; an account is `act_…`.

        What they say: fields=["name", "creative{object_story_spec,asset_feed_spec,body}"]. Meta leaves out archived and
        deleted ads unless `effective_status` names these statuses.

        >>> next(iter(fb.ads.iter(adset_id))).name
        'Autumn ad'
        """
        # Campaigns have the same edge. Of the SDK object only the path is used.
        parent = self._account_or(adset.AdSet, parent_id, "parent_id")
        return self._edge(parent.get_ads, Ad, checked(StatusList, params), fields)

    @op("create_ad", effect="create", aliases={"creative_id": "creative"}, then=("preview_ad",))
    @costs("nothing while PAUSED; what its ad set may spend once ACTIVE")
    def create(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[AdCreate]) -> Ad:
        """Create an ad. Default `status`: PAUSED. Meta reviews it in any status.

        >>> fb.ads.create("act_1", name="A", adset_id=adset_id, creative={"creative_id": creative_id}).status
        'PAUSED'
        """
        valid = self._validated("ad", AdCreate, params, account_id(ad_account_id))
        return self._create(self._account(ad_account_id).create_ad, Ad, valid, fields)

    @op("update_ad", effect="update", aliases={"creative_id": "creative"}, then=("get_ad",))
    @costs("status=ACTIVE can spend")
    def update(self, ad_id: str, **params: Unpack[AdUpdate]) -> None:
        """Update an ad. After a change of the creative, Meta reviews the ad again.

        >>> fb.ads.update(ad_id, status="PAUSED")
        """
        changes = self._validated("ad", AdUpdate, params, node_id(ad_id, "ad_id"), update=True)
        self._change(self._sdk(sdk.Ad, ad_id).api_update, changes)

    @no_op("duplicate_ad gives the copy a name")
    def copies(self, ad_id: str, **params: Unpack[AdCopy]) -> Copied:
        """Copy an ad with its creative. Default `status_option`: PAUSED. `docs/meta-rules.md#copies`.

        >>> fb.ads.copies(ad_id, adset_id=adset_id).id != ad_id
        True
        """
        node = self._node(sdk.Ad, ad_id, "ad_id")
        valid = {"status_option": "PAUSED"} | self._checked(AdCopy, params)
        return self._transport.copy(self._call(node.create_copy, valid), "copied_ad_id")

    @op("delete_ad", effect="remove", cost="gone for good")
    def delete(self, ad_id: str) -> None:
        """Delete an ad. Its insights stay readable by id.

        >>> fb.ads.delete(ad_id)
        """
        self._change(self._node(sdk.Ad, ad_id, "ad_id").api_delete)

    @op("preview_ad", access="read", also=("preview_creative",))
    def previews(
        self, *, ad_format: AdFormat | str, ad_id: str | None = None, creative_id: str | None = None
    ) -> list[AdPreview]:
        """Return the preview of an ad or a creative. It is HTML of one placement, with an iframe that expires.

        Raises `ParameterError` unless exactly one of `ad_id` and `creative_id` is passed.

        >>> fb.ads.previews(ad_id=ad_id, ad_format="MOBILE_FEED_STANDARD")[0].body.startswith("<iframe")
        True
        """
        if (ad_id is None) == (creative_id is None):
            raise ParameterError([Violation("ad_id", ad_id or MISSING, "exactly one of ad_id and creative_id")])
        if not isinstance(ad_format, str):
            raise ParameterError([Violation("ad_format", ad_format, 'a placement such as "MOBILE_FEED_STANDARD"')])
        if creative_id is not None:
            node = self._node(adcreative.AdCreative, creative_id, "creative_id")
        else:
            node = self._node(sdk.Ad, ad_id or "", "ad_id")
        return [*self._edge(node.get_previews, AdPreview, {"ad_format": ad_format}, ())]
