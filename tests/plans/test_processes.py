"""A folder of plans shared by processes: one of them applies a plan, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox, serve

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
from pathlib import Path
from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
url, token, folder, plan = sys.argv[1:]
tool = FacebookTool(FacebookAds(token, "act_1", settings=Settings(endpoint=url)), plans=Path(folder))
print("ready", flush=True)
sys.stdin.readline()
result = tool.call({"op": "apply", "args": {"plan_id": plan}})
print(result.ok, (result.error or {}).get("type"))
"""


def test_two_processes_apply_it_once(empty: Sandbox, funnel: dict[str, str], tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    with serve(empty) as server:
        fb = FacebookAds(empty.token, "act_1", settings=Settings(endpoint=server.url))
        args = {"campaign_id": funnel["campaign_id"], "new_name": "Copy"}
        plan = FacebookTool(fb, plans=tmp_path).call({"op": "duplicate_campaign", "args": args}).data
        words = [sys.executable, "-c", PROGRAM, server.url, empty.token, str(tmp_path), plan.id]
        both = [
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) for _ in range(2)
        ]
        for each in both:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in both:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        said = sorted(each.communicate(timeout=60)[0] for each in both)
    assert said == ["False PlanRefused\n", "True None\n"]
    assert [campaign["name"] for campaign in empty.objects("Campaign", "act_1")].count("Copy") == 1
