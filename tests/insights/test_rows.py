"""Rows as they are read: numbers as numbers, absent is not zero, action types apart."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from explore import examples
from facebook_business.adobjects.adsinsights import AdsInsights
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.analysis.figures import figure
from admonster_fb.analysis.metrics import metric
from admonster_fb.bot.render.insights import RowView, row_line
from admonster_fb.models._lazy import Layout, release, row_of
from admonster_fb.models.insights.fields import BY_INDICATOR, FIELD_KINDS, FIELDS
from admonster_fb.models.insights.metadata import total
from admonster_fb.models.insights.row import (
    EVENT_ACTIONS,
    RESULT_METRICS,
    Actions,
    InsightsRow,
    action_names,
    result_metrics,
)
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


def test_row_reads_undeclared_fields_as_numbers(row: InsightsRow) -> None:
    assert (row.spend, row.impressions, row.unique_clicks) == (Decimal("10.00"), 1000, 7)
    assert getattr(row, "cost_per_unique_click") == Decimal("1.43")  # noqa: B009
    assert row.unique_actions == {"link_click": 18}
    assert InsightsRow.from_api({"unique_clicks": "n/a"}).unique_clicks == "n/a"


def test_row_field_that_meta_omits_is_none_not_zero(row: InsightsRow) -> None:
    assert (row.clicks, row.reach, row.conversions, row.unique_inline_link_clicks) == (None, None, None, None)
    assert InsightsRow.from_api({"clicks": "0"}).clicks == 0
    assert row.action("lead") is None
    with pytest.raises(AttributeError):
        getattr(row, "spned")  # noqa: B009


def test_row_actions_are_read_by_type_and_window(row: InsightsRow) -> None:
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


def test_rows_are_frozen_and_compare_by_content(row: InsightsRow) -> None:
    assert row == InsightsRow.from_api(RAW)
    assert row != InsightsRow.from_api({**RAW, "actions": RAW["actions"][1:]})
    with pytest.raises((FrozenInstanceError, ValueError)):
        row.spend = Decimal(1)


RESULTS: list[tuple[str, str | None, int | None]] = [
    ("LINK_CLICKS", None, 20),
    ("OUTCOME_TRAFFIC", None, 20),
    ("OFFSITE_CONVERSIONS", None, 4),
    ("VALUE", "PURCHASE", 4),
    ("OFFSITE_CONVERSIONS", "LEAD", None),
    ("IMPRESSIONS", None, 1000),
    ("REACH", None, None),
    ("A_GOAL_OF_2027", None, None),
    ("OFFSITE_CONVERSIONS", "AN_EVENT_OF_2027", None),
]


def test_results_and_their_cost_follow_the_goal(row: InsightsRow) -> None:
    counted = [(goal, event, row.result(goal, event=event)) for goal, event, _ in RESULTS]
    assert [(goal, event, each.value if each else None) for goal, event, each in counted] == RESULTS
    costs = [row.result_cost(goal, event=event) for goal, event, _ in RESULTS]
    assert costs == [None if result is None else Decimal(10) / result for *_, result in RESULTS]


def test_results_default_to_the_row_s_goal_and_are_never_a_sum(row: InsightsRow) -> None:
    assert row.result() == (20, "actions.link_click", False)
    both = InsightsRow.from_api({"actions": [{"action_type": t, "value": "5"} for t in ("lead", "leadgen_grouped")]})
    assert both.result("LEAD_GENERATION").value == 5
    assert InsightsRow().result() is None
    assert InsightsRow(spend=Decimal(1), reach=0).result_cost("REACH") is None


@pytest.mark.thorough
def test_the_sandbox_counts_results_as_meta_does(fb: FacebookAds) -> None:
    for level in ("campaign", "adset", "ad"):
        rows = fb.insights.list("act_1", level=level)
        assert all(row.result() for row in rows)
        assert any(row.result().by_meta and row.result_cost() for row in rows)
    by_age = fb.insights.list("act_1", level="campaign", breakdowns=["age"])
    assert any((result := row.result()) and result.value and not result.by_meta for row in by_age)


def _indicated(*values: dict[str, Any], indicator: str = "actions:lead") -> list[dict[str, Any]]:
    return [{"indicator": indicator, **({"values": [*values]} if values else {})}]


def _of(value: str, *windows: str) -> dict[str, Any]:
    return {"value": value, "attribution_windows": [*windows]}


@table(
    "results, said",
    [
        (_indicated(_of("5", "default")), (5, "actions.lead", True)),
        (_indicated({"value": "5"}), (5, "actions.lead", True)),
        (_indicated(_of("5", "7d_click")), (5, "actions.lead", True)),
        (_indicated(_of("5", "7d_click"), _of("2", "default")), (2, "actions.lead", True)),
        (_indicated(_of("5", "7d_click"), _of("2", "1d_view")), (None, "actions.lead", True)),
        (_indicated(), (None, "actions.lead", True)),
        ([*_indicated(_of("5")), *_indicated(_of("2"), indicator="reach")], (None, "", True)),
        ([*_indicated(_of("5")), *_indicated(_of("2"))], (None, "", True)),
        ("5", (5, "actions.lead", True)),
        (None, (7, "actions.lead", False)),
    ],
)
def test_metas_own_results_are_the_truth_and_ours_the_fall_back(results: Any, said: tuple[Any, ...]) -> None:
    lead = {"objective": "OUTCOME_LEADS", "actions": [{"action_type": "lead", "value": "7"}], "spend": "10"}
    row = InsightsRow.from_api(lead if results is None else {**lead, "results": results})
    assert row.result() == said
    assert row.results == results


def test_metas_cost_per_result_goes_with_its_results() -> None:
    cost = [{"indicator": "cost_per_action_type:lead", "values": [{"value": "15.85"}]}]
    raw = {"spend": "44.93", "results": _indicated(_of("3")), "cost_per_result": cost, "objective": "OUTCOME_LEADS"}
    assert InsightsRow.from_api(raw).result_cost() == Decimal("15.85")
    del raw["cost_per_result"]
    assert InsightsRow.from_api(raw).result_cost() == Decimal("44.93") / 3
    assert InsightsRow.from_api({**raw, "reach": "10"}).result("REACH") == (10, "reach", False), "another kind"


@table("names", [[*action_names(event)[start:]] for event in ("purchase", "lead") for start in range(3)])
def test_every_reader_takes_the_same_name_of_an_event(names: list[str]) -> None:
    actions = [{"action_type": name, "value": str(n + 3)} for n, name in enumerate(names)]
    values = [{"action_type": name, "value": str(10 * n + 30)} for n, name in enumerate(names)]
    row = InsightsRow.from_api({"actions": actions[::-1], "action_values": values, "spend": "10", "impressions": "9"})
    event = names[0].rpartition("_")[2]
    assert row.result("OUTCOME_SALES", event=event.upper()).value == 3
    assert metric(f"{event}s").read(row) == 3
    assert metric(f"cost_per_{event}").read(row) == Decimal(10) / 3
    if event == "purchase":
        assert row.roas == metric("roas").read(row) == figure([row], "roas") == 3
    else:
        assert row.result("OUTCOME_LEADS").value == 3


SPLIT = [
    {"action_type": "purchase", "action_device": "iphone", "value": "2", "7d_click": "1"},
    {"action_type": "purchase", "action_device": "desktop", "value": "1", "7d_click": "1"},
    {"action_type": "post_reaction", "action_reaction": "wow", "value": "1"},
    {"action_type": "post_reaction", "value": "8"},
]


def test_actions_that_a_breakdown_splits_are_still_there() -> None:
    values = [{**entry, "value": "30"} for entry in SPLIT[:2]]
    raw = {"actions": SPLIT, "action_values": values, "unique_actions": SPLIT[:2], "spend": "20", "impressions": "9"}
    row = InsightsRow.from_api(raw)
    assert row.action("purchase") == 3
    assert row.action("purchase", window="7d_click") == 2
    assert row.action("post_reaction") == 8, "its parts are in it"
    assert row.action("purchase", figure="unique_actions") is None, "people do not add up"
    assert row.result("OUTCOME_SALES").value == metric("purchases").read(row) == 3
    assert row.roas == 3
    assert total([row, row], "actions.purchase") == 6


def test_entries_without_an_action_type_are_figures_of_their_own() -> None:
    row = InsightsRow.from_api({"actions": [{"action_device": d, "value": v} for d, v in (("a", "1"), ("b", "2"))]})
    assert dict(row.actions or {}) == {"[a]": 1, "[b]": 2}


def test_metrics_of_all_goals_are_in_the_dictionary() -> None:
    figures = {name for goal in RESULT_METRICS for name in result_metrics(goal)}
    figures |= {name for event in EVENT_ACTIONS for name in result_metrics("VALUE", event)}
    assert {name.partition(".")[0] for name in figures} <= FIELDS.keys()


def test_roas_is_meta_s_or_value_divided_by_spend(row: InsightsRow) -> None:
    assert row.roas == Decimal("4.55")
    roas = [{"action_type": "omni_purchase", "value": "3.2"}]
    assert InsightsRow.from_api({**RAW, "purchase_roas": roas}).roas == Decimal("3.2")
    assert InsightsRow(spend=Decimal(5)).roas is None


def test_dictionary_has_only_fields_of_meta_with_their_kinds() -> None:
    theirs = {value for name, value in vars(AdsInsights.Field).items() if not name.startswith("_")}
    theirs |= {value for name, value in vars(AdsInsights.Breakdowns).items() if not name.startswith("_")}
    assert FIELDS.keys() <= theirs
    assert len(FIELDS) >= 120
    lists = {name for name, kind in AdsInsights._field_types.items() if kind == "list<AdsActionStats>"} | BY_INDICATOR
    assert {AdsInsights._field_types[name] for name in BY_INDICATOR} == {"list<Object>"}
    assert {name for name in FIELDS if name in lists} == {
        name for name in FIELDS if FIELD_KINDS[FIELDS[name].kind].by_type
    }


def test_declared_fields_have_the_type_of_their_kind() -> None:
    kinds: dict[Any, set[str]] = {
        int | None: {"count", "people"},
        Decimal | None: {"money", "cost", "percent", "ratio"},
        Actions | None: {"actions", "values", "costs", "ratios", "results"},
        str | None: {"id", "name", "date", "breakdown"},
    }
    for name, field in InsightsRow.model_fields.items():
        assert FIELDS[name].kind in kinds[field.annotation], name


def test_describe_returns_the_field_or_suggests_names(fb: FacebookAds) -> None:
    ctr = fb.insights.describe("ctr")
    assert (ctr.unit, ctr.additive, ctr.levels) == ("percent", False, ("account", "campaign", "adset", "ad"))
    assert fb.insights.describe("actions.purchase").name == "actions"
    assert fb.insights.describe("ad_name").levels == ("ad",)
    with pytest.raises(ParameterError, match="impressions"):
        fb.insights.describe("impresions")
    with pytest.raises(ParameterError, match="described here"):
        fb.insights.describe("qqqqqqqq")


def test_total_refuses_people_ratios_and_whole_lists(row: InsightsRow) -> None:
    names = ["reach", "ctr", "frequency", "cpc", "purchase_roas.omni_purchase", "actions", "age"]
    for name in [*names, "unique_actions.link_click", "spend.purchase"]:
        with pytest.raises(ParameterError, match="added up"):
            total([row], name)


def test_total_adds_up_rows_of_one_currency(fb: FacebookAds) -> None:
    days = fb.insights.list("act_1", days=14, time_increment=1)
    [whole] = fb.insights.list("act_1", days=14)
    for name in ("spend", "impressions", "clicks"):
        assert total(days, name) == getattr(whole, name)
    assert whole.actions
    assert total(days, "actions.link_click") == whole.actions["link_click"]
    assert total([], "spend") is None
    with pytest.raises(ParameterError, match="one currency"):
        total([*days, *fb.insights.list("act_2", days=14)], "spend")


def test_meta_states_window_zone_currency_attribution_and_notes(fb: FacebookAds, sandbox: Sandbox) -> None:
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


def test_meta_follows_the_query(fb: FacebookAds) -> None:
    settled: Any = {"since": "2026-09-01", "until": "2026-10-04"}
    assert fb.insights.iter("act_1", time_range=settled).meta.settled
    assert "may still move" not in str(fb.insights.iter("act_1", time_range=settled).meta)
    windows: Any = ["1d_click", "7d_click"]
    assert fb.insights.iter("act_1", action_attribution_windows=windows).meta.attribution == ("1d_click", "7d_click")
    whole = fb.insights.iter("act_1", date_preset="maximum").meta
    assert whole.windows == ((date(2023, 10, 1), date(2026, 11, 1)),), "37 months, today included"
    hours = "hourly_stats_aggregated_by_advertiser_time_zone"
    said = {
        "added up over all days": {"breakdowns": [hours], "days": 7},
        "refuse media breakdowns": {"breakdowns": ["media_type"], "days": 7},
        "repeated for each product": {"breakdowns": ["product_id"]},
        "reach, frequency (by the hour": {"breakdowns": [hours]},
        "left out of the usual fields: reach": {"breakdowns": ["age"], "days": 700},
        "leave out objects deleted or archived since": {"level": "ad"},
        "add action_type to": {"action_breakdowns": ["action_device"]},
        "which fields do not name": {"action_breakdowns": ["action_device"], "fields": ["spend"]},
    }
    for words, query in said.items():
        assert any(words in note for note in fb.insights.iter("act_1", **query).meta.notes), words
    products = fb.insights.iter("act_1", breakdowns=["product_id"], fields=["spend", "actions"]).meta
    assert (products.additive, products.not_additive) == (("spend",), ("actions",))
    repeated = [InsightsRow.from_api({"product_id": n, "actions": RAW["actions"]}) for n in "123"]
    with pytest.raises(ParameterError, match="for each product"):
        total(repeated, "actions.purchase")
    notes = fb.insights.iter("act_1", breakdowns=["region"], use_unified_attribution_setting=True).meta.notes
    assert any("off its apps" in note for note in notes)
    assert any("use_unified_attribution_setting" in note for note in notes)
    ranges: Any = [settled, {"since": "2026-10-01", "until": "2026-10-31"}]
    assert any("overlap" in note for note in fb.insights.iter("act_1", time_ranges=ranges).meta.notes)


def test_meta_of_a_campaign_is_its_account_s(fb: FacebookAds) -> None:
    campaign = fb.campaigns.list("act_2", fields=["id"])[0].id
    assert fb.insights.iter(campaign).meta.currency == "JPY"
    report = fb.insights.iter(campaign, days=7)
    assert report.meta.object_id == campaign


TEXTS = ["x", 'a],"x":"b', '":[{"action_type":"y"}]', "]", "}],", "[", "\\", '\\"', "é\ud83d"[:1], "\u2028", "1", ""]
ENTRY = st.fixed_dictionaries(
    {"action_type": st.sampled_from(TEXTS), "value": st.sampled_from(["1", "2.50", "n/a", 3, None, *TEXTS])},
    optional={"7d_click": st.just("2"), "values": st.just([{"value": "1"}]), "action_device": st.sampled_from(TEXTS)},
)
LIST = st.lists(ENTRY, max_size=3)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "ad_name": st.sampled_from(TEXTS),
        "spend": st.sampled_from(["1.5", 2, "odd", None]),
        "actions": LIST | st.sampled_from([None, 0, 10**18, 10**18 + 1, "x", {"action_type": "x"}]),
        "cost_per_action_type": LIST,
        "unique_actions": LIST,
        "brand_new": LIST,
    },
)


NAMES = [["ad_name", "spend", "actions"], [*FIELDS], []]


def lazy_rows(body: bytes, names: list[str]) -> list[InsightsRow] | None:
    """Return the rows of a page as the library reads a large one; `None` if they are not as expected."""
    layout = Layout(InsightsRow, names)
    page = layout.decode(body)
    if page is None:
        layout.learn(json.loads(body)["data"])
        page = layout.decode(body)
    return None if page is None else [*InsightsRow.of_rows(page.data)]


@pytest.mark.thorough
@settings(max_examples=examples(50))
@given(rows=st.lists(ROW, max_size=4), summary=ROW, spaced=st.booleans(), names=st.sampled_from(NAMES))
def test_a_row_is_the_same_whether_it_is_decoded_at_once_or_when_read(rows, summary, spaced, names):
    body = json.dumps({"data": rows, "summary": summary}, separators=None if spaced else (",", ":")).encode()
    for read in (
        lambda row: [getattr(row, name) for name in ("spend", "ad_name", "actions", "unique_actions", "reach")],
        lambda row: row.model_dump(exclude_unset=True, warnings=False),
        lambda row: row.model_extra,
        lambda row: row.model_fields_set,
        vars,
        dict,
        copy.deepcopy,
        lambda row: pickle.loads(pickle.dumps(row)),
        lambda row: json.loads(TypeAdapter(list[InsightsRow]).dump_json([row], warnings=False)),
        lambda row: getattr(row, "brand_new", "none"),
        lambda row: (row.action("x"), row.action("x", figure="unique_actions"), row.result("REACH"), row.roas),
    ):
        lazy = lazy_rows(body, names)
        for fast, row in zip(lazy or (), rows if lazy else (), strict=True):
            plain = InsightsRow.from_api(row)
            assert read(fast) == read(plain)
            assert fast == plain
            assert repr(fast) == repr(plain) or fast.model_extra
    assert lazy is not None or b"\\ud83d" in body  # half of a character


def test_lists_that_nobody_reads_stay_encoded():
    entries = [{"action_type": "lead", "value": "2"}]
    rows = lazy_rows(json.dumps({"data": [{"spend": "1", "actions": entries}] * 3}).encode(), ["spend", "actions"])
    assert [type(row.actions._raw) for row in rows] == [bytes] * 3
    assert rows[0].action("lead") == 2
    assert type(row_of(rows[1]).actions) is not bytes
    assert copy.deepcopy(rows[1]) == pickle.loads(pickle.dumps(rows[1])) == rows[0]


@table(
    "body", [b"", b"[]", b'{"data":[{"actions":[{"action_type":', b'{"data":[{"actions":[{"action_type":"x"}', b"\xff"]
)
def test_a_page_that_is_cut_is_read_as_any_other(body):
    assert Layout(InsightsRow, ["actions"]).decode(body) is None


def test_a_stored_row_does_not_keep_its_page_in_memory():
    page = json.dumps({"data": [{"spend": "1", "actions": [{"action_type": "lead", "value": "2"}]}] * 9}).encode()
    body = bytes(bytearray(page))
    rows = Layout(InsightsRow, ["spend", "actions"]).decode(body).data
    before = sys.getrefcount(body)
    stored = [*InsightsRow.of_rows(rows)][3]
    release(rows)
    del rows
    assert sys.getrefcount(body) < before
    assert sys.getrefcount(body) == 2
    assert stored.action("lead") == 2


@pytest.mark.thorough
@table("name", ["actions", "results", "cost_per_result", "purchase_roas", "unique_actions"])
@table(
    "cell",
    [
        *(5, "x", {}, {"a": 1}, [1], [None], ["x"], [[]], [{"action_type": ["a"], "value": {}}]),
        *([{"indicator": "a", "values": odd}] for odd in (5, "xy", [5], [None], {"value": "1"})),
        *(
            [{"indicator": "a", "values": [{"value": "1", "attribution_windows": odd}]}]
            for odd in (5, "7d", {}, [None])
        ),
    ],
)
def test_a_list_in_another_form_hides_nothing_of_its_row(name: str, cell: Any) -> None:
    row = InsightsRow.from_api({name: cell, "spend": "5", "objective": "OUTCOME_SALES"})
    value = getattr(row, name)
    assert row.spend == 5
    assert row_line(row, RowView(everything=True)).startswith("Spend: 5")
    assert row.action("purchase", figure=name) is None
    assert row.result() is not None
    assert row.result_cost() in (None, 1, 5)
    assert not isinstance(value, Actions) or value.raw == cell
