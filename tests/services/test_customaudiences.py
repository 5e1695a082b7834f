"""Audiences: made in every way, read in words, shared, deleted only with what depends on them in view."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tables import table

from admonster_fb import AudienceRule, FacebookAds, NotFoundError, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.models.audiences.custom import CustomAudience, Use
from admonster_fb.sandbox import LostResponse, Sandbox
from admonster_fb.workflows.audiences import create_custom_audience, create_lookalike_audience, create_lookalike_tiers

DAY = 86_400
LIST: Any = {"subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
PIXEL = "604381177220931"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def customers(fb: FacebookAds) -> CustomAudience:
    return fb.customaudiences.create("act_1", name="Customers", **LIST)


@pytest.fixture
def seed(fb: FacebookAds) -> CustomAudience:
    return next(each for each in fb.customaudiences.list("act_1") if each.size and each.size[0] >= 100)


def only_rule(audience: CustomAudience) -> dict[str, Any]:
    [rule] = audience.rule["inclusions"]["rules"]
    return dict(rule)


def test_a_list_reads_back_with_its_state_in_words(fb: FacebookAds, customers: CustomAudience) -> None:
    read = fb.customaudiences.get(customers.id)
    assert (read.name, read.subtype, read.account_id) == ("Customers", "CUSTOM", "1")
    assert read.time_created == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert read.status.startswith("empty: no people were uploaded")
    assert fb.customaudiences.get(customers.id, fields=["name"]).subtype is None


def test_a_size_is_a_range_or_not_told(fb: FacebookAds, seed: CustomAudience) -> None:
    low, high = seed.size or (0, 0)
    assert 100 <= low <= high
    assert CustomAudience(approximate_count_lower_bound=-1, approximate_count_upper_bound=-1).size is None
    assert CustomAudience().size is None


def test_a_state_not_in_the_table_is_told_in_metas_words() -> None:
    told = CustomAudience(operation_status={"code": 999, "description": "Being moved"}, delivery_status={"code": 200})
    assert told.status == "status 999: Being moved; ready for ads"


def test_all_pages_are_read(fb: FacebookAds) -> None:
    for number in range(7):
        fb.customaudiences.create("act_4", name=f"List {number}", **LIST)
    assert [each.name for each in fb.customaudiences.iter("act_4", limit=2)][:2] == ["List 6", "List 5"]
    assert len(fb.customaudiences.list("act_4", limit=3)) >= 7


def test_visitors_of_a_website(fb: FacebookAds) -> None:
    shoes = AudienceRule.website(PIXEL).visitors(days=30).url_contains("/shoes")
    made = fb.customaudiences.create(
        "act_1", name="Shoes", rule=shoes.excluding(AudienceRule.website(PIXEL).event("Purchase", days=180))
    )
    assert made.subtype == "WEBSITE", "told by the rule"
    assert only_rule(made) == {
        "event_sources": [{"id": PIXEL, "type": "pixel"}],
        "retention_seconds": 30 * DAY,
        "filter": {"operator": "and", "filters": [{"field": "url", "operator": "i_contains", "value": "/shoes"}]},
    }
    assert made.rule["exclusions"]["rules"][0]["retention_seconds"] == 180 * DAY
    again = fb.customaudiences.create("act_1", name="Shoes too", rule=AudienceRule.of(made.rule))
    assert again.rule == made.rule, "a rule that was read can be given again"


@table(("given", "kind", "days", "event"), [
        ({"pixel_id": PIXEL, "event": "Purchase"}, "pixel", 30, "Purchase"),
        ({"app_id": "7"}, "app", 30, "fb_mobile_activate_app"),
        ({"page_id": "108356564252733"}, "page", 365, "page_engaged"),
        ({"page_id": "108356564252733", "event": "page_messaged", "retention_days": 730}, "page", 730, "page_messaged"),
        ({"instagram_id": "17841400008460056", "retention_days": 90}, "ig_business", 90, "ig_business_profile_all"),
        ({"lead_form_id": "9", "event": "lead_generation_submitted"}, "lead", 90, "lead_generation_submitted"),
    ])  # fmt: skip
def test_plain_words_become_a_rule(fb: FacebookAds, given: Any, kind: str, days: int, event: str) -> None:
    rule = only_rule(create_custom_audience(fb, "act_1", name="People", **given))
    assert rule["event_sources"][0]["type"] == kind
    assert rule["retention_seconds"] == days * DAY
    assert rule["filter"]["filters"] == [{"field": "event", "operator": "eq", "value": event}]


def test_plain_words_for_urls_and_videos(fb: FacebookAds) -> None:
    made = create_custom_audience(fb, "act_1", name="Two", pixel_id=PIXEL, url_contains=["/a", "/b"], retention_days=14)
    [either] = only_rule(made)["filter"]["filters"]
    assert (either["operator"], [each["value"] for each in either["filters"]]) == ("or", ["/a", "/b"])
    video = fb.advideos.wait(fb.advideos.create("act_1", file_url="https://example.com/a.mp4").id).id
    watched = create_custom_audience(fb, "act_1", name="Half", video_ids=[video], event="video_view_50_percent")
    assert watched.rule == [{"object_id": video, "event_name": "video_view_50_percent"}]
    assert watched.subtype == "VIDEO", "sent as ENGAGEMENT, the one kind that needs a subtype"


@table(
    ("given", "field"),
    [
        ({"subtype": "CUSTOM"}, "customer_file_source"),
        ({"subtype": "WEBSITE"}, "rule"),
        ({"pixel_id": PIXEL, "page_id": "1"}, "pixel_id"),
        ({"pixel_id": PIXEL, "retention_days": 181}, "rule.inclusions.rules.0.retention_seconds"),
        ({"page_id": "1", "url_contains": ["/a"]}, "url_contains"),
        ({"pixel_id": PIXEL, "subtype": "CUSTOM"}, "subtype"),
        ({"lead_form_id": "9", "retention_days": 91}, "rule.inclusions.rules.0.retention_seconds"),
        ({"rule": {"inclusions": {"operator": "or", "rules": []}}}, "rule.inclusions"),
    ],
)
def test_what_makes_no_audience_is_refused_unsent(fb: FacebookAds, writes: Any, given: Any, field: str) -> None:
    with pytest.raises(ParameterError) as error:
        create_custom_audience(fb, "act_1", name="People", **given)
    assert field in [each.field for each in error.value.violations], error.value
    assert writes() == []


@pytest.mark.thorough
def test_a_lookalike_of_each_seed(fb: FacebookAds, seed: CustomAudience) -> None:
    campaign = fb.campaigns.list("act_1")[0].id
    people = create_lookalike_audience(fb, "act_1", name="A", origin_audience_id=seed.id, country="us", ratio=0.03)
    assert people.subtype == "LOOKALIKE"
    assert (people.lookalike_spec["ratio"], people.lookalike_spec["country"]) == (0.03, "US")
    buyers = create_lookalike_audience(fb, "act_1", name="B", campaign_ids=[campaign], target_countries=["US", "CA"])
    assert [each["id"] for each in buyers.lookalike_spec["origin"]] == [campaign]
    assert buyers.lookalike_spec["target_countries"] == ["US", "CA"]
    fans = create_lookalike_audience(fb, "act_1", name="C", page_id="108356564252733", country="US")
    assert fans.lookalike_spec["origin"][0]["id"] == "108356564252733"
    assert people.id in (fb.customaudiences.get(seed.id).lookalike_audience_ids or [])


def test_tiers_do_not_overlap_and_one_refused_keeps_the_others(fb: FacebookAds, sandbox: Sandbox, seed: Any) -> None:
    given: Any = {"origin_audience_id": seed.id, "country": "US"}
    tiers = create_lookalike_tiers(fb, "act_1", name="Like", tiers=[0.01, 0.03, 0.05], **given)
    specs = [tier.audience.lookalike_spec for tier in tiers if tier.audience]
    assert [(spec.get("starting_ratio"), spec["ratio"]) for spec in specs] == [(None, 0.01), (0.01, 0.03), (0.03, 0.05)]
    with pytest.raises(ParameterError) as error:
        create_lookalike_tiers(fb, "act_1", name="Like", tiers=[0.03, 0.01, 0.3], **given)
    assert {each.field for each in error.value.violations} == {"lookalike_spec.starting_ratio", "lookalike_spec.ratio"}


@table(
    ("given", "field"),
    [
        ({"country": "US"}, "origin_audience_id"),
        ({"country": "US", "origin_audience_id": "1", "page_id": "2"}, "origin_audience_id"),
        ({"origin_audience_id": "1"}, "target_countries"),
        ({"origin_audience_id": "1", "country": "USA"}, "target_countries"),
        ({"origin_audience_id": "1", "country": "US", "ratio": 0.015}, "lookalike_spec.ratio"),
        ({"origin_audience_id": "1", "country": "US", "starting_ratio": 0.02}, "lookalike_spec.starting_ratio"),
    ],
)
def test_what_makes_no_lookalike_is_refused_unsent(fb: FacebookAds, writes: Any, given: Any, field: str) -> None:
    with pytest.raises(ParameterError) as error:
        create_lookalike_audience(fb, "act_1", name="A", **given)
    assert field in [each.field for each in error.value.violations], error.value
    assert writes() == []


def test_an_update_changes_what_it_says(fb: FacebookAds, customers: CustomAudience) -> None:
    fb.customaudiences.update(customers.id, name="Customers 2026 👟", description="From the shop")
    read = fb.customaudiences.get(customers.id)
    assert (read.name, read.description) == ("Customers 2026 👟", "From the shop")
    with pytest.raises(ParameterError, match="retention_days"):
        fb.customaudiences.update(customers.id, retention_days=181)


@pytest.mark.thorough
def test_what_depends_on_an_audience_is_told_before_it_goes(fb: FacebookAds, seed: CustomAudience) -> None:
    like = create_lookalike_audience(fb, "act_1", name="Like", origin_audience_id=seed.id, country="US")
    goal: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    campaign = fb.campaigns.create("act_1", name="A", **goal)
    places = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    common: Any = {"campaign_id": campaign.id, "daily_budget": 2000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    common |= {"optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS"}
    uses: Any = {**places, "custom_audiences": [{"id": seed.id}]}
    without: Any = {**places, "excluded_custom_audiences": [{"id": seed.id}]}
    inside = fb.adsets.create("act_1", name="In", targeting=uses, **common)
    outside = fb.adsets.create("act_1", name="Out", targeting=without, **common)
    found = fb.customaudiences.dependants(seed.id)
    mine = {use.id: use for use in found.adsets if use.id in (inside.id, outside.id)}
    assert [mine[each.id].excludes for each in (inside, outside)] == [False, True]
    assert Use(like.id, "Like") in found.lookalikes
    with pytest.raises(ParameterError) as error:
        fb.customaudiences.delete(seed.id)
    assert like.id in str(error.value)
    assert inside.id in str(error.value)
    assert fb.customaudiences.get(seed.id).name == seed.name, "still there"
    fb.customaudiences.delete(seed.id, force=True)
    with pytest.raises(NotFoundError):
        fb.customaudiences.get(seed.id)


def test_an_audience_that_nothing_needs_goes_at_once(fb: FacebookAds, customers: CustomAudience) -> None:
    fb.customaudiences.delete(customers.id)
    with pytest.raises(NotFoundError):
        fb.customaudiences.get(customers.id)
    with pytest.raises(ParameterError, match="force"):
        fb.customaudiences.delete(customers.id, force="yes")  # type: ignore[arg-type]


def test_sharing_and_taking_back(fb: FacebookAds, customers: CustomAudience) -> None:
    [told] = fb.customaudiences.share(customers.id, ad_account_ids=["act_2"], permissions="targeting")
    assert (told.ad_acct_id, told.errors or []) == ("2", [])
    assert "act_2" in {f"act_{each.id.removeprefix('act_')}" for each in fb.customaudiences.accounts(customers.id)}
    assert fb.customaudiences.dependants(customers.id).accounts == [Use("act_2")]
    fb.customaudiences.unshare(customers.id, ad_account_ids=["act_2"])
    assert not fb.customaudiences.dependants(customers.id).any
    for wrong in ([], "act_2", ["x"]):
        with pytest.raises(ParameterError, match="ad_account_ids"):
            fb.customaudiences.share(customers.id, ad_account_ids=wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="permissions"):
        fb.customaudiences.share(customers.id, ad_account_ids=["act_2"], permissions="all")  # type: ignore[arg-type]


def test_a_create_whose_answer_is_lost_makes_one(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_*/customaudiences", LostResponse())
    made = fb.customaudiences.create("act_1", name="Once", **LIST)
    assert [each.id for each in fb.customaudiences.list("act_1") if each.name == "Once"] == [made.id]
    sandbox.fail_next("POST act_*/customaudiences", LostResponse())
    another = fb.customaudiences.create("act_1", name="Once", **LIST)
    assert another.id != made.id, "made before: another one was wanted"


def test_saved_audiences(fb: FacebookAds) -> None:
    [first, *_] = fb.saved_audiences.list("act_1")
    read = fb.saved_audiences.get(first.id)
    assert (read.name, read.targeting) == (first.name, first.targeting)
    assert read.targeting is not None
    assert next(iter(fb.saved_audiences.iter("act_1", limit=1))).id == first.id


def test_a_rule_is_text_where_it_was_read_as_text(fb: FacebookAds) -> None:
    text = json.dumps(AudienceRule.page("108356564252733").engaged(days=30).spec())
    made = fb.customaudiences.create("act_1", name="Fans", rule=text)
    assert only_rule(made)["retention_seconds"] == 30 * DAY
    with pytest.raises(ParameterError, match="rule"):
        fb.customaudiences.create("act_1", name="Fans", rule="{")


def test_a_list_of_which_nothing_can_be_used_is_an_error_for_a_bot(fb: FacebookAds, sandbox: Sandbox) -> None:
    made = fb.customaudiences.create("act_1", name="A", **LIST)
    tool = FacebookTool(fb)
    args = {"audience_id": made.id, "emails": ["nobody-at-all", "@"]}
    for op in ("add_users_to_audience", "remove_users_from_audience", "replace_audience_users"):
        result = tool.call({"op": op, "args": args})
        assert not result.ok
        assert "2 rows, none of them usable" in result.text
        assert "EMAIL: not an e-mail address, 2 times" in result.text
        assert "nobody" not in result.text
    assert [entry.path for entry in sandbox.journal if "/users" in entry.path] == []
