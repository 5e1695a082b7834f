"""Create a campaign with one ad set, one image, one creative and one ad, all PAUSED.

On the live API give the Page that the ad speaks for:  python examples/launch_funnel.py PAGE_ID
"""

import sys

from _connect import connect

from admonster_fb.sandbox.picture import png

page_id = sys.argv[1] if len(sys.argv) > 1 else "1"
with connect() as fb:
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
    image = fb.adimages.create(fb.account, bytes=png())
    link_data = {"link": "https://example.com/", "message": "Warm feet all autumn.", "image_hash": image.hash}
    creative = fb.adcreatives.create(fb.account, object_story_spec={"page_id": page_id, "link_data": link_data})
    ad = fb.ads.create(fb.account, name="Shoes", adset_id=adset.id, creative={"creative_id": creative.id})
    for made in (campaign, adset, creative, ad):
        print(f"{type(made).__name__:<11} ID: {made.id}  {getattr(made, 'status', '')}")
    print(fb.ads.previews(ad_id=ad.id, ad_format="MOBILE_FEED_STANDARD")[0].body)
