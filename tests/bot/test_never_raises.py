"""A call returns a result whatever fails: no exception reaches the bot, and no secret its text or the log."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.analysis.daily_exposure import spend_cap_of
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.help import example
from admonster_fb.bot.registry import registry
from admonster_fb.bot.tool import MAX_CHARS
from admonster_fb.errors import MOST_SHOWN
from admonster_fb.models._node import parse_time
from admonster_fb.models.insights.fields import parse_number
from admonster_fb.money import whole
from admonster_fb.objects import OBJECTS, facts_of
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport.answers import count

pytestmark = pytest.mark.thorough

SECRET = "EAAplantedsecretplantedsecret0"
ERRORS: list[Exception] = [
    OverflowError(SECRET),
    zoneinfo.ZoneInfoNotFoundError(SECRET),
    RecursionError(SECRET),
    OSError(28, SECRET),
    sqlite3.OperationalError(SECRET),
    KeyError(SECRET),
    UnicodeEncodeError("utf-8", SECRET, 0, 1, SECRET),
    AssertionError(SECRET),
]
CALLS: list[Callable[[FacebookTool], Any]] = [
    lambda tool: tool.call({"op": "list_campaigns"}),
    lambda tool: asyncio.run(tool.acall({"op": "list_campaigns"})),
    lambda tool: tool.approve("plan_0"),
]


@table("call", CALLS, ids=["call", "acall", "approve"], fresh=True)
@table("error", ERRORS, ids=lambda error: type(error).__name__, fresh=True)
def test_an_unexpected_error_is_one_line_with_the_number_of_its_log(
    fb: FacebookAds,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    call: Callable[[FacebookTool], Any],
    error: Exception,
) -> None:
    def failing(*_: object) -> None:
        raise error

    tool = FacebookTool(fb)
    monkeypatch.setattr(FacebookTool, "_value", failing)
    monkeypatch.setattr(type(tool.guard), "apply", failing)
    result = call(tool)
    assert not result.ok
    assert type(error).__name__ in result.text.split("\n")[0]
    [number] = re.findall(r"error ([0-9a-f]{8}) in the log", result.text)
    assert f"error {number}: {type(error).__name__}" in caplog.text
    assert SECRET not in result.text + str(result.error) + caplog.text


@table("op", [op.name for op in registry().values() if op.access == "read"], fresh=True)
def test_reads_of_an_account_in_a_currency_of_unknown_decimals_do_not_fail(op: str, sandbox: Sandbox) -> None:
    sandbox.change("act_1", currency="LKR", balance="50000")
    with FacebookAds.sandbox(sandbox) as fb:
        known = {"op": op, "args": {**example(registry()[op])["args"]}}
        assert "unexpected" not in FacebookTool(fb).call(known).text


def test_an_amount_of_unknown_decimals_is_in_minor_units(sandbox: Sandbox) -> None:
    sandbox.change("act_1", currency="LKR", balance="50000")
    with FacebookAds.sandbox(sandbox) as fb:
        result = FacebookTool(fb).call({"op": "status"})
    assert result.ok, result.text
    assert "50000 minor units of LKR" in result.text


def hostile(rng: random.Random) -> Any:
    """Return any value, also what JSON cannot hold."""
    deep: Any = []
    for _ in range(rng.choice([1, 1, 1, 3000])):
        deep = [deep]
    scalars = [
        None,
        True,
        0,
        -1,
        2**63,
        10**400,
        10**5000,
        "9" * 5000,
        float("nan"),
        float("inf"),
        "",
        "\ud800",
        "\0",
        "x" * 9999,
        "act_1",
    ]
    texts = ["9999-12-31T23:59:59+0000", "0001-01-01", "99999999999999999999.00 USD", "[" * 5000, "{", "1", "\u202e"]
    return rng.choice([*scalars, *texts, deep, {"a": deep}, b"\xff", object(), Odd(a=1)])


class Odd(dict[str, Any]):
    """A mapping of a host that cannot be read."""

    def items(self) -> Any:
        raise RuntimeError("items")


def test_what_a_host_asks_before_a_call_does_not_raise(fb: FacebookAds) -> None:
    tool = FacebookTool(fb)
    for call in (Odd(op="apply"), {"op": "pause_campaign", "args": Odd(a=1)}, {"op": "apply", "args": {"a": Odd(a=1)}}):
        assert tool.asks(call) is None
        assert tool.pending_plan(call) is None
        assert not asyncio.run(tool.acall(call)).ok
        assert not asyncio.run(tool.acall(call, approved_by="Ann")).ok


@table("field", ["breakdowns", "action_breakdowns", "fields", "time_ranges", "filtering"], fresh=True)
def test_thousands_of_wrong_values_are_one_short_answer(fb: FacebookAds, field: str) -> None:
    args = {"object_id": "act_1", "date_preset": "last_7d", field: [1] * 300}
    result = FacebookTool(fb).call({"op": "get_detailed_insights", "args": args})
    assert result.error is not None
    assert len(result.error["violations"]) == MOST_SHOWN
    assert f"{field}.0" in result.text
    assert len(result.text) < MAX_CHARS


def test_amounts_and_times_of_too_many_digits_do_not_fail() -> None:
    digits = "9" * 5000
    assert parse_number(digits) == Decimal(digits)
    assert (whole(digits), spend_cap_of(digits), parse_time(digits), parse_time("9" * 18)) == (None,) * 4
    assert count(digits) == 0


def test_a_time_zone_that_this_machine_does_not_know_is_utc(sandbox: Sandbox) -> None:
    sandbox.change("act_1", timezone_name="Mars/Olympus")
    ops = ("status", "get_ad_account_info", "get_insights", "check_alerts", "weekly_report", "sync_insights")
    with FacebookAds.sandbox(sandbox) as fb:
        assert fb.timezone("act_1") in ("UTC", "Mars/Olympus")
        texts = [FacebookTool(fb).call({"op": op, "args": {}}).text for op in ops]
    assert [text for text in texts if "unexpected" in text] == []


@pytest.mark.slow
def test_deep_text_in_any_argument_is_no_unexpected_error(sandbox: Sandbox) -> None:
    with FacebookAds.sandbox(sandbox) as fb:
        tool = FacebookTool(fb)
        places = [(name, op) for op in registry().values() for name in op.schema["properties"]]
        chosen = [*dict(places).items(), *(place for place in places if place[0] == "rule")]  # of each name one op
        calls = [{"op": op.name, "args": {**example(op)["args"], name: "[" * 2000}} for name, op in chosen]
        assert [call["op"] for call in calls if "unexpected" in tool.call(call).text] == []


def test_hostile_calls_return_results(sandbox: Sandbox) -> None:
    rng = random.Random(18)
    ops = [*registry().values()]
    with FacebookAds.sandbox(sandbox) as fb:
        tool = FacebookTool(fb)
        for _ in range(500):
            op = rng.choice(ops)
            names = [*op.schema["properties"], *op.spec.aliases, "\ud800", ""]
            args = {**(example(op)["args"] if rng.random() < 0.3 else {}), rng.choice(names): hostile(rng)}
            result = tool.call(rng.choice([{"op": op.name, "args": args}, {"op": op.name, **args}, hostile(rng)]))
            assert isinstance(result, ToolResult)


ODD: tuple[Any, ...] = (
    "", "x", "1.5", 1.5, -1, 10**30, float("nan"), None, [None], "2026-13-45", "2026-12-01", [{"days": 3}],
    {"roas_average_floor": "1.5"}, [{"adset_id": "1"}], {"geo_locations": None}, {"age_min": "x"},
    [{"budget_value": "1.5", "budget_value_type": "MULTIPLIER", "time_start": 1, "time_end": 2}],
)  # fmt: skip
KINDS = {"campaigns": ("Campaign", "update_campaign"), "adsets": ("AdSet", "update_adset"), "ads": ("Ad", "update_ad")}


@table("edge", KINDS)
def test_no_value_of_any_parameter_of_an_update_surprises_the_guard(edge: str) -> None:
    """Also a name that looks like a day, and hours, floors and times that are none."""
    sandbox = Sandbox()
    tool = FacebookTool(FacebookAds.sandbox(sandbox))
    kind, op = KINDS[edge]
    key, node_id = OBJECTS[edge].id_argument, sandbox.objects(kind, "act_1")[0]["id"]
    for name in facts_of(edge):
        for value in ODD:
            told = tool.call({"op": op, "args": {key: node_id, name: value}})
            assert "ERROR FacebookAdsError: unexpected" not in told.text, (name, value, told.text)
