"""Work over many accounts: few requests, an error of one account is its result, and none waits for one that hangs."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.helpers.tables import table
from tests.helpers.wire import Wire

from admonster_fb import FacebookAds, Settings, errors
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport import many_accounts
from admonster_fb.workflows.account_status import status
from admonster_fb.workflows.weekly_report import weekly_report

pytestmark = pytest.mark.thorough

IDS = [f"act_{number}" for number in range(1, 51)]
REFUSED = (400, {"error": {"message": "No", "type": "OAuthException", "code": 100, "error_subcode": 33}})


class Graph(Wire):
    """Accounts by id, also within batches; `break_batch` changes the answers of a batch."""

    def __init__(self, one: Any, break_batch: Any = lambda items: items) -> None:
        super().__init__(self._answer)
        self._one, self._break = one, break_batch

    def _answer(self, method: str, path: str, params: Any) -> tuple[int, Any]:
        if method == "GET":
            return self._one(path, dict(params))  # type: ignore[no-any-return]
        items = []
        for entry in json.loads(params["batch"]):
            assert entry["method"] == "GET"
            url = urlsplit(entry["relative_url"])
            status, body = self._one(url.path, dict(parse_qsl(url.query)))
            items.append({"code": status, "body": json.dumps(body), "headers": []})
        return 200, self._break(items)

    def connect(self) -> FacebookAds:
        return FacebookAds("sandbox-many", settings=Settings(adapter=self))

    @property
    def requests(self) -> Counter[str]:
        return Counter(method for method, *_ in self.calls)


def account(path: str, _params: Any) -> tuple[int, Any]:
    return 200, {"id": path, "name": f"Name of {path}", "currency": "USD"}


def test_reads_of_the_same_moment_share_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_accounts, "LINGER", 5.0)  # on a busy machine too
    graph = Graph(account)
    fb = graph.connect()
    found = {done.account: done.result().name for done in fb.over(IDS).run(fb.adaccounts.get)}
    assert found == {each: f"Name of {each}" for each in IDS}
    assert sum(graph.requests.values()) < 25
    assert graph.requests["POST"] >= 2


def test_reads_do_not_wait_for_threads_that_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_accounts, "LINGER", 5.0)
    fb, ended, began = Graph(account).connect(), threading.Event(), time.monotonic()

    def work(account_id: str) -> str:
        if account_id in ("act_1", "act_2"):
            return account_id
        ended.wait(0.05)
        return fb.adaccounts.get(account_id).id

    assert {done.result() for done in fb.over(IDS[:4]).run(work)} == {*IDS[:4]}
    assert time.monotonic() - began < 4


def test_the_failure_of_one_account_is_its_result() -> None:
    graph = Graph(lambda path, params: REFUSED if path == "act_7" else account(path, params))
    fb = graph.connect()
    results = [*fb.over(IDS).run(fb.adaccounts.get)]
    failed = [done for done in results if done.error]
    assert [done.account for done in failed] == ["act_7"]
    with pytest.raises(errors.APIError):
        failed[0].result()
    assert len(results) == 50


@table(
    "break_batch",
    [
        lambda items: [None] * len(items),
        lambda items: items[:-1],
        lambda items: [*items, items[0]],
        lambda items: [*items[1:], items[0]],
        lambda items: {"odd": True},
        lambda items: "<html>",
        lambda items: [*items[:-1], None],
        lambda items: [{**item, "body": ""} for item in items],
    ],
)
def test_reads_without_a_trustworthy_answer_of_the_batch_are_sent_alone(break_batch: Any) -> None:
    fb = Graph(account, break_batch).connect()
    found = {done.account: done.result().name for done in fb.over(IDS[:6]).run(fb.adaccounts.get)}
    assert found == {each: f"Name of {each}" for each in IDS[:6]}


def test_results_come_while_one_account_hangs() -> None:
    hangs, free = threading.Event(), threading.Event()
    fb = Graph(account).connect()

    def work(account_id: str) -> str:
        if account_id == "act_1":
            hangs.set()
            free.wait(20)
        return fb.adaccounts.get(account_id).id

    accounts = fb.over(IDS[:10])
    results = accounts.run(work)
    first = [next(results).account for _ in range(9)]
    assert hangs.is_set()
    assert accounts.left == ["act_1"]
    assert "act_1" not in first
    free.set()
    assert [done.account for done in results] == ["act_1"]


def test_what_is_left_after_a_stop_is_done_by_the_next_run() -> None:
    fb = Graph(account).connect()
    accounts = fb.over(IDS)
    results = accounts.run(fb.adaccounts.get)
    begun = {next(results).account for _ in range(3)}
    results.close()
    assert len(accounts.left) == 47
    rest = {done.account for done in accounts.run(fb.adaccounts.get)}
    assert begun | rest == {*IDS}
    assert not begun & rest
    assert accounts.left == []


def test_a_mistake_of_the_function_is_raised_where_results_are_read() -> None:
    fb = Graph(account).connect()
    with pytest.raises(ZeroDivisionError):
        [*fb.over(IDS[:3]).run(lambda _account: 1 // 0)]


def test_a_weekly_report_of_many_accounts_takes_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_accounts, "LINGER", 5.0)

    def one(path: str, params: Any) -> tuple[int, Any]:
        if path == "me/adaccounts":
            return 200, {"data": [{"id": each, "currency": "USD", "timezone_name": "UTC"} for each in IDS]}
        if "/" not in path:
            return account(path, params)
        row = {"date_start": "2026-11-20", "date_stop": "2026-11-20", "account_currency": "USD", "spend": "1"}
        return 200, {"data": [row | {"campaign_id": path.split("_")[1][:2]}] if path.endswith("insights") else []}

    graph = Graph(one)
    report = weekly_report(graph.connect(), "all")
    assert [week.id for week in report.accounts] == IDS
    assert sum(graph.requests.values()) <= 120


def test_accounts_of_a_business_are_listed_and_reported(sandbox: Sandbox) -> None:
    fb = FacebookAds.sandbox(sandbox)
    business = next(group.business for group in fb.adaccounts.by_business() if group.business)
    ids = [each.id for each in fb.adaccounts.of_business(business.id)]
    assert ids
    assert len({*ids}) == len(ids)
    assert [week.id for week in weekly_report(fb, ids).accounts] == ids


def test_any_function_whose_first_argument_is_an_account_runs_over_accounts(tmp_path: Path) -> None:
    with FacebookAds.sandbox() as fb:
        accounts = fb.over(["act_1", "act_2"])
        states = {done.account: done.result().account.currency for done in accounts.run(lambda each: status(fb, each))}
        synced = [
            done.result().rows
            for done in fb.over(["act_1", "act_2"]).run(fb.insights.sync, tmp_path / "a.db", lookback_days=3)
        ]
    assert states == {"act_1": "USD", "act_2": "JPY"}
    assert len(synced) == 2
    assert all(synced)
