"""Daily figures kept: each row once, what may have moved read again, and nothing half done."""

from __future__ import annotations

import json
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

from admonster_fb import FacebookAds, FacebookAdsError, ParameterError, RateLimited
from admonster_fb.bot import FacebookTool
from admonster_fb.models.insights import dates
from admonster_fb.models.insights.dates import months_before
from admonster_fb.sandbox import GraphError, Sandbox, serve
from admonster_fb.services.insights import sync as sync_module
from admonster_fb.services.insights.sync import SQLiteStore, Table, open_store

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


@pytest.mark.thorough
@table("name", STORES)
def test_a_window_is_read_and_no_other_day_whatever_the_store_lacks(fb: FacebookAds, tmp_path: Path, name: str) -> None:
    store, query = tmp_path / name, {"level": "campaign", "fields": ["spend"]}
    for since, until in (("2026-10-20", "2026-10-22"), ("2026-10-01", "2026-10-03"), ("2026-10-30", "2026-11-09")):
        done = fb.insights.sync("act_1", store, since=since, until=until, **query)
        last = min(until, "2026-10-31")
        assert [str(done.days_read[0]), str(done.days_read[-1])] == [since, last]
        assert len(done.days_read) == int(last[-2:]) - int(since[-2:]) + 1
    assert kept(store) == sorted(
        row
        for since, until in ((20, 22), (1, 3), (30, 31))
        for row in asked(fb, date(2026, 10, since), date(2026, 10, until), fields=["campaign_id", "spend"])
    )
    with pytest.raises(ParameterError, match="until"):
        fb.insights.sync("act_1", store, since="2026-10-20", until="2026-10-19", **query)


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.usefixtures("copies")
@pytest.mark.slow
@table("page", [1, 5])
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


@pytest.mark.thorough
def test_the_op_writes_within_its_folder(fb: FacebookAds, tmp_path: Path) -> None:
    tool = FacebookTool(fb, files=tmp_path)
    done = tool.call({"op": "sync_insights", "args": {"filename": "a.sqlite", "level": "campaign"}})
    assert done.ok, done.text
    assert f"Rows: {stored(tmp_path / 'a.sqlite').height}" in done.text
    assert not tool.call({"op": "sync_insights", "args": {"filename": "../a.sqlite"}}).ok


@pytest.mark.thorough
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


DAY_ONE = date(2026, 10, 1)


def put(store: Path, *rows: dict[str, Any], read_on: date = DAY_ONE, id_field: str = "ad_id") -> Any:
    """Put rows of one day into a store, as a sync does."""
    opened = open_store(store, Table("insights_ad", "act_1", id_field, ()))
    return opened.put([DAY_ONE], [[{"date_start": str(DAY_ONE), **row} for row in rows]], read_on, ("ad_id", "spend"))


@pytest.mark.thorough
@table("name", STORES)
def test_the_id_of_the_level_is_read_though_only_spend_was_requested(
    name: str, fb: FacebookAds, tmp_path: Path
) -> None:
    done = fb.insights.sync("act_1", tmp_path / name, level="campaign", fields=["spend"], since="2026-10-25")
    assert done.rows == stored(tmp_path / name).height > len(done.days_read)
    assert kept(tmp_path / name) == asked(fb, date(2026, 10, 25), fb.today("act_1") - timedelta(days=1))


@table("name", STORES)
def test_two_rows_that_nothing_tells_apart_are_both_kept(name: str, tmp_path: Path) -> None:
    assert put(tmp_path / name, {"ad_id": "1", "spend": "2"}, {"ad_id": "1", "spend": "3"}).rows == 2
    assert stored(tmp_path / name, "insights_ad")["spend"].sum() == 5
    assert put(tmp_path / name, {"ad_id": "1", "spend": "4"}) == (1, 0)
    assert stored(tmp_path / name, "insights_ad")["spend"].sum() == 4


@pytest.mark.thorough
@table("name", STORES)
def test_action_types_that_differ_in_case_only_are_two_columns(name: str, tmp_path: Path) -> None:
    for _ in range(2):
        for types in (["Trial", "trial", "TRIAL"], ["trial"]):
            actions = [{"action_type": f"custom.{kind}", "value": str(n + 1)} for n, kind in enumerate(types)]
            put(tmp_path / name, {"ad_id": "1", "actions": actions})
    frame = stored(tmp_path / name, "insights_ad")
    assert sum(frame[column].sum() or 0 for column in frame.columns if "rial" in column.lower()) == 1
    put(
        tmp_path / name,
        {"ad_id": "1", "actions": [{"action_type": f"custom.{k}", "value": "2"} for k in ("Trial", "trial")]},
    )
    frame = stored(tmp_path / name, "insights_ad")
    assert sum(frame[column].sum() or 0 for column in frame.columns if "rial" in column.lower()) == 4


def test_more_columns_than_sqlite_has_are_kept_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sync_module.MAX_COLUMNS < 2000, "the limit that SQLite is built with"
    monkeypatch.setattr(sync_module, "MAX_COLUMNS", 20)
    actions = [{"action_type": f"custom.{n}", "value": str(n)} for n in range(30)]
    assert put(tmp_path / "a.db", {"ad_id": "1", "actions": actions}, {"ad_id": "2", "spend": "1"}).rows == 2
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.row_factory = sqlite3.Row
        first, second = map(dict, database.execute("SELECT * FROM insights_ad ORDER BY ad_id"))
    rest = json.loads(first["more_columns"])
    assert {**first, **rest}["actions.custom.29"] == "29"
    assert {f"actions.custom.{n}" for n in range(30)} <= {*first, *rest}
    assert (second["more_columns"], second["spend"]) == (None, 1)


@pytest.mark.thorough
@table("number", [2**63, -(2**63) - 1, 10**30, 10**400], fresh=True)
@table("name", STORES)
def test_an_integer_beyond_64_bits_is_text(name: str, tmp_path: Path, number: int) -> None:
    store = tmp_path / f"{number.bit_length()}{number < 0}{name}"
    actions = [{"action_type": "custom", "value": number}]
    put(store, {"ad_id": "1", "ad_name": number, "brand_new": number, "impressions": number, "actions": actions})
    [row] = stored(store, "insights_ad").to_dicts()
    assert (row["ad_name"], row["brand_new"]) == (str(number), str(number))
    if store.suffix and abs(number) < 10**300:
        assert (row["impressions"], row["actions.custom"]) == (float(number), float(number))
    put(store, {"ad_id": "1", "brand_new": 2**63 - 1})
    assert str(stored(store, "insights_ad")["brand_new"][0]) == str(2**63 - 1)


@table("name", STORES)
def test_a_column_named_by_a_null_character_is_stored(name: str, tmp_path: Path) -> None:
    put(tmp_path / name, {"ad_id": "1", "ad_name": "a\0b", "actions": [{"action_type": "\0x", "value": "2"}]})
    [row] = stored(tmp_path / name, "insights_ad").to_dicts()
    assert row["actions.\ufffdx"] == 2


@table("name", STORES)
def test_rows_of_another_day_are_refused_and_change_nothing(name: str, tmp_path: Path) -> None:
    put(tmp_path / name, {"ad_id": "1", "spend": "2"})
    with pytest.raises(FacebookAdsError, match="rows of 2026-10-02, where 2026-10-01"):
        put(tmp_path / name, {"ad_id": "1", "spend": "5"}, {"ad_id": "1", "date_start": "2026-10-02"})
    assert stored(tmp_path / name, "insights_ad")["spend"].to_list() == [2]


def test_a_store_that_misses_a_row_says_so_and_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "a.db", {"ad_id": "1", "spend": "2"})
    monkeypatch.setattr(SQLiteStore, "_insert", lambda *_: None)
    with pytest.raises(FacebookAdsError, match="1 rows, of which the store holds 0"):
        put(tmp_path / "a.db", {"ad_id": "1", "spend": "3"})
    assert stored(tmp_path / "a.db", "insights_ad")["spend"].to_list() == [2]


def test_a_file_of_an_older_version_loses_its_key_and_no_row(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute(
            "CREATE TABLE insights_ad (source TEXT, date_start TEXT, spend REAL, PRIMARY KEY (source, date_start))"
        )
        database.execute("INSERT INTO insights_ad VALUES ('act_1', '2026-09-30', 7), ('act_1', '2026-10-01', 9)")
    assert put(tmp_path / "a.db", {"ad_id": "1", "spend": "2"}, {"ad_id": "2", "spend": "3"}) == (2, 0)
    frame = stored(tmp_path / "a.db", "insights_ad").sort("spend")
    assert frame["spend"].to_list() == [2, 3, 7], "the day is read again, with ids; other days stay"


@pytest.mark.thorough
@table("name", STORES)
def test_what_gone_objects_spent_stays_and_is_marked(
    name: str, fb: FacebookAds, sandbox: Sandbox, tmp_path: Path
) -> None:
    store, since = tmp_path / name, "2026-10-25"
    query: Any = {"level": "campaign", "fields": FIELDS, "since": since}
    fb.insights.sync("act_1", store, **query)
    before = kept(store)
    gone = next(campaign for day, campaign, spend in before if spend)
    fb.campaigns.update(gone, status="ARCHIVED")
    sandbox.advance(days=1)
    done = fb.insights.sync("act_1", store, **query)
    frame = stored(store)
    assert done.gone == frame.filter(pl.col("campaign_id") == gone).height > 0
    marked = frame.filter(pl.col("gone_since").is_not_null())
    assert {*marked["campaign_id"]} == {gone}
    assert {*marked["gone_since"]} == {str(fb.today("act_1"))}
    assert [row for row in kept(store) if row[0] < str(fb.today("act_1") - timedelta(days=1))] == before
    window: Any = {"since": since, "until": str(fb.today("act_1") - timedelta(days=1))}
    account = sum(row.spend or 0 for row in fb.insights.list("act_1", time_range=window, fields=["spend"]))
    assert Decimal(f"{frame['spend'].sum():.2f}") + done.unlisted_spend == account, "or the difference is named"
    sandbox.advance(days=1)
    assert fb.insights.sync("act_1", store, **query).gone == done.gone
    assert {*stored(store).filter(pl.col("gone_since").is_not_null())["gone_since"]} == {*marked["gone_since"]}


def test_spend_of_objects_that_were_gone_before_is_named(fb: FacebookAds, tmp_path: Path) -> None:
    listed = asked(fb, date(2026, 10, 25), fb.today("act_1") - timedelta(days=1))
    gone = next(campaign for _, campaign, spend in listed if spend)
    fb.campaigns.update(gone, status="ARCHIVED")
    tool = FacebookTool(fb, files=tmp_path)
    args = {"filename": "a.db", "level": "campaign", "since": "2026-10-25"}
    done = tool.call({"op": "sync_insights", "args": args})
    spent = sum(spend or 0 for _, campaign, spend in listed if campaign == gone)
    assert done.data.unlisted_spend == spent > 0
    assert f"In no row: ${spent:.2f} USD of objects deleted or archived before they were read" in done.text


@pytest.mark.thorough
@table("name", STORES)
def test_days_that_meta_keeps_no_longer_stay_and_stop_nothing(
    name: str, fb: FacebookAds, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dates, "TOTALS_MONTHS", 2)
    for module in (dates, sync_module):
        monkeypatch.setattr(module, "DETAIL_MONTHS", 1)  # people by age
    start = fb.today("act_1") - timedelta(days=27)
    store, since = tmp_path / name, str(start)

    def final(months: int) -> int:
        return (months_before(fb.today("act_1"), months) - start).days

    by_age: Any = {"level": "campaign", "since": since, "breakdowns": ["age"], "fields": ["reach", "spend"]}
    plain: Any = {"level": "campaign", "since": since, "fields": ["spend"]}
    for query in (by_age, plain):
        fb.insights.sync("act_1", store, **query)
    first = stored(store).filter(pl.col("date_start").cast(pl.String) == since)["spend"].sum()
    assert first > 0
    sandbox.advance(days=14)
    done = fb.insights.sync("act_1", store, **by_age)
    assert done.final == final(1) > 0
    assert done.days_read[0] == start + timedelta(days=done.final)
    sandbox.advance(days=30)
    more: Any = {**plain, "fields": ["spend", "clicks"]}
    for _ in range(2):
        done = fb.insights.sync("act_1", store, **more)
        assert done.final == final(2) > 0
        assert stored(store).filter(pl.col("date_start").cast(pl.String) == since)["spend"].sum() == first
    tool = FacebookTool(fb, files=tmp_path)
    if store.suffix:
        args = {"filename": name, "level": "campaign", "fields": ["spend"]}
        assert (
            f"Days that Meta keeps no longer, unchanged: {final(2)}"
            in tool.call({"op": "sync_insights", "args": args}).text
        )


@pytest.mark.thorough
@table("name", STORES)
def test_a_sync_goes_on_after_a_rate_limit_where_it_stopped(
    name: str, fb: FacebookAds, sandbox: Sandbox, tmp_path: Path
) -> None:
    query: Any = {"level": "campaign", "fields": FIELDS, "since": "2026-10-04"}
    sandbox.fail_next("GET act_1/insights", GraphError(17), skip=3, times=99)
    with pytest.raises(RateLimited) as stopped:
        fb.insights.sync("act_1", tmp_path / name, **query)
    assert stopped.value.retry_after
    sandbox.faults.plans.clear()
    sandbox.journal.clear()
    done = fb.insights.sync("act_1", tmp_path / name, **query)
    read = [call for call in sandbox.journal if "campaign" in str(call.params.get("level"))]
    assert len(read) == 1  # four blocks of seven days, of which three were read before
    assert done.days_stored == 28
    assert kept(tmp_path / name) == asked(fb, date(2026, 10, 4), date(2026, 10, 31))
