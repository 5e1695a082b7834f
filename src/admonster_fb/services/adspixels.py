"""Pixels. https://developers.facebook.com/docs/marketing-api/reference/ads-pixel"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount, business
from facebook_business.adobjects import adspixel as sdk
from typing_extensions import Unpack

from admonster_fb.errors import APIError, FacebookAdsError
from admonster_fb.models._params import checked
from admonster_fb.models.adspixel import (
    AdsPixel,
    AdsPixelCreate,
    AdsPixelList,
    AdsPixelStats,
    AdsPixelStatsQuery,
    AdsPixelUpdate,
    PixelCode,
)
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, account_or_node_id, node_id
from admonster_fb.transport.paging import Edge

SECOND = 6200
"""Meta's code where an ad account has a pixel already."""


class AdsPixels(Service):
    """The edge `adspixels` of an ad account or a business, and its nodes."""

    @op(
        "get_pixel",
        group="pixel",
        access="read",
        aliases={"id": "pixel_id"},
        then=("get_pixel_stats", "get_pixel_code"),
    )
    def get(self, pixel_id: str, *, fields: Sequence[str] = AdsPixel.fields()) -> AdsPixel:
        """Read a pixel: whose it is, and when it last fired.

        >>> fb.adspixels.get(pixel_id).id == pixel_id
        True
        """
        node = self._sdk(sdk.AdsPixel, node_id(pixel_id, "pixel_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), AdsPixel)

    @no_op("list_pixels shows page by page what `iter` gives")
    def list(
        self, parent_id: str, *, fields: Sequence[str] = AdsPixel.fields(), **params: Unpack[AdsPixelList]
    ) -> builtins.list[AdsPixel]:
        """Read all pixels of an ad account (`act_…`) or a business, to the last page.

        >>> pixel_id in [pixel.id for pixel in fb.adspixels.list("act_1")]
        True
        """
        return [*self.iter(parent_id, fields=fields, **params)]

    @op("list_pixels", group="pixel", access="read", aliases={"ad_account_id": "parent_id"}, then=("get_pixel_stats",))
    def iter(
        self, parent_id: str, *, fields: Sequence[str] = AdsPixel.fields(), **params: Unpack[AdsPixelList]
    ) -> Edge[AdsPixel]:
        """Read the pixels of an ad account (`act_…`) or a business, page by page as they are wanted.

        >>> next(iter(fb.adspixels.iter("act_1"))).id.isdigit()
        True
        """
        kind = adaccount.AdAccount if str(parent_id).startswith("act_") else business.Business
        parent = self._sdk(kind, account_or_node_id(parent_id, "parent_id"))
        return self._transport.edge(self._call(parent.get_ads_pixels, checked(AdsPixelList, params), fields), AdsPixel)

    @op(
        "create_pixel",
        group="pixel",
        access="write",
        effect="create",
        changes="adspixels",
        past="created",
        cost="nothing; an ad account has one at most",
        then=("get_pixel_code",),
    )
    def create(
        self, ad_account_id: str, *, fields: Sequence[str] = AdsPixel.fields(), **params: Unpack[AdsPixelCreate]
    ) -> AdsPixel:
        """Create a pixel. An ad account has one at most: a second is refused, with the one there is named.

        >>> fb.adspixels.create("act_3", name="Shop").name
        'Shop'
        """
        parent = account_id(ad_account_id)
        account = self._sdk(adaccount.AdAccount, parent)
        call = self._call(account.create_ads_pixel, checked(AdsPixelCreate, params), fields)
        try:
            return self._transport.create(call, AdsPixel)
        except APIError as error:
            if error.code == SECOND:
                error.message = f"{parent} has a pixel already: {self._there(parent)}"
            raise

    def _there(self, parent: str) -> str:
        try:
            found = [f'{pixel.id} "{pixel.name}"' for pixel in self.list(parent, fields=["id", "name"])]
        except FacebookAdsError:
            found = []
        return ", ".join(found) or "list_pixels names it, for whom it is shared with"

    @op(
        "update_pixel",
        group="pixel",
        access="write",
        effect="update",
        changes="adspixels",
        past="updated",
        cost="changes what the website reports",
        then=("get_pixel",),
    )
    def update(self, pixel_id: str, **params: Unpack[AdsPixelUpdate]) -> None:
        """Change a pixel: its name, which customer data it matches by itself, its cookies.

        >>> fb.adspixels.update(pixel_id, name="Shop")
        """
        node = self._sdk(sdk.AdsPixel, node_id(pixel_id, "pixel_id"))
        self._transport.change(self._call(node.api_update, checked(AdsPixelUpdate, params)))

    @op("get_pixel_code", group="pixel", access="read", aliases={"id": "pixel_id"}, also=("get_pixel_snippet",))
    def snippet(self, pixel_id: str) -> PixelCode:
        """Read the snippet that a website puts between <head> and </head> of each page.

        >>> "fbq(" in fb.adspixels.snippet(pixel_id).code
        True
        """
        pixel = self.get(pixel_id, fields=["id", "name", "code"])
        if not pixel.code:
            raise FacebookAdsError("Meta tells no snippet of this pixel", advice="Ask for a role on it.", who="user")
        return PixelCode(pixel.id, pixel.code)

    @no_op("get_pixel_stats adds up the hours")
    def stats(self, pixel_id: str, **query: Unpack[AdsPixelStatsQuery]) -> Edge[AdsPixelStats]:
        """Read what came in, hour by hour: how many of each event unless `aggregation` says otherwise.

        >>> sum(row["count"] for hour in fb.adspixels.stats(pixel_id) for row in hour.data or []) >= 0
        True
        """
        node = self._sdk(sdk.AdsPixel, node_id(pixel_id, "pixel_id"))
        return self._transport.edge(self._call(node.get_stats, checked(AdsPixelStatsQuery, query)), AdsPixelStats)
