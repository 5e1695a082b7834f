"""What somebody who sees only the tool's texts would get wrong: money, times, and what to do next."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.analysis.change import Change
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.bot.render.automation import activity
from admonster_fb.bot.render.values import OfAccount, about, format_value
from admonster_fb.bot.render.weekly import _moved
from admonster_fb.models.activity import Activity


@pytest.fixture
def fb() -> FacebookAds:
    return FacebookAds.sandbox()


@pytest.fixture
def tool(fb: FacebookAds) -> FacebookTool:
    return FacebookTool(fb)


def call(tool: FacebookTool, op: str, /, **args: Any) -> str:
    return tool.call({"op": op, "args": args}).text


def test_a_spending_limit_says_what_is_left_as_meta_has_it_afterwards(fb: FacebookAds, tool: FacebookTool) -> None:
    text = call(tool, "update_spending_limit", spending_limit="5000.00 USD")
    now = fb.adaccounts.get("act_1", fields=["amount_spent", "spend_cap"])
    assert (now.spend_cap, now.amount_spent) == (500_000, 0)
    assert "left $5000.00 USD ($0.00 USD counts towards it, spent since it was set or reset)" in text
    assert "counts only what is spent after it is set or reset" in call(tool, "help", op="update_spending_limit")


def test_what_is_gone_says_what_it_was() -> None:
    assert _moved("spend", Change(94.91, None), "USD") == "none (before: $94.91 USD)"
    assert _moved("results", Change(7, None), "USD") == "none (before: 7)"
    assert _moved("results", Change(None, None), "USD") == "none"


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
    with about(OfAccount(lambda: "America/Los_Angeles", lambda: "USD")):
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


@pytest.mark.parametrize(
    "name", ["share_audience", "add_users_to_audience", "remove_users_from_audience", "create_ab_test"]
)
def test_what_reaches_people_without_a_plan_says_so(name: str) -> None:
    assert "at once and without a plan" in registry()[name].spec.cost


def test_what_is_switched_on_below_something_paused_is_not_said_to_run(fb: FacebookAds, tool: FacebookTool) -> None:
    [adset] = [each for each in fb.adsets.list("act_1") if each.effective_status == "CAMPAIGN_PAUSED"]
    text = call(tool, "update_adset", adset_id=adset.id, countries=["CA"])
    assert "switched on; they run while nothing above them is PAUSED" in text
    assert "that are ACTIVE" not in text
