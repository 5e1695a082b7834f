"""Insights: figures add up, parts make the whole, and what Meta leaves out or refuses is left out or refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError, NotModelled
from admonster_fb.sandbox.insights import query
from admonster_fb.sandbox.insights.breakdowns import shares
from admonster_fb.sandbox.store import Store

ALL = "impressions,reach,clicks,inline_link_clicks,unique_clicks,spend,actions,action_values"
COUNTS = ("impressions", "reach", "clicks", "inline_link_clicks", "unique_clicks")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def account() -> str:
    return "act_1"


def rows(sandbox: Sandbox, object_id: str, **params: Any) -> list[dict[str, Any]]:
    return sandbox.insights(object_id, **{"date_preset": "last_30d", "fields": ALL, **params})


def total(rows_: list[dict[str, Any]], field: str) -> float:
    return round(sum(float(row.get(field, 0)) for row in rows_), 2)


def actions(rows_: list[dict[str, Any]], field: str = "actions") -> dict[str, float]:
    found: dict[str, float] = {}
    for entry in (entry for row in rows_ for entry in row.get(field, ())):
        found[entry["action_type"]] = round(found.get(entry["action_type"], 0) + float(entry["value"]), 2)
    return found


def refusal(sandbox: Sandbox, object_id: str, **params: Any) -> tuple[int, int | None, str]:
    with pytest.raises(GraphError) as caught:
        sandbox.insights(object_id, **params)
    return caught.value.code, caught.value.subcode, caught.value.message


BREAKDOWNS = (
    "age",
    "gender",
    "age,gender",
    "country",
    "publisher_platform",
    "publisher_platform,platform_position",
    "publisher_platform,impression_device",
    "publisher_platform,platform_position,impression_device",
    "device_platform",
)


@pytest.mark.thorough
@table("breakdowns", BREAKDOWNS)
def test_parts_make_the_whole(sandbox: Sandbox, account: str, breakdowns: str) -> None:
    (whole,) = rows(sandbox, account)
    parts = rows(sandbox, account, breakdowns=breakdowns)
    assert len(parts) > 1 or breakdowns == "country"
    assert set(breakdowns.split(",")) <= parts[0].keys()
    assert len({tuple(row[name] for name in breakdowns.split(",")) for row in parts}) == len(parts)
    for field in (*COUNTS, "spend"):
        assert total(parts, field) == float(whole[field]), field
    assert actions(parts) == actions([whole])
    assert actions(parts, "action_values") == actions([whole], "action_values")
    assert all(int(row.get("reach", 0)) <= int(row["impressions"]) for row in parts if "impressions" in row)


@pytest.mark.thorough
def test_parts_of_days_make_the_whole(sandbox: Sandbox, account: str) -> None:
    by_day = rows(sandbox, account, breakdowns="age,gender", time_increment=1)
    by_age = rows(sandbox, account, breakdowns="age,gender")
    for age, gender in {(row["age"], row["gender"]) for row in by_age}:
        days, (whole,) = (
            [row for row in some if (row["age"], row["gender"]) == (age, gender)] for some in (by_day, by_age)
        )
        assert total(days, "impressions") == float(whole["impressions"])
        assert total(days, "spend") == float(whole["spend"])


@table("increment", [1, "7", 30, "monthly", "all_days"])
def test_increments_make_the_whole(sandbox: Sandbox, account: str, increment: Any) -> None:
    (whole,) = rows(sandbox, account)
    parts = rows(sandbox, account, time_increment=increment)
    for field in ("impressions", "clicks", "spend"):
        assert total(parts, field) == float(whole[field])
    assert actions(parts) == actions([whole])
    assert parts[0]["date_start"] == "2026-10-02"
    assert parts[-1]["date_stop"] == "2026-10-31"
    joints = pairwise(parts)
    assert all(
        datetime.fromisoformat(one["date_stop"]) + timedelta(days=1) == datetime.fromisoformat(next_["date_start"])
        for one, next_ in joints
    )
    assert len(parts) == {"1": 30, "7": 5, "30": 1, "monthly": 1, "all_days": 1}[str(increment)]


def test_people_do_not_add_up(sandbox: Sandbox, account: str) -> None:
    (whole,) = rows(sandbox, account)
    days = rows(sandbox, account, time_increment=1)
    assert max(int(day["reach"]) for day in days) < int(whole["reach"]) < total(days, "reach")


@table("level", ["account", "campaign", "adset", "ad"])
def test_levels_make_the_whole(level: str) -> None:
    sandbox, account = Sandbox(), "act_1"
    for campaign in sandbox.objects("Campaign", account):
        sandbox.change(campaign["id"], status="ACTIVE")  # no one hidden
    (whole,) = rows(sandbox, account)
    parts = rows(sandbox, account, level=level, fields=f"{level}_id,{level}_name,{ALL}")
    assert total(parts, "spend") == float(whole["spend"])
    assert len({row[f"{level}_id"] for row in parts}) == len(parts)
    assert all(row[f"{level}_name"] for row in parts)


def test_the_gone_count_but_have_no_rows() -> None:
    sandbox, account = Sandbox(), "act_1"
    campaigns = {campaign["id"]: campaign["status"] for campaign in sandbox.objects("Campaign", account)}
    gone = next(iter(campaigns))
    (before,) = rows(sandbox, account)
    sandbox.change(gone, status="DELETED")
    assert rows(sandbox, account) == [before]
    shown = {row["campaign_id"] for row in rows(sandbox, account, level="campaign", fields="campaign_id")}
    archived = next(campaign for campaign, status in campaigns.items() if status == "ARCHIVED")
    assert shown == campaigns.keys() - {gone, archived}
    assert rows(sandbox, gone)[0]["impressions"]
    of_gone = {ad["id"] for ad in sandbox.objects("Ad", gone)}
    ads = {row["ad_id"] for row in rows(sandbox, account, level="ad", fields="ad_id")}
    assert not ads & of_gone
    asked = [{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]
    ads = {row["ad_id"] for row in rows(sandbox, account, level="ad", fields="ad_id", filtering=asked)}
    assert ads == of_gone


def test_default_fields(sandbox: Sandbox, account: str) -> None:
    (row,) = sandbox.insights(account)
    assert list(row) == ["account_id", "impressions", "spend", "date_start", "date_stop"]
    ad = sandbox.insights(account, level="ad")[0]
    assert list(ad)[:4] == ["account_id", "campaign_id", "adset_id", "ad_id"]
    assert all(isinstance(value, str) for value in ad.values())


def test_zeros_are_left_out() -> None:
    sandbox = Sandbox(history=0)
    ad = _ad(sandbox, {"2026-10-31": {"impressions": 40, "reach": 40, "spend": 30}})
    params = {"fields": "impressions,clicks,ctr,cpc,actions,purchase_roas,video_p25_watched_actions,cpm,results"}
    assert sandbox.insights(ad, **params) == [
        {"impressions": "40", "cpm": "7.5", "date_start": "2026-10-02", "date_stop": "2026-10-31"}
    ]
    assert sandbox.insights(ad, **{**params, "date_preset": "today"}) == []
    assert sandbox.insights(ad, fields="actions") == [{"date_start": "2026-10-02", "date_stop": "2026-10-31"}]


def test_rates_follow_from_counts() -> None:
    sandbox = Sandbox(history=0)
    day = {"impressions": 185, "reach": 150, "clicks": 9, "inline_link_clicks": 9, "spend": 1435, "purchase": 2}
    ad = _ad(sandbox, {"2026-10-30": {**day, "purchase_value": 5000}})
    fields = "cpc,cpm,ctr,spend,frequency,cpp,cost_per_action_type,purchase_roas,action_values,website_ctr"
    (row,) = sandbox.insights(ad, fields=fields)
    # The first five are those of a live recording (airbyte_insights_product_id_async_page).
    assert (row["cpc"], row["cpm"], row["ctr"], row["spend"]) == ("1.594444", "77.567568", "4.864865", "14.35")
    assert row["website_ctr"] == [{"action_type": "link_click", "value": "4.864865"}]
    assert (row["frequency"], row["cpp"]) == ("1.233333", "95.666667")
    assert {"action_type": "link_click", "value": "1.594444"} in row["cost_per_action_type"]
    assert row["purchase_roas"] == [{"action_type": "omni_purchase", "value": "3.484321"}]
    assert {"action_type": "purchase", "value": "50"} in row["action_values"]


def test_whole_currencies_have_no_decimals() -> None:
    sandbox = Sandbox()
    (row,) = sandbox.insights("act_2", fields="spend,account_currency")
    assert (row["account_currency"], "." in row["spend"]) == ("JPY", False)


def test_attribution_windows_add_columns(sandbox: Sandbox, account: str) -> None:
    asked = ["1d_click", "7d_click", "28d_click", "1d_view", "7d_view", "dda"]
    (row,) = rows(sandbox, account, action_attribution_windows=asked)
    entries = {entry["action_type"]: entry for entry in row["actions"]}
    link = entries["link_click"]
    assert list(link) == ["action_type", "value", "1d_click", "7d_click", "28d_click"]
    assert len({link[name] for name in list(link)[1:]}) == 1
    purchase = entries["purchase"]
    assert int(purchase["7d_click"]) + int(purchase["1d_view"]) == int(purchase["value"])
    assert int(purchase["1d_click"]) < int(purchase["7d_click"]) < int(purchase["28d_click"])
    (silent,) = rows(sandbox, account, action_attribution_windows=["7d_view", "28d_view"])
    assert all(list(entry) == ["action_type", "value"] for entry in silent["actions"])
    assert refusal(sandbox, account, action_attribution_windows=["2d_click"])[0] == 100


def test_action_breakdowns(sandbox: Sandbox, account: str) -> None:
    (plain,) = rows(sandbox, account, fields="actions")
    (row,) = rows(sandbox, account, fields="actions", action_breakdowns=["action_reaction"])
    reactions = [entry for entry in row["actions"] if "action_reaction" in entry]
    assert {entry["action_type"] for entry in reactions} == {"post_reaction"}
    assert sum(int(entry["value"]) for entry in reactions) == actions([plain])["post_reaction"]
    (row,) = rows(sandbox, account, fields="actions", action_breakdowns="action_type,action_device")
    assert actions([row]) == actions([plain])
    assert {entry["action_device"] for entry in row["actions"]} == {"iphone", "android_smartphone", "desktop"}


def test_filtering_keeps_matching_rows(sandbox: Sandbox, account: str) -> None:
    def ids(*filters: dict[str, Any]) -> list[str]:
        found = rows(sandbox, account, level="ad", fields="ad_id", filtering=list(filters))
        return [row["ad_id"] for row in found]

    every = {row["ad_id"]: row for row in rows(sandbox, account, level="ad", fields="ad_id,spend,impressions")}
    one = next(iter(every))
    assert ids({"field": "ad.id", "operator": "IN", "value": [one]}) == [one]
    assert set(ids({"field": "ad.id", "operator": "NOT_EQUAL", "value": one})) == set(every) - {one}
    rich = {ad for ad, row in every.items() if float(row["spend"]) > 300}
    assert 0 < len(rich) < len(every)
    assert set(ids({"field": "ad.spend", "operator": "GREATER_THAN", "value": "300"})) == rich
    assert set(ids({"field": "spend", "operator": "LESS_THAN_OR_EQUAL", "value": 300})) == set(every) - rich
    assert ids({"field": "impressions", "operator": "IN_RANGE", "value": [0, 1]}) == []
    assert ids({"field": "campaign.name", "operator": "CONTAIN", "value": "traffic"})
    assert ids({"field": "campaign.objective", "operator": "EQUAL", "value": "OUTCOME_LEADS"})
    types = [{"field": "action_type", "operator": "IN", "value": ["link_click"]}]
    (row,) = rows(sandbox, account, filtering=types)
    assert set(actions([row])) == {"link_click"}
    old = [{"field": "age", "operator": "IN", "value": ["65+"]}]
    assert {row["age"] for row in rows(sandbox, account, breakdowns="age", filtering=old)} == {"65+"}
    for wrong in (
        {"field": "ad.id", "operator": "LIKE", "value": "1"},
        {"field": "mood", "operator": "IN", "value": []},
    ):
        assert refusal(sandbox, account, filtering=[wrong])[0] == 100


def test_sort_orders_rows(sandbox: Sandbox, account: str) -> None:
    spend = [float(row["spend"]) for row in rows(sandbox, account, level="ad", sort=["spend_descending"])]
    assert spend == sorted(spend, reverse=True)
    assert len(set(spend)) > 1
    ascending = rows(sandbox, account, level="ad", sort="reach_ascending", fields="ad_id")
    assert list(ascending[0]) == ["ad_id", "date_start", "date_stop"]
    clicks = [
        actions([row])["link_click"] for row in rows(sandbox, account, level="ad", sort="actions:link_click_descending")
    ]
    assert clicks == sorted(clicks, reverse=True)
    days = [row["date_start"] for row in rows(sandbox, account, time_increment=1, sort="date_start_descending")]
    assert days == sorted(days, reverse=True)
    assert refusal(sandbox, account, sort="mood_descending")[0] == 100


def test_what_breakdowns_do_not_have(sandbox: Sandbox, account: str) -> None:
    fields = "impressions,reach,frequency,unique_clicks,actions,purchase_roas,video_play_actions"
    hours = rows(sandbox, account, fields=fields, breakdowns="hourly_stats_aggregated_by_advertiser_time_zone")
    assert len(hours) == 24
    assert not any({"reach", "frequency", "unique_clicks", "purchase_roas"} & row.keys() for row in hours)
    assert "purchase" not in actions(hours)
    assert "link_click" in actions(hours)
    regions = rows(sandbox, account, fields=fields, breakdowns="region")
    assert {"region", "reach"} <= regions[0].keys()
    assert "purchase" not in actions(regions)
    assert rows(sandbox, account, breakdowns="product_id") == []


def test_targeting_shows_in_breakdowns(sandbox: Sandbox, account: str) -> None:
    adsets = {adset["name"]: adset["id"] for adset in sandbox.objects("AdSet", "act_1")}
    parts = rows(sandbox, adsets["Downtown women 25-44"], breakdowns=["age", "gender"])
    found = {(row["age"], row["gender"]) for row in parts}
    assert found == {(age, gender) for age in ("25-34", "35-44") for gender in ("female", "unknown")}


@table(
    ("params", "expected"),
    [
        ({"fields": "page_fans"}, "(#100) page_fans is not valid for fields param. please check "),
        (
            {"fields": "spend,status,targeting"},
            "(#100) status, targeting are not valid for fields param. please check ",
        ),
        ({"fields": ["labels", "location"]}, "(#100) labels, location are not valid for fields param after V19.0"),
        ({"date_preset": "last_30_days"}, "(#100) last_30_days is not a valid date_preset. please check "),
        (
            {"breakdowns": "platform_position"},
            "(#100) Current combination of data breakdown columns (action_type, platform_position) is invalid",
        ),
        ({"breakdowns": ["impression_device"]}, "(#100) Current combination"),
        ({"breakdowns": "age,country"}, "(#100) Current combination"),
        ({"breakdowns": "age", "action_breakdowns": "action_device"}, "(#100) Current combination"),
        ({"breakdowns": "shoe_size"}, "(#100) breakdowns[0] must be one of the following values: "),
        ({"time_increment": 91}, "(#100) time_increment must be one of"),
        ({"time_increment": "weekly"}, "(#100) time_increment must be one of"),
        ({"time_range": "today"}, "(#100) param time_range must be an array."),
        ({"time_range": {"since": "2026-10-01"}}, "(#100) Parameter until: Must be a unixtime or a date/time"),
        ({"time_range": {"since": "2026-10-02", "until": "2026-10-01"}}, "(#100) param time_range[since]"),
    ],
)
def test_invalid_query_is_refused(sandbox: Sandbox, account: str, params: dict[str, Any], expected: str) -> None:
    code, subcode, message = refusal(sandbox, account, **params)
    assert (code, subcode) == (100, None)
    assert message.startswith(expected)


def test_levels_go_down_only(sandbox: Sandbox, account: str) -> None:
    ad = sandbox.objects("Ad", "act_1")[0]["id"]
    assert refusal(sandbox, ad, level="campaign")[:2] == (1, 99)
    assert refusal(sandbox, account, level="planet")[:2] == (1, 99)
    assert sandbox.insights(ad, level="ad")


def test_what_is_not_played_says_so(sandbox: Sandbox, account: str) -> None:
    for params in ({"breakdowns": "mmm"}, {"action_breakdowns": "action_video_type"}):
        with pytest.raises(NotModelled):
            sandbox.insights(account, **params)


def test_query_before_retention_is_refused_or_empty(sandbox: Sandbox, account: str) -> None:
    edge = {"since": "2023-10-01", "until": "2026-10-31"}
    assert sandbox.insights(account, time_range=edge)
    assert refusal(sandbox, account, time_range={**edge, "since": "2023-09-30"})[0] == 3018
    old = {"since": "2025-09-30", "until": "2026-10-31"}
    assert "reach" in rows(sandbox, account, time_range=old)[0]
    assert "reach" not in rows(sandbox, account, time_range=old, breakdowns="age")[0]
    assert rows(sandbox, account, time_range=old, breakdowns="hourly_stats_aggregated_by_audience_time_zone") == []


def test_shares_lose_nothing() -> None:
    for amount in (0, 1, 7, 1000):
        for weights in ([1], [5, 0, 3], [1] * 9, [10**9, 1, 1]):
            for luck in (0, 499, 999):
                parts = shares(amount, weights, luck)
                assert sum(parts) == amount
                exact = [amount * weight / sum(weights) for weight in weights]
                assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@pytest.mark.slow
def test_big_accounts_answer_quickly() -> None:
    store = Store(1, lambda: NOW)
    account = store.add("AdAccount", {"account_id": "9", "currency": "USD", "timezone_name": "UTC"}, id="act_9")
    days = {(NOW - timedelta(days=n)).date().isoformat(): {"impressions": 900, "spend": 800} for n in range(1, 91)}
    for _ in range(500):
        above = {"account_id": "9", "status": "ACTIVE"}
        campaign = store.add("Campaign", dict(above))
        adset = store.add("AdSet", {**above, "campaign_id": campaign.id})
        store.add("Ad", {**above, "campaign_id": campaign.id, "adset_id": adset.id}).hidden["delivery"] = days
    started = time.perf_counter()
    found = query(store, account, {"level": "campaign", "date_preset": "last_90d", "time_increment": 1})
    assert len(found) == 45_000
    assert time.perf_counter() - started < 10  # about 0.7 s on a quiet machine


def test_delivery_keeps_to_budgets() -> None:
    sandbox = Sandbox(history=0)
    ad = _ad(sandbox, {}, daily_budget="2000")
    sandbox.advance(days=10)
    days = sandbox.internals(ad)["delivery"]
    assert list(days) == [f"2026-11-{day:02}" for day in range(1, 12)]
    assert all(1700 <= figures["spend"] <= 2000 for figures in list(days.values())[1:-1])
    assert days["2026-11-01"]["spend"] < 2000
    assert len(sandbox.insights(ad, date_preset="last_7d", time_increment=1)) == 7


@table("kind", ["Campaign", "AdSet", "Ad"])
def test_only_active_ads_deliver(kind: str) -> None:
    sandbox = Sandbox(history=0)
    ad = _ad(sandbox, {}, daily_budget="2000")
    sandbox.change(sandbox.objects(kind)[0]["id"], status="PAUSED")
    sandbox.advance(days=3)
    assert "delivery" not in sandbox.internals(ad)


def test_limits_of_money_and_time_hold() -> None:
    sandbox = Sandbox(history=0)
    capped = _ad(sandbox, {}, daily_budget="2000")
    sandbox.change(sandbox.object(capped)["campaign_id"], spend_cap="3000")
    ended = _ad(sandbox, {}, daily_budget="2000", end_time="2026-11-03T00:00:00-0800")
    lifetime = _ad(sandbox, {}, lifetime_budget="10000", end_time="2026-11-08T00:00:00-0800")
    sandbox.advance(days=20)
    spent = [sandbox.spent(ad) for ad in (capped, ended, lifetime)]
    assert spent[0] == 3000
    assert max(sandbox.internals(ended)["delivery"]) == "2026-11-02"
    assert 9000 < spent[2] <= 10000
    sandbox.change("act_1", spend_cap="1")
    before = sandbox.internals(capped)["delivery"]
    sandbox.advance(days=1)
    assert sandbox.internals(capped)["delivery"] == before


@pytest.mark.thorough
def test_delivery_follows_from_the_seed() -> None:
    def run(seed: int) -> list[dict[str, Any]]:
        sandbox = Sandbox(seed=seed, history=3)
        sandbox.advance(days=2)
        return sandbox.insights("act_1", level="ad", fields=ALL, date_preset="maximum")

    assert run(4) == run(4)
    assert run(4) != run(5)


def _ad(sandbox: Sandbox, delivery: dict[str, dict[str, int]], **budget: str) -> str:
    above = {"account_id": "1", "status": "ACTIVE", "name": "x", "objective": "OUTCOME_SALES"}
    campaign = sandbox.seed("Campaign", **above)
    adset = sandbox.seed("AdSet", **above, campaign_id=campaign, **budget)
    ad = sandbox.seed("Ad", **above, campaign_id=campaign, adset_id=adset)
    if delivery:
        sandbox.change_internals(ad, delivery=delivery)
    return ad
