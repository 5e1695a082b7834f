"""Asynchronous insights reports: made of the same rows as the query, in their own time, and with every ending.

A job advances with each poll, not by the clock. `jobs` defines how it ends.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any

from admonster_fb.sandbox import insights, paging, project
from admonster_fb.sandbox.errors import GraphError, missing_object
from admonster_fb.sandbox.jobs import COMPLETED, FAILED, FAILURE, NOT_READABLE, SKIPPED, STUCK, Ending, figures_of
from admonster_fb.sandbox.world import Call, Node

OLD_PEOPLE, OLD_PEOPLE_A_DAY = "reports of people long ago", 10
RETENTION = timedelta(days=30)
NOT_SENT_ON = frozenset({"access_token", "async", "limit", "method"})
NOT_THERE = (100, 33)
# Before the first of several polls nothing has begun.
WAITING_POLLS = 3
WORDS = "The report could not be generated."
TITLE, ADVICE = "Report failed", "Please submit the report again, or ask for less at a time."


def create(call: Call, node: Node) -> dict[str, str]:
    """Start a job. An invalid query is refused at once."""
    project.selections(call.params)
    params = {name: value for name, value in call.params.items() if name not in NOT_SENT_ON}
    query = insights.check(call.store, node, params)
    old_people = _counts_old_people(call, node, query)

    @cache  # a job that fails anyway needs none
    def rows() -> list[dict[str, Any]]:
        return insights.query(call.store, node, params, old_people=old_people)

    about = {**params, "node": node.id}
    ending = call.world.jobs.ending(about, figures_of(query.fields), lambda: len(rows()))
    account = call.world.account_of(node)
    data = {
        "account_id": account.data["account_id"] if account else "",
        "time_ref": int(call.world.clock().timestamp()),
        "async_status": "Job Not Started",
        "async_percent_completion": 0,
        "date_start": str(min(since for since, _ in query.periods)),
        "date_stop": str(max(until for _, until in query.periods)),
    }
    run = call.store.add("AdReportRun", data)
    run.hidden |= {"node": node.id, "params": params, "ending": asdict(ending), "polls": 0, "reads": 0}
    if ending.end == COMPLETED:
        run.hidden["rows"] = rows()
    return {"report_run_id": run.id}


def _counts_old_people(call: Call, node: Node, query: insights.Report) -> bool:
    """Return whether a report has what queries leave out, and count it: an account gets ten such reports a day."""
    account, today = insights.place(call.store, node)
    if not query.lacks_people(today):
        return False
    day, count = account.hidden.get(OLD_PEOPLE, ("", 0))
    count = count if day == str(today) else 0
    account.hidden[OLD_PEOPLE] = [str(today), count + 1]
    return bool(count < OLD_PEOPLE_A_DAY)


def read(call: Call, run: Node) -> dict[str, Any]:
    """Return how a job is; asking moves it on."""
    _forget_old(call, run)
    _move(call, run)
    return project.read(call, run)


def read_rows(call: Call, run: Node) -> Any:
    """Return a page of rows of a job that is done."""
    _forget_old(call, run)
    ending = Ending(**run.hidden["ending"])
    if run.data["async_status"] != COMPLETED:
        raise GraphError(*NOT_READABLE)
    run.hidden["reads"] += 1
    if run.hidden["reads"] <= ending.late_rows:
        gone = tuple(ending.late_error) == NOT_THERE
        raise missing_object(call.method, run.id) if gone else GraphError(*ending.late_error)
    rows = run.hidden["rows"]
    answer = paging.numbered(call, f"{run.id}/insights", call.raw, rows)
    # Recorded: of a report without rows Meta answers cursors all the same.
    empty = {"cursors": {"before": paging.encode("0"), "after": paging.encode("-1")}}
    return answer if rows else {"data": [], "paging": empty}


def _forget_old(call: Call, run: Node) -> None:
    if call.world.clock().timestamp() - run.data["time_ref"] > RETENTION.total_seconds():
        call.store.remove(run.id)
        raise missing_object(call.method, run.id)


def _move(call: Call, run: Node) -> None:
    ending, data = Ending(**run.hidden["ending"]), run.data
    run.hidden["polls"] += 1
    seen = run.hidden["polls"]
    if ending.end == STUCK:
        data |= {"async_status": "Job Running", "async_percent_completion": 40, "is_running": True}
    elif seen < ending.polls:
        data |= _on_the_way(seen, ending.polls)
    elif seen < ending.polls + ending.running_at_100:
        data |= {"async_status": "Job Running", "async_percent_completion": 100, "is_running": True}
    else:
        data.pop("is_running", None)
        data |= _at_last(call, run, ending)


def _on_the_way(seen: int, polls: int) -> dict[str, Any]:
    if seen == 1 and polls >= WAITING_POLLS:
        return {"async_status": "Job Not Started", "async_percent_completion": 0}
    status = "Job Started" if seen <= 2 else "Job Running"
    return {"async_status": status, "async_percent_completion": 100 * seen // (polls + 1), "is_running": True}


def _at_last(call: Call, run: Node, ending: Ending) -> dict[str, Any]:
    over = {"async_status": ending.end}
    if ending.end == FAILED:
        code, subcode = ending.error or FAILURE
        texts = {"error_message": WORDS, "error_user_title": TITLE, "error_user_msg": ADVICE}
        # Since v25 a failed job has the fields of its error.
        return over | {"error_code": code, **texts, **({} if subcode is None else {"error_subcode": subcode})}
    if ending.end == SKIPPED:
        return over | {"async_percent_completion": 0}
    now = int(call.world.clock().timestamp())
    return over | {"async_percent_completion": 100, "time_completed": run.data.get("time_completed", now)}
