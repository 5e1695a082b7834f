"""Files: whole or not at all, nothing that a spreadsheet would carry out, and what was killed can be done again."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table
from tests.helpers.wire import Wire

from admonster_fb import FacebookAds, InvalidParameterError, ParameterError, RateLimited, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, Sandbox, serve
from admonster_fb.services.insights.columns import columns_of, ordered
from admonster_fb.services.insights.export import RowBuffer, escape_formula, new_file, write_csv
from admonster_fb.storage import NotWritten

QUERY: Any = {"level": "ad", "days": 30, "time_increment": 1}
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1.50",
        "-",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        '"',
        "a,b",
        "a\nb",
        "\uff1d1",
        "'=1",
        "1e5",
        "=cmd|' /C calc'!A0",
    ]
)


def written(rows: list[dict[str, Any]], folder: Path) -> list[list[str]]:
    with RowBuffer(folder) as spool, (folder / "a.csv").open("wb") as file:
        spool.add(rows)
        write_csv(file, spool, ordered(spool.names, ["ad_name", "spend"]))
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file)]


@pytest.mark.thorough
@given(names=st.lists(cells, min_size=1, max_size=5))
def test_csv_reads_back_as_it_was_and_no_cell_is_a_formula(names: list[str], tmp_path_factory: Any) -> None:
    rows = [{"ad_name": name, "spend": "-1.50"} for name in names]
    [head, *read] = written(rows, tmp_path_factory.mktemp("csv"))
    assert head == ["date_start", "date_stop", "ad_name", "spend"]
    assert [row[3] for row in read] == ["-1.50"] * len(names)
    for name, row in zip(names, read, strict=True):
        cell = row[2]
        assert cell.replace("'", "") == name.replace("'", "")
        assert not cell or cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20" or NUMBER.fullmatch(cell)
        assert cell == name or re.search("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", name)


@pytest.mark.thorough
@given(names=st.lists(cells | st.none() | st.integers() | st.booleans(), min_size=1, max_size=5), alone=st.booleans())
def test_csv_is_byte_for_byte_that_of_the_csv_module(names: list[Any], alone: bool, tmp_path_factory: Any) -> None:
    columns = ["ad_name"] if alone else ["ad_name", "spend"]
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with RowBuffer(path.parent) as spool, path.open("wb") as file:
        spool.add_columns(len(names), {"ad_name": names})
        spool.add_columns(0, {})
        write_csv(file, spool, columns)
    expected = io.StringIO(newline="")
    rows = [columns, *([escape_formula(name), ""][: len(columns)] for name in names)]
    csv.writer(expected, lineterminator="\r\n").writerows(rows)
    assert path.read_bytes() == expected.getvalue().encode("utf-8", "replace")


@table("cell", ["=1", "+a", "-a", "@a", "\ta", "\ra", "-1.5.2", "+", "=", "-1\n", "\u200b=1", "\ufeff+a", "\0@a"])
def test_formulas_are_neutralised(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@table("separator", [";", "\t", "\n", "\r\n"])
@table("gap", ["", " ", '"', '""', "\u00a0"])
def test_formulas_after_another_separator_are_neutralised(separator: str, gap: str) -> None:
    """A spreadsheet that separates by `;` or tab splits a line in the middle of a text."""
    line = io.StringIO()
    csv.writer(line).writerow(["a", escape_formula(f"Sale{separator}{gap}=HYPERLINK(1)"), "b"])
    for delimiter in ";\t":
        cells = [
            cell for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=delimiter) for cell in row
        ]
        assert [cell for cell in cells if cell.strip().lstrip('"').startswith("=")] == []


@table("cell", ["-1.5", "+3", "-2e5", "a=1", "", "1-2", None, 5])
def test_cells_that_are_no_formula_stay_unchanged(cell: Any) -> None:
    assert escape_formula(cell) == cell


def test_a_column_named_by_an_action_type_is_no_formula(tmp_path: Path) -> None:
    head, row = written(
        [{"actions": [{"action_type": "=x", "value": "1"}, {"action_type": "", "value": "2"}]}], tmp_path
    )
    assert head[4:] == ["actions", "actions.=x"]
    assert row[4:] == ["2", "1"]


WRITERS: dict[str, Callable[..., Any]] = {
    "csv": lambda fb, account, path, overwrite=False, **query: fb.insights.iter(account, **query).to_csv(
        path, overwrite=overwrite
    ),
    "parquet": lambda fb, account, path, overwrite=False, **query: fb.insights.iter(account, **query).to_parquet(
        path, overwrite=overwrite
    ),
}


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema_length=None) if path.suffix == ".csv" else pl.read_parquet(path)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_has_the_rows_of_a_frame(fb: FacebookAds, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"ads.{kind}"
    done = WRITERS[kind](fb, "act_1", path, **QUERY, limit=11)
    made = fb.insights.iter("act_1", **QUERY).frame()
    found = read(path)
    assert done.rows == found.height == made.height > 11
    assert list(done.columns) == found.columns == made.columns
    assert round(found["spend"].sum(), 2) == round(made["spend"].sum(), 2)
    assert found["actions.link_click"].sum() == made["actions.link_click"].sum()
    meta = fb.insights.iter("act_1", **QUERY).meta
    assert replace(done.meta, notes=meta.notes) == meta
    assert {*done.meta.notes} >= {*meta.notes}
    assert [*tmp_path.iterdir()] == [path]
    if kind == "parquet":
        assert found.equals(made)
        assert b"days of America/Los_Angeles" in pyarrow.parquet.read_schema(path).metadata[b"admonster_fb"]


@table("kind", WRITERS)
def test_no_rows_make_a_file_with_the_columns(fb: FacebookAds, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"none.{kind}"
    done = WRITERS[kind](fb, "act_3", path, fields=["spend", "clicks"])
    assert done.rows == 0
    assert read(path).columns == ["date_start", "date_stop", "spend", "clicks"]


class Disk:
    """Temporary files on a disk that takes a number of bytes more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def __call__(self, dir: Path, buffering: int = -1) -> Any:
        handle, name = tempfile.mkstemp(dir=dir)
        Path(name).unlink()
        file = Disk.File(handle, "r+b")
        file.disk = self
        return io.BufferedRandom(file, 16) if buffering else file

    class File(io.FileIO):
        disk: Disk

        def write(self, data: Any) -> int:
            if len(data) > self.disk.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.disk.room -= len(data)
            return super().write(data)


@pytest.mark.thorough
@table("room", [0, 2_000, 20_000, 1_000_000], fresh=True)
@table("name", ["a.csv", "a.parquet", "figures", "a.sqlite"], fresh=True)
def test_a_disk_without_room_for_what_an_export_sets_aside_is_one_error(
    name: str, room: int, fb: FacebookAds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", Disk(room))
    with suppress(NotWritten):
        if name in ("figures", "a.sqlite"):
            fb.insights.sync("act_1", tmp_path / name, level="ad")
        else:
            getattr(fb.insights.iter("act_1", **QUERY), f"to_{name.partition('.')[2]}")(tmp_path / name)
        assert (tmp_path / name).exists()
    assert not [*tmp_path.rglob("*.part")]


@pytest.mark.parametrize("kind", WRITERS)
def test_an_existing_file_is_refused_before_anything_is_asked(
    fb: FacebookAds, sandbox: Sandbox, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"there.{kind}"
    path.write_text("mine")
    with pytest.raises(ParameterError, match="overwrite"):
        WRITERS[kind](fb, "act_1", path, days=7)
    assert path.read_text() == "mine"
    assert not sandbox.journal
    WRITERS[kind](fb, "act_1", path, overwrite=True, days=7)
    assert read(path).height == 1


@table("name", ["", "nowhere/a.csv"])
def test_only_files_in_folders_that_exist(fb: FacebookAds, tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match="folder that exists"):
        fb.insights.iter("act_1").to_csv(tmp_path / name)


@pytest.mark.thorough
def test_a_failure_half_way_leaves_what_was_there(fb: FacebookAds, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    fb.insights.iter("act_1", **QUERY).to_csv(path)
    before = path.read_bytes()
    sandbox.revoke("ads_read", "ads_management")
    with pytest.raises(Exception, match=r"."):
        fb.insights.iter("act_1", **QUERY).to_csv(path, overwrite=True)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_that_came_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def meanwhile() -> None:
        with new_file(path, overwrite=False) as file:
            file.write(b"ours")
            path.write_text("theirs")

    with pytest.raises(ParameterError, match="overwrite"):
        meanwhile()
    assert path.read_text() == "theirs"
    assert [*tmp_path.iterdir()] == [path]


EXPORT = """
    import sys
    from admonster_fb import FacebookAds, Settings

    url, token, kind, path, pages = sys.argv[1:]
    with FacebookAds(token, "act_1", settings=Settings(endpoint=url)) as fb:
        edge, read = type(fb.insights.iter("act_1")), 0
        bodies = edge.bodies

        def stopping(self):
            for read, rows in enumerate(bodies(self)):
                if read == int(pages):
                    print("half-way", flush=True)
                    sys.stdin.readline()
                yield rows

        edge.bodies = stopping
        rows = fb.insights.iter("act_1", level="ad", date_preset="last_30d", time_increment=1, limit=20)
        write = rows.to_csv if kind == "csv" else rows.to_parquet
        print(write(path, overwrite=True).rows)
"""


@pytest.mark.usefixtures("copies")
@pytest.mark.slow
@table("there", [True, False])
@table("kind", WRITERS)
def test_kill_9_half_way_breaks_nothing_and_the_next_run_completes(kind: str, there: bool, tmp_path: Path) -> None:
    folder = tmp_path / f"{kind}-{there}"
    path = folder / f"a.{kind}"
    folder.mkdir()
    if there:
        path.write_bytes(b"older")
    with serve(Sandbox()) as server:
        command = [sys.executable, "-c", textwrap.dedent(EXPORT), server.url, server.sandbox.token, kind, str(path)]
        with subprocess.Popen([*command, "3"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "half-way\n"
            os.kill(process.pid, signal.SIGKILL)
        assert (path.read_bytes() == b"older") if there else not path.exists()
        assert len([*folder.iterdir()]) == 1 + there, "the part that was begun"
        again = subprocess.run([*command, "-1"], capture_output=True, text=True, check=True)
    assert read(path).height == int(again.stdout) > 60
    assert [*folder.iterdir()] == [path], "what was left is cleared away"


@pytest.mark.thorough
def test_the_op_writes_within_its_folder_and_says_what(fb: FacebookAds, tmp_path: Path) -> None:
    tool = FacebookTool(fb, files=tmp_path)
    call: dict[str, Any] = {
        "op": "export_insights_to_csv",
        "args": {"filename": "week.csv", "days": 7, "level": "campaign"},
    }
    result = tool.call(call)
    assert result.ok, result.text
    assert read(tmp_path / "week.csv").height == result.data.rows > 1
    assert f"Rows: {result.data.rows}" in result.text
    assert "days of America/Los_Angeles, amounts in USD, attribution as set on the ad sets" in result.text
    assert not tool.call(call).ok, "the file is there now"
    args = {**call["args"], "filename": "week.parquet"}
    assert tool.call({"op": "export_insights_to_csv", "args": args}).ok
    assert (tmp_path / "week.parquet").read_bytes()[:4] == b"PAR1"
    outside = tool.call({"op": "export_insights_to_csv", "args": {"filename": "../out.csv"}})
    assert not outside.ok
    assert "within the folder" in outside.text
    assert not FacebookTool(fb).call(call).ok, "no folder, no files"


def test_the_columns_of_no_rows() -> None:
    assert columns_of([]) == {}


@pytest.mark.thorough
@table("name", ["a.csv", "a.parquet"])
def test_an_export_goes_on_after_a_rate_limit_where_it_stopped(
    fb: FacebookAds, sandbox: Sandbox, name: str, tmp_path: Path
) -> None:
    tool = FacebookTool(fb, files=tmp_path)
    args = {"op": "export_insights_to_csv", "args": {**QUERY, "limit": 20, "filename": name}}
    whole = fb.insights.iter("act_1", **QUERY).frame()
    sandbox.fail_next("GET act_1/insights", GraphError(17), skip=3, times=99)
    stopped = tool.call(args)
    assert stopped.error
    assert stopped.error["retry_after"] > 0
    assert "Pages read so far: 3, stored. The same call goes on after them." in stopped.text
    assert not (tmp_path / name).exists()
    sandbox.faults.plans.clear()
    sandbox.journal.clear()
    done = tool.call(args)
    assert done.ok, done.text
    pages = [call.params.get("after") for call in sandbox.journal if call.params.get("level") == "ad"]
    assert None not in pages  # the first page is not read again
    written = pl.read_csv(tmp_path / name) if name.endswith("csv") else pl.read_parquet(tmp_path / name)
    assert written.height == whole.height
    assert round(written["spend"].sum(), 2) == round(whole["spend"].sum(), 2)
    assert not fb._transport.unfinished


@pytest.mark.thorough
def test_an_export_that_stopped_for_good_starts_anew(fb: FacebookAds, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail_next("GET act_1/insights", GraphError(2642), skip=2)
    with pytest.raises(InvalidParameterError, match="starts anew"):
        fb.insights.iter("act_1", **QUERY, limit=20).to_csv(tmp_path / "a.csv")
    assert not fb._transport.unfinished
    assert fb.insights.iter("act_1", **QUERY, limit=20).to_csv(tmp_path / "a.csv").rows > 60


@pytest.mark.thorough
def test_a_report_goes_on_too_and_stored_pages_hold_no_token(fb: FacebookAds, sandbox: Sandbox, tmp_path: Path) -> None:
    report = fb.insights.report(
        "act_1", level="ad", days=90, time_increment=1, breakdowns=["age", "gender"], fields=["ad_id", "spend"]
    )
    report.wait()
    sandbox.fail_next("GET */insights", GraphError(17), skip=2, times=99)
    with pytest.raises(RateLimited):
        report.to_csv(tmp_path / "a.csv")
    (store,) = fb._transport.unfinished.values()
    store._file.seek(0)
    stored = store._file.read()
    assert b'"spend"' in stored
    assert b"access_token=" in stored
    assert not re.search(rb"access_token=[A-Za-z0-9]", stored)
    sandbox.faults.plans.clear()
    sandbox.journal.clear()
    rows = report.to_csv(tmp_path / "a.csv").rows
    assert rows == sum(len(page) for page in report.raw())


@pytest.mark.thorough
@table("odd", ["1,000", "NaN", "n/a", ["1"], True])
@table("kind", ["csv", "parquet"])
def test_an_odd_amount_spent_costs_no_file(odd: Any, kind: str, tmp_path: Path) -> None:
    account = {"id": "act_1", "currency": "USD", "timezone_name": "UTC"}
    rows = {"data": [{"ad_id": "1", "spend": "2.50"}, {"ad_id": "2", "spend": odd}, {"ad_id": "3", "spend": 0.1}]}
    whole = {"data": [{"spend": "2.60"}]}
    wire = Wire(
        lambda _method, path, params: (200, account if "/" not in path else rows if "level" in params else whole)
    )
    fb = FacebookAds("sandbox-odd", "act_1", settings=Settings(adapter=wire))
    edge = fb.insights.iter("act_1", level="ad", fields=["ad_id", "spend"])
    exported = getattr(edge, f"to_{kind}")(tmp_path / f"a.{kind}", overwrite=True)
    assert exported.rows == 3
    assert not [note for note in exported.meta.notes if "spent" in note], "what can be added up is all there was"
