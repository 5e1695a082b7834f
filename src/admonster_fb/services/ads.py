"""Ads. https://developers.facebook.com/docs/marketing-api/reference/adgroup"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import ad as sdk
from facebook_business.adobjects import adaccount, adcreative, adset
from typing_extensions import Unpack

from admonster_fb.enums import AdFormat
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.ad import Ad, AdCreate, AdPreview, AdUpdate
from admonster_fb.models.common import StatusList
from admonster_fb.models.copies import AdCopy, Copied
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, account_or_node_id, node_id
from admonster_fb.transport.paging import Edge


class Ads(Service):
    """The edge `ads`, its nodes and their previews."""

    @op("get_ad", group="ad", access="read", then=("preview_ad", "get_insights"))
    def get(self, ad_id: str, *, fields: Sequence[str] = Ad.fields()) -> Ad:
        """Read an ad; a deleted one too.

        >>> fb.ads.get(ad_id).effective_status
        'PENDING_REVIEW'
        """
        return self._transport.node(self._call(self._sdk(sdk.Ad, node_id(ad_id, "ad_id")).api_get, fields=fields), Ad)

    @no_op("list_ads shows page by page what `iter` gives")
    def list(
        self, parent_id: str, *, fields: Sequence[str] = Ad.fields(), **params: Unpack[StatusList]
    ) -> builtins.list[Ad]:
        """Read all ads of an ad set, or of an account (`act_…`), to the last page.

        >>> [ad.name for ad in fb.ads.list(adset_id)]
        ['Autumn ad']
        """
        return [*self.iter(parent_id, fields=fields, **params)]

    @op(
        "list_ads",
        group="ad",
        access="read",
        aliases={
            "status": "effective_status",
            "adset_id": "parent_id",
            "campaign_id": "parent_id",
            "ad_account_id": "parent_id",
        },
        then=("get_ad",),
    )
    def iter(self, parent_id: str, *, fields: Sequence[str] = Ad.fields(), **params: Unpack[StatusList]) -> Edge[Ad]:
        """Read the ads of an ad set, a campaign, or an account (`act_…`), page by page as they are wanted.

        >>> next(iter(fb.ads.iter(adset_id))).name
        'Autumn ad'
        """
        # Campaign and ad set have the same edge; the SDK object only gives its path.
        kind = adaccount.AdAccount if str(parent_id).startswith("act_") else adset.AdSet
        parent = self._sdk(kind, account_or_node_id(parent_id, "parent_id"))
        return self._transport.edge(self._call(parent.get_ads, checked(StatusList, params), fields), Ad)

    @op(
        "create_ad",
        group="ad",
        access="write",
        effect="create",
        changes="ads",
        past="created",
        cost="nothing while PAUSED; what its ad set may spend once ACTIVE",
        aliases={"creative_id": "creative"},
        then=("preview_ad",),
    )
    def create(self, ad_account_id: str, *, fields: Sequence[str] = Ad.fields(), **params: Unpack[AdCreate]) -> Ad:
        """Create an ad; it starts PAUSED unless `status` says otherwise, and is reviewed either way.

        >>> fb.ads.create("act_1", name="A", adset_id=adset_id, creative={"creative_id": creative_id}).status
        'PAUSED'
        """
        parent = account_id(ad_account_id)
        said = self._ready("ad", AdCreate, params, parent)
        account = self._sdk(adaccount.AdAccount, parent)
        return self._transport.create(self._call(account.create_ad, said, fields), Ad)

    @op(
        "update_ad",
        group="ad",
        access="write",
        effect="update",
        changes="ads",
        past="updated",
        cost="status=ACTIVE can spend",
        aliases={"creative_id": "creative"},
        then=("get_ad",),
    )
    def update(self, ad_id: str, **params: Unpack[AdUpdate]) -> None:
        """Change an ad. Another creative sends it through review again.

        >>> fb.ads.update(ad_id, status="PAUSED")
        """
        changes = self._ready("ad", AdUpdate, params, node_id(ad_id, "ad_id"), update=True)
        self._transport.change(self._call(self._sdk(sdk.Ad, ad_id).api_update, changes))

    @no_op("duplicate_ad gives the copy a name")
    def copies(self, ad_id: str, **params: Unpack[AdCopy]) -> Copied:
        """Copy an ad with its creative, PAUSED unless `status_option` says otherwise. `api_facts.md` section 1.6.

        >>> fb.ads.copies(ad_id, adset_id=adset_id).id != ad_id
        True
        """
        node = self._sdk(sdk.Ad, node_id(ad_id, "ad_id"))
        said = {"status_option": "PAUSED"} | checked(AdCopy, params)
        return self._transport.copy(self._call(node.create_copy, said), "copied_ad_id")

    @op("delete_ad", group="ad", access="destroy", effect="remove", changes="ads", past="deleted", cost="gone for good")
    def delete(self, ad_id: str) -> None:
        """Delete an ad, for good; its figures stay readable by id.

        >>> fb.ads.delete(ad_id)
        """
        self._transport.change(self._call(self._sdk(sdk.Ad, node_id(ad_id, "ad_id")).api_delete))

    @op("preview_ad", group="ad", access="read")
    def previews(
        self, *, ad_format: AdFormat | str, ad_id: str | None = None, creative_id: str | None = None
    ) -> builtins.list[AdPreview]:
        """Show what an ad or a creative looks like in one placement: HTML with an iframe that expires.

        >>> fb.ads.previews(ad_id=ad_id, ad_format="MOBILE_FEED_STANDARD")[0].body.startswith("<iframe")
        True
        """
        sources = (("ad_id", sdk.Ad, ad_id), ("creative_id", adcreative.AdCreative, creative_id))
        given = [(name, kind, value) for name, kind, value in sources if value is not None]
        if len(given) != 1:
            raise ParameterError([Violation("ad_id", ad_id or MISSING, "exactly one of ad_id and creative_id")])
        if not isinstance(ad_format, str):
            raise ParameterError([Violation("ad_format", ad_format, 'a placement such as "MOBILE_FEED_STANDARD"')])
        [(name, kind, value)] = given
        node = self._sdk(kind, node_id(value, name))
        return [*self._transport.edge(self._call(node.get_previews, {"ad_format": ad_format}), AdPreview)]
