"""Reads over several accounts in one call, and what the sums of an account are sums of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import example
from admonster_fb.bot.registry import ACCOUNT_ARGUMENTS, registry
from admonster_fb.bot.render import nodes

READS = [
    name for name, op in registry().items()
    if op.access == "read" and {*ACCOUNT_ARGUMENTS} & op.schema["properties"].keys()
]  # fmt: skip
ONE_FILE = {"export_insights_to_csv"}
STORES = {"sync_insights"}
"""What writes a file or folder that holds many accounts."""


@pytest.fixture
def tool() -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox())


@pytest.mark.thorough
@table("op", sorted({*READS} - ONE_FILE - STORES), fresh=True)
def test_every_read_of_an_account_takes_all_accounts(tool: FacebookTool, op: str) -> None:
    args = {key: value for key, value in example(registry()[op])["args"].items() if key not in ACCOUNT_ARGUMENTS}
    result = tool.call({"op": op, "args": {**args, "accounts": "all"}})
    assert "no such parameter" not in result.text
    assert len(result.text) <= tool.max_chars + 500
    if op != "weekly_report":
        assert all(f"[act_{number}]" in result.text for number in (1, 2, 3, 4)) or "\nMore: " in result.text
        assert [*result.data] == ["act_1", "act_2", "act_3", "act_4"]


def test_what_writes_one_file_takes_one_account(tmp_path: Path) -> None:
    tool = FacebookTool(FacebookAds.sandbox(), files=tmp_path)
    writing = {name for name in READS if "filename" in registry()[name].schema["properties"]}
    assert writing == {*ONE_FILE, *STORES, "weekly_report"}
    for op in ONE_FILE:
        refused = tool.call(
            {"op": op, "args": {**example(registry()[op])["args"], "accounts": "all", "overwrite": True}}
        )
        assert "one account: each would write the same file" in refused.text
    assert [*tmp_path.iterdir()] == []


@pytest.mark.thorough
@table("store, files", [("a.sqlite", 0), ("folder", 4 * 7)])
def test_a_store_takes_all_accounts(tmp_path: Path, store: str, files: int) -> None:
    tool = FacebookTool(FacebookAds.sandbox(), files=tmp_path)
    args = {"filename": store, "since": "2026-10-25", "accounts": "all"}
    result = tool.call({"op": "sync_insights", "args": args})
    assert result.ok, result.text
    assert [each.rows for each in result.data.values()] == [7, 7, 0, 0]
    assert len([*tmp_path.rglob("*.parquet")]) == files
    assert all(
        each.rows == 0 or each.days_read for each in tool.call({"op": "sync_insights", "args": args}).data.values()
    )


@pytest.mark.thorough
@table("args, accounts", [
    ({"accounts": "all"}, [1, 2, 3, 4]), ({"ad_account_id": "all"}, [1, 2, 3, 4]),
    ({"accounts": ["2", "act_1"]}, [2, 1]), ({"ad_account_id": ["act_2"]}, [2]), ({"accounts": "act_2"}, [2]),
])  # fmt: skip
def test_accounts_are_named_in_any_way(tool: FacebookTool, args: dict[str, Any], accounts: list[int]) -> None:
    result = tool.call({"op": "list_campaigns", "args": args})
    assert [line for line in result.text.splitlines() if line[0] == "["] == [f"[act_{number}]" for number in accounts]


def test_an_account_that_cannot_be_read_stops_no_other(tool: FacebookTool) -> None:
    some = tool.call({"op": "list_campaigns", "args": {"accounts": ["1", "77"]}})
    assert some.ok
    assert "[act_77]\nERROR NotFoundError" in some.text
    none = tool.call({"op": "list_campaigns", "args": {"accounts": ["77"]}})
    assert not none.ok


def test_an_error_of_every_account_is_an_error(tool: FacebookTool) -> None:
    result = tool.call({"op": "list_campaigns", "args": {"accounts": ["act_71", "act_72"]}})
    assert not result.ok
    assert result.text.startswith("ERROR ")
    assert "[act_71]" in result.text
    assert "Next: " not in result.text


def test_the_next_page_of_one_account_is_its_own(tool: FacebookTool) -> None:
    text = tool.call({"op": "list_campaigns", "args": {"accounts": "all", "limit": 1}}).text
    assert "More: call list_campaigns again for act_1 alone, with the same args and after=" in text


def test_a_mistake_about_one_account_costs_no_other(tool: FacebookTool, monkeypatch: pytest.MonkeyPatch) -> None:
    real = nodes.brief

    def brief(value: Any, *args: Any, **more: Any) -> str:
        assert value.account_id != "2", "a mistake"
        return real(value, *args, **more)

    monkeypatch.setattr(nodes, "brief", brief)
    result = tool.call({"op": "list_campaigns", "args": {"accounts": "all"}})
    assert result.ok
    first, second = result.text.split("[act_1]\n")[1].split("[act_2]\n")
    assert first.count("\n- ID: ") > 1
    assert second.startswith("ERROR FacebookAdsError: unexpected AssertionError, error ")
    assert "[act_4]\n" in second


def test_no_write_takes_several_accounts(tool: FacebookTool) -> None:
    for accounts in ("all", ["1", "2"]):
        assert not tool.call({"op": "create_campaign", "args": {"name": "A", "accounts": accounts}}).ok


@pytest.mark.thorough
def test_sums_say_what_they_are_of(tool: FacebookTool) -> None:
    status, listed = (tool.call({"op": op}).text for op in ("status", "list_ad_accounts"))
    for text in (status, listed):
        assert "Amount spent (lifetime): $3168.15 USD" in text
        assert "Bill due (balance, not money left): $0.00 USD" in text
    assert "\nSpend this month: $" in status
    assert tool.call({"op": "update_spending_limit", "args": {"spending_limit": "9000.00 USD"}}).ok
    capped = tool.call({"op": "status"}).text
    assert "Amount spent (since its spending limit was set or reset): " in capped
