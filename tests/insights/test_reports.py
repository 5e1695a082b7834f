"""Reports that Meta makes in its own time: whatever becomes of its jobs, every row comes exactly once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import AuthenticationError, FacebookAds, FacebookAdsError, ParameterError, RateLimited
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import STUCK, GraphError, LostResponse, Sandbox
from admonster_fb.sandbox.insights import query as rows_of
from admonster_fb.services.insights.columns import Shape
from admonster_fb.services.insights.export import frame
from admonster_fb.services.insights.rows import Report
from admonster_fb.workflows.insights import create_async_report

DAILY: Any = {"level": "ad", "days": 14, "time_increment": 1}


@pytest.fixture
def fb(sandbox: Sandbox) -> Iterator[FacebookAds]:
    with FacebookAds.sandbox(sandbox) as facade:
        yield facade


def told(rows: Any) -> Counter[str]:
    """Rows as a bag: the same ones, as often."""
    return Counter(json.dumps(row.model_dump(mode="json", exclude_unset=True), sort_keys=True) for row in rows)


def posts(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What reports were asked for."""
    return [entry.params for entry in sandbox.journal if entry.method == "POST" and entry.path.endswith("/insights")]


@pytest.mark.thorough
def test_a_report_has_the_rows_of_the_query(fb: FacebookAds, sandbox: Sandbox) -> None:
    report = fb.insights.report("act_1", **DAILY)
    assert report.state.status == "running"
    assert report.id.isdecimal()
    seen: list[int] = []
    began = sandbox.now()
    assert report.wait(lambda state: seen.append(state.percent)).state.done
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert 5 <= (sandbox.now() - began).total_seconds() < 120
    assert [*report.rows()] == fb.insights.list("act_1", **DAILY)
    assert told(report.rows()) == told(report), "it can be read again"
    assert report.meta.windows == fb.insights.iter("act_1", **DAILY).meta.windows


ENDINGS: dict[str, dict[str, Any]] = {
    "failed": {"end": "Job Failed"},
    "failed twice": {"end": "Job Failed", "times": 2},
    "failed many times": {"end": "Job Failed", "times": 9},
    "skipped": {"end": "Job Skipped"},
    "skipped three times": {"end": "Job Skipped", "times": 3},
    "stuck": {"end": STUCK},
    "stuck twice": {"end": STUCK, "times": 2},
    "long at 100 % and still running": {"end": "Job Completed", "running_at_100": 20},
    "slow": {"end": "Job Completed", "polls": 50},
    "rows that come late": {"end": "Job Completed", "late_rows": 6},
    "failed for a moment": {"end": "Job Failed", "error": (2, 1504044)},
    "took too long": {"end": "Job Failed", "error": (2, 1504038)},
    "took too long, several times": {"end": "Job Failed", "error": (2, 1504038), "times": 3},
    "too large": {"end": "Job Failed", "error": (-3, 1504045)},
    "failed without a known number": {"end": "Job Failed", "error": (-4, 999999)},
}


@pytest.mark.thorough
@table("ending", ENDINGS)
def test_however_jobs_end_every_row_comes_once(ending: str, fb: FacebookAds, sandbox: Sandbox) -> None:
    expected = told(fb.insights.iter("act_1", **DAILY))
    sandbox.jobs.next(**ENDINGS[ending])
    assert told(fb.insights.report("act_1", **DAILY).rows()) == expected


def test_a_report_whose_query_is_refused_can_be_shown(fb: FacebookAds) -> None:
    """Tools that store the locals of each frame call `repr` on what is half made."""
    assert repr(Report.__new__(Report)) == "Report()"


@pytest.mark.thorough
def test_what_failed_is_submitted_once_more_and_then_split_by_date(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.jobs.next(end="Job Failed", times=2)
    report = fb.insights.report("act_1", **DAILY).wait()
    asked = [each["time_range"] for each in posts(sandbox)]
    assert asked[0] == asked[1] == {"since": "2026-10-18", "until": "2026-10-31"}
    assert asked[2:] == [
        {"since": "2026-10-18", "until": "2026-10-21"},
        {"since": "2026-10-22", "until": "2026-10-25"},
        {"since": "2026-10-26", "until": "2026-10-28"},
        {"since": "2026-10-29", "until": "2026-10-31"},
    ]
    assert (report.state.jobs, report.state.jobs_done) == (4, 4)


@pytest.mark.thorough
def test_what_is_too_large_is_split_at_once_and_by_object_where_days_cannot_be(
    fb: FacebookAds, sandbox: Sandbox
) -> None:
    query: Any = {"level": "ad", "days": 14, "breakdowns": ["age", "gender"]}
    expected = fb.insights.list("act_1", **query)
    sandbox.jobs.limit(rows=max(Counter(row.campaign_id for row in expected).values()))
    report = fb.insights.report("act_1", **query)
    assert told(report.rows()) == told(expected)
    fields = [each["field"] for params in posts(sandbox) for each in params.get("filtering", ())]
    assert {*fields} >= {"campaign.id"}
    sent = [json.dumps(params, sort_keys=True) for params in posts(sandbox)]
    assert len(sent) == len({*sent}), "none is sent twice"


@pytest.mark.thorough
def test_an_object_alone_is_split_by_those_below(fb: FacebookAds, sandbox: Sandbox) -> None:
    query: Any = {"level": "ad", "days": 30, "breakdowns": ["age", "gender"]}
    rows = fb.insights.list("act_1", **query)
    largest = Counter(row.campaign_id for row in rows).most_common(1)[0]
    per_ad = max(Counter(row.ad_id for row in rows).values())
    if per_ad == largest[1]:
        pytest.fail("the sandbox's history has no campaign with two ads")
    sandbox.jobs.limit(rows=per_ad)
    assert told(fb.insights.report("act_1", **query).rows()) == told(rows)
    fields = {each["field"] for params in posts(sandbox) for each in params.get("filtering", ())}
    assert fields >= {"campaign.id", "adset.id"}


@pytest.mark.thorough
def test_a_report_on_an_ad_set_is_split_by_its_ads(fb: FacebookAds, sandbox: Sandbox) -> None:
    query: Any = {"level": "ad", "days": 30, "breakdowns": ["age", "gender"]}
    rows = fb.insights.list("act_1", **query)
    adset = Counter(row.adset_id for row in rows).most_common(1)[0][0]
    own = fb.insights.list(str(adset), **query)
    sandbox.jobs.limit(rows=max(Counter(row.ad_id for row in own).values()))
    assert len({row.ad_id for row in own}) > 1
    assert told(fb.insights.report(str(adset), **query).rows()) == told(own)


@pytest.mark.thorough
def test_figures_that_do_not_go_together_are_read_apart(fb: FacebookAds, sandbox: Sandbox) -> None:
    query: Any = {"level": "campaign", "days": 3, "breakdowns": ["age"]}
    fields = ["campaign_name", "spend", "reach", "frequency", "clicks", "actions"]
    expected = fb.insights.list("act_1", fields=fields, **query)
    sandbox.jobs.fail_field("reach", alone=True)
    rows = [*fb.insights.report("act_1", fields=fields, **query).rows()]
    assert told(rows) == told(expected)
    apart = [params["fields"].split(",") for params in posts(sandbox)]
    assert any("reach" in named and "spend" not in named for named in apart)


def test_a_field_that_always_fails_ends_in_meta_s_error(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.jobs.fail_field("reach")
    with pytest.raises(FacebookAdsError) as caught:
        fb.insights.report("act_1", fields=["reach"], days=1).wait()
    assert caught.value.advice


def test_what_meta_refuses_for_good_is_not_split(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_1/insights", GraphError(190, 463))
    with pytest.raises(AuthenticationError):
        fb.insights.report("act_1", **DAILY)
    sandbox.jobs.next(end="Job Failed", error=(100, 1504041))
    with pytest.raises(FacebookAdsError, match="1504041"):
        fb.insights.report("act_1", **DAILY).wait()
    assert len(posts(sandbox)) == 2


@pytest.mark.thorough
def test_a_lost_answer_makes_nothing_twice_that_matters(fb: FacebookAds, sandbox: Sandbox) -> None:
    expected = told(fb.insights.iter("act_1", **DAILY))
    sandbox.fail_next("POST act_1/insights", LostResponse())
    assert told(fb.insights.report("act_1", **DAILY).rows()) == expected


@pytest.mark.thorough
def test_at_most_100_jobs_are_under_way_at_once(fb: FacebookAds, sandbox: Sandbox) -> None:
    query: Any = {"level": "ad", "time_range": {"since": "2026-06-01", "until": "2026-10-31"}, "time_increment": 1}
    expected = told(fb.insights.iter("act_1", **query))
    sandbox.jobs.limit(rows=1)
    report, most = fb.insights.report("act_1", **query), 0

    def look(_state: Any) -> None:
        nonlocal most
        most = max(most, report.in_flight)

    report.wait(look)
    assert 50 < most <= 100
    sandbox.jobs.limit(rows=None)
    assert told(report.rows()) == expected


@pytest.mark.thorough
def test_nothing_is_submitted_while_insights_are_throttled(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.usage("act_1", acc_id_util_pct=92)
    fb.insights.list("act_1", days=1)
    report = fb.insights.report("act_1", **DAILY)
    assert (report.state.status, report.state.report_id) == ("waiting", "")
    assert "92 %" in report.state.note
    assert posts(sandbox) == []
    with pytest.raises(RateLimited, match="92 %"):
        create_async_report(fb, "act_1", days=7)
    sandbox.usage("act_1", acc_id_util_pct=10)
    assert told(report.wait().rows()) == told(fb.insights.iter("act_1", **DAILY))


@pytest.mark.thorough
def test_a_query_that_is_too_large_becomes_a_report_only_if_asked_to(
    fb: FacebookAds, sandbox: Sandbox, tmp_path: Path
) -> None:
    expected = fb.insights.list("act_1", **DAILY)
    sandbox.jobs.limit(rows=len(expected) // 3)
    with pytest.raises(FacebookAdsError, match="report"):
        fb.insights.list("act_1", **DAILY)
    assert posts(sandbox) == []
    large = fb.insights.iter("act_1", **DAILY).or_report()
    assert told(large) == told(expected)
    assert len(posts(sandbox)) > 1
    assert large.frame().height == large.to_csv(tmp_path / "a.csv").rows == len(expected)
    sandbox.jobs.limit(rows=None)
    before = len(posts(sandbox))
    assert told(large) == told(expected)
    assert len(posts(sandbox)) == before, "what can be answered at once is no report"


@pytest.mark.thorough
def test_files_and_frames_of_a_split_report(fb: FacebookAds, sandbox: Sandbox, tmp_path: Path) -> None:
    fields = ["account_id", "campaign_id", "spend", "reach", "actions"]
    query: Any = {"level": "campaign", "days": 5, "time_increment": 1}
    expected = fb.insights.iter("act_1", fields=fields, **query).frame()
    sandbox.jobs.fail_field("reach", alone=True)
    report = fb.insights.report("act_1", fields=fields, **query).wait()
    by = ["date_start", "campaign_id"]
    assert report.frame().sort(by).equals(expected.sort(by))
    assert report.to_parquet(tmp_path / "a.parquet").rows == report.to_csv(tmp_path / "a.csv").rows == expected.height


@pytest.mark.thorough
def test_waiting_ends_in_time_and_goes_on_later(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.jobs.next(end="Job Completed", polls=40)
    report = fb.insights.report("act_1", **DAILY)
    with pytest.raises(FacebookAdsError, match="after 60 s") as caught:
        report.wait(timeout=60)
    assert caught.value.retryable
    assert report.wait().state.done


@pytest.mark.thorough
def test_another_process_goes_on_with_a_report(fb: FacebookAds, sandbox: Sandbox) -> None:
    expected = told(fb.insights.iter("act_1", **DAILY))
    run_id = fb.insights.report("act_1", **DAILY).id
    with FacebookAds.sandbox(sandbox) as other:
        attached = other.insights.reopen(run_id)
        assert told(attached.rows()) == expected
        assert attached.frame().height == sum(expected.values())
        assert str(attached.meta.windows[0][0]) == "2026-10-18"
        assert fb.insights.reopen(run_id) is not attached
    sandbox.jobs.next(end="Job Failed", error=(2, 1504038))
    failing = fb.insights.report("act_1", **DAILY).id
    with FacebookAds.sandbox(sandbox) as other:
        with pytest.raises(FacebookAdsError, match="1504038"):
            other.insights.reopen(failing).wait()
        assert told(other.insights.report("act_1", report_run_id=failing, **DAILY).rows()) == expected


@pytest.mark.thorough
def test_two_threads_wait_for_one_report(fb: FacebookAds, sandbox: Sandbox) -> None:
    expected = told(fb.insights.iter("act_1", **DAILY))
    sandbox.jobs.next(end="Job Failed", times=3)
    report, found = fb.insights.report("act_1", **DAILY), []
    threads = [threading.Thread(target=lambda: found.append(told(report.rows()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_a_report_is_no_item_of_a_batch(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="outside of a batch"), fb.batch() as batch:
        batch.add(fb.insights.report, "act_1", days=7)
    assert posts(sandbox) == []


def test_a_wrong_query_or_id_is_refused_before_anything_is_sent(fb: FacebookAds, sandbox: Sandbox) -> None:
    before = len(sandbox.journal)
    with pytest.raises(ParameterError, match="7d_click"):
        fb.insights.report("act_1", action_attribution_windows=["7day_click"])
    with pytest.raises(ParameterError, match="report_run_id"):
        fb.insights.reopen("../me")
    assert len(sandbox.journal) == before


def test_a_window_that_meta_answers_with_nothing_is_reported_with_a_note(fb: FacebookAds, sandbox: Sandbox) -> None:
    report = fb.insights.report("act_1", days=7, action_attribution_windows=["7d_view", "1d_view"])
    assert [*report.rows()]
    assert [note for note in report.meta.notes if "7d_view is answered with nothing" in note]


def test_what_only_reports_have_is_refused_to_queries_alone(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(ParameterError, match="asynchronous report"):
        fb.insights.list("act_1", breakdowns=["mmm"])
    sandbox.fail_next("POST act_1/insights", GraphError(190, 463))
    with pytest.raises(AuthenticationError):  # it was sent
        fb.insights.report("act_1", breakdowns=["mmm"])


@pytest.mark.thorough
def test_the_ops_never_wait(fb: FacebookAds, sandbox: Sandbox, tmp_path: Path) -> None:
    tool, began = FacebookTool(fb, files=tmp_path), sandbox.now()
    sandbox.jobs.next(end="Job Completed", polls=3, late_rows=1)
    made = tool.call({"op": "create_async_report", "args": {**DAILY, "ad_account_id": "act_1"}})
    assert made.ok, made.text
    call: dict[str, Any] = {"op": "get_report", "args": {"report_id": made.data.report_id}}
    assert "call get_report again" in tool.call(call).text
    assert sandbox.now() == began
    for _ in range(8):
        sandbox.advance(minutes=1)
        began = sandbox.now()
        answer = tool.call(call)
        assert sandbox.now() == began
        if answer.data.rows:
            break
    rows = fb.insights.list("act_1", **DAILY)
    assert [*answer.data.rows] == rows[:25]
    assert "Rows 1 to 25 (more: offset 25, or filename for all)" in answer.text
    rest = tool.call({"op": "get_report", "args": {**call["args"], "offset": 25, "limit": 500}})
    assert [*rest.data.rows] == rows[25:]
    assert f"Rows 26 to {len(rows)}" in rest.text
    assert "(more:" not in rest.text
    file = tool.call({"op": "get_report", "args": {**call["args"], "filename": "all.csv"}})
    assert f"Rows: {len(rows)}" in file.text
    assert (tmp_path / "all.csv").exists()


@pytest.mark.slow
def test_a_large_account_whose_jobs_fail_in_every_way() -> None:
    sandbox = Sandbox(history=0)
    sandbox.populate(campaigns=400, days=90, account="act_1")
    query: Any = {"level": "campaign", "days": 90, "time_increment": 1, "breakdowns": ["age", "gender"]}
    fields = ["account_id", "campaign_id", "spend", "impressions", "clicks", "reach"]
    account = sandbox.world.store.nodes["act_1"]
    window = {"since": "2026-08-03", "until": "2026-10-31"}
    rows = rows_of(sandbox.world.store, account, {**query, "time_range": window, "fields": fields})
    with FacebookAds.sandbox(sandbox) as fb:
        sandbox.jobs.limit(rows=len(rows) // 6)
        for ending in ENDINGS.values():
            sandbox.jobs.next(**ending)
        got = fb.insights.report("act_1", fields=fields, **query).frame()
        assert not sandbox.jobs.waiting, "every ending was met with"
    expected = frame([json.dumps({"data": rows}).encode()], Shape(tuple(fields), ("age", "gender")))
    by = ["date_start", "campaign_id", "age", "gender"]
    assert got.height > 40_000
    assert got.sort(by).equals(expected.sort(by))
    assert got.select(by).is_unique().all()
