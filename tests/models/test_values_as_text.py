"""Numbers, yes and no, and objects written as text, which Meta's SDK sends on as they are, mean the same here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import table
from written_parameters import WRITTEN

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.models._params import checked, schema
from admonster_fb.models.adset import AdSetUpdate
from admonster_fb.models.adstudy import AdStudyUpdate
from admonster_fb.models.common import EdgeList
from admonster_fb.sandbox import Sandbox

SAMPLES: dict[str, tuple[Any, ...]] = {"integer": (1, 7, 20), "number": (0.05, 20), "boolean": (True, False)}


def _accepted(spec: Any, params: dict[str, Any]) -> Any:
    try:
        return checked(spec, params)
    except ParameterError:
        return None


def test_each_typed_number_and_yes_or_no_may_be_text() -> None:
    """Every write parameter of these types: text gives what the value itself gives, also within objects as text."""
    wrong, tried = [], 0
    for spec, required in WRITTEN:
        for name, kind in schema(spec)["properties"].items():
            for value in SAMPLES.get(kind.get("type", ""), ()):
                plain = _accepted(spec, {**required, name: value})
                tried += plain is not None
                if plain is not None and _accepted(spec, {**required, name: json.dumps(value)}) != plain:
                    wrong.append((spec.__name__, name, value))
    assert tried > 100
    assert wrong == []


TARGETING = {
    "age_min": 18,
    "age_max": 65,
    "genders": [1],
    "geo_locations": {"cities": [{"key": "1", "radius": 20, "distance_unit": "mile"}]},
    "targeting_automation": {"advantage_audience": 0},
}


def test_at_any_depth_and_as_json_text() -> None:
    written = {**TARGETING, "age_min": "18", "age_max": 65.0, "genders": ["1"]}
    for given in (written, json.dumps(written), json.dumps(TARGETING)):
        assert checked(AdSetUpdate, {"targeting": given}) == {"targeting": TARGETING}
    windows = [{"event_type": "CLICK_THROUGH", "window_days": 1}]
    assert checked(AdSetUpdate, {"attribution_spec": json.dumps(windows)}) == {"attribution_spec": windows}
    with pytest.raises(ParameterError, match="pacing_type"):
        checked(AdSetUpdate, {"pacing_type": "standard"})


@table("value", ["18+", "1e2", "018", "", "eighteen", True, 18.5, "18.0", "\N{FULLWIDTH DIGIT NINE}"])
def test_what_has_no_one_meaning_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="age_min"):
        checked(AdSetUpdate, {"targeting": {"age_min": value}})


@table("value", ["50", "50.00", 50.0])
def test_an_amount_without_its_currency_stays_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="daily_budget"):
        checked(AdSetUpdate, {"daily_budget": value})


@table(("value", "passes"), [("1798790400", True), ("0", True), ("1798", False), ("soon", False)])
def test_unix_seconds_may_be_text(value: str, passes: bool) -> None:
    assert (_accepted(AdSetUpdate, {"end_time": value}) is not None) is passes
    assert _accepted(AdStudyUpdate, {"end_time": value}) is None  # as of events, by the cases of others


@table(("value", "passes"), [(1798790400.0, True), (1798790400.5, False), (float("nan"), False)])
def test_a_whole_number_of_seconds_may_be_a_float(value: float, passes: bool) -> None:
    assert (_accepted(AdStudyUpdate, {"end_time": value}) is not None) is passes


def test_what_was_wrong_beside_it_is_still_named() -> None:
    with pytest.raises(ParameterError) as error:
        checked(AdSetUpdate, {"targeting": {"age_min": "18", "age_mx": "65"}})
    assert [each.field for each in error.value.violations] == ["targeting.age_mx"]
    assert checked(EdgeList, {"limit": "5"}) == {"limit": 5}


def test_the_number_is_what_is_sent(fb: FacebookAds, sandbox: Sandbox) -> None:
    adset = fb.adsets.list("act_1")[0].id
    fb.adsets.update(adset, targeting={"age_min": "18", "geo_locations": {"countries": ["US"]}})  # type: ignore[typeddict-item]
    assert sandbox.journal[-1].params["targeting"]["age_min"] == 18
