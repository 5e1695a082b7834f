"""A plan's id stands for exactly its content and the state it was made from: nothing else is ever applied by it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plan_world import Call
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans.plan import with_content_id
from admonster_fb.bot.plans.store import FolderPlans
from admonster_fb.sandbox import GraphError, Sandbox

pytestmark = pytest.mark.thorough


@pytest.fixture
def raised(call: Call, funnel: dict[str, str]) -> str:
    """The id of a plan that raises the ad set's 20.00 USD to 30.00 USD."""
    return str(call("update_adset", adset_id=funnel["adset_id"], daily_budget=3000).data.id)


def reason(result: ToolResult) -> str:
    assert not result.ok, result.text
    assert result.error is not None
    assert result.error["type"] == "PlanRefused", result.text
    return result.text


def budget(sandbox: Sandbox, funnel: dict[str, str]) -> int:
    return int(sandbox.object(funnel["adset_id"])["daily_budget"])


def apply(tool: FacebookTool, plan_id: str) -> ToolResult:
    return tool.call({"op": "apply", "args": {"plan_id": plan_id}})


def test_it_is_applied_once(call: Call, empty: Sandbox, funnel: dict[str, str], raised: str) -> None:
    assert call("apply", plan_id=raised).ok
    assert budget(empty, funnel) == 3000
    FacebookAds.sandbox(empty).adsets.update(funnel["adset_id"], daily_budget=1000)
    assert "was applied before" in reason(call("apply", plan_id=raised))
    assert budget(empty, funnel) == 1000


@table(("minutes", "holds"), [(14, True), (15, False), (24 * 60, False)], fresh=True)
def test_it_holds_for_a_quarter_of_an_hour(
    call: Call, empty: Sandbox, funnel: dict[str, str], raised: str, minutes: int, holds: bool
) -> None:
    empty.advance(minutes=minutes)
    done = call("apply", plan_id=raised)
    assert done.ok is holds, done.text
    assert budget(empty, funnel) == (3000 if holds else 2000)
    if not holds:
        assert "has expired" in reason(done)
        assert "Call update_adset again" in done.text


def test_what_somebody_changed_is_told(call: Call, empty: Sandbox, funnel: dict[str, str], raised: str) -> None:
    fb = FacebookAds.sandbox(empty)
    fb.adsets.update(funnel["adset_id"], daily_budget=2500)
    text = reason(call("apply", plan_id=raised))
    assert f"ad set ID: {funnel['adset_id']} | Daily budget: $20.00 → $25.00 USD (+25 %)" in text
    assert budget(empty, funnel) == 2500
    fb.adsets.update(funnel["adset_id"], daily_budget=2000)
    assert call("apply", plan_id=raised).ok, "as it was: the ground has not moved"


@table(
    ("change", "told"),
    [
        (lambda fb, ids: fb.campaigns.update(ids["campaign_id"], status="ACTIVE"), "Status: PAUSED → ACTIVE"),
        (lambda fb, ids: fb.ads.update(ids["ad_id"], status="ACTIVE"), "Status: PAUSED → ACTIVE"),
        (lambda fb, ids: fb.ads.delete(ids["ad_id"]), "is gone"),
        (lambda fb, ids: fb.campaigns.update(ids["campaign_id"], spend_cap=20_000), "Spend cap: none → $200.00 USD"),
    ],
    fresh=True,
)
def test_what_it_was_reckoned_from_counts_too(
    call: Call, empty: Sandbox, funnel: dict[str, str], raised: str, change: Any, told: str
) -> None:
    change(FacebookAds.sandbox(empty), funnel)
    assert told in reason(call("apply", plan_id=raised))
    assert budget(empty, funnel) == 2000


def test_a_plan_with_the_fingerprint_of_another_state_is_not_applied(
    call: Call, tool: FacebookTool, empty: Sandbox, funnel: dict[str, str], raised: str
) -> None:
    """Who writes into the store can compute an ID, but a fingerprint holds for one state only."""
    forged = with_content_id(replace(tool.guard.pending(raised), fingerprint="0" * 64))
    tool.guard.store.put(forged)
    assert "is out of date" in reason(call("apply", plan_id=forged.id))
    assert budget(empty, funnel) == 2000


def test_what_is_unknown_or_discarded_is_not_applied(call: Call, funnel: dict[str, str], raised: str) -> None:
    for odd in ("plan_0", "", "../plan_1", raised[:-1], raised.upper(), "plan_" + "0" * 20, "\0", "plan_é"):
        assert "there is no plan" in reason(call("apply", plan_id=odd))
    assert call("discard", plan_id=raised).text.startswith("OK: discarded")
    assert "there is no plan" in reason(call("apply", plan_id=raised))
    assert "there is no plan" in reason(call("discard", plan_id=raised))


def test_no_other_argument_goes_with_an_id(call: Call, empty: Sandbox, funnel: dict[str, str], raised: str) -> None:
    result = call("apply", plan_id=raised, daily_budget=9_999_999)
    assert not result.ok
    assert budget(empty, funnel) == 2000


def test_the_same_write_twice_is_two_plans(call: Call, funnel: dict[str, str], raised: str) -> None:
    again = call("update_adset", adset_id=funnel["adset_id"], daily_budget=3000).data.id
    assert again != raised
    assert call("apply", plan_id=again).ok
    assert "Daily budget: $20.00 → $30.00 USD" in reason(call("apply", plan_id=raised))


def test_a_plan_that_meta_refuses_is_used_up(call: Call, empty: Sandbox, funnel: dict[str, str], raised: str) -> None:
    empty.fail_next("POST *", GraphError(100))
    refused = call("apply", plan_id=raised)
    assert refused.error is not None
    assert refused.error["type"] == "InvalidParameterError"
    assert f"Plan {raised} is used up: call update_adset again" in refused.text
    assert "was applied before" in reason(call("apply", plan_id=raised))


def test_a_plan_whose_state_cannot_be_read_is_not_used_up(call: Call, empty: Sandbox, raised: str) -> None:
    empty.fail_next("GET *", GraphError(190))
    assert not call("apply", plan_id=raised).ok
    assert call("apply", plan_id=raised).ok


def test_many_threads_apply_it_once(tool: FacebookTool, empty: Sandbox, raised: str) -> None:
    results: list[ToolResult] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        results.append(apply(tool, raised))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.ok for each in results) == [False] * 7 + [True]
    assert sum(1 for each in empty.journal if each.method == "POST" and "daily_budget" in each.params) == 2, (
        "once when the ad set was made, once now"
    )


class TestFolder:
    @pytest.fixture
    def tool(self, empty: Sandbox, tmp_path: Path) -> FacebookTool:
        return FacebookTool(FacebookAds.sandbox(empty), plans=tmp_path / "plans")

    @pytest.fixture
    def again(self, empty: Sandbox, tmp_path: Path) -> FacebookTool:
        """The tool after a restart."""
        return FacebookTool(FacebookAds.sandbox(empty), plans=tmp_path / "plans")

    def test_it_outlasts_a_restart(
        self, again: FacebookTool, empty: Sandbox, funnel: dict[str, str], raised: str, tool: FacebookTool
    ) -> None:
        assert [each.id for each in again.guard.plans()] == [raised]
        assert again.guard.plans() == tool.guard.plans()
        assert "lost when this process ends" not in "\n".join(again.guard.lines(again.guard.plans()[0]))
        assert apply(again, raised).ok
        assert budget(empty, funnel) == 3000
        assert "was applied before" in reason(apply(tool, raised)), "nor by the one that made it"
        assert tool.guard.plans() == []

    @table(
        ("old", "new"),
        [
            ('"daily_budget": 3000', '"daily_budget": 300000'),
            ('"adds": ', '"adds": 1'),
            ('"op": "update_adset"', '"op": "delete_adset"'),
            ('"expires": "2026-11-', '"expires": "2027-11-'),
            ('"daily_budget": 2000', '"daily_budget": 2500'),
            ('"warnings": [', '"warnings": ["all is well", '),
            ("{", "["),
            ("{", '{"more": 1, '),
        ],
        fresh=True,
    )
    def test_an_edited_file_is_refused(
        self,
        again: FacebookTool,
        empty: Sandbox,
        funnel: dict[str, str],
        raised: str,
        tmp_path: Path,
        old: str,
        new: str,
    ) -> None:
        file = tmp_path / "plans" / f"{raised}.json"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1).replace('all is well", ]', 'all is well"]'))
        assert "was modified after it was created" in reason(apply(again, raised))
        assert budget(empty, funnel) == 2000
        assert again.guard.plans() == []

    def test_one_plan_under_the_name_of_another_is_refused(
        self, call: Call, again: FacebookTool, funnel: dict[str, str], raised: str, tmp_path: Path
    ) -> None:
        other = call("delete_campaign", campaign_id=funnel["campaign_id"]).data.id
        folder = tmp_path / "plans"
        (folder / f"{raised}.json").write_text((folder / f"{other}.json").read_text())
        assert "was modified after it was created" in reason(apply(again, raised))

    def test_only_its_owner_reads_it(self, raised: str, tmp_path: Path) -> None:
        assert [path.name for path in (tmp_path / "plans").iterdir()] == [f"{raised}.json"], "nothing half written"
        assert (tmp_path / "plans").stat().st_mode & 0o077 == 0
        assert (tmp_path / "plans" / f"{raised}.json").stat().st_mode & 0o077 == 0

    def test_customers_are_never_written(self, call: Call, again: FacebookTool, empty: Sandbox, tmp_path: Path) -> None:
        fb = FacebookAds.sandbox(empty)
        kind: Any = {"subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
        audience = fb.customaudiences.create("act_1", name="Buyers", **kind).id
        empty.audience_status(audience, 200)
        held = call("replace_audience_users", audience_id=audience, emails=["planted@example.com"])
        assert "planted" not in held.text
        assert "kept in memory only" in held.text
        assert "planted" not in json.dumps(repr(held.data))
        assert [*(tmp_path / "plans").iterdir()] == []
        assert "there is no plan" in reason(apply(again, held.data.id)), "it does not outlast a restart"
        assert call("apply", plan_id=held.data.id).ok
        kept = b"".join(path.read_bytes() for path in (tmp_path / "plans").iterdir())
        assert b"planted" not in kept

    def test_old_files_go(
        self, tool: FacebookTool, call: Call, raised: str, funnel: dict[str, str], tmp_path: Path
    ) -> None:
        import os

        file = tmp_path / "plans" / f"{raised}.json"
        os.utime(file, (1, 1))
        call("delete_campaign", campaign_id=funnel["campaign_id"])
        assert not file.exists()

    def test_a_folder_is_one_store_for_many(self, tmp_path: Path) -> None:
        stores = [FolderPlans(tmp_path) for _ in range(8)]
        won: list[bool] = []

        def mark(store: FolderPlans) -> None:
            won.append(store.mark_applied("plan_1"))

        threads = [threading.Thread(target=mark, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won) == [False] * 7 + [True]
