"""Two writes at once pass no cap, whichever tools send them; and it is the guard's lock that holds them back.

The oracle reads the sandbox: what can be spent there on a day.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import plan_brute as brute
import pytest
from plan_world import build
from tables import table

from admonster_fb import FacebookAds, Settings, SpendPolicy
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans import store as stores
from admonster_fb.bot.plans.guard import Guard
from admonster_fb.sandbox import Sandbox, serve

pytestmark = pytest.mark.thorough

Calls = list[tuple[str, dict[str, Any]]]
TOTAL: Any = {"max_total_daily": "30.00 USD"}
SCHEDULE: Any = {
    "budget_value": 400,
    "budget_value_type": "ABSOLUTE",
    "time_start": "2036-12-01T09:00:00+0000",
    "time_end": "2036-12-20T09:00:00+0000",
}


class Account:
    """Two campaigns with one ad set of 20.00 USD and one ad each; everything in them is ACTIVE."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        build(FacebookAds.sandbox(sandbox), campaigns=2, adsets=1, ads=1)
        for fields in (*sandbox.objects("AdSet", "act_1"), *sandbox.objects("Ad", "act_1")):
            sandbox.change(fields["id"], status="ACTIVE")
        self.campaigns = [fields["id"] for fields in sandbox.objects("Campaign", "act_1")]
        self.adsets = [fields["id"] for fields in sandbox.objects("AdSet", "act_1")]

    def activations(self) -> Calls:
        return [("update_campaign", {"campaign_id": each, "status": "ACTIVE"}) for each in self.campaigns]

    def raises(self) -> Calls:
        for each in self.campaigns:
            self.sandbox.change(each, status="ACTIVE")
        for each in self.adsets:
            self.sandbox.change(each, daily_budget="1000")
        return [("update_adset", {"adset_id": each, "daily_budget": 2000}) for each in self.adsets]

    def schedule_and_raise(self) -> Calls:
        raised = ("update_adset", {"adset_id": self.adsets[0], "daily_budget": 2400})
        return [("create_budget_schedule", {"ad_object_id": self.adsets[0], **SCHEDULE}), raised]

    def day(self) -> int:
        """Return the most that the account can spend on a day, and the first ad set if it is more."""
        return max(brute.deliverable(self.sandbox), brute.a_day(self.sandbox, self.sandbox.object(self.adsets[0])))


KINDS: dict[str, tuple[Callable[[Account], Calls], dict[str, Any], int]] = {
    "activations": (Account.activations, TOTAL, 3000),
    "raises": (Account.raises, TOTAL, 3000),
    "a schedule and a raise": (Account.schedule_and_raise, {"max_increase_percent": 20}, 2400),
}
WAYS = ["one tool", "two tools", "two tools of a folder", "two plans applied", "plans applied after a restart"]


@pytest.fixture
def day_after(empty: Sandbox, tmp_path: Path, together: Any) -> Callable[[str, str], int]:
    """Return what can be spent on a day after two writes of a kind were made at once in a way."""

    def run(kind: str, way: str) -> int:
        account, (calls_of, limits, _) = Account(empty), KINDS[kind]
        calls, planned = calls_of(account), "plans" in way

        def tool() -> FacebookTool:
            policy = SpendPolicy(**limits, **({} if planned else {"needs_plan": ()}))
            folder = tmp_path if "folder" in way or "restart" in way else None
            return FacebookTool(FacebookAds.sandbox(empty), policy=policy, plans=folder)

        first = tool()
        tools = [first, first if way == "one tool" else tool()]
        if planned:
            plans = [each.call({"op": op, "args": args}).data for each, (op, args) in zip(tools, calls, strict=True)]
            calls = [("apply", {"plan_id": plan.id}) for plan in plans]
        if "restart" in way:
            stores._BY_ADAPTER.clear()
            tools = [tool(), tool()]
        both = zip(tools, calls, strict=True)
        results = together(
            *[lambda each=each, op=op, args=args: each.call({"op": op, "args": args}) for each, (op, args) in both]
        )
        assert any(result.ok for result in results), [result.text for result in results]
        return account.day()

    return run


@table("way", WAYS, fresh=True)
@table("kind", KINDS, fresh=True)
def test_two_at_once_pass_no_cap(day_after: Callable[[str, str], int], kind: str, way: str) -> None:
    assert day_after(kind, way) <= KINDS[kind][2]


@table("way", WAYS, fresh=True)
@table("kind", KINDS, fresh=True)
def test_without_the_lock_they_would(
    day_after: Callable[[str, str], int], monkeypatch: pytest.MonkeyPatch, kind: str, way: str
) -> None:
    monkeypatch.setattr(Guard, "_alone", lambda *_: contextlib.nullcontext())
    assert day_after(kind, way) > KINDS[kind][2]


PROGRAM = """
import contextlib, json, sys, time
from pathlib import Path
from admonster_fb import FacebookAds, Settings, SpendPolicy
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans import guard
url, token, folder, policy, lock, call, mine, other = sys.argv[1:]
if lock == "out":
    guard.Guard._alone = lambda *_: contextlib.nullcontext()
fb = FacebookAds(token, "act_1", settings=Settings(endpoint=url))
tool = FacebookTool(fb, plans=Path(folder), policy=SpendPolicy(**json.loads(policy)))
assess, count = guard.assess, 0
def slow(*args, **more):
    global count
    found, count = assess(*args, **more), count + 1
    Path(folder, f"{mine}.{count}").touch()
    until = time.monotonic() + 1
    while not Path(folder, f"{other}.{count}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    return found
guard.assess = slow
print("ready", flush=True)
sys.stdin.readline()
print(tool.call(json.loads(call)).ok)
"""


@pytest.mark.usefixtures("copies")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "planned", "lock"),
    [
        *((kind, planned, "in") for kind in KINDS for planned in (False, True)),
        *(("activations", planned, "out") for planned in (False, True)),
    ],
)
def test_two_processes_pass_no_cap_and_without_the_lock_they_would(
    empty: Sandbox, tmp_path: Path, kind: str, planned: bool, lock: str
) -> None:
    account, (calls_of, limits, cap) = Account(empty), KINDS[kind]
    policy = {**limits, **({} if planned else {"needs_plan": []})}
    calls = [{"op": op, "args": args} for op, args in calls_of(account)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    with serve(empty) as server:
        if planned:  # by the clock of the processes
            with FacebookAds(empty.token, "act_1", settings=Settings(endpoint=server.url)) as fb:
                tool = FacebookTool(fb, policy=SpendPolicy(**policy), plans=tmp_path)
                calls = [{"op": "apply", "args": {"plan_id": tool.call(each).data.id}} for each in calls]
        words = [sys.executable, "-c", PROGRAM, server.url, empty.token, str(tmp_path), json.dumps(policy), lock]
        both = [
            subprocess.Popen(
                [*words, json.dumps(call), *names], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
            )
            for call, names in zip(calls, (("a", "b"), ("b", "a")), strict=True)
        ]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        output = sorted(process.communicate(timeout=60)[0] for process in both)
    assert output == (["False\n", "True\n"] if lock == "in" else ["True\n", "True\n"])
    assert (account.day() <= cap) is (lock == "in")
