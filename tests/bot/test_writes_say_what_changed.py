"""Every write in the registry: the text of its success says what was and what is, or why it cannot."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.flexus import IntegrationFacebook, campaigns
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.text import change_lines
from admonster_fb.bot.registry import TOOL, registry
from admonster_fb.bot.render.values import label
from admonster_fb.models.ad import AdUpdate
from admonster_fb.models.adset import AdSetUpdate
from admonster_fb.models.campaign import CampaignUpdate
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS
from admonster_fb.sandbox import GraphError, Sandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "faces"))

SILENT = {
    "execute_ad_rule": "it runs a rule; what the run changes, Meta does in its own time (get_ad_rule_history)",
    "replace_audience_users": "customer data is never shown; the number of rows is",
    "hide_comment": "whether it was hidden is not read: that needs a token of the Page",
    "remove_users_from_audience": "customer data is never shown; the number of rows is",
}
"""Updates and removals whose text has no value before, and why."""

CHANGING: dict[str, Any] = {f"bulk_update_{edge}": {"name": "B"} for edge in DELIVERS}
"""Arguments with which a call changes something."""
_TIMES = ("2026-12-01T09:00:00+0000", "2026-12-02T09:00:00+0000")
VALUES: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(("start_time", "end_time", "stop_time", "ad_schedule_start_time", "ad_schedule_end_time"), _TIMES),
    "targeting": ({"genders": [1]}, {"genders": [2]}),
    "creative": ({"id": "1"}, {"id": "2"}),
    "adset_schedule": (None, [{"start_minute": 0, "end_minute": 60, "days": [1]}]),
    "promoted_object": ({"pixel_id": "1"}, {"pixel_id": "2"}),
    "status": ("PAUSED", "ACTIVE"),
}


@pytest.fixture
def seeded() -> Sandbox:
    return Sandbox()


@pytest.fixture
def tool(seeded: Sandbox, tmp_path: Path) -> FacebookTool:
    from admonster_fb.sandbox.sample_media import mp4

    (tmp_path / "shoes.mp4").write_bytes(mp4())
    (tmp_path / "customers.csv").write_text("email\nmary@example.com\n")
    return FacebookTool(FacebookAds.sandbox(seeded), files=tmp_path)


def done(tool: FacebookTool, op: str, args: dict[str, Any]) -> str:
    result = tool.call({"op": op, "args": args})
    if isinstance(result.data, Plan):
        result = tool.call({"op": "apply", "args": {"plan_id": result.data.id}})
    assert result.ok, result.text
    return result.text


@pytest.mark.thorough
def test_every_update_and_removal_says_what_was(tool: FacebookTool, seeded: Sandbox) -> None:
    from test_every_op import OPS, World

    wrong = {}
    for name, op in registry().items():
        if op.access == "read" or op.service == TOOL or op.spec.effect not in ("update", "remove") or name in SILENT:
            continue
        args = {**OPS[name](World(seeded)), **CHANGING.get(name, {})}
        text = done(tool, name, args)
        moved = re.search(r"^- .*ID: \S+.* \| [A-Z][\w ]+: .+ → .+$", text, re.MULTILINE)
        gone = re.search(r"^- .*ID: \S+.* \| removed for good \| was: [A-Z][\w ]+: ", text, re.MULTILINE)
        if not (moved or gone):
            wrong[name] = text
    assert wrong == {}
    assert SILENT.keys() <= registry().keys()


def test_every_field_that_an_update_can_write_is_shown_before_and_after() -> None:
    for edge in DELIVERS:
        update = {"campaigns": CampaignUpdate, "adsets": AdSetUpdate, "ads": AdUpdate}[edge]
        for name in update.__annotations__:
            old, new = VALUES.get(name, (1, 2))
            [line] = change_lines([Change(edge, "1", "A", {name: old}, {name: new})], "USD")
            assert re.fullmatch(rf'- .* ID: 1 "A" \| {label(name)}: .+ → .+', line), line


FACES: list[tuple[Any, Any, str]] = [
    ({"daily_budget": 6000}, {"daily_budget": 4800}, "Daily budget: $60.00 → $48.00 USD (-20 %)"),
    ({"name": "Autumn"}, {"name": "Winter"}, "Name: Autumn → Winter"),
    ({"spend_cap": 90_000}, {"spend_cap": 50_000}, "Spend cap: $900.00 → $500.00 USD (-44 %)"),
]


@pytest.mark.thorough
@table("before, after, words", FACES)
def test_the_text_of_a_success_in_the_tool_in_bulk_and_in_flexus(before: Any, after: Any, words: str) -> None:
    start: Any = {"name": "Autumn", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 6000}
    fb = FacebookAds.sandbox(Sandbox(history=0))
    for op, name in (("update_campaign", "campaign_id"), ("bulk_update_campaigns", "campaign_ids")):
        campaign = fb.campaigns.create("act_1", **{**start, **before}).id
        arguments = {name: campaign if name == "campaign_id" else [campaign], **after}
        text = FacebookTool(fb).call({"op": op, "args": arguments}).text
        assert f'- campaign ID: {campaign} "Autumn" | {words}\n' in text
    robot: Any = SimpleNamespace(external_auth={}, running_test_scenario=True, persona=SimpleNamespace(persona_id="p"))
    client = IntegrationFacebook(None, robot).client
    made = re.search(r"ID:\s*(\d+)", asyncio.run(campaigns.create_campaign(client, **{**start, **before})))
    assert made
    answer = asyncio.run(campaigns.update_campaign(client, made[1], **after))
    assert answer.startswith("OK: updated.")
    assert words in answer
    found = re.search(r"ID:\s*(\d+)", answer)
    assert found
    assert found[1] == made[1]


def test_a_stop_says_what_was_if_it_is_known(tool: FacebookTool, seeded: Sandbox) -> None:
    campaign = seeded.objects("Campaign", "act_1")[0]["id"]
    seeded.change(campaign, status="ACTIVE")
    args = {"campaign_id": campaign, "status": "PAUSED"}
    assert "| Status: ACTIVE → PAUSED\n" in tool.call({"op": "update_campaign", "args": args}).text
    seeded.fail_next("GET *", GraphError(1), times=50)
    fresh = FacebookTool(FacebookAds.sandbox(seeded))
    assert "| Status: unknown → PAUSED\n" in fresh.call({"op": "update_campaign", "args": args}).text


def test_what_failed_in_bulk_is_not_reported_as_changed(tool: FacebookTool, seeded: Sandbox) -> None:
    ids = [each["id"] for each in seeded.objects("Campaign", "act_1")][:2]
    seeded.fail_next(f"POST {ids[0]}", GraphError(100))
    text = done(tool, "bulk_update_campaigns", {"campaign_ids": ids, "name": "B"})
    assert f"- ID: {ids[0]} | NOT changed" in text
    assert f"- campaign ID: {ids[0]}" not in text
    assert re.search(rf"- campaign ID: {ids[1]} .* → B\n", text)


@pytest.mark.parametrize("op", ["update_campaign", "bulk_update_campaigns"])
def test_a_budget_schedule_that_comes_with_an_update_is_said(tool: FacebookTool, seeded: Sandbox, op: str) -> None:
    campaign = next(each["id"] for each in seeded.objects("Campaign", "act_1") if each.get("daily_budget"))
    times = dict(zip(("time_start", "time_end"), _TIMES, strict=True))
    change = {"budget_schedule_specs": [{"budget_value": 2, "budget_value_type": "MULTIPLIER", **times}]}
    row = (
        {"campaign_id": campaign, **change} if op == "update_campaign" else {"campaigns": [{"id": campaign, **change}]}
    )
    text = done(tool, op, row)
    assert re.search(
        r"^- new budget schedule \| Budget value: 2 .*MULTIPLIER .* 2026-12-02 01:00 -0800", text, re.MULTILINE
    )
    assert len(seeded.objects("HighDemandPeriod", campaign)) == 1


@pytest.mark.thorough
@table(("edge", "others"), [
    ("campaigns", {"AdSet": "an ad set", "Ad": "an ad"}),
    ("adsets", {"Campaign": "a campaign", "Ad": "an ad"}),
], fresh=True)  # fmt: skip
@table("count", [1, 2], fresh=True)
def test_a_pause_of_several_says_which_id_is_of_another_kind(
    tool: FacebookTool, seeded: Sandbox, edge: str, others: dict[str, str], count: int
) -> None:
    kinds = {"campaigns": ("Campaign", "a campaign"), "adsets": ("AdSet", "an ad set")}
    of, noun = kinds[edge]
    wrong = {seeded.objects(kind, "act_1")[0]["id"]: words for kind, words in [*others.items()][:count]}
    right = seeded.objects(of, "act_1")[-1]["id"]
    rows = [{"id": each, "status": "PAUSED"} for each in (*wrong, right)]
    done = tool.call({"op": f"bulk_update_{edge}", "args": {edge: rows}})
    for node_id, words in wrong.items():
        assert f"Warning: {node_id} is the id of {words}, not of {noun}." in done.text, done.text
        assert seeded.object(node_id)["status"] == "PAUSED"
    assert f"Warning: {right}" not in done.text


@table(("currency", "words"), [
    ("USD", "$60.00 → $50.00 USD"), ("JPY", "¥6000 → ¥5000 JPY"), ("CHF", "60.00 → 50.00 CHF"),
    ("KWD", "6000 → 5000 minor units of KWD"), ("LKR", "6000 → 5000 minor units of LKR"),
    (None, "6,000 → 5,000 minor units"),
])  # fmt: skip
def test_an_amount_says_its_currency_once_whatever_it_is(currency: str | None, words: str) -> None:
    change = Change("campaigns", "1", None, {"daily_budget": 6000}, {"daily_budget": 5000})
    assert change_lines([change], currency) == [f"- campaign ID: 1 | Daily budget: {words} (-17 %)"]
