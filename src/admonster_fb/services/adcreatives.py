"""Ad creatives. https://developers.facebook.com/docs/marketing-api/reference/ad-creative"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import adcreative as sdk
from typing_extensions import Unpack

from admonster_fb.models._params import checked
from admonster_fb.models.adcreative import AdCreative, AdCreativeCreate, AdCreativeUpdate
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge


class AdCreatives(Service):
    """The edge `adcreatives` and its nodes."""

    @op("get_creative", group="creative", access="read", then=("preview_ad",))
    def get(self, creative_id: str, *, fields: Sequence[str] = AdCreative.fields()) -> AdCreative:
        """Read a creative.

        >>> fb.adcreatives.get(creative_id).object_story_spec["link_data"]["link"]
        'https://example.com/'
        """
        node = self._sdk(sdk.AdCreative, node_id(creative_id, "creative_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), AdCreative)

    @no_op("list_creatives shows page by page what `iter` gives")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = AdCreative.fields(), **params: Unpack[EdgeList]
    ) -> builtins.list[AdCreative]:
        """Read all creatives of an account, to the last page (Meta stops at 50,000).

        >>> creative_id in [creative.id for creative in fb.adcreatives.list("act_1")]
        True
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @op("list_creatives", group="creative", access="read", then=("get_creative", "preview_ad"))
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = AdCreative.fields(), **params: Unpack[EdgeList]
    ) -> Edge[AdCreative]:
        """Read the creatives of an account, page by page as they are wanted.

        >>> next(iter(fb.adcreatives.iter("act_1", fields=["id"]))).id.isdigit()
        True
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(account.get_ad_creatives, checked(EdgeList, params), fields), AdCreative)

    @no_op("create_creative takes plain arguments, and Meta's spec too")
    def create(
        self, ad_account_id: str, *, fields: Sequence[str] = ("id", "name"), **params: Unpack[AdCreativeCreate]
    ) -> AdCreative:
        """Create a creative from one source: a new post (`object_story_spec`), an existing one, or an asset feed.

        The same content again returns the creative there is. Meta: ad-creative, Creating.

        >>> fb.adcreatives.create("act_1", name="Autumn", object_story_spec={"page_id": "1", "link_data": {
        ...     "link": "https://example.com/", "image_hash": image_hash, "message": "New in"}}).id.isdigit()
        True
        """
        parent = account_id(ad_account_id)
        said = self._ready("creative", AdCreativeCreate, params, parent)
        account = self._sdk(adaccount.AdAccount, parent)
        return self._transport.create(self._call(account.create_ad_creative, said, fields), AdCreative)

    @op(
        "update_creative",
        group="creative",
        access="write",
        effect="update",
        changes="adcreatives",
        past="updated",
        cost="nothing",
    )
    def update(self, creative_id: str, **params: Unpack[AdCreativeUpdate]) -> None:
        """Change a creative's name, status or labels: all else is fixed. Create another one and give it to the ad.

        >>> fb.adcreatives.update(creative_id, name="Autumn 2")
        """
        changes = self._ready("creative", AdCreativeUpdate, params, node_id(creative_id, "creative_id"), update=True)
        self._transport.change(self._call(self._sdk(sdk.AdCreative, creative_id).api_update, changes))

    @op(
        "delete_creative",
        group="creative",
        access="destroy",
        effect="remove",
        changes="adcreatives",
        past="deleted",
        cost="gone for good",
    )
    def delete(self, creative_id: str) -> None:
        """Delete a creative that no ad uses.

        >>> fb.adcreatives.delete(unused_creative_id)
        """
        self._transport.change(self._call(self._sdk(sdk.AdCreative, node_id(creative_id, "creative_id")).api_delete))
