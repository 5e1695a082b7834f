"""Ad creatives. https://developers.facebook.com/docs/marketing-api/reference/ad-creative"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import adcreative as sdk

from admonster_fb.models.adcreative import AdCreative, AdCreativeCreate, AdCreativeUpdate
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id

op = ops_of("creative", "adcreatives")


class AdCreatives(ListingService):
    """The edge `adcreatives` of an ad account, and its nodes."""

    @op("get_creative", access="read", then=("preview_ad",))
    def get(self, creative_id: str, *, fields: Fields = None) -> AdCreative:
        """Return a creative.

        >>> fb.adcreatives.get(creative_id).object_story_spec["link_data"]["link"]
        'https://example.com/'
        """
        return self._get(self._node(sdk.AdCreative, creative_id, "creative_id"), AdCreative, fields)

    @op("list_creatives", access="read", then=("get_creative", "preview_ad"))
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[AdCreative]:
        """List the creatives of an ad account. Page by page.

        Meta returns at most 50,000 creatives.

        >>> next(iter(fb.adcreatives.iter("act_1", fields=["id"]))).id.isdigit()
        True
        """
        return self._edge(self._account(ad_account_id).get_ad_creatives, AdCreative, checked(EdgeList, params), fields)

    @no_op("create_creative takes plain arguments, and Meta's spec too")
    def create(
        self, ad_account_id: str, *, fields: Fields = ("id", "name"), **params: Unpack[AdCreativeCreate]
    ) -> AdCreative:
        """Create a creative from one source: a new post (`object_story_spec`), an existing one, or an asset feed.

        If the account has a creative with the same content, Meta returns that one. Meta: ad-creative, Creating.

        >>> fb.adcreatives.create("act_1", name="Autumn", object_story_spec={"page_id": "1", "link_data": {
        ...     "link": "https://example.com/", "image_hash": image_hash, "message": "New in"}}).id.isdigit()
        True
        """
        valid = self._validated("creative", AdCreativeCreate, params, account_id(ad_account_id))
        return self._create(self._account(ad_account_id).create_ad_creative, AdCreative, valid, fields)

    @op("update_creative", effect="update", cost="nothing")
    def update(self, creative_id: str, **params: Unpack[AdCreativeUpdate]) -> None:
        """Update a creative. Name, status, labels; its content cannot change: create another creative for the ad.

        >>> fb.adcreatives.update(creative_id, name="Autumn 2")
        """
        owner = node_id(creative_id, "creative_id")
        changes = self._validated("creative", AdCreativeUpdate, params, owner, update=True)
        self._change(self._sdk(sdk.AdCreative, creative_id).api_update, changes)

    @op("delete_creative", effect="remove", cost="gone for good")
    def delete(self, creative_id: str) -> None:
        """Delete a creative. Meta refuses if an ad uses it.

        >>> fb.adcreatives.delete(unused_creative_id)
        """
        self._change(self._node(sdk.AdCreative, creative_id, "creative_id").api_delete)
