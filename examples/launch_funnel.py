"""Create a campaign with one ad set, one image, one creative and one ad, all PAUSED.

On the live API, give the Page that the ad speaks for:  python examples/launch_funnel.py PAGE_ID [IMAGE]
"""

import sys
from pathlib import Path

from _connect import confirm, connect

from admonster_fb.sandbox import png

page_id = sys.argv[1] if len(sys.argv) > 1 else "1"
picture = Path(sys.argv[2]).read_bytes() if len(sys.argv) > 2 else png()
with connect() as fb:
    confirm(fb, f"create an image, a creative of Page {page_id}, a campaign, an ad set and an ad, all PAUSED")
    # First what a wrong Page would stop: then nothing is left half made.
    image = fb.adimages.create(fb.account, bytes=picture)
    link_data = {"link": "https://example.com/", "message": "Warm feet all autumn.", "image_hash": image.hash}
    creative = fb.adcreatives.create(fb.account, object_story_spec={"page_id": page_id, "link_data": link_data})
    campaign = fb.campaigns.create(
        fb.account, name="Autumn shoes", objective="OUTCOME_TRAFFIC", special_ad_categories=[]
    )
    adset = fb.adsets.create(
        fb.account,
        name="US 25-45",
        campaign_id=campaign.id,
        daily_budget=2000,  # minor units of the account's currency; or "20.00 USD"
        bid_strategy="LOWEST_COST_WITHOUT_CAP",
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    )
    ad = fb.ads.create(fb.account, name="Shoes", adset_id=adset.id, creative={"creative_id": creative.id})
    print(f"{'AdCreative':<11} ID: {creative.id}")
    for made in (campaign, adset, ad):
        print(f"{type(made).__name__:<11} ID: {made.id}  {made.status}")
    print(fb.ads.previews(ad_id=ad.id, ad_format="MOBILE_FEED_STANDARD")[0].body)
