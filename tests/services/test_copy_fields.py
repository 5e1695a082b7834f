"""A copy keeps all or says what it cannot: every field of Meta's SDK is carried, derived, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.models.ad import Ad
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import GraphError, Sandbox, spec
from admonster_fb.workflows.creative import CreativeParts
from admonster_fb.workflows.duplicate.copy import duplicate_adset, duplicate_campaign
from admonster_fb.workflows.duplicate.fields import COPY_FIELDS, losses
from admonster_fb.workflows.duplicate.rebuild import rebuild

SDK = json.loads(Path(spec.__file__).with_name("sdk_spec.json").read_text())
KINDS = {"campaigns": "Campaign", "adsets": "AdSet", "ads": "Ad", "adcreatives": "AdCreative"}
LATER: Any = {"time_start": "2026-12-01T09:00:00+0000", "time_end": "2026-12-02T09:00:00+0000"}


@table("edge", KINDS)
def test_the_table_has_every_field_of_the_sdk_once(edge: str) -> None:
    fields = COPY_FIELDS[edge]
    writable = SDK["endpoints"]["AdAccount"][f"POST {edge}"]["params"]
    judged = fields.carried | fields.derived | fields.refused
    assert {*SDK["fields"][KINDS[edge]], *writable} - judged == set()
    assert not fields.carried & fields.derived
    assert not fields.derived & fields.refusable
    both = {*SDK["fields"][KINDS[edge]]} & {*writable}
    assert fields.refusable <= both, "refused is only what Meta could read and write"


@pytest.mark.thorough
@table("edge", ["campaigns", "adsets", "ads"], fresh=True)
def test_every_refused_field_is_refused_by_name_unless_allowed(
    fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, adset: AdSet, ad: Ad, edge: str
) -> None:
    source = {"campaigns": campaign.id, "adsets": adset.id, "ads": ad.id}[edge]
    names = sorted(COPY_FIELDS[edge].refused)
    for name in names:
        sandbox.change(source, **{name: 7})
    with pytest.raises(ParameterError) as refused:
        rebuild(fb, campaign.id, "B", {"countries": ["CA"]}, deep=True)
    assert sorted(each.field for each in refused.value.violations) == [f"{edge}.{source}.{name}" for name in names]
    rebuild(fb, campaign.id, "B", {"countries": ["CA"]}, deep=True, allow_loss=names)
    with pytest.raises(ParameterError, match=names[0]):
        rebuild(fb, campaign.id, "B", {"countries": ["CA"]}, deep=True, allow_loss=names[1:])


def test_a_field_that_meta_does_not_have_hides_no_other(fb: FacebookAds, sandbox: Sandbox, adset: AdSet) -> None:
    first, *names = sorted(COPY_FIELDS["adsets"].refused)
    for name in (first, *names):
        sandbox.change(adset.id, **{name: 7})
    sandbox.fail_next(f"GET {adset.id}", GraphError(100), times=2)  # all at once, then the first alone
    found = [each.field for each in losses(fb, {"adsets": [adset.id]}, [])]
    assert found == [f"adsets.{adset.id}.{name}" for name in names]


@pytest.mark.thorough
def test_every_refused_field_of_a_creative_is_refused_where_it_is_created_anew(
    fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, ad: Ad
) -> None:
    assert ad.creative
    names = sorted(COPY_FIELDS["adcreatives"].refused)
    sandbox.change(ad.creative.id, **dict.fromkeys(names, "x"))
    rebuild(fb, campaign.id, "B", {"countries": ["CA"]}, deep=True)  # the copy has the same creative
    with pytest.raises(ParameterError) as refused:
        rebuild(fb, campaign.id, "B", {"url_tags": "a=b"}, deep=True)
    assert [each.field.rpartition(".")[2] for each in refused.value.violations] == names


CARRIED: dict[str, Any] = {
    "adlabels": [{"id": "9", "name": "Spring"}],
    "tracking_specs": [{"action.type": ["offsite_conversion"], "fb_pixel": ["1"]}],
    "engagement_audience": True,
    "ad_schedule_start_time": "2026-12-01T09:00:00+0000",
    "ad_schedule_end_time": "2026-12-09T09:00:00+0000",
    "degrees_of_freedom_spec": {"creative_features_spec": {"image_touchups": {"enroll_status": "OPT_OUT"}}},
    "is_skadnetwork_attribution": True,
    "spend_cap": 50_000,
}
ELSEWHERE = {"object_story_id", "source_instagram_media_id", "asset_feed_spec", "object_story_spec"}
"""Other sources of a creative's content: one has only one."""


def test_every_carried_field_of_ads_and_creatives_arrives(
    fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, ad: Ad
) -> None:
    assert ad.creative
    ads = COPY_FIELDS["ads"].carried - {"creative"}
    creatives = COPY_FIELDS["adcreatives"].carried - ELSEWHERE
    sandbox.change(ad.id, **{name: CARRIED.get(name, "example.com") for name in ads})
    sandbox.change(ad.creative.id, **{name: CARRIED.get(name, {"a": "b"}) for name in creatives})
    [adset] = rebuild(fb, campaign.id, "B", {"url_tags": "a=b"}, deep=True).spec["adsets"]
    [copy] = adset["ads"]
    assert ads <= copy.keys()
    assert creatives - {"degrees_of_freedom_spec"} <= copy["creative"].keys() <= CreativeParts.__annotations__.keys()
    assert copy["creative"]["creative_features"] == {"image_touchups": "OPT_OUT"}
    assert copy["adlabels"] == [{"name": "Spring"}]


def test_every_carried_field_of_a_campaign_arrives(fb: FacebookAds, sandbox: Sandbox, campaign: Campaign) -> None:
    budget = {"is_adset_budget_sharing_enabled", "lifetime_budget"}  # not beside a daily campaign budget
    names = COPY_FIELDS["campaigns"].carried - budget
    values = {**CARRIED, "daily_budget": "5000", "special_ad_categories": [], "pacing_type": ["standard"]}
    values |= dict.fromkeys(("start_time", "stop_time"), "2026-12-01T09:00:00+0000")
    values |= {"promoted_object": {"product_catalog_id": "1"}, "special_ad_category_country": ["US"]}
    own = {name for name in ("objective", "buying_type") if getattr(campaign, name)}
    sandbox.change(campaign.id, **{name: values.get(name, "X") for name in names - own})
    assert names <= rebuild(fb, campaign.id, "B", {}, deep=False).spec["campaign"].keys()


@pytest.mark.thorough
def test_budget_schedules_are_named_by_every_copy(fb: FacebookAds, adset: AdSet, ad: Ad) -> None:
    fb.budget_schedules.create(adset.id, budget_value=3000, budget_value_type="ABSOLUTE", **LATER)
    tool = FacebookTool(fb)
    for op, args in (
        ("duplicate_campaign", {"campaign_id": adset.campaign_id}),
        ("duplicate_campaign", {"campaign_id": adset.campaign_id, "countries": ["CA"]}),
        ("duplicate_adset", {"adset_id": adset.id}),
        ("duplicate_adset", {"adset_id": adset.id, "countries": ["CA"]}),
    ):
        refused = tool.call({"op": op, "args": args})
        assert not refused.ok, op
        assert f'adsets.{adset.id}.budget_schedules: given "1 ahead"' in refused.text, refused.text
        assert tool.call({"op": op, "args": {**args, "allow_loss": ["budget_schedules"]}}).ok
    with pytest.raises(ParameterError, match="budget_schedules"):
        duplicate_campaign(fb, str(adset.campaign_id))
    assert duplicate_campaign(fb, str(adset.campaign_id), deep=False).complete


@pytest.mark.thorough
def test_countries_of_an_ad_set_replace_its_locations_only(fb: FacebookAds, adset: AdSet, ad: Ad) -> None:
    copy = fb.adsets.get(duplicate_adset(fb, adset.id, countries=["CA"]).id)
    assert copy.targeting
    assert adset.targeting
    assert (copy.targeting.geo_locations or {})["countries"] == ["CA"]
    assert copy.targeting.age_min == adset.targeting.age_min
    plan = FacebookTool(fb).call({"op": "duplicate_adset", "args": {"adset_id": adset.id, "countries": ["CA"]}})
    assert " in CA" in plan.text, plan.text
