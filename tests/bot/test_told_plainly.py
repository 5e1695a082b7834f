"""What somebody who sees only the tool's texts would get wrong: money, times, and what to do next."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.analysis.change import Change
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import search
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.text import change_lines
from admonster_fb.bot.registry import registry
from admonster_fb.bot.render.automation import activity
from admonster_fb.bot.render.nodes import render
from admonster_fb.bot.render.values import OfAccount, format_value, using_account
from admonster_fb.bot.render.weekly import _moved
from admonster_fb.errors import TransientError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import Activity
from admonster_fb.models.change import Change as AdSetChange
from admonster_fb.money import minor_text


@pytest.fixture
def fb() -> FacebookAds:
    return FacebookAds.sandbox()


def call(tool: FacebookTool, op: str, /, **args: Any) -> str:
    return tool.call({"op": op, "args": args}).text


def test_a_spending_limit_says_what_is_left_as_meta_has_it_afterwards(fb: FacebookAds, tool: FacebookTool) -> None:
    spent = fb.adaccounts.get("act_1", fields=["amount_spent"]).amount_spent
    text = call(tool, "update_spending_limit", spending_limit="5000.00 USD")
    in_all = f"{minor_text(spent + 500_000, 'USD')} in all"
    assert f"the {minor_text(spent, 'USD')} spent before does not count towards it: {in_all}" in text
    now = fb.adaccounts.get("act_1", fields=["amount_spent", "spend_cap"])
    assert (now.spend_cap, now.amount_spent) == (500_000, 0)
    assert "left $5000.00 USD ($0.00 USD counts towards it, spent since it was set or reset)" in text
    assert "counts only what is spent after it is set or reset" in call(tool, "help", op="update_spending_limit")


def test_what_is_gone_says_what_it_was() -> None:
    assert _moved("spend", Change(94.91, None), "USD") == "none (before: $94.91 USD)"
    assert _moved("results", Change(7, None), "USD") == "none (before: 7)"
    assert _moved("results", Change(None, None), "USD") == "none"


@pytest.mark.thorough
def test_times_that_meta_sends_in_utc_are_in_account_time(tool: FacebookTool) -> None:
    """Every read of an op of which the default world has objects: no time in UTC is left."""
    campaigns = re.findall(r"ID: (\d+)", call(tool, "list_campaigns"))
    cells = [{"campaign_ids": [each]} for each in campaigns[:2]]
    made = call(
        tool, "create_ab_test", name="X", cells=cells, start_date="2026-11-10", end_date="2026-11-23", metric="clicks"
    )
    assert "Start time: 2026-11-10 00:00:00 -0800" in made
    assert "1/2 of the audience" in made
    assert campaigns[0] in made
    for name, op in registry().items():
        if op.access == "read" and {*op.schema.get("required", ())} <= {"ad_account_id", "parent_id", "object_id"}:
            assert not re.search(r"\d\d:\d\d \+0000", call(tool, name)), name


def test_a_time_with_an_offset_of_its_own_stays() -> None:
    with using_account(OfAccount(lambda: "America/Los_Angeles", lambda: "USD")):
        assert format_value(dt.datetime.fromisoformat("2026-11-24T08:00:00+00:00")) == "2026-11-24 00:00:00 -0800"
        assert format_value(dt.datetime.fromisoformat("2026-11-24T08:00:00+02:00")) == "2026-11-24 08:00:00 +0200"


def test_the_change_history_shows_amounts_as_money(fb: FacebookAds, tool: FacebookTool) -> None:
    [campaign, *_] = [each for each in fb.campaigns.list("act_1") if each.daily_budget]
    fb.campaigns.update(campaign.id, daily_budget="72.00 USD")
    text = call(tool, "list_activities", limit=5)
    assert "$60.00 USD → $72.00 USD" in text
    assert "{" not in text
    yen = fb.campaigns.list("act_2")
    fb.campaigns.update(next(each for each in yen if each.daily_budget).id, daily_budget="9500 JPY")
    assert "¥9000 JPY → ¥9500 JPY" in call(tool, "list_activities", ad_account_id="act_2", limit=5)
    old, new = '{"type": "payment_amount", "old_value": 500}', '{"new_value": 700}'
    nested = f'{{"old_value": {old}, "new_value": {new}, "currency": "EUR"}}'
    assert "€5.00 EUR → €7.00 EUR" in activity(Activity(event_type="update_campaign_budget", extra_data=nested))


def test_a_limit_below_the_present_sum_says_whose_sum_and_how_to_limit_each(
    fb: FacebookAds, tool: FacebookTool
) -> None:
    [campaign] = [each for each in fb.campaigns.list("act_1") if each.name and each.name.endswith("Shop visits")]
    text = call(tool, "scale_campaign", campaign_id=campaign.id, factor=1.1, max_daily_budget="20.00 USD")
    assert "at least $27.00 USD, the present sum of its 2 ad sets" in text
    assert "bulk_update_adsets" in text
    assert "the sum of its ad sets" in call(tool, "help", op="scale_campaign")


@pytest.mark.thorough
def test_no_refusal_of_the_policy_invites_another_try(fb: FacebookAds) -> None:
    [campaign] = [each for each in fb.campaigns.list("act_1") if each.daily_budget]
    other = next(iter(fb.campaigns.iter("act_2"))).id
    newsletter = next(iter(fb.customaudiences.iter("act_1", fields=["id", "subtype"]))).id
    policy = SpendPolicy(accounts=["act_1"], max_daily_budget="100.00 USD", max_increase_percent=20)
    limited, reading = FacebookTool(fb, policy=policy), FacebookTool(fb, policy=SpendPolicy(accounts=[]))
    for tool, op, args in (
        (limited, "update_campaign", {"campaign_id": other, "name": "Mine"}),
        (limited, "update_campaign", {"campaign_id": campaign.id, "daily_budget": "200.00 USD"}),
        (limited, "update_campaign", {"campaign_id": campaign.id, "daily_budget": "90.00 USD"}),
        (limited, "share_audience", {"audience_id": newsletter, "ad_account_ids": ["act_2"]}),
        (reading, "update_campaign", {"campaign_id": campaign.id, "name": "Mine"}),
    ):
        text = call(tool, op, **args)
        assert text.startswith("ERROR ParameterError: nothing was sent."), text
        assert (
            text.splitlines()[-1]
            == "Look for no way around this limit: tell the user. Who runs this bot can change its policy."
        )
    assert "Change the arguments" in call(limited, "update_campaign", campaign_id=campaign.id, daily_budget=-1)


@pytest.mark.thorough
def test_news_of_somebody_else_goes_to_the_user_first(fb: FacebookAds, tool: FacebookTool) -> None:
    [campaign] = [each for each in fb.campaigns.list("act_1") if each.daily_budget]
    plan = tool.call({"op": "update_campaign", "campaign_id": campaign.id, "daily_budget": "72.00 USD"}).data
    fb.campaigns.update(campaign.id, daily_budget="61.00 USD")
    text = call(tool, "apply", plan_id=plan.id)
    assert "$60.00 → $61.00 USD" in text
    assert "Tell the user what has changed; call update_campaign again only if they still want it." in text


def test_a_call_sent_once_says_when_and_that_nothing_is_new(tool: FacebookTool) -> None:
    args = {"name": "Spring", "objective": "OUTCOME_SALES", "special_ad_categories": []}
    first, second = call(tool, "create_campaign", **args), call(tool, "create_campaign", **args)
    head, rest = second.split("\n", 1)
    assert re.match(r"Sent once, at 2026-\d\d-\d\d \d\d:\d\d:\d\d -0[78]00: nothing new was created now\.", head), head
    assert "again=true" in head
    assert "as it is now" not in second
    assert rest.splitlines()[1:] == first.splitlines()[1:]


@table("name", ["share_audience", "add_users_to_audience", "remove_users_from_audience", "create_ab_test"])
def test_what_reaches_people_without_a_plan_says_so(name: str) -> None:
    assert "at once and without a plan" in registry()[name].spec.cost


def test_what_is_switched_on_below_something_paused_is_not_said_to_run(fb: FacebookAds, tool: FacebookTool) -> None:
    [adset] = [each for each in fb.adsets.list("act_1") if each.effective_status == "CAMPAIGN_PAUSED"]
    text = call(tool, "update_adset", adset_id=adset.id, countries=["CA"])
    assert "whose status is ACTIVE; they run while nothing above them is PAUSED" in text
    assert "that are ACTIVE" not in text


def test_lists_say_who_sees_an_ad_set_and_where_its_budget_is(fb: FacebookAds, tool: FacebookTool) -> None:
    shown = call(tool, "list_adsets")
    by_name = {each.name: each for each in fb.adsets.list("act_1")}
    assert by_name["Broad"].daily_budget in (0, None)
    [broad, home] = [
        next(line for line in shown.splitlines() if f'"{name}"' in line) for name in ("Broad", "Home baristas")
    ]
    assert "Daily budget: none (its campaign has it) | Seen by: everyone 18–65 in US" in broad
    assert "Daily budget: $20.00 USD | Seen by: everyone 21–50 in US" in home
    one = call(tool, "get_adset", adset_id=by_name["Broad"].id)
    assert "Seen by: everyone 18–65 in US, Advantage+ audience on" in one
    assert '"age_min":18' in one  # to be changed and sent whole
    brief = call(tool, "list_adsets", fields=["name", "daily_budget"])
    assert "its campaign has it" not in brief  # lifetime_budget was not read


def test_a_review_is_said_once_in_words(fb: FacebookAds, tool: FacebookTool) -> None:
    ad = Ad(id="1", ad_review_feedback={"global": {"PERSONAL_ATTRIBUTES": "Personal attributes"}}, name="A")
    text = "\n".join(render(ad, fb))
    assert text.count("Personal attributes") == 1
    assert "{" not in text
    assert render([ad], fb) == ['- ID: 1 "A" | Review: Personal attributes']
    other = Ad(id="1", ad_review_feedback={"placement_specific": {"facebook": {"ADULT": "No nudity."}}})
    assert "Review (facebook): ADULT: No nudity." in "\n".join(render(other, fb))


def test_a_list_of_ads_can_show_what_they_say(fb: FacebookAds, tool: FacebookTool) -> None:
    assert 'fields=["name", "creative{object_story_spec,asset_feed_spec,body}"]' in call(tool, "help", op="list_ads")
    text = call(tool, "list_ads", fields=["name", "creative{object_story_spec,body}"])
    ad, *_ = fb.ads.list("act_1", fields=["creative"])
    creative = fb.adcreatives.get(ad.creative.id, fields=["body"])
    assert f'Text: "{creative.body}"' in text
    assert '{"' not in text


@pytest.mark.thorough
def test_status_and_insights_say_which_account_they_mean(tool: FacebookTool) -> None:
    assert 'Only act_1, the default account. Every account: ad_account_id="all"' in call(tool, "status")
    assert 'Only act_1, the default account. Every account: object_id="all"' in call(tool, "get_insights", days=7)
    assert "Only act_1, the default account" in call(tool, "list_campaigns")
    assert "Only act_1, the default account" in call(tool, "get_detailed_insights", date_preset="last_7d")
    assert "the default account" not in call(tool, "status", ad_account_id="act_1")
    assert "the default account" not in call(tool, "status", ad_account_id="all")
    assert "API limits: " in call(tool, "status")
    assert "Timezone ID" not in call(tool, "status")


def test_the_last_ad_of_an_ad_set_is_said_to_be_the_last(fb: FacebookAds, tool: FacebookTool) -> None:
    ads = fb.ads.list("act_1", fields=["id", "name", "adset_id"])
    alone = [ad for ad in ads if [each.adset_id for each in ads].count(ad.adset_id) == 1]
    among = [ad for ad in ads if ad not in alone]
    assert f"ad set {alone[0].adset_id} then has no ad left" in call(tool, "delete_ad", ad_id=alone[0].id)
    assert "has no ad left" not in call(tool, "delete_ad", ad_id=among[0].id)


@pytest.mark.thorough
def test_a_plan_that_was_applied_says_what_runs_now(fb: FacebookAds, tool: FacebookTool) -> None:
    [paused] = [each for each in fb.campaigns.list("act_1") if each.status == "PAUSED"]
    asleep = fb.ads.create(
        "act_1",
        name="Asleep",
        adset_id=fb.adsets.list(paused.id)[0].id,
        creative={"creative_id": fb.ads.list(paused.id, fields=["creative"])[0].creative.id},
    )
    plan = tool.call({"op": "update_campaign", "campaign_id": paused.id, "status": "ACTIVE"}).data
    assert "if this process still runs then" in call(tool, "list_plans") or plan
    text = call(tool, "apply", plan_id=plan.id)
    assert "On now, once Meta's review allows it: ad set " in text
    assert asleep.name not in text


def test_a_part_of_targeting_is_said_to_be_one(fb: FacebookAds, tool: FacebookTool) -> None:
    adset = fb.adsets.list("act_1")[0].id
    assert "a part of targeting: read it with get_adset, change genders and send all of it" in call(
        tool, "update_adset", adset_id=adset, genders=[1]
    )
    assert 'a part of targeting: {"genders": [2]}' in call(tool, "create_adset", name="A", genders=[2])


def test_an_audience_that_fills_itself_is_not_offered_people(fb: FacebookAds, tool: FacebookTool) -> None:
    pixel = next(iter(fb.adspixels.iter("act_1"))).id
    args = {"name": "Cart", "pixel_id": pixel, "url_contains": ["/cart"], "retention_days": 14}
    assert "add_users_to_audience" not in call(tool, "create_custom_audience", **args)
    listed = call(tool, "create_custom_audience", name="List", customer_file_source="USER_PROVIDED_ONLY")
    assert "Next: add_users_to_audience" in listed


@table(
    ("query", "op"),
    [
        ("stop all advertising now", "bulk_update_campaigns"),
        ("pause everything", "bulk_update_campaigns"),
        ("who sees the ads", "list_adsets"),
        ("start campaign with all in it", "activate_campaign"),
        ("run campaign", "activate_campaign"),
        ("create ad with existing image", "duplicate_ad"),
        ("find campaign by name", "list_campaigns"),
        ("appeal a rejected ad", "list_ads"),
        ("turn off an ad", "update_ad"),
        ("why did cost per purchase change", "weekly_report"),
    ],
)
def test_the_words_of_an_owner_find_the_op(query: str, op: str) -> None:
    assert op in [each.name for each in search(registry(), query)][:2]


def test_a_search_says_what_an_update_takes(tool: FacebookTool) -> None:
    text = call(tool, "help", query="change ad")
    assert "update_ad: Update an ad. Requires ad_id. Takes name, status, creative, …" in text


def test_help_says_what_an_argument_means_that_may_be_left_out(tool: FacebookTool) -> None:
    assert "adset_id: copy into this ad set. Default: the same" in call(tool, "help", op="duplicate_ad")
    assert "factor: number. 1.2 is 20 % more" in call(tool, "help", op="scale_campaign")
    insights = call(tool, "help", op="get_detailed_insights")
    assert "age, gender, country" in insights
    assert "last_7d, last_week_mon_sun" in insights


def test_a_city_alone_is_the_city_only(tool: FacebookTool) -> None:
    assert "the city only, unless a radius of 10 to 50 mile" in call(tool, "search_locations", q="Austin")


def test_one_event_under_several_names_is_one_line(tool: FacebookTool) -> None:
    lines = [line for line in call(tool, "get_insights", days=30).splitlines() if line.startswith("Action ")]
    [purchase] = [line for line in lines if "purchase" in line]
    assert re.fullmatch(
        r"Action purchase: \d+, \$[\d.]+ USD each \(also as offsite_conversion.fb_pixel_purchase, omni_purchase\)",
        purchase,
    )
    assert [line for line in lines if line.startswith("Action post_engagement: ")]
    assert [line for line in lines if line.startswith("Action page_engagement: ")]


def test_help_has_the_days_of_each_preset_today(fb: FacebookAds, tool: FacebookTool) -> None:
    text = call(tool, "help", op="get_insights", argument="date_preset")
    for name in ("last_7d", "last_week_mon_sun", "last_week_sun_sat"):
        [row] = fb.insights.list("act_1", date_preset=name, fields=["impressions"])
        assert f"{name}: {row.date_start} to {row.date_stop}" in text


def test_attribution_is_said_whole() -> None:
    windows = [
        {"event_type": kind, "window_days": 1} for kind in ("CLICK_THROUGH", "VIEW_THROUGH", "ENGAGED_VIDEO_VIEW")
    ]
    [line] = change_lines(
        [AdSetChange("adsets", "1", "A", {"attribution_spec": []}, {"attribution_spec": windows})], "USD"
    )
    assert line.endswith("1 days after CLICK_THROUGH, 1 days after VIEW_THROUGH, 1 days after ENGAGED_VIDEO_VIEW")


def test_an_answer_comes_without_the_time_zone_too(tool: FacebookTool, fb: FacebookAds) -> None:
    """If the account cannot be read, times stay in UTC; it is asked for once, not once a row."""
    asked = []

    def refused(account: str) -> str:
        asked.append(account)
        raise TransientError(message="no answer")

    fb.timezone = refused  # type: ignore[method-assign]
    text = call(tool, "list_activities")
    assert text.count("+0000 | ") > 5
    assert asked == ["act_1"]


def test_the_help_of_a_spending_limit_tells_a_reset_from_a_removal(tool: FacebookTool) -> None:
    """As `docs/meta-rules.md#money-fields` has it: only spend after setting counts, a reset sets amount_spent to 0."""
    text = call(tool, "help", op="update_spending_limit")
    assert "After a reset the same amount can be spent once more; after a delete only budgets hold." in text
