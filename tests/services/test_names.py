"""Names survive whatever people put into them."""

from __future__ import annotations

from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.models.ad import Ad
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign

pytestmark = pytest.mark.thorough

NAMES = {
    "umlauts": "Herbstschuhe für Größe 44: 20 % Rabatt",
    "emoji": "Sale 🔥👟 👩‍👩‍👧‍👦",
    "right to left": "حملة الخريف — מבצע",
    "chinese": "秋季鞋子",
    "long": "x" * 400,
    "newline": "first\nsecond\ttab",
    "quotes": 'O\'Neil "the" \\ back/slash',
    "json": '{"a": [1]}',
    "number": "5000",
    "true": "true",
    "query": "a=b&c=d+e%20f#g?h",
    "template": "{result=a:$.id} {{campaign.name}}",
    "markup": "<b>bold</b> [red]",
    "spaces": "  both ends  ",
    "combining": "e\u0301 \u202e \ufeff",
}


@pytest.fixture(params=NAMES.values(), ids=NAMES.keys())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_name_of_any_kind_survives_a_create(fb: FacebookAds, name: str, adset_params: dict[str, Any]) -> None:
    campaign = fb.campaigns.create("act_1", name=name, objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    adset = fb.adsets.create("act_1", **{**adset_params, "name": name})
    assert (campaign.name, adset.name) == (name, name)
    assert (fb.campaigns.get(campaign.id).name, fb.adsets.get(adset.id).name) == (name, name)
    assert name in [each.name for each in fb.campaigns.list("act_1")]


def test_a_name_of_any_kind_survives_an_update(
    fb: FacebookAds, name: str, campaign: Campaign, adset: AdSet, ad: Ad
) -> None:
    fb.campaigns.update(campaign.id, name=name)
    fb.adsets.update(adset.id, name=name)
    fb.ads.update(ad.id, name=name)
    assert fb.campaigns.get(campaign.id).name == name
    assert fb.adsets.get(adset.id).name == name
    assert fb.ads.get(ad.id).name == name
