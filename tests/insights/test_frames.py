"""DataFrames: right types, the same whichever way a page was read."""

from __future__ import annotations

import json
import sys
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, ParameterError
from admonster_fb.sandbox import Sandbox
from admonster_fb.services.insights import columns
from admonster_fb.services.insights.columns import Shape, columns_of
from admonster_fb.services.insights.export import frame

FIELDS = ("campaign_name", "clicks", "spend", "ctr", "actions", "action_values")
HISTOGRAM = "video_play_curve_actions"
SHAPE = Shape(FIELDS, ("age",), ("action_reaction",), ("7d_click",))

texts = st.text(max_size=8)
figures = st.integers(0, 10**9).map(str) | st.decimals(0, 10**6, places=2).map(str)
entries = st.fixed_dictionaries(
    {"action_type": st.sampled_from(["purchase", "lead", "a.b"]), "value": figures},
    optional={"7d_click": figures, "action_reaction": st.sampled_from(["wow", "like"])},
)
rows = st.fixed_dictionaries(
    {"date_start": st.dates().map(str), "age": texts},
    optional={"campaign_name": texts, "clicks": st.integers(0, 10**12).map(str), "spend": figures, "ctr": figures}
    | {"actions": st.lists(entries, max_size=4), "action_values": st.lists(entries, max_size=2)},
)


def bodies(*some: list[Any]) -> list[bytes]:
    return [json.dumps({"data": page, "paging": {}}).encode() for page in some]


@pytest.mark.thorough
@given(some=st.lists(st.lists(rows, max_size=4), max_size=3))
def test_structs_and_dicts_read_the_same(some: list[list[Any]]) -> None:
    made = bodies(*some)
    quick = frame(made, SHAPE)
    slow = frame(made, Shape((*FIELDS, HISTOGRAM), ("age",), ("action_reaction",), ("7d_click",))).drop(HISTOGRAM)
    assert quick.columns == slow.columns
    assert quick.equals(slow)
    assert quick.height == sum(map(len, some))


@pytest.mark.thorough
@given(page=st.lists(rows, min_size=1, max_size=4))
def test_a_frame_says_what_the_rows_say(page: list[Any]) -> None:
    made = frame(bodies(page), SHAPE)
    cells = columns_of(page)
    for name, column in cells.items():
        for number, cell in enumerate(column):
            found = made[name][number]
            assert (found is None) == (cell is None)
            if isinstance(found, int | float):
                assert found == pytest.approx(float(cell))
            elif found is not None:
                assert str(found) == cell


@pytest.mark.thorough
def test_a_frame_has_the_type_of_each_field(fb: FacebookAds) -> None:
    made = fb.insights.iter("act_1", level="campaign", breakdowns=["age", "gender"], days=7, time_increment=1).frame()
    types = {
        "date_start": pl.Date,
        "age": pl.String,
        "campaign_id": pl.String,
        "impressions": pl.Int64,
        "reach": pl.Int64,
        "spend": pl.Float64,
        "ctr": pl.Float64,
        "actions.link_click": pl.Float64,
    }
    assert {name: made.schema[name] for name in types} == types
    assert made.columns[:4] == ["date_start", "date_stop", "age", "gender"]


@pytest.mark.thorough
def test_a_frame_has_the_rows_and_sums_of_the_rows(fb: FacebookAds) -> None:
    query: Any = {"level": "ad", "days": 30, "time_increment": 1, "limit": 7}
    listed = fb.insights.list("act_1", **query)
    made = fb.insights.iter("act_1", **query).frame()
    assert made.height == len(listed) > 7
    assert made["impressions"].sum() == sum(row.impressions or 0 for row in listed)
    assert round(made["spend"].sum(), 2) == float(sum(row.spend or 0 for row in listed))
    clicks = sum((row.actions or {}).get("link_click", 0) for row in listed)
    assert made["actions.link_click"].sum() == clicks > 0


def test_plain_pages_are_read_without_a_dict_per_entry(fb: FacebookAds, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("the slow way")

    monkeypatch.setattr(columns, "columns_of", never)
    query: Any = {"level": "ad", "days": 30, "limit": 3, "action_attribution_windows": ["7d_click"]}
    made = fb.insights.iter("act_1", fields=FIELDS, **query).frame()
    assert made.height > 3


def test_no_rows_are_a_frame_with_the_columns(fb: FacebookAds) -> None:
    made = fb.insights.iter("act_3", fields=["spend", "clicks", "actions"]).frame()
    assert made.height == 0
    assert made.schema == {"date_start": pl.Date, "date_stop": pl.Date, "spend": pl.Float64, "clicks": pl.Int64}


@table(
    ("row", "column", "value"),
    [
        ({"spend": 1.5}, "spend", 1.5),
        ({"clicks": 3}, "clicks", 3),
        ({"spend": "n/a"}, "spend", None),
        ({"campaign_name": {"odd": [1]}}, "campaign_name", '{"odd": [1]}'),
        ({"actions": {}}, "actions", None),
        ({"actions": [None, {"action_type": "a", "value": "1"}]}, "actions.a", 1.0),
        ({"actions": [5]}, "actions", None),
        ({"actions": [{"action_type": "lead", "value": 2}]}, "actions.lead", 2.0),
        ({"actions": [{"value": "2"}]}, "actions", 2.0),
        ({"clicks": None}, "clicks", None),
    ],
)
def test_odd_rows_are_read(row: dict[str, Any], column: str, value: Any) -> None:
    made = frame(bodies([{"spend": "2.00"}, row]), Shape(FIELDS))
    assert made.height == 2
    assert made[column][1] == value


def test_one_object_and_unknown_fields() -> None:
    made = frame([b'{"data":{"spend":"1"}}'], Shape(("spend",)))
    assert made["spend"].to_list() == [1.0]
    made = frame(
        bodies([{"brand_new": [{"action_type": "a", "value": "1"}], "other": [1]}]), Shape(("brand_new", "other"))
    )
    assert (made["brand_new.a"][0], made["other"][0]) == ("1", "[1]")


@pytest.mark.thorough  # to import pandas takes longer than most tests
def test_pandas_keeps_whole_numbers_whole(fb: FacebookAds) -> None:
    pandas = fb.insights.iter("act_1", level="ad", days=7).frame("pandas")
    assert str(pandas["impressions"].dtype) == "int64[pyarrow]"
    assert pandas["spend"].sum() > 0


def test_only_polars_and_pandas(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(ParameterError, match="polars or pandas"):
        fb.insights.iter("act_1").frame("numpy")  # type: ignore[call-overload]
    assert not sandbox.journal


@table("missing", ["polars", "pyarrow"])
def test_without_the_extra_the_error_names_it(fb: FacebookAds, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(FacebookAdsError, match=r"admonster-fb\[data\]"):
        fb.insights.iter("act_1").to_parquet("a.parquet")


def test_without_polars_rows_and_csv_still_come(
    fb: FacebookAds, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("polars", "pyarrow", "pandas"):
        monkeypatch.setitem(sys.modules, name, None)
    assert fb.insights.list("act_1", days=7)
    assert fb.insights.iter("act_1", days=7).to_csv(tmp_path / "a.csv").rows == 1
    with pytest.raises(FacebookAdsError, match=r"admonster-fb\[data\]"):
        fb.insights.iter("act_1").frame()
