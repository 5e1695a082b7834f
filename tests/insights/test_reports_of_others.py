"""The life of a report as in the tests of airbyte and tap-facebook, against a server that answers from a script."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, Settings

Answer = tuple[int, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ROW = {"date_start": "2026-11-01", "date_stop": "2026-11-07", "account_id": "1", "campaign_id": "5", "spend": "1.00"}
DONE = {"async_status": "Job Completed", "async_percent_completion": 100}
RATE = {"error_code": 2601, "error_subcode": 1487742, "error_user_title": "Report Unavailable"}
RATE |= {"error_message": "There was an error running your report", "error_user_msg": "It could not be run."}
LIMITED = {"async_status": "Job Failed", "async_percent_completion": 0, **RATE}


def error(code: int, subcode: int | None = None, status: int = 400, **more: Any) -> Answer:
    return status, {"error": {"code": code, "error_subcode": subcode, "message": "x", "type": "OAuthException", **more}}


@dataclass
class Script(BaseAdapter):
    """What comes next for each kind of call; the last answer of a list that repeats stays."""

    submits: list[Answer] = field(default_factory=list)
    polls: list[Answer] = field(default_factory=list)
    results: list[Answer] = field(default_factory=list)
    lookups: list[Answer] = field(default_factory=list)
    always: tuple[str, ...] = ()
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    time: datetime = NOW

    def __post_init__(self) -> None:
        super().__init__()

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        path = str(urlsplit(str(request.url)).path).split("/", 2)[2]
        query = {name: values[0] for name, values in parse_qs(str(urlsplit(str(request.url)).query)).items()}
        form = {name: values[0] for name, values in parse_qs(str(request.body or "")).items()}
        status, body = self._answer(str(request.method), path, {**query, **form})
        response = requests.Response()
        response.status_code = status
        response.raw = io.BytesIO(body.encode() if isinstance(body, str) else json.dumps(body).encode())
        return response

    def _answer(self, method: str, path: str, params: dict[str, Any]) -> Answer:
        if method == "POST":
            return self._next("submits", params, (200, {"report_run_id": "77"}))
        if path == "act_1/insights":
            return self._next("lookups", params, (200, {"data": []}))
        if path.endswith("/insights"):
            return self._next("results", params, (200, {"data": [ROW]}))
        if path == "77":
            return self._next("polls", params, (200, {"id": "77", **DONE}))
        return 200, {"id": "act_1", "timezone_name": "UTC", "currency": "USD"}

    def _next(self, kind: str, params: dict[str, Any], usual: Answer) -> Answer:
        self.seen.append((kind, params))
        answers = getattr(self, kind)
        return usual if not answers else answers[0] if kind in self.always else answers.pop(0)

    def count(self, kind: str) -> int:
        return sum(each == kind for each, _ in self.seen)

    def close(self) -> None:
        """Nothing is open."""


def read(script: Script, **query: Any) -> list[Any]:
    asked: dict[str, Any] = {"level": "campaign", "fields": ["campaign_id", "spend"], **query}
    asked = asked if "time_range" in asked else {"days": 7, **asked}
    with FacebookAds("sandbox-reports", settings=Settings(adapter=script), clock=script) as fb:
        return [*fb.insights.report("act_1", **asked).rows()]


def failed(code: int, subcode: int | None = None) -> Answer:
    reason = {"error_code": code, "error_subcode": subcode, "error_message": "no"}
    return 200, {"id": "77", "async_status": "Job Failed", **reason}


ROWS: dict[str, Callable[[], Script]] = {
    "completed at once": Script,
    "started status": lambda: Script(polls=[(200, {"id": "77", "async_status": "Job Started"})]),
    "skipped once": lambda: Script(polls=[(200, {"id": "77", "async_status": "Job Skipped"})]),
    "result bad page once": lambda: Script(results=[(500, "<html>")]),
    "status 80000 once": lambda: Script(polls=[error(80000, 2446079)]),
    "submit 80000 once": lambda: Script(submits=[error(80000, 2446079)]),
    "poll body is JSON string once": lambda: Script(polls=[(200, '"Job Running"')]),
    "poll body is empty once": lambda: Script(polls=[(200, "")]),
    "poll body is a list once": lambda: Script(polls=[(200, [])]),
    "submit answers {} once": lambda: Script(submits=[(200, {})]),
    "submit answers null once": lambda: Script(submits=[(200, {"report_run_id": None})]),
    "submit 503 text once": lambda: Script(submits=[(503, "busy")]),
    "run ends in a rate limit once": lambda: Script(polls=[(200, {"id": "77", **LIMITED})]),
}


@pytest.mark.thorough
@table("name", ROWS)
def test_these_end_in_the_rows(name: str) -> None:
    script = ROWS[name]()
    assert [str(row.spend) for row in read(script)] == ["1.00"]
    assert script.count("submits") <= 2
    assert script.time - NOW < timedelta(minutes=10)


ERRORS: dict[str, tuple[Callable[[], Script], str]] = {
    "1/2853001 on submit": (lambda: Script(submits=[error(1, 2853001)], always=("submits",)), "2853001"),
    "poll 100/33 for ever": (lambda: Script(polls=[error(100, 33)], always=("polls",)), "subcode 33"),
    "submit 503 text always": (lambda: Script(submits=[(503, "busy")], always=("submits",)), "503"),
    "submit answers {} always": (lambda: Script(submits=[(200, {})], always=("submits",)), "names no report"),
    "split by ids, no children": (lambda: Script(polls=[failed(-3, 1504045)], always=("polls",)), "1504045"),
}


@pytest.mark.thorough
@table("name", ERRORS)
def test_these_end_in_an_error_after_a_bounded_time(name: str) -> None:
    made, said = ERRORS[name]
    script = made()
    with pytest.raises(FacebookAdsError, match=said):
        read(script, fields=["spend"])
    assert len(script.seen) <= 60
    assert script.time - NOW < timedelta(minutes=30)


def test_a_refusal_that_stays_is_raised_at_once() -> None:
    script = Script(submits=[error(1, 2853001)], always=("submits",))
    with suppress(FacebookAdsError):
        read(script)
    assert script.count("submits") == 1


@table("code, subcode", [(2601, 1487742), (80000, 2446079), (4, None), (17, 2446079), (613, None)])
def test_a_run_that_ends_in_a_rate_limit_waits_and_runs_once_more(code: int, subcode: int | None) -> None:
    script = Script(polls=[(200, {"id": "77", **LIMITED, "error_code": code, "error_subcode": subcode})])
    script.always = ("polls",)
    with pytest.raises(FacebookAdsError) as caught:
        read(script)
    assert (script.count("submits"), script.count("lookups")) == (2, 0)
    assert timedelta(minutes=5) <= script.time - NOW < timedelta(minutes=10)
    told = str(caught.value)
    shown = (f"code {code}", "There was an error running your report", "Report Unavailable", "It could not be run")
    assert all(text in told for text in shown), told


def test_a_rate_limit_after_a_failed_run_waits_and_runs_once_more_too() -> None:
    """The pause of a rate limit is its own: the run that failed before it does not use it up."""
    script = Script(polls=[failed(2, 1504044), (200, {"id": "77", **LIMITED})])
    assert [str(row.spend) for row in read(script)] == ["1.00"]
    assert (script.count("submits"), script.count("lookups")) == (3, 0)
    assert script.time - NOW >= timedelta(minutes=5)


def test_the_search_for_ids_stays_within_37_months() -> None:
    """airbyte's test_split_job_params: objects are looked for before the window, but not before Meta's first day."""
    script = Script(polls=[failed(-3, 1504045)], lookups=[(200, {"data": [{"campaign_id": each} for each in "567"]})])
    rows = read(script, time_range={"since": "2023-10-28", "until": "2023-11-20"})
    [(_, asked)] = [call for call in script.seen if call[0] == "lookups"]
    assert json.loads(asked["time_range"])["since"] == "2023-10-28"
    assert len(rows) == 3


def test_parts_by_field_are_joined_to_one_row() -> None:
    parts = [(200, {"data": [{**ROW, name: "1"}]}) for name in ("reach", "impressions")]
    script = Script(polls=[failed(-3, 1504045)], results=parts, lookups=[(200, {"data": [{"campaign_id": "5"}]})])
    [row] = read(script, fields=["campaign_id", "spend", "reach", "impressions"])
    assert (str(row.spend), row.reach, row.impressions) == ("1.00", 1, 1)
