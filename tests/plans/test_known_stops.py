"""Which writes stop spend, by their arguments and what was seen before: pure functions, without a request."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.stops import may_stop, only_stops, parted, unread_changes
from admonster_fb.bot.registry import registry
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import Money
from admonster_fb.sandbox import Sandbox


@pytest.fixture(scope="module")
def fb() -> FacebookAds:
    """A facade that has seen campaign 7 of 60.00 USD a day, 8 with two ad sets, and 6 with one of an odd budget."""
    fb = FacebookAds.sandbox(Sandbox(history=0))
    fb.currency("act_1")
    fb.api.owners.update(dict.fromkeys(("6", "7", "8", "61", "62", "81", "82"), "act_1"))
    known = {"status": "ACTIVE", "daily_budget": "6000", "stop_time": "2026-12-24T18:00:00+0000"}
    fb.api.last_seen.store(Campaign.from_api({"id": "7", **known}))
    for node_id, budget in (("81", "6000"), ("82", "4000"), ("61", "6000"), ("62", "much")):
        fb.api.last_seen.store(AdSet.from_api({"id": node_id, "campaign_id": node_id[0], "daily_budget": budget}))
    return fb


@table(
    ("op", "args", "stops"),
    [
        ("update_ad", {"status": "PAUSED"}, True),
        ("update_ad", {"status": "ACTIVE"}, False),
        ("update_ad", {}, False),
        ("archive_ad", {}, True),
        ("delete_campaign", {}, True),
        ("apply", {}, True),
        ("bulk_update_ads", {"ads": [{"id": "1"}, {"id": "2", "status": "PAUSED"}]}, True),
        ("bulk_update_ads", {"ads": [{"id": "1", "status": "ACTIVE"}]}, False),
        ("bulk_update_ads", {"ads": "PAUSED"}, False),
        ("list_ads", {"status": "PAUSED"}, False),
        ("nonsense", {"status": "PAUSED"}, False),
    ],
)
def test_calls_that_may_stop_something(op: str, args: Any, stops: bool) -> None:
    assert may_stop(registry().get(op), args) is stops


LIMIT = Money("90.00 USD")


@table(
    ("args", "changes"),
    [
        ({"campaign_id": "7", "factor": 0.5, "max_daily_budget": LIMIT}, {"7": (6000, 3000)}),
        ({"campaign_id": "7", "daily_budget": 5999, "max_daily_budget": LIMIT}, {"7": (6000, 5999)}),
        ({"campaign_id": "7", "daily_budget": 6000, "max_daily_budget": LIMIT}, {}),
        ({"campaign_id": "7", "daily_budget": 7000, "max_daily_budget": LIMIT}, {}),
        ({"campaign_id": "7", "daily_budget": 7000, "max_daily_budget": Money("50.00 USD")}, {"7": (6000, 5000)}),
        ({"campaign_id": "7", "factor": 1.5, "max_daily_budget": Money("50.00 USD")}, {}),
        ({"campaign_id": "7", "factor": 0.00001, "max_daily_budget": LIMIT}, {}),
        ({"campaign_id": "8", "factor": 0.5, "max_daily_budget": LIMIT}, {"81": (6000, 3000), "82": (4000, 2000)}),
        ({"campaign_id": "8", "factor": 0.5, "max_daily_budget": Money("50.00 USD")},
         {"81": (6000, 3000), "82": (4000, 2000)}),
        ({"campaign_id": "8", "factor": 0.5, "max_daily_budget": Money("49.99 USD")}, {}),
        ({"campaign_id": "8", "factor": 1, "max_daily_budget": Money("200.00 USD")}, {}),
        ({"campaign_id": "8", "factor": 0.0002, "max_daily_budget": LIMIT}, {}),
        ({"campaign_id": "6", "factor": 0.5, "max_daily_budget": LIMIT}, {}),
        ({"campaign_id": "9", "factor": 0.5, "max_daily_budget": LIMIT}, {}),
    ],
)  # fmt: skip
def test_a_scaling_lowers_what_was_seen(fb: FacebookAds, args: Any, changes: Any) -> None:
    found = unread_changes(fb, registry()["scale_campaign"], args)
    assert {each.id: (each.before["daily_budget"], each.after["daily_budget"]) for each in found} == changes


@table(
    ("op", "params", "lowers"),
    [
        ("update_campaign", {"stop_time": "2026-12-24T17:59:59+0000"}, True),
        ("update_campaign", {"stop_time": "2026-12-24T18:00:01+0000"}, False),
        ("update_campaign", {"status": "PAUSED", "daily_budget": 5999, "name": "B"}, True),
        ("update_campaign", {"status": "ACTIVE", "daily_budget": 5999}, False),
        ("update_campaign", {"daily_budget": 6001}, False),
        ("update_campaign", {"name": "B"}, False),
        ("update_campaign", {"daily_budget": 5999, "special_ad_categories": []}, False),
    ],
)
def test_an_update_lowers_what_was_seen(fb: FacebookAds, op: str, params: Any, lowers: bool) -> None:
    changes = unread_changes(fb, registry()[op], {"campaign_id": "7", **params})
    assert (bool(changes) and only_stops(changes)) is lowers


@table(
    ("op", "args", "after"),
    [
        ("archive_ad", {"ad_id": "5"}, {"status": "ARCHIVED"}),
        ("delete_ad", {"ad_id": "5"}, {}),
        ("update_ad", {"ad_id": "5", "status": "PAUSED"}, {"status": "PAUSED"}),
    ],
)
def test_a_removal_or_pause_needs_nothing_seen(fb: FacebookAds, op: str, args: Any, after: Any) -> None:
    [change] = unread_changes(fb, registry()[op], args)
    assert (change.node, change.id, change.before, change.after) == ("ads", "5", {}, after)


@table(
    ("op", "args"),
    [
        ("create_campaign", {"ad_account_id": "act_1", "name": "A", "status": "PAUSED"}),
        ("update_campaign", {"campaign_id": "7", "status": "PAUSED"}),
        ("update_campaign", {"campaign_id": "7", "daily_budget": 9000}),
        ("update_campaign", {"campaign_id": "7", "status": "PAUSED", "name": "A"}),
        ("update_campaign", {"campaign_id": "7", "status": "PAUSED", "daily_budget": 9000,
                             "execution_options": ["validate_only"]}),
        ("bulk_update_campaigns", {"campaigns": [{"id": "7", "status": "PAUSED"}, {"id": "8", "status": "PAUSED"}]}),
        ("update_ad_rule", {"rule_id": "3", "status": "DISABLED", "name": "A"}),
    ],
)  # fmt: skip
def test_what_only_stops_or_only_raises_is_not_parted(fb: FacebookAds, op: str, args: Any) -> None:
    assert parted(fb, registry()[op], args) is None


def test_of_several_objects_what_lowers_goes_first(fb: FacebookAds) -> None:
    rows = [{"id": "7", "daily_budget": 5000}, {"id": "8", "daily_budget": 5000, "status": "PAUSED"}]
    assert parted(fb, registry()["bulk_update_campaigns"], {"campaigns": rows}) == (
        {"campaigns": [rows[0], {"id": "8", "status": "PAUSED"}]},
        {"campaigns": [{"id": "8", "daily_budget": 5000}]},
    )


@table(
    ("policy", "sent"),
    [
        (SpendPolicy(), False),
        (SpendPolicy(needs_plan=()), True),
        (SpendPolicy(needs_plan=("destroy",)), True),
        (SpendPolicy(needs_plan=(), max_increase_percent=20), False),
    ],
)
def test_an_amount_of_something_unseen_is_sent_unread_only_if_any_amount_is_allowed(
    fb: FacebookAds, policy: SpendPolicy, sent: bool
) -> None:
    tool = FacebookTool(fb, policy=policy)
    args = {"campaign_id": "99", "daily_budget": 100}
    assert tool.guard.only_lowers(tool.ops["update_campaign"], args) is sent
    assert tool.guard.only_lowers(tool.ops["update_campaign"], {"campaign_id": "99", "status": "PAUSED"})
    assert not tool.guard.only_lowers(tool.ops["update_campaign"], {"campaign_id": "99", "status": "STOPPED"})
