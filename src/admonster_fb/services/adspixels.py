"""Pixels. https://developers.facebook.com/docs/marketing-api/reference/ads-pixel"""

from __future__ import annotations

import contextlib
from typing import Unpack

from facebook_business.adobjects import adspixel as sdk
from facebook_business.adobjects import business

from admonster_fb.errors import APIError, FacebookAdsError
from admonster_fb.models import adspixel as models
from admonster_fb.models._node import Node, objects_in
from admonster_fb.models.adspixel import AdsPixel, AdsPixelStats, EventQuality, PixelCheck, PixelCode
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id
from admonster_fb.transport.request import Call

op = ops_of("pixel", "adspixels")

_QUALITY = (
    "event_name",
    "event_match_quality{composite_score,match_key_feedback{identifier,coverage{percentage}},diagnostics}",
    *("acr{percentage,description}", "event_coverage{percentage,goal_percentage}", "dedupe_key_feedback"),
    *("data_freshness{upload_frequency}", "event_potential_aly_acr_increase"),
)
HAS_PIXEL_ALREADY = 6200  # Meta's error code if the ad account already has a pixel


class AdsPixels(ListingService):
    """The edge `adspixels` of an ad account or a business, and its nodes."""

    @op("get_pixel", access="read", aliases={"id": "pixel_id"}, then=("get_pixel_stats", "get_pixel_code"))
    def get(self, pixel_id: str, *, fields: Fields = None) -> AdsPixel:
        """Return a pixel. It has its owner and the time of its last event.

        >>> fb.adspixels.get(pixel_id).id == pixel_id
        True
        """
        return self._get(self._node(sdk.AdsPixel, pixel_id, "pixel_id"), AdsPixel, fields)

    @op("list_pixels", access="read", aliases={"ad_account_id": "parent_id"}, then=("get_pixel_stats",))
    def iter(self, parent_id: str, *, fields: Fields = None, **params: Unpack[models.AdsPixelList]) -> Edge[AdsPixel]:
        """List the pixels of an account or a business. Page by page; an account is `act_…`.

        >>> next(iter(fb.adspixels.iter("act_1"))).id.isdigit()
        True
        """
        parent = self._account_or(business.Business, parent_id, "parent_id")
        return self._edge(parent.get_ads_pixels, AdsPixel, checked(models.AdsPixelList, params), fields)

    @op("create_pixel", effect="create", cost="nothing; an ad account has one at most", then=("get_pixel_code",))
    def create(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[models.AdsPixelCreate]) -> AdsPixel:
        """Create a pixel.

        An ad account can have one pixel. Raises `APIError` with the existing pixel in its message if there is one.

        >>> fb.adspixels.create("act_3", name="Shop").name
        'Shop'
        """
        valid = self._checked(models.AdsPixelCreate, params)
        try:
            return self._create(self._account(ad_account_id).create_ads_pixel, AdsPixel, valid, fields)
        except APIError as error:
            if error.code == HAS_PIXEL_ALREADY:
                parent, found = account_id(ad_account_id), list[str]()
                with contextlib.suppress(FacebookAdsError):
                    found += [f'{pixel.id} "{pixel.name}"' for pixel in self.iter(parent, fields=["id", "name"])]
                existing = ", ".join(found) or "list_pixels shows it to users that it is shared with"
                error.message = f"{parent} already has a pixel: {existing}"
            raise

    @op("update_pixel", effect="update", cost="changes what the website reports", then=("get_pixel",))
    def update(self, pixel_id: str, **params: Unpack[models.AdsPixelUpdate]) -> None:
        """Update a pixel. It takes a name, automatic matching of customer data, and cookies.

        >>> fb.adspixels.update(pixel_id, name="Shop")
        """
        node = self._node(sdk.AdsPixel, pixel_id, "pixel_id")
        self._change(node.api_update, self._checked(models.AdsPixelUpdate, params))

    @op("get_pixel_code", access="read", aliases={"id": "pixel_id"}, also=("get_pixel_snippet",))
    def snippet(self, pixel_id: str) -> PixelCode:
        """Return a pixel's code. A website puts this HTML between <head> and </head> of each page.

        Raises `FacebookAdsError` if Meta does not return it because the user has no role on the pixel.

        >>> "fbq(" in fb.adspixels.snippet(pixel_id).code
        True
        """
        pixel = self.get(pixel_id, fields=["id", "name", "code"])
        if not pixel.code:
            raise FacebookAdsError("Meta returned no snippet of this pixel", advice="Ask for a role on it.", who="user")
        return PixelCode(pixel.id, pixel.code)

    @no_op("get_pixel_stats adds up the hours")
    def stats(self, pixel_id: str, **query: Unpack[models.AdsPixelStatsQuery]) -> Edge[AdsPixelStats]:
        """Return the events that a pixel received, hour by hour. Default `aggregation`: a count per event name.

        >>> sum(row["count"] for hour in fb.adspixels.stats(pixel_id) for row in hour.data or []) >= 0
        True
        """
        node = self._node(sdk.AdsPixel, pixel_id, "pixel_id")
        return self._edge(node.get_stats, AdsPixelStats, checked(models.AdsPixelStatsQuery, query), ())

    @no_op("get_pixel_health shows them")
    def checks(self, pixel_id: str) -> list[PixelCheck]:
        """Return Meta's checks of a pixel for catalog ads. Meta: ads-pixel, da_checks.

        >>> [check.result for check in fb.adspixels.checks(pixel_id)][-1]
        'unavailable'
        """
        node = self._node(sdk.AdsPixel, pixel_id, "pixel_id")
        return [*self._edge(node.get_da_checks, PixelCheck, {"connection_method": "ALL"}, ())]

    @no_op("get_pixel_health shows it")
    def quality(self, pixel_id: str) -> list[EventQuality]:
        """Return match quality, coverage and deduplication of a dataset's web events. It is at the root of the graph.

        Takes `ads_read`, and `ads_management` or `business_management`. Meta: dataset quality.

        >>> fb.adspixels.quality(pixel_id)[0].event_name
        'PageView'
        """
        query = {"dataset_id": node_id(pixel_id, "pixel_id"), "fields": f"web{{{','.join(_QUALITY)}}}"}
        found = self._transport.node(Call("GET", ("dataset_quality",), query), Node)
        return [EventQuality.from_api(row) for row in objects_in((found.model_extra or {}).get("web"))]
