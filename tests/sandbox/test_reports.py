"""Asynchronous reports: the rows of the query in their own time, in the shapes of the recordings, with every ending."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from admonster_fb.sandbox import STUCK, GraphError, Sandbox, serve

ROOT = "https://graph.facebook.com/v26.0/"
QUERY = {"level": "ad", "date_preset": "last_7d", "time_increment": "1", "fields": "ad_id,spend,actions"}
DONE = ("id", "account_id", "time_ref", "time_completed", "async_status", "async_percent_completion")


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


@pytest.mark.thorough
def test_jobs_end_as_they_are_told_to_in_turn(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.next(end="Job Failed", polls=1, error=(2, 1504038))
    sandbox.jobs.next(end="Job Skipped", polls=1)
    sandbox.jobs.next(end=STUCK)
    failed, skipped, stuck, fine = (begin(http) for _ in range(4))
    fields = {"fields": "async_status,error_code,error_subcode,error_message,error_user_title,error_user_msg"}
    told = http.get(ROOT + failed, params=fields).json()
    assert (told["async_status"], told["error_code"], told["error_subcode"]) == ("Job Failed", 2, 1504038)
    assert told["error_message"]
    assert told["error_user_title"]
    assert told["error_user_msg"]
    assert http.get(f"{ROOT}{failed}/insights").json()["error"]["error_subcode"] == 1815107, "no rows of what failed"
    assert look(http, skipped)["async_status"] == "Job Skipped"
    assert look(http, stuck, 50)["async_status"] == "Job Running"
    assert look(http, fine, 2)["async_status"] == "Job Completed"
    with pytest.raises(ValueError, match="Job Completed"):
        sandbox.jobs.next(end="Job Done")


def test_a_long_job_says_how_far_it_is(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.next(polls=5)
    run = begin(http)
    seen = [look(http, run) for _ in range(5)]
    words = ["Job Not Started", "Job Started", "Job Running", "Job Running", "Job Completed"]
    assert [each["async_status"] for each in seen] == words
    percent = [each["async_percent_completion"] for each in seen]
    assert percent == sorted(percent)
    assert (percent[0], percent[-1]) == (0, 100)


@pytest.mark.thorough
def test_an_ending_can_be_meant_for_one_kind_of_job(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.next(end="Job Failed", polls=1, match={"breakdowns": "age,gender"})
    sandbox.jobs.next(end="Job Skipped", polls=1, match={"node": "act_2", "level": "ad"})
    assert look(http, begin(http), 2)["async_status"] == "Job Completed"
    assert look(http, begin(http, "act_2"))["async_status"] == "Job Skipped"
    assert look(http, begin(http, breakdowns=json.dumps(["age", "gender"])))["async_status"] == "Job Failed"
    assert look(http, begin(http, breakdowns="age,gender"), 2)["async_status"] == "Job Completed"


def test_rows_may_be_late_as_if_the_report_were_not_there(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.next(polls=1, late_rows=2, late_error=GraphError(100, 33))
    run = begin(http)
    assert look(http, run)["async_status"] == "Job Completed"
    told = [http.get(f"{ROOT}{run}/insights").json() for _ in range(3)]
    assert [each.get("error", {}).get("error_subcode") for each in told] == [33, 33, None]
    assert run in told[0]["error"]["message"]


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


@pytest.mark.thorough
def test_cells_are_rows_times_figures(http: requests.Session, sandbox: Sandbox) -> None:
    count = len(rows(http, "act_1/insights", **QUERY, limit=500))
    sandbox.jobs.limit(cells=2 * count, at_once=(2, 1504038))
    assert look(http, begin(http), 2)["async_status"] == "Job Completed"
    wider = {**QUERY, "fields": "ad_id,spend,actions,clicks"}
    assert look(http, begin(http, **wider), 2)["async_status"] == "Job Failed"
    at_once = http.get(f"{ROOT}act_1/insights", params=wider).json()["error"]
    assert (at_once["code"], at_once["error_subcode"]) == (2, 1504038)
    day = json.dumps({"since": "2026-10-26", "until": "2026-10-26"})
    assert look(http, begin(http, **wider, time_range=day), 2)["async_status"] == "Job Completed"
    sandbox.jobs.limit(None)
    assert rows(http, "act_1/insights", **wider)


@pytest.mark.thorough
def test_people_of_long_ago_are_counted_in_ten_reports_a_day(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.advance(days=500)
    query = {"level": "account", "fields": "reach,impressions", "breakdowns": "age", "time_increment": "all_days"}
    query["time_range"] = json.dumps({"since": "2026-10-20", "until": "2026-10-31"})
    assert not any("reach" in row for row in rows(http, "act_1/insights", **query))

    def counts() -> bool:
        run = begin(http, **query)
        look(http, run, 2)
        found = rows(http, f"{run}/insights")
        assert found
        return all("reach" in row for row in found)

    assert [counts() for _ in range(11)] == [True] * 10 + [False]
    sandbox.advance(days=1)
    assert counts()


def test_a_field_can_fail_beside_others(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.jobs.fail_field("reach", alone=True)
    assert look(http, begin(http, fields="ad_id,reach,spend"), 2)["async_status"] == "Job Failed"
    assert look(http, begin(http, fields="ad_id,reach"), 2)["async_status"] == "Job Completed"
    assert look(http, begin(http, fields="ad_id,spend"), 2)["async_status"] == "Job Completed"


@pytest.mark.thorough
def test_a_wrong_query_makes_no_job_and_a_reader_may_make_one(http: requests.Session, sandbox: Sandbox) -> None:
    refused = http.post(f"{ROOT}act_1/insights", data={**QUERY, "fields": "spennd"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    reader = sandbox.session(sandbox.issue_token(scopes=["ads_read"]))
    assert begin(reader)
    stranger = sandbox.session(sandbox.issue_token(accounts=["act_4"]))
    assert stranger.get(ROOT + begin(http)).json()["error"]["error_subcode"] == 33


@pytest.mark.thorough
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


@pytest.mark.thorough
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


def test_asking_about_a_report_is_charged_to_insights_and_does_not_tell_their_load(http: requests.Session) -> None:
    made = http.post(f"{ROOT}act_1/insights", data=QUERY)
    run = made.json()["report_run_id"]
    poll = http.get(ROOT + run)
    http.get(ROOT + run)
    page = http.get(f"{ROOT}{run}/insights")
    assert "x-fb-ads-insights-throttle" in made.headers
    for answer in (poll, page):
        assert "x-fb-ads-insights-throttle" not in answer.headers, "as recorded"
        assert json.loads(answer.headers["x-business-use-case-usage"])["1"][0]["type"] == "ads_insights"


def test_too_much_load_tells_itself_in_the_header_of_insights(http: requests.Session, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_*/insights", GraphError(4, 1504022))
    refused = http.post(f"{ROOT}act_1/insights", data=QUERY)
    assert (refused.json()["error"]["code"], refused.json()["error"]["error_subcode"]) == (4, 1504022)
    assert json.loads(refused.headers["x-fb-ads-insights-throttle"])["app_id_util_pct"] == 100
    sandbox.quota(calls=2, use_case="ads_insights")
    run = begin(http)
    assert http.get(ROOT + run).status_code == 200
    assert http.get(ROOT + run).json()["error"]["code"] == 80000, "polls count"


def test_pages_of_a_query_are_of_one_picture(http: requests.Session, sandbox: Sandbox) -> None:
    query = {**QUERY, "fields": "ad_id,actions", "limit": "7"}
    answer = http.get(f"{ROOT}act_1/insights", params=query).json()
    sandbox.settle()
    rest = rows(http, answer["paging"]["next"].removeprefix(ROOT))
    before = [*answer["data"], *rest]
    after = rows(http, "act_1/insights", **{**query, "limit": "500"})
    assert len(before) == len(after)
    assert before != after, "the next query sees what came in since"


def test_a_crowd_can_have_many_ads(sandbox: Sandbox) -> None:
    made = sandbox.populate(campaigns=2, days=9, account="act_3", adsets=2, ads=3, every=1)
    http = sandbox.session()
    query = {"level": "ad", "date_preset": "last_7d", "fields": "campaign_id,adset_id,ad_id,impressions"}
    found = rows(http, "act_3/insights", **query)
    assert [len({row[name] for row in found}) for name in ("campaign_id", "adset_id", "ad_id")] == [2, 4, 12]
    assert {row["campaign_id"] for row in found} == {*made}
    hashes = [each["hash"] for each in http.get(f"{ROOT}act_3/adimages", params={"limit": 100}).json()["data"]]
    assert len(hashes) == len({*hashes}) == 6


@pytest.mark.thorough
def test_a_large_account_is_quick_in_slices() -> None:
    sandbox = Sandbox(history=0)
    made = sandbox.populate(campaigns=1000, days=90)
    http, began = sandbox.session(), time.perf_counter()
    query = {"level": "campaign", "time_increment": "1", "breakdowns": "age,gender", "fields": "campaign_id,spend"}
    day = json.dumps({"since": "2026-10-10", "until": "2026-10-10"})
    some = json.dumps([{"field": "campaign.id", "operator": "IN", "value": made[:10]}])
    by_day, by_id = (
        begin(http, **query, time_range=day),
        begin(http, **query, date_preset="last_90d", filtering=some),
    )
    for run in (by_day, by_id):
        look(http, run, 2)
    found = [rows(http, f"{run}/insights", limit=500) for run in (by_day, by_id)]
    assert [len(each) > 1000 for each in found] == [True, True]
    assert {row["campaign_id"] for row in found[1]} == {*made[:10]}
    assert {row["date_start"] for row in found[0]} == {"2026-10-10"}
    assert time.perf_counter() - began < 5  # about 0.2 s on a quiet machine


@pytest.mark.thorough
def test_endings_can_be_set_over_http() -> None:
    with serve(Sandbox()) as server:
        http = requests.Session()
        http.headers["Authorization"] = f"Bearer {server.sandbox.token}"
        control, graph = f"{server.url}/_sandbox/jobs", f"{server.url}/v26.0"
        told = http.post(control, json={"end": "Job Failed", "polls": 1, "error": [2, 1504038]})
        assert told.json() == {"waiting": 1, "rows": None, "cells": None, "fields": {}}
        run = http.post(f"{graph}/act_1/insights", data=QUERY).json()["report_run_id"]
        assert http.get(f"{graph}/{run}", params={"fields": "error_subcode"}).json()["error_subcode"] == 1504038
        assert http.post(control, json={"rows": 5, "field": "reach", "alone": True}).json()["rows"] == 5
        assert http.get(f"{graph}/act_1/insights", params=QUERY).json()["error"]["error_subcode"] == 1487534
        assert http.delete(control).json() == {"waiting": 0, "rows": None, "cells": None, "fields": {}}
        assert http.post(control, json={"end": "Job Done"}).status_code == 400
        told = http.post(control, json={"cells": 9, "at_once": [2, 1504038]}).json()
        assert told == {"waiting": 0, "rows": None, "cells": 9, "fields": {}}
        assert http.get(f"{graph}/act_1/insights", params=QUERY).json()["error"]["error_subcode"] == 1504038
        assert http.delete(control).json()["cells"] is None
        assert http.post(control, data={"end": "Job Skipped", "polls": "1", "match": '{"level": "ad"}'}).ok
        run = http.post(f"{graph}/act_1/insights", data=QUERY).json()["report_run_id"]
        assert http.get(f"{graph}/{run}").json()["async_status"] == "Job Skipped"
        assert http.post(f"{server.url}/_sandbox/settle").json()["conversions"] > 0
        few = {"campaigns": 2, "days": 3, "account": "act_3"}
        assert len(http.post(f"{server.url}/_sandbox/populate", json=few).json()["campaigns"]) == 2
