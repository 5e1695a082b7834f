"""Asynchronous insights reports: made of the same rows as the query, in their own time, and with every ending.

A job moves on each time it is asked about, not by the clock. `jobs` says how it ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import insights, paging, project
from admonster_fb.sandbox.errors import GraphError, missing_object
from admonster_fb.sandbox.jobs import COMPLETED, FAILED, FAILURE, SKIPPED, STUCK, Ending, figures_of
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

KEPT = timedelta(days=30)
NOT_SENT_ON = frozenset({"access_token", "async", "limit", "method"})
NOT_READABLE = (2601, 1815107)
WORDS = "The report failed. Please submit it again."


def create(call: Call, node: Node) -> dict[str, str]:
    """Begin a job. What the query would be refused for, it is refused for at once."""
    project.selections(call.params)
    params = {name: value for name, value in call.params.items() if name not in NOT_SENT_ON}
    asked, rows = insights.asked(call.store, node, params), insights.query(call.store, node, params)
    ending = call.world.jobs.ending(figures_of(asked.fields), len(rows))
    account = call.world.account_of(node)
    data = {
        "account_id": account.data["account_id"] if account else "",
        "time_ref": int(call.world.clock().timestamp()),
        "async_status": "Job Not Started",
        "async_percent_completion": 0,
        "date_start": str(min(since for since, _ in asked.periods)),
        "date_stop": str(max(until for _, until in asked.periods)),
    }
    run = call.store.add("AdReportRun", data)
    run.hidden |= {"node": node.id, "params": params, "ending": ending.dump(), "polls": 0, "reads": 0}
    if ending.end == COMPLETED:
        run.hidden["rows"] = rows
    return {"report_run_id": run.id}


def read(call: Call, run: Node) -> dict[str, Any]:
    """Answer how a job is; asking moves it on."""
    _forget_old(call, run)
    _move(call, run)
    return project.render(call, run, project.selections(call.params))


def read_rows(call: Call, run: Node) -> Any:
    """Answer a page of rows of a job that is done."""
    _forget_old(call, run)
    ending = Ending(**run.hidden["ending"])
    if run.data["async_status"] != COMPLETED:
        raise GraphError(*NOT_READABLE)
    run.hidden["reads"] += 1
    if run.hidden["reads"] <= ending.late_rows:
        raise GraphError(*NOT_READABLE)
    rows = list(enumerate(run.hidden["rows"]))
    answer = paging.page(call, f"{run.id}/insights", call.raw, rows, lambda row: str(row[0]))
    answer["data"] = [row for _, row in answer["data"]]
    # Of a report without rows Meta answers cursors all the same (live/README.md).
    empty = {"cursors": {"before": paging.encode("0"), "after": paging.encode("-1")}}
    return answer if rows else {"data": [], "paging": empty}


def _forget_old(call: Call, run: Node) -> None:
    if call.world.clock().timestamp() - run.data["time_ref"] > KEPT.total_seconds():
        call.store.remove(run.id)
        raise missing_object(call.method, run.id)


def _move(call: Call, run: Node) -> None:
    """Take a job one step on."""
    ending, told = Ending(**run.hidden["ending"]), run.data
    run.hidden["polls"] += 1
    seen = run.hidden["polls"]
    if ending.end == STUCK:
        told |= {"async_status": "Job Running", "async_percent_completion": 40, "is_running": True}
    elif seen < ending.polls:
        percent = 100 * seen // (ending.polls + 1)
        status = "Job Started" if seen == 1 else "Job Running"
        told |= {"async_status": status, "async_percent_completion": percent, "is_running": True}
    elif seen < ending.polls + ending.running_at_100:
        told |= {"async_status": "Job Running", "async_percent_completion": 100, "is_running": True}
    elif ending.end == COMPLETED:
        told.pop("is_running", None)
        told |= {"async_status": COMPLETED, "async_percent_completion": 100}
        told.setdefault("time_completed", int(call.world.clock().timestamp()))
    else:
        told.pop("is_running", None)
        told |= {"async_status": ending.end, **(_failure(ending) if ending.end == FAILED else {})}
        if ending.end == SKIPPED:
            told["async_percent_completion"] = 0


def _failure(ending: Ending) -> dict[str, Any]:
    """Return what a failed run says of itself since v25."""
    code, subcode = ending.error or FAILURE
    return {"error_code": code, "error_message": WORDS, **({} if subcode is None else {"error_subcode": subcode})}
