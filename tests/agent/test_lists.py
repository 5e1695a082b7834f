"""Lists say what they leave out, how a filter was understood, and why an ad was rejected."""

from __future__ import annotations

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

STATUS_LISTS = [
    name for name, op in registry().items()
    if name.startswith("list_") and "effective_status" in op.schema["properties"]
]  # fmt: skip


@pytest.fixture
def tool(sandbox: Sandbox) -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox(sandbox))


@table("op", STATUS_LISTS, fresh=True)
def test_a_list_says_what_it_leaves_out(tool: FacebookTool, op: str) -> None:
    assert "; archived and deleted not shown\n" in tool.call({"op": op}).text
    all_named = tool.call({"op": op, "args": {"effective_status": ["ACTIVE", "PAUSED", "ARCHIVED"]}})
    assert "not shown" not in all_named.text


@table("op", STATUS_LISTS, fresh=True)
def test_an_empty_answer_says_how_its_filter_was_understood(tool: FacebookTool, op: str) -> None:
    empty = tool.call({"op": op, "args": {"effective_status": ["WITH_ISSUES"]}}).text
    assert 'None matches effective_status=["WITH_ISSUES"].' in empty, empty
    named = [{"field": "name", "operator": "EQUAL", "value": "no such name"}]
    assert 'None matches filtering=[{"field": "name"' in tool.call({"op": op, "args": {"filtering": named}}).text


def test_a_rejected_ad_is_listed_with_its_reason(tool: FacebookTool, sandbox: Sandbox) -> None:
    ad = tool.call({"op": "list_ads"}).data[0].id
    sandbox.disapprove(ad, "Personal health", "PERSONAL_HEALTH")
    text = tool.call({"op": "list_ads", "args": {"effective_status": ["DISAPPROVED"]}}).text
    assert "Personal health" in text
    assert "Ad review feedback" not in tool.call({"op": "list_ads", "args": {"effective_status": ["ACTIVE"]}}).text
