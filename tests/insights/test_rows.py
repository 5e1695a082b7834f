"""Rows as they are read: numbers as numbers, absent is not zero, action types apart."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from facebook_business.adobjects.adsinsights import AdsInsights
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS
from admonster_fb.models.insights.metadata import total
from admonster_fb.models.insights.row import EVENT_ACTIONS, RESULT_METRICS, Actions, InsightsRow, result_metrics
from admonster_fb.sandbox import Sandbox

RAW: dict[str, Any] = {
    "spend": "10.00",
    "impressions": "1000",
    "unique_clicks": "7",
    "cost_per_unique_click": "1.43",
    "objective": "OUTCOME_TRAFFIC",
    "actions": [
        {"action_type": "purchase", "value": "4", "7d_click": "3", "1d_view": "1"},
        {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "4", "7d_click": "3"},
        {"action_type": "link_click", "value": "20"},
        {"action_type": "post_reaction", "action_reaction": "wow", "value": "2"},
    ],
    "unique_actions": [{"action_type": "link_click", "value": "18"}],
    "action_values": [{"action_type": "omni_purchase", "value": "45.50"}],
}


@pytest.fixture
def row() -> InsightsRow:
    return InsightsRow.from_api(RAW)


def test_numbers_are_numbers_also_where_no_field_is_declared(row: InsightsRow) -> None:
    assert (row.spend, row.impressions, row.unique_clicks) == (Decimal("10.00"), 1000, 7)
    assert getattr(row, "cost_per_unique_click") == Decimal("1.43")  # noqa: B009
    assert row.unique_actions == {"link_click": 18}
    assert InsightsRow.from_api({"unique_clicks": "n/a"}).unique_clicks == "n/a"


def test_absent_is_not_zero(row: InsightsRow) -> None:
    assert (row.clicks, row.reach, row.conversions, row.unique_inline_link_clicks) == (None, None, None, None)
    assert InsightsRow.from_api({"clicks": "0"}).clicks == 0
    assert row.action("lead") is None
    with pytest.raises(AttributeError):
        getattr(row, "spned")  # noqa: B009


def test_actions_by_type_and_window(row: InsightsRow) -> None:
    actions = row.actions
    assert isinstance(actions, Actions)
    assert actions["purchase"] == 4
    assert actions["post_reaction[wow]"] == 2
    assert "lead" not in actions
    assert row.action("purchase", window="7d_click") == 3
    assert row.action("link_click", window="7d_click") is None
    assert row.action("omni_purchase", figure="action_values") == Decimal("45.50")
    assert len(actions) == 4
    assert sum(actions.values()) != actions["purchase"]  # nothing is added up over types
    assert row.model_dump()["actions"] == RAW["actions"]


def test_rows_are_frozen_and_equal_by_what_they_say(row: InsightsRow) -> None:
    assert row == InsightsRow.from_api(RAW)
    assert row != InsightsRow.from_api({**RAW, "actions": RAW["actions"][1:]})
    with pytest.raises((FrozenInstanceError, ValueError)):
        row.spend = Decimal(1)


@table(
    ("goal", "event", "result"),
    [
        ("LINK_CLICKS", None, 20),
        ("OUTCOME_TRAFFIC", None, 20),
        ("OFFSITE_CONVERSIONS", None, 4),
        ("VALUE", "PURCHASE", 4),
        ("OFFSITE_CONVERSIONS", "LEAD", None),
        ("IMPRESSIONS", None, 1000),
        ("REACH", None, None),
        ("A_GOAL_OF_2027", None, None),
        ("OFFSITE_CONVERSIONS", "AN_EVENT_OF_2027", None),
    ],
)
def test_results_by_goal(row: InsightsRow, goal: str, event: str | None, result: int | None) -> None:
    assert row.results(goal, event=event) == result
    assert row.cost_per_result(goal, event=event) == (None if result is None else Decimal(10) / result)


def test_results_of_the_row_s_own_goal_are_of_one_figure_never_a_sum(row: InsightsRow) -> None:
    assert row.results() == 20
    both = InsightsRow.from_api({"actions": [{"action_type": t, "value": "5"} for t in ("lead", "leadgen_grouped")]})
    assert both.results("LEAD_GENERATION") == 5
    assert InsightsRow().results() is None
    assert InsightsRow(spend=Decimal(1), reach=0).cost_per_result("REACH") is None


def test_every_figure_of_a_goal_is_in_the_dictionary() -> None:
    figures = {name for goal in RESULT_METRICS for name in result_metrics(goal)}
    figures |= {name for event in EVENT_ACTIONS for name in result_metrics("VALUE", event)}
    assert {name.partition(".")[0] for name in figures} <= FIELDS.keys()


def test_roas(row: InsightsRow) -> None:
    assert row.roas == Decimal("4.55")
    told = [{"action_type": "omni_purchase", "value": "3.2"}]
    assert InsightsRow.from_api({**RAW, "purchase_roas": told}).roas == Decimal("3.2")
    assert InsightsRow(spend=Decimal(5)).roas is None


def test_the_dictionary_is_of_meta_s_fields() -> None:
    theirs = {value for name, value in vars(AdsInsights.Field).items() if not name.startswith("_")}
    theirs |= {value for name, value in vars(AdsInsights.Breakdowns).items() if not name.startswith("_")}
    assert FIELDS.keys() <= theirs
    assert len(FIELDS) >= 120
    lists = {name for name, kind in AdsInsights._field_types.items() if kind == "list<AdsActionStats>"}
    assert {name for name in FIELDS if name in lists} == {
        name for name in FIELDS if FIELD_KINDS[FIELDS[name].kind].by_type
    }


def test_what_is_declared_is_of_the_kind_the_dictionary_says() -> None:
    kinds: dict[Any, set[str]] = {
        int | None: {"count", "people"},
        Decimal | None: {"money", "cost", "percent", "ratio"},
        Actions | None: {"actions", "values", "costs", "ratios"},
        str | None: {"id", "name", "date", "breakdown"},
    }
    for name, field in InsightsRow.model_fields.items():
        assert FIELDS[name].kind in kinds[field.annotation], name


def test_describe(fb: FacebookAds) -> None:
    ctr = fb.insights.describe("ctr")
    assert (ctr.unit, ctr.additive, ctr.levels) == ("percent", False, ("account", "campaign", "adset", "ad"))
    assert fb.insights.describe("actions.purchase").name == "actions"
    assert fb.insights.describe("ad_name").levels == ("ad",)
    with pytest.raises(ParameterError, match="impressions"):
        fb.insights.describe("impresions")
    with pytest.raises(ParameterError, match="described here"):
        fb.insights.describe("qqqqqqqq")


@table("name", ["reach", "ctr", "frequency", "cpc", "purchase_roas.omni_purchase", "actions", "age",
                                  "unique_actions.link_click", "spend.purchase"])  # fmt: skip
def test_what_cannot_be_added_up_is_refused(name: str, row: InsightsRow) -> None:
    with pytest.raises(ParameterError, match="added up"):
        total([row], name)


def test_totals(fb: FacebookAds) -> None:
    days = fb.insights.list("act_1", days=14, time_increment=1)
    [whole] = fb.insights.list("act_1", days=14)
    for name in ("spend", "impressions", "clicks"):
        assert total(days, name) == getattr(whole, name)
    assert whole.actions
    assert total(days, "actions.link_click") == whole.actions["link_click"]
    assert total([], "spend") is None
    with pytest.raises(ParameterError, match="one currency"):
        total([*days, *fb.insights.list("act_2", days=14)], "spend")


def test_meta_says_what_figures_are_about(fb: FacebookAds, sandbox: Sandbox) -> None:
    report = fb.insights.iter("act_2", date_preset="last_month", fields=["spend", "reach", "actions", "campaign_name"])
    assert not sandbox.journal, "nothing is asked before it is wanted"
    meta = report.meta
    assert (meta.timezone_name, meta.currency) == ("Asia/Tokyo", "JPY")
    assert meta.windows == ((date(2026, 10, 1), date(2026, 10, 31)),)
    assert meta.settled_until == date(2026, 10, 4)
    assert not meta.settled
    assert meta.attribution == ("as set on the ad sets",)
    assert (meta.additive, meta.not_additive) == (("spend", "actions"), ("reach",))
    assert any("never add up different types" in note for note in meta.notes)
    assert "2026-10-01 to 2026-10-31, days of Asia/Tokyo, amounts in JPY" in str(meta)


def test_meta_of_other_queries(fb: FacebookAds) -> None:
    settled: Any = {"since": "2026-09-01", "until": "2026-10-04"}
    assert fb.insights.iter("act_1", time_range=settled).meta.settled
    assert "may still move" not in str(fb.insights.iter("act_1", time_range=settled).meta)
    windows: Any = ["1d_click", "7d_click"]
    assert fb.insights.iter("act_1", action_attribution_windows=windows).meta.attribution == ("1d_click", "7d_click")
    assert fb.insights.iter("act_1", date_preset="maximum").meta.windows == ()
    told = fb.insights.iter("act_1", breakdowns=["region"], use_unified_attribution_setting=True).meta.notes
    assert any("off its apps" in note for note in told)
    assert any("use_unified_attribution_setting" in note for note in told)
    ranges: Any = [settled, {"since": "2026-10-01", "until": "2026-10-31"}]
    assert any("overlap" in note for note in fb.insights.iter("act_1", time_ranges=ranges).meta.notes)


def test_meta_of_an_object_is_its_account_s(fb: FacebookAds) -> None:
    campaign = fb.campaigns.list("act_2", fields=["id"])[0].id
    assert fb.insights.iter(campaign).meta.currency == "JPY"
    report = fb.insights.iter(campaign, days=7)
    assert report.meta.object_id == campaign
