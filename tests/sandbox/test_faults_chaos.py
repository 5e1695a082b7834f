"""Chaos, the calls that set faults over HTTP, and the fixture for bots."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb.sandbox import GraphError, LostResponse, NullItem, Reset, Sandbox, serve
from admonster_fb.sandbox.faults.injection import DEFAULT

pytestmark = pytest.mark.slow

GRAPH = "https://graph.facebook.com/v26.0"


def _outcomes(client: Any, seed: int, calls: int = 200, rate: float = 0.2) -> tuple[list[str], Counter[str]]:
    sandbox = Sandbox(history=0)
    session = sandbox.session()
    sandbox.chaos(seed=seed, rate=rate)
    outcomes = []
    for _ in range(calls):
        try:
            answer = session.post(f"{GRAPH}/act_1/campaigns", data=client.form(client.CAMPAIGN))
            outcomes.append(f"{answer.status_code} {answer.text}")
        except requests.RequestException as error:
            outcomes.append(repr(error))
    return outcomes, sandbox.faults_met


def test_chaos_is_its_seeds(client: Any) -> None:
    first, second, other = (_outcomes(client, seed) for seed in (1, 1, 2))
    assert first == second
    assert first[0] != other[0]
    assert 0.1 < sum(first[1].values()) / 200 < 0.3


def test_chaos_meets_every_kind(client: Any) -> None:
    _, met = _outcomes(client, 3, calls=400, rate=1.0)
    assert set(met) == {str(fault) for fault in DEFAULT if not isinstance(fault, NullItem)}


def test_throttling_by_chaos_is_provably_before_the_work() -> None:
    limits = [
        str(fault) for fault in DEFAULT if str(fault).startswith(("GraphError(4", "GraphError(17", "GraphError(8"))
    ]
    assert limits == ["GraphError(4)", "GraphError(17)", "GraphError(80004/2446079)"]


def test_chaos_in_batches(client: Any) -> None:
    client.sandbox.chaos(seed=1, rate=0.5, faults=[NullItem(), LostResponse()])
    items = [{"method": "GET", "relative_url": "act_1"}] * 50
    broken, nulls = 0, 0
    for _ in range(20):
        try:
            answers = client.session.post(GRAPH, data={"batch": json.dumps(items)}).json()
        except requests.ConnectionError:
            broken += 1
        else:
            nulls += answers.count(None)
    # The connection breaks for whole batches only: one in two, not one in 2**50.
    assert 0 < broken < 20
    assert 0.4 < nulls / (50 * (20 - broken)) < 0.6
    client.sandbox.chaos_stop()
    assert None not in client.session.post(GRAPH, data={"batch": json.dumps(items)}).json()


def test_what_is_planned_comes_before_chance(client: Any) -> None:
    client.sandbox.chaos(rate=1.0, faults=[Reset()])
    client.sandbox.fail_next("GET *", GraphError(2))
    assert client.session.get(f"{GRAPH}/act_1").status_code == 500


def test_a_rate_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Sandbox(history=0).chaos(rate=20)


def test_control_over_http(client: Any) -> None:
    with serve(client.sandbox) as server:
        control = f"{server.url}/_sandbox"

        def get() -> requests.Response:
            headers = {"Authorization": f"Bearer {client.sandbox.token}"}
            return requests.get(f"{server.url}/v26.0/act_1", headers=headers, timeout=5)

        def post(name: str, **body: Any) -> dict[str, Any]:
            answer = requests.post(f"{control}/{name}", json=body, timeout=5)
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

        assert post("faults", pattern="GET act_*", fault="LostResponse")["unspent"]
        with pytest.raises(requests.ConnectionError):
            get()
        post("faults", pattern="GET act_*", fault="Http", status=502, body="<html>")
        post("faults", pattern="GET act_*", fault={"fault": "GraphError", "code": 17, "wait": 5}, skip=1)
        assert [get().status_code for _ in range(3)] == [502, 200, 400]
        assert requests.get(f"{control}/faults", timeout=5).json()["unspent"] == []
        post("chaos", seed=1, rate=1, faults=["Empty"])
        assert get().content == b""
        assert requests.delete(f"{control}/chaos", timeout=5).json()["met"]["Empty"] == 1
        post("quota", calls=1)
        assert [get().status_code for _ in range(2)] == [200, 400]
        assert post("advance", minutes=70, seconds=30)["now"] == "2026-11-01T13:10:30+00:00"
        assert get().status_code == 200
        journal = requests.get(f"{control}/journal?last=2", timeout=5)
        assert [row["status"] for row in journal.json()["data"]] == [400, 200]
        assert client.sandbox.token not in journal.text


@table(
    "body",
    [
        {"pattern": "GET *", "fault": "Earthquake"},
        {"pattern": "GET *", "fault": "Http"},
        {"pattern": "GET *", "fault": "GraphError"},
        {"pattern": "nonsense", "fault": "Reset"},
        {"fault": "Reset"},
        {},
    ],
)
def test_control_refuses_nonsense(client: Any, body: dict[str, Any]) -> None:
    answer = client.anonymous().post("https://graph.facebook.com/_sandbox/faults", json=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "SandboxControl")
    assert "KeyError" not in answer.text
    assert client.anonymous().get("https://graph.facebook.com/_sandbox/weather").status_code == 404


BOT_TESTS = """
import requests
from admonster_fb.sandbox import GraphError

def test_met(sandbox):
    sandbox.fail_next("GET *", GraphError(2))
    assert sandbox.session().get("https://graph.facebook.com/act_1").status_code == 500

def test_unmet(sandbox):
    sandbox.fail_next("GET act_*/ads", GraphError(2))
"""


def test_the_fixture_fails_tests_with_unspent_faults(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(BOT_TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "admonster_fb.testing", "-p", "no:cacheprovider", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed, 1 error" in run.stdout
    assert "never met: GET act_*/ads: GraphError(2)" in run.stdout


def test_testing_without_pytest() -> None:
    program = "import sys; sys.modules['pytest'] = None; from admonster_fb import testing as t; print(t.vcr_config())"
    assert "record_mode" in subprocess.check_output([sys.executable, "-c", program], text=True)
