"""Daily figures kept: each row once, what may have moved read again, and nothing half done."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, Sandbox, serve

STORES = ("a.sqlite", "folder")
FIELDS = ["account_id", "campaign_id", "campaign_name", "spend", "clicks", "impressions", "actions"]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=60)


@pytest.fixture
def fb(sandbox: Sandbox) -> Iterator[FacebookAds]:
    with FacebookAds.sandbox(sandbox) as facade:
        yield facade


def stored(store: Path, table: str = "insights_campaign") -> pl.DataFrame:
    """Everything in a store, as it lies there."""
    if store.suffix:
        with sqlite3.connect(store) as database:
            read = database.execute(f'SELECT * FROM "{table}"')
            return pl.DataFrame(
                read.fetchall(), [c[0] for c in read.description], orient="row", infer_schema_length=None
            )
    files = sorted((store / table).rglob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files], how="diagonal")


def asked(fb: FacebookAds, since: date, until: date, **query: Any) -> list[tuple[str, str, Decimal | None]]:
    window: Any = {"since": str(since), "until": str(until)}
    rows = fb.insights.iter("act_1", level="campaign", time_range=window, time_increment=1, **query)
    return sorted((row.date_start or "", row.campaign_id or "", row.spend) for row in rows)


def kept(store: Path) -> list[tuple[str, str, Decimal | None]]:
    frame = stored(store)
    cells = frame.select(pl.col("date_start").cast(pl.String), "campaign_id", "spend").iter_rows()
    return sorted((day, campaign, None if spend is None else Decimal(f"{spend:.2f}")) for day, campaign, spend in cells)


@table("name", STORES)
def test_every_row_is_there_once_and_later_runs_read_only_what_may_move(
    name: str, fb: FacebookAds, sandbox: Sandbox, tmp_path: Path
) -> None:
    store, first = tmp_path / name, date(2026, 9, 10)
    today = fb.today("act_1")
    made = fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, since=first)
    assert made.days_read == tuple(first + timedelta(days=n) for n in range((today - first).days))
    assert kept(store) == asked(fb, first, today - timedelta(days=1))
    assert made.rows == len(kept(store)) > 100
    again = fb.insights.sync("act_1", store, level="campaign", fields=FIELDS)
    assert again.days_read[0] == today - timedelta(days=27), "what was read 28 days after its day has settled"
    sandbox.advance(days=3)
    later = fb.insights.sync("act_1", store, level="campaign", fields=FIELDS)
    assert later.days_read[0] == today - timedelta(days=27), "days read before they had settled are read once more"
    assert later.days_read[-1] == today + timedelta(days=2)
    assert kept(store) == asked(fb, first, today + timedelta(days=2))


@table("name", STORES)
def test_a_day_that_was_missed_is_read_and_one_with_fewer_fields_too(
    name: str, fb: FacebookAds, tmp_path: Path
) -> None:
    store = tmp_path / name
    few = ["account_id", "campaign_id", "spend"]
    fb.insights.sync("act_1", store, level="campaign", fields=few, since="2026-10-20")
    fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, since="2026-09-10")
    frame = stored(store)
    assert frame["date_start"].cast(pl.String).min() == "2026-09-10"
    assert kept(store) == asked(fb, date(2026, 9, 10), fb.today("act_1") - timedelta(days=1))
    assert frame.filter(pl.col("clicks") > 0).height > 100
    assert [column for column in frame.columns if column.startswith("actions.")]


@table("name", STORES)
def test_queries_that_differ_do_not_mix(name: str, fb: FacebookAds, tmp_path: Path) -> None:
    store: Path = tmp_path / name
    since = str(fb.today("act_1") - timedelta(days=3))
    of_all = fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, since=since)
    some: Any = [{"field": "spend", "operator": "GREATER_THAN", "value": 50}]
    filtered = fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, since=since, filtering=some)
    by_age = fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, since=since, breakdowns=["age"])
    other = fb.insights.sync("act_2", store, level="campaign", fields=FIELDS, since=since)
    assert by_age.table == "insights_campaign_by_age"
    assert stored(store, by_age.table).height == by_age.rows > of_all.rows
    assert stored(store).height == of_all.rows + filtered.rows + other.rows
    assert 0 < filtered.rows < of_all.rows


def test_columns_in_sqlite_are_numbers_and_names_are_only_text(fb: FacebookAds, tmp_path: Path) -> None:
    name = """Robert'); DROP TABLE synced;-- "é" 🙂"""
    campaign = fb.insights.list("act_1", level="campaign", days=2)[0].campaign_id
    fb.campaigns.update(str(campaign), name=name)
    fb.insights.sync("act_1", tmp_path / "a.db", level="campaign", fields=FIELDS)
    with sqlite3.connect(tmp_path / "a.db") as database:
        kinds = database.execute(
            "SELECT DISTINCT typeof(spend), typeof(clicks), typeof(date_start) FROM insights_campaign"
        )
        assert {*kinds} >= {("real", "integer", "text")}
        assert database.execute("SELECT count(*) FROM insights_campaign WHERE campaign_name = ?", (name,)).fetchone()[0]
        assert database.execute("SELECT count(*) FROM synced").fetchone() == (28,)


@table("name", STORES)
def test_a_failure_half_way_keeps_what_was_read_and_the_next_run_completes(
    name: str, fb: FacebookAds, sandbox: Sandbox, tmp_path: Path
) -> None:
    store = tmp_path / name
    sandbox.fail_next("GET act_1/insights", GraphError(200), skip=3)
    with pytest.raises(Exception, match="200"):
        fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, since="2026-09-10")
    assert kept(store) == asked(fb, date(2026, 9, 10), date(2026, 9, 30))
    told: list[tuple[int, int]] = []
    rest = fb.insights.sync(
        "act_1", store, level="campaign", fields=FIELDS, since="2026-09-10", progress=lambda *seen: told.append(seen)
    )
    assert rest.days_read[0] == date(2026, 10, 1)
    assert told == [(n, 5) for n in range(1, 6)]
    assert kept(store) == asked(fb, date(2026, 9, 10), fb.today("act_1") - timedelta(days=1))


SYNC = """
    import sys
    from admonster_fb import FacebookAds, Settings
    from datetime import datetime

    class Clock:
        def now(self):
            return datetime.fromisoformat("2026-11-01T20:00:00+00:00")

        def sleep(self, seconds):
            raise AssertionError("nothing is to be waited for")

    url, token, store, pages = sys.argv[1:]
    with FacebookAds(token, "act_1", settings=Settings(endpoint=url), clock=Clock()) as fb:
        edge, read = type(fb.insights.iter("act_1")), [0]
        raw = edge.raw

        def stopping(self):
            for rows in raw(self):
                read[0] += 1
                if read[0] == int(pages):
                    print("half-way", flush=True)
                    sys.stdin.readline()
                yield rows

        edge.raw = stopping
        fields = {fields!r}
        print(fb.insights.sync("act_1", store, level="campaign", fields=fields, since="2026-09-10").rows)
"""


@pytest.mark.slow
@table("page", [1, 2, 5])
@table("name", STORES)
def test_kill_9_in_the_middle_breaks_nothing_and_the_next_run_completes(
    name: str, page: int, fb: FacebookAds, tmp_path: Path
) -> None:
    store = tmp_path / str(page) / name
    store.parent.mkdir(exist_ok=True)
    script = textwrap.dedent(SYNC).replace("{fields!r}", repr(FIELDS))
    with serve(Sandbox(history=60)) as server:
        command = [sys.executable, "-c", script, server.url, server.sandbox.token, str(store)]
        with subprocess.Popen(
            [*command, f"{page}"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "half-way\n"
            os.kill(process.pid, signal.SIGKILL)
        subprocess.run([*command, "-1"], capture_output=True, text=True, check=True)
    assert kept(store) == asked(fb, date(2026, 9, 10), fb.today("act_1") - timedelta(days=1))
    assert not [*tmp_path.rglob("*.part")], "what was left is cleared away"


@table("given", ["missing/a.sqlite", "figures.csv", "there.txt"])
def test_a_store_that_cannot_be_is_refused_by_name(given: str, fb: FacebookAds, tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("mine")
    with pytest.raises(ParameterError, match="store"):
        fb.insights.sync("act_1", tmp_path / given, level="campaign")
    assert [*tmp_path.iterdir()] == [tmp_path / "there.txt"]


def test_wrong_days_are_refused(fb: FacebookAds, tmp_path: Path) -> None:
    for wrong in ({"since": "yesterday"}, {"lookback_days": 0}, {"since": "2019-01-01"}, {"time_increment": 7}):
        with pytest.raises(ParameterError, match=next(iter(wrong)).replace("since", "since|time_range")):
            fb.insights.sync("act_1", tmp_path / "a.db", **wrong)  # type: ignore[arg-type]


def test_the_op_writes_within_its_folder(fb: FacebookAds, tmp_path: Path) -> None:
    tool = FacebookTool(fb, files=tmp_path)
    done = tool.call({"op": "sync_insights", "args": {"filename": "a.sqlite", "level": "campaign"}})
    assert done.ok, done.text
    assert f"Rows: {stored(tmp_path / 'a.sqlite').height}" in done.text
    assert not tool.call({"op": "sync_insights", "args": {"filename": "../a.sqlite"}}).ok


def test_two_syncs_of_one_file_at_once_and_a_slow_one_holds_up_nobody(
    fb: FacebookAds, sandbox: Sandbox, tmp_path: Path
) -> None:
    store = tmp_path / "a.sqlite"
    whole = fb.insights.sync("act_1", tmp_path / "b.sqlite", level="campaign", fields=FIELDS)
    read = 0

    def other(done: int, _of: int) -> None:
        nonlocal read
        if done == 1:  # in the middle of the first
            read = fb.insights.sync("act_2", store, level="campaign", fields=FIELDS).rows

    with ThreadPoolExecutor(4) as pool:
        kinds = [["age"], ["gender"], ["country"], ["publisher_platform"]]
        jobs = [pool.submit(fb.insights.sync, "act_1", store, level="campaign", breakdowns=each) for each in kinds]
        fb.insights.sync("act_1", store, level="campaign", fields=FIELDS, progress=other)
    assert stored(store).height == whole.rows + read
    assert all(job.result().rows == stored(store, job.result().table).height for job in jobs)
