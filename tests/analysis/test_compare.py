"""One period against another: sums exact, ratios from sums, absent is not zero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admonster_fb import ParameterError
from admonster_fb.analysis import Change, compare, contrast
from admonster_fb.analysis.figures import figure
from admonster_fb.models.insights.row import InsightsRow


def row(campaign: str = "1", **figures: Any) -> InsightsRow:
    return InsightsRow.from_api({"campaign_id": campaign, "account_currency": "USD", **figures})


def actions(**kinds: Any) -> list[dict[str, str]]:
    return [{"action_type": kind, "value": str(value)} for kind, value in kinds.items()]


CENTS = st.integers(0, 10**15).map(lambda cents: str(Decimal(cents).scaleb(-2)))
ROWS = st.lists(
    st.builds(
        lambda campaign, spend, impressions, clicks: row(
            campaign,
            campaign_name=f"{campaign} ☕",
            **{
                name: value
                for name, value in (("spend", spend), ("impressions", impressions), ("clicks", clicks))
                if value is not None
            },
        ),
        st.text(min_size=1, max_size=3),
        st.none() | CENTS,
        st.none() | st.integers(0, 10**12).map(str),
        st.none() | st.integers(0, 10**9).map(str),
    ),
    max_size=12,
)


@pytest.mark.thorough
@given(ROWS, ROWS)
def test_the_total_is_the_sum_of_the_rows_to_the_cent(before: list[InsightsRow], after: list[InsightsRow]) -> None:
    told = compare(before, after)
    for side, rows in (("before", before), ("after", after)):
        cents = [int(each.spend * 100) for each in rows if each.spend is not None]
        total = getattr(told.total["spend"], side)
        assert (total is None) == (not cents)
        assert total is None or total * 100 == sum(cents)
        parts = [getattr(each["spend"], side) for each in told.rows]
        assert sum(part * 100 for part in parts if part is not None) == sum(cents)


@pytest.mark.thorough
@given(ROWS, ROWS)
def test_turned_around_the_differences_change_their_sign(before: list[InsightsRow], after: list[InsightsRow]) -> None:
    forth, back = compare(before, after), compare(after, before)
    assert {each.key for each in forth.rows} == {each.key for each in back.rows}
    other = {each.key: each for each in back.rows}
    for each in forth.rows:
        for name, change in each.changes.items():
            told = other[each.key][name].difference
            assert (change.difference is None) == (told is None)
            assert told is None or change.difference + told == 0


@pytest.mark.thorough
@given(ROWS)
def test_ratios_come_from_the_sums_not_from_the_ratios(rows: list[InsightsRow]) -> None:
    told = compare([], rows).total
    clicks, impressions = told["clicks"].after, told["impressions"].after
    ctr = told["ctr"].after
    assert (ctr is None) == (clicks is None or not impressions)
    assert ctr is None or ctr == Decimal(100 * clicks) / impressions
    assert told["ctr"].percent is None


def test_a_day_of_few_impressions_does_not_weigh_as_much_as_one_of_many() -> None:
    told = compare([], [row(impressions="1000", clicks="10"), row(impressions="10", clicks="5")])
    assert told.rows[0]["ctr"].after == Decimal(1500) / 1010


def test_absent_is_not_zero() -> None:
    [told] = compare([row(clicks="0")], [row(spend="0", clicks="5")]).rows
    assert told["spend"] == Change(None, Decimal("0"))
    assert (told["spend"].difference, told["spend"].percent) == (None, None)
    assert (told["clicks"].difference, told["clicks"].percent) == (5, None)
    assert told["cpc"].after == 0
    assert told["cpm"] == Change(None, None)


def test_what_stopped_and_what_is_new_is_there() -> None:
    told = compare([row("old", spend="3")], [row("new", spend="4")])
    assert [each.key for each in told.rows] == [("new",), ("old",)]
    assert told.rows[1]["spend"] == Change(Decimal(3), None)
    assert told.total["spend"].percent == Decimal(100) / 3


def test_nothing_against_nothing() -> None:
    told = compare([], [])
    assert (told.rows, told.currency) == ((), "")
    assert set(told.total.changes.values()) == {Change(None, None)}


def test_keys_may_be_several_and_names_anything() -> None:
    rows = [row("1", campaign_name="مرحبا 😀", age="18-24", spend="1"), row("1", age="25-34", spend="2")]
    told = compare(rows, rows, by=("campaign_id", "age"), fields=("spend",))
    assert [(each.key, each.name) for each in told.rows] == [
        (("1", "18-24"), "مرحبا 😀"),
        (("1", "25-34"), "1 | 25-34"),
    ]


def test_people_are_shown_but_never_added_up() -> None:
    before, after = [row(reach="5", frequency="1.5")], [row(reach="6", frequency="2")]
    told = compare(before, after, fields=("reach", "frequency"))
    assert told.rows[0]["reach"] == Change(5, 6)
    assert told.total["reach"] == told.total["frequency"] == Change(None, None)
    with pytest.raises(ParameterError, match="cannot, the same person"):
        compare([], [*after, *after], fields=("reach",))


def test_two_currencies_are_refused_also_across_the_periods() -> None:
    yen = InsightsRow.from_api({"campaign_id": "1", "account_currency": "JPY", "spend": "5"})
    for call in (lambda: compare([row(spend="1")], [yen]), lambda: contrast([row(spend="1"), yen], "campaign_id")):
        with pytest.raises(ParameterError, match="one currency"):
            call()


def test_an_unknown_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="did you mean spend"):
        compare([], [], fields=("spent",))
    with pytest.raises(ParameterError, match="campaign_id"):
        compare([], [], by=("campain_id",))


def test_results_of_one_kind_add_up_of_two_they_do_not() -> None:
    leads = [
        row("1", objective="OUTCOME_LEADS", spend="6", actions=actions(lead=2)),
        row("1", objective="OUTCOME_LEADS", spend="4"),
    ]
    sales = row("2", objective="OUTCOME_SALES", spend="5", actions=actions(purchase=1))
    told = compare([], [*leads, sales])
    assert (told.rows[0]["results"].after, told.rows[0]["cost_per_result"].after) == (2, 5)
    assert told.total["results"].after is None
    assert compare([], leads).total["cost_per_result"].after == 5


def test_roas_is_all_value_over_all_spend() -> None:
    rows = [
        row(spend="10", action_values=actions(omni_purchase="30.00", purchase="30.00")),
        row(spend="10", purchase_roas=actions(omni_purchase="0.5")),
        row(spend="20"),
    ]
    assert figure(rows, "roas") == Decimal("0.875")
    assert figure(rows[2:], "roas") is None


def test_shares_of_a_breakdown_are_of_the_whole() -> None:
    rows = [
        row(age="18-24", spend="75", actions=actions(lead=5)),
        row(age="25-34", spend="25", actions=actions(lead=15)),
        row(age="65+"),
    ]
    young, grown, old = contrast(rows, "age", goal="OUTCOME_LEADS")
    assert (young.share_of_spend, young.share_of_results, young.cost_per_result) == (75, 25, 15)
    assert (young.against_whole.before, young.against_whole.percent) == (5, 200)
    assert grown.share_of_results == 75
    assert (old.spend, old.share_of_spend, old.cost_per_result) == (None, None, None)
    assert contrast([], "age") == ()
