"""A name with half of a surrogate pair, as Meta's JSON may hold one, survives every store and every answer."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.audit import AuditLog
from admonster_fb.bot.help import example
from admonster_fb.bot.host import as_json
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox, SandboxAdapter
from admonster_fb.transport.session import whole_text

NAME = "Sale \ufffd 5"
PARTS = [r"\ud83d", r"\uDE00", r"\\", "a", r"\u0041", r"\n", "\ud83d", "\ude00", r"\uD83D\uDE00", "\uac00", "ud83d"]


@pytest.mark.thorough
@given(st.lists(st.sampled_from(PARTS), max_size=7).map("".join))
def test_only_halves_are_replaced(text: str) -> None:
    body = f'"{text}"'.encode("utf-8", "surrogatepass")
    read = json.loads(whole_text(body).decode())
    expected = json.loads(body).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert read == expected or re.search("[\ud800-\udfff]", text)
    read.encode()


class Halves(SandboxAdapter):
    """Answers with half a pair where the sandbox has HALF, in a batch's inner bodies too."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        response = super().send(request, *args, **options)
        in_batch = rb"\\ud83d" if b'"body"' in (response.content or b"") else rb"\ud83d"
        response._content = (response.content or b"").replace(b"HALF", in_batch)
        return response


@pytest.fixture
def campaign(sandbox: Sandbox, fb: FacebookAds) -> str:
    for each in fb.campaigns.list("act_1"):
        fb.campaigns.update(each.id, name="Sale HALF 5")
    return each.id


@pytest.fixture
def tool(sandbox: Sandbox, tmp_path: Path) -> FacebookTool:
    fb = FacebookAds.sandbox(sandbox, settings=Settings(adapter=Halves(sandbox)))
    plans, audit = tmp_path / "plans", tmp_path / "audit.jsonl"
    return FacebookTool(fb, files=tmp_path, plans=plans, audit=audit)


def run(tool: FacebookTool, op: str, **args: Any) -> Any:
    result = tool.call({"op": op, "args": args})
    assert result.ok, result.text
    result.text.encode()
    json.dumps(as_json(result), ensure_ascii=False).encode()
    return result


def test_it_is_read_planned_logged_and_undone(tool: FacebookTool, campaign: str) -> None:
    assert NAME in run(tool, "list_campaigns").text
    assert run(tool, "get_campaign", campaign_id=campaign).data.name == NAME
    plan = run(tool, "delete_campaign", campaign_id=campaign)
    assert NAME in plan.text
    assert plan.data in FacebookTool(tool.fb, plans=tool.plans).guard.plans()
    renamed = run(tool, "update_campaign", campaign_id=campaign, name="New")
    assert isinstance(tool.log, AuditLog)
    assert NAME in json.dumps([*tool.log.entries()], ensure_ascii=False)
    assert NAME in renamed.text
    copying = FacebookTool(tool.fb, policy=SpendPolicy(needs_plan=()))
    run(copying, "duplicate_campaign", campaign_id=campaign)


@pytest.mark.thorough
@table("name", ["a.csv", "a.parquet", "a.sqlite", "folder", "a.html"], fresh=True)
def test_it_is_stored(tool: FacebookTool, campaign: str, tmp_path: Path, name: str) -> None:
    file, figures = tmp_path / name, {"object_id": "act_1", "level": "campaign", "filename": name}
    if name == "a.html":
        run(tool, "weekly_report", format="html", filename=name)
        assert NAME in file.read_text("utf-8")
    elif name in ("a.sqlite", "folder"):
        if name == "folder":
            pytest.importorskip("pyarrow")
        for _ in range(2):
            run(tool, "sync_insights", **figures)
        if name == "a.sqlite":
            rows = sqlite3.connect(file).execute("SELECT DISTINCT campaign_name FROM insights_campaign")
            assert (NAME,) in [*rows]
    else:
        if name == "a.parquet":
            pytest.importorskip("pyarrow")
        run(tool, "export_insights_to_csv", **figures, days=7)
        if name == "a.csv":
            assert NAME in {row["campaign_name"] for row in csv.DictReader(file.read_text("utf-8").splitlines())}


@pytest.mark.thorough
@table("op", [op.name for op in registry().values()], fresh=True)
def test_what_a_model_wrote_is_answered_in_whole_characters(tool: FacebookTool, op: str) -> None:
    for name in registry()[op].schema["properties"]:
        for value in ("\ud800", ["\udfff"], {"\ud800": "\udfff"}):
            result = tool.call({"op": op, "args": {**example(registry()[op])["args"], name: value}})
            result.text.encode()
            json.dumps(as_json(result), ensure_ascii=False).encode()
