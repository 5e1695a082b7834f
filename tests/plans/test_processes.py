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

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]

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


ACTIVATION = """
import sys
from admonster_fb import FacebookAds, Settings, SpendPolicy
from admonster_fb.bot import FacebookTool
url, token, campaign = sys.argv[1:]
policy = SpendPolicy(needs_plan=(), max_total_daily="50.00 USD")
tool = FacebookTool(FacebookAds(token, "act_1", settings=Settings(endpoint=url)), policy=policy)
assert tool.call({"op": "get_campaign", "args": {"campaign_id": campaign}}).ok
print("ready", flush=True)
sys.stdin.readline()
print(tool.call({"op": "update_campaign", "args": {"campaign_id": campaign, "status": "ACTIVE"}}).ok)
"""


def test_processes_that_share_no_folder_keep_the_total_together(empty: Sandbox, tmp_path: Path) -> None:
    import plan_brute as brute
    from plan_world import build

    build(FacebookAds.sandbox(empty), campaigns=4, adsets=1, ads=1)
    for node in (*empty.objects("AdSet", "act_1"), *empty.objects("Ad", "act_1")):
        empty.change(node["id"], status="ACTIVE")
    env = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    env["XDG_STATE_HOME"] = str(tmp_path)
    with serve(empty) as server:
        words = [sys.executable, "-c", ACTIVATION, server.url, empty.token]
        each = [
            subprocess.Popen([*words, node["id"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
            for node in empty.objects("Campaign", "act_1")
        ]
        for process in each:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in each:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = sorted(process.communicate(timeout=60)[0] for process in each)
    assert said == ["False\n", "False\n", "True\n", "True\n"]
    assert brute.deliverable(empty) == 4000
