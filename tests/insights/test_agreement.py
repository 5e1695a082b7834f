"""Every face of an answer tells the same figures: row, frame, CSV, Parquet, SQLite and text."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from explore import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import recordings

from admonster_fb import FacebookAds
from admonster_fb.bot.render.insights import RowView, format_figure, list_lines, row_line
from admonster_fb.bot.render.values import label
from admonster_fb.models.insights.fields import BY_INDICATOR, FIELD_KINDS, FIELDS, by_type
from admonster_fb.models.insights.row import Actions, InsightsRow, entries
from admonster_fb.rules.insights import COMBINATIONS, missing
from admonster_fb.sandbox import Sandbox
from admonster_fb.services.insights.columns import Shape, ordered
from admonster_fb.services.insights.export import RowBuffer, frame, write_csv, write_parquet
from admonster_fb.services.insights.sync import Table, open_store

pytestmark = pytest.mark.thorough

DAY = date(2026, 10, 1)
NAMES = sorted(
    name for name, field in FIELDS.items() if field.kind not in ("histogram", "date") and name != "account_currency"
)
counts = st.integers(1, 10**9).map(str)
amounts = st.decimals(0, 10**6, places=2).map(str)
_types = st.sampled_from(
    ["purchase", "omni_purchase", "offsite_conversion.custom.Trial", "offsite_conversion.custom.trial"]
)
_entry = st.fixed_dictionaries(
    {"value": amounts},
    optional={"action_type": _types, "7d_click": amounts, "action_device": st.sampled_from(["iphone", "desktop"])},
)
_result = st.fixed_dictionaries(
    {"indicator": st.sampled_from(["actions:lead", "reach"])},
    optional={"values": st.lists(st.fixed_dictionaries({"value": amounts}, optional={
        "attribution_windows": st.sampled_from([["default"], ["7d_click"], ["1d_view"]])}), max_size=2)},
)  # fmt: skip


def _value(name: str) -> st.SearchStrategy[Any]:
    kind = FIELD_KINDS[FIELDS[name].kind]
    if name in BY_INDICATOR:
        return st.lists(_result, min_size=1, max_size=2)
    if kind.by_type:
        return st.lists(_entry, min_size=1, max_size=4)
    return counts if kind.number is int else amounts if kind.number else st.text("abcXYZ", min_size=1, max_size=6)


_rows = st.lists(st.sampled_from(NAMES), min_size=1, max_size=7, unique=True).flatmap(
    lambda names: st.lists(
        st.fixed_dictionaries({"date_start": st.just(str(DAY))}, optional={name: _value(name) for name in names}),
        min_size=1,
        max_size=3,
    )
)


def figures(row: InsightsRow) -> Iterator[tuple[str, Any]]:
    """Yield column and number of each figure of a row, as the model reads it."""
    for name, value in row:
        if isinstance(value := getattr(row, name, value), Actions) or (name in FIELDS and by_type(name)):
            for key, window, raw in entries(value.raw if isinstance(value, Actions) else value):
                if raw is not None:
                    about = [key] if key or window else []
                    yield ".".join([name, *about, *([window] if window else [])]), Decimal(raw)
        elif isinstance(value, int | Decimal):
            yield name, Decimal(value)


def cells(faces: dict[str, dict[str, Any]]) -> dict[str, dict[str, Decimal]]:
    """Return the numbers of each face by column."""
    return {
        face: {
            name: Decimal(str(cell))
            for name, cell in row.items()
            if cell not in (None, "") and FIELDS.get(name.partition(".")[0]) and _is_number(name)
        }
        for face, row in faces.items()
    }


def _is_number(name: str) -> bool:
    return FIELD_KINDS[FIELDS[name.partition(".")[0]].kind].number is not None


@settings(max_examples=examples(20))
@given(_rows)
def test_all_faces_agree_on_every_figure(raw: list[dict[str, Any]]) -> None:
    names = [*dict.fromkeys(name for row in raw for name in row)]
    shape = Shape(tuple(names), (), ("action_device",), ("7d_click",))
    framed = frame([json.dumps({"data": raw, "paging": {}}).encode()], shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with RowBuffer(path) as buffer:
            buffer.add(raw)
            columns = ordered(buffer.names, names)
            with (path / "a.csv").open("wb") as file:
                write_csv(file, buffer, columns)
            with (path / "a.parquet").open("wb") as file:
                assert write_parquet(file, buffer, columns, {}) == len(raw)
        written = [*csv.DictReader(io.StringIO((path / "a.csv").read_text("utf-8"), newline=""))]
        parquet = pl.read_parquet(path / "a.parquet")
        open_store(path / "a.db", Table("t", "act_1", "", ())).put([DAY], [raw], DAY, ())
        with closing(sqlite3.connect(path / "a.db")) as database:
            database.row_factory = sqlite3.Row
            stored = [*map(dict, database.execute("SELECT * FROM t ORDER BY rowid"))]
    for number, each in enumerate(raw):
        row = InsightsRow.from_api(each)
        told = dict(figures(row))
        in_store = {
            re.sub(r"~[0-9a-f]{6}$", "", name): cell for name, cell in stored[number].items() if cell is not None
        }
        faces = {
            "frame": framed.row(number, named=True), "csv": written[number],
            "parquet": parquet.row(number, named=True), "sqlite": in_store,
        }  # fmt: skip
        for face, numbers in cells(faces).items():
            assert numbers == told, face
        assert untold(each, row_line(row, RowView((), "USD", everything=True))) == []


NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
ROUNDED = {"money", "cost", "values", "costs", "percent", "percents", "seconds", "seconds_by_type"}
"""Kinds whose text is rounded: to the currency's digits or to two, and by 5 % at most."""


LABELS: dict[str, str] = {name: label(name) for name in FIELDS}
PLACE = re.compile(rf"(?:[,:] |^)(?=({'|'.join(map(re.escape, {*LABELS.values()}))}): )")
"""Where the figure of a field begins: its whole label, up to the colon."""


def part_of(name: str, text: str) -> str:
    """Return what a text says of a field, the whole text if the field is in no place of its own, as ids and names."""
    places: dict[str, int] = {}
    for found in PLACE.finditer(text):
        places.setdefault(found[1], found.start())
    begin = places.get(LABELS.get(name, ""))
    if begin is None:
        return text
    return text[begin : min((place for place in places.values() if place > begin), default=len(text))]


def is_shown(number: Decimal, kind: str, text: str) -> bool:
    """Return whether a text has a number: exactly, or of a rounded kind to the digits shown."""
    for shown in map(Decimal, NUMBER.findall(text.replace(",", ""))):
        off, last = abs(shown - number), Decimal(1).scaleb(int(shown.as_tuple().exponent))
        if not off or (kind in ROUNDED and off <= last / 2 and off <= abs(number) / 20):
            return True
    return False


def untold(raw: dict[str, Any], text: str) -> list[str]:
    """Return the values of a raw row that a text does not show in their field's own place."""
    missing = []
    for name, value in raw.items():
        kind, place = FIELDS[name].kind if name in FIELDS else "", part_of(name, text)
        for key, window, each in entries(value) if isinstance(value, list) else [("", "", value)]:
            if kind and FIELD_KINDS[kind].number and NUMBER.fullmatch(str(each)):
                found = is_shown(Decimal(str(each)), kind, place)
            else:
                found = each is None or str(each).strip()[:20] in place
            if not found or key.partition("[")[0] not in place or window not in place:
                missing.append(f"{name} {key} {window}: {each}")
    return missing


def test_the_comparison_itself_sees_a_wrong_figure() -> None:
    row = {"spend": "12.344", "clicks": "12", "actions": [{"action_type": "like", "value": "7.5"}]}
    right = "Clicks: 12, Spend: $12.34 USD, Actions: like 7.5"
    assert untold(row, right) == []
    for old, new in (
        ("12.34 ", "12.35 "),
        ("Clicks: 12", "Clicks: 13"),
        ("7.5", "7.51"),
        ("7.5", "7.50"),
        ("like", ""),
    ):
        assert bool(untold(row, right.replace(old, new))) == (new != "7.50"), new


def _recorded(body: Any) -> Iterator[dict[str, Any]]:
    """Yield every row of insights in an answer, however deep."""
    if isinstance(body, dict):
        if "date_start" in body and "date_stop" in body and "async_status" not in body:
            yield body
        else:
            for value in body.values():
                yield from _recorded(value)
    elif isinstance(body, list):
        for value in body:
            yield from _recorded(value)


def _in_text_or_named(raw: dict[str, Any], name: str) -> None:
    plain = {field: value for field, value in raw.items() if not isinstance(value, dict)}
    row = InsightsRow.from_api(raw)
    assert untold(plain, row_line(row, RowView((), "USD", everything=True))) == [], name
    said, lines = list_lines([row], RowView((), "USD"))
    text = "\n".join([*said, *lines])
    cut = {field for field in plain if re.search(rf"Not shown: .*\b{field}\b", text)}
    assert untold({key: plain[key] for key in plain.keys() - cut}, text) == [], name


def test_every_value_of_every_recording_is_in_the_text_or_named() -> None:
    count = 0
    for kind in ("insights", "async_reports"):
        for name, recording in recordings(kind).items():
            for raw in _recorded(recording.body):
                _in_text_or_named(raw, name)
                count += 1
    assert count > 40


MODELLED = {"age", "gender", "country", "region", "publisher_platform", "platform_position", "impression_device",
            "device_platform", "hourly_stats_aggregated_by_advertiser_time_zone"}  # fmt: skip
COLUMN = re.compile(r"~[0-9a-f]{6}$")
LEGAL = [names for names in COMBINATIONS if MODELLED.issuperset(names)]


@pytest.mark.slow
@settings(max_examples=examples(12))
@given(st.sampled_from(LEGAL), st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique=True))
def test_any_legal_fields_and_breakdowns_agree_on_every_face(breakdowns: tuple[str, ...], fields: list[str]) -> None:
    fields = [name for name in fields if not missing(breakdowns, name) and FIELDS[name].kind != "breakdown"] or [
        "spend"
    ]
    fields += ["reach"] if "frequency_value" in breakdowns and "reach" not in fields else []
    query: Any = {"level": "ad", "breakdowns": [*breakdowns], "fields": ["ad_id", *fields]}
    range_: Any = {"since": "2026-10-31", "until": "2026-10-31"}
    with FacebookAds.sandbox(Sandbox(history=3)) as fb, tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        edge = fb.insights.iter("act_1", **query, time_range=range_)
        raw = [row for page in edge.raw() for row in page]
        rows = [InsightsRow.from_api(row) for row in raw]
        framed = edge.frame()
        edge.to_csv(path / "a.csv")
        edge.to_parquet(path / "a.parquet")
        fb.insights.sync("act_1", path / "a.sqlite", since="2026-10-31", lookback_days=1, **query)
        with closing(sqlite3.connect(path / "a.sqlite")) as database:
            database.row_factory = sqlite3.Row
            table = "_by_".join(["insights_ad", *breakdowns])
            stored = [*map(dict, database.execute(f'SELECT * FROM "{table}" ORDER BY rowid'))]
        written = [*csv.DictReader(io.StringIO((path / "a.csv").read_text("utf-8"), newline=""))]
        parquet = pl.read_parquet(path / "a.parquet")
        said, shown = list_lines(rows, RowView(("ad_id", *fields), "USD"))
        lines = [*shown]
    assert len(rows) == framed.height == len(written) == parquet.height == len(stored) == len(lines)
    heads = next((line[9:].split(" | ") for line in said if line.startswith("Columns: ")), [])
    for number, (each, line) in enumerate(zip(raw, lines, strict=True)):
        told = dict(figures(rows[number]))
        faces = {
            "frame": framed.row(number, named=True), "csv": written[number], "parquet": parquet.row(number, named=True),
            "sqlite": {COLUMN.sub("", name): cell for name, cell in stored[number].items()},
        }  # fmt: skip
        for face, numbers in cells(faces).items():
            assert numbers == told, face
        for name in each.keys() & {*fields}:
            if name in ("ad_id", "ad_name"):  # in the title
                assert str(each[name]) in line
                continue
            exact = format_figure(name, getattr(rows[number], name), rows[number].account_currency or "USD")
            assert exact in line and (label(name) in heads or f"{label(name)}: " in line), name  # noqa: PT018
        assert all(str(each[name]) in line for name in breakdowns if name in each)


LIVE = Path(__file__).parents[3] / "shared" / "live" / "recordings"


@pytest.mark.skipif(not LIVE.is_dir(), reason="the whole collection of recordings is not here")
def test_every_value_of_the_whole_collection_is_in_the_text_or_named() -> None:
    count = 0
    for file in sorted(LIVE.rglob("*.json")):
        for raw in _recorded(json.loads(file.read_text("utf-8"))["response"].get("body")):
            _in_text_or_named(raw, file.name)
            count += 1
    assert count > 40
