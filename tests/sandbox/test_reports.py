"""Asynchronous reports: the rows of the query in their own time, in the shapes of the recordings, with every ending."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from admonster_fb.sandbox import STUCK, Sandbox, serve

ROOT = "https://graph.facebook.com/v26.0/"
QUERY = {"level": "ad", "date_preset": "last_7d", "time_increment": "1", "fields": "ad_id,spend,actions"}
DONE = ("id", "account_id", "time_ref", "time_completed", "async_status", "async_percent_completion")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def http(sandbox: Sandbox) -> requests.Session:
    return sandbox.session()


def begin(http: requests.Session, node: str = "act_1", **params: Any) -> str:
    answer = http.post(f"{ROOT}{node}/insights", data={**QUERY, **params}).json()
    assert [*answer] == ["report_run_id"]
    return str(answer["report_run_id"])


def look(http: requests.Session, run: str, times: int = 1) -> dict[str, Any]:
    for _ in range(times - 1):
        http.get(ROOT + run)
    answer: dict[str, Any] = http.get(ROOT + run, params={"fields": "async_status,async_percent_completion"}).json()
    return answer


def rows(http: requests.Session, path: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = http.get(ROOT + path, params=params).json()
    while True:
        found += answer["data"]
        if "next" not in answer.get("paging", {}):
            return found
        answer = http.get(answer["paging"]["next"]).json()


def test_a_job_moves_on_as_it_is_asked_about_and_then_has_the_rows_of_the_query(http: requests.Session) -> None:
    run = begin(http)
    seen = [look(http, run) for _ in range(3)]
    assert [each["async_status"] for each in seen] == ["Job Started", "Job Completed", "Job Completed"]
    assert [each["async_percent_completion"] for each in seen] == [33, 100, 100]
    whole = http.get(ROOT + run).json()
    assert {*whole} == {*DONE, "date_start", "date_stop"}, "as recorded of a finished run: no is_running"
    assert isinstance(whole["time_ref"], int)
    assert (whole["date_start"], whole["date_stop"]) == ("2026-10-25", "2026-10-31")
    assert rows(http, f"{run}/insights", limit=4) == rows(http, "act_1/insights", **QUERY, limit=500) != []


def test_a_job_of_a_campaign_and_one_without_rows(http: requests.Session) -> None:
    campaign = http.get(f"{ROOT}act_1/campaigns").json()["data"][0]["id"]
    run = begin(http, campaign)
    look(http, run, 2)
    assert rows(http, f"{run}/insights") == rows(http, f"{campaign}/insights", **QUERY)
    empty = begin(http, time_range=json.dumps({"since": "2025-01-01", "until": "2025-01-02"}))
    look(http, empty, 2)
    answer = http.get(f"{ROOT}{empty}/insights").json()
    assert answer["data"] == []
    assert {*answer["paging"]["cursors"]} == {"before", "after"}, "as recorded"


def test_while_a_job_is_at_work_its_rows_cannot_be_read(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.next(polls=2, running_at_100=2, late_rows=1)
    run = begin(http)
    running = http.get(ROOT + run).json()
    assert running["is_running"] is True
    assert "time_completed" not in running
    for _ in range(2):
        assert look(http, run) == {"async_status": "Job Running", "async_percent_completion": 100, "id": run}
        refused = http.get(f"{ROOT}{run}/insights")
        assert (refused.status_code, refused.json()["error"]["error_subcode"]) == (400, 1815107)
    assert look(http, run)["async_status"] == "Job Completed"
    assert http.get(f"{ROOT}{run}/insights").json()["error"]["code"] == 2601, "late, though it says done"
    assert http.get(f"{ROOT}{run}/insights").json()["data"] != []


def test_jobs_end_as_they_are_told_to_in_turn(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.next(end="Job Failed", polls=1, error=(2, 1504038))
    sandbox.jobs.next(end="Job Skipped", polls=1)
    sandbox.jobs.next(end=STUCK)
    failed, skipped, stuck, fine = (begin(http) for _ in range(4))
    fields = {"fields": "async_status,error_code,error_subcode,error_message"}
    told = http.get(ROOT + failed, params=fields).json()
    assert (told["async_status"], told["error_code"], told["error_subcode"]) == ("Job Failed", 2, 1504038)
    assert told["error_message"]
    assert look(http, skipped)["async_status"] == "Job Skipped"
    assert look(http, stuck, 50)["async_status"] == "Job Running"
    assert look(http, fine, 2)["async_status"] == "Job Completed"
    with pytest.raises(ValueError, match="Job Completed"):
        sandbox.jobs.next(end="Job Done")


def test_what_is_too_large_fails_in_its_own_way(http: requests.Session, sandbox: Sandbox) -> None:
    count = len(rows(http, "act_1/insights", **QUERY, limit=500))
    sandbox.jobs.limit(rows=count - 1)
    at_once = http.get(f"{ROOT}act_1/insights", params=QUERY).json()["error"]
    assert (at_once["code"], at_once["error_subcode"]) == (100, 1487534)
    run = begin(http)
    look(http, run, 2)
    told = http.get(ROOT + run, params={"fields": "error_code,error_subcode"}).json()
    assert (told["error_code"], told["error_subcode"]) == (-3, 1504045)
    assert len(rows(http, "act_1/insights", **{**QUERY, "fields": "ad_id"}, limit=500)) == count, "ids cost nothing"
    sandbox.jobs.limit(rows=count)
    assert look(http, begin(http), 2)["async_status"] == "Job Completed"


def test_a_field_can_fail_beside_others(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.fail_field("reach", alone=True)
    assert look(http, begin(http, fields="ad_id,reach,spend"), 2)["async_status"] == "Job Failed"
    assert look(http, begin(http, fields="ad_id,reach"), 2)["async_status"] == "Job Completed"
    assert look(http, begin(http, fields="ad_id,spend"), 2)["async_status"] == "Job Completed"


def test_a_wrong_query_makes_no_job_and_a_reader_may_make_one(http: requests.Session, sandbox: Sandbox) -> None:
    refused = http.post(f"{ROOT}act_1/insights", data={**QUERY, "fields": "spennd"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    reader = sandbox.session(sandbox.issue_token(scopes=["ads_read"]))
    assert begin(reader)
    stranger = sandbox.session(sandbox.issue_token(accounts=["act_4"]))
    assert stranger.get(ROOT + begin(http)).json()["error"]["error_subcode"] == 33


def test_a_job_is_forgotten_after_30_days_and_survives_a_snapshot(sandbox: Sandbox, tmp_path: Any) -> None:
    http = sandbox.session()
    run = begin(http)
    look(http, run, 2)
    before = rows(http, f"{run}/insights")
    sandbox.save(tmp_path / "state.json")
    other = Sandbox(history=0)
    other.load(tmp_path / "state.json")
    assert rows(other.session(sandbox.token), f"{run}/insights") == before
    sandbox.advance(days=31)
    assert http.get(ROOT + run).json()["error"]["error_subcode"] == 33


def test_a_share_of_the_insights_limit_can_be_pinned(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.usage("act_1", acc_id_util_pct=91.5)
    header = json.loads(http.get(f"{ROOT}act_1/insights").headers["x-fb-ads-insights-throttle"])
    assert header == {"app_id_util_pct": 0.04, "acc_id_util_pct": 91.5, "ads_api_access_tier": "standard_access"}
    assert "acc_id_util_pct" not in http.get(f"{ROOT}act_1/insights").headers["x-business-use-case-usage"]


def test_a_crowd_of_campaigns_adds_up_in_every_part() -> None:
    sandbox = Sandbox(history=0)
    assert len(sandbox.populate(30, 20)) == 30
    http = sandbox.session()
    daily = {"level": "campaign", "time_increment": "1", "fields": "campaign_id,spend,clicks", "limit": 500}
    window = json.dumps({"since": "2026-10-12", "until": "2026-10-31"})
    whole = rows(http, "act_1/insights", **daily, time_range=window)
    parts = rows(http, "act_1/insights", **daily, time_range=window, breakdowns="age,gender")
    for name, scale in (("spend", 100), ("clicks", 1)):
        total = sum(round(float(row.get(name, 0)) * scale) for row in whole)
        assert total == sum(round(float(row.get(name, 0)) * scale) for row in parts) > 0
    assert 100 < len(whole) < 250 < len(parts)


def test_endings_can_be_set_over_http() -> None:
    with serve(Sandbox()) as server:
        http = requests.Session()
        http.headers["Authorization"] = f"Bearer {server.sandbox.token}"
        control, graph = f"{server.url}/_sandbox/jobs", f"{server.url}/v26.0"
        told = http.post(control, json={"end": "Job Failed", "polls": 1, "error": [2, 1504038]})
        assert told.json() == {"waiting": 1, "rows": None, "fields": {}}
        run = http.post(f"{graph}/act_1/insights", data=QUERY).json()["report_run_id"]
        assert http.get(f"{graph}/{run}", params={"fields": "error_subcode"}).json()["error_subcode"] == 1504038
        assert http.post(control, json={"rows": 5, "field": "reach", "alone": True}).json()["rows"] == 5
        assert http.get(f"{graph}/act_1/insights", params=QUERY).json()["error"]["error_subcode"] == 1487534
        assert http.delete(control).json() == {"waiting": 0, "rows": None, "fields": {}}
        assert http.post(control, json={"end": "Job Done"}).status_code == 400
