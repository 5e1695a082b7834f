"""Putting objects away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admonster_fb.operation import op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_COST = "stops delivery; cannot be made active again, only deleted"


@op(
    "archive_campaign",
    group="campaign",
    access="destroy",
    effect="remove",
    changes="campaigns",
    past="archived",
    cost=_COST,
)
def archive_campaign(fb: FacebookAds, campaign_id: str) -> None:
    """Archive a campaign: it stops, leaves the lists and keeps its figures.

    >>> archive_campaign(fb, campaign_id)
    """
    fb.campaigns.update(campaign_id, status="ARCHIVED")


@op("archive_adset", group="adset", access="destroy", effect="remove", changes="adsets", past="archived", cost=_COST)
def archive_adset(fb: FacebookAds, adset_id: str) -> None:
    """Archive an ad set: it stops, leaves the lists and keeps its figures.

    >>> archive_adset(fb, adset_id)
    """
    fb.adsets.update(adset_id, status="ARCHIVED")


@op("archive_ad", group="ad", access="destroy", effect="remove", changes="ads", past="archived", cost=_COST)
def archive_ad(fb: FacebookAds, ad_id: str) -> None:
    """Archive an ad: it stops, leaves the lists and keeps its figures.

    >>> archive_ad(fb, ad_id)
    """
    fb.ads.update(ad_id, status="ARCHIVED")
