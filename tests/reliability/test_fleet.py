"""A fleet: the results of one machine, each row once whatever dies, no token in a task, and nothing written."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import requests
from tests.helpers.tables import table

from admonster_fb import FacebookAds, FacebookAdsError, ParameterError, RateLimited
from admonster_fb.sandbox import Sandbox, serve
from admonster_fb.workflows.account_status import status
from admonster_fb.workflows.weekly_report import weekly_report

distributed = pytest.importorskip("distributed")
fleets = pytest.importorskip("admonster_fb.workflows.fleet")
helper = pytest.importorskip("fleet_worker")  # by the name that workers know it by

pytestmark = pytest.mark.thorough

FACTORY = "fleet_worker:connect"
ALL = ["act_1", "act_2", "act_3", "act_4"]
SINCE, UNTIL = date(2026, 10, 10), date(2026, 10, 30)


@pytest.fixture(scope="module", autouse=True)  # before the network is blocked: Dask looks for this machine's address
def client() -> Iterator[Any]:
    with distributed.Client(
        processes=False, n_workers=2, threads_per_worker=2, dashboard_address="127.0.0.1:0"
    ) as client:
        yield client


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setattr(helper, "sandbox", Sandbox())
    helper.refused.clear()
    helper.order.clear()
    return helper.sandbox  # type: ignore[no-any-return]


@pytest.fixture
def fleet(client: Any, sandbox: Sandbox) -> Iterator[Any]:
    with fleets.Fleet(client, fleets.Recipe(factory=FACTORY)) as fleet:
        yield fleet


Rows = Counter[tuple[str, str, str]]


def stored(folder: Path) -> Rows:
    """Account, campaign and day of each row in the files."""
    return Counter(
        (file.parent.name.removeprefix("source="), row[0], f"{row[1]} {row[2]:.2f}")
        for file in folder.rglob("*.parquet")
        for row in pl.read_parquet(file, columns=["campaign_id", "date_start", "spend"]).iter_rows()
    )


def told(session: requests.Session, accounts: list[str], url: str = "https://graph.facebook.com") -> Rows:
    """The same as the sandbox tells it, without this library."""
    params = {"level": "campaign", "time_increment": "1", "fields": "campaign_id,spend", "limit": "500"}
    params["time_range"] = f'{{"since": "{SINCE}", "until": "{UNTIL}"}}'
    found = {each: session.get(f"{url}/v26.0/{each}/insights", params=params).json()["data"] for each in accounts}
    return Counter(
        (account, row["campaign_id"], f"{row['date_start']} {float(row['spend']):.2f}")
        for account, rows in found.items()
        for row in rows
    )


def synced(fleet: Any, folder: Path, **options: Any) -> list[Any]:
    query = {"since": SINCE, "until": UNTIL, "level": "campaign", "fields": ["spend"], **options}
    return [*fleet.sync(folder, **query)]


def test_calls_and_functions_give_what_they_give_on_one_machine(fleet: Any, sandbox: Sandbox) -> None:
    fb = FacebookAds.sandbox(sandbox)
    by_name = {done.account: done.result() for done in fleet.over().run("adaccounts.get", fields=["currency"])}
    assert by_name == {each: fb.adaccounts.get(each, fields=["currency"]) for each in ALL}
    by_function = {done.account: done.result().today for done in fleet.over(ALL).run(status)}
    assert by_function == {each: status(fb, each).today for each in ALL}
    assert fleet.report(ALL).accounts == weekly_report(fb, ALL).accounts


def test_the_error_of_an_account_is_its_result(fleet: Any) -> None:
    results = {done.account: done for done in fleet.over(["act_1", "act_77"]).run("adaccounts.get")}
    assert results["act_1"].error is None
    with pytest.raises(FacebookAdsError):
        results["act_77"].result()
    assert [*fleet.report(["act_1", "act_77"]).failed] == ["act_77"]
    with pytest.raises(FacebookAdsError):
        fleet.report(["act_77"])
    with pytest.raises(ZeroDivisionError):
        [*fleet.over(["act_1"]).run(lambda _fb, _account: 1 // 0)]


def _batched(fb: FacebookAds, account: str) -> None:
    with fb.batch() as batch:
        item = batch.add(fb.campaigns.update, fb.campaigns.list(account)[0].id, name="B")
    item.result()


WRITES = {
    "create": lambda fb, one: fb.campaigns.create(one, name="A", objective="OUTCOME_SALES", special_ad_categories=[]),
    "update": lambda fb, one: fb.campaigns.update(fb.campaigns.list(one)[0].id, name="B"),
    "pause": lambda fb, one: fb.campaigns.update(fb.campaigns.list(one)[0].id, status="PAUSED"),
    "delete": lambda fb, one: fb.campaigns.delete(fb.campaigns.list(one)[0].id),
    "batch": _batched,
    "account": lambda fb, one: fb.adaccounts.update(one, name="C"),
    "Meta's SDK": lambda fb, one: fb.api.call("POST", (one, "campaigns"), {"name": "D"}),
}


@table("write", WRITES.values())
def test_workers_write_nothing(fleet: Any, sandbox: Sandbox, write: Any) -> None:
    (done,) = fleet.over(["act_1"]).run(write)
    assert isinstance(done.error, ParameterError)
    assert "only read" in str(done.error)
    assert {entry.method for entry in sandbox.journal} == {"GET"} or not sandbox.journal


def test_a_report_job_is_no_write(fleet: Any) -> None:
    (done,) = fleet.over(["act_1"]).run(lambda fb, one: fb.insights.report(one, days=2).wait().state.status)
    assert done.result() == "done"


@table("days", [1, 8, 400])
def test_each_row_is_stored_once_however_work_is_cut(fleet: Any, sandbox: Sandbox, tmp_path: Path, days: int) -> None:
    expected = told(sandbox.session(), ALL)
    folder = tmp_path / str(days)
    results = synced(fleet, folder, window_days=days)
    assert stored(folder) == expected
    assert expected.total() > 50
    assert len(results) == len(ALL) * -(-21 // days)
    assert {day for done in results if done.account == "act_2" for day in done.result().days_read} == {
        date(2026, 10, day) for day in range(10, 31)
    }


def test_a_piece_that_is_repeated_or_moved_changes_nothing(fleet: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    pieces = [
        fleets._Piece(one, fleets._synced, (str(tmp_path), SINCE, UNTIL), {"level": "campaign", "fields": ["spend"]})
        for one in ("act_1", "act_2") * 4
    ]
    assert not [done.error for done in fleet._run(pieces) if done.error]  # the same four at once, on both workers
    assert stored(tmp_path) == told(sandbox.session(), ["act_1", "act_2"])
    assert not [*tmp_path.rglob("*.part")]
    assert sum(done.result().rows for done in synced(fleet, tmp_path, lookback_days=1)) == 0


def test_windows_that_have_not_begun_are_left_out(fleet: Any, tmp_path: Path) -> None:
    results = synced(fleet, tmp_path, since=date(2026, 10, 31), until=date(2026, 11, 9), window_days=1)
    assert {done.error for done in results} == {None}
    assert sum(len(done.result().days_read) for done in results if done.value) == len(ALL)
    assert next(fleet.sync(tmp_path, ["act_1"])).result().days_read[0] == date(2026, 10, 4)


def test_a_throttled_account_comes_back_and_holds_up_no_other(fleet: Any) -> None:
    helper.refused += ["act_2", "act_2"]
    assert [done.result() for done in fleet.over(ALL).run(helper.throttled)][-1] == "act_2"
    assert Counter(helper.order) == {"act_1": 1, "act_2": 3, "act_3": 1, "act_4": 1}


def test_patience_ends(client: Any, sandbox: Sandbox) -> None:
    helper.refused += ["act_2"] * 50
    with fleets.Fleet(client, fleets.Recipe(factory=FACTORY), patience=0.5) as fleet:
        results = {done.account: done.error for done in fleet.over(ALL).run(helper.throttled)}
    assert isinstance(results.pop("act_2"), RateLimited)
    assert {*results.values()} == {None}
    assert helper.order.count("act_2") < 5


def test_what_is_left_after_a_stop_is_done_by_the_next_run(fleet: Any, client: Any) -> None:
    accounts = fleet.over(ALL)
    results = accounts.run("currency")
    first = next(results).account
    results.close()
    assert accounts.left == [each for each in ALL if each != first]
    deadline = time.monotonic() + 10
    while (mine := [key for key in client.futures if "currency" in str(key)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not mine
    assert {done.account for done in accounts.run("currency")} == {*ALL} - {first}
    assert accounts.left == []


def test_no_token_leaves_for_a_worker(client: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    for name in ("submit", "register_plugin"):
        real = getattr(client, name)

        def spy(*args: Any, real: Any = real, **options: Any) -> Any:
            sent.append(pickle.dumps((args, options)) + repr((args, options)).encode())
            return real(*args, **options)

        monkeypatch.setattr(client, name, spy)
    monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", sandbox.token)
    with fleets.Fleet(client, fleets.Recipe(factory=FACTORY)) as fleet:
        assert len([*fleet.over().run("currency")]) == 4
        for wrong in ({"access_token": sandbox.token}, {"fields": [sandbox.token]}):
            with pytest.raises(ParameterError, match="no token") as refused:
                [*fleet.over(ALL).run("insights.list", **wrong)]
            assert sandbox.token not in str(refused.value)
        link = {"link": "https://shop.example/?code=SALE20", "name": "EAA_AirVenture_Oshkosh_2027"}
        assert [*fleet.over().run("insights.list", **link)]  # refused by the method, if at all
        with pytest.raises(ParameterError, match='as "insights'):
            [*fleet.over(ALL).run(FacebookAds.sandbox(sandbox).insights.list)]
    assert len(sent) > 4
    assert not [each for each in sent if sandbox.token.encode() in each]


def test_a_recipe_connects_as_the_environment_says(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(sandbox) as server:
        monkeypatch.setenv("FACEBOOK_ENDPOINT", server.url)
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", sandbox.token)
        monkeypatch.setenv("FACEBOOK_USAGE_STORE", "redis://127.0.0.1:1/0")
        recipe = pickle.loads(pickle.dumps(fleets.Recipe()))
        with recipe.connect() as fb:
            assert fb.currency("act_2") == "JPY"
            assert fb.api.read_only
            assert "Redis" in repr(fb.usage._store)


@table("wrong", [{"store": "a.sqlite"}, {"window_days": 0}])
def test_what_many_workers_cannot_write_is_refused(fleet: Any, tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        fleet.sync(tmp_path / wrong.pop("store", "folder"), since=SINCE, **wrong)


def test_without_a_scheduler_the_run_ends_with_an_error(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleets, "POLL", 0.05)
    with distributed.Client(processes=False, n_workers=1, dashboard_address="127.0.0.1:0") as own:
        results = fleets.Fleet(own, fleets.Recipe(factory=FACTORY)).over(ALL).run(helper.slow)
        next(results)
        own.close()
        try:
            lost = [done.error for done in results if done.error]
        except FacebookAdsError as error:
            lost = [error]
    assert lost
    assert all("scheduler" in str(error) and error.retryable for error in lost)


@pytest.mark.slow
def test_each_row_is_stored_once_though_a_worker_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox(latency=0.05)
    for account in ALL:
        sandbox.populate(5, 40, account, every=2)
    with serve(sandbox) as server:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {sandbox.token}"
        expected = told(session, ALL, server.url)
        monkeypatch.setenv("FACEBOOK_ENDPOINT", server.url)
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", sandbox.token)
        cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address="127.0.0.1:0")
        with cluster, distributed.Client(cluster) as client, fleets.Fleet(client) as fleet:
            victim = next(iter(client.run(os.getpid).values()))
            results = fleet.sync(tmp_path, since=SINCE, until=UNTIL, window_days=2, level="campaign", fields=["spend"])
            for number, done in enumerate(results):
                assert done.error is None
                if number == 20:
                    os.kill(victim, signal.SIGKILL)
            assert victim not in client.run(os.getpid).values()
    assert number == 4 * 11 - 1
    assert stored(tmp_path) == expected
    assert {day for done in [*tmp_path.rglob("*.parquet")] for day in [done.stem]} == {
        f"2026-10-{day}" for day in range(10, 31)
    }


@pytest.mark.slow
def test_workers_share_their_limits_through_redis(redis_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Meta says of a limit to one worker holds back the other, which has sent nothing."""
    sandbox = Sandbox(history=0)
    sandbox.usage("act_1", call_count=100)
    with serve(sandbox) as server:
        monkeypatch.setenv("FACEBOOK_ENDPOINT", server.url)
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", sandbox.token)
        monkeypatch.setenv("FACEBOOK_USAGE_STORE", redis_server[0])
        cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0")
        with cluster, distributed.Client(cluster) as client, fleets.Fleet(client, patience=0.0) as fleet:
            client.wait_for_workers(2)
            first, second = client.scheduler_info()["workers"]
            assert client.run(helper.read, fleet._name, workers=[first]) == {first: "sent"}
            assert client.run(helper.read, fleet._name, workers=[second]) == {second: "held back"}
            done = {one.account: one.error for one in fleet.over(["act_1", "act_2"]).run("adaccounts.get")}
    assert isinstance(done["act_1"], RateLimited)
    assert done["act_2"] is None
    assert [entry.path for entry in sandbox.journal] == ["act_1", "act_2"]


@pytest.mark.usefixtures("copies")
@pytest.mark.slow
def test_the_commands_run_on_workers_of_this_machine(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "admonster_fb", "fleet", *words, "--sandbox", "--workers", "1"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    done = run(
        "sync", "figures", "level=campaign", "--since", "2026-10-30", "--until", "2026-10-31", "--account", "act_1"
    )
    assert done.returncode == 0, done.stderr
    assert "rows of 1 accounts read into figures" in done.stdout
    assert len([*tmp_path.rglob("*.parquet")]) == 2
    assert run("sync", "figures", "object_id=act_1").returncode == 2
    assert "act_1" in run("report", "--account", "act_1").stdout
