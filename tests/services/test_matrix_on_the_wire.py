"""What Meta documents leaves unchanged: each row of the matrix and of the requests that were once refused."""

from __future__ import annotations

import itertools
import json
import runpy
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tables import table
from wire import Wire

from admonster_fb import FacebookAds, Settings, facts
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

PAIRS: list[Any] = runpy.run_path(str(Path(__file__).parents[1] / "rules" / "test_matrix.py"))["RIGHT"]
OBJECTIVES = dict(enumerate(("AWARENESS", "TRAFFIC", "ENGAGEMENT", "LEADS", "SALES", "APP_PROMOTION"), 1))
CAMPAIGNS = {f"OUTCOME_{name}": str(number) for number, name in OBJECTIVES.items()}
ACCOUNT = {"id": "act_1", "currency": "USD", "timezone_name": "UTC", "min_daily_budget": 100}
ADSET: dict[str, Any] = {
    "name": "A",
    "daily_budget": 5000,
    "billing_event": "IMPRESSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
}
PLAIN: dict[str, dict[str, Any]] = {
    "campaign": {"name": "A", "special_ad_categories": []},
    "creative": {"name": "A"},
    "ad": {"name": "A", "adset_id": "7"},
}
NEW_IDS = itertools.count(120_000_000_000)
EDGES = {"campaign": "campaigns", "adset": "adsets", "creative": "adcreatives", "ad": "ads"}


def answer(method: str, path: str, _params: Mapping[str, str]) -> tuple[int, Any]:
    if method == "POST":
        return 200, {"id": str(next(NEW_IDS))}
    if "/" in path:
        return 200, {"data": []}
    if path.startswith("act_"):
        return 200, ACCOUNT
    category = ["FINANCIAL_PRODUCTS_SERVICES"] if path == "11" else []
    objective = OBJECTIVES.get(int(path), "TRAFFIC")
    return 200, {"id": path, "objective": f"OUTCOME_{objective}", "special_ad_categories": category, "currency": "USD"}


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire(answer)


@pytest.fixture(scope="module")
def fb(wire: Wire) -> Iterator[FacebookAds]:
    clock = Sandbox(history=0, clock=lambda: datetime(2026, 11, 28, tzinfo=UTC))
    with FacebookAds("sandbox-wire", settings=Settings(adapter=wire), clock=clock) as facade:
        yield facade


def sent(fb: FacebookAds, wire: Wire, kind: str, params: Any) -> dict[str, Any]:
    """Create an object and return the form that left, as JSON."""
    wire.calls.clear()
    getattr(fb, EDGES[kind]).create("act_1", **params)
    [form] = [form for method, path, form in wire.calls if (method, path) == ("POST", f"act_1/{EDGES[kind]}")]
    form.pop("fields", None)
    return {name: json.loads(value) if value[:1] in "{[" else value for name, value in form.items()}


@table("objective, destination, goal, billing, promoted", PAIRS)
def test_each_row_of_the_matrix_leaves_as_it_stands_there(
    objective: str, destination: str | None, goal: str, billing: str, promoted: Any, fb: FacebookAds, wire: Wire
) -> None:
    params = {**ADSET, "campaign_id": CAMPAIGNS[f"OUTCOME_{objective}"], "optimization_goal": goal}
    params |= {"billing_event": billing, "destination_type": destination, "promoted_object": promoted}
    params = {name: value for name, value in params.items() if value}
    right = {name: str(value) if isinstance(value, int) else value for name, value in params.items()}
    assert sent(fb, wire, "adset", params) == right | {"status": "PAUSED"}


@table("row", facts.rows("accepted_requests"))
def test_each_request_that_was_once_refused_leaves_unchanged(row: facts.Row, fb: FacebookAds, wire: Wire) -> None:
    own = {name: value for name, value in row.params.items() if name != "special_ad_categories"}
    plain = ADSET if row.kind == "adset" else PLAIN[row.kind]
    parent = {"campaign_id": CAMPAIGNS.get(row.objective, "2")} if row.kind == "adset" else {}
    if row.kind == "adset" and row.params.get("special_ad_categories"):
        parent = {"campaign_id": "11"}
    if row.kind == "campaign":
        parent = {"objective": row.objective or "OUTCOME_SALES"}
    params = {name: value for name, value in {**plain, **parent, **own}.items() if value is not None}
    kind = row.kind
    if kind == "ad":  # its creative is made first
        assert sent(fb, wire, "ad", {**params, "creative": {"creative_id": "5"}})["creative"] == {"creative_id": "5"}
        kind, params, own = "creative", {"name": "A", **own["creative"]}, own["creative"]
    form = sent(fb, wire, kind, params)
    for name, value in own.items():
        if value is not None:
            assert form[name] == json.loads(json.dumps(value)) or form[name] == str(value), (name, form[name])
