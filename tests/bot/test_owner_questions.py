"""Twelve questions of a business owner, each answered from the text of the tool alone and checked against the rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.models.insights.row import InsightsRow

HOURS = "hourly_stats_aggregated_by_advertiser_time_zone"
Ask = Callable[..., str]


@pytest.fixture
def ask(fb: FacebookAds) -> Ask:
    """Return the text of a call, long enough for all rows."""
    tool = FacebookTool(fb, max_chars=60_000)

    def call(op: str = "get_detailed_insights", **args: Any) -> str:
        result = tool.call({"op": op, "args": args})
        assert result.ok, result.text
        return result.text

    return call


def lines(text: str) -> list[str]:
    return [line[2:] for line in text.splitlines() if line.startswith("- ")]


def read(text: str, name: str) -> dict[str, Decimal]:
    """Read one figure of each row from a text, lists or table, by the title of the row."""
    columns = next((line[9:].split(" | ") for line in text.splitlines() if line.startswith("Columns: ")), None)
    found = {}
    for line in lines(text):
        if columns:
            title, _, figures = line.rpartition(": ")
            cell = dict(zip(columns, figures.split(" | "), strict=True))[name]
            title = title or figures
        else:
            title, cell = line, line.partition(f"{name}: ")[2]
        if number := re.match(r"\$?(-?\d[\d,]*\.?\d*)", cell):
            found[title] = Decimal(number[1].replace(",", ""))
    return found


def best(figures: dict[str, Decimal], *, least: bool = False) -> str:
    return (min if least else max)(figures, key=lambda title: figures[title])


def rows(fb: FacebookAds, **query: Any) -> list[InsightsRow]:
    return fb.insights.list("act_1", **query)


def test_1_which_ad_brought_the_cheapest_purchase_last_week(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"level": "ad", "date_preset": "last_7d", "fields": ["ad_id", "ad_name", "cost_per_action_type"]}
    costs = {row.ad_id: row.action("purchase", figure="cost_per_action_type") for row in rows(fb, **query)}
    costs = {ad: cost for ad, cost in costs.items() if cost}
    told = {
        line: Decimal(number[1])
        for line in lines(ask(**query))
        if (number := re.search(r"\bpurchase \$([\d.]+)", line))
    }
    assert f"ad ID: {best(costs, least=True)} " in best(told, least=True)


@pytest.mark.thorough
def test_2_at_which_hour_is_a_click_the_cheapest(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"date_preset": "last_7d", "breakdowns": [HOURS], "fields": ["cpc"]}
    text = ask(**query)
    hours = {row.model_extra[HOURS]: row.cpc for row in rows(fb, **query) if row.cpc}
    cheapest = {hour for hour, cost in hours.items() if round(cost, 2) == round(min(hours.values()), 2)}
    assert any(hour in best(read(text, "CPC"), least=True) for hour in cheapest)
    assert "added up over all days" in text


def test_3_what_did_i_spend_last_week(ask: Ask, fb: FacebookAds) -> None:
    [row] = rows(fb, date_preset="last_7d", fields=["spend"])
    assert f"Spend: ${row.spend:.2f} USD" in ask("get_insights", object_id="act_1", date_preset="last_7d")


def test_4_which_campaign_spends_most(ask: Ask, fb: FacebookAds) -> None:
    found = {row.campaign_name: row.spend or 0 for row in rows(fb, level="campaign", date_preset="last_7d")}
    assert str(best(found)) in best(read(ask(level="campaign", date_preset="last_7d"), "Spend"))


def test_5_how_many_results_and_at_what_cost(ask: Ask, fb: FacebookAds) -> None:
    text = ask(level="campaign", date_preset="last_7d")
    for line, row in zip(lines(text), rows(fb, level="campaign", date_preset="last_7d"), strict=True):
        if row.result() and row.result().value:
            assert f"Results: {row.result().value:,}" in line or f"Results: {row.result().value}" in line
            assert f"Cost per result: ${row.result_cost():.2f} USD" in line


def test_6_are_my_customers_men_or_women(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"breakdowns": ["gender"], "date_preset": "last_30d", "fields": ["actions"]}
    text = ask(**query)
    for row in rows(fb, **query):
        line = next(line for line in lines(text) if f"gender {row.gender} " in line)
        assert row.action("purchase") is None or f", purchase {row.action('purchase'):,}" in line


def test_7_facebook_or_instagram(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"breakdowns": ["publisher_platform"], "date_preset": "last_7d", "fields": ["spend", "clicks"]}
    found = {str(row.publisher_platform): Decimal(row.clicks or 0) for row in rows(fb, **query)}
    assert f"publisher_platform {best(found)} " in best(read(ask(**query), "Clicks"))


def test_8_which_day_was_the_best(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"days": 14, "time_increment": 1, "fields": ["impressions", "clicks"]}
    found = {str(row.date_start): Decimal(row.clicks or 0) for row in rows(fb, **query)}
    assert best(found) in best(read(ask(**query), "Clicks"))


def test_9_what_came_back_for_my_money(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"level": "campaign", "date_preset": "last_7d", "fields": ["campaign_name", "purchase_roas"]}
    text = ask(**query)
    told = [row.roas for row in rows(fb, **query) if row.roas]
    assert told
    assert all(re.search(rf"Purchase roas: omni_purchase {roas.normalize():f}", text) for roas in told)


def test_10_how_good_are_my_ads_against_others(ask: Ask, fb: FacebookAds) -> None:
    query: Any = {"level": "ad", "date_preset": "last_30d", "fields": ["ad_id", "quality_ranking"]}
    text = ask(**query)
    assert all(row.model_extra["quality_ranking"] in text for row in rows(fb, **query))


def test_11_does_the_list_hold_everything_i_paid_for(ask: Ask, fb: FacebookAds) -> None:
    listed = rows(fb, level="ad", date_preset="last_7d")
    gone = listed[0]
    fb.ads.update(str(gone.ad_id), status="DELETED")
    text = ask(level="ad", date_preset="last_7d", fields=["ad_id", "spend"])
    assert f"Total of act_1: Spend: ${sum(row.spend or 0 for row in listed):.2f} USD" in text
    assert f"objects since deleted or archived: Spend: ${gone.spend:.2f} USD" in text


def test_12_are_these_figures_final(ask: Ask) -> None:
    assert "figures after 2026-10-04 may still move" in ask(level="campaign", date_preset="last_7d")
