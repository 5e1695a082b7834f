"""The meter reads Meta's headers, slows down, stops, and holds writes back before Meta blocks."""

from __future__ import annotations

import threading
from collections import UserDict
from datetime import timedelta

import pytest
from tables import table

from admonster_fb import BlockedError, FacebookAds, RateLimited
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.transport.rate_limits import WRITE_LIMITS, MemoryUsageStore, Usage, UsageSample

CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


class Clock:
    def __init__(self):
        self.at = Sandbox(history=0).now()

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


HEADERS = {
    "x-app-usage": '{"call_count": 10, "total_time": 25, "total_cputime": 5}',
    "x-page-usage": '{"call_count": 3, "total_time": 1, "total_cputime": 1}',
    "x-ad-account-usage": '{"acc_id_util_pct": 9.67, "reset_time_duration": 300, "ads_api_access_tier": "standard"}',
    "x-business-use-case-usage": '{"1": [{"type": "ads_insights", "call_count": 40, "total_cputime": 4, '
    '"total_time": 2, "estimated_time_to_regain_access": 0, "ads_api_access_tier": "development_access"}]}',
    "x-fb-ads-insights-throttle": '{"app_id_util_pct": 0.04, "acc_id_util_pct": 7.5, "ads_api_access_tier": "x"}',
}


def test_all_five_headers_are_read():
    usage = Usage(Clock())
    usage.record_headers(HEADERS, "act_1")
    assert {key: reading.percent for key, reading in usage.readings().items()} == {
        "app": 25.0,
        "app/page": 3.0,
        "1/score": 9.67,
        "1/ads_insights": 40.0,
        "app/insights": 0.04,
        "1/insights": 7.5,
    }
    assert usage.readings("act_1")["1/ads_insights"].tier == "development_access"
    assert usage.highest("act_1") == 40.0
    assert usage.highest("act_2") == 25.0


def test_what_a_header_leaves_out_is_unused():
    usage = Usage(Clock())
    usage.record_headers({"x-app-usage": '{"call_count": 0}'}, "act_1")
    assert usage.highest("act_1") == 0


@table("text", ["", "null", "[]", "{", '{"1": 5}', '{"1": [{}]}', '"x"', '{"call_count": "a"}'])
def test_a_header_in_an_odd_shape_costs_a_reading_and_nothing_else(text):
    usage = Usage(Clock())
    usage.record_headers(dict.fromkeys(HEADERS, text), "act_1")
    assert usage.wait("act_1") == 0


@table(("count", "minutes"), [(100, 1e6), (100, 1441), ("NaN", 0), ("Infinity", 0), ("1e400", 0)])
def test_a_header_that_cannot_be_true_stops_no_call(count, minutes):
    usage = Usage(Clock())
    row = f'{{"type": "ads_management", "call_count": {count}, "estimated_time_to_regain_access": {minutes}}}'
    usage.record_headers({"x-business-use-case-usage": f'{{"1": [{row}]}}'}, "act_1")
    assert (usage.wait("act_1", "ads_management"), usage.readings()) == (0, {})


@table(("percent", "low", "high"), [(74, 0, 0), (80, 0.1, 1), (94, 1.5, 2), (96, 60, 60)])
def test_it_slows_from_75_and_stops_from_95(percent, low, high):
    usage = Usage(Clock())
    usage.record_headers({"x-app-usage": f'{{"call_count": {percent}}}'}, "act_1")
    assert low <= usage.wait("act_1") <= high


def test_minutes_are_minutes_and_seconds_seconds():
    usage = Usage(Clock())
    case = '{"1": [{"type": "ads_management", "call_count": 100, "estimated_time_to_regain_access": 7}]}'
    usage.record_headers({"x-business-use-case-usage": case}, "act_1")
    assert usage.wait("act_1") == 7 * 60
    usage.record_headers({"x-ad-account-usage": '{"acc_id_util_pct": 100, "reset_time_duration": 300}'}, "act_2")
    assert usage.wait("act_2") == 300


def test_a_limit_that_stays_high_is_asked_about_ever_more_rarely():
    clock = Clock()
    usage, waits = Usage(clock), []
    for _ in range(8):
        usage.record_headers({"x-app-usage": '{"call_count": 98}'}, "act_1")
        waits.append(usage.wait("act_1"))
        clock.sleep(waits[-1])
    assert waits == [60, 60, 120, 240, 480, 960, 1680, 60]
    clock.sleep(60)
    assert usage.wait("act_1") == 0


def test_the_hour_of_a_high_limit_begins_anew_when_its_usage_falls():
    clock = Clock()
    usage = Usage(clock)
    usage.record_headers({"x-app-usage": '{"call_count": 98}'}, "act_1")
    clock.sleep(40 * 60)
    usage.record_headers({"x-app-usage": '{"call_count": 97}'}, "act_1")
    assert usage.wait("act_1") == 40 * 60


def test_one_account_does_not_stop_another(sandbox):
    fb = FacebookAds.sandbox(sandbox, max_wait=30)
    sandbox.usage("act_1", call_count=97)
    fb.adaccounts.get("act_1")
    with pytest.raises(RateLimited) as told:
        fb.adaccounts.get("act_1")
    assert told.value.retry_after == 60
    assert fb.adaccounts.get("act_2").currency == "JPY"
    fb.usage.reset()
    assert fb.adaccounts.get("act_1").currency == "USD"


@pytest.mark.slow
def test_a_loop_draws_at_most_one_throttle_error_a_window_and_wastes_little_time(sandbox):
    calls, window, loop = 200, 3600, 2000
    sandbox.quota(calls=calls, window=window, account="act_1")
    began, throttled = sandbox.now(), []
    with FacebookAds.sandbox(sandbox) as fb:
        for _ in range(loop):
            while True:
                try:
                    fb.adaccounts.get("act_1", fields=["id"])
                    break
                except RateLimited as error:
                    sandbox.sleep(error.retry_after)
    throttled = [entry for entry in sandbox.journal if entry.status >= 400]
    took = (sandbox.now() - began).total_seconds()
    windows = loop / calls
    assert len(throttled) <= windows
    assert took <= 1.2 * (windows * window)


def test_the_fifth_budget_change_within_an_hour_is_refused_by_us(fb, sandbox, sent):
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    adset = fb.adsets.create(
        "act_1",
        name="S",
        campaign_id=campaign.id,
        daily_budget=1000,
        bid_strategy="LOWEST_COST_WITHOUT_CAP",
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    )
    for number in range(1, 5):
        fb.adsets.update(adset.id, daily_budget=1000 + number)
    with pytest.raises(RateLimited, match="4 in an hour; the next is possible at 2026-11-01T13:00") as told:
        fb.adsets.update(adset.id, daily_budget=2000)
    assert 3500 < told.value.retry_after <= 3600
    assert sent("POST", adset.id) == 4
    fb.adsets.update(adset.id, name="free")
    sandbox.sleep(3601)
    fb.adsets.update(adset.id, daily_budget=2000)


def test_limits_of_writes_are_exact(fb):
    found = {}
    for limit in WRITE_LIMITS:
        for _ in range(limit.allowed):
            fb.usage.take(limit, "act_1")
        with pytest.raises(RateLimited) as refused:
            fb.usage.take(limit, "act_1")
        found[limit.name] = refused.value.message.partition("Meta allows ")[2].partition(";")[0]
    assert found == {
        "writes": "100 in a second",
        "budget changes of an ad set": "4 in an hour",
        "changes of an account's spending limit": "10 in a day",
    }


@pytest.mark.thorough
def test_writes_are_paced_at_a_hundred_a_second(fb, sandbox):
    began = sandbox.now()
    for number in range(250):
        fb.campaigns.create("act_1", **{**CAMPAIGN, "name": f"C{number}"}, fields=["id"])
    assert 1.9 < (sandbox.now() - began).total_seconds() < 4


@pytest.mark.parametrize("error", [GraphError(368), GraphError(613, 1996)], ids=repr)
def test_after_a_block_the_account_is_left_alone_until_its_time_or_a_reset(fb, sandbox, error):
    sandbox.fail_next("POST act_1/campaigns", error)
    with pytest.raises((BlockedError, RateLimited)):
        fb.campaigns.create("act_1", **CAMPAIGN)
    calls = len(sandbox.journal)
    with pytest.raises(RateLimited, match="blocked"):
        fb.campaigns.list("act_1")
    assert len(sandbox.journal) == calls
    assert fb.campaigns.list("act_2") is not None
    assert "act_1" in fb.usage.blocked()
    sandbox.sleep(3601)
    assert fb.usage.blocked() == {}
    assert fb.campaigns.list("act_1") == []
    sandbox.fail_next("POST act_1/campaigns", error)
    with pytest.raises((BlockedError, RateLimited)):
        fb.campaigns.create("act_1", **CAMPAIGN)
    fb.usage.reset()
    assert fb.campaigns.list("act_1") == []


def meanwhile(work):
    """Start `work` in a thread, and give it time to end if nothing holds it up."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.3)
    return thread


def test_memory_store_puts_of_two_threads_are_both_kept():
    store, threads = MemoryUsageStore(), []
    sample = UsageSample(50, Clock().now(), Clock().now())

    class Slow(UserDict):
        def items(self):
            threads.append(meanwhile(lambda: store.put({"other": sample})))
            return super().items()

    store.put(Slow(app=sample))
    threads[0].join()
    assert store.readings().keys() == {"app", "other"}


def test_memory_store_takes_of_two_threads_are_both_counted():
    store, threads = MemoryUsageStore(), []

    class Slow(float):
        def __rsub__(self, other):
            if not threads:
                threads.append(None)
                threads[0] = meanwhile(lambda: store.take("writes", 3, 60.0, 0.0))
            return other - float(self)

    assert store.take("writes", 3, 60.0, 0.0) == 0
    assert store.take("writes", 3, Slow(60.0), 0.0) == 0
    threads[0].join()
    assert store.take("writes", 3, 60.0, 0.0) == 60.0
