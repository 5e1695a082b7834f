"""Write `ten_plans.txt`: ten plans as the person who pays for the ads reads them. `python tests/plans/ten_plans.py`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from plan_world import ADSET, CAMPAIGN, TARGETING

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox, png

PATH = Path(__file__).with_name("ten_plans.txt")
WOMEN: Any = {**TARGETING, "genders": [2], "age_min": 25, "age_max": 44}
WOMEN["flexible_spec"] = [{"interests": [{"id": "6003139266461", "name": "Movies"}]}]
ANYONE: Any = {"geo_locations": {"countries": ["DE"]}, "targeting_automation": {"advantage_audience": 1}}
EU = {"dsa_beneficiary": "Shop", "dsa_payor": "Shop"}


def plans() -> dict[str, str]:
    """Return the texts of ten plans by what the bot was asked for."""
    sandbox = Sandbox(history=0)
    fb = FacebookAds.sandbox(sandbox)
    tool = FacebookTool(fb)
    hero, fall = (str(fb.adimages.create("act_1", bytes=png(*size)).hash) for size in ((600, 600), (600, 601)))
    for number, image in enumerate(sandbox.objects("AdImage", "act_1")):
        sandbox.change(image["id"], name=("hero.png", "fall.png")[number])
    campaign = fb.campaigns.create("act_1", **CAMPAIGN).id
    adset = fb.adsets.create("act_1", campaign_id=campaign, **{**ADSET, "targeting": WOMEN}).id
    texts = {"link": "https://shop.example/", "message": "Warm feet for winter", "name": "Wool socks"}
    creatives = [
        fb.adcreatives.create("act_1", object_story_spec={"page_id": "1", "link_data": {**texts, **more}}).id
        for more in ({"image_hash": hero}, {"image_hash": fall, "link": "https://shop.example/fall"})
    ]
    ad = fb.ads.create("act_1", name="Socks", adset_id=adset, creative=creatives[0]).id
    ask: dict[str, tuple[str, dict[str, Any]]] = {
        "Start the campaign": ("update_campaign", {"campaign_id": campaign, "status": "ACTIVE"}),
        "Raise the budget of the ad set": ("update_adset", {"adset_id": adset, "daily_budget": "30.00 USD"}),
        "Show it to everyone in Germany": ("update_adset", {"adset_id": adset, "targeting": ANYONE, **EU}),
        "Only in the feed of Facebook": (
            "update_adset",
            {
                "adset_id": adset,
                "targeting": {**WOMEN, "publisher_platforms": ["facebook"], "facebook_positions": ["feed"]},
            },
        ),
        "Another picture and link": ("update_ad", {"ad_id": ad, "creative": creatives[1]}),
        "Optimize for people who stay": (
            "update_adset",
            {"adset_id": adset, "optimization_goal": "LANDING_PAGE_VIEWS"},
        ),
        "Copy the campaign": ("duplicate_campaign", {"campaign_id": campaign, "new_name": "Sale 2"}),
        "Copy the ad set to Canada": ("duplicate_adset", {"adset_id": adset, "countries": ["CA"]}),
        "Launch an autumn sale": (
            "launch_campaign",
            {
                "preset": "traffic",
                "campaign": {"name": "Autumn", "special_ad_categories": []},
                "adsets": [
                    {
                        "name": name,
                        "daily_budget": budget,
                        "targeting": targeting,
                        "start_time": "2026-12-01T09:00:00-0800",
                        "end_time": "2026-12-24T09:00:00-0800",
                        "ads": [{"name": f"{name} ad", "creative": {"page_id": "1", "image_hash": hero, **story}}],
                    }
                    for name, budget, targeting in (("Women", "20.00 USD", WOMEN), ("US", "15.00 USD", TARGETING))
                ],
            },
        ),
        "Delete the campaign": ("delete_campaign", {"campaign_id": campaign}),
    }
    for node_id in (adset, ad):
        sandbox.change(node_id, status="ACTIVE")
    found = {}
    for wish, (op, args) in ask.items():
        held = tool.call({"op": op, "args": args})
        both = f"{held.text}\n\nThe person is shown:\n\n{tool.shown(held.data)}"
        found[wish] = re.sub("plan_[0-9a-f]{20}", "plan_…", both)
        if wish == "Start the campaign":
            sandbox.change(campaign, status="ACTIVE")
    return found


story = {"link": "https://shop.example/autumn", "message": "Autumn is here", "headline": "Autumn sale"}


def text() -> str:
    return "\n\n".join(f"## {wish}\n\n{plan}" for wish, plan in plans().items()) + "\n"


if __name__ == "__main__":
    PATH.write_text(text())
